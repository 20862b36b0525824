"""The net under the events of changes: each account's own CloudTrail is looked through for what no event told."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, cast

from bot.alerts.changing import Changing
from bot.alerts.watch import BOT
from bot.log import LOG
from bot.model.account import Scope
from bot.model.passing import Passing
from bot.ports import Ask, Tally, Trail

GRACE: Final = timedelta(minutes=2)
"""What is younger is left to its event."""
LATE: Final = timedelta(minutes=20)
"""So late an event may come into an account's history ("within about 5 minutes on average", CloudTrail)."""
FIRST: Final = timedelta(hours=1)
"""As far as the first round of a process looks back."""
LONGEST: Final = timedelta(days=1)
"""As far back as an account is looked through that did not answer meanwhile."""
EVERY: Final = timedelta(minutes=5)
"""Two lookups a second are an account's and Region's, and people want some of them."""


class ChangeNet:
    """For the process that polls for all."""

    def __init__(
        self,
        bind: Callable[[Ask], Mapping[type, object]],
        changing: Changing,
        tally: Tally,
        *,
        within_s: float,
        stopped: Callable[[], bool],
    ) -> None:
        self._bind = bind
        self._changing = changing
        self._tally = tally
        self._within_s = within_s
        self._stopped = stopped
        self._asked_at: datetime | None = None
        self._since: dict[tuple[str, str], datetime] = {}

    def take(self, scope: Scope, now: datetime) -> int:
        """How many were news; nothing within five minutes of the last round. Raises StoreDown or Unsaved.

        An account that does not answer is looked through from where it was the next time.
        """
        if self._asked_at is not None and now - self._asked_at < EVERY:
            return 0
        self._asked_at = now
        end = now - GRACE
        first, oldest = now - FIRST, now - LONGEST
        since = {(a.id, r): max(self._since.get((a.id, r), first), oldest) for a, r in scope.targets()}
        if not since:
            return 0
        ask = Ask(BOT, now, scope, time.monotonic() + self._within_s, cancelled=self._stopped)
        starts = {place: start - LATE for place, start in since.items()}
        found = cast("Trail", self._bind(ask)[Trail]).changes(starts, end)
        for failure in found.failures:
            LOG.warning("changes not looked up", account=failure.account.id, cause=failure.error.cause)
        silent = {(f.account.id, f.region) for f in found.failures}
        news = [c for c in sorted(found.items, key=lambda c: (c.at, c.id)) if self._changing.say(c) == "taken"]
        if news:
            self._tally.count([Passing("missed", change.account_id) for change in news], now)
        self._since = {place: start if place in silent else end for place, start in since.items()}
        return len(news)
