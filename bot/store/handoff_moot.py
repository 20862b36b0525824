"""What nobody need be told any more: it began and ended before its first word was taken."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, RowMapping, delete, select

from bot.model.handed import Action
from bot.store.handoff_storms import Members
from bot.store.tables import handoffs

_C = handoffs.c


def moot(conn: Connection, destination: str) -> int:
    """How many episodes.

    Of what was tried the resolve stays: the answer may have been lost, the word not. PagerDuty drops a resolve of a
    key that it does not know ("Send an Alert Event", Alert De-Duplication), so it harms nobody.
    """
    live = _C.state.in_(("waiting", "sending"))
    rows = conn.execute(select(handoffs).where(_C.destination == destination, live).order_by(_C.id)).mappings().all()
    runs = list(_over(rows))
    for run in runs:
        first, *between, last = run
        dropped = [row["id"] for row in between]
        if first["storm"] is not None:
            Members(conn, destination).speaker_over(first, last)
        else:
            dropped += [first["id"]] if any(row["attempts"] for row in run) else [first["id"], last["id"]]
        conn.execute(delete(handoffs).where(_C.id.in_(dropped)))
    return len(runs)


def _over(rows: Iterable[RowMapping]) -> Iterator[list[RowMapping]]:
    """Of each episode from a fresh trigger to the resolve behind it."""
    runs: dict[tuple[int, int], list[RowMapping]] = {}
    for row in rows:
        episode = (row["incident"], row["episode"])
        if row["action"] == Action.TRIGGER and row["fresh"]:
            runs[episode] = [row]
        elif (run := runs.get(episode)) is not None:
            run.append(row)
            if row["action"] == Action.RESOLVE:
                yield runs.pop(episode)
