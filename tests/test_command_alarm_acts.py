"""What operators do with alarms: muted, heard again, deleted, each after a question."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import commands
from bot.errors import BadRequest, Conflict, NotAllowed, StoreDown, Unkept
from bot.logic.cards import card
from bot.logic.lifecycle import fold
from bot.model.account import Scope
from bot.model.alarm import Mute
from bot.model.reply import Actions, ChoiceField, Facts, Menu, Press, Reply, Time
from bot.parse import Number, Reader
from bot.ports import Sweep
from bot.registry import discover
from commands._alarm_meant import offer
from sandbox.fakes import FakeIncidents, at, down
from sandbox.fakes_alarm import HUB, OWNER, REGION, alarm
from sandbox.fakes_alarm_acts import Stage, notes, words
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_glance import lines

OURS = alarm("sagewatch-bank", tags=(("sagewatch:made-by", "sagewatch"),))
THEIRS = alarm("theirs")
POLICY = f"arn:aws:autoscaling:{REGION}:{OWNER}:scalingPolicy:1:resource/endpoint/bank:policyName/bank-scales"


def told(reply: Reply) -> dict[str, str]:
    """Its facts as text, by label."""
    found = next(p for p in reply.parts if isinstance(p, Facts))
    return {label: "".join(map(str, text)) for label, text in found.items}


def menu(reply: Reply) -> list[str]:
    """The lines of the menu beside its buttons."""
    items = (i for p in reply.parts if isinstance(p, Actions) for i in p.items)
    return [press.line for item in items if isinstance(item, Menu) for press in item.items]


@pytest.fixture
def stage() -> Stage:
    """Each test's own."""
    return Stage(OURS, THEIRS)


def test_a_mute_says_what_it_silences_before_anything_is_done(stage: Stage) -> None:
    """For whom, from when until when, why, and how it is undone; the button carries that very alarm, end and reason."""
    asked = stage.mute("theirs", reason="we deploy")
    assert words(asked) == "Mute theirs in CloudWatch until …?"
    facts = told(asked)
    assert facts["Alarm"] == f"theirs, {HUB}, {REGION}"
    assert facts["What is silenced"] == "SNS topic ml-alarms and all who subscribe to it"
    assert facts["For whom"] == "everybody, not you alone. Sagewatch still judges the alarm and tells of it here."
    assert facts["From"] == "the next full minute after you press Mute"
    assert facts["Until"] == str(Time(at(14)))
    assert facts["Why"] == "we deploy"
    assert "/ml alarm unmute theirs" in facts["How to undo it"]
    end = f"{at(14):%Y-%m-%dT%H:%MZ}"
    assert lines(asked)[0] == f'alarm mute {THEIRS.arn} until={end} reason="we deploy" confirm=yes'
    assert stage.sky.mutes == []
    done = stage.mute(THEIRS.arn, reason="we deploy", confirm=True)
    assert words(done) == "theirs is muted from … until …."
    assert [m.alarms for m in stage.inventory.mutes()] == [("theirs",)]


def test_a_mute_that_silences_nothing_says_so() -> None:
    """The alarm has no action, or they are switched off; and nobody said why."""
    facts = told(Stage(replace(THEIRS, actions=())).mute("theirs"))
    assert facts["What is silenced"].startswith("nothing, since this alarm has no action in CloudWatch")
    assert facts["For whom"].startswith("nobody.")
    assert facts["Why"] == "no reason was given"
    off = told(Stage(replace(THEIRS, actions_enabled=False)).mute("theirs"))
    assert off["What is silenced"].endswith("(switched off as it is)")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("2026-11-28T14:30Z", datetime(2026, 11, 28, 14, 30, tzinfo=UTC)),
        ("2026-11-28T11:59Z", "is past"),
        ("2026-13-28T11:59Z", "is no time"),
        ("2026-12-28T11:59Z", "fifteen days at most"),
    ],
)
def test_the_end_that_was_shown_is_the_end_however_late_the_button_is_pressed(word: str, said: object) -> None:
    """A moment, as the question's button says it; one that is past mutes nothing."""
    read, reader = discover(commands).read, Reader(datetime(2026, 11, 28, 12, tzinfo=UTC))
    if isinstance(said, datetime):
        assert read(f"alarm mute x {word}", reader).values["until"] == said
        return
    with pytest.raises(BadRequest, match=str(said)) as refused:
        read(f"alarm mute x {word}", reader)
    assert refused.value.field == "until"


def test_what_scales_a_model_is_not_muted() -> None:
    """The way out is named."""
    stage = Stage(replace(THEIRS, actions=(*THEIRS.actions, f"{POLICY}:createdBy/1839e71e")))
    with pytest.raises(NotAllowed, match=r"theirs scales a model: Auto Scaling policy bank-scales$") as refused:
        stage.mute("theirs", confirm=True)
    assert "snooze" in refused.value.next_step
    assert stage.sky.mutes == []


@pytest.mark.parametrize(
    ("fields", "field", "cause"),
    [
        ("until=16d", "until", "fifteen days at most"),
        ("until=4h day=2027-01-31", "day", "fifteen days at most"),
        ("until=4h day=soon", "day", "no day"),
        ("until=soon", "until", "no duration and no day"),
        ("until=4h confirm=maybe", "confirm", "does not confirm"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(fields: str, field: str, cause: str) -> None:
    """Before the form closes: nobody is muted for less than was said either."""
    extra = dict(part.split("=") for part in fields.split())
    with pytest.raises(BadRequest, match=cause) as refused:
        discover(commands).read("alarm mute x", Reader(datetime(2026, 11, 28, 12, tzinfo=UTC)), extra=extra)
    assert refused.value.field == field


def test_far_too_long_is_told_with_what_cloudwatch_takes() -> None:
    """Not with what any duration may be: that would be refused next."""
    with pytest.raises(BadRequest, match="900d is out of range") as refused:
        discover(commands).read("alarm mute x 900d", Reader(datetime(2026, 11, 28, 12, tzinfo=UTC)))
    assert "fifteen days at most" in refused.value.next_step


def test_a_mute_made_here_is_ended_and_others_stay(stage: Stage) -> None:
    """Whoever wants those ended is told their names."""
    stage.mute("theirs", confirm=True)
    nightly = Mute("arn:n", "nightly", HUB, REGION, ("theirs",), None, None, active=True)
    stage.sky.mutes.append(nightly)
    still = "What muted theirs here is ended; it stays muted by nightly, made elsewhere."
    assert words(stage.unmute("theirs")) == still
    assert stage.sky.mutes == [nightly]
    with pytest.raises(Conflict, match="theirs has no mute that was made here; nightly was made elsewhere"):
        stage.unmute("theirs")
    with pytest.raises(Conflict, match="sagewatch-bank has no mute that was made here"):
        stage.unmute("sagewatch-bank")


def test_a_mute_that_ends_no_later_than_anothers_changes_nothing(stage: Stage) -> None:
    """Whose it is and why is told, before the question too; a later end prolongs it, and one's own is moved."""
    ben = Mute(
        "arn:ben", "sagewatch-U2-alarm-1", HUB, REGION, ("theirs",), at(10), at(14), active=True, description="by Ben"
    )
    stage.inventory.keep_mutes([Sweep(HUB, REGION, (ben,))], at(9))
    for sure in (True, False):
        with pytest.raises(Conflict, match="theirs is muted for 4 h already: by Ben"):
            stage.mute("theirs", confirm=sure)
    assert stage.sky.mutes == []
    assert words(stage.mute("theirs", hours=5, confirm=True)) == "theirs is muted from … until …."
    mine = replace(ben, name="sagewatch-U1-alarm-1")
    stage.inventory.keep_mutes([Sweep(HUB, REGION, (mine,))], at(9))
    stage.mute("theirs", hours=1)


def test_of_two_mutes_made_at_once_the_card_tells_the_longer(stage: Stage) -> None:
    """The later of the two says that it stays muted, and by whom."""
    stage.fires(THEIRS)
    ben = Mute("arn:ben", "sagewatch-U2-alarm-1", HUB, REGION, ("theirs",), at(10), at(16), active=True)
    made = stage.operations.mute

    def meanwhile(*about: Any, **more: Any) -> Mute:
        stage.inventory.keep_mutes([Sweep(HUB, REGION, (ben,), whole=False)], at(10))
        return made(*about, **more)

    stage.operations.mute = meanwhile  # type: ignore[method-assign]
    assert notes(stage.mute("theirs", confirm=True)) == ["It stays muted for 6 h: sagewatch-U2-alarm-1"]
    assert stage.incident().state.mutes == ()


def test_the_card_says_who_muted_an_alarm_and_until_when(stage: Stage) -> None:
    """Wherever it was muted from; and offers to end it. CloudWatch's rule names the incident."""
    number = stage.fires(THEIRS).number
    stage.mute("theirs", reason="we deploy", confirm=True)
    (mine,) = stage.incident().state.mutes
    assert (mine.alarm, mine.person_id, mine.until, mine.reason) == (THEIRS.arn, "U1", at(14), "we deploy")
    assert [m.arn for m in stage.sky.mutes] == [f"arn:{number}:theirs"]
    reply = card(stage.incident(), stage.ask.now, {})
    assert "theirs is muted in CloudWatch by @U1 until …: we deploy" in notes(reply)
    assert f"alarm unmute #{number}" in menu(reply)
    assert f"mute-with {number}" not in menu(reply), "it has no other alarm"

    stage.unmute(f"#{number}")
    assert stage.incident().state.mutes == ()
    assert f"mute-with {number}" in menu(card(stage.incident(), stage.ask.now, {}))
    with pytest.raises(Conflict, match="no alarm that is muted"):
        stage.unmute(f"#{number}")


def test_a_mute_that_somebody_ended_elsewhere_leaves_the_card_too(stage: Stage) -> None:
    """The rule is gone already."""
    number = stage.fires(THEIRS).number
    stage.mute("theirs", confirm=True)
    stage.sky.mutes[:] = [Mute("arn:n", "nightly", HUB, REGION, ("others",), None, None, active=True)]
    assert words(stage.unmute(f"#{number}")) == "theirs is heard again."
    assert stage.incident().state.mutes == ()


def test_an_alarm_that_was_deleted_meanwhile_keeps_no_other_muted(stage: Stage) -> None:
    """It is skipped and named; where none is left, nothing is changed and that is told."""
    number = stage.fires(OURS, THEIRS).number
    for one in (OURS, THEIRS):
        stage.mute(one.arn, confirm=True)
    del stage.sky.alarms[OURS.arn]
    stage.inventory.keep_alarms([Sweep(HUB, REGION, (THEIRS,))], at(10))
    said = stage.unmute(f"#{number}")
    assert words(said) == "theirs is heard again."
    assert notes(said) == ["sagewatch-bank is deleted: what muted it in CloudWatch lasts until …."]
    assert [m.alarms for m in stage.sky.mutes] == [("sagewatch-bank",)]
    assert [m.alarm for m in stage.incident().state.mutes] == [OURS.arn]
    with pytest.raises(Conflict, match="no alarm that is muted and is still there: sagewatch-bank is deleted"):
        stage.unmute(f"#{number}")


def test_a_mute_that_cannot_be_ended_keeps_no_other(stage: Stage) -> None:
    """It is told with the reason; where none can be ended that is the answer."""
    number = stage.fires(OURS, THEIRS).number
    for one in (OURS, THEIRS):
        stage.mute(one.arn, confirm=True)
    ends = stage.operations.unmute

    def refused(rule: Mute) -> None:
        if rule.alarms == (OURS.name,):
            raise NotAllowed("Your role does not cover the account 1.", "Ask an admin.")
        ends(rule)

    stage.operations.unmute = refused  # type: ignore[method-assign]
    said = stage.unmute(f"#{number}")
    assert words(said) == "theirs is heard again."
    assert notes(said) == ["sagewatch-bank stays muted: Your role does not cover the account 1. Ask an admin."]
    assert [m.alarm for m in stage.incident().state.mutes] == [OURS.arn]
    with pytest.raises(NotAllowed, match="does not cover"):
        stage.unmute(f"#{number}")


def test_a_mute_holds_though_the_card_cannot_tell_of_it(stage: Stage) -> None:
    """CloudWatch has it: the answer says that, and what lacks."""
    stage.fires(THEIRS)
    stage.incidents.change = Broken(stage.incidents).change
    done = stage.mute("theirs", confirm=True)
    assert words(done) == "theirs is muted from … until …."
    assert "may not tell of it: the database did not take that." in str(done.parts)
    assert [m.alarms for m in stage.inventory.mutes()] == [("theirs",)]


def test_before_anything_was_listed_nobody_is_told_that_there_is_no_such_alarm(stage: Stage) -> None:
    """It is not known yet: what to do is said."""
    stage.inventory = FakeInventory()
    with pytest.raises(BadRequest, match="no account's alarms were listed yet") as said:
        stage.mute("theirs")
    assert "refresh=yes" in said.value.next_step


def test_what_cloudwatch_did_is_told_though_the_store_fails(stage: Stage) -> None:
    """Nobody is told that nothing was changed: muted, heard again, deleted, each with what comes next."""
    keep_mutes, stage.inventory.keep_mutes = stage.inventory.keep_mutes, down
    with pytest.raises(Unkept, match=r"theirs is muted, but the database did not take that\.") as said:
        stage.mute("theirs", confirm=True)
    assert said.value.next_step == "The next poll brings it here."
    assert [m.alarms for m in stage.sky.mutes] == [("theirs",)]
    keep_mutes([Sweep(HUB, REGION, tuple(stage.sky.mutes))], at(10))
    stage.inventory.keep_mutes = fails_after(1, keep_mutes)
    with pytest.raises(Unkept, match="What muted theirs here is ended, but"):
        stage.unmute("theirs")
    assert not stage.sky.mutes
    stage.inventory.keep_alarms = down
    with pytest.raises(Unkept, match="sagewatch-bank is deleted, but"):
        stage.delete("sagewatch-bank", confirm=True)
    assert [a.name for a in stage.sky.alarms.values()] == ["theirs"]


def fails_after(calls: int, keep: Any) -> Any:
    """The same until so many calls were made."""
    left = [keep] * calls

    def kept(*args: Any) -> None:
        (left.pop() if left else down)(*args)

    return kept


class Broken(FakeIncidents):
    """Stores nothing."""

    def __init__(self, _: FakeIncidents) -> None:
        super().__init__(fold)

    def change(self, *_: Any, **__: Any) -> None:
        """Raises StoreDown."""
        raise StoreDown("the database does not answer")


def test_the_form_lists_every_action_that_a_mute_would_silence(stage: Stage) -> None:
    """One alarm is meant, of several one is chosen; one that scales is named and not offered."""
    number = stage.fires(THEIRS).number
    form = stage.form(number=Number(number))
    assert form.line == f"alarm mute {THEIRS.arn} confirm=yes"
    assert "(Bold(text='theirs'), ': ', 'SNS topic ml-alarms and all who subscribe to it')" in str(form.intro)
    assert [f.name for f in form.fields] == ["until", "day", "reason"]

    scales = replace(alarm("scales"), actions=(*THEIRS.actions, POLICY))
    stage = Stage(OURS, replace(THEIRS, actions=()), scales)
    stage.fires(OURS, THEIRS, scales)
    form = stage.form(number=Number(stage.incident().number))
    (which,) = (f for f in form.fields if isinstance(f, ChoiceField) and f.name == "name")
    assert dict(which.options) == {"sagewatch-bank": OURS.arn, "theirs": THEIRS.arn}
    assert "not muted, since it scales a model: Auto Scaling policy bank-scales" in str(form.intro)
    assert "nothing, since this alarm has no action in CloudWatch" in str(form.intro)


def test_the_form_is_refused_where_nothing_can_be_muted(stage: Stage) -> None:
    """Of an alarm that scales; of an incident whose alarms are gone; of others' accounts; of a number that is none."""
    scales = replace(alarm("scales"), actions=(*THEIRS.actions, POLICY))
    only = Stage(scales)
    only.fires(scales)
    for about in ({"number": Number(only.incident().number)}, {"alarm": scales.arn}):
        with pytest.raises(NotAllowed, match="scales scales a model"):
            only.form(**about)
    number = stage.fires(alarm("gone")).number
    with pytest.raises(Conflict, match="has no alarm that could be muted"):
        stage.form(number=Number(number))
    with pytest.raises(BadRequest, match="no alarm is called nothing"):
        stage.form(alarm="nothing")
    with pytest.raises(BadRequest, match="99"):
        stage.form(number=Number(99))
    stage.ask = replace(stage.ask, scope=Scope(()))
    with pytest.raises(NotAllowed, match="does not cover"):
        stage.form(number=Number(number))


def test_an_alarm_that_is_muted_already_says_until_when(stage: Stage) -> None:
    """Whoever did it; the list's button opens the same form."""
    nightly = Mute("arn:n", "nightly", HUB, REGION, ("theirs",), at(9), at(12), active=True)
    stage.inventory.keep_mutes([Sweep(HUB, REGION, (nightly,))], at(9))
    assert "theirs is muted already, by the rule nightly" in str(stage.form(alarm=THEIRS.arn).intro)
    offered = offer(THEIRS, (nightly,), stage.ask)
    assert isinstance(offered, Press)
    assert (offered.line, offered.does) == (f"mute-with alarm={THEIRS.arn}", "form")
    ours = offer(THEIRS, (replace(nightly, name="sagewatch-U1-alarm-1"),), stage.ask)
    assert isinstance(ours, Press)
    assert ours.line == f"alarm unmute {THEIRS.arn}"
    nobody = replace(stage.ask, may=lambda *_: False)
    assert offer(THEIRS, (), nobody) == offer(replace(THEIRS, actions=(POLICY,)), (), stage.ask) == ""


def test_only_an_alarm_made_here_is_deleted_and_only_when_confirmed(stage: Stage) -> None:
    """By its tag and its name: a tag alone anybody can set, and nothing is asked that would be refused."""
    with pytest.raises(NotAllowed, match="theirs was not made by Sagewatch"):
        stage.delete("theirs", confirm=True)
    forged = replace(THEIRS, tags=OURS.tags)
    stage.inventory.keep_alarms([Sweep(HUB, REGION, (OURS, forged))], at(9))
    with pytest.raises(NotAllowed, match="theirs was not made by Sagewatch"):
        stage.delete("theirs")
    asked = stage.delete("sagewatch-bank")
    assert lines(asked)[0] == f"alarm delete {OURS.arn} confirm=yes"
    assert OURS.arn in stage.sky.alarms
    assert words(stage.delete("sagewatch-bank", confirm=True)) == "sagewatch-bank is deleted."
    assert OURS.arn not in stage.sky.alarms
    assert OURS.name not in {a.name for a in stage.inventory.alarms()}, "it is not named again within the minute"


def test_a_name_that_is_not_clear_is_asked_back() -> None:
    """Unknown with the nearest; in two places with both; one about another account is not there."""
    twin = replace(THEIRS, arn=THEIRS.arn.replace(HUB, OWNER), account_id=OWNER)
    stage = Stage(THEIRS, twin, replace(alarm("others", watched=())))
    with pytest.raises(BadRequest, match="no alarm is called their; did you mean theirs"):
        stage.mute("their")
    with pytest.raises(BadRequest, match=f"theirs is an alarm of {HUB} in {REGION}, {OWNER} in {REGION}$") as refused:
        stage.mute("theirs")
    assert refused.value.next_step == f"Say which: {THEIRS.arn}, {twin.arn}."
    with pytest.raises(BadRequest, match="no alarm is called others"):
        stage.mute("others")
    assert "Mute theirs" in words(stage.mute(twin.arn))
