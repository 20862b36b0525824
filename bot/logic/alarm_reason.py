"""What CloudWatch says of why an alarm changed: the numbers in its sentence and in the data beside it.

Source: CloudWatch User Guide, "Alarm events and EventBridge" (samples of reason and reasonData).
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from bot.logic.plain import number

_FLOAT: Final = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_POINT: Final = re.compile(rf"({_FLOAT}) \(\d\d/\d\d/\d\d \d\d:\d\d:\d\d\)")
_THRESHOLD: Final = re.compile(rf"the threshold \(({_FLOAT})\)")
_BAND: Final = re.compile(rf"\b(lower|upper) thresholds? \[({_FLOAT})")
_SERIES: Final = re.compile(r"\d+ out of \d+ (?:time series|contributors) evaluated to")
MOST_POINTS: Final = 20
_OF_A_BAND: Final = (
    (
        re.compile(r"less than the lower thresholds?\b.*greater than the upper"),
        "LessThanLowerOrGreaterThanUpperThreshold",
    ),
    (re.compile(r"less than the lower thresholds?\b"), "LessThanLowerThreshold"),
    (re.compile(r"greater than the upper thresholds?\b"), "GreaterThanUpperThreshold"),
)
_PLAIN: Final = re.compile(r"(less|greater) than (or equal to )?the threshold\b")


@dataclass(frozen=True, slots=True)
class Why:
    """As far as it is told."""

    values: tuple[float, ...] = ()
    """Newest first."""
    threshold: float | None = None
    edge: float | None = None
    """Of a band: the one that the newest value is beyond, or nearer to."""
    comparison: str = ""


def why(reason: str, data: str = "") -> Why:
    """From the sentence, where it tells; else from `data`, the JSON text that EventBridge has beside it."""
    values, found = _finite(map(float, _POINT.findall(reason))), _THRESHOLD.search(reason)
    said = {} if values and found else _data(data)  # one threshold is no band: nothing is left to ask
    values = values or _newest(said)
    threshold = number(float(found[1])) if found else number(said.get("threshold"))
    edges = {} if found else {name: float(value) for name, value in reversed(_BAND.findall(reason))} or _edges(said)
    return Why(values, threshold, _edge(edges, values), _comparison(reason))


def by_missing_data(reason: str) -> bool:
    """Whether there was nothing to judge, and that counted as something."""
    return "no datapoints were received" in reason


def by_its_series(reason: str) -> bool:
    """Whether it sums up what its many series say, each of which speaks for itself."""
    return _SERIES.match(reason) is not None


def _comparison(reason: str) -> str:
    """The operator that the sentence's words stand for."""
    found = _PLAIN.search(reason)
    if found:
        return f"{found[1].capitalize()}Than{'OrEqualTo' if found[2] else ''}Threshold"
    return next((name for pattern, name in _OF_A_BAND if pattern.search(reason)), "")


def _data(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _newest(said: dict[str, Any]) -> tuple[float, ...]:
    """`evaluatedDatapoints` are told newest first; of `recentDatapoints` only one alone has no order to mistake."""
    told = said.get("evaluatedDatapoints")
    points = [p.get("value") for p in told if isinstance(p, dict)] if isinstance(told, list) else []
    if not points:
        recent = said.get("recentDatapoints")
        points = recent if isinstance(recent, list) and len(recent) == 1 else []
    return _finite(points)


def _finite(told: Iterable[object]) -> tuple[float, ...]:
    return tuple(value for value in map(number, told) if value is not None)[:MOST_POINTS]


def _edges(said: dict[str, Any]) -> dict[str, float]:
    found = {}
    for name, key in (("lower", "recentLowerThresholds"), ("upper", "recentUpperThresholds")):
        told = said.get(key)
        value = number(told[-1]) if isinstance(told, list) and told else None
        if value is not None:
            found[name] = value
    return found


def _edge(told: dict[str, float], values: tuple[float, ...]) -> float | None:
    edges = {name: value for name, value in told.items() if isfinite(value)}
    if not edges:
        return None
    return min(edges.values(), key=lambda edge: abs(edge - values[0])) if values else next(iter(edges.values()))
