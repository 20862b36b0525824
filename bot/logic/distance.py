"""How far a reading is beyond its limit, and how sure that number is."""

import re
from dataclasses import replace
from math import isfinite, sqrt
from typing import Final

from bot.logic.constraints import Side, side
from bot.model.observation import UNREAD, Reading, Row


def distance(row: Row, reading: Reading) -> float | None:
    """How far beyond the limit, in the metric's own unit; 0 within it; None without finite numbers."""
    if reading.seen is None or reading.limit is None:
        return None
    over = reading.seen - reading.limit
    if not isfinite(over):
        return None
    match side(row.check):
        case Side.ABOVE | Side.OVER:
            return max(0.0, -over)
        case Side.BELOW | Side.UNDER:
            return max(0.0, over)
        case Side.AROUND_ZERO:
            return max(0.0, abs(reading.seen) - abs(reading.limit))
        case _:
            return abs(over)


_DRIFT: Final = "baseline_drift_check"
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_UNMEASURED: Final = 0.5
_UNMEASURED_BY_CHECK: Final = {"missing_column_check": 1.0, "extra_column_check": 0.0, UNREAD.check: -1.0}
"""Ours, in limits. A missing column is as incomplete as one can be; a new one breaks no value; what an unread report
says is known of no row. What else has no number (a drift, an infinite metric) is put in the middle: below what is
clearly worse, above what is barely beyond its limit."""


def relative_distance(row: Row, reading: Reading) -> float:
    """The distance in limits, to rank rows of different units; without numbers by what is checked.

    What fired because nothing was measured is beyond nothing.
    """
    if reading.missing:
        return 0.0
    beyond = distance(row, reading)
    if beyond is None:
        return _UNMEASURED_BY_CHECK.get(row.check, _UNMEASURED)
    return beyond / max(abs(reading.limit or 0.0), 1e-9)


def rank(row: Row, reading: Reading, note: str) -> float:
    """The relative distance; of a drift without a number by the first one in its sentence `note`, if that breaks it.

    For the order only: containers word it differently, so what is read there is never shown.
    """
    if row.check == _DRIFT and reading.seen is None and (found := _NUMBER.search(note)):
        read = relative_distance(row, replace(reading, seen=float(found[0])))
        return read if read > 0 else _UNMEASURED
    return relative_distance(row, reading)


def standard_error(reading: Reading) -> float | None:
    """One standard error of what was seen: the report's own, else a share's √(p(1-p)/n), else unknown."""
    if reading.error is not None and isfinite(reading.error):
        return abs(reading.error)
    seen, samples = reading.seen, reading.samples
    if seen is None or not samples or not 0 <= seen <= 1:
        return None
    return sqrt(seen * (1 - seen) / samples)
