"""A monitoring execution and its report, as an observation."""

from bot.errors import SourceError
from bot.logic.blind_words import cause
from bot.model.blind import RunFacts
from bot.model.monitor import Execution, Report, RunStatus, Schedule
from bot.model.observation import NO_DATA, UNREAD, Finding, Observation, Subject, Verdict

BLIND = frozenset({RunStatus.FAILED, RunStatus.STOPPED})
"""Runs without a verdict: they say neither good nor bad."""
FINAL = frozenset({RunStatus.CLEAN, RunStatus.VIOLATED}) | BLIND


def observation(execution: Execution, schedule: Schedule, report: Report | None) -> Observation:
    """What the run says of its schedule; without a report (a clean run nobody waits for) everything is good.

    A run whose report cannot be read is not complete: it says that something is bad, not what is good.
    """
    return Observation(
        id=execution.id,
        subject=Subject(schedule.arn, schedule.name, schedule.endpoint),
        at=execution.ended_at,
        findings=report.findings if report else (),
        complete=report.readable if report else True,
        window=report.window if report else None,
        cadence=schedule.cadence,
        detail=report.detail if report else "",
        count=report.count if report else 0,
    )


def blind(execution: Execution, schedule: Schedule, facts: RunFacts) -> Observation:
    """That a run could not judge, and the probable cause."""
    return Observation(
        id=execution.id,
        subject=Subject(schedule.arn, schedule.name, schedule.endpoint),
        at=execution.ended_at,
        findings=(Finding(NO_DATA, Verdict.BLIND, note=cause(execution, facts)),),
        complete=False,
        window=facts.window,
        cadence=schedule.cadence,
    )


def unread(error: SourceError) -> Report:
    """The report of a run with violations that nobody may read: something is bad, and why no more is known."""
    detail = " ".join(filter(None, (f"{error.cause}.", error.next_step)))
    return Report((Finding(UNREAD, Verdict.BAD),), None, None, None, detail, readable=False)
