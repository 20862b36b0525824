"""What operators do with alarms, over HTTP: made, deleted, muted, each in their own name."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from bot.aws.layer import AwsLayer
from bot.errors import AccessDenied, Conflict, Missing, NotAllowed
from bot.model.account import Scope
from bot.model.alarm import Alarm, AlarmPlan, Mute
from bot.model.metric import Metric, Query
from bot.ports import AlarmOperations, Ask
from sandbox.aws.calls import Call
from sandbox.aws.cloudwatch.mute_store import MuteRule
from sandbox.fakes_accounts import PRODUCTION, REGION, TEST, Stage, causes
from sandbox.fakes_alarms import OBSERVABILITY, QUALITY, SIMPLE, across, emptied, linked, put

METRIC = Metric(
    PRODUCTION, REGION, QUALITY, "accuracy", (("Endpoint", "bank-1"), ("MonitoringSchedule", "bank-quality"))
)
PLAN = AlarmPlan(
    name="sagewatch-bank-accuracy",
    query=Query(METRIC, "Average"),
    period_s=3600,
    periods=1,
    datapoints=1,
    comparison="LessThanThreshold",
    threshold=0.8792,
    missing="ignore",
    description="accuracy of bank",
    tags=(("sagewatch:service", "bank"),),
    actions=(f"arn:aws:sns:{REGION}:{OBSERVABILITY}:ml-alarms",),
)
TOPIC = f"arn:aws:sns:{REGION}:{PRODUCTION}:ml-alarms"
POLICY = (
    f"arn:aws:autoscaling:{REGION}:{PRODUCTION}:scalingPolicy:1:resource/sagemaker/endpoint/bank:policyName/bank-scales"
)


@pytest.fixture(scope="module")
def organisation() -> Iterator[Stage]:
    """Made once."""
    with linked() as made:
        yield made


@pytest.fixture
def stage(organisation: Stage) -> Stage:
    """Without alarms and mute rules."""
    return emptied(organisation)


@pytest.fixture(scope="module")
def layer(organisation: Stage) -> Iterator[AwsLayer]:
    """The layer under test."""
    made = organisation.layer()
    yield made
    made.close()


@pytest.fixture
def operations(stage: Stage, layer: AwsLayer) -> AlarmOperations:
    """The port, for somebody who operates both accounts."""
    return layer.alarm_operations(sharing(stage.ask()))


def sharing(ask: Ask) -> Ask:
    """The same with accounts whose links share their metrics."""
    accounts = tuple(replace(a, telemetry=("AWS::CloudWatch::Metric",)) for a in ask.scope.accounts)
    return replace(ask, scope=Scope(accounts))


def alarm_of(stage: Stage, layer: AwsLayer, account: str, name: str) -> Alarm:
    """As it is listed."""
    found = layer.alarms(stage.ask()).listed((), tags=True)
    return next(a for sweep in found.items for a in sweep.items if (a.account_id, a.name) == (account, name))


def rule_of(stage: Stage, account: str, name: str) -> MuteRule:
    """As the sandbox keeps it."""
    rule = stage.aws.alarms(account).mutes.rule(name)
    assert rule is not None
    return rule


def test_an_alarm_on_a_linked_accounts_metric_is_made_in_the_observability_account(
    stage: Stage, layer: AwsLayer, operations: AlarmOperations
) -> None:
    """With the metric's owner in it, tagged as ours, by a session that bears the operator's name."""
    stage.aws.calls.clear()
    made = operations.create(PLAN)
    assert (made.account_id, made.made_here) == (OBSERVABILITY, True)
    listed = alarm_of(stage, layer, OBSERVABILITY, PLAN.name)
    assert listed == replace(made, reason=listed.reason)
    assert listed.watched[0].query == PLAN.query
    assert dict(listed.tags) == {
        "sagewatch:asked-by": "U0ANA",
        "sagewatch:made-by": "sagewatch",
        "sagewatch:service": "bank",
    }
    assert (listed.asked_by, listed.actions) == ("U0ANA", PLAN.actions)
    (call,) = [c for c in stage.aws.calls if c.operation == "PutMetricAlarm"]
    assert call.principal_arn == f"arn:aws:sts::{OBSERVABILITY}:assumed-role/sagewatch-operate/U0ANA"
    assert call.source_identity == "U0ANA"
    assert call.params["Metrics"][0]["AccountId"] == PRODUCTION
    assumed = next(c for c in stage.aws.calls if c.operation == "AssumeRole" and c.params.get("Policy"))
    assert made.arn in assumed.params["Policy"]
    assert "cloudwatch:TagResource" in assumed.params["Policy"]


@pytest.mark.parametrize(("stat", "key"), [("Average", "Statistic"), ("p90", "ExtendedStatistic")])
def test_an_alarm_on_a_metric_that_is_not_shared_is_made_beside_it(
    stage: Stage, layer: AwsLayer, stat: str, key: str
) -> None:
    """As a plain alarm on that metric, so that the account's own people find it there."""
    plan = replace(PLAN, query=Query(METRIC, stat))
    made = layer.alarm_operations(stage.ask()).create(plan)
    assert made.account_id == PRODUCTION
    (row,) = stage.aws.client("cloudwatch", PRODUCTION).describe_alarms(AlarmNames=[PLAN.name])["MetricAlarms"]
    assert (row["MetricName"], row[key], row["TreatMissingData"]) == ("accuracy", stat, "ignore")
    listed = alarm_of(stage, layer, PRODUCTION, PLAN.name)
    assert listed == replace(made, reason=listed.reason)


def test_nothing_is_overwritten_and_nothing_is_made_where_the_role_does_not_reach(
    stage: Stage, layer: AwsLayer, operations: AlarmOperations
) -> None:
    """An alarm of that name stays as it is; of another's account none is made."""
    put(stage, OBSERVABILITY, PLAN.name, **across(TEST))
    with pytest.raises(Conflict, match=f"has an alarm {PLAN.name} already"):
        operations.create(PLAN)
    with pytest.raises(NotAllowed, match=f"does not cover the account {PRODUCTION}"):
        layer.alarm_operations(sharing(stage.ask(TEST))).create(PLAN)
    assert alarm_of(stage, layer, OBSERVABILITY, PLAN.name).watched[0].query.metric.account_id == TEST
    with pytest.raises(AccessDenied, match=r"sagewatch-operate in .* lacks cloudwatch:PutMetricAlarm"):
        operations.create(replace(PLAN, name="not-ours"))


def test_of_two_who_make_one_name_at_once_one_is_told_so(stage: Stage, layer: AwsLayer) -> None:
    """Within a process the second waits for the first; its alarm stays as it was made, and is nobody else's."""
    began = Barrier(2)

    def make(person: str, limit: float) -> float | str:
        ask = sharing(stage.ask())
        operations = layer.alarm_operations(replace(ask, person=replace(ask.person, id=person)))
        began.wait(10)
        try:
            return operations.create(replace(PLAN, threshold=limit)).threshold or 0.0
        except Conflict as error:
            return error.cause

    with ThreadPoolExecutor(2) as pool:
        came = dict(zip(("U0ANA", "U0BOB"), pool.map(make, ("U0ANA", "U0BOB"), (0.87, 0.5)), strict=True))
    (winner,) = (person for person, what in came.items() if isinstance(what, float))
    (lost,) = (what for what in came.values() if isinstance(what, str))
    assert f"has an alarm {PLAN.name} already" in lost
    there = alarm_of(stage, layer, OBSERVABILITY, PLAN.name)
    assert (there.threshold, there.asked_by) == (came[winner], winner)


BOBS = [{"Key": "sagewatch:asked-by", "Value": "U0BOB"}]


@pytest.mark.parametrize(
    ("after", "limit"), [("DescribeAlarms", 0.5), ("DescribeAlarms", 0.8792), ("PutMetricAlarm", 0.5)]
)
def test_whose_alarm_another_process_made_at_the_same_moment_is_told_so(
    stage: Stage, operations: AlarmOperations, after: str, limit: float
) -> None:
    """Before this one, whose tag then is another's, or after it, whose limit then is another's."""
    left = [after]

    def meanwhile(call: Call) -> None:
        if call.operation in left and call.params.get("AlarmName", PLAN.name) == PLAN.name:
            left.clear()
            put(stage, OBSERVABILITY, PLAN.name, **{**across(PRODUCTION), "Threshold": limit, "Tags": BOBS})

    stage.aws.on_call(meanwhile)
    with pytest.raises(Conflict, match=f"somebody else made the alarm {PLAN.name}") as told:
        operations.create(PLAN)
    assert "refresh=yes tells which hold" in told.value.next_step
    assert left == []


def test_an_alarm_that_cannot_be_read_again_is_made_all_the_same(stage: Stage, operations: AlarmOperations) -> None:
    """Nobody is told that it is not."""
    stage.aws.calls.clear()
    stage.aws.fault("deny", OBSERVABILITY, "cloudwatch:ListTagsForResource")
    assert operations.create(PLAN).name == PLAN.name
    assert [c.error_code for c in stage.aws.calls if c.operation == "ListTagsForResource"] == ["AccessDenied"]


def test_only_what_was_made_here_is_deleted(stage: Stage, layer: AwsLayer, operations: AlarmOperations) -> None:
    """By its tag as it is then, whatever was listed; not while another alarm hangs on it."""
    made = operations.create(PLAN)
    put(stage, PRODUCTION, "theirs")
    theirs = replace(alarm_of(stage, layer, PRODUCTION, "theirs"), tags=made.tags)
    with pytest.raises(NotAllowed, match="theirs was not made by Sagewatch"):
        operations.delete(theirs)
    put(stage, PRODUCTION, "sagewatch-theirs")
    with pytest.raises(NotAllowed, match="sagewatch-theirs was not made by Sagewatch"):
        operations.delete(replace(alarm_of(stage, layer, PRODUCTION, "sagewatch-theirs"), tags=made.tags))
    hub = stage.aws.client("cloudwatch", OBSERVABILITY)
    hub.put_composite_alarm(AlarmName="any", AlarmRule=f"AT_LEAST(1, ALARM, ({PLAN.name}))")
    with pytest.raises(Conflict, match=f"{PLAN.name} is part of any"):
        operations.delete(made)
    hub.delete_alarms(AlarmNames=["any"])
    with pytest.raises(NotAllowed, match="does not cover"):
        layer.alarm_operations(stage.ask(TEST)).delete(made)
    operations.delete(made)
    assert hub.describe_alarms(AlarmNames=[PLAN.name])["MetricAlarms"] == []


def test_a_mute_is_a_rule_of_one_alarm_that_ends_by_itself(
    stage: Stage, layer: AwsLayer, operations: AlarmOperations
) -> None:
    """Named after person and incident; a second one of the same moves its end."""
    arn = put(stage, PRODUCTION, "low", **SIMPLE, AlarmActions=[TOPIC])
    low, now = alarm_of(stage, layer, PRODUCTION, "low"), stage.calendar.time
    stage.aws.calls.clear()
    mute = operations.mute(low, now + timedelta(hours=4), incident=12, reason="deploying")
    assert mute.name.startswith("sagewatch-U0ANA-incident-12-")
    assert mute.description == "Muted in Slack by Ana (U0ANA) for incident 12: deploying"
    assert (mute.start, mute.end) == (now + timedelta(minutes=1), now + timedelta(hours=4))
    rule = rule_of(stage, PRODUCTION, mute.name)
    assert (rule.arn, rule.targets) == (mute.arn, ("low",))
    assert rule.schedule.window(mute.start) == (mute.start, mute.end)  # type: ignore[arg-type]
    assumed = next(c for c in stage.aws.calls if c.operation == "AssumeRole" and c.params.get("Policy"))
    assert arn in assumed.params["Policy"]
    moved = operations.mute(low, now + timedelta(days=30), incident=12)
    assert moved.end == now + timedelta(days=15, minutes=1), "CloudWatch mutes for fifteen days at most"
    assert [r.name for r in stage.aws.alarms(PRODUCTION).mutes.rules()] == [mute.name]
    other = operations.mute(low, now + timedelta(hours=1))
    assert other.name.startswith("sagewatch-U0ANA-alarm-")


def test_what_a_mute_would_hold_back_is_looked_at_before(
    stage: Stage, layer: AwsLayer, operations: AlarmOperations
) -> None:
    """What scales a model is refused, though it was added after the form was shown; so is any other change."""
    put(stage, PRODUCTION, "low", **SIMPLE, AlarmActions=[TOPIC])
    shown, until = alarm_of(stage, layer, PRODUCTION, "low"), stage.calendar.time + timedelta(hours=1)
    put(stage, PRODUCTION, "low", **SIMPLE, AlarmActions=[TOPIC], OKActions=[TOPIC.replace("ml-alarms", "pager")])
    with pytest.raises(Conflict, match="low does other things now than were listed"):
        operations.mute(shown, until)
    put(stage, PRODUCTION, "low", **SIMPLE, AlarmActions=[TOPIC, POLICY])
    with pytest.raises(NotAllowed, match="low scales a model: Auto Scaling policy bank-scales"):
        operations.mute(shown, until)
    stage.aws.client("cloudwatch", PRODUCTION).delete_alarms(AlarmNames=["low"])
    with pytest.raises(Missing, match="there is no alarm low any more"):
        operations.mute(shown, until)
    with pytest.raises(NotAllowed, match="does not cover"):
        layer.alarm_operations(stage.ask(TEST)).mute(shown, until)
    assert stage.aws.alarms(PRODUCTION).mutes.rules() == []


def test_only_a_mute_that_was_made_here_is_ended(stage: Stage, layer: AwsLayer, operations: AlarmOperations) -> None:
    """Whose alarm is deleted meanwhile too; of others their makers decide."""
    put(stage, PRODUCTION, "low")
    low = alarm_of(stage, layer, PRODUCTION, "low")
    mute = operations.mute(low, stage.calendar.time + timedelta(hours=1))
    theirs = Mute("arn:m", "nightly", PRODUCTION, REGION, ("low",), None, None, active=True)
    for refused in (theirs, replace(mute, alarms=("low", "high"))):
        with pytest.raises(NotAllowed, match=f"the mute rule {refused.name} was not made by Sagewatch"):
            operations.unmute(refused)
    with pytest.raises(NotAllowed, match="does not cover"):
        layer.alarm_operations(stage.ask(TEST)).unmute(mute)
    stage.aws.client("cloudwatch", PRODUCTION).delete_alarms(AlarmNames=["low"])
    operations.unmute(mute)
    assert stage.aws.alarms(PRODUCTION).mutes.rules() == []


def muted(stage: Stage, name: str, expression: str, **more: Any) -> None:
    """A rule that production's own people made."""
    rule = {"Schedule": {"Expression": expression, "Duration": "PT2H", "Timezone": "UTC"}}
    client = stage.aws.client("cloudwatch", PRODUCTION)
    client.put_alarm_mute_rule(Name=name, Rule=rule, MuteTargets={"AlarmNames": ["low"]}, **more)


def at(when: datetime) -> str:
    """One that comes once."""
    return f"at({when:%Y-%m-%dT%H:%M})"


def test_mute_rules_made_elsewhere_are_listed_with_their_windows(stage: Stage, layer: AwsLayer) -> None:
    """One that is over is not; a call each the first time, then only for what changed."""
    put(stage, PRODUCTION, "low")
    now = stage.calendar.time
    muted(stage, "tonight", at(now + timedelta(hours=3)), Description="maintenance")
    muted(stage, "nightly", f"cron(0 {now.hour} * * *)")
    muted(stage, "short", at(now), ExpireDate=now + timedelta(hours=1))
    muted(stage, "over", at(now), ExpireDate=now - timedelta(hours=1))
    stage.aws.calls.clear()
    port = layer.alarms(stage.ask(PRODUCTION))
    found = port.mutes(())
    (mine,) = [sweep.items for sweep in found.items if sweep.account_id == PRODUCTION]
    by_name = {mute.name: mute for mute in mine}
    assert by_name.keys() == {"tonight", "nightly", "short"}
    tonight = by_name["tonight"]
    assert (tonight.start, tonight.end, tonight.active) == (now + timedelta(hours=3), now + timedelta(hours=5), False)
    assert (tonight.description, tonight.alarms) == ("maintenance", ("low",))
    assert (by_name["nightly"].start, by_name["nightly"].end, by_name["nightly"].active) == (None, None, True)
    assert by_name["short"].end == now + timedelta(hours=1)
    assert stage.heard() == {"ListAlarmMuteRules": 2, "GetAlarmMuteRule": 3}
    stage.calendar.time += timedelta(minutes=1)
    muted(stage, "nightly", f"cron(0 {(now.hour + 5) % 24} * * *)")
    stage.aws.calls.clear()
    again = {mute.name: mute for sweep in port.mutes(mine).items for mute in sweep.items}
    assert stage.heard() == {"ListAlarmMuteRules": 2, "GetAlarmMuteRule": 1}
    assert (again["tonight"], again["nightly"].active) == (tonight, False)


def test_a_mute_rule_that_cannot_be_read_is_named_and_hides_no_other(stage: Stage, layer: AwsLayer) -> None:
    """And its account's list is not whole, so that none is taken for ended."""
    put(stage, PRODUCTION, "low")
    for name in ("first", "second"):
        muted(stage, name, at(stage.calendar.time))
    stage.aws.fault("deny", PRODUCTION, "cloudwatch:GetAlarmMuteRule", times=1)
    found = layer.alarms(stage.ask(PRODUCTION)).mutes(())
    (mine,) = [sweep for sweep in found.items if sweep.account_id == PRODUCTION]
    assert ([mute.name for mute in mine.items], mine.whole) == (["second"], False)
    assert causes(found) == [f"role sagewatch-read in ml-production ({PRODUCTION}) lacks cloudwatch:GetAlarmMuteRule"]
    stage.aws.fault("deny", PRODUCTION, "cloudwatch:ListAlarmMuteRules", times=1)
    found = layer.alarms(stage.ask(PRODUCTION)).mutes(())
    assert [sweep.account_id for sweep in found.items] == [OBSERVABILITY]
