"""Rate limits on the wall clock: token buckets with the documented rates and short bursts.

docs.slack.dev, "Rate limits": tier 1 to 4 allow 1, 20, 50 and 100 calls and more a minute for each method;
posting allows about one message a second for each channel, with short bursts.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.errors import RateLimited


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket's refill per second and how much it holds."""

    per_s: float
    burst: int


SPECIAL = 5
"""chat.postMessage has a tier of its own: beside the pace of each channel, some hundreds a minute in all."""

TIERS = {
    1: Rate(1 / 60, 20),
    2: Rate(20 / 60, 30),
    3: Rate(50 / 60, 60),
    4: Rate(100 / 60, 120),
    SPECIAL: Rate(300 / 60, 300),
}
"""By tier: the documented pace after a burst of about a minute's calls, for tier 1 of 20."""

POSTING = Rate(1.0, 12)
"""Posts into one channel."""


class Rates:
    """Every bucket of the workspace; `now` in seconds."""

    def __init__(
        self, now: Callable[[], float], *, tiers: dict[int, Rate] | None = None, posting: Rate = POSTING
    ) -> None:
        self._now = now
        self._tiers = tiers or TIERS
        self._posting = posting
        self._levels: dict[str, tuple[float, float]] = {}

    def call(self, method: str, tier: int) -> None:
        """Count one call of a method; raises RateLimited when there were too many."""
        self._take(method, self._tiers[tier])

    def post(self, channel_id: str) -> None:
        """Count one post into a channel; raises RateLimited when there were too many."""
        self._take(f"post:{channel_id}", self._posting)

    def _take(self, key: str, rate: Rate) -> None:
        now = self._now()
        level, at = self._levels.get(key, (float(rate.burst), now))
        level = min(float(rate.burst), level + (now - at) * rate.per_s)
        if level < 1:
            self._levels[key] = (level, now)
            raise RateLimited(max(1, math.ceil((1 - level) / rate.per_s)))
        self._levels[key] = (level - 1, now)
