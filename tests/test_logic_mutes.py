"""When a mute rule is in force, how one is written, and what it would hold back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.logic.alarm_actions import scaling, told
from bot.logic.alarm_rights import concerned
from bot.logic.mutes import expression, is_by, iso, muting, outlasting, planned, span, to_come, window
from bot.model.alarm import Alarm, AlarmState, Mute, Watched
from bot.model.metric import Metric, Query
from bot.model.observation import Window

T0 = datetime(2026, 11, 20, 14, 5, 30, tzinfo=UTC)
PROD, TEST, REGION = "222222222222", "333333333333", "us-west-2"
LOW = Alarm(f"arn:aws:cloudwatch:{REGION}:{PROD}:alarm:low", "low", PROD, REGION, "metric", AlarmState.ALARM, T0)
RULE = Mute("arn:rule", "rule", PROD, REGION, ("low",), T0, T0 + timedelta(hours=1), active=False)


def day(text: str) -> datetime:
    """A time of that day."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "duration", "zone", "found"),
    [
        ("at(2026-11-20T14:00)", "PT2H", "", ("20T14:00", "20T16:00")),
        ("at(2026-11-20T14:00:30)", "P1DT30M", "UTC", ("20T14:00", "21T14:30")),
        (" at(2026-11-20T14:00) ", "P1W", "UTC", ("20T14:00", "27T14:00")),
        ("at(2026-11-20T14:00)", "PT2H", "America/New_York", ("20T19:00", "20T21:00")),
        ("at(2026-11-20T14:00)", "PT2H", "Mars/Olympus", None),
        ("at(2026-11-31T14:00)", "PT2H", "UTC", None),
        ("at(9999-12-31T23:00)", "P15D", "UTC", None),
        ("at(2026-11-20T14:00)", "two hours", "UTC", None),
        ("at(2026-11-20T14:00)", "P", "UTC", None),
        ("cron(0 2 * * *)", "PT2H", "UTC", None),
    ],
)
def test_a_rule_that_comes_once_has_a_window(
    expression: str, duration: str, zone: str, found: tuple[str, str] | None
) -> None:
    """Of what comes again, or cannot be read, none is guessed."""
    assert window(expression, duration, zone) == (Window(day(found[0]), day(found[1])) if found else None)


@pytest.mark.parametrize(
    ("until", "start", "lasts", "written"),
    [
        (timedelta(hours=4), "20T14:06", timedelta(hours=4), "PT240M"),
        (timedelta(seconds=1), "20T14:06", timedelta(minutes=1), "PT1M"),
        (timedelta(hours=-4), "20T14:06", timedelta(minutes=1), "PT1M"),
        (timedelta(days=90), "20T14:06", timedelta(days=15), "P15D"),
        (timedelta(days=1, minutes=30), "20T14:06", timedelta(days=1, minutes=30), "P1DT30M"),
    ],
)
def test_a_mute_is_planned_in_whole_minutes_within_what_aws_takes(
    until: timedelta, start: str, lasts: timedelta, written: str
) -> None:
    """PT1M to P15D, from the next full minute on."""
    plan = planned(T0, T0 + until)
    assert (plan.start, plan.end - plan.start) == (day(start), lasts)
    assert (expression(plan.start), iso(lasts)) == (f"at(2026-11-{start})", written)
    assert span(written) == lasts


def test_a_mute_begins_late_enough_to_be_made_in_time() -> None:
    """At the end of a minute, or on it, the minute after the next one."""
    assert planned(T0.replace(second=55), T0).start == day("20T14:07")
    assert planned(T0.replace(second=0), T0).start == day("20T14:06")


def test_rules_in_force_are_those_of_the_alarm_now_the_last_to_end_first() -> None:
    """By their window where it is known; one that comes again as CloudWatch said, and before all."""
    longer = replace(RULE, arn="arn:longer", end=T0 + timedelta(hours=2))
    always = replace(RULE, arn="arn:always", start=None, end=None, active=True)
    idle = replace(always, arn="arn:idle", active=False)
    others = [replace(RULE, alarms=("high",)), replace(RULE, account_id=TEST), replace(RULE, region="eu-west-1")]
    rules = [RULE, longer, always, idle, *others]
    assert [m.arn for m in muting(LOW, rules, T0)] == ["arn:always", "arn:longer", "arn:rule"]
    assert [m.arn for m in muting(LOW, rules, T0 + timedelta(hours=1))] == ["arn:always", "arn:longer"]
    assert muting(LOW, [replace(RULE, active=True)], T0 - timedelta(seconds=1)) == ()


def test_rules_to_come_are_those_that_begin_later_the_next_first() -> None:
    """In a window that is known; of two that begin together that which holds longer."""
    later, next_, longest = (
        replace(RULE, arn=arn, start=T0 + timedelta(hours=begins), end=T0 + timedelta(hours=ends))
        for arn, begins, ends in (("arn:later", 2, 9), ("arn:next", 1, 3), ("arn:longest", 1, 4))
    )
    nightly = replace(RULE, start=None, end=None)
    found = to_come(LOW, [later, RULE, nightly, next_, longest], T0)
    assert [m.arn for m in found] == ["arn:longest", "arn:next", "arn:later"]


def test_a_rule_outlasts_a_mute_that_ends_no_later() -> None:
    """Of those made here the longest; others may end at any time, and by whom."""
    ours = replace(RULE, name="sagewatch-U1-alarm-1")
    longer = replace(ours, name="sagewatch-U2-alarm-1", end=T0 + timedelta(hours=3))
    assert outlasting(LOW, [RULE, ours, longer], T0 + timedelta(hours=1)) == longer
    assert outlasting(LOW, [ours], T0 + timedelta(hours=1)) == ours
    assert outlasting(LOW, [RULE, ours, replace(ours, end=None)], T0 + timedelta(hours=2)) is None
    assert [is_by(m, "U1") for m in (ours, longer, RULE)] == [True, False, False]


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (f"arn:aws:sns:{REGION}:{PROD}:pager", "SNS topic pager and all who subscribe to it"),
        (f"arn:aws:lambda:{REGION}:{PROD}:function:mend:live", "Lambda function mend:live"),
        (
            f"arn:aws:autoscaling:{REGION}:{PROD}:scalingPolicy:1:resource/sagemaker/endpoint/bank:policyName/up",
            "Auto Scaling policy up",
        ),
        (f"arn:aws:automate:{REGION}:ec2:reboot", "EC2: reboot the instance"),
        (f"arn:aws:swf:{REGION}:{PROD}:action/actions/AWS_EC2.InstanceId.Stop/1.0", "EC2: Stop the instance"),
        (f"arn:aws:ssm:{REGION}:{PROD}:opsitem:3#CATEGORY=Cost", "Systems Manager OpsItem of severity 3"),
        (f"arn:aws:ssm-incidents::{PROD}:response-plan/pages", "Incident Manager response plan pages"),
        (f"arn:aws:aiops:{REGION}:{PROD}:investigation-group/1ab", "CloudWatch investigation 1ab"),
        ("arn:aws:new-service:thing", "arn:aws:new-service:thing"),
        (f"arn:aws:sns:{REGION}:{PROD}:{{0}}", "SNS topic 0 and all who subscribe to it"),
        ("x" * 200, "x" * 79 + "…"),
    ],
)
def test_actions_are_told_in_words(action: str, words: str) -> None:
    """One of no known form by its ARN."""
    assert told(action) == words


def test_what_scales_is_known_by_its_service() -> None:
    """Of Application Auto Scaling and of EC2's alike."""
    scales = f"arn:aws-us-gov:autoscaling:us-gov-west-1:{PROD}:scalingPolicy:1:autoScalingGroupName/g:policyName/up"
    topic = f"arn:aws:sns:{REGION}:{PROD}:autoscaling"
    assert scaling(replace(LOW, actions=(topic, scales))) == (scales,)


def test_an_alarm_concerns_the_accounts_whose_metrics_it_watches() -> None:
    """Its own where it names none."""
    watched = tuple(Watched(Query(Metric(a, REGION, "ns", "auc", ()), "Average"), 3600) for a in (PROD, TEST, PROD))
    assert concerned(replace(LOW, account_id="111111111111", watched=watched)) == {PROD, TEST}
    assert concerned(replace(LOW, account_id="111111111111")) == {"111111111111"}
