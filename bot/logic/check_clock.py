"""How far a clock may be off before something breaks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.logic.words import duration
from bot.model.checkup import Check, ClockReading

AREA = "clock"
WARN_S = 30
BAD_S = 240
"""AWS and Slack's signatures allow five minutes (300 s): a minute before that there is time to act."""
STEP = "Keep this machine's time by NTP (`timedatectl` shows whether it is)."


def clock_check(reading: ClockReading) -> Check:
    """This machine against another's clock."""
    ahead = reading.here_at - reading.said_at
    off_s = abs(ahead.total_seconds())
    if off_s <= WARN_S:
        return Check(AREA, reading.whose, "good", f"this machine's clock agrees within {WARN_S} s")
    side = "ahead of" if ahead > timedelta() else "behind"
    said = f"this machine's clock is {duration(abs(ahead))} {side} {reading.whose}'s; five minutes are refused"
    return Check(AREA, reading.whose, "bad" if off_s > BAD_S else "warn", said, STEP)


def header_checks(whose: str, date: str, here_at: datetime) -> Iterator[Check]:
    """From an answer's `Date` header, in whole seconds; nothing where it has none."""
    try:
        said_at = parsedate_to_datetime(date)
    except ValueError:
        return
    yield clock_check(ClockReading(whose, said_at if said_at.tzinfo else said_at.replace(tzinfo=UTC), here_at))
