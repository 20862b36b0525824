"""Monitors that do not speak: when they are told of, with which words, under which id."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.logic.silence import GRACE, Heard, gone, mute
from bot.model.account import Account
from bot.model.monitor import Execution, RunStatus, Schedule
from bot.model.observation import DELETED, SILENT, Verdict
from bot.model.place import Family, Service

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
ARN = "arn:aws:sagemaker:us-west-2:222222222222:monitoring-schedule/bank-quality"
SCHEDULE = Schedule(
    ARN,
    "bank-quality",
    "222222222222",
    "us-west-2",
    Family.MODEL_QUALITY,
    "bank",
    HOUR,
    Service("bank"),
    created_at=NOON - 9 * DAY,
    changed_at=NOON - 9 * DAY,
)


def run(at: datetime) -> Execution:
    """A run of that time, over twelve minutes later."""
    account = Account("222222222222", "ml-production", ("us-west-2",))
    end = at + 12 * MINUTE
    return Execution(account, "us-west-2", "bank-quality", "bank", Family.MODEL_QUALITY, at, end, RunStatus.CLEAN)


def heard(last: datetime | None, listed_at: datetime, **schedule: Any) -> Heard:
    """Of an hourly schedule; runs of the last day are known."""
    return Heard(replace(SCHEDULE, **schedule), run(last) if last else None, listed_at, NOON - 26 * HOUR)


def said(of: Heard) -> str | None:
    """The sentence, if there is one."""
    observation = mute(of)
    return observation.findings[0].note if observation else None


@pytest.mark.parametrize(
    ("of", "sentence"),
    [
        (heard(NOON, NOON + 2 * HOUR + GRACE - MINUTE), None),
        (
            heard(NOON, NOON + 2 * HOUR + GRACE),
            "No run since 12:00 UTC; the runs of 13:00 and 14:00 are missing.",
        ),
        (
            heard(NOON, NOON + 6 * HOUR),
            "No run since 12:00 UTC; the runs of 13:00, 14:00, 15:00 and 2 more are missing.",
        ),
        (heard(NOON, NOON + 2 * DAY, cadence=DAY), None),
        (
            heard(NOON - 2 * DAY, NOON + GRACE, cadence=DAY),
            "No run since 23 Nov 12:00 UTC; the runs of 24 Nov 12:00 and 25 Nov 12:00 are missing.",
        ),
        (heard(NOON, NOON + 9 * DAY, cadence=None), None),
        (heard(None, NOON, created_at=NOON - HOUR), None),
        (heard(None, NOON, created_at=NOON - 3 * HOUR), "It has not run since it was made, 09:00 UTC."),
        (heard(None, NOON), "No run was seen since 24 Nov 10:00 UTC."),
        (heard(None, NOON, cadence=DAY), None),
        (heard(NOON - 5 * HOUR, NOON, changed_at=NOON - HOUR), None),
        (
            heard(NOON - 9 * HOUR, NOON, changed_at=NOON - 3 * HOUR),
            "It has not run since it was changed, 09:00 UTC.",
        ),
        (
            heard(NOON - 3 * HOUR, NOON, changed_at=None, created_at=None),
            "No run since 09:00 UTC; the runs of 10:00 and 11:00 are missing.",
        ),
        (heard(NOON, NOON + DAY, status="Pending"), None),
    ],
)
def test_two_runs_must_be_missing_from_a_rhythm_that_is_known(of: Heard, sentence: str | None) -> None:
    """Twenty minutes late is no silence; a monitor that was started again is waited for anew."""
    assert said(of) == sentence


def test_a_silence_is_one_observation_however_often_it_is_looked_at() -> None:
    """Under the first missing run; when two were due is when it was known."""
    early, late = (mute(heard(NOON, NOON + n * HOUR)) for n in (3, 9))
    assert early
    assert late
    assert early.id == late.id == f"silent:{ARN}:2026-11-25T13:00:00Z"
    assert early.at == late.at == NOON + 2 * HOUR + GRACE
    assert (early.findings[0].row, early.findings[0].verdict, early.complete) == (SILENT, Verdict.BLIND, False)
    again = mute(heard(NOON + 5 * HOUR, NOON + 9 * HOUR))
    assert again
    assert again.id != early.id


@pytest.mark.parametrize(
    ("status", "failure", "sentence"),
    [
        ("Stopped", "", "The monitor was stopped and does not run."),
        ("Failed", "", "The monitor's schedule failed and does not run."),
        ("Failed", "Role is gone.", "The monitor's schedule failed and does not run: Role is gone."),
    ],
)
def test_a_schedule_that_stands_still_says_so_since_it_was_changed(status: str, failure: str, sentence: str) -> None:
    """After the last word of its runs; once for each stop."""
    of = heard(NOON, NOON + HOUR, status=status, failure=failure, changed_at=NOON + 20 * MINUTE)
    observation = mute(of)
    assert observation
    assert said(of) == sentence
    assert (observation.at, observation.id) == (NOON + 20 * MINUTE, f"{status.lower()}:{ARN}:2026-11-25T12:20:00Z")
    during = mute(heard(NOON, NOON + HOUR, status=status, changed_at=NOON + 5 * MINUTE))
    assert during
    assert during.at > NOON + 12 * MINUTE


def test_one_that_never_was_seen_to_run_is_nobodys_news_when_it_stands_still() -> None:
    """A fleet has some that were stopped long ago."""
    assert mute(heard(None, NOON, status="Stopped")) is None
    undated = mute(heard(NOON, NOON + HOUR, status="Stopped", changed_at=None))
    assert undated
    assert (undated.at, undated.id) == (NOON + HOUR, f"stopped:{ARN}:2026-11-25T12:00:00Z")


def test_a_deleted_monitor_is_gone_under_its_name_and_making() -> None:
    """One of the same name that was made later is another."""
    first = gone(SCHEDULE, NOON)
    assert first.id == f"gone:{ARN}:2026-11-16T12:00:00Z"
    assert [(f.row, f.verdict, f.note) for f in first.findings] == [(DELETED, Verdict.GONE, "")]
    assert gone(replace(SCHEDULE, created_at=NOON), NOON).id != first.id
    assert gone(replace(SCHEDULE, created_at=None), NOON).id == f"gone:{ARN}:"
