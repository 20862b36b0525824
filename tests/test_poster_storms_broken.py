"""A storm's card stands once and its thread says each thing once, whatever breaks in between."""

from threading import Event, Thread

import pytest

from bot.errors import ChannelLost, MessageGone, RateLimited, Unconfirmed
from bot.model.incident import Reason
from bot.model.post import CardKey
from bot.model.reply import Reply
from bot.model.route import Route
from bot.slack.poster import Poster
from bot.slack.web import BlocksRefused
from sandbox.fakes_storming import StormDesk, names


@pytest.fixture
def desk() -> StormDesk:
    """Nothing queued yet."""
    return StormDesk()


def test_an_hour_without_slack_ends_in_a_storm_and_not_in_a_flood(desk: StormDesk) -> None:
    """Two hundred incidents begin, half of them end meanwhile, some get worse: one card, one or two lines.

    The first incident was tried alone before anybody could know; what stood before is edited where it stands.
    """
    desk.breaks(["before"])
    desk.settle(2)
    desk.slack.gone["ml-alerts"] = Unconfirmed("Slack does not answer")
    every = names(200)
    for n, name in enumerate(every):
        desk.breaks([name], 1 + n / 400)
        desk.settle(1, step_s=18)
    desk.recovers(every[:100], 2)
    for hour in (2, 2.5):
        desk.breaks(every[100:130], hour, seen=0.1)
    assert desk.slack.calls <= 150, "an outage is asked for its end ever less often"
    desk.slack.gone.clear()
    began = len(desk.slack.posts)
    desk.settle(120)
    posts = desk.slack.posts[began:]
    assert len([p for p in posts if p.thread_ts is None]) == 2
    assert len([p for p in posts if p.broadcast]) == 1
    (storm,) = desk.storms_in()
    assert "100 open, 99 resolved" in storm.said
    assert set(desk.shown_on().values()) == {1}
    assert len(desk.shown_on()) == 201
    assert desk.left() == []


def test_a_storm_whose_reply_was_lost_is_found_and_not_repeated(desk: StormDesk) -> None:
    """Card and line in the thread, fifty times over."""
    for n in range(50):
        before = len(desk.slack.posts)
        desk.slack.lost = [True]
        desk.breaks(names(11, f"round{n}-"))
        desk.settle(15)
        desk.slack.lost = [True]
        desk.want_note(f"round{n}-0001", Reason.WORSE, broadcast=True)
        desk.want_note(f"round{n}-0002", Reason.WORSE, broadcast=True)
        desk.settle(40)
        card, note = desk.slack.posts[before:]
        assert (note.thread_ts, note.broadcast) == (card.ts, True)
        assert desk.left() == []
        desk.time.pass_s(600)


def test_what_was_added_while_nobody_knew_is_drawn_next(desk: StormDesk) -> None:
    """The message that is found shows what was known then."""
    desk.slack.lost = [True]
    desk.breaks(names(11))
    desk.settle(1)
    desk.recovers(names(3), 2)
    desk.settle(20)
    (storm,) = desk.slack.posts
    assert "8 open, 3 resolved" in storm.said
    assert desk.left() == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_while_many_lines_are_said_says_them_once(desk: StormDesk, when: str) -> None:
    """All of a message's rows are begun together, so the next worker knows which they were; newer ones follow."""
    desk.breaks(names(20))
    desk.settle(3)
    for name in names(5):
        desk.want_note(name, Reason.WORSE, broadcast=True)
    begun = desk.outbox.rows("ml-alerts")
    if when == "after":
        desk.slack.lost = [True]
        desk.poster.turn()
    else:
        desk.storms.begin(begun, desk.time.wall())
    desk.want_note("svc0009", Reason.WORSE, broadcast=True)
    desk.time.pass_s(120)
    desk.poster = desk.worker("another")
    desk.settle(60)
    first, second = desk.slack.notes
    assert "5 incidents of the storm got worse" in first.said
    assert "svc0009" not in first.said
    assert "svc0009" in second.said
    assert desk.left() == []


def test_a_storm_that_somebody_deleted_is_posted_anew_and_it_is_said(desk: StormDesk) -> None:
    """At its next change, with what its incidents are then."""
    desk.breaks(names(20))
    desk.settle(3)
    desk.slack.posts.clear()
    desk.recovers(["svc0001"], 2)
    desk.settle(20)
    (storm,) = desk.storms_in()
    assert "19 open, 1 resolved" in storm.said
    assert ["was deleted" in n.said for n in desk.slack.notes] == [True]
    assert desk.left() == []


def test_what_is_urgent_brings_a_deleted_storm_back_too(desk: StormDesk) -> None:
    """Its line goes into the new one's thread."""
    desk.breaks(names(20))
    desk.settle(3)
    desk.slack.posts.clear()
    for name in names(3):
        desk.want_note(name, Reason.ESCALATED)
    desk.slack.faults = [MessageGone("Slack says `thread_not_found`.")]
    desk.settle(40)
    assert len(desk.storms_in()) == 1
    assert {n.thread_ts for n in desk.slack.notes} == {desk.storms_in()[0].ts}
    assert desk.left() == []


@pytest.mark.parametrize("posted_before", [False, True])
def test_a_lost_channels_storm_goes_to_the_default_one(desk: StormDesk, *, posted_before: bool) -> None:
    """With all of its incidents; what they want later goes on there."""
    desk.breaks(names(20), channel="other")
    if posted_before:
        desk.settle(3)
    desk.slack.gone["other"] = ChannelLost("Slack says `is_archived`.")
    desk.recovers(["svc0001"], 2)
    desk.settle(20)
    assert next(p.tag.card for p in desk.slack.cards if p.channel == "ml-alerts") == "lost:other"
    assert len(desk.storms_in()) == 1
    desk.recovers(["svc0002"], 2)
    desk.settle(15)
    assert "18 open, 2 resolved" in desk.storms_in()[0].said
    assert desk.left() == []


def test_what_waits_in_another_channel_is_brought_to_a_storm_that_stands_nowhere(desk: StormDesk) -> None:
    """Two workers must not post it twice: its own channel's does."""
    desk.breaks(names(11))
    desk.slack.faults = [RateLimited(30)]
    desk.settle(1)
    for name in names(11):
        desk.routes[name] = Route("other")
    desk.recovers(names(2), 2)
    desk.settle(60)
    assert [(p.channel, p.edits) for p in desk.slack.posts] == [("ml-alerts", 0)]
    assert "9 open, 2 resolved" in desk.slack.posts[0].said
    desk.recovers(["svc0005"], 2)
    desk.settle(20)
    assert "8 open, 3 resolved" in desk.slack.posts[0].said
    assert desk.left() == []


def test_a_drawing_that_slack_refuses_is_parked_and_the_next_one_is_tried(desk: StormDesk) -> None:
    """One cause for all that it answered, not one after the other."""
    desk.breaks(names(20))
    desk.slack.faults = [BlocksRefused("Slack says `invalid_blocks`.")]
    desk.settle(5)
    assert desk.slack.posts == []
    assert {cause for _, cause in desk.outbox.parked()} == {"Slack says `invalid_blocks`."}
    desk.recovers(["svc0001"], 2)
    desk.settle(5)
    assert len(desk.storms_in()) == 1


def test_a_card_that_may_stand_already_is_no_part_of_a_storm(desk: StormDesk) -> None:
    """It is looked for and keeps its own message."""
    desk.slack.lost = [True]
    desk.breaks(["alone"])
    desk.settle(1, step_s=0)
    desk.breaks(names(20))
    desk.settle(20)
    assert [p.tag.card for p in desk.alone_in()] == [f"{desk.incident('alone').number}:1"]
    assert len(desk.storms_in()) == 1
    assert set(desk.shown_on().values()) == {1}


def test_a_chart_for_a_card_in_a_storm_is_dropped(desk: StormDesk) -> None:
    """There is no thread for it; a chart of a card that stands alone comes."""
    desk.breaks(["alone"])
    desk.settle(2)
    desk.breaks(names(20))
    for name in ("alone", "svc0001"):
        key = CardKey(desk.incident(name).number, 1)
        desk.notices.put(f"chart:{name}", "ml-alerts", Reply((f"A chart of {name}.",)), desk.time.wall(), key)
    desk.settle(20)
    assert [n.said for n in desk.slack.notes] == ["A chart of alone."]
    assert desk.notices.channels() == ()


def test_two_workers_make_one_storm_of_what_comes(desk: StormDesk) -> None:
    """Turns of two threads at once while incidents begin."""
    second = desk.worker("w2")
    stop = Event()

    def turns(poster: Poster) -> None:
        while not stop.is_set():
            poster.turn()

    threads = [Thread(target=turns, args=(p,)) for p in (desk.poster, second)]
    for thread in threads:
        thread.start()
    for n in range(60):
        desk.breaks(names(5, f"r{n:02d}-"))
        desk.time.pass_s(1)
        Event().wait(0.002)
    for _ in range(300):
        desk.time.pass_s(0.4)
        Event().wait(0.002)
        if not desk.left():
            break
    stop.set()
    for thread in threads:
        thread.join()
    assert set(desk.shown_on().values()) == {1}
    assert len(desk.shown_on()) == 300
    assert len(desk.slack.cards) <= 15, [p.tag.card for p in desk.slack.cards]
