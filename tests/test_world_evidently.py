"""The world's Evidently: the distances are the definitions', healthy days are no drift, other customers are."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.logic.evidently import findings
from bot.model.observation import Verdict
from sandbox.aws import AwsSandbox
from sandbox.clock import WorldClock
from sandbox.world import evidently, fleet, traffic
from sandbox.world.telling import Telling, stream
from sandbox.world.traffic import LOAN_DEFAULT

NAME = stream(7, fleet.PRODUCTION)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def day(level: int, at: datetime = NOON) -> list[tuple[float, ...]]:
    """A day's customers."""
    hours = (at + timedelta(hours=n) for n in range(24))
    return evidently.rows(c for hour in hours for c in traffic.hour_of(LOAN_DEFAULT, NAME, hour, level))


@pytest.mark.parametrize(
    ("current", "reference", "expected"),
    [([0.0, 1.0], [0.0, 1.0], 0.0), ([1.0, 2.0], [0.0, 1.0], 2.0), ([0.0, 0.0], [0.0, 1.0], 1.0)],
)
def test_the_wasserstein_distance_is_in_deviations_of_the_reference(
    current: list[float], reference: list[float], expected: float
) -> None:
    assert evidently.wasserstein(current, reference) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("current", "reference", "expected"),
    [([1.0, 2.0], [1.0, 2.0], 0.0), ([1.0], [2.0], 0.832554611), ([1.0, 1.0], [1.0, 2.0], 0.464501404)],
)
def test_the_jensen_shannon_distance_is_a_root_in_nats(
    current: list[float], reference: list[float], expected: float
) -> None:
    assert evidently.jensen_shannon(current, reference) == pytest.approx(expected)


def test_a_healthy_day_is_no_drift_and_other_customers_are() -> None:
    """By the product's own reader."""
    reference = evidently.rows(traffic.validation_set(LOAN_DEFAULT, NAME, evidently.REFERENCE_ROWS))
    for n in range(5):
        healthy = findings(evidently.report(day(0, NOON + n * DAY), reference))
        assert {f.verdict for f in healthy} == {Verdict.GOOD}
    drifted = findings(evidently.report(day(1), reference))
    assert [f.row.metric for f in drifted if f.verdict is Verdict.BAD] == [LOAN_DEFAULT.signal]


@pytest.fixture
def aws() -> Iterator[AwsSandbox]:
    """Production's bucket."""
    with AwsSandbox(WorldClock(), fleet.accounts(), org_id=fleet.ORGANISATION, region=fleet.REGION) as found:
        found.start()
        where = {"LocationConstraint": fleet.REGION}
        client = found.client("s3", fleet.PRODUCTION)
        client.create_bucket(Bucket=fleet.bucket(fleet.PRODUCTION), CreateBucketConfiguration=where)
        yield found


def test_each_day_is_written_once_and_the_same_in_every_telling(aws: AwsSandbox) -> None:
    """At 00:20 of the next day, as far back as the world's history."""
    bucket = fleet.bucket(fleet.PRODUCTION)
    written = evidently.Evidently(aws, Telling(7, NOON, lambda: ()))
    for _ in range(2):
        written.until(NOON, NOON - 2 * DAY)
    keys = [f"evidently/loan-default/2026/11/{d}/0020.json" for d in (19, 20)]
    assert aws.list_objects(fleet.PRODUCTION, bucket, "evidently/") == tuple(keys)
    first = aws.get_object(fleet.PRODUCTION, bucket, keys[-1])
    aws.delete_object(fleet.PRODUCTION, bucket, keys[-1])
    evidently.Evidently(aws, Telling(7, NOON, lambda: ())).until(NOON, NOON - DAY)
    assert aws.get_object(fleet.PRODUCTION, bucket, keys[-1]) == first
    assert len(findings(json.loads(first))) == len(evidently.COLUMNS) + 1
