"""What an alarm on an expression judges: its own queries, sent to GetMetricData as they stand."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.aws.alarms_described import alarms_of
from bot.aws.cloudwatch import CloudWatch
from bot.aws.hub import Answer, Target
from bot.aws.metrics_packs import span_of
from bot.model.alarm import Alarm, Judged
from bot.model.observation import Window
from bot.ports.ask import Ask


class AlarmValues:
    """Asks the alarm's own account, whose queries they are, for one question."""

    def __init__(self, cloudwatch: CloudWatch, ask: Ask) -> None:
        self._cloudwatch = cloudwatch
        self._ask = ask

    def of(self, target: Target, alarm: Alarm, window: Window) -> Judged | None:
        """None of one that is otherwise now, or whose values are not one whole series. Raises SourceError."""
        page = self._cloudwatch.call(
            self._ask, target, "DescribeAlarms", AlarmNames=[alarm.name], AlarmTypes=["MetricAlarm"]
        )
        queries = next((row.get("Metrics", ()) for row in page.get("MetricAlarms", ())), ())
        if not queries or not _is_same(alarm, page):
            return None
        span = span_of(window, alarm.period_s or 60, self._ask.now)
        asked = {
            "MetricDataQueries": queries,
            "StartTime": datetime.fromtimestamp(span.start_s, UTC),
            "EndTime": datetime.fromtimestamp(span.end_s, UTC),
            "ScanBy": "TimestampAscending",
        }
        return _judged(list(self._cloudwatch.measured(self._ask, target, **asked)), span.period_s)


def _is_same(alarm: Alarm, page: Answer) -> bool:
    """Whether it watches the same, and is held to the same, as is known of it."""
    return any(
        isinstance(one, Alarm)
        and (one.arn, one.watched, one.expression, one.comparison, one.threshold)
        == (alarm.arn, alarm.watched, alarm.expression, alarm.comparison, alarm.threshold)
        for one in alarms_of(page)
    )


def _judged(pages: Sequence[Answer], period_s: int) -> Judged | None:
    """Of the one query that returns data. One of many series, or one that lacks points, is none."""
    results: list[dict[str, Any]] = [result for page in pages for result in page.get("MetricDataResults", ())]
    if len(results) != 1 or results[0].get("StatusCode") != "Complete":
        return None
    return Judged(period_s, tuple(results[0].get("Timestamps", ())), tuple(results[0].get("Values", ())))
