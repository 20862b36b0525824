"""ISO 8601 durations as job definitions write them (`-P8D`, `-PT1H`)."""

import re
from datetime import timedelta
from typing import Final

_DURATION: Final = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


def offset(text: str | None, otherwise: timedelta) -> timedelta:
    """A StartTimeOffset or EndTimeOffset; `otherwise` when none is given. Raises ValueError for another form."""
    if not text:
        return otherwise
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text} is no time offset")
    sign, days, hours, minutes = match.groups()
    length = timedelta(days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0))
    return -length if sign else length
