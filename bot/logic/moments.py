"""Times as AWS writes them: ISO 8601 with any zone, seconds or milliseconds since 1970, the latter as text too."""

import re
from datetime import UTC, datetime
from typing import Final

_ISO: Final = re.compile(
    r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:?[0-9]{2})"
)
_COUNT: Final = re.compile(r"[0-9]{10,13}(\.[0-9]{1,9})?")
_MS_FROM: Final = 1e11
"""Seconds reach this in the year 5138, milliseconds did in 1973."""
_YEARS: Final = range(2000, 2100)


def moment(said: object) -> datetime | None:
    """In UTC; None of what is no time of this century."""
    if isinstance(said, str):
        return _iso(said) if _ISO.fullmatch(said) else _count(float(said)) if _COUNT.fullmatch(said) else None
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    return _count(said)


def _iso(said: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(said).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year in _YEARS else None


def _count(said: float) -> datetime | None:
    """To the millisecond: no float holds more of it."""
    try:
        whole_ms = round(said if said >= _MS_FROM else said * 1000)
        seconds, rest_ms = divmod(whole_ms, 1000)
        found = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest_ms * 1000)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.year in _YEARS else None
