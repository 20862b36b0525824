"""How long not to bother a channel, the edits or the whole workspace, after it failed."""

from datetime import datetime, timedelta


class Pauses:
    """Kept in memory: a worker that starts anew tries once and learns it again. Wall clock."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._times: dict[str, int] = {}

    def holds(self, what: str, now: datetime) -> bool:
        """Whether it is to be left alone."""
        return what in self._until and now < self._until[what]

    def hold(self, what: str, until: datetime) -> None:
        """Leave it alone until then."""
        self._until[what] = max(until, self._until.get(what, until))

    def grow(self, what: str, now: datetime, *, first_s: float, most_s: float) -> None:
        """Leave it alone, twice as long at each failure running."""
        times = self._times.get(what, 0)
        self._times[what] = times + 1
        self.hold(what, now + timedelta(seconds=min(first_s * 2 ** min(times, 20), most_s)))

    def clear(self, what: str) -> None:
        """It worked: the next failure begins small again."""
        self._times.pop(what, None)
