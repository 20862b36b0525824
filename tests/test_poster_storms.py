"""First posts that pile up become one card, which changes in place until its incidents' episodes end."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.model.incident import Reason
from bot.model.post import CardKey
from sandbox.fakes import at
from sandbox.fakes_poster import START
from sandbox.fakes_storming import StormDesk, names


@pytest.fixture
def desk() -> StormDesk:
    """Nothing queued yet."""
    return StormDesk()


def test_ten_cards_are_posted_one_by_one_and_eleven_are_one_card(desk: StormDesk) -> None:
    """The setting's default; what stands already is not gathered."""
    desk.breaks(names(10))
    desk.settle(12)
    assert (len(desk.storms_in()), len(desk.alone_in())) == (0, 10)
    desk.breaks(names(11, "more"))
    desk.settle(3)
    assert (len(desk.storms_in()), len(desk.alone_in())) == (1, 10)
    said = desk.storms_in()[0].said
    assert "Storm: 11 incidents at once" in said
    assert desk.storms_in()[0].presses["Acknowledge All 11"] == "ack-all 1 at=1"
    assert all(name in said for name in names(11, "more"))
    assert desk.left() == []


def test_a_thousand_incidents_are_one_card_that_counts_them(desk: StormDesk) -> None:
    """By account and family; the worst fifty by name, the rest in a file."""
    desk.breaks(names(999))
    desk.breaks(["worst"], seen=0.01)
    desk.settle(3)
    (card,) = desk.slack.cards
    counted = [int(n.replace(",", "")) for n in re.findall(r"([\d,]+) model quality", card.said)]
    assert (len(counted), sum(counted)) == (3, 1_000)
    assert card.said.index("worst") < card.said.index("svc0")
    assert sum(name in card.said for name in desk.routes) == 50
    assert card.presses["All 1,000 (CSV)"] == "storm 1"
    assert desk.left() == []


def test_while_cards_come_fast_they_join_and_afterwards_each_has_its_own_again(desk: StormDesk) -> None:
    """Five a second for a minute: one post, and edits at most each ten seconds. A minute later it is quiet."""
    every = names(300)
    for second in range(60):
        desk.breaks(every[second * 5 : second * 5 + 5])
        desk.settle(1)
    desk.settle(15)
    # The first few came before anybody could know that it is a storm.
    assert len(desk.alone_in()) <= 3
    (storm,) = desk.storms_in()
    assert storm.edits <= 9
    joined = 300 - len(desk.alone_in())
    assert f"Storm: {joined:,} incidents at once" in storm.said
    assert set(desk.shown_on().values()) == {1}
    assert len(desk.shown_on()) == 300
    desk.time.pass_s(61)
    desk.breaks(["late"])
    desk.settle(2)
    assert [p.tag.card for p in desk.alone_in()][-1] == f"{desk.incident('late').number}:1"
    assert desk.left() == []


def test_a_second_storm_is_a_second_card(desk: StormDesk) -> None:
    """The first one is history for whoever looks at the channel's bottom."""
    desk.breaks(names(20))
    desk.settle(3)
    desk.time.pass_s(600)
    desk.breaks(names(20, "later"))
    desk.settle(3)
    first, second = desk.storms_in()
    assert "later0001" not in first.said
    assert "later0001" in second.said
    assert len({first.tag.card, second.tag.card}) == 2


def test_what_happens_to_its_incidents_is_seen_on_the_storms_card(desk: StormDesk) -> None:
    """Acknowledged by number, resolved, counted again: no post, one edit for all that came within ten seconds."""
    desk.breaks(names(20))
    desk.settle(3)
    desk.acknowledges("svc0003")
    desk.recovers(names(2), 2)
    desk.breaks(["svc0005"], 2)
    desk.settle(12)
    assert len(desk.slack.posts) == 1
    (storm,) = desk.storms_in()
    assert storm.edits == 1
    assert "17 open, 1 acknowledged, 2 resolved" in storm.said
    assert "Acknowledged by @U1 (1)" in storm.said
    assert "Acknowledge All 17" in storm.presses
    assert desk.left() == []


def test_what_somebody_did_is_seen_within_two_seconds_and_counters_wait_for_ten(desk: StormDesk) -> None:
    """Edits are the whole workspace's."""
    desk.breaks(names(20))
    desk.settle(1)
    desk.recovers(["svc0001"], 2)
    desk.settle(9)
    assert desk.storms_in()[0].edits == 0
    desk.settle(1)
    desk.acknowledges("svc0003")
    desk.settle(3)
    assert desk.storms_in()[0].edits == 2


def test_what_gets_worse_is_said_in_the_storms_thread_and_at_the_channels_bottom(desk: StormDesk) -> None:
    """As its own card would have it."""
    desk.breaks(names(20))
    desk.settle(3)
    for hour in (2.0, 2.5):
        desk.breaks(["svc0003"], hour, seen=0.2)
    desk.settle(20)
    (note,) = desk.slack.notes
    assert (note.thread_ts, note.broadcast) == (desk.storms_in()[0].ts, True)
    assert "svc0003" in note.said
    assert "worse beyond noise" in note.said
    assert desk.left() == []


def test_many_urgent_changes_are_one_message_that_calls_everybody_once(desk: StormDesk) -> None:
    """Three hundred incidents that nobody takes: a line each for a few, the number of the others, one call."""
    desk.breaks(names(300))
    desk.settle(3)
    for name in names(300):
        desk.want_note(name, Reason.ESCALATED)
    desk.settle(5)
    (note,) = desk.slack.notes
    assert "300 incidents of the storm are nobody's" in note.said
    assert "and 292 more" in note.said
    assert desk.left() == []


def test_urgent_changes_that_come_one_by_one_are_said_together_each_half_minute(desk: StormDesk) -> None:
    """Nobody is told more often than they can read."""
    desk.breaks(names(60))
    desk.settle(3)
    for name in names(60):
        desk.want_note(name, Reason.WORSE, broadcast=True)
        desk.settle(1)
    desk.settle(40)
    assert len(desk.slack.notes) == 3
    gaps = [b.at - a.at for a, b in pairwise(desk.slack.notes)]
    assert min(gaps) >= timedelta(seconds=30)
    assert desk.left() == []


def test_what_is_not_urgent_is_not_said(desk: StormDesk) -> None:
    """Acknowledged, resolved, back within noise: the card shows it."""
    desk.breaks(names(20))
    desk.settle(3)
    for reason in (Reason.ACKNOWLEDGED, Reason.RESOLVED, Reason.BACK, Reason.SNOOZED, Reason.SEES):
        desk.want_note("svc0001", reason)
    desk.settle(15)
    assert desk.slack.notes == []
    assert desk.left() == []


def test_with_few_left_it_is_over_and_with_none_it_is_resolved(desk: StormDesk) -> None:
    """In place: no post; those that are left are what it lists."""
    desk.breaks(names(20))
    desk.settle(3)
    desk.recovers(names(17), 2)
    desk.settle(12)
    (storm,) = desk.slack.posts
    assert "The storm is over: 3 of 20 incidents left" in storm.said
    assert [name for name in names(20) if name in storm.said] == names(20)[17:]
    assert "Acknowledge All 3" in storm.presses
    desk.recovers(names(20)[17:], 2.5)
    desk.settle(12)
    (storm,) = desk.slack.posts
    assert "The storm is over: all 20 are resolved" in storm.said
    assert list(storm.presses) == ["All 20 (CSV)"]


def test_a_new_episode_has_a_card_of_its_own(desk: StormDesk) -> None:
    """The storm's card says so, and does not offer it any more."""
    desk.breaks(names(20))
    desk.settle(3)
    key = CardKey(desk.incident("svc0001").number, 2)
    for hour in range(2, 6):
        desk.recovers(["svc0001"], hour)
    desk.breaks(["svc0001"], 6)
    desk.time.stands_at = at(7)
    desk.time.pass_s(61)
    desk.settle(20)
    assert [p.tag.card for p in desk.alone_in()] == [str(key)]
    (storm,) = desk.storms_in()
    assert "19 open, 1 resolved" in storm.said
    assert "Acknowledge All 19" in storm.presses


def test_posts_keep_their_second_and_edits_their_budget_in_the_worst_minute(desk: StormDesk) -> None:
    """Three channels, a thousand incidents in a minute."""
    every = names(1_000)
    for second in range(60):
        for n, name in enumerate(every[second * 17 : second * 17 + 17]):
            desk.breaks([name], channel=("ml-alerts", "b", "c")[n % 3])
        desk.settle(4, step_s=0.25)
    desk.settle(60)
    for channel in ("ml-alerts", "b", "c"):
        times = [p.at for p in desk.slack.posts if p.channel == channel]
        assert all(b - a >= timedelta(seconds=1) for a, b in pairwise(times))
    assert sum(p.edits for p in desk.slack.posts) <= 45 * 2
    assert len(desk.slack.posts) <= 12
    assert set(desk.shown_on().values()) == {1}
    assert len(desk.shown_on()) == 1_000
    assert max(p.at for p in desk.slack.posts) <= START + timedelta(minutes=2)
    assert desk.outbox.counts() == {"waiting": 0, "sending": 0, "ambiguous": 0, "parked": 0}
