"""What can go wrong, told to the person who meets it.

BotError                    written for the person reading Slack: a cause and a next step
├── BadRequest              what was typed cannot be understood
├── NotAllowed              the person lacks the role
├── NotFound                no incident, account or service of that name
├── Conflict                somebody else was first, or the thing has moved on
├── Busy                    the pool is full
├── Unsaved                 the store did not confirm
├── StoreDown               the database does not answer; nothing was changed
├── Unkept                  AWS has done it, and the store took no word of it
├── ChatError               Slack did not take a message
│   ├── RateLimited         Slack said when to come back
│   │   └── TooEarly        a channel's second is not over; Slack was not called
│   ├── Unconfirmed         the reply was lost: the message may stand there
│   │   └── ServerFailed    Slack said 5xx: most likely nothing happened
│   ├── Unknowable          Slack does not say who or what something is
│   ├── Refused             Slack refuses, and somebody must change something first
│   ├── ChannelLost         archived, missing, or the bot is no member
│   ├── MessageGone         the message to edit was deleted
│   └── TokenDead           the installation was revoked
└── SourceError             an account did not answer
    ├── AccessDenied        a role lacks an action, or cannot be assumed
    ├── Throttled           AWS asked to slow down
    ├── TimedOut            no answer within the time given
    ├── Missing             what was asked for is not there
    └── Malformed           it is there and cannot be read
"""

from collections.abc import Iterator
from contextlib import contextmanager


class BotError(Exception):
    """A failure that is told to people: `cause` in one sentence, `next_step` in another."""

    def __init__(self, cause: str, next_step: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.next_step = next_step


class BadRequest(BotError):
    """What was typed cannot be understood; the usage line and an example go with it.

    `field` is the parameter whose value it is, where it is one's: a form shows the error there.
    """

    def __init__(self, cause: str, next_step: str = "", *, usage: str = "", example: str = "", field: str = "") -> None:
        super().__init__(cause, next_step)
        self.usage = usage
        self.example = example
        self.field = field

    def explained(self, usage: str, example: str) -> "BadRequest":
        """The same with that usage line and example."""
        return BadRequest(self.cause, self.next_step, usage=usage, example=example, field=self.field)

    def of(self, field: str) -> "BadRequest":
        """The same, about that parameter."""
        return BadRequest(self.cause, self.next_step, usage=self.usage, example=self.example, field=field)


class NotAllowed(BotError):
    """The person lacks the role, here or for that account."""


class NotFound(BotError):
    """No incident, account, service or command of that name."""


class Conflict(BotError):
    """Somebody else was first, or the incident has moved on since the card was drawn."""


class Busy(BotError):
    """Too much is running; nothing was started."""


class Unsaved(BotError):
    """The store did not confirm: the change may or may not be saved."""


class StoreDown(BotError):
    """The database does not answer; nothing was changed."""


class Unkept(BotError):
    """AWS has done what was asked for; the store took no word of it."""


@contextmanager
def done_already(done: str) -> Iterator[None]:
    """What AWS has done stays `done`, a sentence without its full stop. Raises Unkept where that cannot be kept."""
    try:
        yield
    except (StoreDown, Unsaved) as error:
        raise Unkept(f"{done}, but the database did not take that.", "The next poll brings it here.") from error


class ChatError(BotError):
    """Slack did not take a message."""


class RateLimited(ChatError):
    """Slack said when to come back (`Retry-After`)."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"Slack asks to wait {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class TooEarly(RateLimited):
    """Something else was said in the channel within the second: Slack was not called."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(retry_after_s)
        self.cause = f"The channel takes its next message in {retry_after_s:.1f} s"


class Unconfirmed(ChatError):
    """The reply was lost or said `internal_error`: the message may stand there and must be looked for."""


class ServerFailed(Unconfirmed):
    """Slack answered with HTTP 5xx: what may stand there twice without harm can be sent again."""


class Unknowable(ChatError):
    """Slack does not say who somebody is, or what a channel is: nothing is done, asking again can help."""


class Refused(ChatError):
    """Slack refuses by a code (`missing_scope`, `access_denied`, `invalid_blocks`): waiting alone cures nothing."""


class ChannelLost(ChatError):
    """The channel is archived, missing, or the bot is no member of it."""


class MessageGone(ChatError):
    """The message to edit was deleted."""


class TokenDead(ChatError):
    """The token is revoked or the installation inactive: nothing can be sent, everything is kept."""


class SourceError(BotError):
    """An account did not answer; `retryable` says whether asking again can help."""

    retryable = False


class AccessDenied(SourceError):
    """A role lacks an action, or cannot be assumed."""


class Throttled(SourceError):
    """AWS asked to slow down, and went on asking through every retry."""

    retryable = True


class TimedOut(SourceError):
    """No answer within the time given."""

    retryable = True


class Missing(SourceError):
    """What was asked for is not there (a deleted schedule, a report that was never written)."""


class Malformed(SourceError):
    """It is there and cannot be read (half-written, not JSON, larger than the cap)."""
