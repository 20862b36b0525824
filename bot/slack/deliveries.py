"""Slack's deliveries: each thing is handled once, and again when handling it failed."""

from collections.abc import Callable
from functools import partial
from typing import Any

from bot.slack.intake import Intake, News

Payload = dict[str, Any]
"""Of an acknowledgement; empty for none."""


class Replayed(Exception):
    """The very request was there before: nothing of it is handled."""


class Deliveries:
    """Slack sends again, in a new envelope, what was not acknowledged in time. Used on the edge's loop."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._running: set[str] = set()

    async def once(
        self,
        id: str,  # noqa: A002  # the port's word
        handle: Callable[[], Payload | None],
        stamp: str = "",
    ) -> Payload | None:
        """The acknowledgement, or None when there must be none: `handle` failed, or is still at it elsewhere.

        `handle` runs in the fast pool; what has no id is handled each time. `stamp` is the id of the request that
        brought it: raises Replayed when that is not new either.
        """
        stamps = [stamp] if stamp else []
        if id and id in self._running:
            return await self._intake.take(stamps, partial(_only_new, bool(stamp)))
        if not id:
            return await self._intake.take(stamps, partial(self._handled, "", handle, bool(stamp)))
        self._running.add(id)
        try:
            return await self._intake.take([*stamps, id], partial(self._handled, id, handle, bool(stamp)))
        finally:
            self._running.discard(id)

    def _handled(
        self,
        id: str,  # noqa: A002
        handle: Callable[[], Payload | None],
        stamped: bool,  # bound by `partial`
        news: News,
    ) -> Payload | None:
        new = bool(id) and (news is None or news[-1])
        try:
            _only_new(stamped, news)
        except Replayed:
            if new:
                self._intake.forget(id)
            raise
        if id and not new:
            return {}
        payload = handle()
        if payload is None and id:
            self._intake.forget(id)
        return payload


def _only_new(stamped: bool, news: News) -> None:  # bound by `partial`
    """Raises Replayed; what the store does not say is taken for new."""
    if stamped and news is not None and not news[0]:
        raise Replayed
