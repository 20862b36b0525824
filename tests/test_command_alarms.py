"""`/ml alarms` over two accounts: what fires first, what is held back, what is doubtful, what nobody is told of."""

import time
from dataclasses import replace
from typing import Any

import pytest

import commands
from bot.alerts.placing import Placing
from bot.errors import AccessDenied, BadRequest
from bot.logic.words import UNKNOWN
from bot.model.account import Account, Scope
from bot.model.alarm import Alarm, AlarmState, Mute, Suppressed
from bot.model.metric import Limit
from bot.model.observation import Row
from bot.model.person import Person
from bot.model.reply import Bold, Note, Paragraph, Reply
from bot.parse import Reader
from bot.ports import Ask, Found, Sweep
from bot.registry import discover
from commands._alarm_doubts import UNCOMPARED
from commands._alarm_words import NONE
from commands.alarms import alarms, alarms_now
from sandbox.fakes import FakeRoutes, at
from sandbox.fakes_alarm import HUB, NOTHING, OWNER, REGION, SCHEDULE, alarm, schedule
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_glance import columns, drawn, lines, small_print
from sandbox.fakes_inbox import FakeAlarms, Sky

HUB_ACCOUNT, PROD = Account(HUB, "ml-observability", (REGION,), own=True), Account(OWNER, "ml-production", (REGION,))


def own(found: Alarm) -> Alarm:
    """The same in production itself."""
    return replace(found, account_id=OWNER, arn=found.arn.replace(HUB, OWNER))


LOW = alarm("bank-accuracy", hour=3, tags=(("sagewatch:made-by", "sagewatch"),))
MISSING = own(alarm("article", hour=4, period_s=600, missing="breaching", reason=NOTHING))
FINE = own(alarm("fine", hour=1, state=AlarmState.OK))
BLIND = own(alarm("blind", hour=2, state=AlarmState.INSUFFICIENT_DATA))
SCALING = own(alarm("TargetTracking-endpoint/bank-AlarmLow", hour=0))
FOREIGN = alarm("queue", hour=0, watched=())
EACH = (FINE, LOW, SCALING, MISSING, FOREIGN, BLIND)
TONIGHT = Mute("arn:m", "tonight", HUB, REGION, ("bank-accuracy",), at(9), at(12), active=False)


class Limits:
    """`Baselines` of one monitor."""

    def limits(self, schedules: list[Any]) -> Found[Limit]:
        """What its baseline holds accuracy to."""
        row = Row("accuracy", "LessThanThreshold")
        return Found(tuple(Limit(s.monitor, row, 0.91) for s in schedules), (), 1, 0.1)


class Stage:
    """Ten hours into the day, last listed half an hour before."""

    def __init__(self) -> None:
        self.inventory = FakeInventory()
        self.inventory.remember((HUB_ACCOUNT, PROD), at(9))
        self.inventory.keep_schedules([Sweep(OWNER, REGION, (schedule(),))], at(9))
        for account_id in (HUB, OWNER):
            mine = tuple(a for a in EACH if a.account_id == account_id)
            self.inventory.keep_alarms([Sweep(account_id, REGION, mine)], at(9.5))
        self.inventory.keep_mutes([Sweep(HUB, REGION, (TONIGHT,))], at(9.5))
        self.surroundings = Placing(self.inventory, FakeRoutes())
        self.sky = Sky()
        self.sky.hold(*EACH)

    def ask(self, *accounts: Account) -> Ask:
        """Ana's, about these or both."""
        return Ask(Person("U1", "T1", "Ana"), at(10), Scope(accounts or (HUB_ACCOUNT, PROD)), time.monotonic() + 9)

    def alarms(self, text: str = "", *, ask: Ask | None = None) -> Reply:
        """`/ml alarms text`."""
        return drawn(alarms(self.inventory, self.surroundings, ask or self.ask(), text=text))

    def live(self, text: str = "") -> Reply:
        """With `refresh=yes`."""
        ask = self.ask()
        port: Any = FakeAlarms(self.sky, ask)
        return drawn(alarms_now(port, Limits(), self.inventory, self.surroundings, ask, text=text))


@pytest.fixture
def stage() -> Stage:
    """Each test's own."""
    return Stage()


def test_what_fires_is_first_with_what_it_saw_and_since_when(stage: Stage) -> None:
    """A central alarm is its metric's account's, whose label stands beside it."""
    reply = stage.alarms()
    assert reply.text == ("4 alarms, 2 in ALARM",)
    told = columns(reply)
    assert told["Alarm"] == ["article", "bank-accuracy", "blind", "fine"]
    assert told["State"] == ["ALARM, on missing data", "ALARM", "INSUFFICIENT DATA", "OK"]
    assert told["Account"] == ["ml-production"] * 4
    assert told["Since"] == ["13:00", "12:00", "11:00", "10:00"]
    assert told["Seen"] == [UNKNOWN, "0.7521", UNKNOWN, "0.9104"]
    assert told["Limit"][1] == "at least 0.8734"
    assert told["Made by"] == ["", "Sagewatch", "", ""]
    assert small_print(reply).startswith("As of  18:30")


def test_what_holds_an_alarm_back_and_what_is_doubtful_stand_beside_it(stage: Stage) -> None:
    """Whoever made the rule."""
    told = columns(stage.alarms())
    assert told["Muted"] == ["", "until 21:00", "", ""]
    assert told["Doubtful"][0].startswith("It counts missing data as breaching, and the metric comes hourly (and")
    nightly = replace(TONIGHT, name="nightly", start=None, end=None, active=True)
    stage.inventory.keep_mutes([Sweep(HUB, REGION, (nightly,))], at(9.6))
    assert columns(stage.alarms())["Muted"][1] == "by the rule nightly"


def test_a_mute_that_was_made_just_now_shows_before_it_begins(stage: Stage) -> None:
    """With the next minute: until then it would be made a second time. One in force stands before it."""
    soon = replace(TONIGHT, name="sagewatch-U1-alarm-1", start=at(11), end=at(13))
    stage.inventory.keep_mutes([Sweep(HUB, REGION, (soon,))], at(9.6))
    told = columns(stage.alarms())
    assert told["Muted"][1] == "from 20:00 until 22:00"
    assert told["Act"][1] == "[Unmute]"
    stage.inventory.keep_mutes([Sweep(HUB, REGION, (soon, TONIGHT))], at(9.6))
    assert columns(stage.alarms())["Muted"][1] == "until 21:00"


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("Alarm", "by the alarm deploying"),
        ("ExtensionPeriod", "for a while after the alarm deploying"),
        ("WaitPeriod", "waits for the alarm deploying"),
        ("", ""),
    ],
)
def test_what_suppresses_a_composite_alarm_is_named(stage: Stage, by: Suppressed, said: str) -> None:
    """As CloudWatch says that its actions are held back."""
    held = replace(own(LOW), kind="composite", suppressor="deploying", suppressed_by=by)
    stage.inventory.keep_alarms([Sweep(OWNER, REGION, (held,))], at(9.6))
    assert columns(stage.alarms("bank-accuracy"))["Muted"][-1] == said


def test_what_nobody_is_told_of_is_counted_and_listed_when_asked_for(stage: Stage) -> None:
    """Auto Scaling's own alarms, and those of other things."""
    notes = [p.text[0] for p in stage.alarms().parts if isinstance(p, Note)]
    assert notes[1:] == [
        "Nobody is told of 1 made by Auto Scaling and 1 watching nothing of models. /ml alarms all lists them."
    ]
    everything = stage.alarms("all")
    assert everything.text == ("6 alarms, 4 in ALARM",)
    assert {"queue", SCALING.name} <= set(columns(everything)["Alarm"])
    assert not any(line.endswith(" all") for line in lines(everything)[1:])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alarm", ["article", "bank-accuracy"]),
        ("ok", ["fine"]),
        ("insufficient data", ["blind"]),
        ("ACCURACY bank-acc", ["bank-accuracy"]),
        ("bank-marketing", ["article", "bank-accuracy", "blind", "fine"]),
        ("production blind", ["blind"]),
        ("all queue", ["queue"]),
    ],
)
def test_words_narrow_by_name_service_metric_account_and_state(stage: Stage, text: str, found: list[str]) -> None:
    """Every word must fit."""
    assert columns(stage.alarms(text))["Alarm"] == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("alarms state=ALARM", ["article", "bank-accuracy"]),
        ('alarms production state="insufficient data"', ["blind"]),
        ('alarms text="article"', ["article"]),
        ("alarms foo=1", "there is no foo= here"),
        ("alarms bank stat=OK", "there is no stat= here; did you mean state?"),
        ("alarms bank --acount=x", "there is no acount= here; did you mean account?"),
        ("alarms state=bad", "bad is no state of an alarm"),
    ],
)
def test_a_value_is_named_by_its_name_and_an_unknown_name_is_no_word(
    stage: Stage, line: str, found: list[str] | str
) -> None:
    """Refused with the usage line, which has those that there are."""
    registry, reader = discover(commands), Reader(at(10))
    if isinstance(found, list):
        values = registry.read(line, reader).values
        reply = drawn(alarms(stage.inventory, stage.surroundings, stage.ask(), **values))  # type: ignore[arg-type]
        assert columns(reply)["Alarm"] == found
        return
    with pytest.raises(BadRequest, match=found.replace("?", "[?]")) as refused:
        registry.read(line, reader)
    assert refused.value.usage == "/ml alarms [text] [state=…] [account=…] [region=…] [refresh=yes]"


def test_a_state_is_no_part_of_another_word(stage: Stage) -> None:
    """A composite alarm watches `other alarms`; one that is fine is not among those in ALARM, whatever its name."""
    calm = own(alarm("no-alarm", hour=1, state=AlarmState.OK))
    stage.inventory.keep_alarms([Sweep(OWNER, REGION, (MISSING, calm))], at(9.6))
    assert columns(stage.alarms("alarm"))["Alarm"] == ["article", "bank-accuracy"]


def test_words_that_fit_nothing_say_so_and_leave_the_way_out(stage: Stage) -> None:
    """With the buttons that there always are."""
    reply = stage.alarms("nothing-like-it")
    assert reply.text == ("0 alarms, 0 in ALARM",)
    assert NONE in [p.text[0] for p in reply.parts if isinstance(p, Note)]
    assert lines(reply)[0] == "alarms nothing-like-it refresh=yes"


def test_only_alarms_about_the_askers_accounts_are_shown(stage: Stage) -> None:
    """One that lives in the observability account is shown to who may see its metric's."""
    assert columns(stage.alarms(ask=stage.ask(PROD)))["Alarm"] == ["article", "bank-accuracy", "blind", "fine"]
    assert stage.alarms(ask=stage.ask(HUB_ACCOUNT)).text == ("0 alarms, 0 in ALARM",)


def test_asked_live_the_limits_are_compared_with_the_baselines(stage: Stage) -> None:
    """What was listed is kept; who did not answer is named, and its alarms are as they were."""
    stage.sky.hold(replace(FINE, state=AlarmState.ALARM, state_at=at(9.9)))
    reply = stage.live("fine")
    assert reply.text == ("1 alarm, 1 in ALARM",)
    assert columns(reply)["Doubtful"] == ["Its limit 0.8734 is not the baseline's 0.9100"]
    assert UNCOMPARED not in str(reply.parts)
    assert "told by its name: /ml alarms fine refresh=yes" in str(stage.live().parts)
    assert SCHEDULE in {s.name for s in stage.inventory.schedules()}
    stage.sky.refused[OWNER, REGION] = AccessDenied("role sagewatch-read lacks cloudwatch:DescribeAlarms", "Add it.")
    reply = stage.live("fine")
    assert reply.text == ("1 alarm, 1 in ALARM; 1 account did not answer",)
    assert "lacks cloudwatch:DescribeAlarms" in small_print(reply)


def test_before_anything_was_listed_nothing_is_claimed() -> None:
    """That there is no alarm is not known: it says first that none was listed, and when that will be."""
    inventory = FakeInventory()
    ask = Ask(Person("U1", "T1", "Ana"), at(10), Scope((PROD,)), time.monotonic() + 9)
    reply = drawn(alarms(inventory, Placing(inventory, FakeRoutes()), ask, text="bank"))
    assert reply.text == ("No account's alarms were listed yet",)
    assert "It is done every minute" in str(reply.parts)
    assert NONE not in str(reply.parts)
    assert lines(reply)[0] == "alarms bank refresh=yes"


def test_an_account_that_was_never_listed_is_told_beside_the_count(stage: Stage) -> None:
    """The count is of the others."""
    late = Account("444444444444", "ml-late", (REGION,))
    reply = stage.alarms(ask=stage.ask(PROD, late))
    assert reply.text == ("4 alarms, 2 in ALARM; 1 account never listed",)
    assert "Never listed: ml-late." in small_print(reply)


@pytest.mark.parametrize(
    ("text", "full", "hinted"),
    [("", [], True), ("article", ["article"], False), ("ARTICLE", ["article"], False), ("bank-marketing", [], True)],
)
def test_every_doubt_about_an_alarm_is_told_by_its_name(
    stage: Stage, text: str, full: list[str], *, hinted: bool
) -> None:
    """With what to do about it; a list says how that is asked for."""
    stage.inventory.keep_alarms([Sweep(OWNER, REGION, (MISSING, replace(FINE, name="article-2")))], at(9.6))
    parts = stage.alarms(text).parts
    assert [p.text[0].text for p in parts if isinstance(p, Paragraph) and isinstance(p.text[0], Bold)] == full
    said = [p.text[0] for p in parts if isinstance(p, Paragraph) and str(p.text[0]).startswith("• ")]
    assert len(said) == (2 if full else 0)
    if full:
        assert 'Set its treatment of missing data to "ignore"' in str(said[0])
        assert str(said[1]).endswith("Set the period to 1 h.")
    notes = [str(p.text[0]) for p in parts if isinstance(p, Note)]
    assert any(note.endswith("is told by its name: /ml alarms article") for note in notes) is hinted
    assert (UNCOMPARED in notes) is bool(full)


def test_a_file_has_every_doubt(stage: Stage) -> None:
    """A cell of it has room for all."""
    (said,) = columns(stage.alarms("article", ask=replace(stage.ask(), whole=True)))["Doubtful"]
    assert "missing data" in said
    assert said.endswith("Set the period to 1 h.")
