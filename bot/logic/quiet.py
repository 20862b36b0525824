"""When quiet hours let something be said."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.model.place import Severity
from bot.model.route import Quiet


def after_quiet(at: datetime, quiet: Quiet | None, severity: Severity) -> datetime:
    """That moment, or the end of the quiet hours that it is in, unless it is severe enough for them.

    Hours are those of the wall clock there: on the days when clocks change a night is longer or shorter.
    """
    if quiet is None or quiet.start == quiet.end or severity.rank >= quiet.unless.rank:
        return at
    here = at.astimezone(_zone(quiet.zone))
    if not _is_within(here.time(), quiet):
        return at
    day = here.date() + timedelta(days=1 if here.time() >= quiet.end else 0)
    # An end that the clocks pass twice is the first one; if that is over, the second.
    ends = (datetime.combine(day, quiet.end.replace(fold=fold), here.tzinfo).astimezone(UTC) for fold in (0, 1))
    return max(at, next((end for end in ends if end > at), at))


def _is_within(now: time, quiet: Quiet) -> bool:
    """From start, over midnight where end comes first."""
    if quiet.start < quiet.end:
        return quiet.start <= now < quiet.end
    return now >= quiet.start or now < quiet.end


def _zone(name: str) -> ZoneInfo:
    """UTC when its name is unknown here."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
