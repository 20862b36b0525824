"""From an HTTP request to who calls what where: the credential scope, then the operation.

The service and Region come from the SigV4 credential scope (AWS docs: "Elements of an AWS API request signature"),
the operation from X-Amz-Target, the Action parameter or, for REST, the model's paths.
"""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel

from sandbox.aws.errors import AwsError, NotImplementedInSandbox
from sandbox.aws.shapes import service_model

_SERVICE = {"monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi", "s3express": "s3"}
"""Signing names that are not boto3's service name."""

_SCOPE = re.compile(r"Credential=([^/,\s]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class Wire:
    """A request as it came. `params` are not yet decoded for JSON bodies; REST has its path and query in them."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def form(self) -> str:
        """The body as text, unpacked where the client compressed it (botocore does so with long PutMetricData)."""
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()


@dataclass(frozen=True, slots=True)
class Target:
    """What is called: boto3's service name, operation, and the style to answer in (`json`, `query`, …)."""

    service: str
    operation: str
    protocol: str
    region: str
    key_id: str
    token: str | None
    in_path: Mapping[str, str] = field(default_factory=dict)
    """Parameters in the path and query, by member name."""

    @property
    def name(self) -> str:
        """`sagemaker:ListEndpoints`."""
        return f"{self.service}:{self.operation}"


@dataclass(frozen=True, slots=True)
class _Route:
    operation: str
    method: str
    path: re.Pattern[str]
    literals: frozenset[tuple[str, str]]
    needed: Mapping[str, str]
    """Query names that must be there, and their members."""
    optional: Mapping[str, str]
    headers: frozenset[str]


def target_of(wire: Wire) -> Target:
    """Raises AwsError: unsigned, or an operation that cannot be told."""
    key_id, region, signing_name, token = _credential(wire)
    service = _SERVICE.get(signing_name, signing_name)
    if service == "sagemaker" and wire.path.startswith("/endpoints/"):
        service = "sagemaker-runtime"
    if name := wire.headers.get("x-amz-target"):
        return Target(service, name.rpartition(".")[2], "json", region, key_id, token)
    if action := _form(wire).get("Action"):
        return Target(service, action, "query", region, key_id, token)
    return _rest_target(wire, service, region, key_id, token)


def _form(wire: Wire) -> dict[str, str]:
    if wire.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(wire.form, keep_blank_values=True))
    return {}


def _credential(wire: Wire) -> tuple[str, str, str, str | None]:
    """(key id, Region, signing name, session token) from the header, or from a presigned URL's query."""
    query = {key: values[0] for key, values in parse_qs(wire.query).items()}
    signed = wire.headers.get("authorization") or f"Credential={query.get('X-Amz-Credential', '')}"
    found = _SCOPE.search(signed)
    if not found:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    _refuse_expired(query)
    token = wire.headers.get("x-amz-security-token") or query.get("X-Amz-Security-Token")
    return found[1], found[3], found[4], token


def _refuse_expired(query: Mapping[str, str]) -> None:
    """A presigned URL is good for X-Amz-Expires seconds, by the wall clock (S3 API: query string authentication)."""
    if "X-Amz-Expires" not in query:
        return
    signed_at = datetime.strptime(query.get("X-Amz-Date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if datetime.now(UTC) > signed_at + timedelta(seconds=int(query["X-Amz-Expires"])):
        raise AwsError("AccessDenied", "Request has expired", 403)


def _rest_target(wire: Wire, service: str, region: str, key_id: str, token: str | None) -> Target:
    try:
        model = service_model(service)
    except UnknownServiceError:
        raise NotImplementedInSandbox(service) from None
    protocol = "rest-xml" if model.protocol == "rest-xml" else "rest-json"
    query = dict(parse_qsl(wire.query, keep_blank_values=True))
    for route in _routes(service):
        found = route.path.fullmatch(wire.path)
        if found and _fits(route, wire, query):
            names = {**route.needed, **route.optional}
            in_path = {key: unquote(value) for key, value in found.groupdict().items()}
            in_query = {names[key]: value for key, value in query.items() if key in names}
            return Target(service, route.operation, protocol, region, key_id, token, {**in_path, **in_query})
    raise NotImplementedInSandbox(f"{service}: {wire.method} {wire.path}")


def _fits(route: _Route, wire: Wire, query: Mapping[str, str]) -> bool:
    return (
        route.method == wire.method
        and route.literals <= set(query.items())
        and route.needed.keys() <= query.keys()
        and route.headers <= wire.headers.keys()
    )


@cache
def _routes(service: str) -> tuple[_Route, ...]:
    """The service's REST paths, the most particular first: `?list-type=2` before a bare bucket."""
    model = service_model(service)
    routes = [_route(model.operation_model(name)) for name in model.operation_names]
    return tuple(sorted(routes, key=lambda route: -len(route.literals) - len(route.needed) - len(route.headers)))


def _route(operation: OperationModel) -> _Route:
    uri = operation.http["requestUri"]
    path, _, literals = uri.partition("?")
    members = operation.input_shape.members if operation.input_shape else {}
    required = set(operation.input_shape.required_members) if operation.input_shape else set()
    in_query = {
        shape.serialization["name"]: name
        for name, shape in members.items()
        if shape.serialization.get("location") == "querystring"
    }
    headers = {
        shape.serialization["name"].lower()
        for name, shape in members.items()
        if shape.serialization.get("location") == "header" and name in required
    }
    return _Route(
        operation=operation.name,
        method=operation.http["method"],
        path=re.compile(_path_pattern(path)),
        literals=frozenset(parse_qsl(literals, keep_blank_values=True)),
        needed={key: name for key, name in in_query.items() if name in required},
        optional={key: name for key, name in in_query.items() if name not in required},
        headers=frozenset(headers),
    )


def _path_pattern(path: str) -> str:
    """`/{Bucket}/{Key+}` as a pattern; a greedy label may hold slashes, a bucket may end with one."""
    pattern = ""
    for literal, label in re.findall(r"([^{]*)(?:\{([^}]+)\})?", path):
        pattern += re.escape(literal)
        if label:
            pattern += f"(?P<{label.rstrip('+')}>{'.+' if label.endswith('+') else '[^/]+'})"
    return pattern if path.endswith("+}") or pattern.endswith("/") else f"{pattern}/?"
