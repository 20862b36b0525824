"""A row's readings within an episode."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.logic.distance import distance
from bot.logic.trend import Trend, is_marginal
from bot.model.incident import RowState
from bot.model.observation import Finding, Reading, Row


@dataclass(slots=True)
class Track:
    """A row's readings in the episode."""

    row: Row
    number: int
    since: datetime
    fired: Reading
    worst: Reading
    last_bad: Reading
    last_good: Reading | None = None
    """None while bad was said last."""
    note: str = ""
    measured: str = ""
    hint: str = ""
    runs: int = 0
    beyond: float = -1.0
    """The worst reading's distance, below every distance while there are no numbers."""
    trends: dict[str, Trend] = field(default_factory=dict)
    """By subject: two monitors' numbers are not compared."""

    def bad(self, finding: Finding, arn: str) -> None:
        """Take a bad reading."""
        self.runs += 1
        self.last_bad, self.last_good, self.note = finding.reading, None, finding.note
        self.measured, self.hint = finding.measured or self.measured, finding.hint
        beyond = distance(self.row, self.last_bad)
        if beyond is not None and beyond > self.beyond:
            self.worst, self.beyond = self.last_bad, beyond
        if arn not in self.trends:
            self.trends[arn] = Trend(self.row)
        self.trends[arn].take(self.last_bad)

    def good(self, reading: Reading | None, arn: str) -> None:
        """Take a good reading; None where the row is good and nobody said by how much."""
        self.last_good = reading or self.last_good
        if arn in self.trends:
            self.trends[arn].good(reading)

    def end_streak(self, arn: str) -> None:
        """This subject no longer calls the row bad."""
        if (trend := self.trends.get(arn)) and trend.latest is not None:
            trend.take(None)

    def is_news(self, reading: Reading, arn: str) -> bool:
        """Whether a bad reading, the next one, is more than people know: this subject's row had recovered."""
        trend = self.trends.get(arn)
        return trend.is_news(reading) if trend else not is_marginal(self.row, reading)

    def worsened(self, arn: str) -> bool:
        """Whether this subject's last two readings stand out from all before."""
        return arn in self.trends and self.trends[arn].is_worse

    def state(self, bad: bool, taken: bool) -> RowState:
        """The row as others see it; one that became good in silence has no number."""
        return RowState(
            row=self.row,
            number=self.number,
            bad=bad,
            since=self.since,
            runs=self.runs,
            fired=self.fired,
            worst=self.worst,
            last=self.last_bad if bad else self.last_good or Reading(),
            note=self.note,
            taken=taken,
            measured=self.measured,
            hint=self.hint,
        )
