"""SageMaker's tags of the resources that are our own, by ARN; moto keeps those of the others."""

from collections.abc import Iterable, Mapping

from sandbox.aws import behind
from sandbox.aws.errors import AwsError
from sandbox.aws.monitoring import MonitoringStore, Stores
from sandbox.aws.operations import Request, Values, operation

_MOST = 50
"""Tags of one resource (SageMaker API: AddTags)."""
_OWN = ("monitoring-schedule/", "-job-definition/")


class Tags:
    """ListTags, AddTags and DeleteTags of schedules and job definitions."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    @operation("sagemaker", "ListTags")
    def list(self, request: Request) -> Values | None:
        """All of them in one page: there are at most 50."""
        store = self._store(request)
        return {"Tags": _listed(store.tags(request.params["ResourceArn"]))} if store else None

    @operation("sagemaker", "AddTags")
    def add(self, request: Request) -> Values | None:
        """A tag of the same key is overwritten."""
        store = self._store(request)
        if store is None:
            return None
        tags = merged(store.tags(request.params["ResourceArn"]), request.params["Tags"])
        store.tag(request.params["ResourceArn"], tags)
        return {"Tags": _listed(tags)}

    @operation("sagemaker", "DeleteTags")
    def delete(self, request: Request) -> Values | None:
        """A key that is not there is no error."""
        store = self._store(request)
        if store is None:
            return None
        gone, arn = set(request.params["TagKeys"]), request.params["ResourceArn"]
        store.tag(arn, {key: value for key, value in store.tags(arn).items() if key not in gone})
        return {}

    def _store(self, request: Request) -> MonitoringStore | None:
        """Where the ARN's resource lives; None when it is of a kind that moto has. Raises AwsError if it is gone."""
        arn = str(request.params["ResourceArn"])
        if not any(kind in arn for kind in _OWN):
            _refuse_missing(request, arn)
            return None
        _, _, _, region, account, _ = arn.split(":", 5)
        store = self._stores(account, region) if account == request.account else None
        if store is None or not store.holds(arn):
            raise AwsError("ValidationException", f"Could not find the resource {arn}")
        return store


def _refuse_missing(request: Request, arn: str) -> None:
    """Moto fails on the tags of what it does not have; SageMaker says so."""
    with behind.LOCK:
        try:
            held = behind.sagemaker(request.account, request.region)._get_resource_from_arn(arn)  # noqa: SLF001  # moto's
        except (AttributeError, ValueError):
            held = None
    if held is None:
        raise AwsError("ValidationException", f"Could not find the resource {arn}")


def merged(tags: Mapping[str, str], new: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags with new ones over them. Raises AwsError when there are too many."""
    both = {**tags, **{tag["Key"]: tag["Value"] for tag in new}}
    if len(both) > _MOST:
        raise AwsError("ResourceLimitExceeded", f"A resource has at most {_MOST} tags")
    return both


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
