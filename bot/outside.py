"""What stands outside the product: the clock, who signs calls to AWS, where AWS and Slack answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import Any

import boto3

from bot.ports import Clock
from bot.slack.files import UPLOADS
from bot.slack.respond import HOOKS

SLACK_URL = "https://slack.com/api/"
Wrap = Callable[[type, Any], Any]


class WallClock:
    """The machine's own clock, as the product's."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC)

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Return at `when`, or as soon as `stop` is set."""
        stop.wait(max(0.0, (when - self.now()).total_seconds()))


def _as_it_is(_: type, adapter: Any) -> Any:
    return adapter


@dataclass(frozen=True, slots=True)
class World:
    """Handed to the app; the defaults are a real workspace and the real AWS."""

    clock: Clock = field(default_factory=WallClock)
    session: boto3.Session | None = None
    aws_url: str | None = None
    slack_url: str = SLACK_URL
    hooks: tuple[str, ...] = (HOOKS,)
    """Where a `response_url` may point."""
    uploads: tuple[str, ...] = (UPLOADS,)
    """Where a file may be sent to."""
    wrap: Wrap = _as_it_is
    """Puts something around each adapter, told which port it is: a watcher, a fault, another adapter."""
    lease_s: float = 60.0
    """How long a channel is left to a worker that says nothing: longer than its longest call to Slack.

    The poll is left to it for half as long: two that poll at once do no harm.
    """

    def wall(self) -> datetime:
        """The machine's own time, for leases, pacing and deliveries."""
        return datetime.now(UTC)
