"""The bot reads the world's metrics with its own rights: through the link, whatever the namespace's spelling."""

import time
from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest

from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.logic.measures import FULL_DISK_PERCENT, endpoint_of, schedule_of
from bot.model.account import Account, Scope
from bot.model.metric import Metric, MetricKind, Query
from bot.model.observation import Window
from bot.model.person import Person
from bot.ports import Ask
from sandbox.world import disk, fleet
from sandbox.world.stage import Stage

METRIC = ("AWS::CloudWatch::Metric",)
ACCOUNTS = tuple(Account(id_, fleet.LABELS[id_], (fleet.REGION,), telemetry=METRIC) for id_ in fleet.LINKED)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Three hours of model and data quality."""
    running = Stage.start(history=timedelta(hours=3), monitors=("ModelQuality", "DataQuality"))
    running.world.build()
    yield running
    running.aws.stop()


@pytest.fixture
def layer(stage: Stage) -> Iterator[AwsLayer]:
    """As the demo's bot, which remembers nothing yet."""
    keys = stage.world.bot_credentials()
    session = boto3.Session(keys["access_key_id"], keys["secret_access_key"], region_name=fleet.REGION)
    made = AwsLayer(session, AwsSettings(endpoint_url=stage.aws.endpoint_url))
    made.directory(ask(stage)).accounts()
    yield made
    made.close()


def ask(stage: Stage) -> Ask:
    """A question about both accounts."""
    return Ask(Person("U1", "T1", "Ana", bot=True), stage.world.now(), Scope(ACCOUNTS), time.monotonic() + 30)


def discovered(stage: Stage, layer: AwsLayer, kind: MetricKind, name: str) -> tuple[Metric, ...]:
    """The metrics of a name, of all accounts; nobody fails."""
    found = layer.metrics(ask(stage)).discover((kind,), (name,))
    assert found.failures == ()
    return found.items


def test_drift_is_found_in_both_spellings(stage: Stage, layer: AwsLayer) -> None:
    """Each names the endpoint and the schedule, by whichever dimension."""
    found = discovered(stage, layer, MetricKind.DATA_QUALITY, "feature_baseline_drift_age")
    assert len({metric.namespace for metric in found}) == 2
    runs = [stage.runs(account.id, "bank-marketing-data-quality")[0] for account in ACCOUNTS]
    told = [(m.account_id, endpoint_of(m), schedule_of(m)) for m in found]
    assert told == [
        (a.id, run["EndpointName"], run["MonitoringScheduleName"]) for a, run in zip(ACCOUNTS, runs, strict=True)
    ]


def test_what_is_read_is_what_the_reports_say(stage: Stage, layer: AwsLayer) -> None:
    """Accuracy of every service, hour by hour, as of each window's start."""
    metrics = discovered(stage, layer, MetricKind.MODEL_QUALITY, "accuracy")
    now = stage.world.now()
    queries = [Query(metric, "Average") for metric in metrics]
    found = layer.metrics(ask(stage)).series(queries, Window(now - 5 * HOUR, now), 3600)
    assert len(found.items) == 3
    for series in found.items:
        account_id, schedule = series.query.metric.account_id, schedule_of(series.query.metric)
        runs = [run for run in stage.runs(account_id, schedule) if run["MonitoringExecutionStatus"] != "Failed"]
        reports = {
            (run["ScheduledTime"] - HOUR).timestamp(): stage.report(account_id, run, "statistics") for run in runs
        }
        said = {at: each["binary_classification_metrics"]["accuracy"]["value"] for at, each in reports.items()}
        assert dict(zip(series.times_s, series.values, strict=True)) == said
        assert len(said) >= 3


def test_a_disk_that_fills_is_seen_past_the_limit_that_aws_names(stage: Stage, layer: AwsLayer) -> None:
    """Before the monitors go blind for want of captures."""
    stage.world.do("fill_disk", fleet.TEST)
    metrics = discovered(stage, layer, MetricKind.INSTANCES, "DiskUtilization")
    now = stage.world.now()
    queries = [Query(metric, "Maximum") for metric in metrics]
    found = layer.metrics(ask(stage)).series(queries, Window(now - HOUR, now), 300)
    full = {s.query.metric.account_id for s in found.items if s.values[-1] > FULL_DISK_PERCENT}
    assert (len(found.items), full, disk.LIMIT) == (3, {fleet.TEST}, FULL_DISK_PERCENT)


def test_a_drift_that_was_found_has_the_number_that_the_monitors_sentence_says(stage: Stage, layer: AwsLayer) -> None:
    """No report holds it; both accounts' spellings give it."""
    stage.world.do("recover", fleet.TEST)
    for account_id in (fleet.TEST, fleet.TEST, fleet.PRODUCTION):
        stage.world.do("drift", account_id)
    drifts = [
        v for v in layer.monitors(ask(stage)).violations(None, 24 * HOUR).items if v.row.check == "baseline_drift_check"
    ]
    assert {v.account.id for v in drifts} == set(fleet.LINKED)
    for drift in drifts:
        assert drift.finding.note.startswith(f"Baseline drift distance: {drift.finding.reading.seen} exceeds")
