"""How finely a window is asked for, and how the points of a period become one."""

from datetime import datetime, timedelta
from math import ceil

from bot.logic.constraints import Side, side
from bot.logic.held import Held
from bot.model.metric import Metric
from bot.model.observation import Window

_KEPT = ((timedelta(days=15), 60), (timedelta(days=63), 300))
"""How long CloudWatch keeps points of a period; then it has longer ones only (AWS docs: "Metrics retention")."""
_LONGEST_KEPT_S = 3_600
_BY_SPAN = ((timedelta(hours=3), 60), (timedelta(hours=24), 300), (timedelta(days=7), 3_600))
_HOURS = (1, 2, 3, 4, 6, 8, 12, 24, 48)
"""Periods of longer windows: parts and multiples of a day, so that points stand at the same hours."""
_POINTS = 240
"""A longer window's: more than its twenty shown ones, so that none of them is an average of days."""


def period_s(window: Window, now: datetime, cadence: timedelta | None = None) -> int:
    """Seconds: a multiple of what CloudWatch keeps of the window's start, and no less than the monitor's cadence."""
    span = window.end - window.start
    by_span = next((seconds for longest, seconds in _BY_SPAN if span <= longest), 0) or _of_days(span)
    age = now - window.start
    kept = next((seconds for longest, seconds in _KEPT if age <= longest), _LONGEST_KEPT_S)
    wanted = max(by_span, ceil(cadence.total_seconds()) if cadence else 0)
    return ceil(wanted / kept) * kept


def _of_days(span: timedelta) -> int:
    hours = span / timedelta(hours=1)
    return 3_600 * next((n for n in _HOURS if hours / n <= _POINTS), _HOURS[-1])


def stat(metric: Metric, period: int, cadence: timedelta | None = None, held: Held | None = None) -> str:
    """A statistic as GetMetricData writes it.

    Of several runs in a period the worst is asked for where its side is known, as a mean would hide it.
    """
    name = metric.name
    if name.endswith("Errors") or name.startswith(("Invocations", "feature_non_null_", "feature_null_")):
        return "Sum"
    if name.endswith(("Latency", "OverheadLatency")):
        return "p90"
    if name == "DiskUtilization":
        return "Maximum"
    if held and cadence and period > cadence.total_seconds():
        return {Side.ABOVE: "Minimum", Side.BELOW: "Maximum", Side.UNDER: "Maximum"}.get(
            side(held.check) or Side.NONE, "Average"
        )
    return "Average"
