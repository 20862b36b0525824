"""GetMetricData's replies: each series whole, or an error that names its account."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.aws.cloudwatch import Way
from bot.aws.errors import where
from bot.aws.metrics_packs import Pack, Wanted
from bot.errors import AccessDenied, SourceError
from bot.log import LOG
from bot.logic.check_fleet import METRICS
from bot.logic.plain import plain
from bot.model.metric import Series

MOST_CODE = 64
Answer = Series | SourceError
Times = dict[tuple[float, ...], tuple[float, ...]]
"""The times of series that have the same ones are kept once."""


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
            return unlinked(way)
        why = self.code or next(iter(said), "no result")
        error = SourceError(f"CloudWatch did not give all points of {where(way.account)}: {why}", "Ask again.")
        error.retryable = True
        return error


def _codes(page: Mapping[str, Any]) -> list[str]:
    """What is said of the call and of single results, beside the points."""
    spoken = [page, *page.get("MetricDataResults", ())]
    return [plain(m.get("Code"), MOST_CODE) for one in spoken for m in one.get("Messages", ())]


def unlinked(way: Way) -> SourceError:
    """The reason that there may be when the observability account is refused a single account's metrics."""
    cause = f"CloudWatch does not show the metrics of {where(way.account)} in {way.asked.region}"
    return AccessDenied(cause, f"Check that the account's link is still there and shares {METRICS}.")
