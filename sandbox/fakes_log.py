"""Entries of an incident's log, for unit tests of what is folded from it."""

from dataclasses import replace
from datetime import datetime

from bot.model.incident import Act, Click, State, Status
from bot.model.observation import UNREAD, Finding, Observation, Reading, Row, Verdict
from sandbox.fakes import at, row, run

OPEN, ACKNOWLEDGED, RESOLVED = Status.OPEN, Status.ACKNOWLEDGED, Status.RESOLVED
BAD = {"accuracy": 0.75, "recall": 0.4}


def act(
    what: Act, hour: float, *metrics: str, person: str = "U1", until: datetime | None = None, reason: str = ""
) -> Click:
    """A click on these metrics' rows."""
    return Click(f"click:{hour}", what, at(hour), person, tuple(map(row, metrics)), until, reason)


def ack(hour: float, *metrics: str, until: float = 30, person: str = "U1") -> Click:
    """An acknowledgement of these metrics' rows until an hour."""
    return act(Act.ACKNOWLEDGE, hour, *metrics, person=person, until=at(until), reason="on it")


def spoke(verdict: Verdict, hour: float, by: str = "bank-marketing-quality") -> Observation:
    """A subject that is blind or gone."""
    return replace(run(hour, by=by, complete=False), findings=(Finding(Row("monitor", "no data"), verdict),))


def unread(hour: float, count: int) -> Observation:
    """A run whose report could not be read."""
    return replace(run(hour), findings=(Finding(UNREAD, Verdict.BAD, Reading(count)),), complete=False, count=count)


def bad(state: State) -> set[str]:
    """Names of the bad rows."""
    return {r.row.metric for r in state.bad_rows}
