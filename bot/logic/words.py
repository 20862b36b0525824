"""How durations, numbers and counts are worded, in one place."""

from datetime import datetime, timedelta
from math import isfinite

UNKNOWN = "\N{EN DASH}"
"""Stands where a number would."""
_LONG = 1e15
"""From here on a number's digits are more than it knows, and of the largest more than a card takes."""
_UNITS_S = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def duration(span: timedelta) -> str:
    """The two largest neighbouring units, rounded down: `3 h 12 min`, `2 d`, `0 s`; a negative span is `0 s`."""
    left = max(0, int(span.total_seconds()))
    first = next((i for i, (_, size) in enumerate(_UNITS_S) if left >= size), len(_UNITS_S) - 1)
    parts: list[str] = []
    for unit, size in _UNITS_S[first : first + 2]:
        amount, left = divmod(left, size)
        if amount or not parts:
            parts.append(f"{amount} {unit}")
    return " ".join(parts)


def moment(at: datetime, *, dated: bool) -> str:
    """`13:00`, or `24 Nov 13:00`; of a time in UTC, for texts whose times no client puts in its reader's zone."""
    return f"{at.day} {at:%b %H:%M}" if dated else f"{at:%H:%M}"


def number(value: float | None) -> str:
    """Four decimals for rates, so that columns line up; four significant digits else; separators from 1,000.

    A dash stands for what is unknown.
    """
    if value is None or not isfinite(value):
        return UNKNOWN
    if 0.001 <= abs(value) < 1:  # smaller ones would lose their digits
        return f"{value:.4f}"
    return f"{value:,.0f}" if 1_000 <= abs(value) < _LONG else f"{value:.4g}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 violation`, `8 violations`, `2,000 entries` with `many` given."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listing(names: tuple[str, ...], most: int = 3) -> str:
    """`accuracy, recall, f1 and 5 more`."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def shortened(text: str, most: int) -> str:
    """At most so many characters, the last of them an ellipsis where something is left out."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def size(count: int) -> str:
    """Bytes as people read them, rounded: `12 GB`, `1.5 GB`, `18 MB`, `0 bytes`; 1 kB is 1,024 bytes."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1_000:
            return f"{value:.2g} {unit}" if value < 10 else f"{value:.0f} {unit}"
        value /= 1_024
    return f"{value:.2g} TB" if value < 10 else f"{value:,.0f} TB"


def dollars(usd: float) -> str:
    """`US$0.06`; what is less than a cent is called so, and nothing is `US$0`."""
    if not usd:
        return "US$0"
    return "less than US$0.01" if usd < 0.01 else f"US${usd:,.2f}"
