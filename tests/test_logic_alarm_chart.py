"""Which alarm a card's chart is of: one that fires, the worst first, never one that is good."""

from collections.abc import Iterable
from datetime import UTC, timedelta
from typing import Any

import pytest

from bot.incidents import record
from bot.logic.alarm_chart import Fired, fired, parts
from bot.logic.lifecycle import fold
from bot.model.alarm import Alarm, AlarmState, Watched
from bot.model.incident import Incident
from bot.model.metric import Metric, Query, Series
from bot.model.observation import NO_DATA, SILENT, Finding, Observation, Reading, Row, Subject, Verdict
from bot.model.place import Family, Place, Service
from bot.model.reply import Chart, Paragraph
from sandbox.fakes import FakeIncidents, FakeRoutes, at
from sandbox.fakes_alarm import OWNER, REGION, alarm

PLACE = Place(OWNER, REGION, "bank", Family.OPERATIONS)
BAD, GOOD, BLIND = Verdict.BAD, Verdict.GOOD, Verdict.BLIND


def said(name: str, hour: float, verdict: Verdict = BAD, seen: float = 0.75, row: Row | None = None) -> Observation:
    """An alarm came to a state; its limit is 0.9."""
    who = alarm(name)
    finding = Finding(row or Row(f"alarm: {name}", who.comparison), verdict, Reading(seen, 0.9), who.reason)
    return Observation(f"{name}:{hour}", Subject(who.arn, name), at(hour), (finding,), complete=row is None)


def incident(*heard: Observation) -> Incident:
    """Of these."""
    incidents = FakeIncidents(fold)
    record(incidents, [(PLACE, Service("bank"), one) for one in heard], FakeRoutes().route, at(9))
    found = incidents.at(PLACE, at(9))
    assert found
    return found


def children(*names: str, **more: Any) -> Alarm:
    """A composite alarm over these."""
    return alarm("all", kind="composite", watched=(), children=tuple(alarm(n).arn for n in names), **more)


OK = AlarmState.OK
LISTED = (alarm("a"), alarm("b"), alarm("c", state=OK))
CASES: dict[str, tuple[tuple[Observation, ...], Iterable[Alarm], list[str]]] = {
    "one that is good again came to its state last": ((said("a", 0), said("b", 2), said("b", 3, GOOD)), LISTED, ["a"]),
    "the worst of those that fire": ((said("a", 0, seen=0.2), said("b", 2, seen=0.8)), LISTED, ["a", "b"]),
    "of those as bad in the card's order": ((said("b", 0), said("a", 2)), LISTED, ["a", "b"]),
    "listed as good before its event came": ((said("c", 3),), LISTED, ["c"]),
    "without data": ((said("a", 0), said("b", 1), said("a", 2, BLIND, row=NO_DATA)), LISTED, ["b"]),
    "not heard for a time": ((said("a", 0), said("a", 2, GOOD, row=SILENT)), LISTED, ["a"]),
    "listed nowhere": ((said("new", 0),), LISTED, []),
    "of other things": ((said("a", 0),), (alarm("a", watched=()),), []),
    "over many series": ((said("a", 0),), (alarm("a", kind="insights"),), []),
    "a composite one": ((said("all", 0),), (*LISTED, children("c", "b", "gone")), ["b"]),
    "a composite one beside its child": ((said("all", 0), said("b", 0)), (*LISTED, children("b")), ["b"]),
}


@pytest.mark.parametrize(("heard", "listed", "expected"), CASES.values(), ids=CASES)
def test_a_chart_is_of_what_fires(heard: tuple[Observation, ...], listed: Iterable[Alarm], expected: list[str]) -> None:
    """As the incident heard it: a list of alarms may be a minute old."""
    assert [one.alarm.name for one in fired(incident(*heard), listed)] == expected


def test_a_series_that_is_quiet_does_not_fire() -> None:
    """It says that nothing of it is bad, and names nothing."""
    over = Observation("over", said("a", 0).subject, at(1), (), complete=True)
    assert fired(incident(said("a", 0), said("b", 0), over), LISTED)[0].alarm.name == "b"


BAND = "Thresholds Crossed: 1 datapoint [31000.0 (02/11/26 09:00:00)] was greater than the upper thresholds [20000.0]."


def test_the_edge_of_a_band_is_told_and_not_drawn() -> None:
    """It moves: what it was when the alarm fired is no limit of the hours before."""
    metric = Metric(OWNER, REGION, "AWS/SageMaker", "ModelLatency", (("EndpointName", "bank-1"),))
    watched = (Watched(Query(metric, "p90"), 300),)
    comparison = "LessThanLowerOrGreaterThanUpperThreshold"
    more: dict[str, Any] = {"expression": "ANOMALY_DETECTION_BAND(m1, 2)", "comparison": comparison, "threshold": None}
    banded = alarm("a", kind="anomaly", watched=watched, **more)
    heard = said("a", 0)
    (finding,) = heard.findings
    told = Observation("1", heard.subject, at(0), (Finding(finding.row, BAD, note=BAND),), complete=True)
    (one,) = fired(incident(told), (banded,))
    assert one == Fired(banded, 20_000.0)
    times = tuple((at(0) + timedelta(minutes=5 * i)).timestamp() for i in range(12))
    drawn = parts(one, Series(watched[0].query, 300, times, (9_000.0,) * 11 + (31_000.0,)), UTC)
    (words,) = (part.text for part in drawn if isinstance(part, Paragraph))
    assert words == ("ModelLatency (p90) was 31 ms, the band's edge was 20 ms when it fired",)
    (chart,) = (part for part in drawn if isinstance(part, Chart))
    assert [line.role for line in chart.lines] == ["seen"]
