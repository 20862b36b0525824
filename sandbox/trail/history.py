"""LookupEvents: an account's own management events of the last 90 days in a Region.

Source: CloudTrail API (LookupEvents): one attribute, fifty events a page, newest first, two calls a second.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any, Final

from sandbox.aws.errors import AwsError
from sandbox.aws.ground import Ground
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.paging import page

KEPT: Final = timedelta(days=90)
PAGE: Final = 50
PER_S: Final = 2.0
Record = Mapping[str, Any]


def _user(record: Record) -> str:
    """CloudTrail's Username: the IAM user's, else the session's."""
    identity = record.get("userIdentity", {})
    return str(identity.get("userName") or str(identity.get("arn", "")).rpartition("/")[2])


_ATTRIBUTES: Final[Mapping[str, Callable[[Record], str]]] = {
    "EventId": lambda r: str(r["eventID"]),
    "EventName": lambda r: str(r["eventName"]),
    "EventSource": lambda r: str(r["eventSource"]),
    "ReadOnly": lambda r: str(r.get("readOnly", False)).lower(),
    "Username": _user,
    "AccessKeyId": lambda r: str(r.get("userIdentity", {}).get("accessKeyId", "")),
}


class History:
    """What happened in each account and Region, by when it may be looked up."""

    def __init__(self, ground: Ground) -> None:
        self._now = ground.now
        self._held: dict[tuple[str, str], list[Record]] = {}
        self._lock = RLock()
        self._tokens: dict[tuple[str, str], tuple[float, float]] = {}

    def keep(self, records: Iterable[Record]) -> None:
        """Take records into the history of their account and Region."""
        with self._lock:
            for record in records:
                self._held.setdefault((record["recipientAccountId"], record["awsRegion"]), []).append(record)

    def forget(self) -> None:
        """Nothing happened anywhere."""
        with self._lock:
            self._held.clear()

    @operation("cloudtrail", "LookupEvents")
    def lookup(self, request: Request) -> Values:
        """Of the caller's account and Region."""
        here = (request.account, request.region)
        self._pace(here)
        wanted = request.params.get("LookupAttributes") or []
        if len(wanted) > 1:
            raise AwsError("InvalidLookupAttributesException", "You can currently specify only one lookup attribute.")
        start, end = (_aware(request.params.get(name)) for name in ("StartTime", "EndTime"))
        if start and end and start > end:
            raise AwsError("InvalidTimeRangeException", "StartTime is after EndTime.")
        inside = [event for event in self._of(here) if _is_within(event, start, end)]
        found = [event for event in inside if all(_fits(event, attribute) for attribute in wanted)]
        part, token = page(found, request.params, lambda r: str(r["eventID"]), PAGE)
        return {"Events": [_event(record) for record in part], "NextToken": token}

    def _of(self, here: tuple[str, str]) -> list[Record]:
        """Newest first, none of the future and none that is too old."""
        now = self._now()
        with self._lock:
            held = [r for r in self._held.get(here, ()) if now - KEPT <= _at(r) <= now]
        return sorted(held, key=lambda r: (r["eventTime"], r["eventID"]), reverse=True)

    def _pace(self, here: tuple[str, str]) -> None:
        """Two calls a second, two at once."""
        with self._lock:
            left, at = self._tokens.get(here, (PER_S, time.monotonic()))
            now = time.monotonic()
            left = min(PER_S, left + (now - at) * PER_S)
            if left < 1:
                raise AwsError("ThrottlingException", "Rate exceeded")
            self._tokens[here] = (left - 1, now)


def _aware(value: Any) -> datetime | None:
    return value.astimezone(UTC) if isinstance(value, datetime) else None


def _at(record: Record) -> datetime:
    return datetime.strptime(record["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _is_within(record: Record, start: datetime | None, end: datetime | None) -> bool:
    at = _at(record)
    return (start is None or at >= start) and (end is None or at <= end)


def _fits(record: Record, attribute: Mapping[str, str]) -> bool:
    name = attribute["AttributeKey"]
    if name not in _ATTRIBUTES:
        raise AwsError("InvalidLookupAttributesException", f"the sandbox does not look up {name}")
    return _ATTRIBUTES[name](record) == attribute["AttributeValue"]


def _event(record: Record) -> Values:
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": str(record.get("readOnly", False)).lower(),
        "EventTime": _at(record),
        "EventSource": record["eventSource"],
        "Username": _user(record),
        "CloudTrailEvent": json.dumps(record),
    }
