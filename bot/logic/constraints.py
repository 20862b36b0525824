"""What each check of a source is called and which side of its limit is wanted."""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from bot.logic.words import number
from bot.model.observation import ENDPOINT_FAILED, LEFT, ROLLED_BACK, UNREAD, Row


class Side(Enum):
    """Where a good value lies, in words before the limit."""

    ABOVE = "at least "
    BELOW = "at most "
    UNDER = "below "
    """The limit itself is bad already."""
    OVER = "above "
    """The same on the other side."""
    EDGE = "band edge "
    """Within a band, of which only the edge that decided is known."""
    AROUND_ZERO = "within"
    """No farther from 0 than the limit, whatever its sign."""
    NONE = ""
    """The check has no limit."""


@dataclass(frozen=True, slots=True)
class Check:
    """How a check is told."""

    side: Side
    title: str = ""
    """In a column of its own; empty where side and limit say it all."""
    row: str = "{}"
    """A row of it, around the metric's or feature's name."""


CHECKS = {
    "LessThanThreshold": Check(Side.ABOVE),
    "GreaterThanThreshold": Check(Side.BELOW),
    "completeness_check": Check(Side.ABOVE, "completeness", "completeness of {}"),
    "data_type_check": Check(Side.ABOVE, "data type", "data type of {}"),
    "baseline_drift_check": Check(Side.BELOW, "drift", "drift of {}"),
    "missing_column_check": Check(Side.NONE, "column missing", "column {} missing"),
    "extra_column_check": Check(Side.NONE, "column not in the baseline", "column {} not in the baseline"),
    "categorical_values_check": Check(Side.ABOVE, "values in known categories", "known categories of {}"),
    "non_negative_check": Check(Side.ABOVE, "smallest value", "smallest value of {}"),
    "bias_drift_check": Check(Side.AROUND_ZERO, "bias against the baseline"),
    "feature_attribution_drift_check": Check(Side.ABOVE, "attribution order (nDCG)", "attribution order of {}"),
    LEFT.check: Check(Side.NONE, "removed", "{} removed"),
    ENDPOINT_FAILED.check: Check(Side.NONE, "failed", "{} failed"),
    ROLLED_BACK.check: Check(Side.NONE, "rolled back", "{} rolled back"),
    UNREAD.check: Check(Side.NONE, "the report could not be read"),
    "LessThanOrEqualToThreshold": Check(Side.OVER),
    "GreaterThanOrEqualToThreshold": Check(Side.UNDER),
    "LessThanLowerThreshold": Check(Side.ABOVE),
    "GreaterThanUpperThreshold": Check(Side.BELOW),
    "LessThanLowerOrGreaterThanUpperThreshold": Check(Side.EDGE),
}
"""The checks of Model Monitor (AWS docs: "Schema for violations" of the four types), CloudWatch's comparisons (API
reference, PutMetricAlarm) and ours. Two of CloudWatch's are spelt as Model Monitor's and mean the same."""

_SIDED = (Side.ABOVE, Side.BELOW, Side.UNDER)


def sided(name: str, side: Side) -> str:
    """A check of another monitor with the side that it wants: `K-S p_value at least`."""
    return f"{name} {side.value}".rstrip()


@lru_cache(1024)
def side(check: str) -> Side | None:
    """Which side of the limit is good; None of a check that is not known."""
    known = _known(check)
    return known.side if known else None


def limit(check: str, value: float | None) -> str:
    """`at least 0.8792`; a check that is not known stays as its source names it, with the limit if there is one.

    Without a limit the side is told only where no title tells what is checked.
    """
    known = _known(check)
    if value is None:
        return _without_limit(known) if known else check
    if known and known.side is Side.AROUND_ZERO:
        return f"within {bare_limit(check, value)}"
    return (known.side.value if known else f"{check} ") + number(value)


def bare_limit(check: str, value: float) -> str:
    """`0.8792`, or `±0.0951` where the sign does not matter."""
    return f"±{number(abs(value))}" if side(check) is Side.AROUND_ZERO else number(value)


def _without_limit(known: Check) -> str:
    if known.side is Side.AROUND_ZERO:
        return "within the baseline"
    return "" if known.title else known.side.value.rstrip()


def title(check: str) -> str:
    """What is checked, for a column beside the name; empty where the limit says it."""
    known = _known(check)
    return known.title if known else check


def row_name(row: Row) -> str:
    """`accuracy`, `completeness of age`: a row in running text."""
    if row.alarm:
        return f"alarm {row.alarm}"
    known = _known(row.check)
    return known.row.format(row.metric) if known else row.metric


def _known(check: str) -> Check | None:
    """A check of Model Monitor, or one that names its side itself."""
    if check in CHECKS:
        return CHECKS[check]
    said = next((s for s in _SIDED if check.endswith(f" {s.value.rstrip()}")), None)
    if said is None:
        return None
    name = check.removesuffix(said.value.rstrip()).rstrip()
    return Check(said, name, name.replace("{", "{{").replace("}", "}}") + " of {}")
