"""When a daily digest is due: once a day at its hour where its readers live, and a while later still."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

LATE: Final = timedelta(hours=6)
"""So long after its hour a digest is still news; whoever was down for longer leaves it out."""


@dataclass(frozen=True, slots=True)
class Due:
    """The digest of a day of its readers', and the hour of the day before: what is told came since then."""

    day: date
    at: datetime
    since: datetime


def due(hour: time, zone: str, now: datetime) -> Due | None:
    """The digest whose hour came within the last six; just after midnight that is the day before's."""
    where = ZoneInfo(zone)
    today = now.astimezone(where).date()
    for day in (today, today - timedelta(days=1)):
        at = _moment(day, hour, where)
        if timedelta() <= now - at <= LATE:
            return Due(day, at, _moment(day - timedelta(days=1), hour, where))
    return None


def _moment(day: date, hour: time, where: ZoneInfo) -> datetime:
    """An hour that the clock skips is an hour later, one that it shows twice is its first."""
    return datetime.combine(day, hour, where).astimezone(UTC)
