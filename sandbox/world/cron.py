"""When a monitoring schedule runs."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

HOUR: Final = timedelta(hours=1)
_CRON: Final = re.compile(r"cron\(0 (?:(\*)|(\d{1,2})(?:/(\d{1,2}))?) \? \* \* \*\)")


def due_times(expression: str, created_at: datetime, after: datetime, until: datetime) -> Iterator[datetime]:
    """The scheduled times within (after, until], oldest first, none before the schedule existed.

    Knows what Model Monitor allows (AWS docs: the cron expression for monitoring schedules): every hour, every day at
    an hour, every N hours from an hour on, and `NOW`, which runs once. Raises ValueError for anything else.
    """
    if expression == "NOW":
        if after < created_at <= until:
            yield created_at
        return
    hours = _hours(expression)
    moment = max(after, created_at).replace(minute=0, second=0, microsecond=0) + HOUR
    while moment <= until:
        if moment.hour in hours:
            yield moment
        moment += HOUR


def cadence(expression: str) -> timedelta:
    """The time between two runs, which is the span of data that one judges; an hour for `NOW`."""
    if expression == "NOW":
        return HOUR
    hours = _hours(expression)
    return timedelta(hours=24 / len(hours))


def _hours(expression: str) -> frozenset[int]:
    """The hours of the day at which it runs."""
    match = _CRON.fullmatch(expression)
    if match is None:
        raise ValueError(f"{expression} is no expression that Model Monitor takes")
    every, start, step = match.groups()
    if every:
        return frozenset(range(24))
    return frozenset((int(start) + offset) % 24 for offset in range(0, 24, int(step or 24)))
