"""Monitors over HTTP: real boto3 against the sandbox's runs, of one account and of several."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest

from bot.aws import actions
from bot.aws.hub import Target
from bot.aws.layer import AwsLayer
from bot.aws.schedules import FAMILIES
from bot.aws.settings import AwsSettings
from bot.errors import Throttled, TimedOut
from bot.model.account import Account, Scope
from bot.model.monitor import Execution, RunStatus
from bot.model.observation import UNREAD, Row, Verdict, Window
from bot.model.place import Family, Service
from bot.ports import Directory, FleetHealth, Monitors
from sandbox.fakes_measured import DATA, drifted
from sandbox.fakes_monitoring import ENDPOINT, REGION
from sandbox.fakes_organisation import LABELS, PRODUCTION, SCHEDULE, TEST, Fleet

ACCURACY = Row("accuracy", "LessThanThreshold")


@pytest.fixture(scope="module")
def left_open() -> Iterator[list[AwsLayer]]:
    """Layers with a call under way; closed once the organisation has hung up."""
    layers: list[AwsLayer] = []
    yield layers
    for layer in layers:
        layer.close()


@pytest.fixture(scope="module")
def organisation(left_open: list[AwsLayer]) -> Iterator[Fleet]:
    """Made once."""
    with Fleet.served() as made:
        yield made


@pytest.fixture
def hasty(organisation: Fleet, left_open: list[AwsLayer]) -> AwsLayer:
    """A layer for questions that end before their calls do."""
    left_open.append(organisation.layer())
    return left_open[-1]


def test_one_listing_for_each_account_gives_every_run_oldest_end_first(fleet: Fleet, layer: AwsLayer) -> None:
    """Statuses as the product names them; a page holds a hundred."""
    for ago in range(1, 24):
        fleet.run(TEST, ago, "Completed")
    statuses = ["Completed", "CompletedWithViolations", "Failed", "Stopped", "InProgress"]
    for ago, status in enumerate(statuses, start=1):
        fleet.run(PRODUCTION, ago, status, failure_reason="No data." if status == "Failed" else None)
    found = layer.monitors(fleet.ask()).executions(fleet.now - timedelta(days=1))
    assert found.asked == 2
    assert found.failures == ()
    assert [e.ended_at for e in found.items] == sorted(e.ended_at for e in found.items)
    assert [e.status for e in reversed(found.items) if e.account.id == PRODUCTION] == [
        RunStatus.CLEAN,
        RunStatus.VIOLATED,
        RunStatus.FAILED,
        RunStatus.STOPPED,
        RunStatus.RUNNING,
    ]
    first = next(e for e in found.items if e.status is RunStatus.FAILED)
    assert first == Execution(
        account=Account(PRODUCTION, "ml-production", (REGION,)),
        region=REGION,
        schedule_name=SCHEDULE,
        endpoint=ENDPOINT,
        family=Family.MODEL_QUALITY,
        scheduled_at=fleet.at(3),
        ended_at=fleet.at(3) + timedelta(minutes=12),
        status=RunStatus.FAILED,
        job_arn=first.job_arn,
        failure="No data.",
    )
    assert fleet.called("ListMonitoringExecutions", TEST) == 1


def test_a_listing_is_read_to_its_last_page(fleet: Fleet, layer: AwsLayer) -> None:
    """Three pages of a hundred at most; at the deadline no further one is asked for."""
    for ago in range(1, 242):
        fleet.run(PRODUCTION, ago, "Completed")
    found = layer.monitors(fleet.ask(PRODUCTION)).executions(fleet.now - timedelta(days=30))
    assert len({e.id for e in found.items}) == 241
    assert fleet.called("ListMonitoringExecutions") == 3
    target = Target(found.items[0].account, REGION)
    pages = layer.hub.pages(fleet.ask(seconds=0), target, "sagemaker", "ListMonitoringExecutions", MaxResults=100)
    assert len(next(pages)["MonitoringExecutionSummaries"]) == 100
    with pytest.raises(TimedOut, match="too long for the time given"):
        next(pages)


def test_a_denied_account_is_named_with_role_and_action_and_the_others_answer(fleet: Fleet, layer: AwsLayer) -> None:
    """A partial answer, never an empty one."""
    fleet.run(TEST, 1, "Completed")
    fleet.aws.fault("deny", PRODUCTION, "ListMonitoringExecutions")
    found = layer.monitors(fleet.ask()).executions(fleet.now - timedelta(days=1))
    assert [e.account.id for e in found.items] == [TEST]
    assert [f.error.cause for f in found.failures] == [
        "role sagewatch-read in ml-production (222222222222) lacks sagemaker:ListMonitoringExecutions"
    ]
    assert found.failures[0].error.next_step == "Add it to the role's policy."


def test_throttling_is_retried_and_told_when_it_does_not_end(fleet: Fleet, layer: AwsLayer) -> None:
    """One refusal is not noticed; three, the last attempt's, are."""
    fleet.run(TEST, 1, "Completed")
    fleet.aws.fault("throttle", TEST, "ListMonitoringExecutions", 1)
    assert len(fleet.runs(layer, TEST)) == 1
    fleet.aws.fault("throttle", TEST, "ListMonitoringExecutions", 3)
    found = layer.monitors(fleet.ask(TEST)).executions(fleet.now - timedelta(days=1))
    assert [type(f.error) for f in found.failures] == [Throttled]
    assert found.failures[0].error.retryable


def test_an_account_that_does_not_answer_costs_the_question_no_more_than_its_time(
    fleet: Fleet, hasty: AwsLayer
) -> None:
    """The others' runs are there at the deadline."""
    fleet.run(TEST, 1, "Completed")
    assert len(fleet.runs(hasty)) == 1
    fleet.aws.fault("timeout", PRODUCTION, "ListMonitoringExecutions")
    began = time.monotonic()
    found = hasty.monitors(fleet.ask(seconds=2)).executions(fleet.now - timedelta(days=1))
    assert time.monotonic() - began < 6
    assert [e.account.id for e in found.items] == [TEST]
    assert [type(f.error) for f in found.failures] == [TimedOut]
    assert "ml-production (222222222222)" in found.failures[0].error.cause


def test_a_cancelled_question_asks_for_no_further_page(fleet: Fleet, layer: AwsLayer) -> None:
    """The process ends, or nobody waits any more."""
    for ago in range(1, 120):
        fleet.run(PRODUCTION, ago, "Completed")
    target = Target(Account(PRODUCTION, LABELS[PRODUCTION], (REGION,)), REGION)
    cancelled = replace(fleet.ask(), cancelled=lambda: True)
    pages = layer.hub.pages(cancelled, target, "sagemaker", "ListMonitoringExecutions", MaxResults=100)
    assert len(next(pages)["MonitoringExecutionSummaries"]) == 100
    with pytest.raises(TimedOut):
        next(pages)


def test_violations_are_rows_with_since_when_how_often_and_whether_still(fleet: Fleet, layer: AwsLayer) -> None:
    """Newest first, over accounts; a row that the newest run no longer lists is good now."""
    fleet.violated(PRODUCTION, 3, "accuracy", "f2")
    fleet.violated(PRODUCTION, 2, "accuracy")
    fleet.violated(PRODUCTION, 1, "accuracy")
    fleet.violated(TEST, 2, "auc")
    fleet.run(TEST, 1, "Completed")
    found = layer.monitors(fleet.ask()).violations(None, timedelta(days=1))
    assert (found.failures, found.asked) == ((), 2)
    told = [(v.account.label, v.row.metric, v.runs, v.first_at.hour, v.last_at.hour, v.now) for v in found.items]
    assert told == [
        ("ml-production", "accuracy", 3, 6, 8, Verdict.BAD),
        ("ml-test", "auc", 1, 7, 7, Verdict.GOOD),
        ("ml-production", "f2", 1, 6, 6, Verdict.GOOD),
    ]
    assert found.items[0].window == Window(fleet.at(2), fleet.at(1))
    assert {v.service for v in found.items} == {Service("bank-marketing", "tag"), Service("bank-marketing", "name")}


@pytest.mark.parametrize("named", ["BANK-marketing", ENDPOINT.upper(), SCHEDULE])
def test_violations_are_limited_to_a_service_endpoint_or_schedule_in_any_case(
    fleet: Fleet, layer: AwsLayer, named: str
) -> None:
    """The service's name is the tag's."""
    fleet.violated(PRODUCTION, 1, "accuracy")
    assert len(layer.monitors(fleet.ask(PRODUCTION)).violations(named, timedelta(days=1)).items) == 1
    assert layer.monitors(fleet.ask(PRODUCTION)).violations("loan-default", timedelta(days=1)).items == ()


def test_a_report_that_fails_takes_only_itself_out_of_the_violations(fleet: Fleet, layer: AwsLayer) -> None:
    """The other run is told in full, of these that something was bad; the failure once."""
    for ago in (1, 2, 3):
        fleet.violated(PRODUCTION, ago, "accuracy")
    fleet.aws.fault("deny", PRODUCTION, "DescribeProcessingJob", 2)
    found = layer.monitors(fleet.ask(PRODUCTION)).violations(None, timedelta(days=1))
    assert {v.row: v.runs for v in found.items} == {ACCURACY: 1, UNREAD: 2}
    assert [f.error.cause for f in found.failures] == [
        "role sagewatch-read in ml-production (222222222222) lacks sagemaker:DescribeProcessingJob"
    ]


def test_an_unreadable_newest_report_does_not_call_older_rows_good(fleet: Fleet, layer: AwsLayer) -> None:
    """It said that something is bad, not what."""
    fleet.violated(PRODUCTION, 2, "accuracy")
    fleet.run(PRODUCTION, 1, "CompletedWithViolations")
    found = layer.monitors(fleet.ask(PRODUCTION)).violations(None, timedelta(days=1))
    assert [(v.row, v.now) for v in found.items] == [(UNREAD, Verdict.BAD), (ACCURACY, Verdict.BAD)]


def test_violations_say_that_a_schedule_may_not_be_read(fleet: Fleet) -> None:
    """Its rows are told, under the name that is known, with the missing right."""
    fleet.violated(PRODUCTION, 1, "accuracy")
    layer = fleet.layer()
    fleet.aws.fault("deny", PRODUCTION, "ListTags", 2)
    found = layer.monitors(fleet.ask(PRODUCTION)).violations(None, timedelta(days=1))
    layer.close()
    assert [(v.row, v.service.by) for v in found.items] == [(ACCURACY, "name")]
    assert [f.error.cause for f in found.failures] == [
        "role sagewatch-read in ml-production (222222222222) lacks sagemaker:ListTags"
    ]


def _look_at_data(fleet: Fleet, layer: AwsLayer) -> None:
    """As for a failed run of each type."""
    run = next(r for r in fleet.runs(layer, PRODUCTION) if r.schedule_name == SCHEDULE)
    schedule = layer.monitors(fleet.ask()).schedule(run)
    for family in FAMILIES.values():
        layer.data_health(fleet.ask()).facts(replace(run, family=family), replace(schedule, family=family))


ASKED = {f"bot.aws.{name}" for name in ("identity", "directory", "monitors", "data_health", "health", "sinks", "visit")}
"""The adapters asked below; all of them together are asked in test_iam."""


def test_every_call_is_declared_beside_its_method_and_every_declared_action_is_called(fleet: Fleet) -> None:
    """What botocore really sends, recorded before each call, in IAM's spelling."""
    made: set[str] = set()

    def record(event_name: str, **_: object) -> None:
        _, service, operation = event_name.split(".")
        made.add(actions.action_of(service, operation))

    session = boto3.Session(fleet.keys["AccessKeyId"], fleet.keys["SecretAccessKey"], region_name=REGION)
    session.events.register("before-call", record)
    layer = AwsLayer(session, AwsSettings(endpoint_url=fleet.aws.endpoint_url))
    for service in ("cloudwatch", "oam", "sagemaker", "s3", "sts"):
        layer.hub.client(service, REGION).meta.events.register("before-call", record)
    fleet.violated(PRODUCTION, 1, "accuracy")
    fleet.schedule(PRODUCTION, DATA, {}, kind="DataQuality")
    drifted(fleet, 1, "age")
    everywhere = Scope(layer.bind(fleet.ask())[Directory].accounts().items)
    layer.bind(replace(fleet.ask(), scope=everywhere))[Directory].reachable()
    layer.bind(replace(fleet.ask(), scope=everywhere))[Monitors].violations(None, timedelta(days=1))
    layer.bind(replace(fleet.ask(), scope=everywhere))[FleetHealth].checks(())
    _look_at_data(fleet, layer)
    layer.close()
    by_method = actions.by_method()
    assert made == {a for method, needed in by_method.items() if method.rsplit(".", 2)[0] in ASKED for a in needed}
    assert by_method["bot.aws.monitors.AwsMonitors.executions"] == {"sagemaker:ListMonitoringExecutions"}
    denied = {c.action for c in fleet.aws.calls if not c.administrator and "Denied" in (c.error_code or "")}
    assert denied == set()
