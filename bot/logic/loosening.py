"""Whether an alarm or an alert was made to fire later: what it was and what it is, where that is so."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.logic.words import plural
from bot.model.alarm import Alarm
from bot.model.fleet import Capture

_LOW: Final = frozenset({"LessThanThreshold", "LessThanOrEqualToThreshold"})
_QUIET: Final = {"breaching": 0, "missing": 1, "ignore": 1, "notBreaching": 2}
"""How easily missing data fires: what is higher fires less."""


def loosened(before: Alarm, request: Mapping[str, Any]) -> tuple[str, ...]:
    """What of it fires later now, each as `limit 0.9 → 0.8`; nothing where it fires as soon as before or sooner."""
    return tuple(_looser(before, request))


def _looser(before: Alarm, request: Mapping[str, Any]) -> Iterator[str]:
    comparison, limit = str(request.get("comparisonOperator") or ""), _number(request.get("threshold"))
    if before.comparison and comparison and comparison != before.comparison:
        yield f"comparison {before.comparison} → {comparison}"
    elif limit is not None and before.threshold is not None and _is_farther(before, limit):
        yield f"limit {before.threshold:g} → {limit:g}"
    periods, points = _number(request.get("evaluationPeriods")), _number(request.get("datapointsToAlarm"))
    needed, had = points or periods, before.datapoints or before.evaluation_periods
    if needed and had and needed > had:
        yield f"fires after {plural(int(had), 'datapoint')} → {int(needed)}"
    missing = str(request.get("treatMissingData") or "missing")
    if before.missing and _QUIET.get(missing, 1) > _QUIET.get(before.missing, 1):
        yield f"missing data {before.missing} → {missing}"
    if before.actions_enabled and str(request.get("actionsEnabled", True)).lower() == "false":
        yield "actions enabled → disabled"


def _is_farther(before: Alarm, limit: float) -> bool:
    threshold = before.threshold or 0.0
    return limit < threshold if before.comparison in _LOW else limit > threshold


def alert(request: Mapping[str, Any]) -> str:
    """`2 bad runs of 3` of UpdateMonitoringAlert."""
    found = _alert(request)
    return f"{plural(found[0], 'bad run')} of {found[1]}" if found else "not told"


def alerts_no_later(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether as few bad runs alert, of as many, by two requests; False where one does not say it."""
    was, now = _alert(before), _alert(after)
    return was is not None and now is not None and now[0] <= was[0] and now[1] >= was[1]


def _alert(request: Mapping[str, Any]) -> tuple[int, int] | None:
    points, period = _number(request.get("datapointsToAlert")), _number(request.get("evaluationPeriod"))
    return (int(points), int(period)) if points and period else None


def capture_words(found: Capture | None) -> str:
    """`100 % of the requests`, or that there is none."""
    return f"{found.percentage} % of the requests" if found and found.enabled else "off"


def is_soonest(request: Mapping[str, Any]) -> bool:
    """Whether UpdateMonitoringAlert lets the first bad run alert: nothing could have alerted sooner before."""
    return _number(request.get("datapointsToAlert")) == 1


def capture_told(before: Capture | None, after: Capture | None) -> str:
    """What was captured and what is; empty where that is no less."""
    return f"{capture_words(before)} → {capture_words(after)}" if _share(after) < _share(before) else ""


def capture_now(after: Capture | None) -> str:
    """Where nobody knows what was captured before: told of what captures nothing, empty of what may have been so."""
    return "off; what was captured before is not known" if _share(after) == 0 else ""


def _share(found: Capture | None) -> int:
    return found.percentage if found and found.enabled else 0


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)
