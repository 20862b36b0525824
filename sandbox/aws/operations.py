"""How a service of our own declares its operations: a method under `@operation`, taking a Request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.aws.accounts import Principal

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A call that is decoded, valid and allowed. `account` is the caller's."""

    service: str
    operation: str
    account: str
    region: str
    principal: Principal
    params: Mapping[str, Any]


Handler = Callable[[Request], Values | None]
"""From a request to its answer; None leaves the call to moto. Refusals are AwsError."""

_NAME = "_sandbox_operation"
H = TypeVar("H", bound=Callable[..., Any])


def operation(service: str, name: str) -> Callable[[H], H]:
    """Mark a method as the one that answers (service, operation)."""

    def mark(method: H) -> H:
        setattr(method, _NAME, (service, name))
        return method

    return mark


def handlers(*services: object) -> dict[tuple[str, str], Handler]:
    """Every marked method of these objects by (service, operation). Raises ValueError when two claim one."""
    found: dict[tuple[str, str], Handler] = {}
    for service in services:
        for attribute in dir(type(service)):
            claim = getattr(getattr(type(service), attribute), _NAME, None)
            if claim is None:
                continue
            if claim in found:
                raise ValueError(f"two handlers for {claim[0]}:{claim[1]}")
            found[claim] = getattr(service, attribute)
    return found
