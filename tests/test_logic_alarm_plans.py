"""What an alarm on a monitor's metric can be: what is proposed, what is refused at which field, how it is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import BadRequest
from bot.logic.alarm_plans import Basis, Wish, bases, basis, explained, fires, named, period_of, plan
from bot.logic.lint import hints
from bot.model.alarm import MADE_BY, US, Alarm, AlarmState, Watched
from bot.model.metric import Limit
from bot.model.observation import Row
from bot.model.person import Person
from bot.model.place import Family
from sandbox.fakes import HOUR, at
from sandbox.fakes_alarm import OWNER, REGION, SCHEDULE, metric, schedule

ACCURACY = Basis(OWNER, REGION, SCHEDULE, "accuracy", "LessThanThreshold", 0.8792)
ERRORS = replace(ACCURACY, metric="false_positive_rate", comparison="GreaterThanThreshold", limit=0.05)
ANA = Person("U1", "T1", "Ana")
DAILY = schedule(24 * HOUR)


def limit(name: str, check: str, value: float) -> Limit:
    """Of the monitor."""
    return Limit(schedule().monitor, Row(name, check), value)


def test_what_has_one_limit_on_one_side_can_be_watched() -> None:
    """By its direction; a bias lies around 0, and completeness is no metric that CloudWatch has."""
    said = [
        limit("recall", "LessThanThreshold", 0.5),
        limit("mae", "GreaterThanThreshold", 1.0),
        limit("nothing", "LessThanThreshold", float("nan")),
        limit("CI", "bias_drift_check", 0.1),
    ]
    quality = bases([schedule()], said)
    assert [(b.metric, b.comparison, b.limit) for b in quality] == [
        ("mae", "GreaterThanThreshold", 1.0),
        ("recall", "LessThanThreshold", 0.5),
    ]
    drifting = replace(schedule(), family=Family.DATA_QUALITY)
    found = bases([drifting], [limit("age", "baseline_drift_check", 0.1), limit("age", "completeness_check", 1.0)])
    assert [(b.metric, b.title, b.comparison) for b in found] == [
        ("feature_baseline_drift_age", "drift of age", "GreaterThanThreshold")
    ]


@pytest.mark.parametrize("one", [ACCURACY, ERRORS, replace(ACCURACY, limit=1e-7), replace(ERRORS, limit=-3.0)])
def test_a_choice_is_read_back_as_it_was(one: Basis) -> None:
    """Exactly: the number is not rounded."""
    assert basis(one.word) == one


@pytest.mark.parametrize("word", ["", "accuracy", "1/2/3", "1/2/3/4/5", "1/2/3/4/L", "1/2/3/4/X0.5", "1/2/3/4/L1e999"])
def test_what_is_no_choice_is_refused(word: str) -> None:
    """Typed by hand, or of another version."""
    with pytest.raises(BadRequest, match="names no metric of a monitor"):
        basis(word)


@pytest.mark.parametrize(
    ("wish", "field", "cause"),
    [
        (Wish(period=timedelta(minutes=10)), "period", "most periods of 10 min would have no value"),
        (Wish(period=HOUR + timedelta(seconds=1)), "period", "whole minutes"),
        (Wish(period=timedelta(days=8)), "period", "a week at most"),
        (Wish(period=timedelta(days=2), periods=4), "evaluation", "more than the week"),
        (Wish(limit=0.5), "reason", "the baseline holds accuracy to 0.8792, not to 0.5000"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(wish: Wish, field: str, cause: str) -> None:
    """With what to say instead."""
    with pytest.raises(BadRequest, match=cause) as refused:
        fires(ACCURACY, wish, schedule())
    assert refused.value.field == field
    assert refused.value.next_step


@pytest.mark.parametrize(
    ("watch", "limit", "said"),
    [
        (ACCURACY, 87.0, "always below 87"),
        (ACCURACY, -5.0, "never below -5"),
        (ACCURACY, 0.0, "never below 0"),
        (ERRORS, -0.1, "always above -0.1"),
        (ERRORS, 5.0, "never above 5"),
    ],
)
def test_a_limit_that_would_always_or_never_fire_is_refused(watch: Basis, limit: float, said: str) -> None:
    """A percentage where a fraction is meant, whatever reason is given."""
    with pytest.raises(BadRequest, match=f"lies between 0 and 1, so that it is {said}") as refused:
        explained(watch, Wish(limit=limit, why="because"))
    assert refused.value.field == "limit"


@pytest.mark.parametrize("watch", [replace(ACCURACY, metric="mae"), replace(ACCURACY, metric="r2")])
def test_a_metric_without_bounds_may_be_held_to_any_limit(watch: Basis) -> None:
    """Errors of a regression have the target's unit."""
    assert explained(watch, Wish(limit=87.0, why="because")) == 87.0


def test_a_daily_monitor_is_looked_at_once_a_day() -> None:
    """Whatever period was meant for an hourly one is told at its field."""
    assert period_of(DAILY, Wish()) == timedelta(days=1)
    assert period_of(DAILY, Wish(periods=7)) == timedelta(days=1)
    with pytest.raises(BadRequest, match="runs every 1 d"):
        period_of(DAILY, Wish(period=6 * HOUR))
    assert period_of(schedule(None), Wish()) == HOUR


def test_another_limit_than_the_baselines_needs_a_reason() -> None:
    """The same number needs none."""
    assert explained(ACCURACY, Wish()) == 0.8792
    assert explained(ACCURACY, Wish(limit=0.8792)) == 0.8792
    assert explained(ACCURACY, Wish(limit=0.9, why="we promised it")) == 0.9


@pytest.mark.parametrize(
    ("wish", "taken", "name"),
    [
        (Wish(), (), "sagewatch-bank-accuracy"),
        (Wish(), ("sagewatch-bank-accuracy",), "sagewatch-bank-accuracy-ml-test"),
        (
            Wish(),
            ("sagewatch-bank-accuracy", "sagewatch-bank-accuracy-ml-test"),
            "sagewatch-bank-accuracy-ml-test.2",
        ),
        (Wish(name="mine"), (), "sagewatch-mine"),
        (Wish(name="sagewatch-mine"), (), "sagewatch-mine"),
        (Wish(name="  "), (), "sagewatch-bank-accuracy"),
    ],
)
def test_a_name_is_proposed_that_is_free(wish: Wish, taken: tuple[str, ...], name: str) -> None:
    """It begins as the operator role's policy demands."""
    assert named(wish, ACCURACY, "bank", "ml-test", taken) == name


@pytest.mark.parametrize(
    ("name", "cause"),
    [("mine", "there is an alarm sagewatch-mine already"), ("a b", "cannot be"), ("x" * 200, "cannot be")],
)
def test_a_name_that_cannot_be_is_refused_at_its_field(name: str, cause: str) -> None:
    """PutMetricAlarm would overwrite an alarm of the same name."""
    with pytest.raises(BadRequest, match=cause) as refused:
        named(Wish(name=name), ACCURACY, "bank", "ml-test", ("sagewatch-mine",))
    assert refused.value.field == "name"


@pytest.mark.parametrize(
    ("watch", "wish", "said"),
    [
        (ACCURACY, Wish(), "accuracy is below 0.8792 in 1 run"),
        (ERRORS, Wish(datapoints=2, periods=3), "false_positive_rate is above 0.0500 in 2 of 3 runs"),
        (ACCURACY, Wish(datapoints=2, periods=2), "accuracy is below 0.8792 in 2 runs one after the other"),
        (ACCURACY, Wish(period=6 * HOUR), "the worst accuracy of 6 h is below 0.8792 in 1 period"),
    ],
)
def test_when_it_fires_is_told_in_words(watch: Basis, wish: Wish, said: str) -> None:
    """Before it is made."""
    assert fires(watch, wish, schedule()) == said


@pytest.mark.parametrize("cadence", [HOUR, 24 * HOUR, None])
@pytest.mark.parametrize(
    "wish",
    [
        Wish(),
        Wish(missing="missing", datapoints=2, periods=3),
        Wish(period=timedelta(days=1)),
        Wish(limit=0.95, why="we promised it"),
        Wish(topic="arn:aws:sns:us-west-2:111111111111:ml-alarms"),
    ],
)
def test_lint_has_nothing_to_say_of_what_is_made(wish: Wish, cadence: timedelta | None) -> None:
    """Hourly and daily; with another limit than the baseline's; telling nobody but Sagewatch."""
    monitor = schedule(cadence)
    made = plan(ACCURACY, wish, monitor, metric(), "sagewatch-x", ANA)
    alarm = Alarm(
        "arn", made.name, OWNER, REGION, "metric", AlarmState.OK, at(1),
        description=made.description,
        watched=(Watched(made.query, made.period_s),),
        comparison=made.comparison,
        threshold=made.threshold,
        period_s=made.period_s,
        missing=made.missing,
        actions=made.actions,
        changed_at=at(1),
        tags=((MADE_BY, US),),
    )  # fmt: skip
    limits = [limit("accuracy", "LessThanThreshold", 0.8792)]
    assert hints(alarm, cadence or HOUR, limits) == ()
    bad = replace(alarm, description="", threshold=0.95, missing="breaching", period_s=600, tags=())
    assert {h.rule for h in hints(bad, cadence or HOUR, limits)} >= {"missing", "period", "limit"}


def test_who_finds_it_in_the_console_reads_what_it_is_and_for_whom_it_was_made() -> None:
    """Of several runs in a period the worst counts; a topic hears both states."""
    made = plan(ACCURACY, Wish(limit=0.95, why="we promised it"), schedule(), metric(), "sagewatch-x", ANA)
    assert made.description == (
        "accuracy of bank-marketing below 0.9500, not the baseline's 0.8792. Made by Sagewatch for Ana (U1). "
        "Why: we promised it"
    )
    assert (made.query.stat, made.period_s, made.missing) == ("Average", 3600, "ignore")
    slower = plan(ERRORS, Wish(period=6 * HOUR), schedule(), metric(), "sagewatch-x", ANA)
    assert (slower.query.stat, slower.period_s) == ("Maximum", 21_600)
