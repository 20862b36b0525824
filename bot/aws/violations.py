"""Runs folded into rows: what was bad, since when, how often, and whether it still is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from bot.model.account import Account
from bot.model.monitor import Execution, Report, RunStatus, Violation
from bot.model.observation import UNREAD, Finding, Row, Verdict
from bot.model.place import Service

Monitor: TypeAlias = tuple[str, str, str]
"""Account id, Region and name of a schedule."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run and its report; None when the report was not asked for or did not come."""

    execution: Execution
    report: Report | None


def monitor_of(execution: Execution) -> Monitor:
    """The schedule that a run belongs to."""
    return (execution.account.id, execution.region, execution.schedule_name)


def judged(execution: Execution) -> bool:
    """Whether the run reached a verdict: failed and stopped runs say nothing of the rows."""
    return execution.status in {RunStatus.VIOLATED, RunStatus.CLEAN}


def fold(runs: Iterable[Run], service_of: Callable[[Monitor], Service]) -> tuple[Violation, ...]:
    """One violation per monitor and row, newest first."""
    by_monitor: dict[Monitor, list[Run]] = {}
    for run in sorted(runs, key=_by_end):
        by_monitor.setdefault(monitor_of(run.execution), []).append(run)
    folded = [v for monitor, own in by_monitor.items() for v in _rows(own, service_of(monitor))]
    return tuple(sorted(folded, key=_newest_first))


def newest(runs: Iterable[Run]) -> list[Run]:
    """Those of which the fold shows a finding: the newest of its monitor in which some row is bad."""
    shown: list[Run] = []
    told: set[tuple[Monitor, Row]] = set()
    for run in sorted(runs, key=_by_end, reverse=True):
        findings = run.report.findings if run.report else ()
        rows = {(monitor_of(run.execution), f.row) for f in findings if f.verdict is Verdict.BAD}
        if rows - told:
            shown.append(run)
        told |= rows
    return shown


def _by_end(run: Run) -> tuple[datetime, datetime]:
    return (run.execution.ended_at, run.execution.scheduled_at)


def _newest_first(violation: Violation) -> tuple[float, str, str, str, str, Row]:
    account: Account = violation.account
    place = (account.label, account.id, violation.region, violation.schedule_name)
    return (-violation.last_at.timestamp(), *place, violation.row)


def _rows(runs: list[Run], service: Service) -> Iterable[Violation]:
    """The rows of one monitor; `runs` are oldest first."""
    seen: dict[Row, list[tuple[Run, Finding]]] = {}
    for run in runs:
        for finding in run.report.findings if run.report else ():
            if finding.verdict is Verdict.BAD:
                seen.setdefault(finding.row, []).append((run, finding))
    for row, hits in seen.items():
        yield _violation(runs, service, row, hits)


def _violation(runs: list[Run], service: Service, row: Row, hits: list[tuple[Run, Finding]]) -> Violation:
    newest, finding = hits[-1]
    execution = newest.execution
    return Violation(
        account=execution.account,
        region=execution.region,
        service=service,
        family=execution.family,
        schedule_name=execution.schedule_name,
        finding=finding,
        window=newest.report.window if newest.report else None,
        first_at=hits[0][0].execution.ended_at,
        last_at=execution.ended_at,
        runs=len(hits),
        now=Verdict.BAD if execution.ended_at >= _last_word(runs, row) else Verdict.GOOD,
    )


def _last_word(runs: list[Run], row: Row) -> datetime:
    """End of the newest run that says anything of the row: a violated run that could not be read says nothing."""
    return max(r.execution.ended_at for r in runs if row == UNREAD or _speaks(r))


def _speaks(run: Run) -> bool:
    return run.execution.status is RunStatus.CLEAN or bool(run.report and run.report.readable)
