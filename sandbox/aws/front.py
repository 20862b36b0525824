"""What happens to a call: whose it is, whether a fault was ordered, whether it is allowed, who answers it."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Any
from urllib.parse import parse_qsl, unquote

from sandbox.aws import moto_app, shapes
from sandbox.aws.accounts import Principal
from sandbox.aws.actions import action_of
from sandbox.aws.answers import Answer, refusal, success
from sandbox.aws.authorise import Authoriser, denied
from sandbox.aws.calls import BACKSTAGE, Call, CallLog
from sandbox.aws.errors import AwsError, BadAnswer, NotImplementedInSandbox, Unanswered
from sandbox.aws.faults import Faults
from sandbox.aws.keys import Keys
from sandbox.aws.operations import Handler, Request, Values
from sandbox.aws.policies import Act
from sandbox.aws.queries import nested
from sandbox.aws.routing import Target, Wire, target_of

HOLD_S = 20.0
"""How long a call that meets the timeout fault is held; longer than the bot's read timeout of 15 s."""

After = Callable[[Request], None]
"""Called once moto has done an operation, to put right what moto cannot know."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the front works with."""

    keys: Keys
    authoriser: Authoriser
    faults: Faults
    log: CallLog
    handlers: Mapping[tuple[str, str], Handler]
    after: Mapping[tuple[str, str], After]
    now: Callable[[], datetime]
    """What resources are dated by: the world's time, or the moment that the story tells of."""
    clock: Callable[[], datetime]
    """The world's time."""
    stopped: Event


class Front:
    """The application behind the loopback server."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._own = {service for service, _ in parts.handlers}

    def __call__(self, wire: Wire) -> Answer:
        """The answer to a request. Raises Unanswered where a timeout was ordered."""
        request_id, began = str(uuid.uuid4()), time.perf_counter()
        try:
            target = target_of(wire)
        except AwsError as error:
            return refusal(_guessed_protocol(wire), error, request_id)
        try:
            principal = self._parts.keys.principal(target.key_id, target.token, target.protocol, target.service)
        except AwsError as error:
            return refusal(target.protocol, error, request_id, resource=wire.path, service=target.service)
        params: Mapping[str, Any] = {}
        try:
            params = self._params(wire, target)
            answer = self._served(wire, target, principal, params, request_id)
        except AwsError as error:
            answer = refusal(target.protocol, error, request_id, resource=wire.path, service=target.service)
        except Unanswered:
            self._record(wire, target, principal, params, request_id, None, began)
            raise
        self._record(wire, target, principal, params, request_id, answer, began)
        return answer

    def _params(self, wire: Wire, target: Target) -> Mapping[str, Any]:
        """The input as boto3 took it; of our own operations and JSON ones fully typed."""
        if target.service not in self._own and target.service not in moto_app.SERVED:
            raise NotImplementedInSandbox(target.name)
        if target.operation not in shapes.service_model(target.service).operation_names:
            raise AwsError("InvalidAction", f"The action {target.operation} is not valid for this web service.")
        shape = shapes.operation_model(target.service, target.operation).input_shape
        if shape is None:
            return {}
        if target.protocol == "query":
            flat = dict(parse_qsl(wire.form, keep_blank_values=True))
            typed: Mapping[str, Any] = shapes.decoded(shape, nested(shape, flat) or {})
            return typed
        if target.protocol == "rest-xml":
            return {**_listed(shape, target.in_path), **_copy_source(wire)}
        body = _json(wire)
        found: Mapping[str, Any] = shapes.decoded(shape, {**body, **_listed(shape, target.in_path)})
        return found

    def _served(
        self, wire: Wire, target: Target, principal: Principal, params: Mapping[str, Any], request_id: str
    ) -> Answer:
        self._meet_fault(target, principal, params)
        parts = self._parts
        handler = parts.handlers.get((target.service, target.operation))
        if handler is None and not moto_app.has(target):
            raise NotImplementedInSandbox(target.name)
        if handler is not None:
            _refuse_invalid_input(target, params)
        parts.authoriser.check(principal, target.service, target.operation, target.region, params)
        request = Request(target.service, target.operation, principal.account, target.region, principal, params)
        if handler is not None and (values := handler(request)) is not None:
            return _checked(target, values, request_id)
        return self._by_moto(wire, target, request)

    def _by_moto(self, wire: Wire, target: Target, request: Request) -> Answer:
        answer = moto_app.forward(wire, target, request.account)
        done = self._parts.after.get((target.service, target.operation))
        if done is not None and answer.status < 300:
            done(request)
        if answer.status == 404 and target.operation in {"GetObject", "HeadObject"}:
            self._hide_missing_key(target, request)
        return answer

    def _hide_missing_key(self, target: Target, request: Request) -> None:
        """Who may not list a bucket is told 403 of a key that is not there, never 404 (S3 API: GetObject)."""
        bucket = {"Bucket": request.params["Bucket"]}
        self._parts.authoriser.check(request.principal, "s3", "ListObjectsV2", target.region, bucket)

    def _meet_fault(self, target: Target, principal: Principal, params: Mapping[str, Any]) -> None:
        """Raise what was ordered for this account; AssumeRole counts for the role's account."""
        if principal.administrator:
            return
        account = principal.account
        if target.name == "sts:AssumeRole":
            account = str(params.get("RoleArn", "")).split(":")[4:5][0] if ":" in str(params.get("RoleArn")) else ""
        match self._parts.faults.take(account, target.service, target.operation):
            case "deny":
                act = Act(action_of(target.service, target.operation), "*", {})
                reason = f"because no identity-based policy allows the {act.action} action"
                raise denied(principal, act, target.service, reason)
            case "throttle":
                raise _throttled(target)
            case "timeout":
                self._parts.stopped.wait(HOLD_S)
                raise Unanswered
            case _:
                return

    def _record(
        self,
        wire: Wire,
        target: Target,
        principal: Principal,
        params: Mapping[str, Any],
        request_id: str,
        answer: Answer | None,
        began: float,
    ) -> None:
        agent = wire.headers.get("user-agent", "")
        self._parts.log.add(
            Call(
                at=self._parts.now() if BACKSTAGE in agent else self._parts.clock(),
                account=principal.account,
                region=target.region,
                principal_arn=principal.arn,
                source_identity=principal.source_identity,
                service=target.service,
                operation=target.operation,
                action=action_of(target.service, target.operation),
                params=params,
                error_code=answer.error_code if answer else "RequestTimeout",
                request_id=request_id,
                administrator=principal.administrator,
                status=answer.status if answer else None,
                ms=round((time.perf_counter() - began) * 1000, 1),
                user_agent=agent,
                principal=principal,
                answer=answer,
                body=wire.body if target.service == "s3" else b"",
            )
        )


def _guessed_protocol(wire: Wire) -> str:
    """The style to refuse a request in whose service cannot be told."""
    if "x-amz-target" in wire.headers:
        return "json"
    return "query" if wire.headers.get("content-type", "").startswith("application/x-www-form") else "rest-xml"


def _json(wire: Wire) -> dict[str, Any]:
    try:
        found = json.loads(wire.form) if wire.body else {}
    except (ValueError, OSError, EOFError):
        raise AwsError("SerializationException", "The request body is not JSON") from None
    if not isinstance(found, dict):
        raise AwsError("SerializationException", "The request body is no JSON object")
    return found


def _copy_source(wire: Wire) -> dict[str, str]:
    """The object that CopyObject reads, which is named in a header."""
    source = wire.headers.get("x-amz-copy-source")
    return {"CopySource": unquote(source).lstrip("/").partition("?")[0]} if source else {}


def _listed(shape: Any, in_path: Mapping[str, str]) -> dict[str, Any]:
    """Path and query parameters; a list that was given once arrives bare."""
    members = shape.members
    return {
        name: [value] if members[name].type_name == "list" else int(value) if _counts(members[name], value) else value
        for name, value in in_path.items()
    }


def _counts(shape: Any, value: str) -> bool:
    return shape.type_name in {"integer", "long"} and value.isdigit()


def _refuse_invalid_input(target: Target, params: Mapping[str, Any]) -> None:
    report = shapes.faults(shapes.operation_model(target.service, target.operation).input_shape, params)
    if report:
        old = target.protocol == "query" or target.service == "cloudwatch"
        code = "ValidationError" if old else "ValidationException"
        code = "InvalidRequestException" if target.service == "athena" else code
        raise AwsError(code, f"1 validation error detected: {report}")


def _checked(target: Target, values: Values, request_id: str) -> Answer:
    """Our own answer, after botocore's model has agreed that AWS could have sent it."""
    found = shapes.present(values)
    report = shapes.faults(shapes.operation_model(target.service, target.operation).output_shape, shapes.sampled(found))
    if report:
        raise BadAnswer(target.name, report)
    return success(target, found, request_id)


def _throttled(target: Target) -> AwsError:
    """As each protocol says it (AWS docs: common errors; S3: SlowDown)."""
    if target.service == "s3":
        return AwsError("SlowDown", "Please reduce your request rate.", 503)
    old = target.protocol == "query" or target.service == "cloudwatch"
    code = "Throttling" if old else "ThrottlingException"
    return AwsError(code, "Rate exceeded", 400)
