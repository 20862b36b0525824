"""Storms as the stores keep them, the one in memory too: who is in which, who may still be begun, what was offered."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import Conflict, NotFound
from bot.logic.lifecycle import fold
from bot.model.incident import Incident, Queued, Reason
from bot.model.place import Family, Place, Service
from bot.model.post import CardKey, OutboxRow, Outgoing, Posted
from bot.ports import Change, Incidents, Outbox, StormQueue, Storms
from bot.store.engine import connect
from bot.store.incidents import SqlIncidents
from bot.store.migrate import migrate
from bot.store.outbox import SqlOutbox
from bot.store.storm_queue import SqlStormQueue
from bot.store.storms import SqlStorms
from bot.store.tables import metadata
from sandbox.fakes import FakeIncidents, at, run
from sandbox.fakes_outbox import FakeOutbox
from sandbox.fakes_storms import FakeStorms

T0 = datetime(2026, 11, 20, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OVER = 3


@dataclass
class Shelf:
    """A store with incidents, each with its first card waiting in #a."""

    incidents: Incidents
    outbox: Outbox
    storms: Storms
    queue: StormQueue
    begun: int = 0

    def fill(self, count: int) -> list[CardKey]:
        """So many new ones."""
        places = [Place("1" * 12, "r", f"s{self.begun + n:05d}", Family.BIAS) for n in range(count)]
        self.begun += count
        made: list[CardKey] = []

        def step(locked: tuple[Incident, ...]) -> list[Change]:
            made[:] = [CardKey(i.number, 1) for i in locked]
            return [_begins(i) for i in locked]

        self.incidents.change(places, step, now=at(1))
        return made

    def gather(self, cards: Sequence[CardKey], now: datetime = T0, into: int | None = None) -> frozenset[CardKey]:
        """Into the storm of that number, or a new one."""
        return self.queue.gather("a", cards, now, started_at=T0, into=self.storms.get(into) if into else None)

    def rows(self, *cards: CardKey, channel: str = "a") -> list[OutboxRow]:
        """What waits of these."""
        return [row for row in self.outbox.rows(channel) if row.out.card in cards]


def _begins(incident: Incident) -> Change:
    entry = run(1, {"accuracy": 0.5}, by=f"m{incident.number}")
    first = Outgoing("card", CardKey(incident.number, 1), 1, Reason.FIRST, "a")
    return Change(incident.number, Service(f"s{incident.number}"), (entry,), Queued(), (first,))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """Each kind of store, empty."""
    if request.param == "memory":
        outbox = FakeOutbox()
        storms = FakeStorms(outbox)
        yield Shelf(FakeIncidents(fold, outbox), outbox, storms, storms)
        return
    file = f"sqlite:///{tmp_path / 'sagewatch.db'}"
    engine = connect(file if request.param == "sqlite" else request.getfixturevalue("postgres"), statement_timeout_s=20)
    with engine.begin() as conn:
        metadata.drop_all(conn)
        conn.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    migrate(engine)
    yield Shelf(SqlIncidents(engine, fold), SqlOutbox(engine), SqlStorms(engine), SqlStormQueue(engine))
    engine.dispose()


def test_what_was_gathered_is_in_one_storm_and_nothing_else_is(shelf: Shelf) -> None:
    """Its key names channel and start; a second gathering of the same cards takes none."""
    cards = shelf.fill(5)
    assert shelf.gather(cards[:4]) == frozenset(cards[:4])
    found = shelf.storms.of(cards)
    assert sorted(found) == cards[:4]
    assert {s.number for s in found.values()} == {1}
    storm = shelf.storms.get(1)
    assert (storm.key, storm.stands, storm.revision) == (f"storm/a/{T0.isoformat()}", False, 0)
    assert shelf.storms.members(1) == tuple(cards[:4])
    assert shelf.gather(cards[:4]) == frozenset()
    assert shelf.gather(cards, into=1) == {cards[4]}
    assert shelf.storms.members(1) == tuple(cards)


def test_two_storms_of_one_instant_are_told_apart(shelf: Shelf) -> None:
    """A clock may stand still; the key is what a message is found by."""
    cards = shelf.fill(4)
    shelf.gather(cards[:2])
    shelf.gather(cards[2:])
    assert shelf.storms.get(1).key != shelf.storms.get(2).key
    with pytest.raises(NotFound):
        shelf.storms.get(3)


def test_what_may_be_in_slack_is_left_alone(shelf: Shelf) -> None:
    """A card that stands, one that is being sent, one of which nobody knows: each keeps its own message."""
    stands, sent, doubtful, waits = shelf.fill(4)
    shelf.outbox.posted(shelf.rows(stands)[0], Posted(stands, "C1", "1.1", 1))
    shelf.outbox.begin(shelf.rows(sent)[0], T0)
    shelf.outbox.begin(shelf.rows(doubtful)[0], T0)
    shelf.outbox.again(shelf.rows(doubtful)[0], ambiguous=True)
    assert shelf.gather([stands, sent, doubtful, waits]) == {waits}
    assert shelf.gather([stands, sent]) == frozenset()
    assert sorted(shelf.outbox.cards([stands, sent, waits])) == [stands]


def test_whoever_read_a_row_before_cannot_begin_it_any_more(shelf: Shelf) -> None:
    """A worker whose lease ended while it slept must not post what the storm has; the storm's own worker may."""
    cards = shelf.fill(3)
    before = shelf.rows(*cards)
    shelf.gather(cards)
    for row in before:
        with pytest.raises(Conflict):
            shelf.outbox.begin(row, T0)
    shelf.queue.begin(shelf.rows(*cards), T0)
    assert {row.state for row in shelf.rows(*cards)} == {"sending"}


def test_a_race_for_a_card_has_one_winner(shelf: Shelf) -> None:
    """Either it is sent alone or it is in the storm, fifty times over."""
    for _ in range(50):
        cards = shelf.fill(4)
        rows = shelf.rows(*cards)

        def send(row: OutboxRow) -> bool:
            try:
                shelf.outbox.begin(row, T0)
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            gathered = pool.submit(shelf.gather, cards)
            sent = [row.out.card for row in rows if send(row)]
        assert sorted([*gathered.result(), *sent]) == cards


def test_it_gathers_while_cards_come_fast(shelf: Shelf) -> None:
    """More than three within the last minute; when it goes quiet, what comes then is no part of it.

    One that is not posted yet takes all that comes: whoever sees it first sees it whole.
    """
    assert shelf.queue.gathering("a", T0, OVER) is None
    cards = shelf.fill(4)
    shelf.gather(cards)
    assert shelf.queue.gathering("a", T0 + 3_600 * SECOND, OVER) is not None
    shelf.queue.drawn(1, shelf.rows(*cards), ("C1", "1.1"), T0)
    gathering = shelf.queue.gathering("a", T0 + 59 * SECOND, OVER)
    assert gathering is not None
    assert gathering.number == 1
    assert shelf.queue.gathering("b", T0, OVER) is None
    assert shelf.queue.gathering("a", T0 + 60 * SECOND, OVER) is None
    shelf.gather(shelf.fill(4), T0 + 50 * SECOND, into=1)
    assert shelf.queue.gathering("a", T0 + 100 * SECOND, OVER) is not None
    assert shelf.queue.gathering("a", T0 + 110 * SECOND, OVER) is None


def test_a_storm_has_room_for_a_thousand(shelf: Shelf) -> None:
    """The rest wait for the next one."""
    cards = shelf.fill(1_005)
    assert len(shelf.gather(cards)) == 1_000
    assert shelf.queue.gathering("a", T0, OVER) is None
    taken = shelf.storms.of(cards)
    left = [key for key in cards if key not in taken]
    assert len(left) == 5
    assert shelf.gather(left) == frozenset(left)
    assert {s.number for s in shelf.storms.of(cards).values()} == {1, 2}


def test_all_are_begun_or_none(shelf: Shelf) -> None:
    """One that somebody else began in between leaves the others as they are; the first claim stays."""
    cards = shelf.fill(3)
    shelf.gather(cards)
    rows = shelf.rows(*cards)
    shelf.outbox.begin(rows[1], T0)
    with pytest.raises(Conflict):
        shelf.queue.begin(rows, T0)
    assert [row.state for row in shelf.rows(*cards)] == ["waiting", "sending", "waiting"]
    shelf.queue.begin(shelf.rows(*cards), T0 + SECOND)
    assert [row.claimed_at for row in shelf.rows(*cards)] == [T0 + SECOND, T0, T0 + SECOND]
    shelf.queue.again(shelf.rows(*cards), ambiguous=True)
    assert {row.state for row in shelf.rows(*cards)} == {"ambiguous"}
    shelf.queue.park(shelf.rows(*cards), "no")
    assert shelf.rows(*cards) == []
    assert [cause for _, cause in shelf.outbox.parked()] == ["no"] * 3


def test_a_drawing_is_known_by_its_number(shelf: Shelf) -> None:
    """Noted before Slack is called, so a press on what Slack shows is understood; the latest thirty are kept."""
    cards = shelf.fill(2)
    shelf.gather(cards)
    first = shelf.queue.draw(1, {cards[0].incident: 1, cards[1].incident: 4})
    assert (first, shelf.storms.get(1).revision) == (1, 1)
    assert shelf.storms.drawing(1, 1) == {cards[0].incident: 1, cards[1].incident: 4}
    for number in range(2, 32):
        assert shelf.queue.draw(1, {}) == number
    for gone in (1, 99):
        with pytest.raises(NotFound, match="not known any more"):
            shelf.storms.drawing(1, gone)
    assert shelf.storms.drawing(1, 2) == {}


def test_what_was_drawn_and_said_is_done_and_where_it_stands_is_known(shelf: Shelf) -> None:
    """Only the rows that were read: what was asked for meanwhile stays."""
    cards = shelf.fill(3)
    shelf.gather(cards)
    first, *rest = shelf.rows(*cards)
    shelf.queue.drawn(1, [first], ("C1", "1.1"), T0)
    storm = shelf.storms.get(1)
    assert (storm.stands, storm.channel_id, storm.ts, storm.drawn_at) == (True, "C1", "1.1", T0)
    assert shelf.rows(*cards) == rest
    shelf.queue.said(1, rest, T0 + SECOND)
    assert shelf.rows(*cards) == []
    assert shelf.storms.get(1).said_at == T0 + SECOND


def test_a_storm_moves_with_all_that_waits_for_it(shelf: Shelf) -> None:
    """It stands nowhere then, and nothing is looked for where it was tried."""
    cards = shelf.fill(3)
    shelf.gather(cards[:2])
    first, second = shelf.rows(*cards[:2])
    shelf.queue.drawn(1, [first], ("C1", "1.1"), T0)
    shelf.queue.begin([second], T0)
    stood = shelf.storms.get(1)
    shelf.queue.move(stood, "b")
    storm = shelf.storms.get(1)
    assert (storm.channel, storm.stands, storm.drawn_at) == ("b", False, None)
    (moved,) = shelf.rows(*cards, channel="b")
    assert (moved.id, moved.state, moved.claimed_at) == (second.id, "waiting", None)
    assert [row.out.card for row in shelf.outbox.rows("a")] == [cards[2]]
    assert storm.key == f"storm/a/{T0.isoformat()}"
    shelf.queue.drawn(1, [], ("C2", "2.2"), T0)
    shelf.queue.move(stood, "c")
    assert (shelf.storms.get(1).channel, shelf.storms.get(1).ts) == ("b", "2.2"), "heard late: it was moved before"


def test_what_waits_elsewhere_for_a_storm_is_brought_to_it(shelf: Shelf) -> None:
    """What was begun stays where it is: somebody may be posting it."""
    cards = shelf.fill(3)
    shelf.gather(cards)
    first, *rest = shelf.rows(*cards)
    shelf.outbox.begin(first, T0)
    shelf.outbox.bring([first, *rest], "b")
    assert [row.id for row in shelf.rows(*cards)] == [first.id]
    assert [row.id for row in shelf.rows(*cards, channel="b")] == [row.id for row in rest]


def test_many_incidents_are_read_together(shelf: Shelf) -> None:
    """By number, those that there are."""
    numbers = [key.incident for key in shelf.fill(600)]
    found = shelf.incidents.many([*reversed(numbers), 9_999], at(2))
    assert [i.number for i in found] == numbers
    assert shelf.incidents.many([], at(2)) == ()


def test_notes_of_a_roundup_are_begun_together_and_then_wait_quiet(shelf: Shelf) -> None:
    """All or none, once; a worker that read them before cannot begin one any more, and what was let go is as before."""
    rows = shelf.rows(*shelf.fill(3))
    shelf.queue.round_up(rows, rows[-1].id, T0)
    begun = shelf.outbox.rows("a")
    assert {(r.state, r.roundup, r.quiet, r.claimed_at) for r in begun} == {("sending", rows[-1].id, False, T0)}
    with pytest.raises(Conflict):
        shelf.queue.round_up(rows, rows[-1].id, T0)
    shelf.queue.let_go(begun)
    free = shelf.outbox.rows("a")
    assert {(r.state, r.roundup, r.quiet, r.claimed_at) for r in free} == {("waiting", 0, False, None)}
    shelf.outbox.begin(free[0], T0)
    with pytest.raises(Conflict):
        shelf.queue.round_up(free, free[-1].id, T0)
    assert [r.state for r in shelf.outbox.rows("a")] == ["sending", "waiting", "waiting"]
    shelf.outbox.again(free[0], ambiguous=False)
    shelf.queue.round_up(again := shelf.outbox.rows("a"), again[-1].id, T0)
    shelf.queue.told(again)
    with pytest.raises(Conflict):
        shelf.outbox.begin(again[0], T0)
    told = shelf.outbox.rows("a")
    assert {(r.state, r.roundup, r.quiet, r.claimed_at) for r in told} == {("waiting", again[-1].id, True, None)}
    shelf.outbox.reroute(told[0].out.card, "b", lost="a", stood=None)
    assert [(r.roundup, r.quiet) for r in shelf.outbox.rows("b")] == [(0, True)]


def test_notes_of_one_card_become_one_that_goes_to_the_channel_if_any_was_to(shelf: Shelf) -> None:
    """All or none: where one was begun meanwhile, each stays as it was."""
    (card,) = shelf.fill(1)
    (first,) = shelf.rows(card)
    notes = [Outgoing("note", card, 2 + n, Reason.NEW_ROW, "a", broadcast=n == 1) for n in range(3)]

    def step(locked: tuple[Incident, ...]) -> list[Change]:
        return [Change(i.number, i.service, (), Queued(), tuple(notes)) for i in locked]

    shelf.incidents.change([Place("1" * 12, "r", "s00000", Family.BIAS)], step, now=at(1))
    asked = [row for row in shelf.rows(card) if row.id != first.id]
    shelf.queue.merge(asked[:2])
    with pytest.raises(Conflict):
        shelf.queue.merge(asked[:2])
    with pytest.raises(Conflict):
        shelf.outbox.begin(asked[0], T0)
    left = [row for row in shelf.rows(card) if row.id != first.id]
    assert [(r.id, r.out.revision, r.out.broadcast) for r in left] == [(asked[0].id, 2, True), (asked[2].id, 4, False)]
    shelf.outbox.begin(left[1], T0)
    with pytest.raises(Conflict):
        shelf.queue.merge(left)
    assert [r.id for r in shelf.rows(card)] == [first.id, *(r.id for r in left)]
