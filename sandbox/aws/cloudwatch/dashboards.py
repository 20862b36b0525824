"""Dashboards.

Source: API reference, PutDashboard, GetDashboard, ListDashboards, DeleteDashboards. "The dashboard body is invalid …"
and "The field DashboardBody must be a valid JSON object" as AWS says it.
"""

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sandbox.aws.cloudwatch.alarm_tags import given
from sandbox.aws.cloudwatch.dashboard_body import parsed, wrongs
from sandbox.aws.cloudwatch.dashboard_store import DashboardStores
from sandbox.aws.cloudwatch.json_checks import Wrong
from sandbox.aws.errors import AwsError
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.paging import page

PAGE = 1000
MOST_DELETED = 100
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")


class Dashboards:
    """All four operations."""

    def __init__(self, stores: DashboardStores, now: Callable[[], datetime]) -> None:
        self._stores = stores
        self._now = now

    @operation("cloudwatch", "PutDashboard")
    def put(self, request: Request) -> Values:
        """A body that is wrong is refused with all that is wrong with it."""
        name, body = request.params["DashboardName"], request.params["DashboardBody"]
        if not _NAME.fullmatch(name):
            raise _refused("The name of a dashboard has up to 255 characters: A-Z, a-z, 0-9, - and _")
        found = parsed(body)
        if found is None:
            raise _refused("The field DashboardBody must be a valid JSON object")
        if wrong := wrongs(found):
            raise _invalid(wrong)
        self._stores(request.account).put(name, body, given(request.params), self._now())
        return {"DashboardValidationMessages": []}

    @operation("cloudwatch", "GetDashboard")
    def get(self, request: Request) -> Values:
        """The body as it was put."""
        name = request.params["DashboardName"]
        found = self._stores(request.account).dashboard(name)
        if found is None:
            raise _missing([name])
        return {"DashboardArn": found.arn, "DashboardBody": found.body, "DashboardName": found.name}

    @operation("cloudwatch", "ListDashboards")
    def listed(self, request: Request) -> Values:
        """A thousand to a page."""
        prefix = request.params.get("DashboardNamePrefix", "")
        every = [one for one in self._stores(request.account).dashboards() if one.name.startswith(prefix)]
        try:
            items, token = page(every, request.params, lambda one: one.name, PAGE)
        except AwsError:
            raise AwsError("InvalidParameterValue", "The next token specified is invalid.") from None
        entries = [
            {
                "DashboardName": one.name,
                "DashboardArn": one.arn,
                "LastModified": one.modified_at,
                "Size": len(one.body.encode()),
            }
            for one in items
        ]
        return {"DashboardEntries": entries, "NextToken": token}

    @operation("cloudwatch", "DeleteDashboards")
    def delete(self, request: Request) -> Values:
        """Those that are there go, whatever is said of the others."""
        names = list(dict.fromkeys(request.params["DashboardNames"]))
        if not 1 <= len(names) <= MOST_DELETED:
            raise AwsError("InvalidParameterValue", f"From 1 to {MOST_DELETED} dashboards can be deleted at once")
        store = self._stores(request.account)
        if missing := [name for name in names if not store.delete(name)]:
            raise _missing(missing)
        return {}


def _missing(names: Sequence[str]) -> AwsError:
    return AwsError("ResourceNotFound", f"Dashboard {', '.join(names)} does not exist", 404)


def _refused(message: str, wrong: Sequence[Wrong] = ()) -> AwsError:
    listed: list[dict[str, Any]] = [{"DataPath": one.path, "Message": one.message} for one in wrong]
    return AwsError("InvalidParameterInput", message, members={"dashboardValidationMessages": listed})


def _invalid(wrong: Sequence[Wrong]) -> AwsError:
    shown = json.dumps([{"dataPath": one.path, "message": one.message} for one in wrong], indent=2)
    return _refused(f"The dashboard body is invalid, there are {len(wrong)} validation errors:\n{shown}", wrong)
