"""The form behind *Mute in CloudWatch…* for an incident of many alarms: each can be chosen, what cannot is counted."""

from dataclasses import replace

import pytest

from bot.model.alarm import Alarm, Mute
from bot.model.reply import ChoiceField, Form, Reply
from bot.parse import Number
from bot.ports import Sweep
from bot.render import view
from commands._alarm_meant import meant
from commands.alarm_mute_form import CUT
from sandbox.fakes import at
from sandbox.fakes_alarm import HUB, REGION, alarm
from sandbox.fakes_alarm_acts import Stage, notes

ACT = (f"arn:aws:sns:{REGION}:{HUB}:pager",)
SCALES = f"arn:aws:autoscaling:{REGION}:{HUB}:scalingPolicy:1:resource/endpoint/bank:policyName/bank-scales"


def opened(*alarms: Alarm, muted: int = 0) -> tuple[Stage, Form]:
    """The form of an incident of these; the first so many are muted by a rule of somebody's."""
    stage = Stage(*alarms)
    rules = tuple(
        Mute(f"arn:{n}", f"rule-{n}", HUB, REGION, (one.name,), at(9), at(20), active=True)
        for n, one in enumerate(alarms[:muted])
    )
    stage.inventory.keep_mutes([Sweep(HUB, REGION, rules)], at(9))
    return stage, stage.form(number=Number(stage.fires(*alarms).number))


def choices(form: Form) -> tuple[tuple[str, str], ...]:
    """What can be chosen: label and value."""
    return next((f.options for f in form.fields if isinstance(f, ChoiceField) and f.name == "name"), ())


def said(form: Form) -> list[str]:
    """Its small print."""
    return notes(Reply(("x",), form.intro))


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ([f"m{n:02d}" for n in range(25)], 25),
        ([*("bank-" + c * 150 for c in "abc"), "short"], 4),
        ([f"{n:03d}" for n in range(100)], 100),
        ([f"{n:03d}" for n in range(130)], 100),
        (["n" * 250 + f"{n:03d}" for n in range(60)], 34),
        (["<" * 250 + f"{n:03d}" for n in range(60)], 7),
    ],
)
def test_each_alarm_can_be_chosen_and_what_has_no_room_is_counted(names: list[str], chosen: int) -> None:
    """The newest ones, each listed with what its mute silences; the rest by line, which is said."""
    stage, form = opened(*(alarm(name, actions=ACT) for name in names), muted=20)
    options = choices(form)
    assert [meant(value, stage.inventory, stage.ask).name for _, value in options] == names[-chosen:]
    assert len({label[:75] for label, _ in options}) == chosen, "no two look alike"
    left = len(names) - chosen
    counted = f"{left} more alarms of this incident cannot be chosen here. {CUT}"
    assert [note for note in said(form) if "cannot be chosen here" in note] == ([counted] if left else [])
    shown = str(view(form)["blocks"])
    assert "Cut to fit" not in shown
    assert all(label.replace("<", "&lt;") in shown for label, _ in options)


def test_what_scales_takes_no_room_from_what_can_be_muted() -> None:
    """It is named where there is room; the one that is left needs no choice."""
    scaling = [alarm(f"scales-{n}", actions=(*ACT, SCALES.replace("bank-scales", f"p{n}"))) for n in range(110)]
    stage, form = opened(alarm("free", actions=ACT), *scaling)
    assert choices(form) == ()
    assert form.line == f"alarm mute {stage.inventory.alarms()[0].arn} confirm=yes"
    assert "not muted, since it scales a model" in str(form.intro)
    assert not [note for note in said(form) if "cannot be chosen" in note]


@pytest.mark.parametrize("name", ["two  spaces", "x\u200fy", "n" * 76, "l\u2019accuracy"])
def test_names_that_could_look_alike_have_numbers(name: str) -> None:
    """In the list and in the choice."""
    _, form = opened(alarm("theirs", actions=ACT), alarm(name, actions=ACT))
    assert [label for label, _ in choices(form)] == ["1. theirs", f"2. {name}"]
    assert "Bold(text='1. theirs'), ', ', Bold(text='2. " in str(form.intro)
    _, clear = opened(alarm("theirs", actions=ACT), alarm("other", actions=()))
    assert [label for label, _ in choices(clear)] == ["theirs", "other"]


def test_those_that_are_muted_already_are_told_the_rest_counted() -> None:
    """By the rules' names; never more than there is room for."""
    _, form = opened(*(alarm(f"m{n:02d}", actions=ACT) for n in range(12)), muted=12)
    assert sum("is muted already, by the rule" in note for note in said(form)) == 8
    assert "4 more of them are muted already." in said(form)


def test_one_of_several_accounts_is_told_apart_from_its_namesake() -> None:
    """The same name in two accounts."""
    one = alarm("theirs", actions=ACT)
    twin = replace(one, arn=one.arn.replace(HUB, "222222222222"), account_id="222222222222")
    stage, form = opened(one, twin)
    assert [label for label, _ in choices(form)] == ["1. theirs", "2. theirs"]
    assert [meant(value, stage.inventory, stage.ask).arn for _, value in choices(form)] == [one.arn, twin.arn]
