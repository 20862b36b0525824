"""LookupEvents: event history by one attribute.

Source: CloudTrail API reference, LookupEvents; User Guide, "Viewing recent management events with the AWS CLI".
"""

import base64
import hashlib
import itertools
import json
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from threading import Lock
from typing import Any, Final

from sandbox.aws.errors import AwsError
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.trail.history import REACH, History, Record

PER_SECOND: Final = 2
PAGE: Final = 50
_S3: Final = "AWS::S3::Bucket"
_IAM: Final = {"roleName": "AWS::IAM::Role", "userName": "AWS::IAM::User", "policyArn": "AWS::IAM::Policy"}


class Lookup:
    """Two calls a second for each account and Region, by the wall clock."""

    def __init__(self, history: History, now: Callable[[], datetime]) -> None:
        self._history = history
        self._now = now
        self._calls: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._lock = Lock()

    @operation("cloudtrail", "LookupEvents")
    def lookup(self, request: Request) -> Values:
        """Newest first; management events of the account and Region alone."""
        self._pace(request)
        params, now = request.params, self._now()
        wanted = _wanted(params)
        start, end = params.get("StartTime") or now - REACH, params.get("EndTime") or now
        if start > end:
            raise AwsError("InvalidTimeRangeException", "Start time cannot be after end time.")
        if params.get("EventCategory"):
            return {"Events": []}
        place = (request.account, request.region)
        # A first page's moment stands in the token, so that what comes in meanwhile moves no page.
        seen_by, skip = _position(params, now)
        found = (each for each in self._history.newest_first(place, start, min(end, seen_by), seen_by) if wanted(each))
        count = int(params.get("MaxResults") or PAGE)
        part = list(itertools.islice(found, skip, skip + count + 1))
        more = len(part) > count
        return {
            "Events": [_event(each) for each in part[:count]],
            "NextToken": _token(params, seen_by, skip + count) if more else None,
        }

    def _pace(self, request: Request) -> None:
        """Raises AwsError for a third call within a second."""
        moment = time.monotonic()
        with self._lock:
            calls = self._calls[request.account, request.region]
            while calls and calls[0] <= moment - 1:
                calls.popleft()
            if len(calls) >= PER_SECOND:
                raise AwsError("ThrottlingException", "Rate exceeded")
            calls.append(moment)


def _wanted(params: Mapping[str, Any]) -> Callable[[Record], bool]:
    """What the one attribute asks for. Raises AwsError for more than one."""
    attributes = params.get("LookupAttributes") or []
    if len(attributes) > 1:
        raise AwsError("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
    if not attributes:
        return lambda _: True
    key, value = attributes[0]["AttributeKey"], attributes[0]["AttributeValue"]
    return lambda record: value in _values(key, record)


def _values(key: str, record: Record) -> Iterable[str]:
    """What a record has of an attribute."""
    if key in {"ResourceType", "ResourceName"}:
        return (each[key] for each in _resources(record))
    found = {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": _told(record["readOnly"]),
        "Username": _user(record),
        "EventSource": record["eventSource"],
        "AccessKeyId": str(record["userIdentity"].get("accessKeyId") or ""),
    }
    return (found[key],)


def _told(value: bool) -> str:
    return "true" if value else "false"


def _event(record: Record) -> Values:
    """A record as LookupEvents tells it, whole in `CloudTrailEvent`."""
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": _told(record["readOnly"]),
        "AccessKeyId": record["userIdentity"].get("accessKeyId") or None,
        "EventTime": datetime.fromisoformat(record["eventTime"]),
        "EventSource": record["eventSource"],
        "Username": _user(record) or None,
        "Resources": list(_resources(record)),
        "CloudTrailEvent": json.dumps(record, separators=(",", ":")),
    }


def _user(record: Record) -> str:
    """A user's name, a session's name, root; services have none."""
    who = record["userIdentity"]
    match who["type"]:
        case "Root":
            return "root"
        case "AssumedRole":
            return str(who["arn"]).rpartition("/")[2]
        case _:
            return str(who.get("userName") or "")


def _resources(record: Record) -> Iterator[dict[str, str]]:
    """Those that the record names, and the users, roles and buckets that IAM and S3 are asked about."""
    for each in record.get("resources", ()):
        if each["type"] != _S3:
            yield {"ResourceType": each["type"], "ResourceName": each["ARN"]}
    asked = record["requestParameters"] or {}
    if record["eventSource"] == "s3.amazonaws.com" and asked.get("bucketName"):
        yield {"ResourceType": _S3, "ResourceName": asked["bucketName"]}
    if record["eventSource"] == "iam.amazonaws.com":
        yield from ({"ResourceType": kind, "ResourceName": asked[name]} for name, kind in _IAM.items() if name in asked)


def _token(params: Mapping[str, Any], seen_by: datetime, skip: int) -> str:
    text = json.dumps([_fingerprint(params), seen_by.isoformat(), skip])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _position(params: Mapping[str, Any], now: datetime) -> tuple[datetime, int]:
    """As of when, and after how many events. Raises AwsError for a token of another request."""
    token = params.get("NextToken")
    if not token:
        return now, 0
    try:
        fingerprint, seen_by, skip = json.loads(base64.urlsafe_b64decode(token.encode()))
        moment = datetime.fromisoformat(seen_by)
    except (ValueError, TypeError):
        fingerprint, moment, skip = "", now, 0
    if fingerprint != _fingerprint(params):
        raise AwsError("InvalidNextTokenException", "The pagination token is not valid for this request.")
    return moment, int(skip)


def _fingerprint(params: Mapping[str, Any]) -> str:
    """Of all but the token: pages go on with the same parameters."""
    rest = sorted((name, str(value)) for name, value in params.items() if name != "NextToken")
    return hashlib.sha256(str(rest).encode()).hexdigest()[:16]
