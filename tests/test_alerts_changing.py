"""Who changed what governance rests on: what is said, where, with what was before, and what is counted instead."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.alerts.change_net import EVERY, GRACE, LATE, LONGEST, ChangeNet
from bot.alerts.changing import Changing, Ours
from bot.alerts.listening import Wanted
from bot.alerts.placing import Placing
from bot.alerts.sources import cloudtrail_change, cloudwatch_alarm
from bot.alerts.watch import BOT
from bot.errors import AccessDenied
from bot.logic.lifecycle import fold
from bot.logic.moments import moment
from bot.model.account import Account, Scope
from bot.model.alarm import Alarm
from bot.model.fleet import Capture, Endpoint
from bot.model.place import Service
from bot.model.post import CardKey
from bot.model.route import Route
from bot.ports import Ask, Failure, Sweep, Trail
from bot.render import message
from bot.render.text import plain_text
from sandbox import fakes_trail as people
from sandbox.fakes import FakeIncidents, FakeRoutes
from sandbox.fakes_alarm import alarm
from sandbox.fakes_fleet import StillClock
from sandbox.fakes_inbox import Ears
from sandbox.fakes_resources import Holdings
from sandbox.fakes_trail import Told
from sandbox.fakes_trail_port import BOT_ROLE, FakeTrail, Trailed
from sandbox.slack.check_surface import problems_of

HUB, OWNER, REGION = "111111111111", "222222222222", "us-west-2"
ACCOUNTS = (Account(HUB, "hub", (REGION,), own=True), Account(OWNER, "prod", (REGION,)))
FOUND = moment("2026-11-20T16:00:00Z")
assert FOUND is not None
NOW = FOUND
ALARM = "bank-marketing-accuracy"
FULL = Capture(enabled=True, percentage=100, destination="s3://a/b")
ENDPOINT = Endpoint(
    f"arn:aws:sagemaker:{REGION}:{OWNER}:endpoint/bank-1",
    "bank-1",
    OWNER,
    REGION,
    "InService",
    NOW,
    NOW,
    "config-1",
    (),
    FULL,
    Service("bank-marketing"),
)


@pytest.fixture
def ears() -> Ears:
    """The fleet is known, and one route that wants changes."""
    wanted = Wanted(ours=Ours(BOT_ROLE, frozenset({"trail-logs"})))
    routes = FakeRoutes(Route("ml-governance", changes=True))
    found = Ears(StillClock(NOW), incidents=FakeIncidents(fold), routes=routes, wanted=wanted)
    found.inventory.remember(ACCOUNTS, NOW)
    found.inventory.keep_alarms([Sweep(HUB, REGION, (replace(alarm(ALARM), changed_at=NOW - timedelta(days=9)),))], NOW)
    found.inventory.keep_endpoints([Sweep(OWNER, REGION, (ENDPOINT,))], NOW)
    found.holdings = Holdings(captures={"half": replace(FULL, percentage=50), "same": FULL})
    return found


def record(event: str, request: dict[str, Any], who: people.Who = people.MAYA, **more: Any) -> dict[str, Any]:
    """A call of just now, in the owner's account unless told otherwise."""
    account, service = more.pop("account", OWNER), more.pop("service", "sagemaker")
    made = people.record(Told(10 / 86_400, account, who, event, request, service=service), NOW)
    return {**made, **more}


def told(event: str, request: dict[str, Any], who: people.Who = people.MAYA, **more: Any) -> str:
    """The same as EventBridge tells it."""
    body = record(event, request, who, **more)
    source = f"aws.{str(body['eventSource']).removesuffix('.amazonaws.com')}"
    about = {"account": body["recipientAccountId"], "detail": body, "source": source, "id": body["eventID"]}
    return json.dumps({**cloudtrail_change.SAMPLE, **about})


def said(ears: Ears) -> list[str]:
    """Messages, as text."""
    return [plain_text(reply) for _, reply in ears.notices.said.values()]


MONITORING = {"service": "monitoring", "account": HUB}
SAID = {
    "stopped": (told("StopMonitoringSchedule", {"monitoringScheduleName": "bank-q"}), "Monitor bank-q was stopped"),
    "deleted": (told("DeleteMonitoringSchedule", {"monitoringScheduleName": "bank-q"}), "Monitor bank-q was deleted"),
    "endpoint": (told("DeleteEndpoint", {"endpointName": "bank-1"}), "Endpoint bank-1 was deleted"),
    "capture": (
        told("UpdateEndpoint", {"endpointName": "bank-1", "endpointConfigName": "half"}),
        "100 % of the requests → 50 %",
    ),
    "no capture": (told("UpdateEndpoint", {"endpointName": "bank-1", "endpointConfigName": "none"}), "→ off"),
    "alert": (
        told(
            "UpdateMonitoringAlert", {"monitoringScheduleName": "bank-q", "datapointsToAlert": 3, "evaluationPeriod": 5}
        ),
        "3 bad runs of 5",
    ),
    "alarm deleted": (told("DeleteAlarms", {"alarmNames": [ALARM]}, **MONITORING), f"Alarm {ALARM} was deleted"),
    "alarm silenced": (told("DisableAlarmActions", {"alarmNames": [ALARM]}, **MONITORING), "was silenced"),
    "alarm loosened": (
        told(
            "PutMetricAlarm",
            {"alarmName": ALARM, "threshold": 0.5, "comparisonOperator": "LessThanThreshold"},
            **MONITORING,
        ),
        "limit 0.8734 → 0.5",
    ),
    "link": (
        told("DeleteLink", {"identifier": "arn:aws:oam:us-west-2:2:link/a"}, service="oam"),
        "Link of prod to the observability account was deleted",
    ),
    "sink": (
        told("PutSinkPolicy", {"sinkIdentifier": "arn:sink"}, service="oam", account=HUB),
        "Telemetry sink of hub has another policy",
    ),
    "trail": (
        told("StopLogging", {"name": "arn:aws:cloudtrail:us-west-2:2:trail/organisation"}, service="cloudtrail"),
        "Trail organisation logs no more",
    ),
    "bucket": (told("PutBucketPolicy", {"bucketName": "trail-logs"}, service="s3", account=HUB), "has another policy"),
    "role": (
        told("CreateModel", {"modelName": "m", "executionRoleArn": "arn:aws:iam::999999999999:role/x"}),
        "A role of another account was passed for m",
    ),
}


@pytest.mark.parametrize(("body", "expected"), SAID.values(), ids=SAID)
def test_a_change_is_told_with_who_did_it(ears: Ears, body: str, expected: str) -> None:
    """By person, how that is known, when, by which call, with before and after where both are known."""
    left = ears.hear(body)
    (text,) = said(ears)
    assert expected in text
    assert "maya.okafor@example.com" in text
    assert "Identity Center user" in text
    assert left.messages == []


PASSED = {
    "reads": told("DescribeEndpoint", {"endpointName": "bank-1"}),
    "denied": told("DeleteEndpoint", {"endpointName": "bank-1"}, errorCode="AccessDenied"),
    "by a service": told("DeleteAlarms", {"alarmNames": [ALARM]}, people.by_service, **MONITORING),
    "another's alarm": told("DeleteAlarms", {"alarmNames": ["website"]}, **MONITORING),
    "another's bucket": told("PutBucketPolicy", {"bucketName": "website"}, service="s3"),
    "tightened": told(
        "PutMetricAlarm", {"alarmName": ALARM, "threshold": 0.95, "treatMissingData": "missing"}, **MONITORING
    ),
    "captures as before": told("UpdateEndpoint", {"endpointName": "bank-1", "endpointConfigName": "same"}),
    "unknown endpoint": told("UpdateEndpoint", {"endpointName": "other", "endpointConfigName": "none"}),
    "alerts at once": told(
        "UpdateMonitoringAlert", {"monitoringScheduleName": "bank-q", "datapointsToAlert": 1, "evaluationPeriod": 3}
    ),
    "own role": told("CreateModel", {"modelName": "m", "executionRoleArn": f"arn:aws:iam::{OWNER}:role/x"}),
    "names nothing": told("DeleteAlarms", {"alarmNames": 7}, **MONITORING),
}


@pytest.mark.parametrize("body", PASSED.values(), ids=PASSED)
def test_what_changes_nothing_of_the_kind_is_not_told(ears: Ears, body: str) -> None:
    """It leaves the queue."""
    assert ears.hear(body).messages == []
    assert said(ears) == []


def test_a_lost_link_is_named_by_its_account_and_kept_by_its_arn(ears: Ears) -> None:
    """Nobody knows a link's id; its owner wants it all the same."""
    ears.hear(SAID["link"][0])
    (text,) = said(ears)
    assert text.startswith("Link of prod to the observability account was deleted\n")
    assert "arn:aws:oam:us-west-2:2:link/a" in text


def test_who_cannot_be_told_is_told_as_unknown(ears: Ears) -> None:
    """Whoever leaves no name behind must not go unseen for that."""
    ears.hear(told("StopMonitoringSchedule", {"monitoringScheduleName": "bank-q"}, lambda *_: {"type": "Unheard"}))
    assert "unknown" in said(ears)[0]


def test_what_no_route_wants_is_counted(ears: Ears) -> None:
    """Routes ask for changes, or hear none."""
    ears.routes.only = Route("ml-alerts")
    ears.hear(SAID["stopped"][0])
    assert said(ears) == []
    (counted,) = ears.tally.counted()
    assert (counted.kind, counted.name) == ("change", "StopMonitoringSchedule: no route wants it")


def test_the_same_change_is_told_once(ears: Ears) -> None:
    """Twice by EventBridge, and by the poll."""
    ears.hear(SAID["stopped"][0], SAID["stopped"][0], rounds=2)
    ears.hear(SAID["stopped"][0])
    assert len(said(ears)) == 1


def test_an_open_incident_of_the_service_hears_it_in_its_thread(ears: Ears) -> None:
    """And the channel does not hear it again."""
    ears.hear(json.dumps(cloudwatch_alarm.SAMPLE))
    (incident,) = ears.incidents.list(NOW)
    assert incident.place.service == "bank-marketing"
    ears.hear(told("DeleteEndpoint", {"endpointName": "bank-1"}))
    ((channel, _),) = ears.notices.said.values()
    assert [row.card for row in ears.notices.rows(channel)] == [CardKey(incident.number, 1)]


@pytest.mark.parametrize("case", ["alarm deleted", "alarm silenced", "alarm loosened"])
def test_the_incident_of_another_accounts_model_hears_of_a_central_alarm(ears: Ears, case: str) -> None:
    """The alarm is changed in the observability account; the incident is the metric's account's."""
    ears.hear(json.dumps(cloudwatch_alarm.SAMPLE))
    (incident,) = ears.incidents.list(NOW)
    assert incident.place.account_id == OWNER
    ears.hear(SAID[case][0])
    ((channel, _),) = ears.notices.said.values()
    assert [row.card for row in ears.notices.rows(channel)] == [CardKey(incident.number, 1)]


def test_what_this_bot_did_for_somebody_names_that_person(ears: Ears) -> None:
    """By their id in Slack."""
    ears.hear(told("StopMonitoringSchedule", {"monitoringScheduleName": "bank-q"}, people.BOT))
    (text,) = said(ears)
    assert "U0PRIYANAT" in text
    assert "Slack, through this bot" in text


def test_an_alarm_known_only_as_it_is_now_is_told_as_such(ears: Ears) -> None:
    """A poll was quicker than the event: what was before cannot be told, which is said, and no more than that."""
    ears.inventory.keep_alarms([Sweep(HUB, REGION, (replace(alarm("new"), changed_at=NOW),))], NOW)
    ears.hear(told("PutMetricAlarm", {"alarmName": "new", "threshold": 0.5}, **MONITORING))
    assert "Alarm new was changed\n\nHow it was before is not known." in said(ears)[0]


def lists(ears: Ears, *alarms: Alarm, endpoints: tuple[Endpoint, ...] = (ENDPOINT,)) -> None:
    """A poll that found these after the call, and before its event came."""
    ears.inventory.keep_alarms([Sweep(HUB, REGION, alarms)], NOW)
    ears.inventory.keep_endpoints([Sweep(OWNER, REGION, endpoints)], NOW)


LOOSE = replace(alarm(ALARM), threshold=0.5, changed_at=NOW)
HALF = replace(ENDPOINT, config="half", capture=replace(FULL, percentage=50))


@pytest.mark.parametrize(
    ("alarms", "endpoints", "case"),
    [
        ((), (ENDPOINT,), "alarm deleted"),
        ((LOOSE,), (ENDPOINT,), "alarm loosened"),
        ((), (HALF,), "capture"),
    ],
)
def test_what_was_before_is_told_although_a_poll_was_quicker(
    ears: Ears, alarms: tuple[Alarm, ...], endpoints: tuple[Endpoint, ...], case: str
) -> None:
    """The inventory has it as it is by then, or no more; what it was is remembered."""
    lists(ears, *alarms, endpoints=endpoints)
    body, expected = SAID[case]
    ears.hear(body)
    (text,) = said(ears)
    assert expected in text


def test_what_was_tightened_is_not_told_although_a_poll_was_quicker(ears: Ears) -> None:
    """It is compared with what it was, not with what it is."""
    lists(ears, replace(alarm(ALARM), threshold=0.95, changed_at=NOW))
    ears.hear(PASSED["tightened"])
    assert said(ears) == []


@pytest.mark.parametrize(("config", "expected"), [("none", "off; what was captured before is not known"), ("half", "")])
def test_of_an_endpoint_that_was_always_known_so_only_no_capture_at_all_is_told(
    ears: Ears, config: str, expected: str
) -> None:
    """What captures some may have captured no more before."""
    ears.inventory.keep_endpoints([Sweep(OWNER, REGION, (replace(ENDPOINT, arn="arn:new", config=config),))], NOW)
    ears.hear(told("UpdateEndpoint", {"endpointName": "bank-1", "endpointConfigName": config}))
    assert [expected in message for message in said(ears)] == ([True] if expected else [])


def test_a_configuration_that_cannot_be_read_is_counted(ears: Ears) -> None:
    """Nobody claims what was not seen."""
    ears.holdings.refused[OWNER, REGION] = AccessDenied("It may not.")
    ears.hear(SAID["capture"][0])
    assert said(ears) == []
    assert [t.name for t in ears.tally.counted()] == ["UpdateEndpoint: its configuration could not be read"]


def test_an_event_of_somebody_elses_account_is_refused(ears: Ears) -> None:
    """What the record says must be its sender's."""
    body = json.loads(SAID["stopped"][0])
    body["detail"]["recipientAccountId"] = "999999999999"
    assert len(ears.hear(json.dumps(body)).messages) == 1
    assert said(ears) == []


class Net:
    """The net over these records."""

    def __init__(self, ears: Ears, *records: dict[str, Any]) -> None:
        self.trailed = Trailed(list(records))
        self.ears = ears
        changing = Changing(
            ears.bind,
            ears.incidents,
            ears.inventory,
            ears.routes,
            ears.notices,
            ears.clock,
            BOT,
            placing=Placing(ears.inventory, ears.routes),
            ours=ears.wanted.ours,
        )
        self.net = ChangeNet(self._bind, changing, ears.tally, within_s=5, stopped=lambda: False)

    def _bind(self, ask: Ask) -> dict[type, object]:
        return {Trail: FakeTrail(self.trailed, ask)}

    def take(self, after: timedelta = GRACE + timedelta(minutes=1)) -> int:
        """One round, so long after now."""
        return self.net.take(Scope(ACCOUNTS), NOW + after)


def test_a_change_whose_event_was_lost_is_found_by_the_poll_and_marked(ears: Ears) -> None:
    """Once; what is younger than two minutes is left to its event."""
    net = Net(ears, record("StopMonitoringSchedule", {"monitoringScheduleName": "bank-q"}))
    assert net.take(timedelta(minutes=1)) == 0
    assert net.take() == 0, "within five minutes nobody is asked again"
    assert net.take(EVERY + GRACE) == 1
    assert "Found by the poll: no event told it." in said(ears)[0]
    assert [(t.kind, t.name, t.count) for t in ears.tally.counted()] == [("missed", OWNER, 1)]
    assert net.take(2 * EVERY + GRACE) == 0


def test_what_an_event_told_the_poll_does_not_tell_again(ears: Ears) -> None:
    """The event's id is the same."""
    ears.hear(SAID["stopped"][0])
    net = Net(ears, record("StopMonitoringSchedule", {"monitoringScheduleName": "bank-q"}))
    assert net.take() == 0
    assert len(said(ears)) == 1


def test_an_account_that_did_not_answer_is_looked_through_from_where_it_was(ears: Ears) -> None:
    """The others go on."""
    net = Net(ears)
    net.take(timedelta())
    net.trailed.failures = (Failure(ACCOUNTS[1], REGION, AccessDenied("It may not.")),)
    net.take(timedelta(hours=2))
    assert net.take(timedelta(hours=2.5)) == 0
    assert net.trailed.looked_since == {
        (HUB, REGION): NOW + timedelta(hours=2) - GRACE - LATE,
        (OWNER, REGION): NOW - GRACE - LATE,
    }, "one that is silent is no burden to the others"
    net.trailed.failures = ()
    net.trailed.records.append(record("DeleteEndpoint", {"endpointName": "bank-1"}))
    assert net.take(timedelta(hours=3)) == 1


def test_what_was_found_of_an_account_that_then_refused_is_told(ears: Ears) -> None:
    """And it is never looked through for more than a day."""
    net = Net(ears, record("DeleteEndpoint", {"endpointName": "bank-1"}))
    net.trailed.failures = (Failure(ACCOUNTS[1], REGION, AccessDenied("It may not.")),)
    assert net.take() == 1
    net.take(timedelta(days=9))
    assert net.trailed.looked_since[OWNER, REGION] == NOW + timedelta(days=9) - LONGEST - LATE


HOSTILE = "<!channel> *x* `</script>` <http://evil|ok> " + "A" * 400


def marked_up(part: Any) -> Iterator[str]:
    """Every text that Slack would read markup in: a heading is plain, whatever stands there."""
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        for inner in part.values():
            yield from marked_up(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from marked_up(inner)


def test_what_was_written_to_do_harm_is_shown_as_it_is(ears: Ears) -> None:
    """Names of resources, people and sessions are theirs to choose."""
    who = people.session(HOSTILE, HOSTILE)
    ears.hear(told("StopMonitoringSchedule", {"monitoringScheduleName": HOSTILE, "x": HOSTILE}, who))
    ((_, reply),) = ears.notices.said.values()
    shown = message(reply)
    assert problems_of(shown.blocks, "message") == []
    texts = [shown.text, *marked_up(shown.blocks)]
    assert any("&lt;!channel&gt;" in text for text in texts)
    assert not any(mark in text for text in texts for mark in ("<!channel", "<http"))
