"""What was passed over or refused, in memory."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.model.passing import Passing, Tallied


class FakeTally:
    """`Tally` in memory, without bounds."""

    def __init__(self) -> None:
        self.passed: list[Passing] = []
        self.refusals: dict[str, str] = {}
        self._refused_at: dict[str, datetime] = {}
        self._times: list[datetime] = []

    def count(self, passed: Iterable[Passing], now: datetime) -> None:
        """Each."""
        self.passed += passed
        self._times.append(now)

    def counted(self) -> tuple[Tallied, ...]:
        """By kind and name."""
        counts = Counter((one.kind, one.name) for one in self.passed)
        first, last = min(self._times, default=None), max(self._times, default=None)
        if first is None or last is None:
            return ()
        return tuple(Tallied(kind, name, count, first, last) for (kind, name), count in sorted(counts.items()))

    def refuse(self, reasons: Mapping[str, str], now: datetime) -> None:
        """The newest."""
        self.refusals |= reasons
        self._refused_at |= dict.fromkeys(reasons, now)

    def refused(self, since: datetime) -> tuple[str, ...]:
        """By when."""
        order = sorted(self._refused_at, key=lambda id_: (self._refused_at[id_], id_))
        return tuple(self.refusals[id_] for id_ in order if self._refused_at[id_] >= since)

    def reasons(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Of these."""
        return {id_: self.refusals[id_] for id_ in ids if id_ in self.refusals}
