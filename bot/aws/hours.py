"""Folders by hour in S3 (`…/yyyy/mm/dd/hh/`), as data capture and ground truth lie in them, looked into by listings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.aws.hub import Answer, Hub, Target
from bot.aws.jobs import Location
from bot.model.observation import Window

MOST_FILES = 50
"""Of a window that one listing gives: enough to add up a small window's bytes."""
MOST_FOLDERS = 1000
"""What one ListObjectsV2 gives (S3 API reference)."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Files:
    """Files of a window, without empty ones. `whole`: there are no others."""

    at: tuple[Location, ...]
    bytes: int
    whole: bool

    def __bool__(self) -> bool:
        return bool(self.at)


class Hours:
    """Asks S3 for as little as will do."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def folders(self, target: Target, at: Location) -> tuple[Location, ...]:
        """The folders directly under a place: an endpoint's variants. Raises SourceError."""
        return tuple(Location(at.bucket, f"{under(at)}{name}") for name in self._names(target, at.bucket, under(at)))

    def within(self, target: Target, at: Location, window: Window) -> Files:
        """What the window's hours hold, by one listing however long it is: keys are in order. Raises SourceError."""
        start, end = _hour(window.start), _hour(window.end + HOUR - timedelta(microseconds=1))
        said = self._listed(
            target, at.bucket, under(at), StartAfter=f"{under(at)}{start:%Y/%m/%d/%H}", MaxKeys=MOST_FILES
        )
        files = said.get("Contents", ())
        inside = [f for f in files if f["Key"] < f"{under(at)}{end:%Y/%m/%d/%H}"]
        whole = len(inside) < len(files) or not said.get("IsTruncated", False)
        full = [f for f in inside if f["Size"]]
        return Files(tuple(Location(at.bucket, f["Key"]) for f in full), sum(f["Size"] for f in full), whole)

    def newest(self, target: Target, at: Location, now: datetime) -> datetime | None:
        """The newest hour that holds anything, this month or the one before: one listing if it is today, at most four.

        Raises SourceError.
        """
        if hour := self._newest_of(target, at, now):
            return hour
        month = now.replace(day=1)
        for first in (month, (month - timedelta(days=1)).replace(day=1)):
            days = self._names(target, at.bucket, f"{under(at)}{first:%Y/%m}/")
            dated = sorted(filter(None, (_day(first, name) for name in days)))
            past = [day for day in dated if day.date() < now.date()]
            if past:
                return self._newest_of(target, at, past[-1])
        return None

    def _newest_of(self, target: Target, at: Location, day: datetime) -> datetime | None:
        names = self._names(target, at.bucket, f"{under(at)}{day:%Y/%m/%d}/")
        hours = [int(name) for name in names if len(name) == 2 and name.isdecimal() and int(name) < 24]
        return day.replace(hour=max(hours), minute=0, second=0, microsecond=0) if hours else None

    def _names(self, target: Target, bucket: str, prefix: str) -> Iterator[str]:
        """What the folders under a prefix are called."""
        said = self._listed(target, bucket, prefix, Delimiter="/", MaxKeys=MOST_FOLDERS)
        for folder in said.get("CommonPrefixes", ()):
            yield str(folder["Prefix"]).removeprefix(prefix).rstrip("/")

    def _listed(self, target: Target, bucket: str, prefix: str, **how: object) -> Answer:
        return self._hub.call(target, "s3", "ListObjectsV2", Bucket=bucket, Prefix=prefix, **how)


def under(at: Location) -> str:
    """The prefix of what lies in a folder; a bucket's own has none."""
    return f"{at.key}/" if at.key else ""


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _day(month: datetime, name: str) -> datetime | None:
    """A day's folder, else None: others write the names."""
    try:
        return month.replace(day=int(name)) if len(name) == 2 and name.isdecimal() else None
    except ValueError:
        return None
