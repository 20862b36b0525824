"""The outbox reaches Slack once, in order and at Slack's pace, whatever breaks in between."""

import itertools
from datetime import timedelta
from io import StringIO
from threading import Event, Thread

import pytest

from bot.errors import (
    ChannelLost,
    ChatError,
    MessageGone,
    RateLimited,
    Refused,
    StoreDown,
    TokenDead,
    Unconfirmed,
    Unknowable,
)
from bot.model.account import Account
from bot.model.incident import Reason
from bot.model.post import CardKey, Outgoing
from bot.ports import Tag
from bot.slack.poster import Poster
from bot.slack.web import BlocksRefused
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_poster import START, Desk, Post


@pytest.fixture
def desk() -> Desk:
    """Nothing queued yet."""
    return Desk()


def test_a_card_is_posted_then_edited_then_told_of_in_its_thread(desk: Desk) -> None:
    """One message per card: the note goes into its thread, the next wish edits it."""
    desk.want()
    desk.want("note", Reason.WORSE, broadcast=True)
    desk.settle(3)
    desk.observe(2)
    desk.want(reason=Reason.COUNT, revision=2)
    desk.settle(2)
    assert [(p.said.startswith("#1") or "bank-marketing" in p.said, p.edits) for p in desk.slack.cards] == [(True, 1)]
    assert [(n.thread_ts, n.broadcast) for n in desk.slack.notes] == [("1", True)]
    assert desk.left() == []


def test_wishes_for_one_card_become_one_drawing_of_the_newest(desk: Desk) -> None:
    """A hundred changes of a posted card cost one edit, and a hundred of a new one none."""
    for revision in (1, 1, 1):
        desk.want(reason=Reason.COUNT, revision=revision)
    desk.settle(2)
    assert (len(desk.slack.cards), desk.slack.cards[0].edits) == (1, 0)
    desk.observe(2)
    for _ in range(100):
        desk.want(reason=Reason.COUNT, revision=2)
    desk.settle(3)
    assert (len(desk.slack.cards), desk.slack.cards[0].edits) == (1, 1)
    assert desk.slack.cards[0].tag.revision == 2
    assert desk.left() == []


def forget(desk: Desk) -> None:
    """The card stands nowhere any more."""
    if stood := desk.outbox.card(CardKey(1, 1)):
        desk.outbox.reroute(stood.card, "ml-alerts", lost="ml-alerts", stood=stood)


def test_a_post_whose_reply_was_lost_is_found_and_not_repeated(desk: Desk) -> None:
    """Card and note, two hundred times over: never a double."""
    for _ in range(100):
        slack = desk.slack
        slack.posts.clear()
        slack.lost = [True, True]
        forget(desk)
        desk.want()
        desk.want("note", Reason.WORSE)
        desk.settle(12)
        assert (len(slack.cards), len(slack.notes)) == (1, 1)
        assert desk.left() == []
        desk.time.pass_s(600)


def test_a_crash_after_begin_is_searched_for_before_anything_is_posted(desk: Desk) -> None:
    """Whether the dead worker had posted or not, the card stands there once."""
    desk.want()
    row = desk.outbox.rows("ml-alerts")[0]
    desk.outbox.begin(row, desk.time.wall())
    desk.settle(2)
    assert (desk.slack.searched, len(desk.slack.cards)) == (1, 1)

    forget(desk)
    desk.want()
    desk.outbox.begin(desk.outbox.rows("ml-alerts")[0], desk.time.wall())
    desk.settle(2)
    assert (desk.slack.searched, len(desk.slack.cards)) == (2, 1)
    assert desk.left() == []


def test_retry_after_is_obeyed_to_the_second(desk: Desk) -> None:
    """No call to the channel before the time that Slack named; then it is done without a search."""
    desk.want()
    desk.slack.faults = [RateLimited(7)]
    desk.settle(7)
    assert desk.slack.posts == []
    desk.settle(2)
    assert (len(desk.slack.cards), desk.slack.searched) == (1, 0)
    assert desk.slack.cards[0].at >= START + timedelta(seconds=7)


def test_a_doubtful_row_stays_doubtful_when_the_search_is_refused(desk: Desk) -> None:
    """429 on the search must not turn a lost reply into a second post."""
    desk.want()
    desk.slack.lost = [True]
    desk.slack.faults = [None, RateLimited(3)]
    desk.settle(15)
    assert len(desk.slack.cards) == 1
    assert desk.left() == []


def test_where_history_cannot_be_read_a_lost_post_waits_and_is_found_once_it_can(desk: Desk, log: StringIO) -> None:
    """Without the scope nobody can say whether it stands there; the log says what to cure."""
    desk.want()
    desk.slack.lost = [True]
    desk.slack.faults = [None, *[Refused("Slack says `missing_scope`, channels:history.")] * 3]
    desk.settle(20)
    assert [row.state for row in desk.left()] == ["ambiguous"]
    assert "missing_scope" in log.getvalue()
    desk.settle(60)
    assert len(desk.slack.cards) == 1
    assert (desk.left(), desk.outbox.parked()) == ([], ())


def test_a_channel_takes_one_post_a_second(desk: Desk) -> None:
    """Edits do not count against it."""
    desk.want()
    for _ in range(5):
        desk.want("note", Reason.WORSE)
    desk.settle(30, step_s=0.25)
    times = [p.at for p in desk.slack.posts]
    assert len(times) == 6
    assert min(b - a for a, b in itertools.pairwise(times)) >= timedelta(seconds=1)


def test_edits_stop_at_the_workspaces_budget_and_counters_wait_for_what_matters(desk: Desk) -> None:
    """With one edit left, the resolved card comes before the counters asked for earlier."""
    desk.want()
    desk.settle(2)
    while desk.outbox.take_update(desk.time.wall(), 44):
        pass
    desk.want(channel="other", episode=2)
    desk.settle(1, step_s=0)
    desk.want(reason=Reason.COUNT, revision=9, channel="other", episode=2)
    desk.want(reason=Reason.RESOLVED, revision=9)
    desk.settle(5)
    edits = {p.channel: p.edits for p in desk.slack.cards}
    assert edits == {"ml-alerts": 1, "other": 0}
    desk.time.pass_s(60)
    desk.settle(1)
    assert {p.channel: p.edits for p in desk.slack.cards}["other"] == 1


def test_a_card_that_somebody_deleted_is_posted_anew_and_it_is_said(desk: Desk) -> None:
    """In the new card's thread; the notes that waited go there too."""
    desk.want()
    desk.settle(2)
    desk.slack.posts.clear()
    desk.slack.posts.append(Post("elsewhere", "0", "", Tag("9:9", 1, 99), None, broadcast=False, at=START))
    desk.want(reason=Reason.RESOLVED)
    desk.want("note", Reason.RESOLVED)
    desk.settle(6)
    card, *others = [p for p in desk.slack.cards if p.channel == "ml-alerts"]
    assert others == []
    assert [n.thread_ts for n in desk.slack.notes] == [card.ts, card.ts]
    assert "was deleted" in desk.slack.notes[0].said
    assert desk.left() == []


@pytest.mark.parametrize("posted_before", [False, True])
def test_a_lost_channels_cards_go_to_the_default_one_which_is_told_once(desk: Desk, *, posted_before: bool) -> None:
    """Archived before the first post or after it, card or note: shown, and said where from."""
    desk.want(channel="other")
    if posted_before:
        desk.settle(2)
    desk.slack.gone["other"] = ChannelLost("Slack says `is_archived`.")
    desk.want("note", Reason.WORSE, channel="other")
    desk.settle(8)
    here = [p for p in desk.slack.cards if p.channel == "ml-alerts"]
    assert [p.tag.card for p in here] == ["lost:other", "1:1"]
    assert "is_archived" in here[0].said
    desk.want("card", Reason.COUNT, channel="other", episode=2)
    desk.settle(3)
    assert [p.tag.card for p in desk.slack.cards if p.channel == "ml-alerts"] == ["lost:other", "1:1", "1:2"]
    assert desk.left() == []


def test_a_lost_default_channel_keeps_everything_and_asks_ever_less(desk: Desk) -> None:
    """When the bot is invited again, the card comes."""
    desk.want()
    desk.slack.gone["ml-alerts"] = ChannelLost("Slack says `not_in_channel`.")
    desk.settle(120)
    row = desk.left()[0]
    assert 2 <= row.attempts <= 8
    desk.slack.gone.clear()
    desk.settle(310)
    assert len(desk.slack.cards) == 1


def test_a_dead_token_stops_all_and_keeps_all(desk: Desk) -> None:
    """One call a minute or fewer until the app is installed again."""
    desk.want()
    desk.want(channel="other", episode=2)
    desk.slack.faults = [TokenDead("Slack says `token_revoked`.")] * 2
    desk.settle(100)
    assert len(desk.slack.faults) == 0
    assert len(desk.left()) == 2
    desk.settle(200)
    assert len(desk.slack.cards) == 2


def test_what_slack_refuses_is_parked_with_its_cause_and_delays_nobody(desk: Desk) -> None:
    """The next wish for the card is tried afresh."""
    desk.want()
    desk.slack.faults = [BlocksRefused("Slack says `invalid_blocks`.")]
    desk.settle(1)
    assert [cause for _, cause in desk.outbox.parked()] == ["Slack says `invalid_blocks`."]
    desk.want(reason=Reason.COUNT)
    desk.settle(2)
    assert len(desk.slack.cards) == 1


def test_what_an_admin_can_cure_waits_ever_longer_and_delays_no_other_card(desk: Desk) -> None:
    """A scope, a rule of the workspace: nothing is given up, and the card comes when it is allowed again."""
    refused = Refused("Slack says `access_denied`.")
    desk.want()
    desk.slack.faults = [refused]
    desk.settle(1)
    desk.want(episode=2)
    desk.settle(2)
    assert [p.tag.card for p in desk.slack.cards] == ["1:2"]
    desk.slack.faults = [refused] * 99
    desk.settle(300)
    assert 90 <= len(desk.slack.faults) <= 97
    assert (len(desk.left()), desk.outbox.parked()) == (1, ())
    desk.slack.faults.clear()
    desk.settle(310)
    assert {p.tag.card for p in desk.slack.cards} == {"1:1", "1:2"}
    assert desk.left() == []


def test_an_acknowledgement_that_ends_while_its_card_is_drawn_is_shown_next(desk: Desk) -> None:
    """The clock asks for one more edit at the same revision, between drawing and Slack's reply."""
    desk.want()
    desk.settle(2)
    desk.want(reason=Reason.ACKNOWLEDGED)
    desk.slack.meanwhile = lambda: desk.want(reason=Reason.RUN_OUT)
    desk.settle(1)
    assert [row.out.reason for row in desk.left()] == [Reason.RUN_OUT]
    desk.settle(2)
    assert (desk.slack.cards[0].edits, desk.left()) == (2, [])


def test_a_wish_for_an_incident_that_is_not_there_is_parked(desk: Desk) -> None:
    """Nothing else can be done with it."""
    desk.outbox.add([Outgoing("card", CardKey(77, 1), 1, Reason.FIRST, "ml-alerts")])
    desk.settle(1)
    assert len(desk.outbox.parked()) == 1


def test_one_channels_failures_do_not_hold_up_another(desk: Desk) -> None:
    """A channel that always times out costs the other nothing."""
    desk.slack.gone["other"] = Unconfirmed("timed out")
    desk.want(channel="other", episode=2)
    desk.want()
    desk.want("note", Reason.WORSE)
    desk.settle(3)
    assert [p.channel for p in desk.slack.posts] == ["ml-alerts", "ml-alerts"]


def test_two_workers_never_post_a_row_twice(desk: Desk) -> None:
    """Turns of two threads at once; a lease is one worker's."""
    second = desk.worker("w2")
    desk.want()
    for _ in range(10):
        desk.want("note", Reason.WORSE)
    stop = Event()

    def turns(poster: Poster) -> None:
        while not stop.is_set():
            poster.turn()

    threads = [Thread(target=turns, args=(p,)) for p in (desk.poster, second)]
    for thread in threads:
        thread.start()
    for _ in range(300):
        desk.time.pass_s(0.4)
        Event().wait(0.002)
        if not desk.left():
            break
    stop.set()
    for thread in threads:
        thread.join()
    assert (len(desk.slack.cards), len(desk.slack.notes)) == (1, 10)
    assert len({n.tag.row for n in desk.slack.notes}) == 10


def test_another_worker_takes_over_when_a_lease_runs_out(desk: Desk) -> None:
    """The first one died holding the channel."""
    desk.want()
    assert desk.outbox.lease("dead", desk.time.wall(), 60) == ("ml-alerts",)
    desk.settle(30)
    assert desk.slack.posts == []
    desk.settle(40)
    assert len(desk.slack.cards) == 1


class Broken(FakeInventory):
    """An inventory that breaks until it is mended."""

    error: Exception | None = None

    def accounts(self) -> tuple[Account, ...]:
        """Raises, or is empty."""
        if self.error:
            raise self.error
        return ()


@pytest.mark.parametrize("error", [StoreDown("the database does not answer"), RuntimeError("a bug")])
def test_the_loop_survives_what_breaks_it(desk: Desk, error: Exception) -> None:
    """Nothing is lost while the store is down; a row that breaks the poster is parked after three times."""
    inventory = Broken()
    inventory.error = error
    poster = Poster(
        desk.outbox,
        desk.notices,
        desk.kept,
        inventory,
        desk.slack,
        desk.time,
        worker="w",
        wall=desk.time.wall,
        storms=desk.storms,
        storm_queue=desk.storms,
        default_channel="ml-alerts",
    )
    desk.want()
    stop, nudge = Event(), Event()
    loop = Thread(target=poster.run, args=(stop, nudge))
    loop.start()
    for _ in range(8):
        desk.time.pass_s(3)
        nudge.set()
        Event().wait(0.05)
    inventory.error = None
    for _ in range(8):
        desk.time.pass_s(3)
        nudge.set()
        Event().wait(0.05)
    stop.set()
    nudge.set()
    loop.join(5)
    assert not loop.is_alive()
    is_bug = isinstance(error, RuntimeError)
    assert len(desk.outbox.parked()) == (1 if is_bug else 0)
    assert len(desk.slack.cards) == (0 if is_bug else 1)
    assert desk.outbox.lease("next", desk.time.wall(), 60) == (() if not desk.left() else ("ml-alerts",))


def test_every_chat_error_has_been_thought_of() -> None:
    """A new kind must get a row in the poster's table and a test here."""
    known = {RateLimited, Unconfirmed, Unknowable, Refused, ChannelLost, MessageGone, TokenDead}
    assert set(ChatError.__subclasses__()) == known
