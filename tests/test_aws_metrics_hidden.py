"""A link whose filter hides what monitors measure, told apart from monitors that measure nothing; over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from bot.aws.layer import AwsLayer
from bot.logic.check_fleet import WIDEN
from bot.model.metric import Metric, MetricKind
from bot.model.monitor import Schedule
from bot.model.place import Family, Service
from bot.ports import Found
from sandbox.fakes_measured import QUALITY, SERVED, TRAFFIC, asking, emit, metric
from sandbox.fakes_monitoring import ENDPOINT, REGION
from sandbox.fakes_organisation import HOUR, METRICS, OBSERVABILITY, PRODUCTION, SCHEDULE, TEST, Fleet

KINDS = (MetricKind.MODEL_QUALITY, MetricKind.TRAFFIC)
MONITOR = Schedule(
    arn=f"arn:aws:sagemaker:{REGION}:{PRODUCTION}:monitoring-schedule/{SCHEDULE}",
    name=SCHEDULE,
    account_id=PRODUCTION,
    region=REGION,
    family=Family.MODEL_QUALITY,
    endpoint=ENDPOINT,
    cadence=HOUR,
    service=Service("bank-marketing"),
)
INVOCATIONS = metric(PRODUCTION, "Invocations", TRAFFIC, SERVED)
ONLY_TRAFFIC = "Namespace = 'AWS/SageMaker'"


@pytest.fixture(scope="module")
def organisation() -> Iterator[Fleet]:
    """Made once."""
    with Fleet.served() as made:
        yield made


@pytest.fixture
def fleet(organisation: Fleet) -> Fleet:
    """The organisation forty days on; its accounts serve, and production's monitor measures."""
    later = organisation.later()
    for account in (PRODUCTION, TEST):
        emit(later, metric(account, "Invocations", TRAFFIC, SERVED), 7)
    emit(later, metric(TEST, "accuracy"), 0.8)
    return later


@pytest.fixture
def layer(fleet: Fleet) -> Iterator[AwsLayer]:
    """One that remembers nothing."""
    made = fleet.layer()
    made.directory(fleet.ask()).accounts()
    fleet.aws.calls.clear()
    yield made
    made.close()


@contextmanager
def filtered(fleet: Fleet, metric_filter: str) -> Iterator[None]:
    """Production's link lets only this through."""
    oam = fleet.aws.client("oam", PRODUCTION)
    (link,) = oam.list_links()["Items"]

    def set_filter(to: str) -> None:
        config = {"MetricConfiguration": {"Filter": to}}
        oam.update_link(Identifier=link["Arn"], ResourceTypes=list(METRICS), LinkConfiguration=config)

    set_filter(metric_filter)
    try:
        yield
    finally:
        set_filter("*")


def discover(layer: AwsLayer, fleet: Fleet, *known: Schedule, names: tuple[str, ...] = ()) -> Found[Metric]:
    """Of both linked accounts."""
    return layer.metrics(asking(fleet, PRODUCTION, TEST)).discover(KINDS, names, known=known)


def test_a_filter_that_hides_what_a_monitor_measures_is_a_failure_that_names_it(fleet: Fleet, layer: AwsLayer) -> None:
    """The account's own role sees what its link does not show; what the link shows is found."""
    emit(fleet, metric(PRODUCTION, "accuracy"), 0.9)
    with filtered(fleet, ONLY_TRAFFIC):
        found = discover(layer, fleet, MONITOR)
    assert set(found.items) == {INVOCATIONS, replace(INVOCATIONS, account_id=TEST), metric(TEST, "accuracy")}
    (failure,) = found.failures
    assert (failure.account.id, failure.region) == (PRODUCTION, REGION)
    assert failure.error.cause == f"the link of ml-production ({PRODUCTION}) hides {QUALITY}"
    assert failure.error.next_step == WIDEN


def test_so_it_is_where_the_question_was_narrow(fleet: Fleet, layer: AwsLayer) -> None:
    """One metric's name that is not found says nothing yet: the namespaces are looked at."""
    emit(fleet, metric(PRODUCTION, "accuracy"), 0.9)
    with filtered(fleet, ONLY_TRAFFIC):
        found = discover(layer, fleet, MONITOR, names=("accuracy",))
    assert [f.error.cause for f in found.failures] == [f"the link of ml-production ({PRODUCTION}) hides {QUALITY}"]
    layer.close()
    unfiltered = fleet.layer()
    assert discover(unfiltered, fleet, MONITOR, names=("gini",)).failures == ()
    unfiltered.close()


def test_where_the_role_may_not_look_the_filter_is_suspected_as_long_as_other_metrics_come(
    fleet: Fleet, layer: AwsLayer
) -> None:
    """With all namespaces that the monitors may write to."""
    with filtered(fleet, ONLY_TRAFFIC):
        fleet.aws.fault("deny", PRODUCTION, "cloudwatch:ListMetrics", times=2)
        (failure,) = discover(layer, fleet, MONITOR).failures
    assert failure.error.cause == (
        f"the link of ml-production ({PRODUCTION}) shows AWS/SageMaker, and of the monitors that run there nothing: "
        f"{QUALITY}, aws/sagemaker/ModelMonitoring/model-metrics"
    )
    assert failure.error.next_step == f"Its metric filter may hide them. {WIDEN}"


@pytest.mark.parametrize(
    "known",
    [
        (),
        (replace(MONITOR, status="Stopped"),),
        (replace(MONITOR, family=Family.BIAS),),
        (replace(MONITOR, account_id=TEST),),
        (replace(MONITOR, region="eu-west-1"),),
    ],
    ids=["none", "stopped", "of another kind", "of an account whose metrics come", "of another Region"],
)
def test_nobody_is_looked_into_without_a_monitor_that_should_have_measured(
    fleet: Fleet, layer: AwsLayer, known: tuple[Schedule, ...]
) -> None:
    """No call more."""
    with filtered(fleet, ONLY_TRAFFIC):
        assert discover(layer, fleet, *known).failures == ()
    assert fleet.called("ListMetrics", PRODUCTION) == 0
    assert fleet.called("ListMetrics", OBSERVABILITY) == 3


def test_a_monitor_that_measures_nothing_is_no_fault_of_the_link(fleet: Fleet, layer: AwsLayer) -> None:
    """Its metrics may be switched off, or its runs have failed: the account itself shows none either."""
    assert discover(layer, fleet, MONITOR).failures == ()
    assert fleet.called("ListMetrics", PRODUCTION) == 2


def test_an_account_that_does_not_answer_is_not_suspected(fleet: Fleet, layer: AwsLayer) -> None:
    """One failure, the true one."""
    fleet.aws.fault("deny", OBSERVABILITY, "cloudwatch:ListMetrics", times=3)
    found = discover(layer, fleet, MONITOR)
    assert {f.error.cause for f in found.failures} == {
        f"the bot's own role in ml-observability ({OBSERVABILITY}) lacks cloudwatch:ListMetrics"
    }
