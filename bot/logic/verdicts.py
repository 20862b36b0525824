"""Who says what: the last verdict per row and subject, and what deleted subjects leave behind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.logic.saying import Saying
from bot.logic.succession import is_same, kin, tells_changes
from bot.model.observation import SILENT, UNREAD, Finding, Row

UNKNOWN_CADENCE = timedelta(hours=1)
"""Stands in for the cadence of subjects that have none."""


@dataclass(frozen=True, slots=True)
class Orphans:
    """Rows that a deleted subject last called bad; they close at `lapse_at` unless a successor speaks."""

    rows: frozenset[Row]
    lapse_at: datetime


class Verdicts:
    """The board of verdicts that observations, taken in order, add up to."""

    def __init__(self) -> None:
        self._bad: dict[str, frozenset[Row]] = {}
        self._cadence: dict[str, timedelta | None] = {}
        self._orphans: dict[str, Orphans] = {}
        self._spoke: dict[str, datetime] = {}
        """When each live subject spoke last; that it is silent is said by others."""
        self.replaced: tuple[str, ...] = ()
        """Whose place the last observation's subject took."""
        self._all_bad: frozenset[Row] = frozenset()
        self._slowest: timedelta | None = None

    def hear(self, said: Saying) -> tuple[Finding, ...]:
        """Take an observation; returns the bad findings that count as rows, in the report's order."""
        observation = said.observation
        arn = observation.subject.arn
        self._cadence[arn] = observation.cadence or self._cadence.get(arn)
        if arn not in self._spoke or not _is_silent(said):
            self._spoke[arn] = observation.at
        self.replaced = ()
        held = self._bad.get(arn, frozenset())
        bad = _counted(said, held)
        counted = frozenset(f.row for f in bad)
        good = frozenset(f.row for f in said.good)
        kept = held & _named(said, counted) if said.speaks_for_all else held
        self._bad[arn] = (kept - good) | counted
        self._succeed(arn, None if said.speaks_for_all else good | counted)
        if said.gone is not None:
            self._bury(arn, observation.at)
        elif said.speaks_for_all:
            self._replace(arn, observation.at)
        self._sum_up()
        return bad

    def bad(self) -> frozenset[Row]:
        """Every row that a live subject calls bad, or that a deleted one left bad."""
        return self._all_bad

    def bad_of(self, arn: str) -> frozenset[Row]:
        """What this subject called bad last and has not taken back."""
        return self._bad.get(arn, frozenset())

    def lives(self, arn: str) -> bool:
        """Whether this subject speaks still."""
        return arn in self._cadence

    def cadence(self) -> timedelta | None:
        """Of the slowest live subject."""
        return self._slowest

    def next_lapse(self) -> datetime | None:
        """When orphaned rows close next by themselves."""
        return min((o.lapse_at for o in self._lapsing().values()), default=None) if self._orphans else None

    def lapse(self, at: datetime) -> None:
        """Close the orphaned rows whose time has come."""
        for arn in [a for a, o in self._lapsing().items() if o.lapse_at <= at]:
            del self._orphans[arn]
            self._sum_up()

    def _sum_up(self) -> None:
        """What is asked for many times until the next observation or clock."""
        self._all_bad = frozenset[Row]().union(*self._bad.values(), *[o.rows for o in self._orphans.values()])
        self._slowest = max(filter(None, self._cadence.values()), default=None)

    def _lapsing(self) -> dict[str, Orphans]:
        """Orphans that no live subject can go on for: only these close by the clock."""
        if not self._orphans:
            return {}
        live = {kin(arn) for arn in self._cadence}
        return {arn: o for arn, o in self._orphans.items() if kin(arn) not in live}

    def _succeed(self, arn: str, rows: Iterable[Row] | None) -> None:
        """A subject speaks on these rows (None: on all of its kin), so what deleted ones said of them ends."""
        for gone, orphans in list(self._orphans.items()):
            if kin(gone) != kin(arn):
                continue
            left = frozenset[Row]() if rows is None else orphans.rows.difference(rows)
            self._orphans[gone] = Orphans(left, orphans.lapse_at)
            if not left:
                del self._orphans[gone]

    def _bury(self, arn: str, at: datetime) -> None:
        """A subject was deleted: its bad rows wait two cadences for a successor."""
        rows, cadence = self._forget(arn)
        if rows:
            self._orphans[arn] = Orphans(rows, at + 2 * (cadence or UNKNOWN_CADENCE))

    def _replace(self, arn: str, at: datetime) -> None:
        """A subject has spoken for all of its kind: what it took the place of says nothing any more."""
        self.replaced = tuple([o for o in self._cadence if o != arn and self._is_replaced(o, arn, at)])
        for other in self.replaced:
            self._forget(other)

    def _is_replaced(self, other: str, by: str, at: datetime) -> bool:
        """Whether a subject fell silent for more than two cadences, and this one is the same, created anew.

        A redeployment makes a new schedule, and nobody tells of the old one's deletion; it bears the old one's name
        with another stamp. A sibling of another name is no successor: its word on the silent one's rows would be a
        false all-clear. The cadence of one that was deleted before it was read is not known; then this one's counts.
        An alarm is silent for as long as nothing changes.
        """
        if tells_changes(other):
            return False
        rhythm = self._cadence[other] or self._cadence[by]
        if rhythm is None or at - self._spoke[other] <= 2 * rhythm:
            return False
        return is_same(other, by)

    def _forget(self, arn: str) -> tuple[frozenset[Row], timedelta | None]:
        """A subject lives no more; returns its bad rows and its cadence."""
        del self._spoke[arn]
        return self._bad.pop(arn), self._cadence.pop(arn)


def _is_silent(said: Saying) -> bool:
    """Whether others say of it that it does not speak."""
    findings = said.observation.findings
    return bool(findings) and all(f.row == SILENT for f in findings)


def _counted(said: Saying, held: frozenset[Row]) -> tuple[Finding, ...]:
    """The bad findings; an unreadable report adds no row where its subject has others that are bad."""
    if said.speaks_for_all:
        return said.bad
    read = tuple(f for f in said.bad if f.row != UNREAD)
    return read if read or held - {UNREAD} else said.bad


def _named(said: Saying, bad: frozenset[Row]) -> frozenset[Row]:
    findings = said.observation.findings
    return bad if len(said.bad) == len(findings) else frozenset(f.row for f in findings)
