"""The way to moto for everything that is not our own: only services and operations that it really has.

What moto was measured to answer wrongly (CloudWatch, Athena, Logs Insights, CloudTrail, CloudFormation) is refused by
name rather than passed on.
"""

import importlib
import io
import re
from functools import cache
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app

from sandbox.aws import behind
from sandbox.aws.answers import Answer
from sandbox.aws.errors import NotImplementedInSandbox
from sandbox.aws.routing import Target, Wire

SERVED = frozenset({"s3", "iam", "sagemaker", "sns", "events", "organizations", "resourcegroupstaggingapi", "sqs"})
"""Services that moto answers well enough."""

_RESERVED = ("/moto-api", "/latest/")
"""Paths that moto takes for its own, whoever signs them; here they would be S3 buckets."""


def _backend_app(service: Any) -> Flask:
    """Moto's application of a service, whose own failures become a 500 instead of ending the connection."""
    app = create_backend_app(service)
    app.debug = False
    return app


class _Dispatcher(DomainDispatcherApplication):
    """Moto's, which would look through its own folder twice for every request."""

    def __init__(self) -> None:
        super().__init__(_backend_app)
        self._found: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """The service of an address such as `iam.us-west-2.amazonaws.com`."""
        if host not in self._found:
            self._found[host] = super().get_backend_for_host(host)
        return self._found[host]


_APP = _Dispatcher()
_HOP = frozenset({"connection", "transfer-encoding", "server", "date"})
"""Headers that belong to the connection and are ours to write."""


def has(target: Target) -> bool:
    """Whether moto implements an operation; its S3 is dispatched by path and has no list to ask."""
    if target.service not in SERVED:
        return False
    return target.service == "s3" or hasattr(_responses(target.service), _method(target.operation))


def forward(wire: Wire, target: Target, account: str) -> Answer:
    """Return moto's answer for that account. Raises NotImplementedInSandbox where moto has nothing to say."""
    if not has(target) or wire.path.startswith(_RESERVED):
        raise NotImplementedInSandbox(target.name)
    with behind.LOCK:
        chunks, status, headers = run_wsgi_app(_APP, _environ(wire, account), buffered=True)
        body = b"".join(chunks)
    code = int(status.split()[0])
    kept = tuple((name, value) for name, value in headers if name.lower() not in _HOP)
    if code >= 500 or (code == 404 and b"<title>404" in body):
        raise NotImplementedInSandbox(target.name, "moto failed on it")
    return Answer(code, kept, body, _error_code(code, kept, body))


@cache
def _responses(service: str) -> type:
    """Find moto's response class of a service, which has a method for each operation it implements."""
    module = importlib.import_module(f"moto.{service}.responses")
    classes = (each for each in vars(module).values() if isinstance(each, type) and issubclass(each, BaseResponse))
    return next(each for each in classes if each.__module__ == module.__name__)


def _method(operation: str) -> str:
    """Spell as moto does: ListOpenIDConnectProviders becomes list_open_id_connect_providers."""
    return str(camelcase_to_underscores(operation))


def _environ(wire: Wire, account: str) -> dict[str, Any]:
    """A WSGI request; moto takes the account from its own header instead of guessing it from the key."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": wire.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _unquoted(wire.path),
        "QUERY_STRING": wire.query,
        "RAW_URI": f"{wire.path}?{wire.query}" if wire.query else wire.path,
        "REQUEST_URI": f"{wire.path}?{wire.query}" if wire.query else wire.path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(wire.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in wire.headers.items():
        if name not in {"content-type", "content-length", "transfer-encoding", "x-moto-account-id"}:
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    environ["CONTENT_TYPE"] = wire.headers.get("content-type", "")
    environ["CONTENT_LENGTH"] = str(len(wire.body))
    environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
    return environ


def _unquoted(path: str) -> str:
    """PATH_INFO as WSGI wants it: percent-decoded bytes in Latin-1 (PEP 3333)."""
    return unquote_to_bytes(path).decode("latin-1")


def _error_code(status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> str | None:
    """AWS's code of a refusal, from wherever the protocol puts it."""
    if status < 400:
        return None
    named = next((value for name, value in headers if name.lower() == "x-amzn-errortype"), "")
    found = re.search(rb'<Code>([^<]+)</Code>|"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"', body)
    return named or (next(group for group in found.groups() if group).decode() if found else str(status))
