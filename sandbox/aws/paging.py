"""Pages that survive new items: a token names the last item given, and belongs to the question it was given for."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sandbox.aws.errors import AwsError

T = TypeVar("T")
_PAGING = frozenset({"NextToken", "MaxResults"})


def page(
    items: Sequence[T], params: Mapping[str, Any], identity: Callable[[T], str], default: int
) -> tuple[Sequence[T], str | None]:
    """(the items of this page, the next token). Raises AwsError for a token that was not given for this question."""
    start = 0
    if token := params.get("NextToken"):
        start = _after(items, identity, _read(token, _digest(params)))
    size = int(params.get("MaxResults") or default)
    found = items[start : start + size]
    more = start + size < len(items)
    return found, _token(identity(found[-1]), _digest(params)) if more else None


def _digest(params: Mapping[str, Any]) -> str:
    """What was asked, whatever the page."""
    asked = sorted((key, str(value)) for key, value in params.items() if key not in _PAGING)
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:16]


def _token(last: str, digest: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([last, digest]).encode()).decode()


def _read(token: str, digest: str) -> str:
    try:
        last, given_for = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        raise _invalid() from None
    if given_for != digest:
        raise _invalid()
    return str(last)


def _after(items: Sequence[T], identity: Callable[[T], str], last: str) -> int:
    for number, item in enumerate(items, 1):
        if identity(item) == last:
            return number
    raise _invalid()


def _invalid() -> AwsError:
    return AwsError("ValidationException", "Invalid pagination token given.")
