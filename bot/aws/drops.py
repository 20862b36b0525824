"""Reports that other monitors drop in S3: listed by folder, read with care."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from bot.aws.actions import needs
from bot.aws.asking import over
from bot.aws.fanout import Fanout, Job, gather
from bot.aws.hub import Hub, Target
from bot.aws.jobs import Location
from bot.aws.objects import Objects
from bot.errors import Malformed, Missing, TimedOut
from bot.logic.reported import folders
from bot.model.account import Account
from bot.model.report import Document, Drop, Source
from bot.ports.ask import Ask, Failure, Found

PAGE = 1000
"""What one ListObjectsV2 gives (S3 API reference)."""
MOST_PAGES = 20
"""Of one folder in one poll: a prefix that holds more wants dates in it."""
SUFFIX = ".json"


class AwsDrops:
    """`bot.ports.drops.Drops` over S3."""

    def __init__(
        self, hub: Hub, fanout: Fanout, sources: Sequence[Source], cap_bytes: int, ask: Ask, *, page: int = PAGE
    ) -> None:
        """`cap_bytes` is the largest object that is read, `page` how many one call lists."""
        self._hub = hub
        self._fanout = fanout
        self._sources = sources
        self._objects = Objects(hub, cap_bytes)
        self._ask = ask
        self._page = page

    @needs("s3:ListBucket")
    def listed(self, since: datetime) -> Found[Drop]:
        """Every source by itself: one that fails takes nothing from the others."""
        began = time.monotonic()
        fleet = {account.id: account for account in self._ask.scope.accounts}
        known = [source for source in self._sources if source.account_id in fleet]
        jobs = [self._job(source, fleet[source.account_id], since) for source in known]
        answers = self._fanout.answers(self._ask, jobs)
        found = gather(jobs, answers, began)
        drops = sorted((drop for drops in found.items for drop in drops), key=lambda d: (d.at, d.key))
        strange = tuple(_unknown(source) for source in self._sources if source.account_id not in fleet)
        return Found(tuple(drops), (*found.failures, *strange), found.asked + len(strange), found.took_s)

    @needs("s3:GetObject")
    def read(self, drop: Drop) -> Document:
        """Raises SourceError."""
        account = next((a for a in self._ask.scope.accounts if a.id == drop.source.account_id), None)
        if account is None:
            raise _unknown(drop.source).error
        at = Location(drop.source.bucket, drop.key)
        read = partial(self._objects.read, Target(account, drop.source.region), at)
        return self._fanout.one(self._ask, Job(account, drop.source.region, read))

    def _job(self, source: Source, account: Account, since: datetime) -> Job[tuple[Drop, ...]]:
        return Job(account, source.region, partial(self._list, source, account, since))

    def _list(self, source: Source, account: Account, since: datetime) -> tuple[Drop, ...]:
        target = Target(account, source.region)
        prefixes = folders(source.prefix, since, self._ask.now)
        listed = (entry for prefix in prefixes for entry in self._entries(target, source.bucket, prefix))
        return tuple(
            Drop(source, entry["Key"], entry["ETag"].strip('"'), entry["LastModified"])
            for entry in listed
            if entry["LastModified"] >= since and entry["Key"].endswith(SUFFIX)
        )

    def _entries(self, target: Target, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        """The objects of a folder. Raises SourceError, also where there are too many to look through."""
        more: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            said = self._hub.call(
                target, "s3", "ListObjectsV2", Bucket=bucket, Prefix=prefix, MaxKeys=self._page, **more
            )
            yield from said.get("Contents", ())
            if not said.get("IsTruncated"):
                return
            if over(self._ask):
                raise TimedOut(f"the list of s3://{bucket}/{prefix} was too long for the time given")
            more = {"ContinuationToken": said["NextContinuationToken"]}
        step = "Put dates into the prefix, such as %Y/%m/%d/ (docs/reports.md)."
        raise Malformed(f"s3://{bucket}/{prefix} holds more than {MOST_PAGES * self._page:,} objects", step)


def _unknown(source: Source) -> Failure:
    account = Account(source.account_id, source.account_id, (source.region,), linked=False)
    step = "Link it, or name it in aws.accounts."
    return Failure(account, source.region, Missing(f"account {source.account_id} of [[reports]] is unknown", step))
