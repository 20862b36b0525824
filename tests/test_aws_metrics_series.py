"""The points of metrics, over HTTP: many queries to a call, by links and roles, whole or a failure."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.aws.layer import AwsLayer
from bot.errors import TimedOut
from bot.model.metric import Metric, Query, Series
from bot.model.observation import Window
from bot.ports import Ask, Found
from sandbox.fakes_measured import ACCOUNTS, asking, emit, metric
from sandbox.fakes_organisation import HOUR, OBSERVABILITY, PRODUCTION, TEST, Fleet

HOURLY = 3600
WEEK, DAY = timedelta(days=7), timedelta(days=1)
ACCURACY = metric(PRODUCTION, "accuracy")
UNLINKED = replace(ACCOUNTS[PRODUCTION], linked=False, telemetry=())


@pytest.fixture(scope="module")
def organisation() -> Iterator[Fleet]:
    """Made once."""
    with Fleet.served() as made:
        yield made


@pytest.fixture
def fleet(organisation: Fleet) -> Fleet:
    """The organisation forty days on."""
    return organisation.later()


@pytest.fixture
def layer(fleet: Fleet) -> Iterator[AwsLayer]:
    """One that remembers nothing."""
    made = fleet.layer()
    made.directory(fleet.ask()).accounts()
    yield made
    made.close()


def queried(*metrics: Metric, stat: str = "Average") -> list[Query]:
    """One statistic of each."""
    return [Query(m, stat) for m in metrics]


def last(ask: Ask, span: timedelta = DAY) -> Window:
    """The time until now."""
    return Window(ask.now - span, ask.now)


def values(found: Found[Series]) -> dict[Metric, tuple[float, ...]]:
    """By metric."""
    return {s.query.metric: s.values for s in found.items}


def test_series_come_in_the_order_of_their_queries_oldest_point_first(fleet: Fleet, layer: AwsLayer) -> None:
    """Times are seconds at which a period begins; what has no points is there without any."""
    times = emit(fleet, ACCURACY, 0.91, 0.9, 0.85)
    emit(fleet, metric(TEST, "accuracy"), 0.7)
    never = metric(PRODUCTION, "auc")
    ask = asking(fleet, PRODUCTION, TEST)
    found = layer.metrics(ask).series(queried(metric(TEST, "accuracy"), never, ACCURACY), last(ask), HOURLY)
    assert [s.query.metric for s in found.items] == [metric(TEST, "accuracy"), never, ACCURACY]
    assert found.items[2] == Series(Query(ACCURACY, "Average"), HOURLY, times, (0.91, 0.9, 0.85))
    assert (found.items[1].times_s, found.items[1].values) == ((), ())
    assert (found.failures, found.asked) == ((), 2)
    assert all(isinstance(t, float) for t in found.items[2].times_s)


def test_one_call_asks_about_all_accounts_that_are_linked_and_the_own_one(fleet: Fleet, layer: AwsLayer) -> None:
    """With their ids, the own one without; each statistic is a query of its own."""
    there = [metric(a, "accuracy") for a in (OBSERVABILITY, PRODUCTION, TEST)]
    for n, one in enumerate(there):
        emit(fleet, one, n, n + 1)
    ask = asking(fleet, OBSERVABILITY, PRODUCTION, TEST)
    queries = [*queried(*there), Query(there[0], "Maximum"), Query(there[0], "p90")]
    found = layer.metrics(ask).series(queries, last(ask), 2 * HOURLY)
    assert len(found.items) == 5
    (call,) = [c for c in fleet.aws.calls if c.operation == "GetMetricData"]
    assert [q.get("AccountId") for q in call.params["MetricDataQueries"]] == [None, PRODUCTION, TEST, None, None]
    assert (call.account, call.params["ScanBy"]) == (OBSERVABILITY, "TimestampAscending")


def test_an_account_that_is_not_linked_is_asked_by_its_role(fleet: Fleet, layer: AwsLayer) -> None:
    """Where that lacks the right, it is named with both ways out, and the others answer."""
    emit(fleet, ACCURACY, 0.9)
    emit(fleet, metric(TEST, "accuracy"), 0.8)
    ask = asking(fleet, UNLINKED, TEST)
    queries = queried(ACCURACY, metric(TEST, "accuracy"))
    fleet.aws.fault("deny", PRODUCTION, "cloudwatch:GetMetricData")
    found = layer.metrics(ask).series(queries, last(ask), HOURLY)
    assert values(found) == {metric(TEST, "accuracy"): (0.8,)}
    (failure,) = found.failures
    assert failure.account == UNLINKED
    assert failure.error.cause == f"role sagewatch-read in ml-production ({PRODUCTION}) lacks cloudwatch:GetMetricData"
    assert failure.error.next_step == (
        "Add it to the role's policy; or link the account and share AWS::CloudWatch::Metric."
    )
    found = layer.metrics(ask).series(queries, last(ask), HOURLY)
    assert values(found) == {ACCURACY: (0.9,), metric(TEST, "accuracy"): (0.8,)}


def test_an_account_whose_link_is_gone_does_not_hide_the_others(fleet: Fleet, layer: AwsLayer) -> None:
    """CloudWatch refuses the whole call then: each account is asked about alone, and the one is named."""
    gone = replace(ACCOUNTS[PRODUCTION], id="666666666666", label="ml-gone")
    lost = replace(ACCURACY, account_id=gone.id)
    for one in (ACCURACY, metric(TEST, "accuracy")):
        emit(fleet, one, 0.9)
    ask = asking(fleet, PRODUCTION, gone, TEST)
    found = layer.metrics(ask).series(queried(ACCURACY, lost, metric(TEST, "accuracy")), last(ask), HOURLY)
    assert values(found) == {ACCURACY: (0.9,), metric(TEST, "accuracy"): (0.9,)}
    (failure,) = found.failures
    assert failure.error.cause == "CloudWatch does not show the metrics of ml-gone (666666666666) in us-west-2"
    assert failure.error.next_step == "Check that the account's link is still there and shares AWS::CloudWatch::Metric."


def test_throttling_is_named_once_retries_are_spent_and_nothing_of_it_is_kept(fleet: Fleet, layer: AwsLayer) -> None:
    """For each account that was asked about."""
    emit(fleet, ACCURACY, 0.9)
    ask = asking(fleet, PRODUCTION, TEST)
    queries = queried(ACCURACY, metric(TEST, "accuracy"))
    fleet.aws.fault("throttle", OBSERVABILITY, "cloudwatch:GetMetricData", times=3)
    found = layer.metrics(ask).series(queries, last(ask), HOURLY)
    cause = f"AWS throttles cloudwatch:GetMetricData in ml-observability ({OBSERVABILITY})"
    assert [(f.account.id, f.error.cause) for f in found.failures] == [(PRODUCTION, cause), (TEST, cause)]
    assert found.items == ()
    assert values(layer.metrics(ask).series(queries, last(ask), HOURLY))[ACCURACY] == (0.9,)


def test_who_does_not_answer_in_time_is_named_and_the_others_answer(fleet: Fleet, layer: AwsLayer) -> None:
    """At the deadline."""
    emit(fleet, metric(TEST, "accuracy"), 0.8)
    fleet.aws.fault("timeout", PRODUCTION, "cloudwatch:GetMetricData", times=3)
    ask = asking(fleet, UNLINKED, TEST, seconds=2)
    found = layer.metrics(ask).series(queried(ACCURACY, metric(TEST, "accuracy")), last(ask), HOURLY)
    assert values(found) == {metric(TEST, "accuracy"): (0.8,)}
    assert [(f.account.id, type(f.error)) for f in found.failures] == [(PRODUCTION, TimedOut)]


def test_1600_series_of_a_week_make_four_calls_and_ten_who_ask_at_once_one_fetch(fleet: Fleet, layer: AwsLayer) -> None:
    """Five hundred queries to a call, all points in one page."""
    there = [metric(a, f"m{n:03}") for a in (PRODUCTION, TEST) for n in range(800)]
    for n, one in enumerate(there):
        emit(fleet, one, *(float(n) for _ in range(168)))
    ask = asking(fleet, PRODUCTION, TEST)

    def asked(later: Ask) -> Found[Series]:
        return layer.metrics(later).series(queried(*there), last(later, WEEK), HOURLY)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(asked, [ask] * 10))
    assert all(a.failures == () and len(a.items) == 1600 for a in answers)
    assert [s.values for s in answers[0].items] == [(float(n),) * 168 for n in range(1600)]
    assert fleet.called("GetMetricData") == 4
    minutes_later = replace(ask, now=ask.now + timedelta(minutes=4))
    assert layer.metrics(minutes_later).series(queried(there[7]), last(minutes_later, WEEK), HOURLY).items
    assert fleet.called("GetMetricData") == 4


def test_points_are_fresh_again_when_the_period_ends_at_the_latest_after_five_minutes(
    fleet: Fleet, layer: AwsLayer
) -> None:
    """A monitor's point of this hour does not wait for the next hour."""
    emit(fleet, ACCURACY, 0.9)
    ask = asking(fleet, PRODUCTION)
    for minutes, period_s, calls in ((0, HOURLY, 1), (4, HOURLY, 1), (5, HOURLY, 2), (31, HOURLY, 3), (31, 60, 4)):
        later = replace(ask, now=ask.now + timedelta(minutes=minutes))
        found = layer.metrics(later).series(queried(ACCURACY), last(later), period_s)
        assert (found.items[0].values, fleet.called("GetMetricData")) == ((0.9,), calls)


@pytest.mark.parametrize(
    ("back", "asked_s", "period_s"),
    [
        (timedelta(days=1), 60, 60),
        (timedelta(days=14), 60, 60),
        (timedelta(days=15), 60, 300),
        (timedelta(days=20), 3600, 3600),
        (timedelta(days=62), 900, 900),
        (timedelta(days=64), 900, 3600),
        (timedelta(days=400), 7000, 7200),
    ],
)
def test_a_window_that_reaches_far_back_has_longer_periods(
    fleet: Fleet, layer: AwsLayer, back: timedelta, asked_s: int, period_s: int
) -> None:
    """As CloudWatch keeps them: of shorter ones it would give none of that time. The series says which it has."""
    old = metric(PRODUCTION, f"of {back.days} days")
    emit(fleet, old, 0.5, 0.6, every=back - 2 * HOUR)
    ask = asking(fleet, PRODUCTION)
    found = layer.metrics(ask).series(queried(old), last(ask, back), asked_s)
    assert found.items[0].period_s == period_s
    assert found.items[0].values == (0.5, 0.6)


def test_accounts_outside_the_scope_are_not_asked(fleet: Fleet, layer: AwsLayer) -> None:
    """Whatever a query names."""
    emit(fleet, ACCURACY, 0.9)
    ask = asking(fleet, TEST)
    found = layer.metrics(ask).series(queried(ACCURACY), last(ask), HOURLY)
    assert (found.items, found.failures, found.asked) == ((), (), 0)
    assert fleet.called("GetMetricData") == 0
