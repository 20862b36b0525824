"""How a call of the past is written down: when, by whom, and what AWS answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.aws.trail import identities
from sandbox.aws.trail.events import Event
from sandbox.aws.trail.hearing import address
from sandbox.aws.trail.identities import Identity
from sandbox.world import callers, fleet
from sandbox.world.callers import Caller
from sandbox.world.fleet import Deployment, Names
from sandbox.world.traffic import BANK_MARKETING

DENIED: Final = "AccessDeniedException"
PREDECESSOR: Final = Deployment(fleet.PRODUCTION, BANK_MARKETING, timedelta(days=59), 9 * 60 + 31, tagged=True)
"""What served bank-marketing in production before the world's own endpoint."""
Anybody = Caller | Callable[[str, datetime], Identity]


@dataclass(frozen=True, slots=True)
class Then:
    """The past of a world that starts then."""

    started_at: datetime

    def on(self, days: int, clock: str) -> datetime:
        """So many days before the start, at `09:14` UTC; at least one."""
        hour, minute = map(int, clock.split(":"))
        second = (days * 37 + minute * 11) % 60
        return (self.started_at - timedelta(days=days)).replace(hour=hour, minute=minute, second=second, microsecond=0)

    def ago(self, hours: float) -> datetime:
        """So many hours before the start."""
        return (self.started_at - timedelta(hours=hours)).replace(microsecond=0)

    def names(self, number: int) -> Names:
        """Of the world's deployments, by their number."""
        return fleet.names(fleet.DEPLOYMENTS[number], self.started_at)

    @property
    def before(self) -> Names:
        """Of the endpoint that bank-marketing had in production before."""
        return fleet.names(PREDECESSOR, self.started_at)


def call(
    at: datetime,
    account: str,
    who: Anybody,
    operation: str,
    params: Mapping[str, Any] | None = None,
    response: Mapping[str, Any] | None = None,
    **more: Any,
) -> Event:
    """A call to SageMaker, or to the `service` that is named; params and response as boto3 has them."""
    identity = who.identity(account, at) if isinstance(who, Caller) else who(account, at)
    agent = who.agent if isinstance(who, Caller) else callers.CONSOLE
    arn = str(identity.get("arn") or identity.get("userName") or "")
    more = {"service": "sagemaker", "address": address(arn), "agent": agent, **more}
    return Event(
        at, account, fleet.REGION, identity, operation=operation, params=params or {}, response=response, **more
    )


def refused(at: datetime, account: str, who: Caller, operation: str, on: str, **more: Any) -> Event:
    """A call that was denied: `on` is the resource's ARN."""
    service = more.get("service", "sagemaker")
    reason = more.pop("because", f"because no identity-based policy allows the {service}:{operation} action")
    arn = who.principal(account, at).arn
    said = f"User: {arn} is not authorized to perform: {service}:{operation} on resource: {on} {reason}"
    return call(at, account, who, operation, error_code=DENIED, error_message=said, **more)


def root(account: str, at: datetime) -> Identity:
    """The account's root user."""
    return identities.root(account, at.replace(minute=0, second=0, microsecond=0))


def arn(kind: str, name: str, account: str = fleet.PRODUCTION) -> str:
    """Of something of SageMaker's."""
    return f"arn:aws:sagemaker:{fleet.REGION}:{account}:{kind}/{name}"


def role_arn(name: str, account: str = fleet.PRODUCTION) -> str:
    """Of a role."""
    return f"arn:aws:iam::{account}:role/{name}"
