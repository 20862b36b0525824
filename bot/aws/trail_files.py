"""Log files by their listings: how fresh they are in each account and Region, and how much a question would read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from bot.aws.actions import needs
from bot.aws.fanout import Fanout, Job
from bot.aws.hub import Hub, Target
from bot.aws.kept import Kept
from bot.errors import SourceError
from bot.logic.trail_layout import Layout
from bot.model.trail import Place
from bot.ports.ask import Ask

PAGES: Final = 3
"""Of a day's listing, a thousand files each (ListObjectsV2); of a longer one the rest is reckoned from its hours."""
MOST_LISTED: Final = 96
"""Days of places that are listed for an estimate; of more, so many are looked at, evenly."""
_NEWER: Final = timedelta(hours=3)
"""Where the search for the newest file begins: names sort by the time of delivery."""
FRESH_FOR: Final = timedelta(seconds=30)
SETTLED: Final = timedelta(days=2)
"""A day's files are all there by then."""
_STAMP: Final = re.compile(r"_(\d{8}T\d{4})Z_[^/]*$")


@dataclass(frozen=True, slots=True)
class Listed:
    """A day's files of a place, or those of its end. `reached` is the part of the day that the bytes are of."""

    total_bytes: int
    newest: datetime | None
    reached: float = 1.0


class LogFiles:
    """Asks S3 as the bot itself, on threads of its own: S3 takes many listings at once."""

    def __init__(self, hub: Hub, fanout: Fanout) -> None:
        self._hub = hub
        self._fanout = fanout
        self._days: Kept[tuple[str, str], tuple[datetime, Listed]] = Kept(20_000)
        self._newest: Kept[tuple[Layout, Place], tuple[datetime, datetime | None]] = Kept(5_000)

    def newest(
        self, ask: Ask, target: Target, layout: Layout, places: Sequence[Place]
    ) -> Mapping[Place, datetime | None]:
        """When the newest log file of each place was delivered; None where none was within two days.

        Raises SourceError where no listing is allowed.
        """
        asked = [place for place in places if not self._is_fresh(self._newest.get((layout, place)), ask, FRESH_FOR)]
        answers = self._each(ask, target, [partial(self._newest_of, ask, target, layout, place) for place in asked])
        for place, answer in zip(asked, answers, strict=True):
            self._newest.put((layout, place), (ask.now, answer))
        kept = {place: self._newest.get((layout, place)) for place in places}
        return {place: found[1] for place, found in kept.items() if found}

    def size(self, ask: Ask, target: Target, layout: Layout, prefixes: Mapping[str, datetime]) -> tuple[int, bool]:
        """Bytes under all of these prefixes, each with its day, and whether they are reckoned. Raises SourceError."""
        every = sorted(prefixes)
        step = max(1, -(-len(every) // MOST_LISTED))
        looked = every[::step]
        answers = self._each(ask, target, [partial(self._day, ask, target, layout, p, prefixes[p]) for p in looked])
        total = sum(round(one.total_bytes / max(one.reached, 0.01)) for one in answers)
        sampled = step > 1 or any(one.reached < 1 for one in answers)
        return round(total * len(every) / max(1, len(looked))), sampled

    def _each(self, ask: Ask, target: Target, runs: Sequence[Callable[[], Any]]) -> list[Any]:
        """All answers. Raises the first SourceError."""
        answers = self._fanout.answers(ask, [Job(target.account, target.region, run) for run in runs])
        for answer in answers:
            if isinstance(answer, SourceError):
                raise answer
        return list(answers)

    def _day(self, ask: Ask, target: Target, layout: Layout, prefix: str, day: datetime) -> Listed:
        key = (layout.bucket, prefix)
        kept = self._days.get(key)
        settled = ask.now - day > SETTLED + timedelta(days=1)
        if kept and (settled or self._is_fresh(kept, ask, FRESH_FOR)):
            return kept[1]
        found = self._listed(target, layout.bucket, prefix)
        self._days.put(key, (ask.now, found))
        return found

    def _newest_of(self, ask: Ask, target: Target, layout: Layout, place: Place) -> datetime | None:
        """From the last hours backwards."""
        account, region = place
        for back in (0, 1):
            day = ask.now - timedelta(days=back)
            prefix = layout.prefix(account, region, f"{day:%Y/%m/%d}")
            begins = f"{prefix}{account}_CloudTrail_{region}_{ask.now - _NEWER:%Y%m%dT%H%M}Z"
            for after in (begins, "") if not back and (ask.now - _NEWER).date() == ask.now.date() else ("",):
                found = self._listed(target, layout.bucket, prefix, after)
                if found.newest:
                    return found.newest
        return None

    @needs("s3:ListBucket", holder="trail")
    def _listed(self, target: Target, bucket: str, prefix: str, after: str = "") -> Listed:
        total, newest = 0, None
        wanted: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix, **({"StartAfter": after} if after else {})}
        for _ in range(PAGES):
            page = self._hub.call(target, "s3", "ListObjectsV2", **wanted)
            for each in page.get("Contents", ()):
                total += each["Size"]
                newest = _delivered(each["Key"], each["LastModified"])
            if not page.get("IsTruncated"):
                return Listed(total, newest)
            wanted = {**wanted, "ContinuationToken": page["NextContinuationToken"]}
        return Listed(total, newest, _part_of_day(newest))

    @staticmethod
    def _is_fresh(kept: tuple[datetime, Any] | None, ask: Ask, span: timedelta) -> bool:
        return kept is not None and kept[0] <= ask.now < kept[0] + span


def _delivered(key: str, modified: datetime) -> datetime:
    """The time in a log file's name, which is when it was delivered; else when it was written."""
    found = _STAMP.search(key)
    if not found:
        return modified
    try:
        return datetime.strptime(found[1], "%Y%m%dT%H%M").replace(tzinfo=UTC)
    except ValueError:
        return modified


def _part_of_day(at: datetime | None) -> float:
    return 1.0 if at is None else max(0.01, (at.hour * 60 + at.minute + 1) / 1440)
