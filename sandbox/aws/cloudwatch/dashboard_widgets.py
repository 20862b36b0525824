"""The properties of each kind of widget.

Source: API reference, "Dashboard Body Structure and Syntax"; the sentences on metric widgets as AWS gives them.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.aws.cloudwatch.insights_syntax import is_query
from sandbox.aws.cloudwatch.json_checks import (
    Check,
    Wrong,
    holds,
    items,
    matching,
    members,
    one_of,
    typed,
    within,
)

_TEXT = typed("string")
_FLAG = typed("boolean")
_COLOR = matching("#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_PERIOD = typed("integer", holds(lambda value: value >= 60 and value % 60 == 0, "Should be a multiple of 60"))
_SIDE = one_of("left", "right")
_LEGEND = members((), position=one_of("right", "bottom", "hidden"))
_TIME = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})"
_MOST_DIMENSIONS = 30
_NO_SOURCE = "The metric widget should have specified a region and a data source or an alarm annotation"
_NO_METRIC = (
    'Field "metrics" has to be an array of array of strings, with an optional metricRenderer object as last element'
)

_RENDERER = members(
    (),
    accountId=_TEXT,
    color=_COLOR,
    expression=_TEXT,
    id=matching("[a-z][A-Za-z0-9_]*"),
    label=_TEXT,
    period=_PERIOD,
    region=_TEXT,
    stat=_TEXT,
    visible=_FLAG,
    yAxis=_SIDE,
)


def _metric(value: Any, path: str) -> Iterator[Wrong]:
    """`[Namespace, MetricName, DimensionName, DimensionValue …, {rendering}]`, or `[{expression}]`."""
    if not isinstance(value, list):
        yield Wrong(path, "Should be array")
        yield Wrong(path, _NO_METRIC)
        return
    names, last = (value[:-1], value[-1]) if value and isinstance(value[-1], dict) else (value, None)
    if last is not None:
        yield from _RENDERER(last, f"{path}/{len(names)}")
    wrong = _misnamed(names, expression=last is not None and "expression" in last)
    if wrong:
        yield Wrong(path, wrong)


def _misnamed(names: list[Any], *, expression: bool) -> str:
    """What is wrong with a metric's names; an expression has none."""
    most = 0 if expression else 2 + 2 * _MOST_DIMENSIONS
    if not all(isinstance(name, str) for name in names):
        return _NO_METRIC
    if len(names) < 2 and not expression:
        return "Should NOT have less than 2 items"
    if len(names) > most:
        return f"Should NOT have more than {most or 1} items"
    paired = len(names) % 2 == 0 or "..." in names
    return "" if paired else "Each dimension should have a name and a value"


def _metrics(value: Any, path: str) -> Iterator[Wrong]:
    yield from items(_metric, 0, 500)(value, path)
    if not isinstance(value, list):
        return
    if value and isinstance(value[0], list) and any(name in {".", "..."} for name in value[0] if isinstance(name, str)):
        yield Wrong(f"{path}/0", "The first metric has none before it to repeat")
    expressions = [each[-1].get("expression") for each in value if isinstance(each, list) and _renders(each)]
    if sum(isinstance(text, str) and is_query(text) for text in expressions) > 1:
        yield Wrong(path, "Should NOT have more than 1 Metrics Insights query")


def _renders(metric: list[Any]) -> bool:
    return bool(metric) and isinstance(metric[-1], dict)


def _band(single: Check, second: Check) -> Check:
    """An annotation is one line, or a band between two."""

    def check(value: Any, path: str) -> Iterator[Wrong]:
        if not isinstance(value, list):
            yield from single(value, path)
            return
        yield from items(typed("object"), 2, 2)(value, path)
        for number, (line, of) in enumerate(zip(value, (single, second), strict=False)):
            yield from of(line, f"{path}/{number}")

    return check


_LINE = {"label": _TEXT, "color": _COLOR, "visible": _FLAG}
_LEVEL = typed("number")
_MOMENT = matching(_TIME)
_ANNOTATIONS = members(
    (),
    alarms=items(_TEXT, 0, 1),
    horizontal=items(
        _band(
            members(("value",), value=_LEVEL, fill=one_of("above", "below", "none"), yAxis=_SIDE, **_LINE),
            members(("value",), value=_LEVEL, **_LINE),
        )
    ),
    vertical=items(
        _band(
            members(("value",), value=_MOMENT, fill=one_of("before", "after", "none"), **_LINE),
            members(("value",), value=_MOMENT, **_LINE),
        )
    ),
)
_AXIS = members((), label=_TEXT, min=_LEVEL, max=_LEVEL, showUnits=_FLAG)
_METRIC_MEMBERS = members(
    (),
    accountId=_TEXT,
    annotations=_ANNOTATIONS,
    legend=_LEGEND,
    liveData=_FLAG,
    metrics=_metrics,
    period=_PERIOD,
    region=_TEXT,
    sparkline=_FLAG,
    stacked=_FLAG,
    stat=_TEXT,
    table=members(
        (),
        layout=one_of("vertical", "horizontal"),
        stickySummary=_FLAG,
        showTimeSeriesData=_FLAG,
        summaryColumns=items(one_of("MIN", "MAX", "SUM", "AVG")),
    ),
    timezone=matching(r"[+-]\d{4}"),
    title=_TEXT,
    view=one_of("timeSeries", "singleValue", "gauge", "bar", "pie", "table"),
    yAxis=members((), left=_AXIS, right=_AXIS),
)


def _metric_widget(value: Any, path: str) -> Iterator[Wrong]:
    """A region with metrics, or an alarm."""
    if not isinstance(value, dict):
        yield Wrong(path, "Should be object")
        return
    annotations = value.get("annotations")
    lines = annotations if isinstance(annotations, dict) else {}
    if "metrics" not in value and annotations is None:
        yield Wrong(path, "Should have required property 'metrics'")
        yield Wrong(path, _NO_SOURCE)
        yield Wrong(path, "Should have required property 'annotations'")
    elif "metrics" in value and lines.get("alarms"):
        yield Wrong(path, "A widget can show metrics or an alarm, not both")
    elif lines.get("alarms") and (lines.get("horizontal") or lines.get("vertical")):
        yield Wrong(f"{path}/annotations", "A widget cannot have both an alarm and horizontal or vertical annotations")
    elif not lines.get("alarms") and ("metrics" not in value or "region" not in value):
        yield Wrong(path, _NO_SOURCE)
    yield from _METRIC_MEMBERS(value, path)
    if value.get("view") == "gauge" and not _bounded(value.get("yAxis")):
        yield Wrong(path, "A gauge needs min and max on the left side of yAxis")


def _bounded(axis: Any) -> bool:
    left = axis.get("left") if isinstance(axis, dict) else None
    return isinstance(left, dict) and "min" in left and "max" in left


PROPERTIES: dict[str, Check] = {
    "alarm": members(
        ("alarms",),
        alarms=items(_TEXT, 1, 100),
        sortBy=one_of("default", "stateUpdatedTimestamp", "timestamp"),
        states=items(one_of("ALARM", "INSUFFICIENT_DATA", "OK")),
        title=_TEXT,
    ),
    "explorer": members(
        ("labels", "metrics"),
        aggregateBy=members((), key=_TEXT, func=one_of("AVG", "MIN", "MAX", "STDDEV", "SUM")),
        labels=items(members(("key",), key=_TEXT, value=_TEXT)),
        metrics=items(
            members(("metricName", "resourceType"), metricName=_TEXT, resourceType=_TEXT, stat=_TEXT), 1, 100
        ),
        period=_PERIOD,
        splitBy=_TEXT,
        title=_TEXT,
        widgetOptions=members(
            (),
            legend=_LEGEND,
            rowsPerPage=within(1),
            widgetsPerRow=within(1),
            stacked=_FLAG,
            view=one_of("timeSeries", "bar", "pie"),
        ),
    ),
    "log": members(
        ("query", "region"),
        accountId=_TEXT,
        region=_TEXT,
        title=_TEXT,
        query=_TEXT,
        view=one_of("table", "timeSeries", "bar", "pie"),
    ),
    "metric": _metric_widget,
    "text": members(("markdown",), markdown=_TEXT, background=one_of("solid", "transparent")),
}
