"""How a destination's rows are sent: in order, again with patience, and never a second time once refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Event

from structlog.testing import capture_logs

from bot.handoff.request import Answer
from bot.handoff.worker import Worker
from bot.logic.handing import Links
from bot.model.handoff import Destination, HandOff, HandOffRow, Recipient
from bot.model.incident import Act
from bot.model.post import CardKey
from bot.model.route import Route
from sandbox.fakes import run
from sandbox.fakes_handoffs import FakeHandOffs, FakeReceiver
from sandbox.fakes_incident import Story

T0 = datetime(2026, 11, 20, 9, tzinfo=UTC)
KEY = "k" * 31 + "1"
PAGER = Destination("pager", "pagerduty", "https://events.pagerduty.com/v2/enqueue", KEY)


def life() -> tuple[HandOff, ...]:
    """Triggered, acknowledged, resolved."""
    story = Story(Route("ml-alerts", hand_off=(Recipient("pager", ""),)))
    story.hears(run(1, {"accuracy": 0.7}))
    story.does(Act.ACKNOWLEDGE, 1.5)
    story.hears(run(2, good={"accuracy": 0.95}))
    return tuple(story.store.handed)


def of(incident: int, *out: HandOff) -> tuple[HandOff, ...]:
    """The same of another incident."""
    return tuple(replace(o, card=CardKey(incident, o.card.episode)) for o in out)


class Desk:
    """A worker on fakes, and the clock that it goes by."""

    def __init__(self, rows: FakeHandOffs, *answers: Answer, leads: Callable[[], bool] = lambda: True) -> None:
        self.now = T0
        self.rows = rows
        self.receiver = FakeReceiver(*answers)
        self.stop = Event()
        self._worker = Worker(
            PAGER, rows, links=lambda _: Links(), leads=leads, storm_over=10, wall=lambda: self.now, post=self.receiver
        )

    def turn(self, after: float = 0) -> list[tuple[str, str]]:
        """So many seconds later: action and key of what was sent meanwhile."""
        self.now += timedelta(seconds=after)
        before = len(self.receiver.asked)
        self._worker.turn(self.stop)
        sent = (json.loads(request.body) for _, request in self.receiver.asked[before:])
        return [(event["event_action"], event["dedup_key"].rpartition("/")[2]) for event in sent]


def test_an_incidents_words_go_out_in_their_order() -> None:
    """One that is not taken holds back those behind it, and no other incident's."""
    trigger, held, _ = life()
    rows = FakeHandOffs(trigger, held, *of(2, trigger))
    desk = Desk(rows, Answer("again", "it answers 500"))
    assert desk.turn() == [("trigger", "1")]
    assert [row.id for row in rows.kept] == [1, 2, 3]
    assert desk.turn(2) == [("trigger", "1")]  # the other incident's: the first one waits five seconds
    assert rows.done_ids == [3]
    assert desk.turn(3) == [("trigger", "1"), ("acknowledge", "1")]
    assert rows.done_ids == [3, 1, 2]


def test_a_retry_after_is_obeyed_for_the_whole_destination() -> None:
    """A pager that says how long it wants to be left alone is left alone."""
    trigger = life()[0]
    desk = Desk(FakeHandOffs(trigger, *of(2, trigger)), Answer("again", "it answers 429", timedelta(seconds=90)))
    assert len(desk.turn()) == 1
    assert desk.turn(89) == []
    assert len(desk.turn(1)) == 2


def test_waits_double_up_to_five_minutes() -> None:
    """A destination that is down for an hour is asked some twenty times."""
    desk = Desk(FakeHandOffs(life()[0]), *[Answer("again", "it cannot be reached")] * 100)
    tried = [second for second in range(3600) if desk.turn(1)]
    gaps = [b - a for a, b in pairwise(tried)]
    assert gaps[:6] == [5, 10, 20, 40, 80, 160]
    assert set(gaps[6:]) == {300}


def test_what_is_refused_is_sent_no_more_and_holds_up_nothing() -> None:
    """It is kept with its reason; what follows goes out all the same."""
    trigger, held, _ = life()
    rows = FakeHandOffs(trigger, held)
    desk = Desk(rows, Answer("dead", "it answers 400"))
    assert [action for action, _ in desk.turn()] == ["trigger", "acknowledge"]
    assert [(row.state, row.cause) for row in rows.kept] == [("dead", "it answers 400")]
    assert desk.turn(3600) == []


def test_what_began_and_ended_before_it_was_taken_is_not_sent() -> None:
    """After an outage nobody is called for what is long over; what was tried may be known and gets its end only."""
    desk = Desk(FakeHandOffs(*life()))
    assert desk.turn() == []
    assert desk.rows.kept == []
    rows = FakeHandOffs(life()[0])
    broken = Desk(rows, Answer("again", "it does not answer within 10 s"))
    broken.turn()
    rows.kept += FakeHandOffs(*life()).kept[1:]
    assert [action for action, _ in broken.turn(10)] == ["resolve"]


def test_only_who_leads_sends() -> None:
    """Of many processes one sends to a destination; a row that another began is left to it."""
    follower = Desk(FakeHandOffs(life()[0]), leads=lambda: False)
    assert follower.turn() == []

    class Taken(FakeHandOffs):
        """Somebody else is always quicker."""

        def begin(self, row: HandOffRow) -> bool:
            """No."""
            del row
            return False

    assert Desk(Taken(life()[0])).turn() == []


def test_a_row_left_half_sent_is_sent_again() -> None:
    """A process that died while it spoke leaves it `sending`: at least once, and the key makes a double harmless."""
    rows = FakeHandOffs(life()[0])
    assert rows.begin(rows.kept[0])
    assert [action for action, _ in Desk(rows).turn()] == ["trigger"]


def test_logs_hold_no_key() -> None:
    """Whatever becomes of it."""
    answers = (Answer("again", "it answers 503"), Answer("dead", "it answers 403"))
    desk = Desk(FakeHandOffs(life()[0], *of(2, life()[0])), *answers)
    with capture_logs() as logs:
        desk.turn()
        desk.turn(10)
    assert len(logs) == 3
    assert KEY not in repr(logs)
    assert KEY not in repr(desk.receiver.asked)
    assert KEY not in repr(PAGER)
