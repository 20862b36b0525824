"""Messages of their own reach Slack once, by the rules that cards have."""

import itertools
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread

import pytest

from bot.errors import ChannelLost, RateLimited, Refused, TokenDead
from bot.model.incident import Reason
from bot.model.post import CardKey, NoticeRow
from bot.model.reply import Reply
from bot.slack.web import BlocksRefused
from sandbox.fakes_notices import FakeNotices
from sandbox.fakes_poster import START, Desk


@pytest.fixture
def desk() -> Desk:
    """Nothing queued yet."""
    return Desk()


def digest(desk: Desk, key: str = "digest:1", channel: str = "ml-alerts") -> None:
    """Queue one."""
    desk.notices.put(key, channel, Reply((f"This is {key}.",)), desk.time.wall())


def waiting(desk: Desk) -> list[NoticeRow]:
    """What is not shown yet, anywhere."""
    return [row for channel in desk.notices.channels() for row in desk.notices.rows(channel)]


def test_a_message_of_its_own_is_posted_once_beside_the_cards(desk: Desk) -> None:
    """In one queue with them: one post a second for the channel, and each under its own mark."""
    desk.want()
    desk.want("note", Reason.WORSE, broadcast=True)
    for number in range(4):
        digest(desk, f"digest:{number}")
    desk.settle(30, step_s=0.25)
    times = [p.at for p in desk.slack.posts]
    assert min(b - a for a, b in itertools.pairwise(times)) >= timedelta(seconds=1)
    assert [p.tag.card for p in desk.slack.cards] == ["1:1", *(f"notice:digest:{n}" for n in range(4))]
    assert len(desk.slack.notes) == 1
    assert (desk.left(), waiting(desk)) == ([], [])


def test_what_is_urgent_on_a_card_comes_before_a_message_that_was_queued_earlier(desk: Desk) -> None:
    """A digest can wait for a second."""
    digest(desk)
    desk.want()
    desk.settle(3)
    assert [p.tag.card for p in desk.slack.cards] == ["1:1", "notice:digest:1"]


def test_what_belongs_to_a_thread_waits_for_its_card(desk: Desk) -> None:
    """Then it stands there, in the card's own channel, found again if its reply was lost; the channel sees nothing."""
    desk.notices.put("chart:1", "ml-alerts", Reply(("Accuracy fell.",)), desk.time.wall(), CardKey(1, 1))
    desk.settle(5)
    assert (desk.slack.posts, len(waiting(desk))) == ([], 1)
    desk.want()
    desk.slack.lost = [False, True]
    desk.settle(8)
    (card,) = desk.slack.cards
    (note,) = desk.slack.notes
    assert (card.tag.card, note.tag.card, note.thread_ts) == ("1:1", "notice:chart:1", card.ts)
    assert waiting(desk) == []


def test_a_message_whose_reply_was_lost_is_found_and_not_repeated(desk: Desk) -> None:
    """A hundred times over."""
    for number in range(100):
        desk.slack.lost = [True]
        digest(desk, f"digest:{number}")
        desk.settle(4)
    assert [p.tag.card for p in desk.slack.posts] == [f"notice:digest:{n}" for n in range(100)]
    assert desk.slack.searched == 100


@pytest.mark.parametrize("posted", [False, True])
def test_after_a_crash_it_is_looked_for_before_it_is_posted(desk: Desk, *, posted: bool) -> None:
    """Whether the dead worker had posted it or not, it stands there once."""
    digest(desk)
    (row,) = waiting(desk)
    if posted:
        desk.slack.lost = [True]
        desk.settle(1)
    else:
        desk.notices.begin(row, desk.time.wall())
    desk.settle(4)
    assert (desk.slack.searched, len(desk.slack.posts)) == (1, 1)
    assert waiting(desk) == []


def test_a_lost_channels_message_goes_to_the_default_one_which_is_told(desk: Desk) -> None:
    """Said once for cards and messages together."""
    desk.slack.gone["other"] = ChannelLost("Slack says `is_archived`.")
    digest(desk, channel="other")
    desk.want(channel="other")
    desk.settle(8)
    assert [p.tag.card for p in desk.slack.posts] == ["lost:other", "1:1", "notice:digest:1"]
    assert {p.channel for p in desk.slack.posts} == {"ml-alerts"}


def test_what_slack_never_takes_is_parked_with_its_cause(desk: Desk) -> None:
    """And delays nobody; what this version cannot read is parked too."""
    digest(desk)
    digest(desk, "digest:2")
    digest(desk, "digest:3")
    desk.slack.faults = [BlocksRefused("Slack says `invalid_blocks`.")]
    del desk.notices.said["digest:2"]
    desk.settle(5)
    causes = [cause for _, cause in desk.notices.parked()]
    assert causes == ["Slack says `invalid_blocks`.", "The message `digest:2` cannot be read."]
    assert [p.tag.card for p in desk.slack.posts] == ["notice:digest:3"]


@pytest.mark.parametrize(
    ("error", "least_s"),
    [(RateLimited(7), 7), (TokenDead("Slack says `token_revoked`."), 60), (Refused("Slack says `access_denied`."), 5)],
)
def test_what_passes_or_can_be_cured_keeps_the_message(desk: Desk, error: Exception, least_s: float) -> None:
    """Not before Slack's own time, and without a search: it was refused before anything was done."""
    digest(desk)
    desk.slack.faults = [error]
    desk.settle(round(least_s) + 4)
    assert [p.at >= START + timedelta(seconds=least_s) for p in desk.slack.posts] == [True]
    assert desk.slack.searched == 0


def test_two_workers_never_post_a_message_twice(desk: Desk) -> None:
    """Turns of two threads at once."""
    posters = (desk.poster, desk.worker("w2"))
    for number in range(10):
        digest(desk, f"digest:{number}")
    stop = Event()

    def turns(poster: object) -> None:
        while not stop.is_set():
            poster.turn()  # type: ignore[attr-defined]

    threads = [Thread(target=turns, args=(p,)) for p in posters]
    for thread in threads:
        thread.start()
    for _ in range(300):
        desk.time.pass_s(0.4)
        Event().wait(0.002)
        if not waiting(desk):
            break
    stop.set()
    for thread in threads:
        thread.join()
    assert sorted(p.tag.row for p in desk.slack.posts) == list(range(1, 11))


@dataclass
class Breaking(FakeNotices):
    """A queue whose message breaks whoever draws it."""

    def __post_init__(self) -> None:
        super().__init__()

    def reply(self, row: NoticeRow) -> Reply:
        """A bug."""
        raise RuntimeError(row.key)


def test_a_message_that_breaks_the_poster_is_parked_in_the_end() -> None:
    """The card with the same row number is not taken for it."""
    desk = Desk(notices=Breaking())
    digest(desk)
    desk.want()
    stop, nudge = Event(), Event()
    loop = Thread(target=desk.poster.run, args=(stop, nudge))
    loop.start()
    for _ in range(8):
        desk.time.pass_s(3)
        nudge.set()
        Event().wait(0.05)
    stop.set()
    nudge.set()
    loop.join(5)
    assert [cause for _, cause in desk.notices.parked()] == ["Showing it broke the poster; the log says why."]
    assert [p.tag.card for p in desk.slack.posts] == ["1:1"]
