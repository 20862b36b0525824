"""Many notes that would call a channel at once are one message, and quiet lines in their threads."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from bot.errors import ChannelLost, RateLimited, ServerFailed, Unconfirmed
from bot.model.incident import Incident, Reason
from bot.model.post import CardKey, Outgoing
from bot.model.reply import Group, Paragraph
from bot.ports import Change
from bot.slack.web import BlocksRefused
from sandbox.fakes_poster import Post
from sandbox.fakes_storming import StormDesk, names, place

SIXTY = names(60)
_LOUD = {Reason.ESCALATED_AGAIN}


@pytest.fixture
def desk() -> StormDesk:
    """Sixty incidents, each on a card of its own that stands."""
    made = StormDesk()
    for n in range(0, 60, 10):
        made.breaks(SIXTY[n : n + 10])
        made.settle(12)
    assert (len(made.alone_in()), made.left()) == (60, [])
    return made


def get_worse(desk: StormDesk, which: list[str]) -> None:
    """Two runs far beyond the first."""
    for hour in (1.5, 2):
        desk.breaks(which, hour, seen=0.2)


def escalates(desk: StormDesk, name: str, reason: Reason) -> None:
    """The group of its route is to be called."""
    out = Outgoing("note", CardKey(desk.incident(name).number, 1), 1, reason, "ml-alerts", reason in _LOUD)

    def step(locked: tuple[Incident, ...]) -> list[Change]:
        queued = replace(locked[0].queued, escalated_to="S0ONCALL")
        return [Change(locked[0].number, locked[0].service, (), queued, (out,))]

    desk.kept.change([place(name)], step, now=desk.time.now())


def roundups(desk: StormDesk) -> list[Post]:
    """Those in the channel."""
    return [p for p in desk.slack.cards if p.tag.card.startswith("roundup/")]


def groups(post: Post) -> list[str]:
    """Whom it calls."""
    parts = post.reply.parts if post.reply else ()
    return [i.id for part in parts if isinstance(part, Paragraph) for i in part.text if isinstance(i, Group)]


def test_what_gets_worse_in_an_hour_without_slack_is_one_message_and_quiet_lines(desk: StormDesk) -> None:
    """The worst are named with their numbers; the first was tried alone before anybody could know. Cards are edited."""
    desk.slack.gone["ml-alerts"] = ServerFailed("HTTP 503")
    for n in range(0, 60, 10):
        get_worse(desk, SIXTY[n : n + 10])
        desk.settle(10, 60)
    before = len(desk.slack.posts)
    desk.slack.gone.clear()
    desk.settle(180)
    (told,) = roundups(desk)
    assert "59 incidents got worse beyond noise" in told.said
    assert sum(f"{name}" in told.said for name in SIXTY) == 50
    assert f"{desk.incident('svc0001').number}" in told.said
    after = desk.slack.posts[before:]
    assert told in after[:2]
    kinds = {(False, True): 1, (False, False): 59, (True, False): 1}
    assert Counter((p.broadcast, p.thread_ts is None) for p in after) == kinds
    assert len({p.thread_ts for p in after}) == 61
    assert all(p.edits for p in desk.alone_in())
    assert desk.left() == []


def test_ten_are_broadcast_as_ever_and_eleven_are_one_message(desk: StormDesk) -> None:
    """The setting's default; half a minute later it is said together again."""
    for name in SIXTY[:10]:
        desk.want_note(name, Reason.WORSE, broadcast=True)
    desk.settle(12)
    assert (len(roundups(desk)), sum(p.broadcast for p in desk.slack.posts)) == (0, 10)
    for more in (SIXTY[10:21], SIXTY[21:40], SIXTY[40:60]):
        for name in more:
            desk.want_note(name, Reason.WORSE, broadcast=True)
        desk.settle(1)
    desk.settle(90)
    first, second = roundups(desk)
    assert (second.at - first.at).total_seconds() >= 30
    assert "11 incidents got worse" in first.said
    assert "39 incidents got worse" in second.said
    assert (sum(p.broadcast for p in desk.slack.posts), desk.left()) == (10, [])


def test_escalations_of_many_call_their_group_once(desk: StormDesk) -> None:
    """In the one message; the lines in the threads say how long nobody took them, and call nobody."""
    for n, name in enumerate(SIXTY):
        escalates(desk, name, (Reason.ESCALATED, Reason.ESCALATED_AGAIN)[n % 2])
    desk.settle(90)
    (told,) = roundups(desk)
    assert "60 incidents: 30 are nobody's, 30 are still nobody's" in told.said
    assert groups(told) == ["S0ONCALL"]
    assert [groups(p) for p in desk.slack.notes] == [[]] * 60
    assert all("unacknowledged for" in p.said for p in desk.slack.notes)
    assert desk.left() == []


@pytest.mark.parametrize("reply", ["lost", "never sent"])
def test_a_crash_tells_once_what_the_roundup_said(desk: StormDesk, reply: str) -> None:
    """It is looked for first, and told anew if it was never sent."""
    for name in SIXTY[:20]:
        desk.want_note(name, Reason.WORSE, broadcast=True)
    if reply == "lost":
        desk.slack.lost = [True]
        desk.poster.turn()
    else:
        rows = desk.outbox.rows("ml-alerts")
        desk.storms.round_up(rows, rows[-1].id, desk.time.wall())
    desk.want_note(SIXTY[20], Reason.WORSE, broadcast=True)
    desk.time.pass_s(120)
    desk.poster = desk.worker("another")
    desk.settle(90)
    (told,) = roundups(desk)
    assert "20 incidents got worse" in told.said
    assert [p.tag.card for p in desk.slack.posts if p.broadcast] == [f"{desk.incident(SIXTY[20]).number}:1"]
    assert Counter(p.thread_ts for p in desk.slack.notes).most_common(1)[0][1] == 1
    assert (len(desk.slack.notes), desk.left()) == (21, [])


@pytest.mark.parametrize("fault", [RateLimited(30), Unconfirmed("?"), ServerFailed("503")])
def test_what_slack_did_not_take_is_told_later_with_all_that_came_since(desk: StormDesk, fault: Exception) -> None:
    """Once, at the pace that Slack asks for."""
    for name in SIXTY[:20]:
        desk.want_note(name, Reason.WORSE, broadcast=True)
    desk.slack.faults = [fault]
    desk.settle(1)
    for name in SIXTY[20:40]:
        desk.want_note(name, Reason.WORSE, broadcast=True)
    desk.settle(120)
    (told,) = roundups(desk)
    assert "40 incidents got worse" in told.said
    assert (len(desk.slack.notes), sum(p.broadcast for p in desk.slack.posts), desk.left()) == (40, 0, [])


def test_the_others_in_the_channel_do_not_wait_for_quiet_lines(desk: StormDesk) -> None:
    """A new card comes before them, and the channel keeps its pace."""
    for name in SIXTY:
        desk.want_note(name, Reason.WORSE, broadcast=True)
    desk.settle(3)
    desk.breaks(["late"])
    desk.settle(3)
    assert desk.alone_in()[-1].tag.card == f"{desk.incident('late').number}:1"
    desk.settle(90)
    times = [p.at for p in desk.slack.posts]
    assert all((b - a).total_seconds() >= 1 for a, b in pairwise(times))
    assert desk.left() == []


def test_a_roundup_that_slack_refuses_is_kept_with_its_reason(desk: StormDesk) -> None:
    """As any message; the cards go on."""
    for name in SIXTY[:20]:
        desk.want_note(name, Reason.WORSE, broadcast=True)
    desk.slack.faults = [BlocksRefused("invalid_blocks")]
    desk.breaks(["late"], 2)
    desk.settle(30)
    assert len(desk.outbox.parked()) == 20
    assert desk.alone_in()[-1].tag.card == f"{desk.incident('late').number}:1"


def test_in_a_lost_channel_its_cards_go_where_the_others_go() -> None:
    """Each is posted in the default channel, where its line is said."""
    desk = StormDesk()
    for n in (0, 10):
        desk.breaks(SIXTY[n : n + 10], channel="other")
        desk.settle(12)
    desk.slack.gone["other"] = ChannelLost("is_archived")
    for name in SIXTY[:20]:
        desk.want_note(name, Reason.WORSE, broadcast=True)
    desk.settle(120)
    assert set(desk.shown_on()) >= {f"{desk.incident(name).number}:1" for name in SIXTY[:20]}
    assert "ml-alerts" in {p.channel for p in desk.slack.notes if not p.tag.card.startswith("lost:")}
    assert desk.left() == []
