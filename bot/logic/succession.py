"""Who takes whose place: subjects that were deleted or replaced, and what speaks for the same purpose since."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.logic.distance import relative_distance
from bot.logic.plain import plain
from bot.logic.services import unstamped
from bot.model.alarm_series import alarm_and_series, series_arn
from bot.model.observation import Observation, Reading, Row, Subject
from bot.model.spells import Departure


def kind(arn: str) -> str:
    """`sagemaker:monitoring-schedule` of an ARN: a successor is of its predecessor's kind."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return arn
    return f"{parts[2]}:{parts[5].replace('/', ':').split(':')[0]}"


def tells_changes(arn: str) -> bool:
    """Whether a subject speaks only when something changes, so that its silence means nothing: an alarm."""
    return kind(arn) == "cloudwatch:alarm"


def purpose(arn: str) -> str:
    """The resource's name without its deployment's stamp; of an alarm's series with what tells it apart."""
    if tells_changes(arn):
        name, series = alarm_and_series(arn.partition(":alarm:")[2])
        return series_arn(unstamped(plain(name, len(name))), series)
    return unstamped(arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1])


def kin(arn: str) -> str:
    """Whom a deletion waits for: any monitor of that kind, since a family has one; of alarms, the same created anew."""
    return f"{kind(arn)}:{purpose(arn)}" if tells_changes(arn) else kind(arn)


def is_same(one: str, other: str) -> bool:
    """Whether two ARNs are of one kind and purpose: one resource, created anew."""
    return kind(one) == kind(other) and purpose(one) == purpose(other)


class Departures:
    """Who left an episode, and who goes on in their place."""

    def __init__(self) -> None:
        self._by_arn: dict[str, Departure] = {}

    def all(self) -> tuple[Departure, ...]:
        """The oldest first."""
        return tuple(sorted(self._by_arn.values(), key=lambda d: (d.at, d.subject))) if self._by_arn else ()

    def leave(self, gone: Subject, at: datetime, note: str, living: Iterable[Subject]) -> None:
        """One was deleted; who speaks for its purpose already goes on in its place."""
        heirs = [s for s in living if s.arn != gone.arn and is_same(s.arn, gone.arn)]
        self._by_arn[gone.arn] = Departure(gone, at, note, successor=heirs[-1] if heirs else None)

    def replace(self, old: Subject, by: Observation) -> None:
        """One was silent for so long that the same under another stamp took its place."""
        left = Departure(old, by.at, deleted=False, successor=by.subject, continued_at=by.at)
        self._by_arn.setdefault(old.arn, left)

    def hear(self, observation: Observation, before: Mapping[Row, Reading]) -> None:
        """Somebody speaks: in whose place, and how the worst row of `before` changed."""
        arn = observation.subject.arn
        self._by_arn.pop(arn, None)
        for old, left in self._by_arn.items():
            begins = left.successor is None and is_same(old, arn)
            if begins or (left.successor == observation.subject and left.continued_at == observation.at):
                went_on = replace(left, successor=observation.subject, continued_at=observation.at)
                self._by_arn[old] = _compared(went_on, observation, before)


def _compared(left: Departure, observation: Observation, before: Mapping[Row, Reading]) -> Departure:
    """With the row that was worst among those that both spoke of."""
    said = {f.row: f.reading.seen for f in observation.findings if f.reading.seen is not None}
    both = [row for row, reading in before.items() if row in said and reading.seen is not None]
    worst = max(both, key=lambda row: (relative_distance(row, before[row]), row), default=None)
    if worst is None:
        return left
    return replace(left, row=worst, before=before[worst].seen, after=said[worst])
