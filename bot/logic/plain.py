"""What others wrote, made safe to keep: text is bounded and fit for every database, numbers are finite."""

import math


def plain(text: object, most: int) -> str:
    """At most `most` characters; control characters and lone surrogates (PostgreSQL refuses both) replaced."""
    if not isinstance(text, str):
        return ""
    short = text if len(text) <= most else text[: most - 1] + "…"
    if short.isprintable():
        return short
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in short)


def number(value: object) -> float | None:
    """A finite number; None for `"NaN"`, NaN, infinities and whatever is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None
