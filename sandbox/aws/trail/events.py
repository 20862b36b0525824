"""One call as CloudTrail sees it, and the record that it writes of it.

Source: CloudTrail User Guide, "CloudTrail record contents"; which members an event has, and null where there is
nothing, as in records of 2024 to 2026.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sandbox.aws.shapes import operation_model, service_model
from sandbox.aws.trail import names
from sandbox.aws.trail.identities import Identity, stamp
from sandbox.aws.trail.members import written

VERSION: Final = "1.11"
DENIED: Final = "AccessDenied"
_LARGEST_TEXT: Final = 1024
_LARGEST_MEMBERS: Final = 100 * 1024
"""Bytes of errorMessage and userAgent, which are cut, and of requestParameters and responseElements, left out."""
_KEEP_WHEN_DENIED: Final = frozenset({"s3"})
"""Of these requestParameters are told although the call was denied; of JSON and query services they are null."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened. `params` and `response` are as boto3 takes and gives them unless `service` is `signin`."""

    at: datetime
    account: str
    """Who receives it: the caller's account."""
    region: str
    who: Identity
    service: str
    """boto3's name of it."""
    operation: str
    params: Mapping[str, Any] = field(default_factory=dict)
    response: Mapping[str, Any] | None = None
    error_code: str = ""
    error_message: str = ""
    resources: Sequence[Mapping[str, str]] = ()
    """Each with ARN, accountId and type."""
    extra: Mapping[str, Any] | None = None
    """additionalEventData."""
    address: str = ""
    agent: str = ""
    request_id: str = ""
    """Made from the event when empty."""
    kind: str = "AwsApiCall"
    details: Mapping[str, Any] | None = None
    """serviceEventDetails."""
    by_hand: Mapping[str, Any] | None = None
    """requestParameters as they are to stand, of services whose events follow no model."""

    @property
    def read_only(self) -> bool:
        """Whether it changes nothing."""
        return names.is_read(self.operation)

    @property
    def denied(self) -> bool:
        """Whether the caller lacked the right."""
        return self.error_code.startswith(DENIED)


def identifier(event: Event, number: int) -> str:
    """An event's id, which follows from what it is; `number` tells apart those that are alike."""
    told = json.dumps(
        [event.account, event.region, event.who, event.service, event.operation, event.params, event.error_code],
        default=str,
        sort_keys=True,
    )
    return guid(f"{event.at.isoformat()}|{told}|{number}")


def guid(text: str) -> str:
    """A GUID of version 4 by its form, from a text."""
    hexed = hashlib.sha256(text.encode()).hexdigest()
    return f"{hexed[:8]}-{hexed[8:12]}-4{hexed[13:16]}-{'89ab'[int(hexed[16], 16) % 4]}{hexed[17:20]}-{hexed[20:32]}"


def record(event: Event, event_id: str, shared_id: str = "") -> dict[str, Any]:
    """The record; `shared_id` where two accounts receive one."""
    address = event.who.get("invokedBy") or event.address
    found: dict[str, Any] = {
        "eventVersion": VERSION,
        "userIdentity": event.who,
        "eventTime": stamp(event.at),
        "eventSource": names.source(event.service),
        "eventName": names.event_name(event.service, event.operation),
        "awsRegion": event.region,
        "sourceIPAddress": address,
        "userAgent": (event.who.get("invokedBy") or event.agent)[:_LARGEST_TEXT],
        **_error(event),
        "requestParameters": _bounded(_parameters(event)),
        "responseElements": _bounded(_answer(event)),
    }
    found |= {"additionalEventData": dict(event.extra)} if event.extra else {}
    found |= {
        "requestID": event.request_id or guid(f"request {event_id}"),
        "eventID": event_id,
        "readOnly": event.read_only,
    }
    found |= {"resources": [dict(each) for each in event.resources]} if event.resources else {}
    found |= {"eventType": event.kind, "managementEvent": True, "recipientAccountId": event.account}
    found |= {"serviceEventDetails": dict(event.details)} if event.details else {}
    found |= {"sharedEventID": shared_id} if shared_id else {}
    found["eventCategory"] = "Management"
    if "invokedBy" not in event.who and event.kind in {"AwsApiCall", "AwsConsoleSignIn"}:
        found["tlsDetails"] = _tls(event)
    return found


def _error(event: Event) -> dict[str, str]:
    """A call that was denied is AccessDenied, whatever the service calls that to its client."""
    if not event.error_code:
        return {"errorMessage": event.error_message} if event.error_message else {}
    code = DENIED if event.denied else event.error_code
    return {"errorCode": code, "errorMessage": event.error_message[:_LARGEST_TEXT]}


def _parameters(event: Event) -> Mapping[str, Any] | None:
    if event.denied and event.service not in _KEEP_WHEN_DENIED:
        return None
    if event.by_hand is not None:
        return event.by_hand or None
    return written(event.service, _model(event).input_shape if _modelled(event) else None, event.params)


def _answer(event: Event) -> Mapping[str, Any] | None:
    """Null for what only reads, but for sessions of roles; null for what fails."""
    if event.kind == "AwsConsoleSignIn":
        return event.response
    if event.error_code or event.response is None or (event.read_only and event.service != "sts"):
        return None
    return written(event.service, _model(event).output_shape if _modelled(event) else None, event.response)


def _modelled(event: Event) -> bool:
    return event.kind == "AwsApiCall" and event.operation in service_model(event.service).operation_names


def _model(event: Event) -> Any:
    return operation_model(event.service, event.operation)


def _bounded(members: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if members is None or len(json.dumps(members, default=str)) <= _LARGEST_MEMBERS:
        return members
    return None


def _tls(event: Event) -> dict[str, str]:
    host = "signin.aws.amazon.com" if event.service == "signin" else names.host(event.service, event.region)
    host = f"{event.region}.{host}" if event.service == "signin" else host
    return {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": host}
