"""At most one message a second in a channel, whichever queues lead there and whatever says it."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.errors import ChannelLost
from bot.model.incident import Reason
from sandbox.fakes_storming import StormDesk, names

SECOND = timedelta(seconds=1)
ONE = {"ml-alerts": "C0ML", "C0ML": "C0ML", "risk": "C0RISK"}
"""What Slack calls the channels that routes name so."""


@pytest.fixture
def desk() -> StormDesk:
    """Nothing queued yet."""
    return StormDesk()


def hurried(desk: StormDesk) -> list[tuple[str, datetime]]:
    """What was said within a second of the message before, by channel."""
    by: dict[str, list[datetime]] = defaultdict(list)
    for post in desk.slack.posts:
        by[post.channel].append(post.at)
    return [(c, b) for c, at in by.items() for a, b in pairwise(sorted(at)) if b - a < SECOND]


def test_cards_that_moved_from_lost_channels_share_the_second_of_where_they_stand_now(desk: StormDesk) -> None:
    """What is wished in three queues is said in one channel's threads, and that three are lost is said there too."""
    for stem, channel in (("a", "other"), ("b", "third"), ("e", "fourth"), ("c", "ml-alerts")):
        desk.breaks(names(3, stem), channel=channel)
    desk.settle(8)
    for channel in ("other", "third", "fourth"):
        desk.slack.gone[channel] = ChannelLost("Slack says `is_archived`.")
    for hour in (1.2, 1.4):
        desk.breaks([*names(3, "a"), *names(3, "b"), *names(3, "e")], hour, seen=0.3)
        desk.settle(40)
    assert {p.tag.card for p in desk.slack.cards} >= {"lost:other", "lost:third", "lost:fourth"}
    for stem in "abce":
        for name in names(2, stem):
            desk.want_note(name, Reason.NOTED)
    said = len(desk.slack.notes)
    desk.settle(40, step_s=0.4)
    assert len(desk.slack.notes) - said == 8
    assert hurried(desk) == []


def test_a_channel_by_its_name_and_by_its_id_is_one(desk: StormDesk) -> None:
    """Two queues, of which each has its own worker: the second is the channel's."""
    desk.slack.ids = ONE
    workers = [desk.worker("w1"), desk.worker("w2")]
    for n, channel in enumerate(("ml-alerts", "C0ML", "risk")):
        desk.breaks(names(6, f"s{n}-"), channel=channel)
        workers[n % 2].turn()
    for turn in range(60):
        workers[turn % 2].turn()
        desk.time.pass_s(0.3)
    assert [p.channel for p in desk.slack.cards].count("C0ML") == 12
    assert [p.channel for p in desk.slack.cards].count("C0RISK") == 6
    assert hurried(desk) == []


def test_a_worker_that_comes_late_says_what_it_kept_and_holds_nothing_up(desk: StormDesk) -> None:
    """Its turns may be ten seconds apart: the channel's second is then free, and not booked again and again."""
    desk.breaks(names(3))
    desk.settle(8)
    desk.slack.posts.clear()
    desk.breaks(names(3), 1.2, seen=0.3)
    desk.settle(12, step_s=10)
    assert len([p for p in desk.slack.notes if "was deleted" in p.said]) == 3
    assert desk.left() == []
    assert hurried(desk) == []


def test_that_a_message_took_the_place_of_one_is_said_in_the_next_second(desk: StormDesk) -> None:
    """A card and a storm's card, while others wait; and not much later, though Slack is slow."""
    desk.breaks(names(3, "a"), channel="other")
    desk.breaks(names(12))
    desk.settle(8)
    desk.slack.posts.clear()
    desk.breaks([*names(3, "a"), *names(12)], 1.2, seen=0.3)
    desk.slack.takes_s = 0.3
    desk.settle(60, step_s=0.4)
    replaced = [p for p in desk.slack.notes if "was deleted" in p.said]
    stands = {p.ts: p.at for p in desk.slack.cards}
    assert sorted(p.channel for p in replaced) == ["ml-alerts", "other", "other", "other"]
    assert all(SECOND <= p.at - stands[str(p.thread_ts)] < 8 * SECOND for p in replaced)
    assert hurried(desk) == []
