"""Mute rules of CloudWatch: when one is in force, and how one is written.

Source: CloudWatch API reference, PutAlarmMuteRule: `at(yyyy-MM-ddThh:mm)` or cron, an ISO 8601 duration from PT1M to
P15D, a time zone.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.model.alarm import Alarm, Mute
from bot.model.observation import Window

OURS: Final = "sagewatch-"
"""How the names begin of rules and alarms that are made here, so that a policy can allow no others to be changed."""
SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(days=15)
_MINUTE: Final = timedelta(minutes=1)
_LEAD: Final = timedelta(seconds=10)
"""A rule that begins in the past may be refused: it is made in time."""
_AT: Final = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?::\d{2})?\)")
_SPAN: Final = re.compile(
    r"P(?:(?P<weeks>\d{1,3})W)?(?:(?P<days>\d{1,3})D)?(?:T(?:(?P<hours>\d{1,4})H)?(?:(?P<minutes>\d{1,5})M)?"
    r"(?:(?P<seconds>\d{1,7})S)?)?"
)


def window(expression: str, duration: str, zone: str = "") -> Window | None:
    """When a rule that comes once is in force; None of one that comes again, and of what cannot be read."""
    found, lasts = _AT.fullmatch(expression.strip()), span(duration)
    if not found or not lasts:
        return None
    try:
        start = datetime.fromisoformat(found[1]).replace(tzinfo=ZoneInfo(zone or "UTC")).astimezone(UTC)
        return Window(start, start + lasts)
    except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError):
        return None


def span(duration: str) -> timedelta | None:
    """Of an ISO 8601 duration of days and smaller; None of any other, and of nothing."""
    found = _SPAN.fullmatch(duration.strip())
    return timedelta(**{unit: int(n) for unit, n in found.groupdict().items() if n}) or None if found else None


def planned(now: datetime, until: datetime) -> Window:
    """From the next full minute, as AWS counts in minutes, and no shorter or longer than AWS takes it."""
    start = _full(now + _LEAD)
    return Window(start, min(max(_full(until), start + SHORTEST), start + LONGEST))


def expression(start: datetime) -> str:
    """`at(2026-11-24T14:06)`, in UTC."""
    return f"at({start.astimezone(UTC):%Y-%m-%dT%H:%M})"


def iso(lasts: timedelta) -> str:
    """`PT90M`, `P1DT30M`: whole minutes."""
    days, minutes = divmod(int(lasts / _MINUTE), 24 * 60)
    return f"P{f'{days}D' if days else ''}{f'T{minutes}M' if minutes or not days else ''}"


def muting(alarm: Alarm, mutes: Iterable[Mute], now: datetime) -> tuple[Mute, ...]:
    """The rules that hold an alarm's actions back now, that which ends last first; one without an end before all."""
    mine = [m for m in mutes if is_of(m, alarm) and is_active(m, now)]
    return tuple(sorted(mine, key=lambda m: (m.end is None, m.end or now), reverse=True))


def to_come(alarm: Alarm, mutes: Iterable[Mute], now: datetime) -> tuple[Mute, ...]:
    """The rules that will hold an alarm's actions back in a known window: the next first, of them the longest."""
    mine = [(m.start, now - m.end, m) for m in mutes if is_of(m, alarm) and m.start and m.end and m.start > now]
    return tuple(m for _, _, m in sorted(mine, key=lambda found: found[:2]))


def outlasting(alarm: Alarm, mutes: Iterable[Mute], end: datetime) -> Mute | None:
    """Of the rules made here that which ends last, where it ends no earlier: until then an alarm is not heard."""
    mine = [(m.end, m) for m in mutes if is_of(m, alarm) and m.name.startswith(OURS) and m.end and m.end >= end]
    return max(mine, key=lambda found: found[0])[1] if mine else None


def is_by(mute: Mute, person_id: str) -> bool:
    """Whether a rule made here was made for somebody: made again, it is moved."""
    return mute.name.startswith(f"{OURS}{person_id}-")


def is_of(mute: Mute, alarm: Alarm) -> bool:
    """Whether a rule is about an alarm: names are of one account and Region."""
    return (mute.account_id, mute.region) == (alarm.account_id, alarm.region) and alarm.name in mute.alarms


def is_active(mute: Mute, now: datetime) -> bool:
    """By its window where that is known, else as CloudWatch said when it was asked."""
    if mute.start is not None and mute.end is not None:
        return mute.start <= now < mute.end
    return mute.active


def _full(at: datetime) -> datetime:
    """The full minute at or after a moment."""
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + _MINUTE
