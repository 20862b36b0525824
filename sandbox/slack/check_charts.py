"""data_visualization: line, bar, area and pie charts (docs.slack.dev, "Data visualization block").

Where sources differ in the number of series (6 or 12) the newest, from Slack's own repository, is taken: 12.
"""

from typing import Any

from sandbox.slack.check import Check, Problems, both, many, number, shape, string, typed
from sandbox.slack.check_text import IDENTIFIER, untyped

_LABEL = string(20)
_POINT = untyped(shape({"label": _LABEL, "value": number}))
_AXIS = untyped(
    shape({"categories": many(_LABEL, 20)}, {"x_label": string(50), "y_label": string(50)}),
)


def _positive(value: Any, pointer: str, problems: Problems) -> None:
    number(value, pointer, problems)
    if isinstance(value, int | float) and value <= 0:
        problems.add("must be greater than 0", pointer)


def _covers(value: Any, pointer: str, problems: Problems) -> None:
    """Every series has each category once, and no two series share a name."""
    axis, series = value.get("axis_config"), value.get("series")
    if not isinstance(axis, dict) or not isinstance(series, list):
        return
    categories = [str(one) for one in axis.get("categories") or []]
    if len(categories) != len(set(categories)):
        problems.add("categories must be unique", f"{pointer}/axis_config/categories")
    names = [one.get("name") for one in series if isinstance(one, dict)]
    if len(names) != len(set(names)):
        problems.add("series names must be unique", f"{pointer}/series")
    for index, one in enumerate(series):
        points = one.get("data") if isinstance(one, dict) else None
        labels = [point.get("label") for point in points or [] if isinstance(point, dict)]
        if sorted(map(str, labels)) != sorted(categories):
            problems.add("every series must have each category exactly once", f"{pointer}/series/{index}/data")


_SERIES = untyped(shape({"name": _LABEL, "data": many(_POINT, 20)}))
_LINES = both(shape({"series": many(_SERIES, 12), "axis_config": _AXIS}), _covers)
_PIE = shape({"segments": many(untyped(shape({"label": _LABEL, "value": _positive})), 12)})

BLOCKS: dict[str, Check] = {
    "data_visualization": shape(
        {"title": string(50), "chart": typed({"line": _LINES, "bar": _LINES, "area": _LINES, "pie": _PIE})},
        {"block_id": IDENTIFIER},
    ),
}
