"""The points of metrics: many queries to a call, kept until the period ends and shared by all who ask."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil
from typing import Any

from bot.aws.cloudwatch import CloudWatch, Place, Way
from bot.aws.errors import where
from bot.aws.fanout import Fanout, Job
from bot.aws.shared import Settle, Shared
from bot.errors import AccessDenied, SourceError
from bot.log import LOG
from bot.logic.check_fleet import METRICS
from bot.logic.plain import plain
from bot.model.metric import Query, Series
from bot.model.observation import Window
from bot.ports.ask import Ask

MOST_QUERIES = 500
MOST_POINTS = 100_800
"""Of one GetMetricData and its reply (CloudWatch API reference)."""
KEPT_FOR = timedelta(minutes=5)
"""However long the period: a monitor's next point must not wait for the hour to end."""
KEPT_POINTS = 500_000
"""Of all series together, some 20 MB."""
MOST_CODE = 64
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


Answer = Series | SourceError
Times = dict[tuple[float, ...], tuple[float, ...]]
"""The times of series that have the same ones are kept once."""


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


class Points:
    """Fetches points, for everybody who asks."""

    def __init__(self, cloudwatch: CloudWatch, fanout: Fanout) -> None:
        self._cloudwatch = cloudwatch
        self._fanout = fanout
        self._shared: Shared[Wanted, Series] = Shared(KEPT_POINTS, lambda series: 1 + len(series.values))

    def read(
        self, ask: Ask, wanted: Sequence[Wanted], ways: Mapping[Place, Way], *, share: float = 1.0
    ) -> dict[Wanted, Answer]:
        """The series of each; `share` is how much of the time that is left may be waited."""
        period_s = min((w.span.period_s for w in wanted), default=1)
        ends_s = (ask.now.timestamp() // period_s + 1) * period_s
        until = min(datetime.fromtimestamp(ends_s, UTC), ask.now + KEPT_FOR)
        return self._shared.answers(ask, wanted, until, partial(self._fetch, ask, ways), share=share)

    def _fetch(
        self,
        ask: Ask,
        ways: Mapping[Place, Way],
        wanted: Sequence[Wanted],
        settle: Settle[Wanted, Series],
        share: float,
    ) -> None:
        packed = packs(wanted, ways)
        jobs = [Job(p.way.asked.account, p.way.asked.region, partial(self._ask, ask, p, settle)) for p in packed]
        answers = self._fanout.answers(ask, jobs, share=share)
        for pack, answer in zip(packed, answers, strict=True):
            if isinstance(answer, SourceError):
                settle(dict.fromkeys(pack.wanted, answer))

    def _ask(self, ask: Ask, pack: Pack, settle: Settle[Wanted, Series]) -> None:
        """One account whose link is gone spoils the whole call: then each is asked about alone. Raises SourceError."""
        try:
            settle(answers_of(pack, self._cloudwatch.measured(ask, pack.way.asked, **pack.request())))
        except SourceError as error:
            parts = pack.by_account()
            if error.retryable or isinstance(error, AccessDenied) or not pack.way.linked:
                raise
            if len(parts) == 1:
                raise _unlinked(pack.way) from error
            for part in parts:
                self._ask_alone(ask, part, settle)

    def _ask_alone(self, ask: Ask, part: Pack, settle: Settle[Wanted, Series]) -> None:
        try:
            self._ask(ask, part, settle)
        except SourceError as error:
            settle(dict.fromkeys(part.wanted, error))


def answers_of(pack: Pack, pages: Iterable[Mapping[str, Any]]) -> dict[Wanted, Answer]:
    """What GetMetricData's pages say of each query. Never fewer points than there are: else it is an error."""
    replies = [_Reply() for _ in pack.wanted]
    said: list[str] = []
    for page in pages:
        said += _codes(page)
        for result in page.get("MetricDataResults", ()):
            replies[int(result["Id"][1:])].take(result)
    if said:
        LOG.warning("CloudWatch said more than it measured", codes=sorted(set(said)))
    times: Times = {}
    return {w: r.answer(w, pack, times, said) for w, r in zip(pack.wanted, replies, strict=True)}


@dataclass(slots=True)
class _Reply:
    """One query's points, page by page. `code` is its last status; empty until something was said of it."""

    code: str = ""
    times_s: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def take(self, result: Mapping[str, Any]) -> None:
        self.times_s += result.get("Timestamps", ())
        self.values += result.get("Values", ())
        self.code = plain(result.get("StatusCode"), MOST_CODE) or "Complete"

    def answer(self, wanted: Wanted, pack: Pack, times: Times, said: Sequence[str]) -> Answer:
        """`said` may tell why there is none."""
        way = pack.ways[wanted.query.metric.account_id]
        if self.code == "Complete":
            own = tuple(self.times_s)
            return Series(wanted.query, wanted.span.period_s, times.setdefault(own, own), tuple(self.values))
        if self.code == "Forbidden":
            return _unlinked(way)
        why = self.code or next(iter(said), "no result")
        error = SourceError(f"CloudWatch did not give all points of {where(way.account)}: {why}", "Ask again.")
        error.retryable = True
        return error


def _codes(page: Mapping[str, Any]) -> list[str]:
    """What is said of the call and of single results, beside the points."""
    spoken = [page, *page.get("MetricDataResults", ())]
    return [plain(m.get("Code"), MOST_CODE) for one in spoken for m in one.get("Messages", ())]


def _unlinked(way: Way) -> SourceError:
    """The reason that there may be when the observability account is refused a single account's metrics."""
    cause = f"CloudWatch does not show the metrics of {where(way.account)} in {way.asked.region}"
    return AccessDenied(cause, f"Check that the account's link is still there and shares {METRICS}.")
