"""Alarms of the accounts, over HTTP: real boto3 against the sandbox's CloudWatch and roles."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.aws.alarms_described import alarms_of
from bot.errors import AccessDenied, Malformed
from bot.model.alarm import Alarm, AlarmState, Contributor, Judged, Watched
from bot.model.metric import Metric, Query
from bot.model.observation import Window
from bot.ports import Alarms, Found, Sweep
from sandbox.aws.cloudwatch.alarm_store import Contributing
from sandbox.fakes_accounts import HOUR, PRODUCTION, REGION, TEST, Stage, causes
from sandbox.fakes_alarms import ACCURACY, OBSERVABILITY, QUALITY, RULE, SIMPLE, across, emptied, linked, put

TOPIC = f"arn:aws:sns:{REGION}:{PRODUCTION}:ml-alarms"
DIMENSIONS = (("Endpoint", "bank-1"), ("MonitoringSchedule", "bank-quality"))


@pytest.fixture(scope="module")
def organisation() -> Iterator[Stage]:
    """Made once: its making costs more than what the tests ask."""
    with linked() as made:
        yield made


@pytest.fixture
def stage(organisation: Stage) -> Stage:
    """Without alarms."""
    return emptied(organisation)


@pytest.fixture(scope="module")
def layer(organisation: Stage) -> Iterator[Any]:
    """The layer under test."""
    made = organisation.layer()
    yield made
    made.close()


@pytest.fixture
def alarms(stage: Stage, layer: Any) -> Alarms:
    """The port, asked about both accounts."""
    port: Alarms = layer.alarms(stage.ask())
    return port


def names(found: Found[Sweep[Alarm]]) -> dict[str, list[str]]:
    """By account."""
    return {sweep.account_id: [alarm.name for alarm in sweep.items] for sweep in found.items}


def test_alarms_of_every_kind_are_listed_the_observability_accounts_too(stage: Stage, alarms: Alarms) -> None:
    """Its alarms watch other accounts' metrics: whose a metric is stands with it."""
    put(stage, PRODUCTION, "bank-accuracy", **SIMPLE, AlarmActions=[TOPIC], AlarmDescription="of\nbank")
    rule = "AT_LEAST(1, ALARM, (bank-accuracy))"
    stage.aws.client("cloudwatch", PRODUCTION).put_composite_alarm(AlarmName="any", AlarmRule=rule)
    put(stage, OBSERVABILITY, "test-accuracy", **across(TEST))
    found = alarms.listed((), tags=False)
    assert names(found) == {PRODUCTION: ["bank-accuracy", "any"], TEST: [], OBSERVABILITY: ["test-accuracy"]}
    assert (found.failures, found.asked) == ((), 3)
    by_name = {alarm.name: alarm for sweep in found.items for alarm in sweep.items}
    metric = Metric(PRODUCTION, REGION, QUALITY, "accuracy", DIMENSIONS)
    made = stage.calendar.time
    assert by_name["bank-accuracy"] == Alarm(
        arn=f"arn:aws:cloudwatch:{REGION}:{PRODUCTION}:alarm:bank-accuracy",
        name="bank-accuracy",
        account_id=PRODUCTION,
        region=REGION,
        kind="metric",
        state=AlarmState.INSUFFICIENT_DATA,
        state_at=made,
        reason="Unchecked: Initial alarm creation",
        description="of bank",
        watched=(Watched(Query(metric, "Average"), 3600),),
        comparison="LessThanThreshold",
        threshold=0.87,
        period_s=3600,
        evaluation_periods=1,
        actions=(TOPIC,),
        changed_at=made,
    )
    assert (by_name["any"].kind, by_name["any"].children) == ("composite", ("bank-accuracy",))
    watched = Query(replace(metric, account_id=TEST), "Average")
    assert by_name["test-accuracy"].watched == (Watched(watched, 3600),)
    assert by_name["test-accuracy"].account_id == OBSERVABILITY


def test_a_long_list_is_read_to_its_end(stage: Stage, alarms: Alarms) -> None:
    """A hundred to a page."""
    for n in range(101):
        put(stage, TEST, f"alarm-{n:03}")
    stage.aws.calls.clear()
    listed = names(alarms.listed((), tags=False))[TEST]
    assert listed == [f"alarm-{n:03}" for n in range(101)]
    assert stage.heard()["DescribeAlarms"] == 4


def test_tags_are_read_by_what_they_say_to_us(stage: Stage, alarms: Alarms) -> None:
    """Two calls an account, however many alarms; only where one is new, or when they are wanted anew."""
    of_service = [{"Key": "sagewatch:service", "Value": "bank"}, {"Key": "team", "Value": "risk"}]
    put(stage, PRODUCTION, "tagged", **SIMPLE, Tags=of_service)
    put(stage, PRODUCTION, "others", **SIMPLE, Tags=[{"Key": "team", "Value": "risk"}])
    put(stage, PRODUCTION, "ours", **SIMPLE, Tags=[{"Key": "sagewatch:made-by", "Value": "sagewatch"}])
    stage.aws.calls.clear()
    (mine,) = [s for s in alarms.listed((), tags=False).items if s.account_id == PRODUCTION]
    by_name = {alarm.name: alarm for alarm in mine.items}
    assert by_name["tagged"].tags == (("sagewatch:service", "bank"), ("team", "risk"))
    assert by_name["others"].tags == ()
    assert [alarm.name for alarm in mine.items if alarm.made_here] == ["ours"]
    assert stage.heard() == {"DescribeAlarms": 3, "GetResources": 2}
    again = alarms.listed(mine.items, tags=False)
    assert mine in again.items
    assert stage.heard() == {"DescribeAlarms": 3}
    alarms.listed(mine.items, tags=True)
    assert stage.heard()["GetResources"] == 6


def test_an_account_without_the_right_to_read_tags_is_listed_whole(stage: Stage, alarms: Alarms) -> None:
    """With the tags that were known; what lacks is named."""
    put(stage, PRODUCTION, "ours", **SIMPLE, Tags=[{"Key": "sagewatch:made-by", "Value": "sagewatch"}])
    known = [alarm for sweep in alarms.listed((), tags=False).items for alarm in sweep.items]
    stage.aws.fault("deny", PRODUCTION, "resourcegroupstaggingapi:GetResources")
    found = alarms.listed(known, tags=True)
    (mine,) = [s for s in found.items if s.account_id == PRODUCTION]
    assert (mine.items, mine.whole) == (tuple(known), True)
    assert causes(found) == [f"role sagewatch-read in ml-production ({PRODUCTION}) lacks tag:GetResources"]


def test_an_account_that_refuses_hides_no_other(stage: Stage, alarms: Alarms) -> None:
    """And one that was listed in part is not taken for whole."""
    put(stage, TEST, "there")
    stage.aws.fault("deny", PRODUCTION, "cloudwatch:DescribeAlarms")
    found = alarms.listed((), tags=False)
    assert names(found) == {TEST: ["there"], OBSERVABILITY: []}
    assert causes(found) == [f"role sagewatch-read in ml-production ({PRODUCTION}) lacks cloudwatch:DescribeAlarms"]


def test_alarms_are_described_by_their_arns_in_their_own_accounts(stage: Stage, layer: Any) -> None:
    """Of whatever kind; what there is not is not told, what is out of scope is not asked."""
    first, gone = put(stage, PRODUCTION, "first"), f"arn:aws:cloudwatch:{REGION}:{PRODUCTION}:alarm:gone"
    stage.aws.client("cloudwatch", PRODUCTION).put_composite_alarm(AlarmName="both", AlarmRule="OK(first)")
    other = put(stage, TEST, "other")
    stage.aws.alarms(PRODUCTION).set_state("first", "ALARM", "it is low", None, stage.calendar.time)
    stage.aws.calls.clear()
    port: Alarms = layer.alarms(stage.ask(PRODUCTION))
    found = port.described([first, gone, first.replace("first", "both"), other, "no ARN"])
    assert [alarm.name for alarm in found.items] == ["first", "both"]
    assert (found.items[0].state, found.items[0].reason) == (AlarmState.ALARM, "it is low")
    assert found.asked == 1
    assert stage.heard() == {"DescribeAlarms": 1}
    stage.aws.fault("deny", PRODUCTION, "cloudwatch:DescribeAlarms")
    assert causes(port.described([first])) == [
        f"role sagewatch-read in ml-production ({PRODUCTION}) lacks cloudwatch:DescribeAlarms"
    ]


def test_a_states_time_is_that_of_its_last_change(stage: Stage, alarms: Alarms) -> None:
    """A reason that is written anew moves nothing; times are in milliseconds, as events tell them."""
    stage.calendar.time = stage.calendar.time.replace(microsecond=123_456)
    put(stage, TEST, "low")
    store, since = stage.aws.alarms(TEST), stage.calendar.time
    store.set_state("low", "ALARM", "it is low", None, since)
    stage.calendar.time = since.replace(microsecond=999_000)
    store.set_state("low", "ALARM", "it is lower", None, stage.calendar.time)
    (low,) = alarms.described([f"arn:aws:cloudwatch:{REGION}:{TEST}:alarm:low"]).items
    assert (low.reason, low.state_at) == ("it is lower", since.replace(microsecond=123_000))
    stage.calendar.time = stage.calendar.time.replace(microsecond=0)


def test_the_series_of_an_alarm_that_are_in_alarm_are_told_apart(stage: Stage, layer: Any) -> None:
    """None of an alarm that there is no more; what is out of scope is refused."""
    put(stage, PRODUCTION, "many")
    contributing = [Contributing(f"series-{n}", {"n": str(n)}, "low", stage.calendar.time) for n in range(51)]
    stage.aws.alarms(PRODUCTION).contribute("many", contributing)
    port: Alarms = layer.alarms(stage.ask(PRODUCTION))
    (many,) = port.described([f"arn:aws:cloudwatch:{REGION}:{PRODUCTION}:alarm:many"]).items
    assert set(port.series(many)) == {
        Contributor(f"series-{n}", (("n", str(n)),), stage.calendar.time, "low") for n in range(51)
    }
    assert port.series(replace(many, name="gone")) == ()
    with pytest.raises(AccessDenied, match="not among those that may be asked"):
        port.series(replace(many, account_id=TEST))


LOG = {
    "AlarmName": "errors",
    "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{TEST}:alarm:errors",
    "StateValue": "OK",
    "StateTransitionedTimestamp": 1764000000.25,
    "StateUpdatedTimestamp": 1764000100.0,
    "ScheduledQueryConfiguration": {"QueryString": "filter @message like /error/ | stats count()"},
    "QueryResultsToEvaluate": 3,
    "QueryResultsToAlarm": 2,
    "Threshold": None,
}
METRIC = {**{key: LOG[key] for key in ("AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp")}, **RULE}
PROMQL = {"EvaluationCriteria": {"PromQLCriteria": {"Query": "up == 0"}}, "EvaluationInterval": 60}


def test_alarms_on_logs_and_promql_are_read_as_the_reference_has_them() -> None:
    """An alarm that never moved is told by when it was looked at."""
    log, promql = alarms_of({"LogAlarms": [LOG], "MetricAlarms": [{**METRIC, **PROMQL}]})
    assert isinstance(log, Alarm)
    assert isinstance(promql, Alarm)
    promql, log = (log, promql) if log.kind == "promql" else (promql, log)
    assert (log.kind, log.evaluation_periods, log.datapoints, log.period_s) == ("log", 3, 2, None)
    assert log.expression.startswith("filter @message")
    assert f"{log.state_at:%H:%M:%S.%f}" == "16:00:00.250000"
    assert (promql.kind, promql.expression, promql.period_s) == ("promql", "up == 0", 60)
    assert f"{promql.state_at:%H:%M:%S}" == "16:01:40"


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"AlarmName": "another"}, "AlarmArn is not the ARN of AlarmName"),
        ({"AlarmArn": "arn:aws:sns:us-west-2:1:topic"}, "AlarmArn is not the ARN of AlarmName"),
        ({"StateUpdatedTimestamp": "yesterday"}, "StateUpdatedTimestamp is no time"),
        ({"StateUpdatedTimestamp": None}, "StateUpdatedTimestamp is no time"),
        ({"StateValue": "FINE"}, "StateValue is none of OK, ALARM, INSUFFICIENT_DATA"),
        ({"Threshold": "low"}, "Threshold is no number"),
        ({"Period": 0, "MetricName": "accuracy", "Namespace": QUALITY}, "Period is no whole number"),
        ({"Metrics": [{"Id": "m1", "MetricStat": {"Metric": {}}}]}, "namespace lacks"),
    ],
)
def test_an_alarm_that_cannot_be_read_takes_no_other_with_it(change: dict[str, Any], cause: str) -> None:
    """It is an error among the others, so that nobody takes it for deleted."""
    broken, fine = alarms_of({"MetricAlarms": [{**METRIC, **change}, METRIC]})
    assert isinstance(broken, Malformed)
    assert cause.casefold() in broken.cause.casefold()
    assert isinstance(fine, Alarm)


def test_what_suppresses_a_composite_alarm_is_read(stage: Stage, layer: Any) -> None:
    """By the suppressor's name, however the alarm was made to refer to it."""
    first, client = put(stage, PRODUCTION, "first"), stage.aws.client("cloudwatch", PRODUCTION)
    for name, suppressor in (("by-name", "first"), ("by-arn", first)):
        client.put_composite_alarm(
            AlarmName=name,
            AlarmRule="TRUE",
            ActionsSuppressor=suppressor,
            ActionsSuppressorWaitPeriod=60,
            ActionsSuppressorExtensionPeriod=60,
        )
    stage.aws.alarms(PRODUCTION).set_state("first", "ALARM", "it is low", None, stage.calendar.time)
    stage.aws.evaluate_alarms(stage.calendar.time)
    port: Alarms = layer.alarms(stage.ask(PRODUCTION))
    found = port.described([first.replace("first", name) for name in ("by-name", "by-arn")])
    assert [(alarm.suppressor, alarm.suppressed_by) for alarm in found.items] == [("first", "Alarm")] * 2


OVER = {"Id": "m1", "MetricStat": {"Metric": ACCURACY.shown(), "Period": 3600, "Stat": "Average"}, "ReturnData": False}
DOUBLED = {**RULE, "Metrics": [{**OVER, "AccountId": TEST}, {"Id": "e1", "Expression": "m1 * 2"}]}


def test_what_an_expression_judges_is_computed_by_its_alarm_s_own_queries(stage: Stage, layer: Any) -> None:
    """By the account whose alarm it is, over those that are linked to it; oldest first."""
    made, begin = put(stage, OBSERVABILITY, "doubled", **DOUBLED), stage.calendar.time - 3 * HOUR
    times = tuple((begin + n * HOUR).timestamp() for n in range(3))
    stage.aws.metrics(TEST, REGION).put_many(ACCURACY, times, (0.4, 0.5, 0.75))
    port: Alarms = layer.alarms(stage.ask(OBSERVABILITY, TEST))
    (doubled,) = port.described([made]).items
    window = Window(begin, stage.calendar.time)
    judged = port.judged(doubled, window)
    assert judged
    assert judged == Judged(3600, times, (0.8, 1.0, 1.5))
    assert port.judged(replace(doubled, threshold=0.5), window) is None, "it is held to another limit by now"
    assert port.judged(replace(doubled, name="gone"), window) is None
    with pytest.raises(AccessDenied):
        layer.alarms(stage.ask(TEST)).judged(doubled, window)
