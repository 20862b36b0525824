"""Bodies as AWS writes them: JSON, the query protocol's XML, S3's XML; successes of our own and every refusal."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import Shape

from sandbox.aws.errors import AwsError
from sandbox.aws.routing import Target
from sandbox.aws.shapes import Moments, encoded, error_shape, operation_model, service_model

_JSON = "application/x-amz-json-1.1"
_XML = "text/xml"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response; `error_code` is AWS's, None for a success."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    error_code: str | None = None


def success(target: Target, values: dict[str, Any], request_id: str) -> Answer:
    """An operation of our own, answered in the protocol of the call."""
    operation = operation_model(target.service, target.operation)
    if target.protocol == "query":
        body = _query_body(target, operation.output_shape, values, request_id)
        return Answer(200, (("Content-Type", _XML), ("x-amzn-RequestId", request_id)), body.encode())
    content = encoded(operation.output_shape, values) if operation.output_shape is not None else {}
    kind = "application/json" if target.protocol == "rest-json" else _JSON
    return Answer(200, (("Content-Type", kind), ("x-amzn-RequestId", request_id)), json.dumps(content).encode())


def refusal(protocol: str, error: AwsError, request_id: str, *, resource: str = "", service: str = "") -> Answer:
    """An error in the protocol of the call; `protocol` is `json`, `query`, `rest-json` or `rest-xml`.

    CloudWatch spoke the query protocol first: in JSON it names an error's shape, and the old code in a header
    (Smithy's `awsQueryCompatible`).
    """
    headers: tuple[tuple[str, str], ...] = (("x-amzn-RequestId", request_id),)
    if protocol == "rest-xml":
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{error.code}</Code>'
            f"<Message>{escape(error.message)}</Message><Resource>{escape(resource)}</Resource>"
            f"<RequestId>{request_id}</RequestId></Error>"
        )
        headers += (("Content-Type", "application/xml"), ("x-amz-request-id", request_id))
    elif protocol == "query":
        side = "Sender" if error.status < 500 else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{side}</Type><Code>{error.code}</Code>"
            f"<Message>{escape(error.message)}</Message>{_members(service, error)}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        headers += (("Content-Type", _XML),)
    else:
        name = error_shape(service, error.code) if service == "cloudwatch" else error.code
        body = json.dumps({"__type": name, "message": error.message, "Message": error.message, **error.members})
        headers += (("Content-Type", _JSON), ("x-amzn-errortype", name))
        if service == "cloudwatch":
            side = "Sender" if error.status < 500 else "Receiver"
            headers += (("x-amzn-query-error", f"{error.code};{side}"),)
    return Answer(error.status, headers, body.encode(), error.code)


def _members(service: str, error: AwsError) -> str:
    """What an error's shape has beside the message, in the query protocol's XML."""
    if not error.members:
        return ""
    return _xml(service_model(service).shape_for(error_shape(service, error.code)), dict(error.members))


def _query_body(target: Target, shape: Shape | None, values: dict[str, Any], request_id: str) -> str:
    """`<XResponse><XResult>…`, the namespace as the model names it."""
    space = service_model(target.service).metadata.get("xmlNamespace", "")
    name = target.operation
    result = f"<{name}Result>{_xml(shape, values)}</{name}Result>" if shape is not None else ""
    meta = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    return f'<{name}Response xmlns="{space}">{result}{meta}</{name}Response>'


def _xml(shape: Shape, value: Any) -> str:
    if isinstance(value, Moments):
        value = value.shown()
    match shape.type_name:
        case "structure":
            members = ((key, shape.members[key], item) for key, item in value.items())
            return "".join(f"<{key}>{_xml(member, item)}</{key}>" for key, member, item in members)
        case "list":
            return "".join(f"<member>{_xml(shape.member, item)}</member>" for item in value)
        case "map":
            pairs = ((escape(key), _xml(shape.value, item)) for key, item in value.items())
            return "".join(f"<entry><key>{key}</key><value>{item}</value></entry>" for key, item in pairs)
        case "timestamp" if isinstance(value, datetime):
            return f"{value:%Y-%m-%dT%H:%M:%SZ}"
        case "boolean":
            return str(value).lower()
        case _:
            return escape(str(value))
