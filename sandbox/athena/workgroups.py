"""Work groups: where results go, and how many bytes a query may read.

Source: Athena API (CreateWorkGroup, UpdateWorkGroup, WorkGroupConfiguration), and the User Guide's "Use workgroups".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import RLock
from typing import Any

from sandbox.athena.rights import Rights
from sandbox.aws.authorise import Authoriser
from sandbox.aws.errors import AwsError
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.paging import page

PRIMARY = "primary"
"""The work group that every account has, and that cannot be deleted."""
LEAST_CUTOFF_BYTES = 10_000_000
PAGE = 50
_ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
_KEPT = frozenset(
    {
        "ResultConfiguration",
        "EnforceWorkGroupConfiguration",
        "PublishCloudWatchMetricsEnabled",
        "BytesScannedCutoffPerQuery",
        "RequesterPaysEnabled",
        "EngineVersion",
    }
)


def refused(message: str, code: str = "INVALID_INPUT") -> AwsError:
    """Athena's one error for what a caller does wrong."""
    return AwsError("InvalidRequestException", message, 400, {"AthenaErrorCode": code})


@dataclass(frozen=True, slots=True)
class WorkGroup:
    """One as it is kept; the configuration is as the API gives it."""

    name: str
    description: str
    created_at: datetime
    configuration: Mapping[str, Any]
    enabled: bool = True

    @property
    def location(self) -> str | None:
        """Where it puts results, if it says."""
        found = self.configuration.get("ResultConfiguration", {}).get("OutputLocation")
        return str(found) if found else None

    @property
    def cutoff_bytes(self) -> int | None:
        """How many bytes a query may read."""
        found = self.configuration.get("BytesScannedCutoffPerQuery")
        return None if found is None else int(found)

    def output(self, asked: str | None) -> str | None:
        """Where a query's result goes: the client's location, unless the group enforces its own."""
        enforced = self.configuration.get("EnforceWorkGroupConfiguration", True)
        return self.location if enforced and self.location else asked or self.location


class WorkGroups:
    """Those of every account and Region, and their five operations."""

    def __init__(self, authoriser: Authoriser, now: Callable[[], datetime]) -> None:
        self._authoriser = authoriser
        self._now = now
        self._held: dict[tuple[str, str], dict[str, WorkGroup]] = {}
        self._lock = RLock()

    def of(self, request: Request, name: str) -> WorkGroup:
        """One by name. Raises AwsError where there is none."""
        with self._lock:
            found = self._here(request).get(name)
        if found is None:
            raise refused(f"WorkGroup {name} is not found.")
        return found

    @operation("athena", "CreateWorkGroup")
    def create(self, request: Request) -> Values:
        """Enforces its configuration unless told otherwise."""
        name, given = request.params["Name"], dict(request.params.get("Configuration", {}))
        self._may(request, name)
        _refuse(given)
        whole = {"EnforceWorkGroupConfiguration": True, "PublishCloudWatchMetricsEnabled": True, **given}
        made = WorkGroup(name, request.params.get("Description", ""), self._now(), {**whole, "EngineVersion": _ENGINE})
        with self._lock:
            if name in self._here(request):
                raise refused(f"WorkGroup {name} is already created")
            self._here(request)[name] = made
        return {}

    @operation("athena", "GetWorkGroup")
    def get(self, request: Request) -> Values:
        """With its configuration."""
        self._may(request, request.params["WorkGroup"])
        found = self.of(request, request.params["WorkGroup"])
        return {"WorkGroup": {**_summary(found, engine=False), "Configuration": dict(found.configuration)}}

    @operation("athena", "ListWorkGroups")
    def list(self, request: Request) -> Values:
        """By name; the right must be for all of them."""
        self._may(request, "*")
        with self._lock:
            found = [each for _, each in sorted(self._here(request).items())]
        part, token = page(found, request.params, lambda each: each.name, PAGE)
        return {"WorkGroups": [_summary(each) for each in part], "NextToken": token}

    @operation("athena", "UpdateWorkGroup")
    def update(self, request: Request) -> Values:
        """What is given is changed, the rest stays."""
        params, name = request.params, request.params["WorkGroup"]
        self._may(request, name)
        with self._lock:
            old = self.of(request, name)
            self._here(request)[name] = replace(
                old,
                description=params.get("Description", old.description),
                enabled=params.get("State", "ENABLED" if old.enabled else "DISABLED") == "ENABLED",
                configuration=_updated(old.configuration, params.get("ConfigurationUpdates", {})),
            )
        return {}

    @operation("athena", "DeleteWorkGroup")
    def delete(self, request: Request) -> Values:
        """Not the primary one."""
        name = request.params["WorkGroup"]
        self._may(request, name)
        if name == PRIMARY:
            raise refused("WorkGroup primary cannot be deleted.")
        with self._lock:
            self.of(request, name)
            del self._here(request)[name]
        return {}

    def _may(self, request: Request, name: str) -> None:
        Rights(self._authoriser, request).workgroup(name)

    def _here(self, request: Request) -> dict[str, WorkGroup]:
        key = (request.account, request.region)
        if key not in self._held:
            loose = {"ResultConfiguration": {}, "EnforceWorkGroupConfiguration": False, "EngineVersion": _ENGINE}
            self._held[key] = {PRIMARY: WorkGroup(PRIMARY, "", self._now(), loose)}
        return self._held[key]


def _summary(group: WorkGroup, *, engine: bool = True) -> dict[str, Any]:
    return {
        "Name": group.name,
        "State": "ENABLED" if group.enabled else "DISABLED",
        "Description": group.description,
        "CreationTime": group.created_at,
        "EngineVersion": _ENGINE if engine else None,
    }


def _refuse(given: Mapping[str, Any]) -> None:
    if strange := sorted(given.keys() - _KEPT):
        raise refused(f"the sandbox does not keep {', '.join(strange)} of a work group")
    cutoff = given.get("BytesScannedCutoffPerQuery")
    if cutoff is not None and cutoff < LEAST_CUTOFF_BYTES:
        words = f"Member must have value greater than or equal to {LEAST_CUTOFF_BYTES}"
        raise refused(f"1 validation error detected: Value '{cutoff}' at 'bytesScannedCutoffPerQuery': {words}")


def _updated(old: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with its updates, among them what is removed."""
    given, made = dict(changes), dict(old)
    if given.pop("RemoveBytesScannedCutoffPerQuery", False):
        made.pop("BytesScannedCutoffPerQuery", None)
    result = dict(made.get("ResultConfiguration", {}))
    for name, value in given.pop("ResultConfigurationUpdates", {}).items():
        if not name.startswith("Remove"):
            result[name] = value
        elif value:
            result.pop(name.removeprefix("Remove"), None)
    _refuse(given)
    return {**made, **given, "ResultConfiguration": result, "EngineVersion": _ENGINE}
