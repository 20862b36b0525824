"""Alarms by their tags, as the Resource Groups Tagging API finds them; what else it finds is moto's to say.

Source: Resource Groups Tagging API reference, GetResources: filters of several keys must all fit, of a key's values
one; 50 resources a page unless told, 100 at most.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.aws.cloudwatch.alarm_describing import AlarmStores
from sandbox.aws.errors import AwsError, NotImplementedInSandbox
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.paging import page

PAGE, MOST = 50, 100
_ALARM = "cloudwatch:alarm"
_KNOWN = frozenset({"ResourceTypeFilters", "TagFilters", "ResourcesPerPage", "PaginationToken"})


class AlarmsTagged:
    """One operation of a service that spans others."""

    def __init__(self, alarms: AlarmStores) -> None:
        self._alarms = alarms

    @operation("resourcegroupstaggingapi", "GetResources")
    def found(self, request: Request) -> Values | None:
        """Alarms that have tags, and those that the filters want."""
        params = request.params
        types = params.get("ResourceTypeFilters", ())
        if _ALARM not in types and "cloudwatch" not in types:
            return None
        if list(types) != [_ALARM] or params.keys() - _KNOWN:
            raise NotImplementedInSandbox("GetResources of alarms together with other resources")
        alarms = [alarm for alarm in self._alarms(request.account, request.region).alarms() if alarm.tags]
        wanted = [alarm for alarm in alarms if _fits(alarm.tags, params.get("TagFilters", ()))]
        items, token = page(wanted, _paging(params), lambda alarm: alarm.arn, PAGE)
        rows = [{"ResourceARN": alarm.arn, "Tags": _pairs(alarm.tags)} for alarm in items]
        return {"ResourceTagMappingList": rows, "PaginationToken": token or ""}


def _fits(tags: Mapping[str, str], filters: Sequence[Mapping[str, Any]]) -> bool:
    """Keys and values are compared with their case."""
    return all(f["Key"] in tags and tags[f["Key"]] in (f.get("Values") or (tags[f["Key"]],)) for f in filters)


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def _paging(params: Mapping[str, Any]) -> dict[str, Any]:
    """As every listing here has it. Raises AwsError for more than a page may have."""
    size = params.get("ResourcesPerPage", PAGE)
    if not 1 <= size <= MOST:
        raise AwsError("InvalidParameterException", f"ResourcesPerPage must be between 1 and {MOST}")
    asked = {name: params[name] for name in ("ResourceTypeFilters", "TagFilters") if name in params}
    token = params.get("PaginationToken")
    return {**asked, "MaxResults": size, **({"NextToken": token} if token else {})}
