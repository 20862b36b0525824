"""Incidents on SQL: the log, what follows from it, and what must be shown, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count

from sqlalchemy import ColumnElement, Connection, Engine, func, or_, select

from bot.errors import NotFound
from bot.model.alarm_series import former_arn
from bot.model.incident import Incident, Queued, State, Status
from bot.model.place import IN_ORDER, Place, Service
from bot.ports.incidents import Change, Step
from bot.store import seen as seen_ids
from bot.store.incident_rows import MOST_VALUES, PLACE, Fold, Rows, count_at, place_of
from bot.store.incident_writes import Written, write
from bot.store.prepared import Among
from bot.store.tables import heard, incidents
from bot.store.transaction import reading, serialise, writing

_NUMBERS = 7_243_002
"""Any number of our own: who holds it may give the next incident's number."""
_HIGHEST = select(func.max(incidents.c.number))
_HEARD = Among(
    [heard.c.arn],
    lambda these: (
        select(heard.c.arn, *PLACE)
        .join_from(heard, incidents)
        .where(these, incidents.c.status != Status.RESOLVED.value)
    ),
)


class SqlIncidents:
    """`Incidents` on SQL. `fold` is the lifecycle's: the store keeps logs and knows nothing of their meaning."""

    def __init__(self, engine: Engine, fold: Fold) -> None:
        self._engine = engine
        self._rows = Rows(fold)
        self._observed = seen_ids.observations()

    def change(self, places: Sequence[Place], step: Step, *, now: datetime, seen: Iterable[str] = ()) -> None:
        """Lock, run the step, commit. A Change against the port's rules is a ValueError, and nothing is kept.

        `seen` ids are kept for sixty days, apart from the ids of `Seen`.
        """
        with writing(self._engine) as conn:
            locked = self._lock(conn, sorted(set(places), key=IN_ORDER), now)
            by_number = {incident.number: incident for incident in locked}
            checked = (self._checked(by_number, change, now) for change in step(tuple(locked)))
            decided = [one for one in checked if one is not None]
            write(conn, decided)
            self._observed.keep(conn, seen, now)
        for one in decided:
            self._rows.logs.note(one.incident.number, one.incident.log + one.change.entries)

    def get(self, number: int, now: datetime) -> Incident:
        """Raises NotFound."""
        found = self._read(incidents.c.number == number, now)
        if not found:
            raise NotFound(f"There is no incident #{number}.", "/ml incidents lists those there are.")
        return found[0]

    def many(self, numbers: Iterable[int], now: datetime) -> tuple[Incident, ...]:
        """By number."""
        asked = sorted(set(numbers))
        parts = [asked[first : first + MOST_VALUES] for first in range(0, len(asked), MOST_VALUES)]
        found = (i for part in parts for i in self._read(incidents.c.number.in_(part), now))
        return tuple(sorted(found, key=lambda i: i.number))

    def at(self, place: Place, now: datetime) -> Incident | None:
        """The incident of a place, if there ever was one."""
        with reading(self._engine) as conn:
            return next(iter(self._rows.load_at(conn, [place], now)), None)

    def list(self, now: datetime, *, resolved_since: datetime | None = None) -> tuple[Incident, ...]:
        """Those not resolved, and those resolved since then; newest start first."""
        wanted: ColumnElement[bool] = incidents.c.status != Status.RESOLVED
        if resolved_since is not None:
            wanted = or_(wanted, incidents.c.resolved_at >= resolved_since)
        # The columns are as of the last change: clocks may have resolved one since.
        kept = [i for i in self._read(wanted, now) if _wanted(i.state, resolved_since)]
        return tuple(sorted(kept, key=lambda i: (i.state.started_at or now, i.number), reverse=True))

    def unseen(self, ids: Iterable[str]) -> frozenset[str]:
        """Which of these ids no committed change has remembered."""
        asked = frozenset(ids)
        with reading(self._engine) as conn:
            return asked - self._observed.known(conn, asked)

    def due_before(self, now: datetime) -> tuple[Place, ...]:
        """Places of which something ended by itself at or before `now` and nothing changed since, in key order."""
        wanted = select(*PLACE).where(incidents.c.runs_out_at <= now)
        with reading(self._engine) as conn:
            return tuple(sorted(place_of(row) for row in conn.execute(wanted)))

    def places_of(self, subject_arns: Iterable[str]) -> Mapping[str, Place]:
        """Where the incidents are that heard these subjects last, as far as they are not resolved."""
        arns = frozenset(subject_arns)
        keys = sorted({*arns, *map(former_arn, arns)})
        with reading(self._engine) as conn:
            found = {arn: place_of(place) for arn, *place in _HEARD.rows(conn, [(key,) for key in keys])}
        return {arn: place for arn in arns if (place := found.get(arn) or found.get(former_arn(arn)))}

    def _read(self, where: ColumnElement[bool], now: datetime) -> tuple[Incident, ...]:
        with reading(self._engine) as conn:
            return self._rows.load(conn, where, now)

    def _lock(self, conn: Connection, places: Sequence[Place], now: datetime) -> Sequence[Incident]:
        """These places' incidents in key order, blank ones where there is none."""
        # SQLite's writers stand in one queue anyway.
        if conn.dialect.name == "postgresql" and count_at(conn, places) < len(places):
            # Before any row is locked: whoever holds the numbers may wait for rows, never the other way round.
            serialise(conn, _NUMBERS)
        kept = {i.place: i for i in self._rows.load_at(conn, places, now, lock=True)}
        if len(kept) == len(places):
            return [kept[place] for place in places]
        numbers = count((conn.scalar(_HIGHEST) or 0) + 1)
        return [kept.get(place) or self._blank(place, next(numbers), now) for place in places]

    def _blank(self, place: Place, number: int, now: datetime) -> Incident:
        return Incident(number, place, Service(place.service), (), Queued(), self._rows.fold((), now))

    def _checked(self, locked: Mapping[int, Incident], change: Change, now: datetime) -> Written | None:
        """What is to be written of it; None for a blank incident that stays one."""
        incident = locked.get(change.number)
        if incident is None:
            raise ValueError(f"a change for incident {change.number}, which the step was not given")
        if not incident.log and not change.entries:
            if change.out:
                raise ValueError(f"incident {change.number} has no log and something to show")
            return None
        entries = incident.log + change.entries
        if len({entry.id for entry in entries}) < len(entries):
            raise ValueError(f"the log of incident {change.number} holds one of these entries already")
        if change.state is not None:
            self._rows.fold.note(entries, now, change.state)
        return Written(incident, change, change.state or self._rows.fold(entries, now))


def _wanted(state: State, resolved_since: datetime | None) -> bool:
    if state.status != Status.RESOLVED:
        return True
    return resolved_since is not None and state.resolved_at is not None and state.resolved_at >= resolved_since
