"""ListMetrics.

Source: CloudWatch API reference.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.aws.cloudwatch.data import See
from sandbox.aws.cloudwatch.keys import MetricKey
from sandbox.aws.cloudwatch.visible import SILENT_S, Sight
from sandbox.aws.errors import AwsError
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.paging import page

PAGE = 500
_RECENT_S = 3 * 3600.0


class Listing:
    """Which metrics there are."""

    def __init__(self, see: See) -> None:
        self._see = see

    @operation("cloudwatch", "ListMetrics")
    def list_metrics(self, request: Request) -> Values:
        """Five hundred to a page; with linked accounts, OwningAccounts names the owner at the same place."""
        params, sight = request.params, self._see(request.account, request.region)
        linked = params.get("IncludeLinkedAccounts", False)
        found = list(_chosen(sight, params))
        try:
            items, token = page(found, params, repr, PAGE)
        except AwsError as error:
            raise AwsError("InvalidParameterValue", error.message) from None
        owners = {"OwningAccounts": [owner for owner, _ in items]} if linked else {}
        return {"Metrics": [key.shown() for _, key in items], "NextToken": token} | owners


def _chosen(sight: Sight, params: Mapping[str, Any]) -> Iterator[tuple[str, MetricKey]]:
    """(account, metric) of all that the filters keep."""
    within_s = _RECENT_S if params.get("RecentlyActive") else float(SILENT_S)
    for account in _accounts(sight, params):
        for each in sight.listed(account, within_s):
            if _fits(each.key, params):
                yield account.id, each.key


def _accounts(sight: Sight, params: Mapping[str, Any]) -> list[Any]:
    owner = params.get("OwningAccount")
    if not params.get("IncludeLinkedAccounts", False):
        if owner is not None:
            raise AwsError("InvalidParameterValue", "OwningAccount needs IncludeLinkedAccounts to be true.")
        return [sight.account(None)]
    if owner is None:
        return list(sight.accounts().values())
    if owner not in sight.accounts():
        raise AwsError("InvalidParameterValue", f"The account {owner} is not linked to this monitoring account.")
    return [sight.account(owner)]


def _fits(key: MetricKey, params: Mapping[str, Any]) -> bool:
    if params.get("Namespace", key.namespace) != key.namespace or params.get("MetricName", key.name) != key.name:
        return False
    held = dict(key.dimensions)
    return all(
        each["Name"] in held and each.get("Value", held[each["Name"]]) == held[each["Name"]]
        for each in params.get("Dimensions", ())
    )
