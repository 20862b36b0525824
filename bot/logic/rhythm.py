"""When monitors run: how often in words, when next, and whether one still does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.logic.silence import Heard, mute
from bot.logic.words import duration, plural
from bot.model.monitor import Execution, MonitorKey, RunStatus, Schedule

HOUR = timedelta(hours=1)
_WORDS = {HOUR: "hourly", timedelta(days=1): "daily"}


class Beat(StrEnum):
    """How a monitor is, from worst to best."""

    SILENT = "silent"
    FAILED = "failed"
    STOPPED = "stopped"
    PENDING = "pending"
    RUNS = "runs"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Beat).index(self)


_STATUSES = {"Stopped": Beat.STOPPED, "Failed": Beat.FAILED, "Pending": Beat.PENDING}
RESULTS = {
    RunStatus.CLEAN: "clean",
    RunStatus.VIOLATED: "violations",
    RunStatus.FAILED: "failed",
    RunStatus.STOPPED: "stopped",
    RunStatus.RUNNING: "runs now",
}


@dataclass(frozen=True, slots=True)
class Pulse:
    """A schedule with its newest run, and how it is by both."""

    schedule: Schedule
    last: Execution | None
    beat: Beat


def pulses(
    schedules: Iterable[Schedule],
    last: Mapping[MonitorKey, Execution],
    listed: Mapping[tuple[str, str], datetime],
    now: datetime,
) -> tuple[Pulse, ...]:
    """Each schedule as it was when its account was last listed."""
    return tuple(_pulse(s, last.get(s.monitor), listed.get((s.account_id, s.region), now)) for s in schedules)


def _pulse(schedule: Schedule, last: Execution | None, listed_at: datetime) -> Pulse:
    """Silent: two runs are missing by its rhythm. Of one that was never seen to run and has no age nobody can tell."""
    beat = _STATUSES.get(schedule.status, Beat.RUNS)
    since = schedule.created_at or (last.scheduled_at if last else None)
    if beat is Beat.RUNS and since and mute(Heard(schedule, last, listed_at, since)):
        beat = Beat.SILENT
    return Pulse(schedule, last, beat)


def every(cadence: timedelta | None) -> str:
    """`hourly`, `daily`, `every 6 hours`, `every 10 min`; of one without a rhythm `once`."""
    if cadence is None:
        return "once"
    hours, rest = divmod(cadence, HOUR)
    return _WORDS.get(cadence) or f"every {duration(cadence) if rest else plural(hours, 'hour')}"


def next_run(pulse: Pulse, now: datetime) -> datetime | None:
    """When it is scheduled next; None where it is not, or where nobody can tell its hour."""
    cadence, last = pulse.schedule.cadence, pulse.last
    if cadence is None or pulse.schedule.status != "Scheduled":
        return None
    if last is not None:
        return last.scheduled_at + ((now - last.scheduled_at) // cadence + 1) * cadence
    return now.replace(minute=0, second=0, microsecond=0) + HOUR if cadence == HOUR else None
