"""When what nobody can take leaves the queue for good."""

import pytest

from bot.alerts.giving_up import MOST_RECEIVES, GivingUp
from bot.errors import AccessDenied, SourceError, Throttled
from bot.model.event import Message
from sandbox.fakes_inbox import FakeInbox

OFTEN, SELDOM = Message("often", "", "{", MOST_RECEIVES), Message("seldom", "", "{", MOST_RECEIVES - 1)
REFUSED = AccessDenied("sqs:GetQueueAttributes is refused", "Allow it.")


@pytest.mark.parametrize(
    ("letters", "gone"),
    [(False, [OFTEN]), (True, []), (REFUSED, []), (Throttled("SQS is busy", "Wait."), [])],
)
def test_only_a_queue_known_to_have_no_dead_letters_loses_what_came_often(
    letters: bool | SourceError, gone: list[Message]
) -> None:
    """Where SQS will keep it, and where nobody can tell, it stays."""
    assert GivingUp(FakeInbox(letters=letters)).of([SELDOM, OFTEN]) == gone


def test_nobody_is_asked_for_what_came_seldom() -> None:
    """A batch in which all is well costs no call."""
    inbox = FakeInbox()
    assert (GivingUp(inbox).of([SELDOM]), GivingUp(inbox).of([]), inbox.asked) == ([], [], 0)


@pytest.mark.parametrize("letters", [True, REFUSED])
def test_what_keeps_a_message_is_not_asked_for_each_time_it_comes(letters: bool | SourceError) -> None:
    """A policy may let it come a thousand times."""
    inbox = FakeInbox(letters=letters)
    giving_up = GivingUp(inbox)
    assert [giving_up.of([OFTEN]) for _ in range(20)] == [[]] * 20
    assert inbox.asked == 1


def test_a_policy_that_is_added_holds_from_the_next_batch_on() -> None:
    """Nothing is deleted by what was so before."""
    inbox = FakeInbox()
    giving_up = GivingUp(inbox)
    assert giving_up.of([OFTEN, OFTEN]) == [OFTEN, OFTEN]
    inbox.letters = True
    assert (giving_up.of([OFTEN]), inbox.asked) == ([], 2)


@pytest.mark.parametrize("letters", [True, REFUSED])
def test_a_policy_that_is_taken_away_is_noticed_some_time_later(letters: bool | SourceError) -> None:
    """As is the right to ask, once it is given."""
    inbox = FakeInbox(letters=letters)
    giving_up = GivingUp(inbox, asked_again_s=0.0)
    assert giving_up.of([OFTEN]) == []
    inbox.letters = False
    assert giving_up.of([OFTEN]) == [OFTEN]
