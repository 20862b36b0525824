"""The outbox on SQL: what waits, who holds a channel, how fast it may go."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from bot.errors import Conflict
from bot.logic.lifecycle import fold
from bot.model.incident import Queued, Reason
from bot.model.observation import Finding, Observation, Row, Subject, Verdict
from bot.model.place import Family, Place
from bot.model.post import CardKey, OutboxRow, Outgoing, Posted
from bot.ports.incidents import Change
from bot.store.incidents import SqlIncidents
from bot.store.outbox import SqlOutbox

T0 = datetime(2026, 11, 20, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CARD = CardKey(1, 1)
FIRST = Outgoing("card", CARD, 1, Reason.FIRST, "ml-alerts")
COUNT = replace(FIRST, revision=2, reason=Reason.COUNT)
NOTE = Outgoing("note", CARD, 2, Reason.WORSE, "ml-alerts", broadcast=True)


@pytest.fixture
def outbox(engine: Engine) -> SqlOutbox:
    """An outbox with an incident to speak of."""
    place = Place("111111111111", "eu-west-1", "bank-marketing", Family.MODEL_QUALITY)
    bad = Observation("run", Subject("arn:s", "s"), T0, (Finding(Row("auc", "c"), Verdict.BAD),), complete=True)
    SqlIncidents(engine, fold).change([place], lambda locked: [Change(1, locked[0].service, (bad,), Queued())], now=T0)
    return SqlOutbox(engine)


def wish(engine: Engine, *out: Outgoing) -> None:
    """Queue as a committed change does."""
    place = Place("111111111111", "eu-west-1", "bank-marketing", Family.MODEL_QUALITY)
    store = SqlIncidents(engine, fold)
    store.change([place], lambda locked: [Change(1, locked[0].service, (), Queued(), out)], now=T0)


def only(outbox: SqlOutbox, channel: str = "ml-alerts") -> OutboxRow:
    """The single row of a channel."""
    (row,) = outbox.rows(channel)
    return row


def test_rows_come_first_in_first_out_by_channel(outbox: SqlOutbox, engine: Engine) -> None:
    """Everything that was asked for, as asked for."""
    wish(engine, FIRST, NOTE)
    wish(engine, replace(FIRST, channel="other"), COUNT)
    rows = outbox.rows("ml-alerts")
    assert [row.out for row in rows] == [FIRST, NOTE, COUNT]
    assert [(row.state, row.claimed_at, row.attempts) for row in rows] == [("waiting", None, 0)] * 3
    assert [row.id for row in rows] == sorted({row.id for row in rows})
    assert only(outbox, "other").out.channel == "other"


def test_begin_keeps_the_first_claim(outbox: SqlOutbox, engine: Engine) -> None:
    """A lost message is looked for from its first attempt on, however many follow."""
    wish(engine, FIRST)
    outbox.begin(only(outbox), T0)
    sending = only(outbox)
    assert (sending.state, sending.claimed_at, sending.attempts) == ("sending", T0, 1)
    outbox.again(sending, ambiguous=True)
    assert only(outbox).state == "ambiguous"
    outbox.begin(only(outbox), T0 + SECOND)
    assert (only(outbox).claimed_at, only(outbox).attempts) == (T0, 2)
    outbox.again(only(outbox), ambiguous=False)
    assert only(outbox).state == "waiting"


def test_a_row_is_begun_by_one_worker_only(outbox: SqlOutbox, engine: Engine) -> None:
    """A worker that woke after its lease ended holds rows that another one sends already."""
    wish(engine, FIRST)
    row = only(outbox)
    outbox.begin(row, T0)
    with pytest.raises(Conflict):
        outbox.begin(row, T0)
    outbox.posted(row, None)
    assert outbox.rows("ml-alerts") == ()
    with pytest.raises(Conflict):
        outbox.begin(replace(row, attempts=1), T0)


def test_posted_card_clears_its_older_waiting_rows(outbox: SqlOutbox, engine: Engine) -> None:
    """One edit shows all that was read before; notes, newer rows, other cards and rows under way stay."""
    other = replace(FIRST, card=CardKey(1, 2))
    newer = replace(COUNT, revision=4)
    wish(engine, FIRST, COUNT, NOTE, other, newer, replace(COUNT, reason=Reason.WORSE))
    read = outbox.rows("ml-alerts")
    under_way = read[-1]
    outbox.begin(under_way, T0)
    ran_out = replace(COUNT, reason=Reason.RUN_OUT)
    wish(engine, ran_out)
    outbox.posted(read[0], Posted(CARD, "C1", "1.1", 3), upto=under_way.id)
    assert [row.out for row in outbox.rows("ml-alerts")] == [NOTE, other, newer, under_way.out, ran_out]
    assert outbox.card(CARD) == Posted(CARD, "C1", "1.1", 3)
    assert outbox.card(CardKey(1, 2)) is None


def test_posted_again_moves_the_card(outbox: SqlOutbox, engine: Engine) -> None:
    """Deleted by hand and posted anew: the new place counts. A note changes no card."""
    wish(engine, FIRST, NOTE)
    first, note = outbox.rows("ml-alerts")
    outbox.posted(first, Posted(CARD, "C1", "1.1", 1))
    outbox.posted(note, None)
    assert outbox.card(CARD) == Posted(CARD, "C1", "1.1", 1)
    wish(engine, COUNT)
    outbox.posted(only(outbox), Posted(CARD, "C1", "2.2", 2))
    assert outbox.card(CARD) == Posted(CARD, "C1", "2.2", 2)
    assert outbox.rows("ml-alerts") == ()


def test_what_a_clock_asks_while_a_card_is_drawn_is_not_taken_for_shown(outbox: SqlOutbox, engine: Engine) -> None:
    """An acknowledgement that runs out adds no entry: its wish has the revision that is being drawn."""
    wish(engine, COUNT)
    drawn = only(outbox)
    ran_out = replace(COUNT, reason=Reason.RUN_OUT)
    wish(engine, ran_out)
    outbox.posted(drawn, Posted(CARD, "C1", "1.1", COUNT.revision))
    assert only(outbox).out == ran_out


def test_row_ids_are_never_given_again(outbox: SqlOutbox, engine: Engine) -> None:
    """The id stands in Slack's metadata: a new row must not find an old row's message."""
    wish(engine, FIRST)
    done = only(outbox)
    outbox.posted(done, None)
    wish(engine, NOTE)
    assert only(outbox).id > done.id


def test_parked_rows_are_kept_with_their_cause(outbox: SqlOutbox, engine: Engine) -> None:
    """They hold no channel and come back by no late `again`; the cause may be any text."""
    wish(engine, FIRST)
    row = only(outbox)
    outbox.park(row, "Slack refuses these blocks: \0 \ud800")
    outbox.again(row, ambiguous=False)
    assert outbox.rows("ml-alerts") == ()
    assert outbox.lease("w", T0, 30) == ()
    ((parked, cause),) = outbox.parked()
    assert (parked.id, parked.state, parked.out) == (row.id, "parked", FIRST)
    assert cause == "Slack refuses these blocks: ? ?"


def test_reroute_moves_what_waits_and_forgets_the_card(outbox: SqlOutbox, engine: Engine) -> None:
    """An archived channel: rows under way too begin afresh in the default channel; other cards stay."""
    other = replace(FIRST, card=CardKey(1, 2))
    wish(engine, FIRST, other, NOTE)
    first, _, note = outbox.rows("ml-alerts")
    outbox.begin(first, T0)
    outbox.posted(first, Posted(CARD, "C1", "1.1", 1))
    outbox.begin(note, T0)
    stood = outbox.card(CARD)
    outbox.reroute(CARD, "default", lost="ml-alerts", stood=stood)
    moved = only(outbox, "default")
    assert (moved.out, moved.state, moved.claimed_at) == (replace(NOTE, channel="default"), "waiting", None)
    assert outbox.card(CARD) is None
    assert only(outbox).out == other


def test_a_card_that_was_moved_before_is_not_forgotten_again(outbox: SqlOutbox, engine: Engine) -> None:
    """Whoever hears late that its old place is lost changes nothing: where it stands now, rows may be under way."""
    old, new = Posted(CARD, "C1", "1.1", 1), Posted(CARD, "C2", "2.2", 2)
    wish(engine, FIRST, replace(COUNT, channel="default"), replace(NOTE, channel="default"))
    outbox.posted(only(outbox), old)
    outbox.reroute(CARD, "default", lost="ml-alerts", stood=old)
    count, note = outbox.rows("default")
    outbox.posted(count, new)
    outbox.begin(note, T0)
    begun = only(outbox, "default")
    outbox.reroute(CARD, "ml-alerts", lost="other", stood=old)
    assert (outbox.card(CARD), outbox.rows("default")) == (new, (begun,))


def test_a_first_post_that_finds_its_channel_lost_moves_that_queue_alone(outbox: SqlOutbox, engine: Engine) -> None:
    """What is under way elsewhere stays so, and whoever read the moved row before cannot begin it any more."""
    wish(engine, FIRST, replace(COUNT, channel="other"))
    outbox.begin(only(outbox, "other"), T0)
    stale, begun = only(outbox), only(outbox, "other")
    outbox.reroute(CARD, "default", lost="ml-alerts", stood=None)
    assert (only(outbox, "default").state, only(outbox, "other")) == ("waiting", begun)
    with pytest.raises(Conflict):
        outbox.begin(stale, T0)


def test_what_waits_for_a_card_in_other_queues_is_known_and_brought(outbox: SqlOutbox, engine: Engine) -> None:
    """By one queue's worker into another's; what was begun stays, and what was read there is stale."""
    other = replace(FIRST, card=CardKey(1, 2), channel="b")
    wish(engine, FIRST, replace(COUNT, channel="b"), other, replace(NOTE, channel="b"))
    count, _, note = outbox.rows("b")
    outbox.begin(note, T0)
    assert outbox.elsewhere("b", [CARD]) == outbox.rows("ml-alerts")
    assert [row.id for row in outbox.elsewhere("ml-alerts", [CARD])] == [count.id, note.id]
    outbox.bring(outbox.elsewhere("ml-alerts", [CARD]), "ml-alerts")
    assert [row.out for row in outbox.rows("ml-alerts")] == [FIRST, COUNT]
    assert [row.out for row in outbox.rows("b")] == [other, replace(NOTE, channel="b")]
    assert outbox.elsewhere("b", []) == ()
    with pytest.raises(Conflict):
        outbox.begin(count, T0)


def test_a_channel_is_held_by_one_worker_until_it_expires(outbox: SqlOutbox, engine: Engine) -> None:
    """The holder renews with the same call; after the end, or a release, another takes over."""
    assert outbox.lease("one", T0, 30) == ()
    wish(engine, FIRST, replace(FIRST, channel="other"))
    assert outbox.lease("one", T0, 30) == ("ml-alerts", "other")
    assert outbox.lease("two", T0 + 29 * SECOND, 30) == ()
    assert outbox.lease("one", T0 + 29 * SECOND, 30) == ("ml-alerts", "other")
    assert outbox.lease("two", T0 + 58 * SECOND, 30) == ()
    assert outbox.lease("two", T0 + 59 * SECOND, 30) == ("ml-alerts", "other")
    assert outbox.lease("one", T0 + 60 * SECOND, 30) == ()
    outbox.release("one")
    assert outbox.lease("one", T0 + 60 * SECOND, 30) == ()
    outbox.release("two")
    assert outbox.lease("one", T0 + 60 * SECOND, 30) == ("ml-alerts", "other")


def test_many_workers_never_hold_one_channel_together(outbox: SqlOutbox, engine: Engine) -> None:
    """Eight workers ask at the same moment, again and again."""
    channels = tuple(f"c{n}" for n in range(3))
    wish(engine, *(replace(FIRST, channel=channel) for channel in channels))
    with ThreadPoolExecutor(8) as pool:
        for turn in range(5):
            now = T0 + turn * timedelta(minutes=1)
            held = list(pool.map(lambda n, now=now: outbox.lease(f"w{n}", now, 30), range(8)))
            assert sorted(channel for mine in held for channel in mine) == list(channels)


def test_pace_keeps_the_later_time(outbox: SqlOutbox) -> None:
    """A second's pace never undercuts a Retry-After; pace and lease of a channel do not disturb each other."""
    assert outbox.next_post_at("ml-alerts") is None
    outbox.pace("ml-alerts", T0 + 30 * SECOND)
    outbox.pace("ml-alerts", T0 + SECOND)
    assert outbox.next_post_at("ml-alerts") == T0 + 30 * SECOND
    outbox.pace("ml-alerts", T0 + 31 * SECOND)
    assert outbox.next_post_at("ml-alerts") == T0 + 31 * SECOND
    assert outbox.next_post_at("other") is None


def test_a_channels_turn_is_had_by_one(outbox: SqlOutbox) -> None:
    """Of eight that ask at once one posts; the others learn when the next turn is, which a Retry-After puts off."""
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda _: outbox.take_post("C1", T0, SECOND), range(8)))
    assert sorted(asked, key=str) == [T0 + SECOND] * 7 + [None]
    assert outbox.take_post("C1", T0 + SECOND, SECOND) is None
    outbox.pace("C1", T0 + 30 * SECOND)
    assert outbox.take_post("C1", T0 + 5 * SECOND, SECOND) == T0 + 30 * SECOND
    assert outbox.take_post("C2", T0, SECOND) is None


def test_a_turn_that_was_booked_is_nobody_elses(outbox: SqlOutbox) -> None:
    """Eight that book at once have a second each, the first of them now; a post comes after them."""
    with ThreadPoolExecutor(8) as pool:
        turns = list(pool.map(lambda _: outbox.book_post("C1", T0, SECOND), range(8)))
    assert sorted(turns) == [T0 + n * SECOND for n in range(8)]
    assert outbox.take_post("C1", T0 + 7 * SECOND, SECOND) == T0 + 8 * SECOND


def test_pace_survives_a_lease(outbox: SqlOutbox, engine: Engine) -> None:
    """Who takes a channel over obeys what the holder before was told."""
    wish(engine, FIRST)
    outbox.lease("one", T0, 1)
    outbox.pace("ml-alerts", T0 + 30 * SECOND)
    outbox.lease("two", T0 + 2 * SECOND, 30)
    assert outbox.next_post_at("ml-alerts") == T0 + 30 * SECOND


def test_budget_is_of_the_running_minute(outbox: SqlOutbox) -> None:
    """Any sixty seconds hold at most so many edits; each frees its place after a minute."""
    taken = [outbox.take_update(T0 + n * 20 * SECOND, 2) for n in range(5)]
    assert taken == [True, True, False, True, True]


def test_budget_is_shared_by_all_workers(outbox: SqlOutbox) -> None:
    """Eight workers at once get exactly what there is."""
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: outbox.take_update(T0, 5), range(16))) == 5


def test_budget_survives_a_clock_set_back(outbox: SqlOutbox) -> None:
    """Edits of the future do not block until the clock gets there."""
    assert outbox.take_update(T0 + timedelta(hours=1), 1)
    assert outbox.take_update(T0, 1)
    assert not outbox.take_update(T0, 1)
