"""How full an endpoint's disk is: it fills slowly while requests are captured, and at once when somebody lets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sandbox.world import story
from sandbox.world.story import Deed, Serving, State

LIMIT: Final = 75.0
"""Per cent below which AWS wants DiskUtilization, for data capture to go on; where exactly it stops is not documented
(Developer Guide: capture data from real-time endpoint)."""
FULL: Final = 93.0
FRESH: Final = 22.0
CLIMB: Final = timedelta(minutes=30)
"""In which a disk fills, unless the hour ends before."""
_PER_REQUEST: Final = 0.45 / 24 / 468
"""Per cent that a captured request and its log lines leave behind."""
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `at` on the disk is so full, and fills by `per_hour`."""

    at: datetime
    percent: float
    per_hour: float

    def percent_at(self, at: datetime) -> float:
        """How full it is later in the stretch."""
        return min(100.0, self.percent + self.per_hour * ((at - self.at) / _HOUR))


def stretches(serving: Serving, deeds: tuple[Deed, ...]) -> list[Stretch]:
    """An endpoint's disk since it was made, oldest stretch first."""
    account_id, moved = serving.names.account_id, story.movable(serving.deployment)
    until = serving.until or datetime.max.replace(tzinfo=serving.since.tzinfo)
    turns = [deed.at for deed in deeds if moved and deed.account == account_id and serving.since < deed.at < until]
    growth = serving.deployment.model.requests_per_hour * _PER_REQUEST
    found, before, cleaned = [Stretch(serving.since, FRESH, 0.0)], State(), FRESH
    for at in (serving.since, *turns):
        state, level = story.state(deeds, account_id, at) if moved else State(), found[-1].percent_at(at)
        if state.disk_full and not before.disk_full:
            cleaned, full_at = level, min(at + CLIMB, story.full_hour(at) + _HOUR)
            found.append(Stretch(at, level, (FULL - level) / ((full_at - at) / _HOUR)))
            found.append(Stretch(full_at, FULL, 0.0))
        elif not state.disk_full:
            level = cleaned if before.disk_full else level
            found.append(Stretch(at, level, growth if state.called and state.captures else 0.0))
        before = state
    return found


def percent(known: Sequence[Stretch], at: datetime) -> float:
    """DiskUtilization at a moment."""
    return next((each for each in reversed(known) if each.at <= at), known[0]).percent_at(at)
