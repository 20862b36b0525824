"""Files on their way into buckets: the trail's own, the copy that S3 makes of it, and the hourly digests.

Sources: CloudTrail User Guide, "CloudTrail digest file structure", "Amazon S3 bucket policy for CloudTrail"; S3 User
Guide, "Replicating objects".
"""

import hashlib
import heapq
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final

from sandbox.aws import behind
from sandbox.aws.faults import Faults, Kind
from sandbox.aws.objects import NoSuchObject, Objects
from sandbox.aws.policies import Act, Verdict, as_list, judge, parsed
from sandbox.aws.trail.deliveries import Place, unique
from sandbox.aws.trail.files import LogFile, Origin, damaged, packed
from sandbox.aws.trail.identities import stamp
from sandbox.aws.trail.trails import Trail, Trails

_COPY: Final = timedelta(seconds=20)
"""What replication takes; AWS promises minutes at most for nearly all objects (S3 Replication Time Control)."""
_HOUR: Final = timedelta(hours=1)
CLOUDTRAIL: Final = "cloudtrail.amazonaws.com"


@dataclass(order=True)
class _Parcel:
    at: datetime
    key: str
    body: bytes = field(compare=False)


@dataclass(slots=True)
class _Hour:
    """What a digest will tell of a place: the files since the last one."""

    began: datetime
    files: list[dict[str, str]] = field(default_factory=list)
    before: tuple[str, str] | None = None
    """Key and hash of the last digest."""


class Shipping:
    """Puts files where the trail says. Safe for threads."""

    def __init__(self, trails: Trails, objects: Objects, faults: Faults) -> None:
        self._trails = trails
        self._objects = objects
        self._faults = faults
        self._lock = Lock()
        self._refused: list[_Parcel] = []
        self._copying: list[_Parcel] = []
        self._hours: dict[Place, _Hour] = {}
        self.digests_since: datetime | None = None
        """Digests are made of files that are delivered from then on; None makes none."""

    def befalls(self, kind: Kind, file: LogFile) -> bool:
        """Whether a fault on order meets the file. None meets the past, nor what no bucket would get."""
        if file.origin is Origin.PAST or self._trails.organisation is None or not file.shipped:
            return False
        return self._faults.take(file.place[0], "s3", "PutObject", (kind,)) is not None

    def ship(self, file: LogFile) -> None:
        """Put a file into the trail's bucket, as of its delivery; a trail that logged nothing of it has no file."""
        trail = self._trails.organisation
        if trail is None or not file.shipped:
            return
        name = unique(*file.place, file.delivered_at, file.origin, file.number)
        body = damaged(file.body) if self.befalls("damage", file) else file.body
        parcel = _Parcel(file.delivered_at, trail.layout.key(file.place, file.delivered_at, name), body)
        self._put(trail, parcel)
        self._note(trail, file, parcel)

    def restore(self, key: str, body: bytes, at: datetime) -> None:
        """Put a file that an earlier run had delivered."""
        trail = self._trails.organisation
        if trail is not None:
            self._put(trail, _Parcel(at, key, body))

    def add(self, key: Callable[[Trail], str], body: bytes, at: datetime) -> None:
        """Put something of another kind beside the log files."""
        trail = self._trails.organisation
        if trail is not None:
            self._put(trail, _Parcel(at, key(trail), body))

    def pass_time(self, now: datetime) -> None:
        """What is refused is tried again, what is to be copied is, hours that are over get their digest."""
        trail = self._trails.organisation
        if trail is None:
            return
        with self._lock:
            refused, self._refused = self._refused, []
            copies = []
            while self._copying and self._copying[0].at <= now:
                copies.append(heapq.heappop(self._copying))
        for parcel in refused:
            self._put(trail, parcel)
        for parcel in copies:
            self._copy(trail, parcel)
        for place in sorted(self._hours):
            self._digest(trail, place, now)

    def _put(self, trail: Trail, parcel: _Parcel) -> None:
        """Into the bucket, if it is there and its policy lets CloudTrail write."""
        error = _hindrance(trail, parcel.key)
        if not error:
            try:
                with behind.LOCK:
                    owner = str(behind.bucket_owner(trail.bucket))
                self._objects.put(owner, trail.bucket, parcel.key, parcel.body, parcel.at)
            except NoSuchObject:
                error = "NoSuchBucket"
        with self._lock:
            trail.delivery_error = error
            if error:
                self._refused.append(parcel)
                return
            trail.delivered_at = max(trail.delivered_at or parcel.at, parcel.at)
            if trail.founding.copy is not None:
                heapq.heappush(self._copying, _Parcel(parcel.at + _COPY, parcel.key, parcel.body))

    def _copy(self, trail: Trail, parcel: _Parcel) -> None:
        """Into the bucket of the account that reads; one that is not there gets nothing."""
        if trail.founding.copy is None:
            return
        account, bucket = trail.founding.copy
        try:
            self._objects.put(account, bucket, parcel.key, parcel.body, parcel.at)
        except NoSuchObject:
            return

    def _note(self, trail: Trail, file: LogFile, parcel: _Parcel) -> None:
        """What the next digest tells of a file."""
        if self.digests_since is None or file.delivered_at < self.digests_since:
            return
        times = sorted(each.at for each in file.records if each.logged)
        told = {
            "s3Bucket": trail.bucket,
            "s3Object": parcel.key,
            "hashValue": hashlib.sha256(file.text.encode()).hexdigest(),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": stamp(times[-1]),
            "oldestEventTime": stamp(times[0]),
        }
        with self._lock:
            hour = self._hours.setdefault(file.place, _Hour(_full_hour(file.delivered_at)))
            hour.files.append(told)

    def _digest(self, trail: Trail, place: Place, now: datetime) -> None:
        """The digests of a place's hours that are over; signatures are left out."""
        hour = self._hours[place]
        while hour.began + _HOUR <= now:
            ends = hour.began + _HOUR
            with self._lock:
                within = [each for each in hour.files if _moment_in(each["s3Object"]) < ends]
                hour.files = [each for each in hour.files if each not in within]
            key = trail.layout.digest_key(place, ends, trail.founding.name, trail.founding.home)
            body = json.dumps(_digested(trail, place, hour, within, key))
            self._put(trail, _Parcel(ends, key, packed(body)))
            trail.digested_at = ends
            hour.before = (key, hashlib.sha256(body.encode()).hexdigest())
            hour.began = ends


def _digested(trail: Trail, place: Place, hour: _Hour, files: list[dict[str, str]], key: str) -> dict[str, Any]:
    before, digest = hour.before or (None, None)
    return {
        "awsAccountId": place[0],
        "digestStartTime": stamp(hour.began),
        "digestEndTime": stamp(hour.began + _HOUR),
        "digestS3Bucket": trail.bucket,
        "digestS3Object": key,
        "newestEventTime": max((each["newestEventTime"] for each in files), default=None),
        "oldestEventTime": min((each["oldestEventTime"] for each in files), default=None),
        "previousDigestS3Bucket": trail.bucket if before else None,
        "previousDigestS3Object": before,
        "previousDigestHashValue": digest,
        "previousDigestHashAlgorithm": "SHA-256" if before else None,
        "logFiles": files,
    }


def _context(trail: Trail) -> dict[str, str | tuple[str, ...]]:
    """With what a bucket's policy for CloudTrail is judged."""
    return {"aws:sourcearn": trail.founding.arn, "s3:x-amz-acl": "bucket-owner-full-control"}


def _moment_in(key: str) -> datetime:
    """The time in a log file's name."""
    return datetime.strptime(key.rsplit("_", 2)[1] + "+0000", "%Y%m%dT%H%MZ%z")


def _full_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _hindrance(trail: Trail, key: str) -> str:
    """Why CloudTrail may not write, in the code that GetTrailStatus tells; empty when it may."""
    with behind.LOCK:
        owner = behind.bucket_owner(trail.bucket)
        policy = behind.s3(owner).get_bucket(trail.bucket).policy if owner else None
    if owner is None:
        return "NoSuchBucket"
    documents = [parsed(policy.decode())] if policy else []
    act = Act("s3:PutObject", f"arn:aws:s3:::{trail.bucket}/{key}", _context(trail))

    def concerns(statement: Any) -> bool:
        principal = statement.get("Principal")
        if principal == "*":
            return True
        return isinstance(principal, dict) and CLOUDTRAIL in as_list(principal.get("Service", []))

    return "" if judge(documents, act, concerns) is Verdict.ALLOW else "AccessDenied"
