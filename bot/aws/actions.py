"""Which IAM actions each method needs, declared beside it; the policies are written from this."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
Holder = Literal["bot", "read", "operate", "trail", "trail-read", "redrive"]
"""Whose policy an action belongs in: the bot's own role, or each account's role for reading or for changing.

`trail` and `trail-read` are the bot's and the reading role's where a trail is set up, and not needed elsewhere;
`redrive` is of whoever puts dead letters back.
"""

_SERVICES = {"monitoring": "cloudwatch", "resourcegroupstaggingapi": "tag", "tagging": "tag"}
"""botocore's and the signature's names of services whose IAM prefix is another."""
_OPERATIONS = {
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
}
"""Operations whose IAM action has another name (Service Authorization Reference)."""
_DECLARED: dict[str, tuple[Holder, frozenset[str]]] = {}


def needs(*actions: str, holder: Holder = "read") -> Callable[[F], F]:
    """Declare what the decorated function calls, itself or through private helpers, in IAM's spelling."""

    def declare(function: F) -> F:
        _DECLARED[f"{function.__module__}.{function.__qualname__}"] = (holder, frozenset(actions))
        return function

    return declare


def declared(holder: Holder | None = None) -> frozenset[str]:
    """Every declared action, or those of one holder. Complete once the adapters are imported."""
    return frozenset(a for h, actions in _DECLARED.values() if holder in {None, h} for a in actions)


def by_method() -> Mapping[str, frozenset[str]]:
    """Declared actions by `module.Class.method`."""
    return {name: actions for name, (_, actions) in _DECLARED.items()}


def action_of(service: str, operation: str) -> str:
    """IAM's name of an API operation: `monitoring`, `DescribeAlarms` is `cloudwatch:DescribeAlarms`."""
    action = f"{_SERVICES.get(service, service)}:{operation}"
    return _OPERATIONS.get(action, action)
