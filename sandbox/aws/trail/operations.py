"""CloudTrail's operations on trails: telling of them, starting, stopping, changing.

Sources: CloudTrail API reference; User Guide, "Organization trails" (members see the trail and cannot change it),
"Organization delegated administrator".
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sandbox.aws import behind
from sandbox.aws.errors import AwsError
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.trail.identities import stamp
from sandbox.aws.trail.trails import Trail, Trails

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9])){1,126}[A-Za-z0-9]")
_KEPT: Final = ("S3BucketName", "S3KeyPrefix", "EnableLogFileValidation", "IncludeGlobalServiceEvents", "KmsKeyId")
_SELECTORS: Final = ("EventSelectors", "AdvancedEventSelectors")
_DEFAULT: Final = [
    {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [], "ExcludeManagementEventSources": []}
]
"""What a trail logs until PutEventSelectors says otherwise (API: PutEventSelectors)."""


class CloudTrail:
    """What one may ask of trails; CreateTrail and DeleteTrail are refused by name."""

    def __init__(self, trails: Trails, now: Callable[[], datetime]) -> None:
        self._trails = trails
        self._now = now

    @operation("cloudtrail", "DescribeTrails")
    def describe(self, request: Request) -> Values:
        """In other Regions than its home a trail is its shadow; names choose, and names that are not there are left."""
        trail = self._trails.organisation
        if trail is None or (not request.params.get("includeShadowTrails", True) and _shadow(trail, request)):
            return {"trailList": []}
        names = request.params.get("trailNameList") or [trail.founding.arn]
        for name in names:
            _refuse_bad_name(name)
        found = any(_names(trail, name, request) for name in names)
        return {"trailList": [_described(trail)] if found else []}

    @operation("cloudtrail", "GetTrail")
    def get(self, request: Request) -> Values:
        """One by name or ARN."""
        return {"Trail": _described(self._found(request, "Name"))}

    @operation("cloudtrail", "ListTrails")
    def list(self, _: Request) -> Values:
        """Names, homes and ARNs."""
        trail = self._trails.organisation
        if trail is None:
            return {"Trails": []}
        founding = trail.founding
        return {"Trails": [{"TrailARN": founding.arn, "Name": founding.name, "HomeRegion": founding.home}]}

    @operation("cloudtrail", "GetTrailStatus")
    def status(self, request: Request) -> Values:
        """Whether it logs, since when, and how the last delivery went."""
        trail = self._found(request, "Name")
        began, ended = trail.spans[-1]
        succeeded = stamp(trail.delivered_at) if trail.delivered_at else ""
        return {
            "IsLogging": trail.logging,
            "LatestDeliveryError": trail.delivery_error or None,
            "LatestDeliveryTime": trail.delivered_at,
            "StartLoggingTime": began,
            "StopLoggingTime": ended,
            "LatestDigestDeliveryTime": trail.digested_at,
            "LatestDeliveryAttemptTime": succeeded,
            "LatestNotificationAttemptTime": "",
            "LatestNotificationAttemptSucceeded": "",
            "LatestDeliveryAttemptSucceeded": "" if trail.delivery_error else succeeded,
            "TimeLoggingStarted": stamp(began),
            "TimeLoggingStopped": stamp(ended) if ended else "",
        }

    @operation("cloudtrail", "GetEventSelectors")
    def selectors(self, request: Request) -> Values:
        """What PutEventSelectors gave, or management events."""
        trail = self._found(request, "TrailName")
        return {"TrailARN": trail.founding.arn, **(trail.selectors or {"EventSelectors": _DEFAULT})}

    @operation("cloudtrail", "StartLogging")
    def start(self, request: Request) -> Values:
        """Files and EventBridge get what happens from now on."""
        self._trails.start(self._managed(request, "Name"), self._now())
        return {}

    @operation("cloudtrail", "StopLogging")
    def stop(self, request: Request) -> Values:
        """What happens from now on is in event history alone."""
        self._trails.stop(self._managed(request, "Name"), self._now())
        return {}

    @operation("cloudtrail", "UpdateTrail")
    def update(self, request: Request) -> Values:
        """Another bucket, prefix or validation; what else a trail has is refused by name."""
        trail = self._managed(request, "Name")
        given = {name: value for name, value in request.params.items() if name != "Name"}
        if strange := sorted(given.keys() - set(_KEPT)):
            said = f"the sandbox does not change {', '.join(strange)} of a trail"
            raise AwsError("UnsupportedOperationException", said)
        if (bucket := given.get("S3BucketName")) is not None:
            with behind.LOCK:
                if behind.bucket_owner(bucket) is None:
                    raise AwsError("S3BucketDoesNotExistException", f"S3 bucket {bucket} does not exist!")
        self._trails.change(trail, lambda held: held.settings.update(given))
        described = _described(trail)
        return {name: described.get(name) for name in _UPDATED}

    @operation("cloudtrail", "PutEventSelectors")
    def put_selectors(self, request: Request) -> Values:
        """Simple or advanced ones, not both."""
        trail = self._managed(request, "TrailName")
        given = {name: request.params[name] for name in _SELECTORS if name in request.params}
        if len(given) != 1:
            said = "Specify either event selectors or advanced event selectors."
            raise AwsError("InvalidEventSelectorsException", said)

        def replace(held: Trail) -> None:
            held.selectors = given

        self._trails.change(trail, replace)
        return {"TrailARN": trail.founding.arn, **given}

    def _found(self, request: Request, member: str) -> Trail:
        """The trail of a name or an ARN. Raises AwsError."""
        name = str(request.params[member])
        _refuse_bad_name(name)
        trail = self._trails.organisation
        if trail is None or not _names(trail, name, request):
            raise AwsError("TrailNotFoundException", f"Unknown trail: {name} for the user: {request.account}")
        return trail

    def _managed(self, request: Request, member: str) -> Trail:
        """The trail, where the caller's account may change it and is in its home Region. Raises AwsError."""
        trail = self._found(request, member)
        if request.account not in {trail.founding.owner, trail.founding.administrator}:
            said = "The caller account is neither the management account nor the delegated administrator."
            raise AwsError("NotOrganizationMasterAccountException", said)
        if request.region != trail.founding.home:
            said = f"The trail's home Region is {trail.founding.home}."
            raise AwsError("InvalidHomeRegionException", said)
        return trail


_UPDATED: Final = (
    "Name",
    "S3BucketName",
    "S3KeyPrefix",
    "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail",
    "TrailARN",
    "LogFileValidationEnabled",
    "KmsKeyId",
    "IsOrganizationTrail",
)
"""What UpdateTrail answers."""


def _described(trail: Trail) -> dict[str, Any]:
    founding, settings = trail.founding, trail.settings
    return {
        "Name": founding.name,
        "S3BucketName": trail.bucket,
        "S3KeyPrefix": trail.layout.prefix or None,
        "IncludeGlobalServiceEvents": settings.get("IncludeGlobalServiceEvents", True),
        "IsMultiRegionTrail": True,
        "HomeRegion": founding.home,
        "TrailARN": founding.arn,
        "LogFileValidationEnabled": settings.get("EnableLogFileValidation", True),
        "KmsKeyId": settings.get("KmsKeyId"),
        "HasCustomEventSelectors": bool(trail.selectors),
        "HasInsightSelectors": True,
        "IsOrganizationTrail": True,
    }


def _names(trail: Trail, name: str, request: Request) -> bool:
    """An ARN names it anywhere; its name alone does in its home, for its owner and administrator."""
    founding = trail.founding
    if name == founding.arn:
        return True
    return name == founding.name and request.region == founding.home


def _shadow(trail: Trail, request: Request) -> bool:
    return request.region != trail.founding.home


def _refuse_bad_name(name: str) -> None:
    """Raises AwsError for what is neither a name nor an ARN (User Guide, "Naming requirements")."""
    if name.startswith("arn:"):
        if name.count(":") < 5 or ":trail/" not in name:
            raise AwsError("CloudTrailARNInvalidException", f"{name} is no trail's ARN")
    elif not _NAME.fullmatch(name):
        raise AwsError("InvalidTrailNameException", f"Trail name {name} is not valid")
