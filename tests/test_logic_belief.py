"""What of a topic's word is believed."""

from dataclasses import replace
from typing import Any

import pytest

from bot.logic.belief import Answer, believed, needs_asking
from bot.model.alarm import Alarm, AlarmState, Contributor
from sandbox.fakes import at
from sandbox.fakes_alarm import alarm, change, metric, watched

OK, ALARM, UNKNOWN = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA
SILENT = Answer(asked=False)
SECOND = 1 / 3600


def says(state: AlarmState, hour: float, **more: Any) -> Answer:
    """CloudWatch says that it is so since then."""
    return Answer(True, alarm(hour=hour, state=state), **more)


def heard(state: AlarmState, answer: Answer, hour: float = 2) -> str | list[tuple[str, float, str]]:
    """What is believed of a state that a topic told: states, hours, by whose word."""
    found = believed(change(state, hour, heard="sns"), answer)
    if isinstance(found, str):
        return found
    first = alarm().state_at
    return [(c.alarm.state.value, (c.alarm.state_at - first).total_seconds() / 3600, c.heard) for c in found]


NOBODY, NONE, OTHER = "CloudWatch could not be asked", "there is no such alarm", "CloudWatch says otherwise"
CASES: list[tuple[str, AlarmState, Answer, object]] = [
    ("confirmed", OK, says(OK, 2), [("OK", 2, "poll")]),
    ("confirmed but for a digit", OK, says(OK, 2 + SECOND / 2), [("OK", 2, "poll")]),
    ("forged: it is in ALARM since before", OK, says(ALARM, 1), OTHER),
    ("forged: in ALARM at that very time", OK, says(ALARM, 2), OTHER),
    ("overtaken: in ALARM again since", OK, says(ALARM, 3), [("ALARM", 3, "poll")]),
    ("overtaken by another OK", OK, says(OK, 4), [("OK", 4, "poll")]),
    ("no such alarm", OK, Answer(asked=True), NONE),
    ("nobody to ask", OK, SILENT, NOBODY),
    ("bad, and nobody to ask: not lost", ALARM, SILENT, [("ALARM", 2, "sns")]),
    ("bad, confirmed", ALARM, says(ALARM, 2), [("ALARM", 2, "poll")]),
    ("bad for a moment", ALARM, says(OK, 2.1), [("ALARM", 2, "sns"), ("OK", 2.1, "poll")]),
    ("forged: it is good since before", ALARM, says(OK, 1), OTHER),
    ("forged: no such alarm", ALARM, Answer(asked=True), NONE),
    ("no data, and nobody to ask", UNKNOWN, SILENT, NOBODY),
    ("no data, confirmed", UNKNOWN, says(UNKNOWN, 2), [("INSUFFICIENT_DATA", 2, "poll")]),
]


@pytest.mark.parametrize(("state", "answer", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_topics_word_resolves_nothing_by_itself(state: AlarmState, answer: Answer, expected: object) -> None:
    """What is good is CloudWatch's to say; what is bad is taken where nobody can be asked."""
    found = heard(state, answer)
    if isinstance(found, str):
        assert found == expected
    else:
        assert [(s, pytest.approx(hour), by) for s, hour, by in found] == expected


ONE, OTHERS = Contributor("a1", (("Endpoint", "bank-marketing"),)), Contributor("b2", (("Endpoint", "loan-default"),))
SERIES: list[tuple[str, AlarmState, Answer, str]] = [
    ("one of them fires", ALARM, says(ALARM, 1, series=(ONE,)), "believed"),
    ("another one fires", ALARM, says(ALARM, 1, series=(OTHERS,)), OTHER),
    ("nobody says which", ALARM, says(ALARM, 1), "believed"),
    ("none fires", ALARM, says(OK, 1), OTHER),
    ("it recovered", OK, says(ALARM, 1, series=(OTHERS,)), "believed"),
    ("forged: it fires", OK, says(ALARM, 1, series=(ONE,)), OTHER),
    ("all recovered", OK, says(OK, 2), "believed"),
    ("one fires, nobody says which", OK, says(ALARM, 1), NOBODY),
]


@pytest.mark.parametrize(("state", "answer", "expected"), [c[1:] for c in SERIES], ids=[c[0] for c in SERIES])
def test_of_many_series_cloudwatch_says_which_fire(state: AlarmState, answer: Answer, expected: str) -> None:
    """The alarm's own state is that of any."""
    found = believed(change(state, 2, heard="sns", contributor=ONE), answer)
    assert (found if isinstance(found, str) else "believed") == expected


def test_no_body_says_what_an_alarm_watches_or_what_it_is_held_to() -> None:
    """All that is taken of it is the state and its time: a forged one would else open the card of another service."""
    forged = change(ALARM, 2, heard="sns", threshold=0.1, watched=(watched(metric(Endpoint="loan-default")),))
    now: Alarm = alarm(hour=2, threshold=0.91, missing="breaching")
    for answer in (Answer(True, now), Answer(True, replace(now, state=OK, state_at=at(3)))):
        found = believed(forged, answer)
        assert not isinstance(found, str)
        assert (found[0].alarm.threshold, found[0].alarm.watched) == (0.91, now.watched)
    nameless = replace(ONE, attributes=())
    moved = believed(change(ALARM, 2, heard="sns", contributor=nameless), says(ALARM, 1, series=(ONE,)))
    assert not isinstance(moved, str)
    assert moved[0].contributor == ONE


def test_only_topics_are_asked_about() -> None:
    """EventBridge and the poll are AWS's own word."""
    ways: list[Any] = ["eventbridge", "sns", "poll"]
    assert [needs_asking(change(heard=way)) for way in ways] == [False, True, False]
