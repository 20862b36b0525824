"""Where a bucket's trail lies: its layout, and whose logs of which Regions are there, by listing folders."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from bot.aws.actions import needs
from bot.aws.hub import Hub, Target
from bot.errors import BotError
from bot.logic.trail_layout import Layout, TrailFound

DEEPEST: Final = 4
"""Folders above `AWSLogs/` at most: a prefix of one's own, and Control Tower's organisation."""
MOST_LOOKED_AT: Final = 5
"""Accounts whose Regions are listed: an organisation's trail has the same ones for all."""
_ACCOUNT: Final = re.compile(r"\d{12}/$")
_ORGANISATION: Final = re.compile(r"o-[a-z0-9]{10,32}/$")


class TrailFinder:
    """Asks S3 as the bot itself."""

    def __init__(self, hub: Hub, target: Target) -> None:
        self._hub = hub
        self._target = target

    def find(self, bucket: str, prefix: str) -> TrailFound:
        """The layout with the most accounts. Raises SourceError, BotError where there is none."""
        roots = {root: self._accounts(bucket, root) for root in self._roots(bucket, prefix, DEEPEST)}
        if not any(roots.values()):
            raise BotError(
                f"No CloudTrail log file was found under s3://{bucket}/{prefix}.",
                "Correct trail.logs: it names the bucket, and the prefix if the trail has one.",
            )
        best = max(roots, key=lambda root: len(roots[root]))
        layout, accounts = Layout(bucket, best), roots[best]
        regions = tuple(sorted({r for a in accounts[:MOST_LOOKED_AT] for r in self._regions(layout, a)}))
        others = tuple(Layout(bucket, root) for root, inside in roots.items() if inside and root != best)
        return TrailFound(layout, accounts, regions, self._since(layout, accounts, regions), others)

    def _roots(self, bucket: str, prefix: str, left: int) -> Iterator[str]:
        """Folders whose children are accounts."""
        if prefix.endswith("AWSLogs/"):
            folders = list(self._folders(bucket, prefix))
            if any(_ACCOUNT.search(folder) for folder in folders):
                yield prefix
            yield from (folder for folder in folders if _ORGANISATION.search(folder))
        elif _ORGANISATION.search(prefix) and "AWSLogs/" in prefix:
            yield prefix
        elif left:
            for folder in self._folders(bucket, prefix):
                if folder.endswith("AWSLogs/") or not _ACCOUNT.search(folder):
                    yield from self._roots(bucket, folder, left - 1)

    def _accounts(self, bucket: str, root: str) -> tuple[str, ...]:
        found = (folder for folder in self._folders(bucket, root) if _ACCOUNT.search(folder))
        return tuple(sorted(_last(folder) for folder in found))

    def _regions(self, layout: Layout, account: str) -> Iterator[str]:
        yield from map(_last, self._folders(layout.bucket, f"{layout.root}{account}/CloudTrail/"))

    def _since(self, layout: Layout, accounts: tuple[str, ...], regions: tuple[str, ...]) -> date:
        """The first of January of the first year that has a log file; this year where none is seen."""
        years = {
            _last(folder)
            for account in accounts[:1]
            for region in regions
            for folder in self._folders(layout.bucket, f"{layout.root}{account}/CloudTrail/{region}/")
        }
        numbers = [int(year) for year in years if re.fullmatch(r"20\d\d", year)]
        return date(min(numbers, default=datetime.now(UTC).year), 1, 1)

    @needs("s3:ListBucket", holder="trail")
    def _folders(self, bucket: str, prefix: str) -> Iterator[str]:
        """The next level's, up to a thousand."""
        page = self._hub.call(self._target, "s3", "ListObjectsV2", Bucket=bucket, Prefix=prefix, Delimiter="/")
        yield from (str(each["Prefix"]) for each in page.get("CommonPrefixes", ()))


def _last(folder: str) -> str:
    return folder.rstrip("/").rpartition("/")[2]
