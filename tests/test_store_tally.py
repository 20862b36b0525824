"""What is passed over or refused is counted and kept, within bounds, on both databases, and told by doctor."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from bot.logic.alarm_scope import Passed
from bot.logic.check_tally import refusal_checks, tally_checks
from bot.model.passing import MOST_NAMES, MOST_SAMPLES, OTHERS, Passing, Tallied
from bot.store.tables import metadata
from bot.store.tally import LIVE, SqlTally

T0 = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ecs(sample: str = "") -> Passing:
    """An event that nobody here knows."""
    return Passing("event", "aws.ecs / ECS Task State Change", sample)


def test_what_is_passed_over_is_counted_with_a_few_samples(engine: Engine) -> None:
    """The first ones; when it came first and last."""
    tally = SqlTally(engine)
    tally.count([ecs("one"), ecs("two"), Passing("alarm", "made by Auto Scaling")], T0)
    tally.count([ecs(str(n)) for n in range(9)], T0 + HOUR)
    tally.count([], T0 + 2 * HOUR)
    alarm, event = tally.counted()
    assert (alarm.name, alarm.count, alarm.samples) == ("made by Auto Scaling", 1, ())
    assert event == Tallied("event", ecs().name, 11, T0, T0 + HOUR, ("one", "two", "0"))
    assert len(event.samples) == MOST_SAMPLES


def test_many_count_at_once(engine: Engine) -> None:
    """Nothing is lost between processes."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: SqlTally(engine).count([ecs()], T0), range(40)))
    (found,) = SqlTally(engine).counted()
    assert found.count == 40


def test_names_are_bounded(engine: Engine) -> None:
    """Whoever sends can think of any; those of before go on being counted."""
    tally = SqlTally(engine)
    tally.count([Passing("event", f"kind {n}") for n in range(MOST_NAMES + 30)], T0)
    tally.count([Passing("event", "kind 1"), Passing("event", "\0" + "x" * 999), Passing("alarm", "other")], T0)
    counted = {one.name: one.count for one in tally.counted()}
    assert (len(counted), counted[OTHERS], counted["kind 1"], counted["other"]) == (MOST_NAMES + 2, 31, 2, 1)


def test_refusals_are_kept_for_as_long_as_a_queue_keeps_a_message(engine: Engine) -> None:
    """The newest reason."""
    tally = SqlTally(engine)
    tally.refuse({"a": "it is not JSON", "b": "old"}, T0)
    tally.refuse({"a": "it is malformed"}, T0 + HOUR)
    tally.refuse({}, T0 + HOUR)
    assert tally.reasons(["a", "b", "c"]) == {"a": "it is malformed", "b": "old"}
    tally.refuse({"c": "new"}, T0 + LIVE + HOUR / 2)
    assert tally.reasons(["a", "b", "c"]) == {"a": "it is malformed", "c": "new"}


def test_a_database_of_the_version_before_has_counted_nothing(engine: Engine) -> None:
    """Doctor looks at it all the same."""
    with engine.begin() as conn:
        metadata.tables["tally"].drop(conn)
        metadata.tables["refusals"].drop(conn)
    assert SqlTally(engine).counted() == ()
    assert SqlTally(engine).refused(T0) == ()


def test_doctor_tells_how_many_were_refused_and_why_the_last_one(engine: Engine) -> None:
    """A message that is refused again counts once, by its newest reason; one of before is left out."""
    store = SqlTally(engine)
    store.refuse({"a": "it is not JSON", "b": "old"}, T0 - 2 * HOUR)
    store.refuse({"b": "account 999999999999 is not in the fleet", "c": "it tells no time"}, T0)
    assert store.refused(T0 - HOUR) == ("account 999999999999 is not in the fleet", "it tells no time")
    (told,) = refusal_checks(store.refused(T0 - 3 * HOUR))
    assert (told.status, told.said) == ("warn", "3 messages refused within a day, the last because it tells no time")
    assert "redrive --list" in told.next_step
    assert list(refusal_checks(())) == []


def test_doctor_tells_what_is_not_told() -> None:
    """Unknown events with what to do and what they look like; alarms by why; nothing of nothing."""
    events = [
        Tallied("event", "aws.ecs / ECS Task State Change", 1200, T0, T0, ("old",)),
        Tallied("event", "SNS / Notification", 1, T0, T0 + HOUR, ('{"detail": 1}',)),
    ]
    alarms = [
        Tallied("alarm", "made by Auto Scaling", 7, T0, T0),
        Tallied("alarm", "watching nothing of models", 2, T0, T0),
    ]
    changes = [Tallied("change", "DeleteAlarms: of no alarm of models that is known", 3, T0, T0)]
    missed = [Tallied("missed", "222222222222", 2, T0, T0)]
    unknown, passed, changed, lost = tally_checks([*alarms, *events, *changes, *missed])
    assert (lost.status, lost.said) == (
        "warn",
        "2 changes found by the poll alone, no event told it: accounts 222222222222 (2)",
    )
    assert "AWS API Call via CloudTrail" in lost.next_step
    assert changed.status == "good"
    assert changed.said.startswith("3 changes that people made counted, not told: DeleteAlarms: of no alarm")
    assert (unknown.status, passed.status) == ("warn", "good")
    assert unknown.said == (
        "1,201 events that Sagewatch does not know: aws.ecs / ECS Task State Change (1,200), SNS / Notification (1); "
        'the newest like {"detail": 1}'
    )
    assert unknown.next_step.startswith("Narrow the rule")
    heard = "9 changes of such alarms heard and counted: made by Auto Scaling (7), watching nothing of models (2)"
    assert passed.said == heard
    there: Mapping[Passed, int] = {"watching nothing of models": 1, "made by Auto Scaling": 2}
    listed = "3 alarms listed that nobody is told of: 2 made by Auto Scaling, 1 watching nothing of models"
    assert [check.said for check in tally_checks([], there)] == [listed]
    assert [check.said for check in tally_checks(alarms, there)] == [f"{listed}; {heard}"]
    assert list(tally_checks([])) == []
