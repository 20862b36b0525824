"""Who says what: the last verdict per row and subject, and what deleted subjects leave behind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.observation import UNREAD, Finding, Observation, Row, Verdict

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

    def hear(self, observation: Observation) -> tuple[Finding, ...]:
        """Take an observation; returns the bad findings that count as rows, in the report's order."""
        arn = observation.subject.arn
        self._cadence[arn] = observation.cadence or self._cadence.get(arn)
        held = self._bad.get(arn, frozenset())
        bad = _counted(observation, held)
        named = frozenset(f.row for f in observation.findings)
        good = frozenset(f.row for f in observation.findings if f.verdict is Verdict.GOOD)
        whole = _speaks_for_all(observation)
        kept = held & named if whole else held
        self._bad[arn] = (kept - good) | {f.row for f in bad}
        self._succeed(arn, None if whole else good | {f.row for f in bad})
        if any(f.verdict is Verdict.GONE for f in observation.findings):
            self._bury(arn, observation.at)
        return bad

    def bad(self) -> frozenset[Row]:
        """Every row that a live subject calls bad, or that a deleted one left bad."""
        return frozenset[Row]().union(*self._bad.values(), *(o.rows for o in self._orphans.values()))

    def bad_of(self, arn: str) -> frozenset[Row]:
        """What this subject called bad last and has not taken back."""
        return self._bad.get(arn, frozenset())

    def cadence(self) -> timedelta | None:
        """Of the slowest live subject."""
        return max((c for c in self._cadence.values() if c), default=None)

    def next_lapse(self) -> datetime | None:
        """When orphaned rows close next by themselves."""
        return min((o.lapse_at for o in self._lapsing().values()), default=None)

    def lapse(self, at: datetime) -> None:
        """Close the orphaned rows whose time has come."""
        for arn in [a for a, o in self._lapsing().items() if o.lapse_at <= at]:
            del self._orphans[arn]

    def _lapsing(self) -> dict[str, Orphans]:
        """Orphans with no live subject of their kind: only these close by the clock."""
        live = {_kind(arn) for arn in self._cadence}
        return {arn: o for arn, o in self._orphans.items() if _kind(arn) not in live}

    def _succeed(self, arn: str, rows: Iterable[Row] | None) -> None:
        """A subject speaks on these rows (None: on all of its kind), so what deleted ones said of them ends."""
        for gone, orphans in list(self._orphans.items()):
            if _kind(gone) != _kind(arn):
                continue
            left = frozenset[Row]() if rows is None else orphans.rows.difference(rows)
            self._orphans[gone] = Orphans(left, orphans.lapse_at)
            if not left:
                del self._orphans[gone]

    def _bury(self, arn: str, at: datetime) -> None:
        """A subject was deleted: its bad rows wait two cadences for a successor."""
        rows, cadence = self._bad.pop(arn), self._cadence.pop(arn)
        if rows:
            self._orphans[arn] = Orphans(rows, at + 2 * (cadence or UNKNOWN_CADENCE))


def _counted(observation: Observation, held: frozenset[Row]) -> tuple[Finding, ...]:
    """The bad findings; an unreadable report adds no row where its subject has others that are bad."""
    bad = tuple(f for f in observation.findings if f.verdict is Verdict.BAD)
    named = frozenset(f.row for f in bad)
    others = (held | named) - {UNREAD}
    return tuple(f for f in bad if f.row != UNREAD) if others else bad


def _speaks_for_all(observation: Observation) -> bool:
    """Whether what is not among the findings is good: never of an unread, a blind or a deletion's observation."""
    silent = {Verdict.BLIND, Verdict.GONE}
    unread = any(f.row == UNREAD and f.verdict is Verdict.BAD for f in observation.findings)
    mute = bool(observation.findings) and all(f.verdict in silent for f in observation.findings)
    return observation.complete and not unread and not mute


def _kind(arn: str) -> str:
    """`sagemaker:monitoring-schedule` of an ARN: a successor is of its predecessor's kind."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return arn
    return f"{parts[2]}:{parts[5].replace('/', ':').split(':')[0]}"
