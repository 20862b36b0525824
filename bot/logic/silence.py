"""Monitors that do not speak: silent for two runs, stopped, failed, or deleted. What they say then is this."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.logic.words import listing, moment
from bot.model.monitor import Execution, Schedule
from bot.model.observation import DELETED, SILENT, Finding, Observation, Subject, Verdict

GRACE = timedelta(minutes=20)
"""After its time by which a run has started (AWS: "0-20 minutes after the hour")."""
DAY = timedelta(days=1)
MISSED = 2
"""Runs that must be missing."""
_AFTER = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of a schedule that is listed."""

    schedule: Schedule
    last: Execution | None
    """The newest run that was ever seen."""
    listed_at: datetime
    """When the account and Region last listed its schedules as a whole."""
    runs_known_since: datetime
    """Every run created since then was seen."""


def mute(heard: Heard) -> Observation | None:
    """Why this monitor does not speak, once for each time it fell silent; None while it does, or nobody can tell.

    One that has no rhythm is never silent: it runs when somebody makes it.
    """
    if heard.schedule.cadence is None:
        return None
    match heard.schedule.status:
        case "Scheduled":
            return _silent(heard, heard.schedule.cadence)
        case "Stopped":
            return _halted(heard, "stopped", "The monitor was stopped and does not run.")
        case "Failed":
            return _halted(heard, "failed", _failure(heard.schedule))
        case _:
            return None


def gone(schedule: Schedule, at: datetime) -> Observation:
    """That a monitor was deleted, as a whole listing without it says; by whom no listing tells."""
    made = f"{schedule.created_at:%Y-%m-%dT%H:%M:%SZ}" if schedule.created_at else ""
    return _observation(schedule, f"gone:{schedule.arn}:{made}", at, Finding(DELETED, Verdict.GONE))


def _silent(heard: Heard, cadence: timedelta) -> Observation | None:
    """Judged from a listing made after two runs were due: by then it might have been stopped or deleted."""
    since = _since(heard)
    at = since + MISSED * cadence + GRACE
    if heard.listed_at < at:
        return None
    id_ = f"silent:{heard.schedule.arn}:{since + cadence:%Y-%m-%dT%H:%M:%SZ}"
    return _observation(heard.schedule, id_, at, Finding(SILENT, Verdict.BLIND, note=_missing(heard, since, cadence)))


def _since(heard: Heard) -> datetime:
    """From when its runs are waited for: the last one, or when it was made or changed."""
    schedule, last = heard.schedule, heard.last
    moments = (last.scheduled_at if last else heard.runs_known_since, schedule.created_at, schedule.changed_at)
    return max(moment for moment in moments if moment is not None)


def _missing(heard: Heard, since: datetime, cadence: timedelta) -> str:
    dated = heard.listed_at - since >= DAY
    began = moment(since, dated=dated)
    if heard.last and since == heard.last.scheduled_at:
        count = int((heard.listed_at - GRACE - since) / cadence)
        runs = tuple(moment(since + n * cadence, dated=dated) for n in range(1, count + 1))
        return f"No run since {began} UTC; the runs of {_and(runs)} are missing."
    what = {heard.schedule.changed_at: "was changed", heard.schedule.created_at: "was made"}.get(since)
    return f"It has not run since it {what}, {began} UTC." if what else f"No run was seen since {began} UTC."


def _and(runs: tuple[str, ...]) -> str:
    return f"{', '.join(runs[:-1])} and {runs[-1]}" if len(runs) in {2, 3} else listing(runs)


def _halted(heard: Heard, word: str, note: str) -> Observation | None:
    """Only of a monitor that was seen to run: one that stood still all along is nobody's news."""
    if heard.last is None:
        return None
    changed = heard.schedule.changed_at
    at = max(changed, heard.last.ended_at + _AFTER) if changed else heard.listed_at
    id_ = f"{word}:{heard.schedule.arn}:{changed or heard.last.scheduled_at:%Y-%m-%dT%H:%M:%SZ}"
    return _observation(heard.schedule, id_, at, Finding(SILENT, Verdict.BLIND, note=note))


def _failure(schedule: Schedule) -> str:
    reason = f": {schedule.failure.rstrip('.')}" if schedule.failure else ""
    return f"The monitor's schedule failed and does not run{reason}."


def _observation(schedule: Schedule, id_: str, at: datetime, finding: Finding) -> Observation:
    return Observation(
        id=id_,
        subject=Subject(schedule.arn, schedule.name, schedule.endpoint),
        at=at,
        findings=(finding,),
        complete=False,
        cadence=schedule.cadence,
    )
