"""Which metrics there are, over HTTP: by links, by roles, in every spelling, by as few listings as will do."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.aws.layer import AwsLayer
from bot.logic.measures import NAMESPACES
from bot.model.account import Account
from bot.model.metric import MetricKind
from bot.ports import Ask, Found
from sandbox.fakes_measured import ACCOUNTS, BATCH_QUALITY, SERVED, TRAFFIC, WATCHED, asking, emit, metric
from sandbox.fakes_monitoring import ENDPOINT, REGION
from sandbox.fakes_organisation import BARE, HOUR, OBSERVABILITY, PRODUCTION, SCHEDULE, STRICT, TEST, Fleet

ALL = tuple(MetricKind)
QUALITY = (MetricKind.MODEL_QUALITY,)
OTHER = {"Endpoint": "loan-2026-11-01", "MonitoringSchedule": "loan-quality"}
UNLINKED = replace(ACCOUNTS[PRODUCTION], linked=False, telemetry=())
LOGS_ONLY = replace(ACCOUNTS[PRODUCTION], telemetry=("AWS::Logs::LogGroup",))


@pytest.fixture(scope="module")
def organisation() -> Iterator[Fleet]:
    """Made once."""
    with Fleet.served() as made:
        yield made


@pytest.fixture
def fleet(organisation: Fleet) -> Fleet:
    """The organisation forty days on: no metric of another test is listed any more."""
    return organisation.later()


@pytest.fixture
def layer(fleet: Fleet) -> Iterator[AwsLayer]:
    """One that remembers nothing."""
    made = fleet.layer()
    made.directory(fleet.ask()).accounts()
    yield made
    made.close()


def causes(found: Found[object]) -> list[tuple[str, str, str]]:
    """(account, cause, next step) of each failure."""
    return [(f.account.id, f.error.cause, f.error.next_step) for f in found.failures]


def test_linked_accounts_and_the_own_one_are_listed_by_the_observability_account_alone(
    fleet: Fleet, layer: AwsLayer
) -> None:
    """Sorted by account; none of the linked ones is called."""
    there = [metric(a, name) for a in (OBSERVABILITY, PRODUCTION, TEST) for name in ("accuracy", "auc")]
    for one in there:
        emit(fleet, one, 0.9)
    found = layer.metrics(asking(fleet, *ACCOUNTS)).discover(QUALITY, ("accuracy", "auc"))
    assert found.items == tuple(there)
    assert found.asked == len(ACCOUNTS)
    assert {f.account.id for f in found.failures} == {BARE, STRICT}
    assert {c.account for c in fleet.aws.calls if c.operation == "ListMetrics"} == {OBSERVABILITY}


def test_every_namespace_is_asked_in_all_its_spellings(fleet: Fleet, layer: AwsLayer) -> None:
    """Three of data quality alone, with dimensions of two forms; the metrics of transform jobs too."""
    spelled = (WATCHED, {"EndpointName": ENDPOINT, "ScheduleName": SCHEDULE}, {"MonitoringSchedule": SCHEDULE})
    there = {
        metric(PRODUCTION, f"m{n}", namespace, spelled[n % 3])
        for n, namespace in enumerate(n for kind in ALL for n in NAMESPACES[kind])
    }
    for one in there:
        emit(fleet, one, 1)
    emit(fleet, metric(PRODUCTION, "CPUUtilization", "AWS/EC2", {}), 1)
    assert set(layer.metrics(asking(fleet, PRODUCTION)).discover(ALL).items) == there
    data = layer.metrics(asking(fleet, PRODUCTION)).discover((MetricKind.DATA_QUALITY,)).items
    assert {m.namespace for m in data} == set(NAMESPACES[MetricKind.DATA_QUALITY])


@pytest.mark.parametrize(
    ("names", "resources", "calls"),
    [
        ((), (), 2),
        (("accuracy",), (), 2),
        (("accuracy", "auc"), (), 4),
        ((), (ENDPOINT,), 3),
        ((), (SCHEDULE,), 3),
        (("accuracy", "auc", "recall", "f2"), (ENDPOINT, SCHEDULE), 6),
        ([f"m{n}" for n in range(40)] + ["accuracy"], (), 2),
    ],
)
def test_few_names_or_resources_narrow_the_listing(
    fleet: Fleet, layer: AwsLayer, names: tuple[str, ...], resources: tuple[str, ...], calls: int
) -> None:
    """By whichever takes fewer calls; what comes is what was asked for, however much was listed."""
    wanted = [
        metric(PRODUCTION, "accuracy"),
        metric(PRODUCTION, "accuracy", BATCH_QUALITY, {"MonitoringSchedule": SCHEDULE}),
    ]
    for one in (*wanted, metric(PRODUCTION, "f1", dimensions=OTHER), metric(TEST, "accuracy")):
        emit(fleet, one, 0.9)
    found = layer.metrics(asking(fleet, PRODUCTION, TEST)).discover(QUALITY, names, resources)
    by_endpoint = wanted[:1] if resources == (ENDPOINT,) else wanted
    others = [] if names or resources else [metric(PRODUCTION, "f1", dimensions=OTHER)]
    assert found.items == (*sorted(by_endpoint + others), metric(TEST, "accuracy"))
    assert fleet.called("ListMetrics") == calls
    narrow = [c.params for c in fleet.aws.calls if c.operation == "ListMetrics"]
    assert {"MetricName" in p for p in narrow} == {0 < len(names) < 3}
    assert {"Dimensions" in p for p in narrow} == {bool(resources)}
    assert all(p["IncludeLinkedAccounts"] is True and "OwningAccount" not in p for p in narrow)


def test_a_question_about_one_account_lists_that_one(fleet: Fleet, layer: AwsLayer) -> None:
    """The observability account tells of the linked one alone; of itself without its links."""
    for account in (OBSERVABILITY, PRODUCTION, TEST):
        emit(fleet, metric(account, "accuracy"), 0.9)
    for account, said in (
        (PRODUCTION, {"OwningAccount": PRODUCTION, "IncludeLinkedAccounts": True}),
        (OBSERVABILITY, {}),
    ):
        fleet.aws.calls.clear()
        assert layer.metrics(asking(fleet, account)).discover(QUALITY).items == (metric(account, "accuracy"),)
        asked = [c.params for c in fleet.aws.calls if c.operation == "ListMetrics"]
        assert [{k: v for k, v in p.items() if k != "Namespace"} for p in asked] == [said] * 2


@pytest.mark.parametrize("account", [UNLINKED, LOGS_ONLY], ids=["not linked", "link without metrics"])
def test_an_account_whose_metrics_do_not_come_by_a_link_is_asked_by_its_read_role(
    fleet: Fleet, layer: AwsLayer, account: Account
) -> None:
    """In itself, about itself."""
    emit(fleet, metric(PRODUCTION, "accuracy"), 0.9)
    emit(fleet, metric(TEST, "accuracy"), 0.9)
    found = layer.metrics(asking(fleet, account, TEST)).discover(QUALITY)
    assert (found.items, found.failures) == ((metric(PRODUCTION, "accuracy"), metric(TEST, "accuracy")), ())
    assert fleet.called("ListMetrics", PRODUCTION) == fleet.called("ListMetrics", OBSERVABILITY) == 2


@pytest.mark.parametrize(
    ("account", "instead"),
    [
        (UNLINKED, "or link the account and share AWS::CloudWatch::Metric."),
        (LOGS_ONLY, "or share AWS::CloudWatch::Metric on its link."),
    ],
    ids=["not linked", "link without metrics"],
)
def test_whoever_may_not_be_asked_is_named_with_both_ways_out_and_the_others_answer(
    fleet: Fleet, layer: AwsLayer, account: Account, instead: str
) -> None:
    """A right for the role, or a link; one failure for the account however many listings it refuses."""
    emit(fleet, metric(TEST, "accuracy"), 0.9)
    fleet.aws.fault("deny", PRODUCTION, "cloudwatch:ListMetrics", times=2)
    found = layer.metrics(asking(fleet, account, TEST)).discover(QUALITY)
    assert found.items == (metric(TEST, "accuracy"),)
    cause = f"role sagewatch-read in ml-production ({PRODUCTION}) lacks cloudwatch:ListMetrics"
    assert causes(found) == [(PRODUCTION, cause, f"Add it to the role's policy; {instead}")]


def test_an_account_without_the_role_is_named_with_both_ways_out(fleet: Fleet, layer: AwsLayer) -> None:
    """It can be asked again once the role is there."""
    found = layer.metrics(asking(fleet, BARE)).discover(QUALITY)
    ((_, cause, step),) = causes(found)
    assert cause == f"cannot assume role sagewatch-read in ml-bare ({BARE})"
    assert step.endswith("; or link the account and share AWS::CloudWatch::Metric.")
    assert found.failures[0].error.retryable


def test_a_refused_observability_account_is_the_failure_of_each_that_it_answers_for(
    fleet: Fleet, layer: AwsLayer
) -> None:
    """The right that lacks is its own; an account with a role of its own answers."""
    emit(fleet, metric(PRODUCTION, "accuracy"), 0.9)
    fleet.aws.fault("deny", OBSERVABILITY, "cloudwatch:ListMetrics", times=2)
    found = layer.metrics(asking(fleet, OBSERVABILITY, UNLINKED, TEST)).discover(QUALITY)
    assert found.items == (metric(PRODUCTION, "accuracy"),)
    cause = f"the bot's own role in ml-observability ({OBSERVABILITY}) lacks cloudwatch:ListMetrics"
    assert causes(found) == [(a, cause, "Add it to the role's policy.") for a in (OBSERVABILITY, TEST)]


def test_throttling_is_named_once_retries_are_spent(fleet: Fleet, layer: AwsLayer) -> None:
    """It helps to ask again; nothing of it is kept."""
    emit(fleet, metric(PRODUCTION, "accuracy"), 0.9)
    fleet.aws.fault("throttle", OBSERVABILITY, "cloudwatch:ListMetrics", times=6)
    metrics = layer.metrics(asking(fleet, PRODUCTION))
    found = metrics.discover(QUALITY)
    cause = f"AWS throttles cloudwatch:ListMetrics in ml-observability ({OBSERVABILITY})"
    assert causes(found) == [(PRODUCTION, cause, "Ask again in a minute.")]
    assert metrics.discover(QUALITY).items == (metric(PRODUCTION, "accuracy"),)


def test_a_silent_account_takes_half_of_the_time_and_the_others_answer(fleet: Fleet, layer: AwsLayer) -> None:
    """Points are asked for with the other half."""
    emit(fleet, metric(TEST, "accuracy"), 0.9)
    fleet.aws.fault("timeout", PRODUCTION, "cloudwatch:ListMetrics", times=6)
    ask = asking(fleet, UNLINKED, TEST, seconds=4)
    found = layer.metrics(ask).discover(QUALITY)
    assert found.items == (metric(TEST, "accuracy"),)
    cause = f"ml-production ({PRODUCTION}) did not answer within the time given"
    assert causes(found) == [(PRODUCTION, cause, "Ask again, or for less.")]
    assert ask.left_s() > 1


def test_long_lists_are_read_to_their_end(fleet: Fleet, layer: AwsLayer) -> None:
    """Five hundred to a page, owners beside them."""
    there = [metric(a, f"m{n:04}") for a in (PRODUCTION, TEST) for n in range(601)]
    for one in there:
        emit(fleet, one, 1)
    assert layer.metrics(asking(fleet, PRODUCTION, TEST)).discover(QUALITY).items == tuple(there)
    assert fleet.called("ListMetrics") == 3 + 1


def test_what_was_listed_is_known_for_five_minutes_and_listed_once_for_all_who_ask(
    fleet: Fleet, layer: AwsLayer
) -> None:
    """By what CloudWatch was asked, so a narrower question about the same namespaces costs nothing either."""
    emit(fleet, metric(PRODUCTION, "accuracy"), 0.9)
    ask = asking(fleet, PRODUCTION, TEST)

    def discovered(later: Ask, names: tuple[str, ...] = ()) -> Found[object]:
        found: Found[object] = layer.metrics(later).discover(QUALITY, names)
        return found

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(discovered, [ask] * 10))
    assert {a.items for a in answers} == {(metric(PRODUCTION, "accuracy"),)}
    assert fleet.called("ListMetrics") == 2
    emit(fleet, metric(PRODUCTION, "auc"), 0.9)
    many = tuple(f"m{n}" for n in range(40))
    assert discovered(replace(ask, now=ask.now + timedelta(minutes=4)), ("auc", *many)).items == ()
    assert fleet.called("ListMetrics") == 2
    assert len(discovered(replace(ask, now=ask.now + timedelta(minutes=5))).items) == 2
    assert fleet.called("ListMetrics") == 4


def test_regions_are_asked_apart(fleet: Fleet, layer: AwsLayer) -> None:
    """Links are a Region's; a metric is where its account measured it."""
    both = replace(ACCOUNTS[OBSERVABILITY], regions=(REGION, "eu-west-1"))
    there = (metric(OBSERVABILITY, "accuracy"), replace(metric(OBSERVABILITY, "accuracy"), region="eu-west-1"))
    for one in there:
        emit(fleet, one, 0.9)
    found = layer.metrics(asking(fleet, both)).discover(QUALITY)
    assert (set(found.items), found.asked) == (set(there), 2)


def test_nothing_is_known_while_nobody_says_who_the_bot_is(fleet: Fleet) -> None:
    """Every account of the scope is a failure of that."""
    layer = fleet.layer()
    fleet.aws.fault("deny", OBSERVABILITY, "sts:GetCallerIdentity")
    found = layer.metrics(asking(fleet, PRODUCTION, TEST)).discover(QUALITY)
    layer.close()
    assert [f.account.id for f in found.failures] == [PRODUCTION, TEST]
    assert found.asked == 2


def test_metrics_silent_for_two_weeks_are_not_there(fleet: Fleet, layer: AwsLayer) -> None:
    """As far back as CloudWatch lists them."""
    emit(fleet, metric(PRODUCTION, "accuracy"), 0.9)
    old = metric(PRODUCTION, "auc")
    emit(fleet, old, 0.9, 0.9, every=timedelta(days=15))
    emit(fleet, metric(PRODUCTION, "Invocations", TRAFFIC, SERVED), 7)
    fleet.calendar.today += timedelta(days=13)
    kinds = (MetricKind.MODEL_QUALITY, MetricKind.TRAFFIC)
    assert len(layer.metrics(asking(fleet, PRODUCTION)).discover(kinds).items) == 3
    fleet.calendar.today += timedelta(days=1) + HOUR
    assert layer.metrics(asking(fleet, PRODUCTION)).discover(kinds).items == ()
