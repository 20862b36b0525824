"""An alarm is made by a form: proposed, told in words, made; each bad word is told at its field."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import commands
from bot.dispatch import Answer, Dispatch, Request
from bot.errors import AccessDenied, BadRequest, BotError, Missing, NotAllowed
from bot.logic.alarm_plans import Basis
from bot.model.account import Account
from bot.model.metric import Limit, Query
from bot.model.observation import Row
from bot.model.person import Grant, Role
from bot.model.place import Family
from bot.model.reply import Actions, ChoiceField, Facts, Form, Menu, Reply
from bot.ports import AlarmOperations, Ask, Baselines, Inventory, Metrics, Sweep
from bot.registry import discover
from bot.render import view
from sandbox.fakes import FakeAudit, FakePeople, at, down
from sandbox.fakes_alarm import HUB, OWNER, REGION, SCHEDULE, alarm, metric, schedule
from sandbox.fakes_fleet import FakeInventory, StillClock
from sandbox.fakes_glance import lines
from sandbox.fakes_inbox import FakeAlarmOperations, Sky
from sandbox.fakes_metrics import FakeBaselines, FakeMetrics, Measured
from sandbox.slack.check_surface import checked_view

PROD, TEST = Account(OWNER, "ml-production", (REGION,)), Account("333333333333", "ml-test", (REGION,))
WATCH = f"{OWNER}/{REGION}/{SCHEDULE}/accuracy/L0.8792"
TOPIC = f"arn:aws:sns:{REGION}:{HUB}:ml-alarms"
THERE = alarm("sagewatch-taken")
OPERATOR, VIEWER = "UOPS", "UVIEW"


class Stage:
    """Two accounts with a monitor each; one operator, of production alone unless told."""

    def __init__(self, *accounts: str) -> None:
        self.sky, self.inventory, self.measured = Sky(), FakeInventory(), Measured()
        self.inventory.remember((PROD, TEST), at(9))
        self.monitors = [schedule(), replace(schedule(), account_id=TEST.id, arn="arn:test")]
        for one in self.monitors:
            self.inventory.keep_schedules([Sweep(one.account_id, REGION, (one,))], at(9))
        self.inventory.keep_alarms([Sweep(HUB, REGION, (THERE,))], at(9))
        row = Row("accuracy", "LessThanThreshold")
        self.measured.limits = tuple(Limit(m.monitor, row, 0.8792) for m in self.monitors)
        self.measured.metrics = (metric(), metric(account=TEST.id))
        grants = (Grant(Role.OPERATOR, (OPERATOR,), accounts=accounts), Grant(Role.VIEWER, (VIEWER,)))
        self.dispatch = Dispatch(
            discover(commands), self.bind, FakePeople(), FakeAudit(), self.inventory, StillClock(at(10)), grants
        )

    def bind(self, ask: Ask) -> dict[type, Any]:
        """The ports."""
        return {
            Baselines: FakeBaselines(self.measured, ask),
            Metrics: FakeMetrics(self.measured, ask),
            AlarmOperations: FakeAlarmOperations(self.sky, ask),
            Inventory: self.inventory,
        }

    def ask(self, line: str, who: str = OPERATOR, **fields: str) -> Answer:
        """What comes of a line, or of a form sent with these fields."""
        request = Request("1", line, who, "T1", "C1", "form" if fields else "command", fields=fields or None)
        return self.dispatch.prepare(request).run()

    def form(self, line: str, **fields: str) -> Form:
        """A form, as Slack would take it."""
        found = self.ask(line, **fields)
        assert isinstance(found.content, Form), found.error and (found.error.cause, found.error.next_step)
        checked_view(view(found.content), "modal")
        return found.content

    def reply(self, line: str) -> Reply:
        """An answer."""
        found = self.ask(line)
        assert isinstance(found.content, Reply)
        assert found.error is None, found.error
        return found.content

    def error(self, line: str, who: str = OPERATOR, **fields: str) -> BotError:
        """A refusal."""
        found = self.ask(line, who, **fields).error
        assert found is not None
        return found


@pytest.fixture
def stage() -> Stage:
    """Each test's own."""
    return Stage(OWNER)


def choices(form: Form, name: str) -> dict[str, str]:
    """A field's options, label by value."""
    field = next(f for f in form.fields if f.name == name)
    assert isinstance(field, ChoiceField)
    return {value: label for label, value in field.options}


def test_the_form_proposes_what_the_baselines_hold_metrics_to(stage: Stage) -> None:
    """Of the asker's accounts; one metric alone is chosen; nothing that would fire for want of data is offered."""
    form = stage.form("alarm new")
    assert choices(form, "watch") == {WATCH: "accuracy at least 0.8792 · bank-marketing, ml-production"}
    assert next(f for f in form.fields if f.name == "watch").initial == WATCH
    assert set(choices(form, "missing")) == {"ignore", "missing"}
    assert list(choices(form, "topic")) == [TOPIC]
    assert choices(Stage().form("alarm new"), "watch").keys() == {WATCH, WATCH.replace(OWNER, TEST.id)}


def test_a_second_page_tells_what_it_would_do_and_the_third_step_makes_it(stage: Stage) -> None:
    """In words; then with the console's page and a button that deletes it."""
    page = stage.form("alarm plan", watch=WATCH, evaluation="2/3", period="run", missing="ignore", topic=TOPIC)
    facts = {
        label: "".join(map(str, text)) for label, text in next(p for p in page.intro if isinstance(p, Facts)).items
    }
    assert facts["Fires when"] == "accuracy is below 0.8792 in 2 of 3 runs"
    assert facts["A run without a value"] == "it stays as it is until the next run has one"
    assert "SNS topic ml-alarms" in facts["Tells"]
    assert stage.sky.alarms == {}, "nothing is made before it is sent"

    done = stage.reply(page.line)
    assert done.text == (
        "sagewatch-bank-marketing-accuracy is made: it fires when accuracy is below 0.8792 in 2 of 3 runs.",
    )
    (made,) = stage.sky.alarms.values()
    assert (made.watched[0].query, made.threshold) == (Query(metric(), "Average"), 0.8792)
    assert (made.datapoints, made.evaluation_periods, made.period_s, made.missing) == (2, 3, 3600, "ignore")
    assert (made.actions, made.made_here, made.asked_by) == ((TOPIC,), True, OPERATOR)
    assert made in stage.inventory.alarms()
    assert lines(done)[:2] == [f"alarm delete {made.arn}", "alarms"]


def test_an_alarm_that_there_is_for_the_same_limit_is_named_before_a_second_is_made(stage: Stage) -> None:
    """On the page, with who had it made; a second one is made by who agreed to that, under a name of its own."""
    stage.reply(stage.form("alarm plan", watch=WATCH).line)
    page = stage.form("alarm plan", watch=WATCH, evaluation="2/3")
    assert (page.title, page.submit) == ("Make a second alarm?", "Make Another")
    shown = str(page.intro)
    assert "sagewatch-bank-marketing-accuracy" in shown
    assert f"made by Sagewatch', ' for ', User(id='{OPERATOR}'" in shown
    assert "is the name of another alarm" in shown
    assert stage.form("alarm plan", watch=WATCH, limit="0.9", reason="why").title == "Make this alarm?"
    assert stage.reply(page.line).text[0].startswith("sagewatch-bank-marketing-accuracy-ml-production is made")  # type: ignore[union-attr]


def test_an_alarm_that_is_made_is_told_though_the_store_does_not_keep_it(stage: Stage) -> None:
    """Nobody makes it a second time because the first was denied."""
    page = stage.form("alarm plan", watch=WATCH)
    stage.inventory.keep_alarms = down  # type: ignore[method-assign]
    error = stage.error(page.line)
    assert error.cause == "sagewatch-bank-marketing-accuracy is made, but the database did not take that."
    assert len(stage.sky.alarms) == 1


def test_two_who_ask_for_the_same_alarm_at_once_make_one(stage: Stage) -> None:
    """Both saw that there was none: the later is asked, and who agreed to a second is asked again about a third."""
    one, two = (stage.form("alarm plan", watch=WATCH) for _ in "ab")
    stage.reply(one.line)
    asked = stage.reply(two.line)
    assert len(stage.sky.alarms) == 1
    assert "Nothing was made: sagewatch-bank-marketing-accuracy fires at the same limit" in str(asked.text)
    agreed = lines(asked)[0]
    stage.reply(agreed)
    assert len(stage.sky.alarms) == 2
    assert "Nothing was made" in str(stage.reply(agreed).text)


def test_accounts_are_named_where_a_topic_or_an_alarm_is_told_of() -> None:
    """By label, as everywhere."""
    stage, theirs = Stage(), f"arn:aws:sns:{REGION}:{TEST.id}:tests"
    stage.inventory.remember((PROD, TEST, Account(HUB, "ml-observability", (REGION,))), at(9))
    told = (THERE, alarm("theirs", actions=(theirs,)))
    stage.inventory.keep_alarms([Sweep(HUB, REGION, told)], at(9.1))
    names = {TOPIC: f"ml-alarms (ml-observability, {REGION})", theirs: f"tests (ml-test, {REGION})"}
    assert choices(stage.form("alarm new"), "topic") == names
    shown = str(stage.reply(f"alarm make watch={WATCH} topic={theirs}").parts)
    assert f"It lives in ml-observability ({HUB}), {REGION}." in shown
    assert f"of ml-test ({TEST.id}): its policy must let alarms of ml-observability ({HUB}) publish." in shown


def test_what_was_typed_narrows_the_form(stage: Stage) -> None:
    """A service, a metric; of a slip the nearest is named."""
    assert stage.form("alarm new bank-marketing accuracy").title == "New alarm"
    assert "did you mean bank-marketing" in stage.error("alarm new bank-markting").cause
    assert "did you mean accuracy" in stage.error("alarm new bank-marketing acuracy").cause
    assert stage.error("alarm new account=nowhere").cause


BAD = {
    "watch": "accuracy",
    "limit": "high",
    "evaluation": "3/2",
    "period": "5m",
    "missing": "breaching",
    "topic": f"arn:aws:sns:{REGION}:{HUB}:others",
    "name": "taken",
}


@pytest.mark.parametrize("field", BAD)
def test_each_bad_word_is_told_at_its_field(stage: Stage, field: str) -> None:
    """Before anything is asked of AWS; the same where the last step is typed by hand."""
    fields = {"watch": WATCH, field: BAD[field]}
    refused = stage.error("alarm plan", **fields)
    assert isinstance(refused, BadRequest)
    assert refused.field == field
    assert refused.next_step
    assert stage.error("alarm make " + " ".join(f"{k}={v}" for k, v in fields.items())).cause == refused.cause


def test_what_is_no_metric_of_a_monitor_that_there_is_is_refused(stage: Stage) -> None:
    """A monitor that is gone; one whose metrics have no limit of their own."""
    assert "no monitor others any more" in stage.error("alarm plan", watch=WATCH.replace(SCHEDULE, "others")).cause
    explaining = replace(schedule(), family=Family.EXPLAINABILITY)
    stage.inventory.keep_schedules([Sweep(OWNER, REGION, (explaining,))], at(9))
    assert "(explainability) has one limit" in stage.error(f"alarm make watch={WATCH}").cause
    assert "no monitor has a baseline with limits" in stage.error("alarm new").cause


def test_a_limit_of_ones_own_wants_a_reason_at_its_field(stage: Stage) -> None:
    """Though that field was left empty."""
    refused = stage.error("alarm plan", watch=WATCH, limit="0.5")
    assert isinstance(refused, BadRequest)
    assert refused.field == "reason"
    stage.form("alarm plan", watch=WATCH, limit="0.5", reason="we promised <less>")


@pytest.mark.parametrize("line", ["alarm new", f"alarm plan watch={WATCH}", f"alarm make watch={WATCH}"])
def test_only_operators_make_alarms_and_only_of_their_accounts(stage: Stage, line: str) -> None:
    """At every step."""
    assert isinstance(stage.error(line, VIEWER), NotAllowed)
    if "watch" in line:
        refused = stage.error(line.replace(OWNER, TEST.id))
        assert isinstance(refused, NotAllowed)
        assert TEST.id in refused.cause
    assert stage.sky.alarms == {}


def test_an_account_that_refuses_never_hides_the_others() -> None:
    """Its failure stands in the form; where it is the only one, it is the answer."""
    stage = Stage()
    stage.measured.refused[TEST.id, REGION] = AccessDenied("role sagewatch-read lacks s3:GetObject", "Add it.")
    form = stage.form("alarm new")
    assert list(choices(form, "watch")) == [WATCH]
    assert "ml-test did not answer" in str(form.intro)
    stage.measured.refused[OWNER, REGION] = stage.measured.refused[TEST.id, REGION]
    assert stage.error("alarm new").cause == "role sagewatch-read lacks s3:GetObject"


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda s: s.sky.refused.update({(OWNER, REGION): AccessDenied("lacks PutMetricAlarm")}), "lacks Put"),
        (lambda s: s.measured.refused.update({(OWNER, REGION): AccessDenied("lacks ListMetrics")}), "lacks List"),
        (lambda s: setattr(s.measured, "metrics", ()), "CloudWatch has no metric accuracy"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_told_with_its_reason(stage: Stage, spoil: Callable[[Stage], None], cause: str) -> None:
    """The role lacks it, the account does not answer, the metric is not there: nothing is left behind."""
    spoil(stage)
    refused = stage.error(f"alarm make watch={WATCH}")
    assert isinstance(refused, AccessDenied | Missing)
    assert cause in refused.cause
    assert stage.sky.alarms == {}


def test_in_a_large_fleet_the_service_is_asked_first(stage: Stage) -> None:
    """Its choice opens the form: the baselines of all would take longer than a form may."""
    for n in range(21):
        one = schedule()
        service = replace(one.service, name=f"model-{n:02}")
        more = replace(one, arn=f"arn:{n}", name=f"model-{n:02}-quality", service=service)
        stage.inventory.keep_schedules([Sweep(OWNER, REGION, (more,), whole=False)], at(9))
    asked = stage.reply("alarm new")
    menu = next(p for p in asked.parts if isinstance(p, Actions)).items[0]
    assert isinstance(menu, Menu)
    assert (menu.items[1].line, menu.items[1].does) == ("alarm new service=model-00", "form")


def test_a_press_opens_the_command_that_answers_with_a_form(stage: Stage) -> None:
    """As a mention's answer offers it; another command is no form."""
    press = Request("1", "alarm new bank-marketing", OPERATOR, "T1", "C1", "click", opens=True)
    assert isinstance(stage.dispatch.prepare(press).run().content, Form)
    other = stage.dispatch.prepare(replace(press, line="alarm delete x")).run()
    assert other.error is not None
    assert "no form" in other.error.cause


LONG = "bank-marketing-data-quality-monitoring-schedule-2026-11-08-0941"
FEATURE = "one_hot_encoded_marital_status_divorced_or_widowed_in_last_year"


def drifting(stage: Stage, *features: str, name: str = LONG) -> str:
    """A monitor of data with the longest name, whose baseline holds these; how a choice of the first says it."""
    one = replace(schedule(), name=name, family=Family.DATA_QUALITY, arn=f"arn:{name}")
    stage.monitors.append(one)
    held = tuple(m for m in stage.monitors if m.account_id == OWNER)
    stage.inventory.keep_schedules([Sweep(OWNER, REGION, held)], at(9))
    rows = tuple(Limit(one.monitor, Row(feature, "baseline_drift_check"), 0.1) for feature in features)
    stage.measured.limits = (*stage.measured.limits, *rows)
    return Basis(*one.monitor, f"feature_baseline_drift_{features[0]}", "GreaterThanThreshold", 0.1).brief


def test_a_metric_with_long_names_is_chosen_by_a_digest_of_its_monitor(stage: Stage) -> None:
    """It fits, and means the same monitor whatever was made meanwhile; a monitor that is gone is told."""
    brief = drifting(stage, FEATURE)
    assert choices(stage.form("alarm new"), "watch").keys() == {WATCH, brief}
    assert len(brief) <= 150
    drifting(stage, "age", name="a-monitor-that-was-made-meanwhile")
    plan = stage.form("alarm plan", watch=brief)
    assert f"watch={OWNER}/{REGION}/{LONG}/feature_baseline_drift_{FEATURE}/G0.1 " in plan.line
    stage.inventory.keep_schedules([Sweep(OWNER, REGION, (stage.monitors[0],))], at(9))
    refused = stage.error("alarm plan", watch=brief)
    assert isinstance(refused, BadRequest)
    assert (refused.cause, refused.field) == ("that monitor is not there any more", "watch")


def test_a_metric_that_no_choice_can_say_is_had_by_its_name(stage: Stage) -> None:
    """How many are left out is said; alone it is no choice, and the form's own line says it."""
    worst = "\u200f".join(("x" * 50, "y" * 50))
    drifting(stage, "z" * 120, worst, "age")
    form = stage.form("alarm new")
    assert len(choices(form, "watch")) == 2
    assert "2 more metrics do not fit here. /ml alarm new <monitor> <metric> has each." in str(form.intro)
    alone = stage.form(f"alarm new {LONG} {'z' * 120}")
    assert f"drift of {'z' * 120} at most 0.1000" in str(alone.intro)
    assert [f.name for f in alone.fields if f.name == "watch"] == []
    assert "Fires when" in str(stage.form(alone.line, name="sagewatch-mine").intro)
    other = Stage(OWNER)
    drifting(other, "z" * 120, "z" * 121)
    assert "too long to choose from" in other.error(f"alarm new {LONG}").cause
