"""Why a run has no verdict: facts in, a sentence out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.logic.blind_words import MOST_REASON, cause, span, tells_enough
from bot.model.account import Account
from bot.model.blind import RunFacts
from bot.model.fleet import Capture
from bot.model.monitor import Execution, RunStatus
from bot.model.observation import Window
from bot.model.place import Family

TWO_PM = datetime(2026, 11, 25, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = Window(TWO_PM - HOUR, TWO_PM)
NOTHING = "Job inputs had no data"
RUN = Execution(
    Account("222222222222", "ml-production", ("us-west-2",)),
    "us-west-2",
    "bank-quality",
    "bank",
    Family.MODEL_QUALITY,
    TWO_PM,
    TWO_PM + timedelta(minutes=9),
    RunStatus.FAILED,
    failure=NOTHING,
)
ON, OFF = Capture(True, 100, "s3://b/c"), Capture(False, 100, "s3://b/c")


def facts(**known: Any) -> RunFacts:
    """What was found out of the hour before two."""
    return RunFacts(**{"window": WINDOW, "capture": ON, "wants_labels": True, **known})


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (facts(endpoint_gone=True), "The endpoint bank no longer exists."),
        (
            facts(capture=OFF, captured=False, changed_at=TWO_PM - 26 * HOUR),
            (
                "No captured data between 13:00 and 14:00 UTC: data capture is switched off on the endpoint bank, "
                "last changed 24 Nov 12:00 UTC."
            ),
        ),
        (facts(capture=OFF), "Data capture is switched off on the endpoint bank."),
        (
            facts(halted=True, captured=False),
            (
                "No captured data between 13:00 and 14:00 UTC: data capture has stopped on the endpoint bank, "
                "though it is switched on."
            ),
        ),
        (
            facts(captured=False),
            "No captured data between 13:00 and 14:00 UTC: the endpoint had no traffic or capture stopped.",
        ),
        (
            facts(captured=False, looked_at=TWO_PM + 24 * HOUR),
            (
                "No captured data between 13:00 and 14:00 UTC: the endpoint had no traffic, capture stopped or the "
                "files were deleted since."
            ),
        ),
        (
            facts(captured=True, labelled=False, predictions=412, matched=0),
            "No ground truth between 13:00 and 14:00 UTC: 0 of 412 predictions have a label.",
        ),
        (
            facts(captured=True, labelled=False),
            "No ground truth between 13:00 and 14:00 UTC: no prediction has a label.",
        ),
        (
            facts(capture=OFF, captured=True, labelled=False),
            "No ground truth between 13:00 and 14:00 UTC: no prediction has a label.",
        ),
        (
            facts(captured=True, labelled=True, predictions=1, matched=0),
            "Ground truth between 13:00 and 14:00 UTC fits no prediction: 0 of 1 prediction has a label.",
        ),
        (
            facts(captured=True, labelled=True, merged=False),
            (
                "Captured data and ground truth are there between 13:00 and 14:00 UTC, and their merge is empty: "
                "no ids match."
            ),
        ),
        (
            facts(captured=True, labelled=True, merged=True, predictions=412, matched=3),
            "The monitor's job failed: Job inputs had no data.",
        ),
        (
            facts(captured=False, window=None),
            "No captured data in the hours that it was to judge: the endpoint had no traffic or capture stopped.",
        ),
        (RunFacts(), "The monitor's job failed: Job inputs had no data."),
        (
            RunFacts(unlooked=("role sagewatch-read lacks s3:ListBucket",)),
            (
                "The monitor's job failed: Job inputs had no data. Its data could not be looked at: "
                "role sagewatch-read lacks s3:ListBucket."
            ),
        ),
    ],
)
def test_facts_about_the_data_name_the_cause(found: RunFacts, said: str) -> None:
    """What explains most comes first; where nothing explains it, AWS's own words are quoted, and what was refused."""
    assert cause(RUN, found) == said


def test_a_merge_that_broke_is_not_said_to_match_nothing() -> None:
    """It is empty too."""
    said = cause(replace(RUN, failure="AlgorithmError: exit code 1"), facts(captured=True, labelled=True, merged=False))
    assert said == "The monitor's job failed: AlgorithmError: exit code 1."


def test_a_batch_transform_monitor_has_no_endpoint_to_blame() -> None:
    """Its data comes from jobs."""
    said = cause(replace(RUN, endpoint=""), facts(captured=False, capture=None))
    assert said == "No captured data between 13:00 and 14:00 UTC: no transform job ran or capture stopped."


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("AlgorithmError: OutOfMemoryError: Java heap space", "The monitor's job ran out of memory"),
        ("ClientError: Please use an instance type with more memory", "The monitor's job ran out of memory"),
        ("AlgorithmError: See job logs, exit code: 137", "The monitor's job ran out of memory"),
        ("ClientError: No space left on device", "The monitor's job ran out of disk space"),
        ("Job exceeded MaxRuntimeInSeconds", "The monitor's job took longer than it may"),
        (
            "ClientError: User: arn:aws:sts::1:assumed-role/x is not authorized to perform: s3:GetObject",
            "The monitor's job may not read or write what it needs: its role lacks s3:GetObject",
        ),
        ("AccessDenied when downloading", "The monitor's job may not read or write what it needs"),
        (
            "The ciphertext refers to a customer master key: AWS KMS key is disabled",
            "The monitor's job may not use the key that the data is encrypted with",
        ),
        ("CapacityError: Unable to provision", "The monitor's job got no machine from AWS"),
        ("ResourceLimitExceeded: ml.m5.xlarge", "The monitor's job is over a quota of the account"),
    ],
)
def test_reasons_of_aws_that_say_enough_go_before_the_data(reason: str, said: str) -> None:
    """Nobody looks at the data then; the reason is quoted behind the words."""
    run = replace(RUN, failure=reason)
    assert tells_enough(run)
    assert cause(run, facts(captured=False)) == f"{said} ({reason})."


def test_a_stopped_run_says_so_and_nobody_looks_for_more() -> None:
    """Who stopped it stands in the log trail."""
    run = replace(RUN, status=RunStatus.STOPPED, failure="")
    assert tells_enough(run)
    assert cause(run, RunFacts()) == "The run was stopped before it ended."


def test_a_run_that_gives_no_reason_says_that_much() -> None:
    """And a long one is cut."""
    assert not tells_enough(RUN)
    assert cause(replace(RUN, failure=""), RunFacts()) == "The monitor's job failed and gave no reason."
    assert len(cause(replace(RUN, failure="x" * 1024), RunFacts())) < MOST_REASON + 40


@pytest.mark.parametrize(
    ("start", "length", "said"),
    [
        (13, HOUR, "between 13:00 and 14:00 UTC"),
        (13.5, HOUR, "between 13:30 and 14:30 UTC"),
        (-1, 2 * HOUR, "between 23:00 and 01:00 UTC"),
        (-10, 23 * HOUR, "between 24 Nov 14:00 and 25 Nov 13:00 UTC"),
        (-11, HOUR, "between 24 Nov 13:00 and 24 Nov 14:00 UTC"),
        (-10, 24 * HOUR, "between 24 Nov 14:00 and 25 Nov 14:00 UTC"),
        (-179, 7 * 24 * HOUR, "between 17 Nov 13:00 and 24 Nov 13:00 UTC"),
    ],
)
def test_a_window_is_told_with_its_days_where_hours_alone_would_mislead(
    start: float, length: timedelta, said: str
) -> None:
    """Offsets of hours from midnight; the run was due at two."""
    began = TWO_PM.replace(hour=0) + timedelta(hours=start)
    assert span(Window(began, began + length), TWO_PM) == said
