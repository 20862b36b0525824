"""How often monitors run, when next, and which of them still do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.logic.rhythm import Beat, Pulse, every, next_run, pulses
from bot.model.account import Account
from bot.model.monitor import Execution, RunStatus, Schedule
from bot.model.place import Family, Service
from sandbox.fakes import HOUR, at

DAY = 24 * HOUR
HOURLY = Schedule("arn", "bank", "1", "eu-west-1", Family.BIAS, "ep", HOUR, Service("bank"), created_at=at(-90))


def ran(hour: float) -> Execution:
    """The run of that hour."""
    account = Account("1", "one", ("eu-west-1",))
    return Execution(account, "eu-west-1", "bank", "ep", Family.BIAS, at(hour), at(hour + 0.1), RunStatus.CLEAN)


@pytest.mark.parametrize(
    ("cadence", "words"),
    [(HOUR, "hourly"), (DAY, "daily"), (6 * HOUR, "every 6 hours"), (12 * HOUR, "every 12 hours"), (None, "once")],
)
def test_a_cadence_in_words(cadence: timedelta | None, words: str) -> None:
    """As people say it."""
    assert every(cadence) == words


@pytest.mark.parametrize(
    ("schedule", "last", "now", "hour"),
    [
        (HOURLY, 3, 3.5, 4),
        (HOURLY, 3, 4, 5),
        (HOURLY, 3, 9.75, 10),
        (HOURLY, None, 9.75, 10),
        (replace(HOURLY, cadence=6 * HOUR), 2, 9, 14),
        (replace(HOURLY, cadence=DAY), 2, 9, 26),
        (replace(HOURLY, cadence=DAY), None, 9, None),
        (replace(HOURLY, cadence=None), 2, 9, None),
        (replace(HOURLY, status="Stopped"), 3, 3.5, None),
        (replace(HOURLY, status="Failed"), 3, 3.5, None),
    ],
)
def test_the_next_run_is_on_the_rhythm_of_the_last(
    schedule: Schedule, last: float | None, now: float, hour: float | None
) -> None:
    """Of one that never ran only an hourly one's hour is known; what stands still has none."""
    pulse = Pulse(schedule, None if last is None else ran(last), Beat.RUNS)
    assert next_run(pulse, at(now)) == (None if hour is None else at(hour))


@pytest.mark.parametrize(
    ("schedule", "last", "listed", "beat"),
    [
        (HOURLY, 3, 5, Beat.RUNS),
        (HOURLY, 3, 5.5, Beat.SILENT),
        (replace(HOURLY, cadence=DAY), 3, 27.5, Beat.RUNS),
        (HOURLY, None, 1, Beat.SILENT),
        (replace(HOURLY, created_at=at(0)), None, 1, Beat.RUNS),
        (replace(HOURLY, created_at=None), None, 50, Beat.RUNS),
        (replace(HOURLY, created_at=None), 3, 50, Beat.SILENT),
        (replace(HOURLY, cadence=None), 3, 50, Beat.RUNS),
        (replace(HOURLY, status="Stopped"), 3, 50, Beat.STOPPED),
        (replace(HOURLY, status="Failed"), 3, 4, Beat.FAILED),
        (replace(HOURLY, status="Pending"), None, 4, Beat.PENDING),
    ],
)
def test_a_monitor_is_as_its_last_run_and_its_status_say(
    schedule: Schedule, last: float | None, listed: float, beat: Beat
) -> None:
    """Silent once two runs are missing from a listing; of one without age or run nobody can tell."""
    runs = {} if last is None else {schedule.monitor: ran(last)}
    (pulse,) = pulses([schedule], runs, {("1", "eu-west-1"): at(listed)}, at(99))
    assert pulse.beat is beat


def test_the_worst_sorts_first() -> None:
    """A list begins with what needs somebody."""
    assert min(Beat, key=lambda b: b.rank) is Beat.SILENT
    assert max(Beat, key=lambda b: b.rank) is Beat.RUNS
