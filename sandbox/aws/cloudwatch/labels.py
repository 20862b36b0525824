"""Dynamic labels: what stands in `${…}` of a query's label.

Source: CloudWatch User Guide, "Use dynamic labels": the names, at most five statistical values and one `${LABEL}` in a
label. How AWS writes numbers, times and spans is not documented: here numbers have up to ten digits, times are ISO
8601 in LabelOptions' time zone, spans are hours, minutes and seconds, and `--` stands for what has no points.
A name that is not documented, or a property that a computed series does not have, is left as it stands.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from sandbox.aws.cloudwatch.expression import Series
from sandbox.aws.errors import AwsError

MOST_STATISTICS = 5
_PLACE = re.compile(r"\$\{(?:PROP\('([^']+)'\)|([A-Z_]+))\}")
_ZONE = re.compile(r"([+-])(\d{2})(\d{2})")

Point = tuple[float, float]
"""(time in seconds since 1970, value)."""


@dataclass(frozen=True, slots=True)
class Labels:
    """How labels are filled in for one request; `now_s` in seconds since 1970."""

    region: str
    now_s: float
    zone: timezone = UTC

    def of(self, template: str | None, series: Series, default: str) -> str:
        """The label of a series; without a template its default one."""
        own = series.label or default
        if template is None:
            return own

        def filled(found: re.Match[str]) -> str:
            name = found[2]
            if name == "LABEL":
                return own
            value = self._property(found[1], series) if name is None else self._value(name, series)
            return found[0] if value is None else value

        return _PLACE.sub(filled, template)

    def _property(self, name: str, series: Series) -> str | None:
        if name == "Region":
            return self.region
        if name == "Period":
            return str(series.period_s)
        if series.source is None:
            return None
        key = series.source.key
        if name.startswith("Dim."):
            return dict(key.dimensions).get(name.removeprefix("Dim."))
        return {
            "AccountId": series.source.account_id,
            "AccountLabel": series.source.account_label,
            "MetricName": key.name,
            "Namespace": key.namespace,
            "Stat": series.stat,
        }.get(name)

    def _value(self, name: str, series: Series) -> str | None:
        points = list(zip(series.times, series.values, strict=True))
        if name not in STATISTICS:
            return None
        if name == "DATAPOINT_COUNT":
            return str(len(points))
        return self._of_points(name, points) if points else "--"

    def _of_points(self, name: str, points: list[Point]) -> str:
        if name in _NUMBERS:
            return f"{_NUMBERS[name](points):.10g}"
        if name in _SPANS:
            one, other = (_PLACES[place](points)[0] for place in _SPANS[name])
            return str(timedelta(seconds=round(abs(one - other))))
        at_s = _PLACES[name.partition("_")[0]](points)[0]
        if name.endswith("RELATIVE"):
            return str(timedelta(seconds=round(abs(self.now_s - at_s))))
        return datetime.fromtimestamp(at_s, self.zone).isoformat()


_PLACES: Mapping[str, Callable[[list[Point]], Point]] = {
    "FIRST": lambda points: points[0],
    "LAST": lambda points: points[-1],
    "MIN": lambda points: min(points, key=lambda point: point[1]),
    "MAX": lambda points: max(points, key=lambda point: point[1]),
}
_NUMBERS: Mapping[str, Callable[[list[Point]], float]] = {
    "AVG": lambda points: sum(value for _, value in points) / len(points),
    "SUM": lambda points: sum(value for _, value in points),
    "FIRST": lambda points: _PLACES["FIRST"](points)[1],
    "LAST": lambda points: _PLACES["LAST"](points)[1],
    "MIN": lambda points: _PLACES["MIN"](points)[1],
    "MAX": lambda points: _PLACES["MAX"](points)[1],
    "FIRST_LAST_RANGE": lambda points: abs(points[-1][1] - points[0][1]),
    "MIN_MAX_RANGE": lambda points: _PLACES["MAX"](points)[1] - _PLACES["MIN"](points)[1],
}
_SPANS = {"FIRST_LAST_TIME_RANGE": ("FIRST", "LAST"), "MIN_MAX_TIME_RANGE": ("MIN", "MAX")}
_TIMES = {f"{place}_TIME{end}" for place in _PLACES for end in ("", "_RELATIVE")}
STATISTICS = frozenset({"DATAPOINT_COUNT", *_NUMBERS, *_SPANS, *_TIMES})


def fault(template: str) -> str | None:
    """What is wrong with a label, in a sentence."""
    names = [found[2] for found in _PLACE.finditer(template)]
    if names.count("LABEL") > 1:
        return "A label can hold ${LABEL} only once."
    if sum(name in STATISTICS for name in names) > MOST_STATISTICS:
        return f"A label can hold at most {MOST_STATISTICS} dynamic statistical values."
    return None


def zone(text: str) -> timezone:
    """`+0130` as a time zone. Raises AwsError for what is none."""
    found = _ZONE.fullmatch(text)
    if found is None or int(found[2]) > 23 or int(found[3]) > 59:
        raise AwsError("ValidationError", f"The value {text} for parameter LabelOptions.Timezone is not like +0130.")
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(offset if found[1] == "+" else -offset)
