"""MaxRecords and NextToken of the operations on alarms and dashboards."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sandbox.aws.errors import AwsError
from sandbox.aws.paging import page

T = TypeVar("T")


def records(
    items: Sequence[T], params: Mapping[str, Any], identity: Callable[[T], str], default: int
) -> tuple[Sequence[T], str | None]:
    """(the items of this page, the next token). Raises AwsError `InvalidNextToken`."""
    asked = {name: value for name, value in params.items() if name != "MaxRecords"}
    if "MaxRecords" in params:
        asked["MaxResults"] = params["MaxRecords"]
    try:
        return page(items, asked, identity, default)
    except AwsError:
        raise AwsError("InvalidNextToken", "The next token specified is invalid.") from None
