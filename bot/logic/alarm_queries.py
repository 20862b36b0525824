"""What an alarm looks at: metrics and expressions, in EventBridge's spelling and in SNS's.

EventBridge: `metrics[].metricStat.metric{name, namespace, dimensions{}}`; SNS: `Metrics[].MetricStat.Metric{MetricName,
Namespace, Dimensions[]}`. Sources: CloudWatch User Guide, "Alarm events and EventBridge"; SNS bodies as CloudWatch
sends them (terraform-aws-notify-slack's and LocalStack's recorded ones).
"""

import re
from dataclasses import dataclass
from typing import Final

from bot.logic.aws_json import Told
from bot.logic.strict import ACCOUNT
from bot.model.alarm import AlarmKind, Watched
from bot.model.metric import Metric, Query

MOST_QUERIES: Final = 500
"""Of one alarm (CloudWatch API reference, PutMetricAlarm: 20 metrics; math may span more over SEARCH)."""
MOST_DIMENSIONS: Final = 30
MOST_PERIOD_S: Final = 7 * 86_400
_SELECT: Final = re.compile(
    r"^\s*SELECT\s+(?P<stat>\w+)\s*\(\s*\"?(?P<name>[^\"()]+?)\"?\s*\)"
    r"\s+FROM\s+(?:SCHEMA\s*\(\s*)?(?:\"(?P<quoted>[^\"]+)\"|(?P<bare>[^\s,()]+))",
    re.IGNORECASE,
)
_STATISTICS: Final = {"AVG": "Average", "COUNT": "SampleCount", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum"}
_EQUALS: Final = re.compile(r"(?:\"([^\"]+)\"|\b([\w.]+))\s*=\s*'([^']*)'")
_GROUPS: Final = re.compile(r"\bGROUP\s+BY\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spelling:
    """The keys of one of the two."""

    stat: str
    metric: str
    name: str
    namespace: str
    dimensions: str
    period: str
    statistic: str
    account: str
    expression: str


EVENT: Final = Spelling(
    "metricStat", "metric", "name", "namespace", "dimensions", "period", "stat", "accountId", "expression"
)
NOTIFICATION: Final = Spelling(
    "MetricStat", "Metric", "MetricName", "Namespace", "Dimensions", "Period", "Stat", "AccountId", "Expression"
)


@dataclass(frozen=True, slots=True)
class Queries:
    """What was read of an alarm's queries."""

    kind: AlarmKind
    watched: tuple[Watched, ...]
    expression: str
    period_s: int | None


@dataclass(frozen=True, slots=True)
class Selected:
    """What a Metrics Insights query selects."""

    namespace: str
    name: str
    stat: str
    grouped: bool
    """Over several series, each of which is judged by itself."""
    where: tuple[tuple[str, str], ...] = ()
    """What it limits a label to, by `=`."""


def queries(entries: tuple[Told, ...], spelling: Spelling, account_id: str, region: str) -> Queries:
    """Of a list of metrics and expressions. A metric is its own account's; where none is told, `account_id`'s.

    Raises Malformed.
    """
    watched = tuple(filter(None, (_watched(entry, spelling, account_id, region) for entry in entries)))
    expressions = [text for entry in entries if (text := entry.words(spelling.expression, 2048))]
    periods = [entry.whole(spelling.period, 1, MOST_PERIOD_S) for entry in entries]
    period = next((w.period_s for w in watched if w.period_s), next(filter(None, periods), None))
    return Queries(_kind(watched, expressions), watched, "\n".join(expressions), period)


def metric(told: Told, spelling: Spelling, account_id: str, region: str) -> Metric:
    """One metric. Raises Malformed."""
    dimensions = told.pairs(spelling.dimensions, MOST_DIMENSIONS)
    return Metric(account_id, region, told.needed(spelling.namespace, 255), told.needed(spelling.name, 255), dimensions)


def selected(expressions: str) -> Selected | None:
    """What the first Insights query among an alarm's expressions, one a line, is about; None where none is one."""
    return next(filter(None, map(_selected, expressions.split("\n"))), None) if expressions else None


def _selected(expression: str) -> Selected | None:
    found = _SELECT.match(expression)
    if not found:
        return None
    namespace = found["quoted"] or found["bare"]
    groups = _GROUPS.search(expression)
    limits = _EQUALS.findall(expression, found.end(), groups.start() if groups else len(expression))
    where = tuple((quoted or bare, value) for quoted, bare, value in limits)
    stat = found["stat"].upper()
    return Selected(namespace, found["name"].strip(), _STATISTICS.get(stat, stat), groups is not None, where)


def _watched(entry: Told, spelling: Spelling, account_id: str, region: str) -> Watched | None:
    stat = entry.within(spelling.stat)
    if not stat.said:
        return None
    owner = entry.matched(spelling.account, ACCOUNT) if entry.said.get(spelling.account) is not None else account_id
    found = metric(stat.within(spelling.metric), spelling, owner, region)
    period = stat.whole(spelling.period, 1, MOST_PERIOD_S) or 0
    return Watched(Query(found, stat.words(spelling.statistic, 64)), period)


def _kind(watched: tuple[Watched, ...], expressions: list[str]) -> AlarmKind:
    if not expressions:
        return "math" if len(watched) > 1 else "metric"
    if any("ANOMALY_DETECTION_BAND" in text for text in expressions):
        return "anomaly"
    return "insights" if any(selected(text) for text in expressions) else "math"
