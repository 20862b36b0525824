"""Tags of alarms and dashboards, by ARN.

Source: API reference, TagResource, UntagResource, ListTagsForResource; 50 tags a resource.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.aws.cloudwatch.alarm_describing import AlarmStores
from sandbox.aws.cloudwatch.dashboard_store import DashboardStores
from sandbox.aws.errors import AwsError, NotImplementedInSandbox
from sandbox.aws.operations import Request, Values, operation

MOST = 50
TagsOf = Mapping[str, str]
_ARN = re.compile(
    r"arn:aws[a-z-]*:cloudwatch:(?P<region>[a-z0-9-]*):(?P<account>\d{12}):(?P<kind>[a-z-]+)[:/](?P<name>.+)", re.DOTALL
)


def given(params: Mapping[str, Any]) -> dict[str, str]:
    """The tags that a resource is made with. Raises AwsError when there are too many."""
    return _merged({}, params)


def _merged(tags: TagsOf, params: Mapping[str, Any]) -> dict[str, str]:
    both = {**tags, **{tag["Key"]: tag["Value"] for tag in params.get("Tags", ())}}
    if len(both) > MOST:
        raise AwsError("InvalidParameterValue", f"A CloudWatch resource has at most {MOST} tags")
    return both


class AlarmTags:
    """The three operations on tags."""

    def __init__(self, alarms: AlarmStores, dashboards: DashboardStores) -> None:
        self._alarms = alarms
        self._dashboards = dashboards

    @operation("cloudwatch", "ListTagsForResource")
    def listed(self, request: Request) -> Values:
        """All of them in one page."""
        found: list[TagsOf] = []

        def unchanged(tags: TagsOf) -> TagsOf:
            found.append(tags)
            return tags

        self._change(request, unchanged)
        return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(found[0].items())]}

    @operation("cloudwatch", "TagResource")
    def tag(self, request: Request) -> Values:
        """A tag of the same key is overwritten."""
        self._change(request, lambda tags: _merged(tags, request.params))
        return {}

    @operation("cloudwatch", "UntagResource")
    def untag(self, request: Request) -> Values:
        """A key that is not there is no error."""
        gone = set(request.params["TagKeys"])
        self._change(request, lambda tags: {key: value for key, value in tags.items() if key not in gone})
        return {}

    def _change(self, request: Request, change: Callable[[TagsOf], TagsOf]) -> None:
        arn = request.params["ResourceARN"]
        found = _ARN.fullmatch(arn)
        if found is None:
            raise AwsError("InvalidParameterValue", f"{arn} is not the ARN of a CloudWatch resource")
        kind, name = found["kind"], found["name"]
        if kind not in {"alarm", "dashboard"}:
            raise NotImplementedInSandbox(f"tags of {arn}")
        place = (request.account, request.region if kind == "alarm" else "")
        store = self._alarms(*place) if kind == "alarm" else self._dashboards(request.account)
        if (found["account"], found["region"]) != place or not store.tag(name, change):
            raise AwsError("ResourceNotFoundException", f"The resource {arn} does not exist", 404)
