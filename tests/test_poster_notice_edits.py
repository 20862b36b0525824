"""A message of its own whose words change (a model package's card): edited where it stands, never posted twice."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.errors import ChannelLost, ChatError, RateLimited, Refused, TokenDead, Unconfirmed
from bot.model.post import NoticeRow
from bot.model.reply import Reply
from bot.ports import Tag
from bot.slack.poster import EDITS_PER_MINUTE
from bot.slack.web import BlocksRefused
from sandbox.fakes_poster import START, Desk, Post

KEY = "package:arn:1"


@pytest.fixture
def desk() -> Desk:
    """Nothing queued yet."""
    return Desk()


def says(desk: Desk, words: str, key: str = KEY, channel: str = "ml-alerts") -> None:
    """What the card says from now on."""
    desk.notices.show(key, channel, Reply((words,)), desk.time.wall())


def left(desk: Desk) -> list[NoticeRow]:
    """What is not shown yet, anywhere."""
    return [row for channel in desk.notices.channels() for row in desk.notices.rows(channel)]


def stands(desk: Desk, channel: str = "ml-alerts") -> list[tuple[str, int]]:
    """What stands in a channel, and how often each was edited; what is said of a lost channel left out."""
    mine = [p for p in desk.slack.posts if p.channel == channel and p.tag.card == f"notice:{KEY}"]
    return [(p.said.strip(), p.edits) for p in mine]


def deletes(desk: Desk) -> None:
    """Somebody takes away all that stands; another message takes the place, so that no timestamp comes again."""
    desk.slack.posts.clear()
    desk.slack.posts.append(Post("elsewhere", "0", "", Tag("9:9", 1, 99), None, broadcast=False, at=START))


def test_a_changed_card_is_edited_where_it_stands_by_its_newest_words(desk: Desk) -> None:
    """Many changes before the post cost none, many afterwards one."""
    says(desk, "waits")
    says(desk, "waits still")
    desk.settle(2)
    assert stands(desk) == [("waits still", 0)]
    for number in range(20):
        says(desk, f"confirmed {number}")
    desk.settle(3)
    says(desk, "approved")
    desk.settle(3)
    assert stands(desk) == [("approved", 2)]
    assert (left(desk), desk.slack.searched) == ([], 0)


def test_a_post_whose_reply_was_lost_is_found_and_edited_to_what_it_says_by_then(desk: Desk) -> None:
    """Fifty times over: one message each, with the decision that was made while nobody knew of the post."""
    for number in range(50):
        key = f"package:{number}"
        desk.slack.lost = [True]
        says(desk, "waits", key)
        desk.settle(1)
        says(desk, "approved", key)
        desk.settle(4)
    assert [p.tag.card for p in desk.slack.posts] == [f"notice:package:{n}" for n in range(50)]
    assert {(p.said.strip(), p.edits) for p in desk.slack.posts} == {("approved", 1)}
    assert (left(desk), desk.slack.searched) == ([], 50)


@pytest.mark.parametrize("posted", [False, True])
def test_what_changed_while_a_dead_worker_had_it_stands_once_with_the_newest_words(desk: Desk, *, posted: bool) -> None:
    """Whether that worker had posted it or not."""
    says(desk, "waits")
    if posted:
        desk.slack.lost = [True]
        desk.settle(1)
    else:
        desk.notices.begin(left(desk)[0], desk.time.wall())
    says(desk, "approved")
    desk.settle(4)
    assert [words for words, _ in stands(desk)] == ["approved"]
    assert (left(desk), desk.slack.searched) == ([], 1)


def test_what_changes_while_an_edit_is_under_way_is_edited_once_more(desk: Desk) -> None:
    """Between reading the words and Slack's reply."""
    says(desk, "waits")
    desk.settle(2)
    says(desk, "confirmed")
    desk.slack.meanwhile = lambda: says(desk, "approved")
    desk.settle(1)
    assert len(left(desk)) == 1
    desk.settle(2)
    assert (stands(desk), left(desk)) == ([("approved", 2)], [])


@pytest.mark.parametrize(
    ("error", "least_s"),
    [
        (Unconfirmed("the line was cut"), 1),
        (RateLimited(7), 7),
        (TokenDead("Slack says `token_revoked`."), 60),
        (Refused("Slack says `access_denied`."), 5),
    ],
)
def test_an_edit_that_fails_is_repeated_without_a_search(desk: Desk, error: ChatError, least_s: int) -> None:
    """It may be done twice and never doubles a message, so that it is in no doubt."""
    says(desk, "waits")
    desk.settle(2)
    says(desk, "approved")
    desk.slack.faults = [error]
    desk.settle(1)
    assert [row.state for row in left(desk)] == ["waiting"]
    desk.settle(least_s - 1)
    assert stands(desk) == [("waits", 0)]
    desk.settle(4)
    assert (stands(desk), left(desk), desk.slack.searched) == ([("approved", 1)], [], 0)


@pytest.mark.parametrize(
    ("happens", "channel"),
    [
        (deletes, "other"),
        (lambda desk: desk.slack.gone.update(other=ChannelLost("Slack says `is_archived`.")), "ml-alerts"),
    ],
)
def test_a_card_that_stands_nowhere_any_more_is_posted_anew_and_edited_there(
    desk: Desk, happens: Callable[[Desk], None], channel: str
) -> None:
    """Deleted by hand, or its channel archived: once, and the next change finds the new one."""
    says(desk, "waits", channel="other")
    desk.settle(2)
    happens(desk)
    says(desk, "confirmed", channel="other")
    desk.settle(6)
    assert stands(desk, channel) == [("confirmed", 0)]
    says(desk, "approved", channel="other")
    desk.settle(3)
    assert (stands(desk, channel), left(desk)) == ([("approved", 1)], [])


def test_words_that_slack_never_takes_give_way_to_the_next_ones(desk: Desk) -> None:
    """Parked with its cause; the next change of the card edits the message that stands."""
    says(desk, "waits")
    desk.settle(2)
    desk.slack.faults = [BlocksRefused("Slack says `invalid_blocks`.")]
    says(desk, "too much")
    desk.settle(2)
    assert [cause for _, cause in desk.notices.parked()] == ["Slack says `invalid_blocks`."]
    says(desk, "approved")
    desk.settle(2)
    assert (stands(desk), desk.notices.parked()) == ([("approved", 1)], ())


def test_edits_of_such_cards_share_the_workspaces_budget(desk: Desk) -> None:
    """A registry decided at once elsewhere takes no edit from the minute that it does not have."""
    cards = [f"package:{number}" for number in range(EDITS_PER_MINUTE + 5)]
    for key in cards:
        says(desk, "waits", key)
    desk.settle(len(cards) + 1)
    desk.time.pass_s(timedelta(minutes=2).total_seconds())
    for key in cards:
        says(desk, "rejected", key)
    desk.settle(1)
    assert sum(p.edits for p in desk.slack.posts) == EDITS_PER_MINUTE
    desk.settle(120)
    assert {p.edits for p in desk.slack.posts} == {1}
    assert len(desk.slack.posts) == len(cards)
