"""SageMaker's job definitions of the four monitor types: kept as they were given, described the same way."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sandbox.aws.errors import AwsError
from sandbox.aws.listing import chosen, ordered
from sandbox.aws.monitoring import MonitoringStore, Stores
from sandbox.aws.operations import Handler, Request, Values
from sandbox.aws.paging import page
from sandbox.aws.records import RESOURCE, Definition
from sandbox.aws.tags import merged


class JobDefinitions:
    """Create, Describe, List, Delete for each monitoring type. A definition cannot be changed."""

    def __init__(self, stores: Stores, now: Callable[[], datetime]) -> None:
        self._stores = stores
        self._now = now

    def handlers(self) -> dict[tuple[str, str], Handler]:
        """Sixteen operations from four methods."""
        return {
            ("sagemaker", name.format(kind)): partial(method, kind)
            for kind in RESOURCE
            for name, method in (
                ("Create{}JobDefinition", self._create),
                ("Describe{}JobDefinition", self._describe),
                ("List{}JobDefinitions", self._list),
                ("Delete{}JobDefinition", self._delete),
            )
        }

    def _create(self, kind: str, request: Request) -> Values:
        store = self._stores(request.account, request.region)
        name = request.params["JobDefinitionName"]
        if store.definition(kind, name):
            raise AwsError("ResourceInUse", f"{kind} job definition {name} already exists")
        arn = f"arn:aws:sagemaker:{request.region}:{request.account}:{RESOURCE[kind]}/{name.lower()}"
        body = {key: value for key, value in request.params.items() if key != "Tags"}
        tags = merged({}, request.params.get("Tags", []))
        store.define(Definition(name, arn, kind, self._now(), body))
        store.tag(arn, tags)
        return {"JobDefinitionArn": arn}

    def _describe(self, kind: str, request: Request) -> Values:
        return found(self._stores(request.account, request.region), kind, request.params["JobDefinitionName"]).described

    def _list(self, kind: str, request: Request) -> Values:
        """Summaries call the name MonitoringJobDefinitionName."""
        definitions = self._stores(request.account, request.region).definitions(kind)
        summaries = [
            {
                "MonitoringJobDefinitionName": definition.name,
                "MonitoringJobDefinitionArn": definition.arn,
                "CreationTime": definition.created_at,
                "EndpointName": definition.endpoint_name or "",
            }
            for definition in definitions
        ]
        kept = ordered(
            chosen(summaries, request.params, "MonitoringJobDefinition"), request.params, "MonitoringJobDefinition"
        )
        items, token = page(kept, request.params, lambda item: str(item["MonitoringJobDefinitionName"]), default=10)
        return {"JobDefinitionSummaries": items, "NextToken": token}

    def _delete(self, kind: str, request: Request) -> Values:
        store = self._stores(request.account, request.region)
        store.undefine(found(store, kind, request.params["JobDefinitionName"]))
        return {}


def found(store: MonitoringStore, kind: str, name: str) -> Definition:
    """A definition by its name. Raises AwsError when there is none of that type."""
    definition = store.definition(kind, name)
    if definition is None:
        raise AwsError("ResourceNotFound", f"Could not find {kind} job definition {name}")
    return definition
