"""What operators do with alarms: muted, heard again, deleted, each after a question."""

from dataclasses import replace
from typing import Any

import pytest

from bot.errors import BadRequest, Conflict, NotAllowed
from bot.model.account import Account, Scope
from bot.model.alarm import Alarm, Mute
from bot.model.person import Person
from bot.model.reply import Reply
from bot.ports import Ask, Sweep
from commands.alarm_delete import delete
from commands.alarm_mute import mute
from commands.alarm_unmute import unmute
from sandbox.fakes import at
from sandbox.fakes_alarm import HUB, OWNER, REGION, alarm
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_glance import drawn, lines
from sandbox.fakes_inbox import FakeAlarmOperations, FakeAlarms, Sky

PROD = Account(OWNER, "ml-production", (REGION,))
OURS = alarm("sagewatch-bank", tags=(("sagewatch:made-by", "sagewatch"),))
THEIRS = alarm("theirs")
POLICY = f"arn:aws:autoscaling:{REGION}:{OWNER}:scalingPolicy:1:resource/endpoint/bank:policyName/bank-scales"


class Stage:
    """Production's operator, and alarms on production's metrics in the observability account."""

    def __init__(self, *held: Alarm) -> None:
        self.sky, self.inventory = Sky(), FakeInventory()
        self.sky.hold(*held)
        self.inventory.keep_alarms([Sweep(HUB, REGION, held)], at(9))
        self.ask = Ask(Person("U1", "T1", "Ana"), at(10), Scope((PROD,)), 0.0)
        self.operations, self.port = FakeAlarmOperations(self.sky, self.ask), FakeAlarms(self.sky, self.ask)

    def mute(self, name: str, hours: float = 4, **more: Any) -> Reply:
        """`/ml alarm mute name`."""
        return drawn(mute(self.operations, self.inventory, self.ask, name=name, until=at(10 + hours), **more))

    def unmute(self, name: str) -> Reply:
        """`/ml alarm unmute name`."""
        return drawn(unmute(self.operations, self.port, self.inventory, self.ask, name=name))

    def delete(self, name: str, **more: Any) -> Reply:
        """`/ml alarm delete name`."""
        return drawn(delete(self.operations, self.inventory, self.ask, name=name, **more))


def words(reply: Reply) -> str:
    """The point as text."""
    return "".join(part if isinstance(part, str) else "…" for part in reply.text)


@pytest.fixture
def stage() -> Stage:
    """Each test's own."""
    return Stage(OURS, THEIRS)


def test_a_mute_says_what_it_silences_before_anything_is_done(stage: Stage) -> None:
    """The button carries that very alarm, the end and the reason."""
    asked = stage.mute("theirs", reason="we deploy")
    assert (
        words(asked)
        == "Mute theirs until …? It silences for everybody: SNS topic ml-alarms and all who subscribe to it."
    )
    assert lines(asked)[0] == f'alarm mute {THEIRS.arn} until=14400s reason="we deploy" confirm=yes'
    assert stage.sky.mutes == []
    done = stage.mute(THEIRS.arn, reason="we deploy", confirm=True)
    assert words(done) == "theirs is muted from … until …."
    assert [m.alarms for m in stage.inventory.mutes()] == [("theirs",)]
    silent = Stage(replace(THEIRS, actions=()))
    assert "no action: nothing but Sagewatch tells of it" in words(silent.mute("theirs"))


def test_what_scales_a_model_is_not_muted() -> None:
    """The way out is named."""
    stage = Stage(replace(THEIRS, actions=(*THEIRS.actions, POLICY)))
    with pytest.raises(NotAllowed, match="theirs scales a model: Auto Scaling policy bank-scales") as refused:
        stage.mute("theirs", confirm=True)
    assert "snooze" in refused.value.next_step
    assert stage.sky.mutes == []


def test_nobody_is_muted_for_longer_than_cloudwatch_allows(stage: Stage) -> None:
    """Rather than for less than was said."""
    with pytest.raises(BadRequest, match="fifteen days at most") as refused:
        stage.mute("theirs", hours=15 * 24 + 1, confirm=True)
    assert refused.value.field == "until"


def test_a_mute_made_here_is_ended_and_others_stay(stage: Stage) -> None:
    """Whoever wants those ended is told their names."""
    stage.mute("theirs", confirm=True)
    nightly = Mute("arn:n", "nightly", HUB, REGION, ("theirs",), None, None, active=True)
    stage.sky.mutes.append(nightly)
    assert words(stage.unmute("theirs")) == "theirs is heard again."
    assert stage.sky.mutes == [nightly]
    with pytest.raises(Conflict, match="theirs has no mute that was made here; nightly was made elsewhere"):
        stage.unmute("theirs")
    with pytest.raises(Conflict, match="sagewatch-bank has no mute that was made here"):
        stage.unmute("sagewatch-bank")


def test_only_an_alarm_made_here_is_deleted_and_only_when_confirmed(stage: Stage) -> None:
    """By its tag."""
    with pytest.raises(NotAllowed, match="theirs was not made by Sagewatch"):
        stage.delete("theirs", confirm=True)
    asked = stage.delete("sagewatch-bank")
    assert lines(asked)[0] == f"alarm delete {OURS.arn} confirm=yes"
    assert OURS.arn in stage.sky.alarms
    assert words(stage.delete("sagewatch-bank", confirm=True)) == "sagewatch-bank is deleted."
    assert OURS.arn not in stage.sky.alarms


def test_a_name_that_is_not_clear_is_asked_back() -> None:
    """Unknown with the nearest; in two places with both; one about another account is not there."""
    twin = replace(THEIRS, arn=THEIRS.arn.replace(HUB, OWNER), account_id=OWNER)
    stage = Stage(THEIRS, twin, replace(alarm("others", watched=())))
    with pytest.raises(BadRequest, match="no alarm is called their; did you mean theirs"):
        stage.mute("their")
    with pytest.raises(BadRequest, match=f"theirs is an alarm of {HUB} in {REGION}, {OWNER} in {REGION}; give its ARN"):
        stage.mute("theirs")
    with pytest.raises(BadRequest, match="no alarm is called others"):
        stage.mute("others")
    assert "Mute theirs" in words(stage.mute(twin.arn))
