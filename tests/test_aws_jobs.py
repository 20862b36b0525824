"""Processing jobs and schedules are read as SageMaker writes them; what is odd stays unknown."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.aws.jobs import Location, count_of, facts_of, job_name, location_of, window_of
from bot.aws.schedules import cadence_of
from bot.errors import Malformed
from bot.model.observation import Window

SAMPLES = Path(__file__).parents[2] / "shared" / "data" / "api-samples" / "sagemaker.json"


def test_a_real_job_gives_count_window_and_places() -> None:
    """DescribeProcessingJob of the article's run."""
    if not SAMPLES.exists():
        pytest.skip("the API samples are not at hand")
    job = json.loads(SAMPLES.read_text())["describe_processing_job"]["response"]
    facts = facts_of(job)
    assert facts.count == 8
    assert facts.window == Window(datetime(2024, 8, 18, 20, tzinfo=UTC), datetime(2024, 8, 18, 21, tzinfo=UTC))
    assert str(facts.output) == job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    assert str(facts.constraints) == job["ProcessingInputs"][1]["S3Input"]["S3Uri"]
    assert job_name(job["ProcessingJobArn"]) == job["ProcessingJobName"]


@pytest.mark.parametrize(
    ("message", "count"),
    [
        ("CompletedWithViolations: Job completed successfully with 60 violations.", 60),
        ("CompletedWithViolations: Job completed successfully with 1 violation.", 1),
        ("Completed: Job completed successfully with no violations.", 0),
        ("", None),
        ("The container ran out of memory", None),
        ("with 99999999999999 violations", None),
    ],
)
def test_the_exit_message_counts_or_does_not(message: str, count: int | None) -> None:
    """Only the documented sentence is a count."""
    assert count_of(message) == count


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-02T10:00:00Z", "2026-11-02T09:00:00Z"),
        ("2026-11-02T10:00:00Z", "2026-11-02T10:00:00Z"),
        ("yesterday", "2026-11-02T10:00:00Z"),
        ("0001-01-01T00:00:00+14:00", "2026-11-02T10:00:00Z"),
        ("", ""),
    ],
)
def test_a_window_that_is_none_is_unknown(start: str, end: str) -> None:
    """Ends before it starts, is empty, is no time, or is none that Python can hold."""
    assert window_of({"start_time": start, "end_time": end}) is None


def test_a_window_without_a_zone_is_utc() -> None:
    """The analyzer's container runs in UTC."""
    window = window_of({"start_time": "2026-11-02T10:00:00", "end_time": "2026-11-02T12:00:00+01:00"})
    assert window == Window(datetime(2026, 11, 2, 10, tzinfo=UTC), datetime(2026, 11, 2, 11, tzinfo=UTC))


@pytest.mark.parametrize(
    ("inputs", "constraints"),
    [
        ({"constraints": "s3://bucket/base/constraints.json"}, "s3://bucket/base/constraints.json"),
        (
            {"input_1": "s3://bucket/merge", "baseline": "s3://bucket/base/constraints.json"},
            "s3://bucket/base/constraints.json",
        ),
        (
            {"analysis_config": "s3://bucket/c/analysis_config.json", "x": "s3://bucket/a/analysis.json"},
            "s3://bucket/a/analysis.json",
        ),
        (
            {"x": "s3://bucket/a/constraints.json", "constraints": "s3://bucket/our-limits.json"},
            "s3://bucket/our-limits.json",
        ),
        ({"constraints": "s3://bucket/a-folder"}, None),
        ({"constraints": "https://b/constraints.json"}, None),
        ({}, None),
    ],
)
def test_the_constraints_are_the_input_of_that_name_else_the_file_of_one_of_theirs(
    inputs: dict[str, str], constraints: str | None
) -> None:
    """Teams may call the file as they like; Clarify's baseline is an analysis."""
    given = [{"InputName": name, "S3Input": {"S3Uri": uri}} for name, uri in inputs.items()]
    found = facts_of({"ProcessingInputs": given}).constraints
    assert (None if found is None else str(found)) == constraints


@pytest.mark.parametrize(
    "uri",
    [
        "",
        None,
        7,
        "http://bucket/key",
        "s3://bucket",
        "s3://bucket/",
        "s3:///key",
        "s3://Bucket/key",
        "s3://buc..ket/key",
        "s3://arn:aws:s3:us-west-2:1:accesspoint/x/key",
        "s3://user@bucket/key",
        "s3://bucket/a/../b",
        "s3://bucket/a\nb",
        "s3://bucket/" + "k" * 1000,
    ],
)
def test_an_odd_address_is_no_place(uri: object) -> None:
    """The other account writes it: only a plain bucket and key are followed."""
    assert location_of(uri) is None


def test_a_plain_address_is_a_place_with_or_without_a_slash_at_its_end() -> None:
    """Both forms occur in real jobs."""
    assert location_of("s3://bucket-1/a/b c/2026/") == location_of("s3://bucket-1/a/b c/2026")
    assert str(Location("b", "k").file("x.json")) == "s3://b/k/x.json"


@given(st.text())
def test_no_text_breaks_the_reading_of_addresses_and_messages(text: str) -> None:
    """Both come from the other account."""
    location_of("s3://" + text)
    count_of(text)
    assert window_of({"start_time": text, "end_time": text}) is None


@pytest.mark.parametrize("arn", ["", "model-quality-monitoring-1", "arn:aws:sagemaker:us-west-2:1:processing-job/x"])
def test_a_run_without_a_job_is_malformed(arn: str) -> None:
    """Nothing is asked for with a made-up name."""
    with pytest.raises(Malformed):
        job_name(arn)


@pytest.mark.parametrize(
    ("expression", "hours"),
    [
        ("cron(0 * ? * * *)", 1),
        ("cron(0 14 ? * * *)", 24),
        ("cron(0 0/6 ? * * *)", 6),
        ("cron(0 */2 ? * * *)", 2),
        ("cron(0 17/12 ? * * *)", 12),
        ("cron(0 * * * ? *)", 1),
        ("NOW", None),
        ("", None),
        ("cron(0 0/0 ? * * *)", None),
        ("cron(0 12 ? * MON *)", None),
    ],
)
def test_the_cadence_follows_from_the_cron_expression(expression: str, hours: int | None) -> None:
    """Hourly, daily and every N hours are what Model Monitor takes; anything else has no rhythm that we know."""
    assert cadence_of(expression) == (timedelta(hours=hours) if hours else None)
