"""Mute rules over HTTP: what is stored, what is refused, and when one is in force."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox
from sandbox.aws.cloudwatch.mute_schedule import schedule_of
from sandbox.aws.cloudwatch.mute_store import MuteRule, MuteStore
from sandbox.aws.cloudwatch.stage import PROD, TEST, observed
from sandbox.fakes_alarms import SIMPLE

NIGHTLY = {"Expression": "cron(0 2 * * *)", "Duration": "PT4H"}


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Production with two alarms."""
    with observed() as sandbox:
        for name in ("one", "two"):
            sandbox.client("cloudwatch", PROD.id).put_metric_alarm(AlarmName=name, **SIMPLE)
        yield sandbox


def put(aws: AwsSandbox, name: str, schedule: dict[str, str], *alarms: str, **more: Any) -> None:
    """PutAlarmMuteRule."""
    rule = {"Rule": {"Schedule": schedule}, "MuteTargets": {"AlarmNames": list(alarms or ("one",))}}
    aws.client("cloudwatch", PROD.id).put_alarm_mute_rule(Name=name, **rule, **more)


def listed(aws: AwsSandbox, **asked: Any) -> list[str]:
    """Names by ListAlarmMuteRules."""
    found = aws.client("cloudwatch", PROD.id).list_alarm_mute_rules(**asked)["AlarmMuteRuleSummaries"]
    return [row["AlarmMuteRuleArn"].rpartition(":")[2] for row in found]


def test_a_rule_is_told_as_it_was_put_and_ends_by_the_clock(aws: AwsSandbox) -> None:
    """Scheduled, in force, over; of another account nothing is seen."""
    start = (aws.clock.now() + timedelta(minutes=2)).replace(second=0, microsecond=0)
    once = {"Expression": f"at({start:%Y-%m-%dT%H:%M})", "Duration": "PT1H", "Timezone": "UTC"}
    put(aws, "once", once, "one", "two", Description="why", ExpireDate=start + timedelta(hours=1))
    client = aws.client("cloudwatch", PROD.id)
    told = client.get_alarm_mute_rule(AlarmMuteRuleName="once")
    assert told["Rule"] == {"Schedule": once}
    assert told["MuteTargets"] == {"AlarmNames": ["one", "two"]}
    assert (told["Description"], told["Status"], told["MuteType"]) == ("why", "SCHEDULED", "ONE_TIME")
    assert told["AlarmMuteRuleArn"] == f"arn:aws:cloudwatch:us-west-2:{PROD.id}:alarm-mute-rule:once"
    for later, status in ((timedelta(minutes=2), "ACTIVE"), (timedelta(hours=2), "EXPIRED")):
        with aws.at(start + later):
            assert client.get_alarm_mute_rule(AlarmMuteRuleName="once")["Status"] == status
            assert listed(aws, Statuses=[status]) == ["once"]
    assert listed(aws, AlarmName="two", Statuses=["SCHEDULED"]) == ["once"]
    assert aws.client("cloudwatch", TEST.id).list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []
    client.delete_alarm_mute_rule(AlarmMuteRuleName="once")
    client.delete_alarm_mute_rule(AlarmMuteRuleName="once")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.get_alarm_mute_rule(AlarmMuteRuleName="once")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.list_alarm_mute_rules(AlarmName="none")


def test_rules_are_overwritten_and_paged(aws: AwsSandbox) -> None:
    """By name; fifty to a page unless told."""
    for n in range(51):
        put(aws, f"rule-{n:02}", NIGHTLY)
    client = aws.client("cloudwatch", PROD.id)
    first = client.list_alarm_mute_rules()
    rest = client.list_alarm_mute_rules(NextToken=first["NextToken"])
    assert (len(first["AlarmMuteRuleSummaries"]), len(rest["AlarmMuteRuleSummaries"])) == (50, 1)
    put(aws, "rule-00", NIGHTLY, "two")
    assert client.get_alarm_mute_rule(AlarmMuteRuleName="rule-00")["MuteTargets"] == {"AlarmNames": ["two"]}
    assert listed(aws, AlarmName="two") == ["rule-00"]
    for n in range(51):
        client.delete_alarm_mute_rule(AlarmMuteRuleName=f"rule-{n:02}")


@pytest.mark.parametrize(
    ("schedule", "alarms", "said"),
    [
        ({"Expression": "at(2020-01-01T00:00)", "Duration": "PT1H"}, (), "is in the past"),
        ({"Expression": "at(2030-13-01T00:00)", "Duration": "PT1H"}, (), "is no valid time"),
        ({"Expression": "rate(1 hour)", "Duration": "PT1H"}, (), "neither an at nor a cron expression"),
        ({"Expression": "cron(0 2 * *)", "Duration": "PT1H"}, (), "must have five fields"),
        ({"Expression": "cron(60 2 * * *)", "Duration": "PT1H"}, (), "60 is not valid"),
        ({"Expression": "cron(0 2 * * FRI-MON)", "Duration": "PT1H"}, (), "FRI-MON is not valid"),
        ({"Expression": "cron(0 2 1- * *)", "Duration": "PT1H"}, (), "1- is not valid"),
        ({**NIGHTLY, "Duration": "PT30S"}, (), "between PT1M and P15D"),
        ({**NIGHTLY, "Duration": "P16D"}, (), "between PT1M and P15D"),
        ({**NIGHTLY, "Timezone": "Mars/Olympus"}, (), "not a valid timezone"),
        (NIGHTLY, ("one", "none"), "The alarms none do not exist"),
    ],
)
def test_what_the_reference_forbids_is_refused(
    aws: AwsSandbox, schedule: dict[str, str], alarms: tuple[str, ...], said: str
) -> None:
    """And nothing is kept."""
    with pytest.raises(ClientError, match=said):
        put(aws, "refused", schedule, *alarms)
    assert listed(aws) == []


@pytest.mark.parametrize(
    ("expression", "duration", "zone", "now", "window"),
    [
        ("cron(0 2 * * *)", "PT4H", "UTC", "20T05:59", ("20T02:00", "20T06:00")),
        ("cron(0 2 * * *)", "PT4H", "UTC", "20T06:00", None),
        ("cron(0 18 * * FRI)", "P2DT12H", "UTC", "23T05:00", ("20T18:00", "23T06:00")),
        ("cron(0 18 * * 5)", "PT1H", "UTC", "21T18:30", None),
        ("cron(0,30 9-17 * NOV MON-FRI)", "PT30M", "UTC", "20T17:45", ("20T17:30", "20T18:00")),
        ("cron(0 2 * * *)", "PT4H", "America/New_York", "20T08:00", ("20T07:00", "20T11:00")),
        ("cron(0 0 1 * *)", "P15D", "UTC", "15T23:00", ("01T00:00", "16T00:00")),
    ],
)
def test_a_rule_that_comes_again_is_in_force_by_its_time_zone(
    expression: str, duration: str, zone: str, now: str, window: tuple[str, str] | None
) -> None:
    """The latest beginning counts, for as long as the duration says."""
    schedule = schedule_of({"Expression": expression, "Duration": duration, "Timezone": zone})
    found = schedule.window(moment(now))
    assert found == (tuple(map(moment, window)) if window else None)


def moment(text: str) -> datetime:
    """A time of November 2026."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


def test_whoever_acts_is_told_which_rule_holds_an_alarm_back() -> None:
    """Of several that which ends last; one that is not yet, or no longer, in force is none."""
    store = MuteStore(PROD.id, "us-west-2")
    for name, start, lasts in (("short", "20T10:00", "PT1H"), ("long", "20T09:00", "PT4H")):
        said = {"Expression": f"at(2026-11-{start})", "Duration": lasts}
        store.put(name, {"MuteTargets": {"AlarmNames": ["one"]}}, schedule_of(said), moment("20T08:00"))
    found = store.muting("one", moment("20T10:30"))
    assert found is not None
    rule, window = found
    assert isinstance(rule, MuteRule)
    assert (rule.name, window) == ("long", (moment("20T09:00"), moment("20T13:00")))
    assert store.muting("two", moment("20T10:30")) is None
    assert store.muting("one", moment("20T13:00")) is None
    always = {"MuteTargets": {"AlarmNames": ["one"]}, "StartDate": moment("22T00:00"), "ExpireDate": moment("23T00:00")}
    store.put("nightly", always, schedule_of(NIGHTLY), moment("20T08:00"))
    assert [bool(store.muting("one", moment(f"{day}T03:00"))) for day in (21, 22, 23)] == [False, True, False]
