"""Composite alarms: their rules, and how they hold their children."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.aws import AwsSandbox
from sandbox.aws.cloudwatch.alarm_rules import parse
from sandbox.aws.cloudwatch.expression import Flaw
from sandbox.aws.cloudwatch.stage import PROD, TEST, observed

STATES = {"cpu": "ALARM", "disk": "OK", "net": "INSUFFICIENT_DATA", "my alarm": "ALARM", 'a"b': "ALARM"}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("ALARM(cpu)", True),
        ("ALARM(cpu) AND ALARM(disk)", False),
        ("ALARM(cpu) AND NOT ALARM(disk)", True),
        ("(ALARM(cpu) OR ALARM(disk)) AND OK(net)", False),
        ("INSUFFICIENT_DATA(net) AND OK(disk)", True),
        ("TRUE", True),
        ("FALSE OR NOT false", True),
        ('ALARM("my alarm")', True),
        (r'ALARM("a\"b")', True),
        ("ALARM(disk) OR ALARM(cpu) AND ALARM(net)", False),
        ("NOT (ALARM(disk) OR ALARM(net))", True),
        ("AT_LEAST(2, ALARM, (cpu, disk, net))", False),
        ("AT_LEAST(2, NOT ALARM, (cpu, disk, net))", True),
        ("AT_LEAST(50%, ALARM, (cpu, disk))", True),
        ("AT_LEAST(51%, ALARM, (cpu, disk))", False),
        ("NOT AT_LEAST(1, OK, (cpu, net)) AND OK( disk )", True),
    ],
)
def test_a_rule_holds_by_the_states_of_its_children(rule: str, holds: bool) -> None:
    """Functions, constants, operators with AND before OR, quoted names, AT_LEAST by number and share."""
    assert parse(rule).holds(STATES.__getitem__) is holds


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("()", "Unsupported token ')' at char 1, must be: '(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or"),
        ("ALARM(SampleQueue Oldest)", "Unsupported token 'Oldest' at char 18, must be: ')'"),
        ("ALARM(a) AND", "Unsupported token '' at char 12"),
        ("ALARM(a) ALARM(b)", "Unsupported token 'ALARM' at char 9, must be: 'AND', 'OR'"),
        ("ALARM(a))", "Unsupported token ')' at char 8"),
        ("(ALARM(a)", "must be: ')'"),
        ("ALARM()", "must be: an alarm name or ARN"),
        ("alarm(a)", "Unsupported token 'alarm' at char 0"),
        ("ALARM(a) and OK(b)", "Unsupported token 'and' at char 9"),
        ('ALARM("a)', "must be closed"),
        ("AT_LEAST(0, OK, (a))", "a number or a percentage"),
        ("AT_LEAST(2, OK, (a))", "AT_LEAST wants 2 of 1 alarms"),
        ("AT_LEAST(1, BAD, (a))", "must be: ALARM, OK or INSUFFICIENT_DATA"),
        ("AT_LEAST(1, OK, a)", "must be: '('"),
        (" OR ".join(f"OK(a{n})" for n in range(101)), "The rule has 101 children, at most 100"),
        ("(" * 250 + "TRUE" + ")" * 250, "The rule has 501 elements, at most 500"),
    ],
)
def test_what_is_no_rule_is_refused(rule: str, said: str) -> None:
    """With the place and what should stand there, as AWS tells it."""
    with pytest.raises(Flaw) as caught:
        parse(rule)
    assert said in str(caught.value)


_BITS = ["ALARM", "(", ")", "OK", "a", ",", "AT_LEAST", "50%", "2", "NOT ", " AND ", " OR ", "TRUE", '"', "\\", " "]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(_BITS), max_size=25).map("".join)))
@example("(" * 10_000)
@example("NOT " * 2500)
@example("ALARM(" * 1500)
def test_hostile_rules_raise_nothing_but_flaws(rule: str) -> None:
    """Whatever the text, it is a rule that holds or not, or is told to be none."""
    try:
        found = parse(rule)
    except Flaw:
        return
    assert found.holds(lambda _: "OK") in {True, False}


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Production with four metric alarms."""
    with observed() as sandbox:
        for name in ("a", "b", "c", "my alarm"):
            sandbox.client("cloudwatch", PROD.id).put_metric_alarm(
                AlarmName=name,
                MetricName="auc",
                Namespace="x/y",
                Statistic="Average",
                Period=60,
                EvaluationPeriods=1,
                Threshold=1,
                ComparisonOperator="LessThanThreshold",
            )
        yield sandbox


def put(aws: AwsSandbox, name: str, rule: str, **more: Any) -> None:
    """PutCompositeAlarm in production."""
    aws.client("cloudwatch", PROD.id).put_composite_alarm(AlarmName=name, AlarmRule=rule, **more)


def refused(aws: AwsSandbox, rule: str, **more: Any) -> str:
    """What a PutCompositeAlarm that must fail says."""
    with pytest.raises(ClientError) as caught:
        put(aws, "refused", rule, **more)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    return str(caught.value.response["Error"]["Message"])


ARN = "arn:aws:cloudwatch:us-west-2:222222222222:alarm:"


def test_a_composite_alarm_is_told_only_when_asked_for(aws: AwsSandbox) -> None:
    """DescribeAlarms without AlarmTypes gives metric alarms only."""
    cloudwatch = aws.client("cloudwatch", PROD.id)
    put(aws, "told", f'ALARM(a) AND NOT OK("{ARN}my alarm")', AlarmDescription="both")
    assert cloudwatch.describe_alarms(AlarmNames=["told"])["CompositeAlarms"] == []
    found = cloudwatch.describe_alarms(AlarmNames=["told"], AlarmTypes=["CompositeAlarm", "MetricAlarm"])
    (alarm,) = found["CompositeAlarms"]
    assert (alarm["AlarmRule"], alarm["StateValue"]) == (f'ALARM(a) AND NOT OK("{ARN}my alarm")', "INSUFFICIENT_DATA")
    history = cloudwatch.describe_alarm_history(AlarmName="told", AlarmTypes=["CompositeAlarm"])["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in history] == ['Alarm "told" created']


def test_children_and_parents_are_told_in_short(aws: AwsSandbox) -> None:
    """Children with their states, parents by name; other filters are refused beside them."""
    cloudwatch = aws.client("cloudwatch", PROD.id)
    put(aws, "inner", f"ALARM({ARN}b)")
    put(aws, "outer", "ALARM(inner) OR ALARM(b)")
    children = cloudwatch.describe_alarms(ChildrenOfAlarmName="outer")
    assert [set(alarm) for alarm in children["MetricAlarms"]] == [
        {"AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp"}
    ]
    assert [alarm["AlarmName"] for alarm in children["CompositeAlarms"]] == ["inner"]
    parents = cloudwatch.describe_alarms(ParentsOfAlarmName="b")["CompositeAlarms"]
    assert parents == [{"AlarmName": name, "AlarmArn": ARN + name} for name in ("inner", "outer")]
    assert cloudwatch.describe_alarms(ParentsOfAlarmName="outer")["CompositeAlarms"] == []
    with pytest.raises(ClientError, match="cannot be combined"):
        cloudwatch.describe_alarms(ParentsOfAlarmName="b", StateValue="OK")


@pytest.mark.parametrize(
    ("rule", "more", "said"),
    [
        ("ALARM(a) AND", {}, "Error in AlarmRule [Unsupported token '' at char 12"),
        (" ALARM(a)", {}, "AlarmRule must not contain leading or trailing whitespace or be null"),
        (
            "ALARM(a) OR ALARM(gone) OR OK(never)",
            {},
            "Could not save the composite alarm as alarms [gone, never] in the alarm rule do not exist",
        ),
        ("ALARM(arn:aws:cloudwatch:us-west-2:333333333333:alarm:a)", {}, "do not exist"),
        ("ALARM(refused)", {}, "do not exist"),
        ("ALARM(a)", {"ActionsSuppressor": "b"}, "ActionsSuppressorWaitPeriod is required"),
        (
            "ALARM(a)",
            {"ActionsSuppressor": "x", "ActionsSuppressorWaitPeriod": 1, "ActionsSuppressorExtensionPeriod": 1},
            "The ActionsSuppressor x does not exist",
        ),
        ("ALARM(a)", {"AlarmActions": ["arn:aws:automate:us-west-2:ec2:stop"]}, "is not supported for this alarm"),
        ("ALARM(a)", {"OKActions": ["arn:aws:ssm:us-west-2:222222222222:opsitem:1"]}, "only for the ALARM state"),
    ],
)
def test_what_the_reference_forbids_is_refused(aws: AwsSandbox, rule: str, more: dict[str, Any], said: str) -> None:
    """Rules, children, suppressors and actions, in AWS's words where they are known."""
    assert said in refused(aws, rule, **more)


def test_a_suppressor_is_kept_with_its_periods(aws: AwsSandbox) -> None:
    """All three together, the suppressor an alarm that there is."""
    periods = {"ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 120}
    put(aws, "quiet", "TRUE", ActionsSuppressor="c", **periods)
    found = aws.client("cloudwatch", PROD.id).describe_alarms(AlarmNames=["quiet"], AlarmTypes=["CompositeAlarm"])
    assert {name: found["CompositeAlarms"][0][name] for name in periods} == periods


def test_a_name_is_one_kind_of_alarm(aws: AwsSandbox) -> None:
    """A composite alarm cannot take a metric alarm's name, nor the other way."""
    with pytest.raises(ClientError, match="is a MetricAlarm"):
        put(aws, "a", "TRUE")


def test_children_and_rings_are_held_until_a_rule_lets_go(aws: AwsSandbox) -> None:
    """Neither a child nor a member of a ring can be deleted; only one composite alarm at a time."""
    cloudwatch = aws.client("cloudwatch", PROD.id)
    put(aws, "ring-1", "TRUE")
    put(aws, "ring-2", "ALARM(ring-1) OR ALARM(c)")
    put(aws, "ring-1", "ALARM(ring-2)")
    for names, said in (
        (["ring-1"], "Cannot delete ring-1 as there are composite alarm(s) depending on it."),
        (["c", "ring-2"], "Cannot delete c,ring-2 as there are composite alarm(s) depending on them."),
        (["ring-1", "ring-2"], "No more than one composite alarm"),
    ):
        with pytest.raises(ClientError) as caught:
            cloudwatch.delete_alarms(AlarmNames=names)
        assert said in caught.value.response["Error"]["Message"]
    put(aws, "ring-1", "false")
    cloudwatch.delete_alarms(AlarmNames=["ring-2"])
    cloudwatch.delete_alarms(AlarmNames=["ring-1", "c"])
    both = ["CompositeAlarm", "MetricAlarm"]
    left = cloudwatch.describe_alarms(AlarmNames=["c", "ring-1", "ring-2"], AlarmTypes=both)
    assert (left["MetricAlarms"], left["CompositeAlarms"]) == ([], [])


def test_a_hundred_and_fifty_composite_alarms_may_share_a_child(aws: AwsSandbox) -> None:
    """One more is LimitExceeded; updating one of them is not."""
    store = aws.alarms(TEST.id)
    cloudwatch = aws.client("cloudwatch", TEST.id)
    store.put("child", "MetricAlarm", {}, {}, aws.clock.now())
    for number in range(150):
        store.put(f"parent-{number}", "CompositeAlarm", {"AlarmRule": "ALARM(child)"}, {}, aws.clock.now())
    cloudwatch.put_composite_alarm(AlarmName="parent-7", AlarmRule="OK(child)")
    with pytest.raises(cloudwatch.exceptions.LimitExceededFault):
        cloudwatch.put_composite_alarm(AlarmName="parent-150", AlarmRule="OK(child)")
