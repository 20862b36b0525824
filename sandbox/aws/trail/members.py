"""A request or an answer as CloudTrail writes it: members with their first letter in small, secrets hidden.

Sources: records of 2024 to 2026 (names, times); Athena User Guide, "Log Amazon Athena API calls" (query strings); what
is secret is what the service models mark as sensitive.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from botocore.model import Shape

HIDDEN: Final = "HIDDEN_DUE_TO_SECURITY_REASONS"
_OMITTED: Final = "***OMITTED***"
_INSTEAD: Final = {
    ("athena", "QueryString"): _OMITTED,
    ("athena", "ExecutionParameters"): _OMITTED,
    ("athena", "QueryStatement"): _OMITTED,
    ("sagemaker", "AuthorizedUrl"): HIDDEN,
}
"""What stands in place of a member that no model marks."""
_LEFT_OUT: Final = frozenset({"SecretAccessKey", "PackedPolicySize", "ResponseMetadata"})
"""Not in any record of STS or IAM."""


def written(service: str, shape: Shape | None, value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The members of a structure; None for nothing, which CloudTrail writes as null."""
    if not value:
        return None
    found = {
        lowered(name): _INSTEAD.get((service, name), _value(service, _member(shape, name), item))
        for name, item in value.items()
        if name not in _LEFT_OUT
    }
    return found or None


def lowered(name: str) -> str:
    """`roleArn` for RoleArn, `sAMLAssertionID` for SAMLAssertionID."""
    return name[:1].lower() + name[1:]


def moment(at: datetime) -> str:
    """A time in a request or an answer, as Java's format writes it: `Aug 1, 2024, 11:45:22 AM`."""
    utc = at.astimezone(UTC)
    return f"{utc:%b} {utc.day}, {utc.year}, {utc.hour % 12 or 12}:{utc:%M:%S %p}"


def _member(shape: Shape | None, name: str) -> Shape | None:
    return getattr(shape, "members", {}).get(name)


def _value(service: str, shape: Shape | None, value: Any) -> Any:
    if shape is not None and shape.metadata.get("sensitive"):
        return HIDDEN
    if isinstance(value, Mapping):
        return _mapping(service, shape, value)
    if isinstance(value, list | tuple):
        return [_value(service, getattr(shape, "member", None), item) for item in value]
    if isinstance(value, bytes | bytearray):
        return {}
    return moment(value) if isinstance(value, datetime) else value


def _mapping(service: str, shape: Shape | None, value: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of a map are the caller's own and stay."""
    if shape is not None and shape.type_name == "map":
        return {key: _value(service, shape.value, item) for key, item in value.items()}
    return written(service, shape, value) or {}
