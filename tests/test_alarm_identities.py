"""An alarm keeps its name as AWS has it, whatever is in it: AWS is asked by that, people are shown what is inert."""

import json
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

import pytest

import commands
from bot.aws.alarms_described import alarms_of
from bot.errors import Malformed
from bot.logic import alarm_event, alarm_notification, envelope
from bot.logic.cards import card
from bot.logic.handing import told_of
from bot.model.alarm import Alarm, AlarmState, Mute
from bot.model.reply import ChoiceField, Form, Press
from bot.parse import Reader
from bot.ports import Sweep
from bot.registry import discover
from bot.render import message, plain_text, view
from commands._alarm_meant import offer
from sandbox.fakes import at
from sandbox.fakes_alarm import HUB, OWNER, REGION, alarm
from sandbox.fakes_alarm_acts import PROD, Stage

NAMES = [
    "nbsp\N{NO-BREAK SPACE}p99",
    "two  spaces ",
    "\N{RIGHT-TO-LEFT OVERRIDE}drawkcab",
    "zero\N{ZERO WIDTH SPACE}width",
    "line\N{LINE SEPARATOR}> two",
    "tag\N{TAG LATIN SMALL LETTER A}",
    "say \N{LEFT DOUBLE QUOTATION MARK}p99\N{RIGHT DOUBLE QUOTATION MARK}",
    "\N{EM DASH}until 4h",
    'quoted "p99"',
    "&amp; 100%25",
    "\N{MAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}",
]
TIME = "2026-11-20T14:06:04.919+0000"
UNSEEN = set("\N{RIGHT-TO-LEFT OVERRIDE}\N{LINE SEPARATOR}\N{TAG LATIN SMALL LETTER A}")
"""What is in some of them and must not reach Slack, or whoever else is told."""
NEVER = ["a\nb", "a\x1fb", "a\x7fb", "a\x85b", "a\ud800b", " ", ""]


def arn_of(name: str) -> str:
    """In the observability account."""
    return f"arn:aws:cloudwatch:{REGION}:{HUB}:alarm:{name}"


def by_bridge(name: str) -> Alarm:
    """As EventBridge tells of it."""
    detail = {"alarmName": name, "state": {"value": "ALARM", "timestamp": TIME}}
    said = {"id": "1", "source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "account": HUB}
    place = {"region": REGION, "time": "2026-11-20T14:06:04Z", "resources": [arn_of(name)]}
    return alarm_event.change(envelope.event(json.dumps({**said, **place, "detail": detail}))).alarm


def by_topic(name: str) -> Alarm:
    """As it tells a topic."""
    said = {"AlarmName": name, "AlarmArn": arn_of(name), "NewStateValue": "ALARM", "OldStateValue": "OK"}
    more = {"AWSAccountId": HUB, "StateChangeTime": TIME, "Trigger": {}}
    return alarm_notification.change(envelope.event(json.dumps({**said, **more}))).alarm


def by_list(name: str) -> Alarm:
    """As DescribeAlarms has it, as part of the rule of a composite one."""
    rule = f"ALARM({json.dumps(name, ensure_ascii=False)})"
    row = {"AlarmName": name, "AlarmArn": arn_of(name), "StateValue": "OK", "StateUpdatedTimestamp": TIME}
    (found,) = alarms_of({"CompositeAlarms": [{**row, "AlarmRule": rule, "ActionsSuppressor": name}]})
    if isinstance(found, Malformed):
        raise found
    assert found.suppressor == name
    assert found.children == (name,)
    return found


WAYS = [by_bridge, by_topic, by_list]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_and_an_arn_are_read_as_they_are_written(way: Any, name: str) -> None:
    """By every way alike: they are one alarm."""
    found = way(name)
    assert (found.name, found.arn) == (name, arn_of(name))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NEVER)
def test_what_no_name_may_hold_is_refused(way: Any, name: str) -> None:
    """Control characters and lone surrogates: no database and no AWS would take them; nor what nobody can see."""
    with pytest.raises(Malformed, match=r"is no name of 1 to|is not the ARN of"):
        way(name)


def test_a_name_in_a_rule_that_cannot_be_is_no_other_alarms() -> None:
    """A rule may be a forger's: AWS is not asked for what no text may hold, nor for what would be left of it."""
    said = {"AlarmName": "any", "NewStateValue": "OK", "AlarmRule": 'ALARM("a\ud800b") OR\nALARM(c)'}
    more = {"AlarmArn": arn_of("any"), "AWSAccountId": HUB, "StateChangeTime": TIME}
    found = alarm_notification.change(envelope.event(json.dumps({**said, **more}))).alarm
    assert found.children == ("a\N{REPLACEMENT CHARACTER}b", "c")


class Operator(Stage):
    """Who presses, and sends what Slack keeps."""

    registry, reader = discover(commands), Reader(at(10))

    def opened(self, line: str) -> Form:
        """What a line opens, as it comes back from Slack."""
        return self.form(**self.registry.read(line, self.reader, form=True).values)

    def muted(self, line: str, **extra: str) -> str:
        """The name by which AWS was asked to mute."""
        values = self.registry.read(line, self.reader, extra={"until": "1h", **extra}).values
        self.mute(str(values["name"]), confirm=True)
        (name,) = self.sky.mutes[-1].alarms
        return name


def line_of(form: Form) -> str:
    """As Slack keeps it."""
    (line,) = [v for v in json.loads(view(form)["private_metadata"]).values() if str(v).startswith("alarm mute")]
    return str(line)


@pytest.mark.parametrize("name", NAMES)
def test_an_alarm_is_muted_and_opened_by_the_name_that_it_has(name: str) -> None:
    """From its card and from the list of alarms, beside one whose name looks the same."""
    one, other = alarm(name), alarm(" ".join(name.split()) + "!")
    stage = Operator(one, other)
    found = stage.fires(one)
    assert f"alarm/{quote(name, safe='')}" in told_of(found).console
    assert stage.muted(line_of(stage.opened(f"mute-with {found.number}"))) == name
    stage = Operator(one, other)
    button = offer(one, (), stage.ask)
    assert isinstance(button, Press)
    assert stage.muted(line_of(stage.opened(button.line))) == name
    assert offer(one, (Mute("m", "sagewatch-1", HUB, REGION, (name,), None, None, active=True),), stage.ask) != button


@pytest.mark.parametrize("name", NAMES)
def test_one_of_many_is_chosen_by_the_name_that_it_has(name: str) -> None:
    """A form's choice carries it, too."""
    stage = Operator(alarm(name), alarm("other"))
    found = stage.fires(alarm(name), alarm("other"))
    form = stage.opened(f"mute-with {found.number}")
    (field,) = [f for f in form.fields if isinstance(f, ChoiceField) and f.name == "name"]
    blocks = [b["element"]["options"] for b in view(form)["blocks"] if b.get("block_id", "").endswith("name")]
    values = [o["value"] for options in blocks for o in options] or [v for _, v in field.options]
    assert sorted(stage.muted(line_of(form), name=value) for value in values) == sorted((name, "other"))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_cannot_be_seen_is_shown(name: str) -> None:
    """On a card, in its fallback text, to a pager, in the form; nor does a name begin a line of its own."""
    stage = Operator(alarm(name))
    found = stage.fires(alarm(name))
    reply = card(found, at(10), {OWNER: PROD})
    drawn, form = message(reply), view(stage.opened(f"mute-with {found.number}"))
    blocks = json.dumps([drawn.blocks, form["blocks"]], ensure_ascii=False)
    told = json.dumps(asdict(told_of(found)), ensure_ascii=False, default=str)
    assert not [text for text in (blocks, drawn.text, plain_text(reply), told) if UNSEEN & set(text)]
    assert "\\n> two" not in blocks
    assert all(row.row.metric.isprintable() for row in found.state.rows)
    assert all(subject.name.isprintable() for subject in found.state.subjects)


def test_one_that_an_earlier_version_kept_under_another_name_goes_on_in_its_row() -> None:
    """It was cleaned before it was kept: the same alarm takes its place."""
    stage = Operator(alarm(NAMES[0]))
    stage.fires(alarm("nbsp p99"))
    found = stage.fires(alarm(NAMES[0]))
    assert [row.row.alarm for row in found.state.rows] == ["nbsp p99"]


def test_a_mute_is_of_the_alarm_that_it_names() -> None:
    """And of none that looks like it."""
    one, plain = alarm(NAMES[0], state=AlarmState.OK), alarm("nbsp p99")
    rule = Mute("arn:m", "nightly", HUB, REGION, (one.name,), at(9), at(12), active=True)
    stage = Operator(one, plain)
    stage.inventory.keep_mutes([Sweep(HUB, REGION, (rule,))], at(9))
    assert "muted already" in str(stage.form(alarm=one.arn).intro)
    assert "muted already" not in str(stage.form(alarm=plain.arn).intro)
