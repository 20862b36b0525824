"""What was passed over or refused, on SQL."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import Connection, Engine, RowMapping, delete, inspect, select

from bot.model.passing import MOST_NAMES, MOST_SAMPLES, OTHERS, Kind, Passing, Tallied
from bot.store.tables import insert, refusals, tally
from bot.store.transaction import reading, serialise, writing

LIVE: Final = timedelta(days=14)
"""As long as SQS keeps a message at most: no dead letter is older."""
MOST_NAME: Final = 300
_COUNTING: Final = 7_243_003
"""Any number of our own: names are few and everybody counts the same ones, so one transaction counts at a time."""


class SqlTally:
    """`Tally` on SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count(self, passed: Iterable[Passing], now: datetime) -> None:
        """One transaction for all of them."""
        every = list(passed)
        if not every:
            return
        with writing(self._engine) as conn:
            serialise(conn, _COUNTING)
            known = {(row["kind"], row["name"]): row for row in conn.execute(select(tally)).mappings()}
            for (kind, name), mine in _by_name(every, known).items():
                _add(conn, kind, name, mine, known.get((kind, name)), now)

    def counted(self) -> tuple[Tallied, ...]:
        """By kind, most first."""
        with reading(self._engine) as conn:
            # Doctor looks at databases that the version before made, too.
            if not inspect(conn).has_table(tally.name):
                return ()
            found = [_tallied(row) for row in conn.execute(select(tally)).mappings()]
        return tuple(sorted(found, key=lambda t: (t.kind, -t.count, t.name)))

    def refuse(self, reasons: Mapping[str, str], now: datetime) -> None:
        """The newest reason stays; those of a fortnight ago go."""
        if not reasons:
            return
        rows = [{"id": id_, "reason": reason, "at": now} for id_, reason in sorted(reasons.items())]
        with writing(self._engine) as conn:
            conn.execute(delete(refusals).where(refusals.c.at < now - LIVE))
            added = insert(conn, refusals)
            kept = {"reason": added.excluded.reason, "at": added.excluded.at}
            conn.execute(added.on_conflict_do_update(index_elements=["id"], set_=kept), rows)

    def refused(self, since: datetime) -> tuple[str, ...]:
        """By when it was refused last."""
        wanted = select(refusals.c.reason).where(refusals.c.at >= since).order_by(refusals.c.at, refusals.c.id)
        with reading(self._engine) as conn:
            if not inspect(conn).has_table(refusals.name):
                return ()
            return tuple(conn.scalars(wanted))

    def reasons(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Of those that were refused."""
        wanted = select(refusals.c.id, refusals.c.reason).where(refusals.c.id.in_(list(ids)))
        with reading(self._engine) as conn:
            return {row["id"]: row["reason"] for row in conn.execute(wanted).mappings()}


def _by_name(every: Iterable[Passing], known: Iterable[tuple[str, str]]) -> dict[tuple[Kind, str], list[str]]:
    """The samples of each name, an empty one where there is none; names beyond the bound are others."""
    taken = set(known)
    names = Counter(kind for kind, _ in taken)
    found: dict[tuple[Kind, str], list[str]] = {}
    for one in every:
        key = (one.kind, one.name[:MOST_NAME])
        if key not in taken and key not in found:
            if names[one.kind] >= MOST_NAMES:
                key = (one.kind, OTHERS)
            else:
                names[one.kind] += 1
        found.setdefault(key, []).append(one.sample)
    return found


def _add(conn: Connection, kind: str, name: str, mine: list[str], known: RowMapping | None, now: datetime) -> None:
    before = json.loads(known["samples"]) if known else []
    samples = [*before, *(sample for sample in mine if sample)][:MOST_SAMPLES]
    row = {"count": (known["count"] if known else 0) + len(mine), "last_at": now, "samples": json.dumps(samples)}
    added = insert(conn, tally).values(kind=kind, name=name, first_at=now, **row)
    conn.execute(added.on_conflict_do_update(index_elements=["kind", "name"], set_=row))


def _tallied(row: RowMapping) -> Tallied:
    kind = cast("Kind", row["kind"])
    return Tallied(kind, row["name"], row["count"], row["first_at"], row["last_at"], tuple(json.loads(row["samples"])))
