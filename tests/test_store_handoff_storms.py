"""Many incidents at once are one alert of a pager, until all of them are over; on both databases."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.handoff import pagerduty
from bot.incidents import click, record
from bot.logic.handing import Links
from bot.logic.lifecycle import fold
from bot.model.handoff import Dead, Destination, HandOffRow, Recipient
from bot.model.incident import Act
from bot.model.observation import Observation
from bot.model.place import About, Family, Place, Service, Severity
from bot.model.route import Route
from bot.store.handoffs import SqlHandOffs
from bot.store.incidents import SqlIncidents
from sandbox.fakes import at, run

ROUTE = Route("ml-alerts", hand_off=(Recipient("pager", ""),))
PAGER = Destination("pager", "pagerduty", "https://events.pagerduty.com/v2/enqueue", "r" * 32)
OVER = 3


class Storm:
    """Services that break, a pager that takes everything, and what it was told."""

    def __init__(self, engine: Engine) -> None:
        self.incidents = SqlIncidents(engine, fold)
        self.rows = SqlHandOffs(engine)

    def hears(self, service: int, observed: Observation, severity: Severity = Severity.MEDIUM) -> None:
        """A run of a service ends."""
        place = Place("222222222222", "us-east-1", f"svc-{service}", Family.MODEL_QUALITY)
        known = Service(place.service, "tag", About(severity=severity))
        record(self.incidents, [(place, known, observed)], lambda *_: ROUTE, observed.at)

    def breaks(self, *services: int) -> None:
        """All at once."""
        for n in services:
            self.hears(n, run(1, {"accuracy": 0.7}, by=f"s{n}"))

    def mends(self, *services: int) -> None:
        """All is good."""
        for n in services:
            self.hears(n, run(2, good={"accuracy": 0.95}, by=f"s{n}"))

    def takes(self, *numbers: int) -> None:
        """Somebody acknowledges these incidents."""
        for n in numbers:
            act = Act.ACKNOWLEDGE
            click(self.incidents, n, act, click_id=f"c{n}", person_id="U", now=at(1.5), routing=lambda *_: ROUTE)

    def fails(self) -> None:
        """What goes next is not taken, and may be sent again at once."""
        self.rows.again(self.begins(), "it answers 503", datetime.now(UTC))

    def begins(self) -> HandOffRow:
        """What goes next is under way."""
        now = datetime.now(UTC)
        self.rows.gather("pager", OVER, now)
        row = self.rows.next("pager", now)
        assert row is not None
        assert self.rows.begin(row)
        return row

    def sent(self, after: timedelta = timedelta(0), *, refused: int = 0) -> list[dict[str, Any]]:
        """What goes out so much later; the first so many are refused."""
        found: list[dict[str, Any]] = []
        self.rows.moot("pager")
        self.rows.gather("pager", OVER, datetime.now(UTC) + after)
        self.rows.moot("pager")
        while True:
            now = datetime.now(UTC) + after
            self.rows.gather("pager", OVER, now)
            row = self.rows.next("pager", now)
            if row is None:
                return found
            assert self.rows.begin(row)
            found.append(json.loads(pagerduty.request(PAGER, row, Links()).body))
            if len(found) > refused:
                self.rows.done(row)
            else:
                self.rows.bury(row, "it answers 400")

    def said(self, after: timedelta = timedelta(0), *, refused: int = 0) -> list[tuple[str, str]]:
        """Action, and whose: `storm`, or the service."""
        keys = [(e["event_action"], e["dedup_key"].split("/")) for e in self.sent(after, refused=refused)]
        return [(action, "storm" if key[1] == "storm" else key[4]) for action, key in keys]


@pytest.fixture
def storm(engine: Engine) -> Storm:
    """With nothing broken."""
    return Storm(engine)


def test_a_few_are_told_each_by_itself(storm: Storm) -> None:
    """As many as `over` are no storm."""
    storm.breaks(1, 2, 3)
    assert storm.said() == [("trigger", "svc-1"), ("trigger", "svc-2"), ("trigger", "svc-3")]


def test_many_are_one_alert_that_says_how_many(storm: Storm) -> None:
    """With the worst severity of them."""
    storm.breaks(1, 2, 3, 4)
    storm.hears(5, run(1, {"accuracy": 0.7}, by="s5"), Severity.CRITICAL)
    (event,) = storm.sent()
    assert event["payload"]["summary"].startswith("5 incidents at once, such as #1 svc-1")
    assert event["payload"]["severity"] == "critical"
    assert event["dedup_key"].startswith("sagewatch/storm/")
    assert storm.sent() == []


def test_it_is_acknowledged_when_nobody_is_left_and_resolved_when_all_are_over(storm: Storm) -> None:
    """One press or one recovery ends no alert that others still need; the key stays."""
    storm.breaks(1, 2, 3, 4)
    (first,) = storm.sent()
    storm.takes(1, 2)
    assert storm.sent() == []
    storm.mends(3)
    assert storm.sent() == []
    storm.takes(4)
    (held,) = storm.sent()
    storm.mends(1, 2)
    assert storm.sent() == []
    storm.mends(4)
    (over,) = storm.sent()
    assert [e["event_action"] for e in (first, held, over)] == ["trigger", "acknowledge", "resolve"]
    assert len({e["dedup_key"] for e in (first, held, over)}) == 1


def test_the_recovery_of_the_last_that_nobody_had_leaves_it_acknowledged(storm: Storm) -> None:
    """The others are all somebody's."""
    storm.breaks(1, 2, 3, 4)
    storm.takes(1, 2, 3)
    assert storm.said() == [("trigger", "storm")]
    storm.mends(4)
    assert storm.said() == [("acknowledge", "storm")]


def test_more_join_while_it_lasts_and_what_comes_later_is_its_own(storm: Storm) -> None:
    """A storm's joiners are one more line on its alert."""
    storm.breaks(1, 2, 3, 4)
    storm.sent()
    storm.breaks(5, 6)
    (more,) = storm.sent()
    assert more["payload"]["summary"].startswith("6 incidents at once")
    storm.breaks(7)
    assert storm.said(timedelta(minutes=2)) == [("trigger", "svc-7")]
    storm.mends(1, 2, 3, 4, 5, 6, 7)
    assert storm.said() == [("resolve", "storm"), ("resolve", "svc-7")]


def test_what_gets_worse_is_said_of_the_storm(storm: Storm) -> None:
    """A line on the alert that is open."""
    storm.breaks(1, 2, 3, 4)
    storm.sent()
    storm.hears(2, run(2, {"accuracy": 0.7, "recall": 0.1}, by="s2"))
    (event,) = storm.sent()
    assert event["dedup_key"].startswith("sagewatch/storm/")
    assert "svc-2" in event["payload"]["summary"]


def test_a_storms_words_keep_their_order(storm: Storm) -> None:
    """One that is not taken holds back the others of the storm, whatever incident they are of."""
    storm.breaks(1, 2, 3, 4)
    now = datetime.now(UTC)
    first = storm.begins()
    storm.rows.again(first, "it answers 500", now + timedelta(minutes=1))
    storm.breaks(5)
    storm.rows.gather("pager", OVER, now)
    assert storm.rows.next("pager", now) is None


def test_a_storm_that_is_refused_is_told_one_by_one(storm: Storm) -> None:
    """One event that the pager does not like silences no other incident; each then has its own end."""
    storm.breaks(1, 2, 3, 4, 5, 6)
    assert storm.said(refused=1) == [("trigger", "storm"), *(("trigger", f"svc-{n}") for n in (2, 3, 4, 5, 6))]
    assert storm.rows.dead() == (Dead("pager", "it answers 400", 1, (1,)),)
    storm.takes(3)
    storm.mends(2)
    assert storm.said() == [("acknowledge", "svc-3"), ("resolve", "svc-2")]


def test_all_of_a_storm_are_dead_where_all_are_refused(storm: Storm) -> None:
    """A key that is none any more: doctor can name everything that nobody was called for."""
    storm.breaks(1, 2, 3, 4)
    assert len(storm.sent(refused=9)) == 4
    assert storm.rows.dead() == (Dead("pager", "it answers 400", 4, (4, 3, 2, 1)),)
    assert storm.rows.waiting() == ()


def test_what_somebody_took_before_its_storm_was_refused_wakes_nobody(storm: Storm) -> None:
    """While the pager was away the others waited; what got worse meanwhile is told of its own incident."""
    storm.breaks(1, 2, 3, 4)
    storm.fails()
    storm.takes(2)
    storm.mends(3)
    storm.hears(4, run(2, {"accuracy": 0.7, "recall": 0.1}, by="s4"))
    assert storm.said(refused=1) == [("trigger", "storm"), ("trigger", "svc-4"), ("trigger", "svc-4")]


def test_joiners_that_are_refused_leave_the_alert_as_it_is(storm: Storm) -> None:
    """Those whom the pager was told of stay its; the joiners are told on their own."""
    storm.breaks(1, 2, 3, 4)
    storm.sent()
    storm.breaks(5, 6)
    assert storm.said(refused=1) == [("trigger", "storm"), ("trigger", "svc-6")]
    storm.mends(1, 2, 3, 4)
    assert storm.said() == [("resolve", "storm")]


@pytest.mark.parametrize(("ends", "word"), [("mends", "resolve"), ("takes", "acknowledge")])
def test_an_alert_that_only_joiners_held_open_gets_its_word(storm: Storm, ends: str, word: str) -> None:
    """Else it rang for ever: the others were over, or somebody's, before the joiners were refused."""
    storm.breaks(1, 2, 3, 4)
    storm.sent()
    storm.breaks(5, 6)
    storm.fails()
    getattr(storm, ends)(1, 2, 3, 4)
    assert storm.said(refused=1) == [("trigger", "storm"), ("trigger", "svc-6"), (word, "storm")]


def test_of_a_storm_that_is_over_before_it_was_taken_only_the_end_is_said(storm: Storm) -> None:
    """Nobody is called for what is over; the first word may have been taken, though its answer was lost."""
    storm.breaks(1, 2, 3, 4, 5)
    storm.fails()
    storm.hears(3, run(1.5, {"accuracy": 0.7, "recall": 0.1}, by="s3"))
    storm.mends(1, 2)
    storm.fails()
    storm.mends(3, 4, 5)
    assert storm.said() == [("resolve", "storm")]


def test_a_storm_that_was_never_tried_and_is_over_is_not_sent(storm: Storm) -> None:
    """Nothing at all is known of it."""
    storm.breaks(1, 2, 3, 4, 5)
    storm.rows.gather("pager", OVER, datetime.now(UTC))
    storm.mends(1, 2, 3, 4, 5)
    assert storm.said() == []
    assert storm.rows.waiting() == ()


@pytest.mark.parametrize(("over", "summary"), [((1, 2), "3 incidents at once, such as #3"), ((1, 2, 3, 4), "#5 svc-5")])
def test_a_storm_is_told_of_by_one_that_is_not_over(storm: Storm, over: tuple[int, ...], summary: str) -> None:
    """While its word was waiting others ended; the alert counts those that are left, and one alone is itself."""
    storm.breaks(1, 2, 3, 4, 5)
    storm.fails()
    storm.mends(*over)
    (event,) = storm.sent()
    assert (event["event_action"], event["dedup_key"].split("/")[1]) == ("trigger", "storm")
    assert event["payload"]["summary"].startswith(summary)
    storm.mends(*{1, 2, 3, 4, 5}.difference(over))
    assert storm.said() == [("resolve", "storm")]


def test_joiners_that_are_over_before_they_were_told_of_leave_the_alert_to_the_others(storm: Storm) -> None:
    """Nobody hears of them, and the alert says whose the others are."""
    storm.breaks(1, 2, 3, 4)
    storm.sent()
    storm.breaks(5, 6)
    storm.fails()
    storm.takes(1, 2, 3, 4)
    storm.mends(5, 6)
    assert storm.said() == [("acknowledge", "storm")]
