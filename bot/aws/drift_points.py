"""Where CloudWatch may have the drift of a feature, and which of its points is a run's own."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot.aws.findings_data import DRIFT
from bot.aws.metrics_packs import MOST_QUERIES, Wanted, span_of
from bot.logic.measures import DRIFT as PREFIX
from bot.logic.measures import RESOURCE, SCHEDULE
from bot.model.metric import Metric, Query, Series
from bot.model.monitor import Execution, Report
from bot.model.observation import Finding, Row, Verdict, Window

_ENDPOINT = (
    ("aws/sagemaker/Endpoints/data-metrics", ("Endpoint", "MonitoringSchedule")),
    ("aws/sagemaker/Endpoints/data-metrics", ("Endpoint", "Feature", "MonitoringSchedule")),
    ("/aws/sagemaker/Endpoints/data-metric", ("EndpointName", "ScheduleName")),
    ("/aws/sagemaker/Endpoint/data-metrics", ("Endpoint", "MonitoringSchedule")),
)
_BATCH = (
    ("aws/sagemaker/ModelMonitoring/data-metrics", ("MonitoringSchedule",)),
    ("aws/sagemaker/ModelMonitoring/data-metrics", ("Feature", "MonitoringSchedule")),
    ("/aws/sagemaker/ModelMonitoring/data-metric", ("MonitoringSchedule",)),
    ("/aws/sagemaker/ModelMonitoring/data-metrics", ("MonitoringSchedule",)),
)
"""Namespaces and dimensions as AWS's pages and notebooks have them; those with `Feature` as the SageMaker SDK's
dashboards do. All are asked for in one call, which takes less than finding out which one it is."""
MOST_FEATURES = MOST_QUERIES // len(_ENDPOINT)
STAT = "Maximum"
MINUTES_UP_TO = timedelta(hours=3)
"""Windows up to this long are asked for minute by minute: the runs before and after are within the hour."""


def unmeasured(report: Report) -> list[Finding]:
    """The bad drifts without a number, as many as one call may ask about; none without a window to look in.

    A metric's name is ASCII (CloudWatch API reference): of other features there is none.
    """
    bad = (f for f in report.findings if f.verdict is Verdict.BAD and f.row.check == DRIFT)
    bare = [f for f in bad if f.reading.seen is None and f.row.metric.isascii()]
    return bare[:MOST_FEATURES] if report.window else []


def wanted(run: Execution, report: Report, now: datetime) -> dict[Row, list[Wanted]]:
    """What to ask for of each row, under every spelling."""
    if report.window is None:
        return {}
    window = Window(report.window.start, max(report.window.end, run.ended_at) + timedelta(minutes=1))
    span = span_of(window, 60 if window.end - window.start <= MINUTES_UP_TO else 3600, now)
    return {f.row: [Wanted(Query(m, STAT), span) for m in _metrics(run, f.row.metric)] for f in unmeasured(report)}


def _metrics(run: Execution, feature: str) -> Iterator[Metric]:
    values = dict.fromkeys(RESOURCE, run.endpoint) | dict.fromkeys(SCHEDULE, run.schedule_name)
    values["Feature"] = feature
    for namespace, names in _ENDPOINT if run.endpoint else _BATCH:
        dimensions = tuple((name, values[name]) for name in sorted(names))
        yield Metric(run.account.id, run.region, namespace, f"{PREFIX}{feature}", dimensions)


def value(report: Report, row: Row, answers: Iterable[object]) -> float | None:
    """The run's own point: of the window's start, where jobs put it, else published after the window.

    What contradicts the run's own verdict is another run's, and is not shown.
    """
    limit = next(f.reading.limit for f in report.findings if f.row == row)
    found = [
        (t, v, a.period_s) for a in answers if isinstance(a, Series) for t, v in zip(a.times_s, a.values, strict=True)
    ]
    if report.window is None:
        return None
    start, end = report.window.start.timestamp(), report.window.end.timestamp()
    first = [v for t, v, period_s in found if t <= start < t + period_s]
    later = [v for t, v, period_s in sorted(found, reverse=True) if t + period_s > end]
    return next((v for v in (*first, *later) if limit is None or v > limit), None)
