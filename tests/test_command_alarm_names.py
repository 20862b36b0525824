"""An alarm is what it is called: no button, form or line on one alarm falls on another."""

from dataclasses import replace

import pytest

import commands
from bot.dispatch import Request
from bot.errors import BadRequest
from bot.model.alarm import Alarm
from bot.model.reply import Actions, ChoiceField, Code, Facts, Menu, Press, Reply
from bot.parse import Number, Reader, quoted, tidy
from bot.registry import discover
from bot.render import view
from bot.render.actions import Ids, button
from bot.slack.payload import sent
from commands._alarm_meant import meant, offer, word_of
from sandbox.fakes_alarm import HUB, REGION, alarm
from sandbox.fakes_alarm_acts import Stage, words

REGISTRY = discover(commands)
ACT = (f"arn:aws:sns:{REGION}:{HUB}:pager",)
ALIKE = [
    ('say "hi"', "say hi"),
    ("two  spaces", "two spaces"),
    ("l\u2019accuracy", "l'accuracy"),
    ("R&amp;D", "R&D"),
    ("x\u200fy", "xy"),
    ("lat \u2014p99", "lat --p99"),
    ("nb\u00a0sp", "nb sp"),
    ("\u3000wide\u3000", "wide"),
    ("a\\\\b c", "a\\b c"),
    ("name=x y", "x y"),
    ("n" * 255, "n" * 254),
    ("\u00e9" * 255, "e" * 255),
    ('"' * 5, "'" * 5),
]
"""Names of two alarms that a line which is tidied, cleaned or cut would take for one."""


def named(name: str) -> Alarm:
    """An alarm that calls somebody, and that was made here."""
    return alarm(name, actions=ACT, tags=(("sagewatch:made-by", "sagewatch"),))


def read(stage: Stage, press: Press) -> Alarm:
    """The alarm that a button is about once Slack has brought its value back."""
    made = button(press, Ids())
    assert made is not None, "it is drawn"
    said = Request("1", made["value"], "U1", "T1", "C1", "click").said
    values = REGISTRY.read(said, Reader(stage.ask.now), form=press.does == "form").values
    return meant(str(values.get("alarm") or values["name"]), stage.inventory, stage.ask)


def presses(reply: Reply) -> list[Press]:
    """Every button of an answer but those that only list."""
    items = (item for part in reply.parts if isinstance(part, Actions) for item in part.items)
    return [item for item in items if not isinstance(item, Menu) and item.line != "alarms"]


@pytest.mark.parametrize(("name", "like"), [*ALIKE, *((b, a) for a, b in ALIKE)])
def test_every_button_on_an_alarm_is_about_that_very_alarm(name: str, like: str) -> None:
    """In the list's rows, in the questions before a mute and a deletion, and to end one; whatever else is there."""
    one = replace(named(name), name=name)
    stage = Stage(one, named(like))
    ours = replace(one, name=f"sagewatch-{name}"[:255], arn=f"{one.arn}-2")
    offered = offer(one, (), stage.ask)
    assert isinstance(offered, Press)
    asked = stage.mute(one.arn, reason=f"as {tidy(name)} said")
    done = stage.mute(one.arn, confirm=True)
    assert [m.alarms for m in stage.inventory.mutes()] == [(name,)]
    for press in (offered, *presses(asked), *presses(done)):
        assert read(stage, press) == one
    stage = Stage(ours, one)
    for press in presses(stage.delete(ours.arn)):
        assert read(stage, press) == ours


@pytest.mark.parametrize(("name", "like"), [*ALIKE, *((b, a) for a, b in ALIKE)])
def test_the_form_mutes_the_alarm_that_it_names(name: str, like: str) -> None:
    """Alone by its line, beside others by the option that is chosen."""
    one, other = named(name), named(like)
    alone, both = Stage(one, other), Stage(one, other)
    number = alone.fires(one).number
    made = view(alone.form(number=Number(number)))
    body = {"view": {"id": "V1", "private_metadata": made["private_metadata"]}, "user": {"id": "U1", "team_id": "T1"}}
    values = REGISTRY.read(sent(body).line, Reader(alone.ask.now), extra={"until": "4h"}).values
    assert meant(str(values["name"]), alone.inventory, alone.ask) == one

    form = both.form(number=Number(both.fires(one, other).number))
    (which,) = (f for f in form.fields if isinstance(f, ChoiceField) and f.name == "name")
    assert {meant(value, both.inventory, both.ask).name for _, value in which.options} == {name, like}


@pytest.mark.parametrize("name", [name for pair in ALIKE for name in pair])
def test_how_a_mute_is_ended_can_be_typed_as_it_is_told(name: str) -> None:
    """What Slack's clients change of it is no part of it."""
    one = named(name)
    stage = Stage(one)
    facts = next(p for p in stage.mute(one.arn).parts if isinstance(p, Facts))
    undo = dict(facts.items)["How to undo it"][0]
    assert isinstance(undo, Code)
    line = Request("1", undo.text.removeprefix("/ml "), "U1", "T1", "C1", "command").said
    assert meant(str(REGISTRY.read(line, Reader(stage.ask.now)).values["name"]), stage.inventory, stage.ask) == one


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (r'"say \"hi\""', 'say "hi"'),
        ("\u201csay \\\u201dhi\\\u201d\u201d", 'say "hi"'),
        ("R&amp;D", "R&D"),
        ("R&amp;amp;D", "R&amp;D"),
        ('"two  spaces"', "two  spaces"),
        ("l\u2019accuracy", "l\u2019accuracy"),
        ('"name=x y"', "name=x y"),
    ],
)
def test_a_name_typed_by_hand_is_found_through_what_clients_make_of_it(typed: str, name: str) -> None:
    """Its quotes curly, its blanks one, its entities escaped."""
    one = named(name)
    stage = Stage(one, named("other"))
    line = Request("1", f"alarm mute {typed} 4h", "U1", "T1", "C1", "command").said
    values = REGISTRY.read(line, Reader(stage.ask.now)).values
    assert meant(str(values["name"]), stage.inventory, stage.ask) == one


@pytest.mark.parametrize("reason", ['"\\' * 150, "\u00e9" * 300, "said \u201cso\u201d &amp; left"])
def test_the_longest_reason_has_its_button_and_arrives_whole(reason: str) -> None:
    """On the alarm with the longest name."""
    one = named("n" * 255)
    stage = Stage(one)
    press = presses(stage.mute(one.arn, reason=reason))[0]
    assert press.label == "Mute"
    assert read(stage, press) == one
    assert REGISTRY.read(press.line, Reader(stage.ask.now)).values["reason"] == reason


def test_two_names_that_arrive_as_one_are_asked_back() -> None:
    """Each is then named by what arrives unchanged."""
    for one, other in ((named("two  spaces"), named("two spaces")), (named("x\u200fy"), named("xy"))):
        stage = Stage(one, other)
        with pytest.raises(BadRequest, match=f"{other.name} is an alarm of") as refused:
            stage.mute(other.name, confirm=True)
        said = refused.value.next_step.removeprefix("Say which: ").removesuffix(".")
        assert set(said.split(", ")) == {word_of(one), word_of(other)}
        assert stage.inventory.mutes() == ()
        stage.mute(word_of(one), confirm=True)
        assert [m.alarms for m in stage.inventory.mutes()] == [(one.name,)]


def test_an_alarm_that_is_called_as_another_is_named_takes_nothing_from_it() -> None:
    """Whoever may make an alarm may give it any name."""
    odd = named("odd name")
    thief = named(word_of(odd))
    stage = Stage(odd, thief)
    stage.mute(word_of(odd), confirm=True)
    assert [m.alarms for m in stage.inventory.mutes()] == [("odd name",)]
    assert word_of(thief) == thief.arn
    assert "Mute alarm:" in words(stage.mute(thief.arn))


def test_a_line_that_would_be_sent_changed_is_not_drawn() -> None:
    """Control and direction characters are taken out of what Slack gets: the button would be about something else."""
    assert button(Press("Mute", "alarms " + quoted("x\u200fy")), Ids()) is None
    assert button(Press("Mute", f"alarms {quoted('x y')} "), Ids()) is not None
