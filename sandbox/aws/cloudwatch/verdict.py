"""Whether data points put an alarm into another state, and the reason as CloudWatch words it.

Source: CloudWatch user guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data" (both
tables, and premature alarm states). How far the evaluation range reaches beyond the evaluation periods is told by an
example alone: two further periods. Reasons follow recorded messages (data of SNS subscribers, localstack's snapshots);
what an alarm is in that has breaching points only, too few and too young ones, is told nowhere: OK here.
"""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

BEYOND = 2
"""Periods of the evaluation range before the evaluation periods."""
_SHOWN = 5
"""Data points that a reason names."""
_BREACHES: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
"""Comparison and its words."""


@dataclass(frozen=True, slots=True)
class Point:
    """A period of the evaluation range; `value` is None where nothing was measured."""

    begin_s: float
    value: float | None


@dataclass(frozen=True, slots=True)
class Rule:
    """What points are held to."""

    comparison: str
    threshold: float
    periods: int
    """N: the evaluation periods."""
    datapoints: int
    """M: of which so many must breach."""
    missing: str
    """`missing`, `ignore`, `breaching`, `notBreaching`."""
    m_of_n: bool = False
    """Whether DatapointsToAlarm was given: contributors' reasons are worded by it."""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Rule":
        """PutMetricAlarm's."""
        periods = settings["EvaluationPeriods"]
        return cls(
            settings["ComparisonOperator"],
            settings["Threshold"],
            periods,
            settings.get("DatapointsToAlarm", periods),
            settings.get("TreatMissingData", "missing"),
            "DatapointsToAlarm" in settings,
        )

    def breaches(self, value: float) -> bool:
        """Whether a value crosses the threshold."""
        return _BREACHES[self.comparison][0](value, self.threshold)

    @property
    def words(self) -> str:
        """`less than`."""
        return _BREACHES[self.comparison][1]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A state and why."""

    state: str
    reason: str
    evaluated: tuple[Point, ...]
    """The points that decided, newest first."""


def judged(rule: Rule, points: Sequence[Point]) -> Verdict | None:
    """The state that the evaluation range (oldest first) asks for; None: whatever it is now is kept."""
    real = [(age, p) for age, p in enumerate(reversed(points), 1) if p.value is not None]
    if len(real) >= rule.periods:
        return _counted(rule, [p for _, p in real[: rule.periods]], 0)
    lacking = rule.periods - len(real)
    evaluated = [p for _, p in real]
    bad = [age for age, p in real if p.value is not None and rule.breaches(p.value)]
    match rule.missing:
        case "breaching" | "notBreaching":
            return _counted(rule, evaluated, lacking)
        case "ignore":
            return None if len(bad) == len(real) < rule.datapoints else _counted(rule, evaluated, 0)
        case _ if not real:
            unknown = "1 datapoint was unknown" if rule.periods == 1 else f"{rule.periods} datapoints were unknown"
            return Verdict("INSUFFICIENT_DATA", f"Insufficient Data: {unknown}.", ())
        case _ if len(bad) == len(real) and max(bad) >= rule.datapoints:
            return Verdict("ALARM", _reason(rule, evaluated, len(bad), crossed=True), tuple(evaluated))
        case _:
            return _counted(rule, evaluated, 0)


def _counted(rule: Rule, evaluated: Sequence[Point], filled: int) -> Verdict:
    """By how many breach, those that are filled in as the rule treats them."""
    bad = sum(p.value is not None and rule.breaches(p.value) for p in evaluated)
    assumed = filled if rule.missing == "breaching" else 0
    crossed = bad + assumed >= rule.datapoints
    all_filled = filled and not evaluated
    reason = _missing(rule, filled) if all_filled else _reason(rule, evaluated, bad, crossed=crossed)
    return Verdict("ALARM" if crossed else "OK", reason, tuple(evaluated))


def _missing(rule: Rule, count: int) -> str:
    """Of an evaluation range without a point."""
    treated = "Breaching" if rule.missing == "breaching" else "NonBreaching"
    periods = "1 period" if count == 1 else f"{count} periods"
    points = "1 missing datapoint was" if count == 1 else f"{count} missing datapoints were"
    return f"Threshold Crossed: no datapoints were received for {periods} and {points} treated as [{treated}]."


def _reason(rule: Rule, evaluated: Sequence[Point], bad: int, *, crossed: bool) -> str:
    named = [p for p in evaluated if p.value is not None and rule.breaches(p.value) is crossed][:_SHOWN]
    shown = ", ".join(f"{p.value} ({datetime.fromtimestamp(p.begin_s, UTC):%d/%m/%y %H:%M:%S})" for p in named)
    against = f"{rule.words} the threshold ({float(rule.threshold)})"
    if rule.periods == 1:
        return f"Threshold Crossed: 1 datapoint [{shown}] was {'' if crossed else 'not '}{against}."
    to_alarm = "1 datapoint" if rule.datapoints == 1 else f"{rule.datapoints} datapoints"
    if crossed:
        were = "was" if bad == 1 else "were"
        of = f"{bad} out of the last {rule.periods} datapoints [{shown}] {were} {against}"
        return f"Threshold Crossed: {of} (minimum {to_alarm} for OK -> ALARM transition)."
    good = len(evaluated) - bad
    least = rule.periods - rule.datapoints + 1
    to_ok = "1 datapoint" if least == 1 else f"{least} datapoints"
    of = f"{good} out of the last {rule.periods} datapoints [{shown}] {'was' if good == 1 else 'were'} not {against}"
    return f"Threshold Crossed: {of} (minimum {to_ok} for ALARM -> OK transition)."


def reason_data(rule: Rule, verdict: Verdict, period_s: int, statistic: str | None, at: datetime) -> str:
    """StateReasonData, as its documented sample has it; newest point first."""
    data = {
        "version": "1.0",
        "queryDate": _instant(at.timestamp()),
        **({"startDate": _instant(min(p.begin_s for p in verdict.evaluated))} if verdict.evaluated else {}),
        **({"statistic": statistic} if statistic else {}),
        "period": period_s,
        "recentDatapoints": [p.value for p in reversed(verdict.evaluated)],
        "threshold": float(rule.threshold),
        "evaluatedDatapoints": [{"timestamp": _instant(p.begin_s), "value": p.value} for p in verdict.evaluated],
    }
    return json.dumps(data)


def _instant(time_s: float) -> str:
    at = datetime.fromtimestamp(time_s, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+0000"
