"""GetMetricData's requests: windows in whole periods, and queries packed as full as one reply can be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from bot.aws.cloudwatch import Place, Way
from bot.model.metric import Query
from bot.model.observation import Window

MOST_QUERIES = 500
MOST_POINTS = 100_800
"""Of one GetMetricData and its reply (CloudWatch API reference)."""
RETAINED = ((timedelta(hours=3), 1), (timedelta(days=15), 60), (timedelta(days=63), 300), (timedelta(days=455), 3600))
"""How far back points of a period of so many seconds are kept (CloudWatch user guide: "Metrics retention"); of a time
before that, GetMetricData gives none of a shorter period."""
MARGIN_S = 60
"""By which CloudWatch may see the question later than it was asked."""


@dataclass(frozen=True, slots=True)
class Span:
    """Whole periods, so that whoever asks a minute later asks for the same."""

    start_s: int
    end_s: int
    period_s: int

    @property
    def points(self) -> int:
        """The most that a series may have."""
        return (self.end_s - self.start_s) // self.period_s


def span_of(window: Window, period_s: int, now: datetime) -> Span:
    """The window widened to whole periods, which are as long as CloudWatch keeps them that far back."""
    for back, kept_s in RETAINED:
        period = ceil(period_s / kept_s) * kept_s
        start = int(window.start.timestamp() // period) * period
        if now.timestamp() - start + MARGIN_S <= back.total_seconds():
            break
    end = ceil(window.end.timestamp() / period) * period
    return Span(start, max(end, start + period), period)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What answers are kept by."""

    query: Query
    span: Span


@dataclass(frozen=True, slots=True)
class Pack:
    """The queries of one GetMetricData: one account is asked, about several."""

    wanted: tuple[Wanted, ...]
    ways: Mapping[str, Way]
    """By account id."""

    @property
    def way(self) -> Way:
        """One of them; all ask the same account."""
        return self.ways[self.wanted[0].query.metric.account_id]

    def by_account(self) -> list["Pack"]:
        """One for each account that it asks about."""
        accounts = dict.fromkeys(w.query.metric.account_id for w in self.wanted)
        of = {a: tuple(w for w in self.wanted if w.query.metric.account_id == a) for a in accounts}
        return [Pack(own, self.ways) for own in of.values()]

    def request(self) -> dict[str, Any]:
        """As the API wants it."""
        span = self.wanted[0].span
        return {
            "MetricDataQueries": [self._query(n, w.query) for n, w in enumerate(self.wanted)],
            "StartTime": datetime.fromtimestamp(span.start_s, UTC),
            "EndTime": datetime.fromtimestamp(span.end_s, UTC),
            "ScanBy": "TimestampAscending",
        }

    def _query(self, n: int, query: Query) -> dict[str, Any]:
        metric, span = query.metric, self.wanted[0].span
        named = {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
        }
        asked = {"Id": f"q{n}", "MetricStat": {"Metric": named, "Period": span.period_s, "Stat": query.stat}}
        return asked | ({"AccountId": metric.account_id} if self.ways[metric.account_id].linked else {})


def packs(wanted: Iterable[Wanted], ways: Mapping[Place, Way]) -> list[Pack]:
    """By who is asked, as full as one reply can be; `ways` by account id and Region."""
    by_asked: dict[tuple[object, Span], list[Wanted]] = {}
    for one in wanted:
        metric = one.query.metric
        by_asked.setdefault((ways[metric.account_id, metric.region].asked, one.span), []).append(one)
    packed = []
    for (_, span), own in by_asked.items():
        size = max(1, min(MOST_QUERIES, MOST_POINTS // span.points))
        for first in range(0, len(own), size):
            part = tuple(own[first : first + size])
            of = {w.query.metric.account_id: ways[w.query.metric.account_id, w.query.metric.region] for w in part}
            packed.append(Pack(part, of))
    return packed
