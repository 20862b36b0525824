"""When a mute rule is in force.

Source: API reference, Schedule (PutAlarmMuteRule): `at(yyyy-MM-ddThh:mm)` once, or `cron(minute hour day month
weekday)` of `*`, `-`, `,` and English names; ISO 8601 durations from PT1M to P15D; UTC unless a time zone is named.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.aws.cloudwatch.queries import invalid

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=15)
_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2})\)")
_CRON = re.compile(r"cron\(([^()]+)\)")
_SPAN = re.compile(r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS = ((0, 59, ()), (0, 23, ()), (1, 31, ()), (1, 12, _MONTHS), (0, 6, _DAYS))
Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class MuteSchedule:
    """What was written, understood."""

    zone: ZoneInfo
    lasts: timedelta
    once: datetime | None
    """When it begins, of one that comes once."""
    fields: tuple[frozenset[int], ...] = ()

    def window(self, now: datetime) -> Window | None:
        """The one that is in force; of several that of the latest beginning."""
        start = next((at for at in self._begun(now) if at <= now), None)
        return (start, start + self.lasts) if start is not None and now < start + self.lasts else None

    def _begun(self, now: datetime) -> Iterator[datetime]:
        """Beginnings up to some day after now, latest first, as far back as one may still last."""
        if self.once is not None:
            yield self.once
            return
        minutes, hours, days, months, weekdays = self.fields
        day = now.astimezone(self.zone).date()
        for back in range(self.lasts.days + 2):
            on = day - timedelta(days=back)
            if on.day in days and on.month in months and (on.isoweekday() % 7) in weekdays:
                yield from (_at(on, h, m, self.zone) for h in sorted(hours)[::-1] for m in sorted(minutes)[::-1])


def schedule_of(said: Mapping[str, Any]) -> MuteSchedule:
    """Raises AwsError for what is none."""
    zone, lasts = _zone(said.get("Timezone", "UTC")), _span(said["Duration"])
    expression = said["Expression"]
    if found := _AT.fullmatch(expression):
        try:
            once = datetime.fromisoformat(found[1]).replace(tzinfo=zone).astimezone(UTC)
        except ValueError:
            raise invalid(f"{expression} is no valid time") from None
        return MuteSchedule(zone, lasts, once)
    if found := _CRON.fullmatch(expression):
        parts = found[1].split()
        if len(parts) != len(_FIELDS):
            raise invalid(f"{expression} must have five fields")
        return MuteSchedule(zone, lasts, None, tuple(map(_field, parts, _FIELDS)))
    raise invalid(f"{expression} is neither an at nor a cron expression")


def _at(on: date, hour: int, minute: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(hour, minute), zone).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise invalid(f"{name} is not a valid timezone") from None


def _span(text: str) -> timedelta:
    found = _SPAN.fullmatch(text)
    lasts = timedelta(**{unit: int(n) for unit, n in found.groupdict().items() if n}) if found else timedelta(0)
    if not SHORTEST <= lasts <= LONGEST:
        raise invalid(f"Duration {text} must be between PT1M and P15D")
    return lasts


def _field(text: str, bounds: tuple[int, int, tuple[str, ...]]) -> frozenset[int]:
    low, high, names = bounds
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begin, end = (low, high) if part == "*" else (_number(first, low, names), _number(last or first, low, names))
        if not low <= begin <= end <= high or (dash and not last):
            raise invalid(f"{text} is not valid in a cron expression")
        found |= set(range(begin, end + 1))
    return frozenset(found)


def _number(word: str, low: int, names: tuple[str, ...]) -> int:
    """-1 for what is neither a number nor a name."""
    if word.upper() in names:
        return names.index(word.upper()) + low
    return int(word) if word.isdigit() else -1
