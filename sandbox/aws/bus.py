"""EventBridge where moto is not enough: delivery across accounts, and what services of AWS tell by themselves.

Rules, targets and their patterns are moto's. Source: EventBridge user guide, "Sending and receiving events between
AWS accounts", "Amazon EventBridge targets", "Event structure". What happened before a rule was made it does not bring.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sandbox.aws import behind
from sandbox.aws.courier import Courier
from sandbox.aws.errors import AwsError, NotImplementedInSandbox
from sandbox.aws.grants import lets_account, lets_service
from sandbox.aws.operations import Request, Values, operation

MOST_ENTRIES = 10
"""Of one PutEvents (EventBridge API reference)."""
_SERVICE = "events.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Emitted:
    """What a service of AWS tells of an account's resource: only they may name a source that begins `aws.`."""

    source: str
    kind: str
    """The detail-type."""
    detail: Values
    resources: tuple[str, ...]
    at: datetime


class Buses:
    """PutEvents and delivery: an event keeps the account that sent it, over any number of buses; policies decide."""

    def __init__(self, org_id: str, courier: Courier, now: Callable[[], datetime]) -> None:
        self._org_id = org_id
        self._courier = courier
        self._now = now
        self._made_at: dict[str, datetime] = {}
        """When a rule was made, by ARN."""

    @operation("events", "PutEvents")
    def put(self, request: Request) -> Values:
        """One answer an entry; what cannot be an event is refused by itself."""
        entries = request.params["Entries"]
        if len(entries) > MOST_ENTRIES:
            raise AwsError("ValidationException", f"Entries has more than {MOST_ENTRIES} members.")
        answers = [self._entry(request, entry) for entry in entries]
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}

    @operation("events", "PutTargets")
    def target(self, request: Request) -> Values | None:
        """Moto's, but for what makes another message of an event."""
        changes = {"Input", "InputPath", "InputTransformer"}
        if asked := {key for target in request.params["Targets"] for key in target} & changes:
            raise NotImplementedInSandbox(f"{min(asked)} of an EventBridge target")
        return None

    def emit(self, account: str, region: str, told: Emitted) -> None:
        """To the account's default bus."""
        event = _event(account, region, told)
        with behind.LOCK:
            self._deliver(event, _arn(account, region, "default"), account, told.at)

    def after(self) -> Mapping[tuple[str, str], Callable[[Request], None]]:
        """What to do once moto has made or deleted a rule."""
        return {("events", "PutRule"): self._rule_made, ("events", "DeleteRule"): self._rule_gone}

    def _rule_made(self, request: Request) -> None:
        self._made_at.setdefault(_rule_arn(request), self._now())

    def _rule_gone(self, request: Request) -> None:
        self._made_at.pop(_rule_arn(request), None)

    def _entry(self, request: Request, entry: Values) -> Values:
        if str(entry.get("Source", "")).startswith("aws."):
            return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
        detail = _object(entry["Detail"])
        if detail is None:
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        now = self._now()
        told = Emitted(
            entry["Source"], entry["DetailType"], detail, tuple(entry.get("Resources", ())), entry.get("Time") or now
        )
        event = _event(request.account, request.region, told)
        bus = str(entry.get("EventBusName") or "default")
        arn = bus if bus.startswith("arn:") else _arn(request.account, request.region, bus)
        with behind.LOCK:
            self._deliver(event, arn, request.account, now)
        return {"EventId": event["id"]}

    def _deliver(self, event: Values, bus_arn: str, sender: str, at: datetime) -> None:
        """To every target of the bus's rules that match; a bus of another account must let the sender in."""
        _, _, _, region, account, resource = bus_arn.split(":", 5)
        bus = behind.events(account, region).event_buses.get(resource.removeprefix("event-bus/"))
        if bus is None:
            return
        if account != sender and not lets_account(bus.policy, ("events:PutEvents", bus_arn), sender, self._org_id):
            return
        for rule in bus.rules.values():
            if rule.state == "ENABLED" and self._made_at.get(rule.arn, at) <= at and _matches(rule, event):
                for target in rule.targets:
                    self._hand_on(event, str(target["Arn"]), rule.arn, at)

    def _hand_on(self, event: Values, arn: str, rule_arn: str, at: datetime) -> None:
        account = rule_arn.split(":")[4]
        service = arn.split(":")[2]
        if service == "events":
            self._deliver(event, arn, account, at)
        elif service == "sqs" and (queue := behind.queue(arn)) is not None:
            source = {"arn": rule_arn, "account": account}
            if lets_service(queue.policy, ("sqs:SendMessage", arn), _SERVICE, source):
                self._courier.send(arn, json.dumps(event), at)


def _event(account: str, region: str, told: Emitted) -> Values:
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": told.kind,
        "source": told.source,
        "account": account,
        "time": f"{told.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": list(told.resources),
        "detail": told.detail,
    }


def _matches(rule: Any, event: Values) -> bool:
    """A rule on a schedule takes no event."""
    return rule.scheduled_expression is None and bool(rule.event_pattern.matches_event(event))


def _arn(account: str, region: str, bus: str) -> str:
    return f"arn:aws:events:{region}:{account}:event-bus/{bus}"


def _rule_arn(request: Request) -> str:
    """As moto writes it: a rule on the default bus is named without the bus."""
    bus = str(request.params.get("EventBusName") or "default").rpartition("/")[2]
    name = request.params["Name"]
    under = name if bus == "default" else f"{bus}/{name}"
    return f"arn:aws:events:{request.region}:{request.account}:rule/{under}"


def _object(text: str) -> Values | None:
    """The JSON object in a text, if it is one."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
