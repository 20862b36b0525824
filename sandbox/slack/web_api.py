"""The Web API over HTTP: token, scope, rate, arguments, faults, and Slack's shape of answer."""

import json
from typing import Any

from aiohttp import web

from sandbox.slack import api_apps, api_chat, api_conversations, api_files, api_users, api_views
from sandbox.slack.args import Args
from sandbox.slack.errors import RateLimited, ReplyLost, ServerBroken, SlackError
from sandbox.slack.methods import METHODS, Method, require_scope
from sandbox.slack.records import Json
from sandbox.slack.service import Slack

FAMILIES = (api_apps, api_chat, api_conversations, api_files, api_users, api_views)
"""The modules whose import declares the methods."""

_CAN_LOSE_REPLY = frozenset({"chat.postMessage", "chat.update", "files.completeUploadExternal"})
_NEVER_FAULTY = frozenset({"apps.connections.open"})


async def handle(slack: Slack, request: web.Request) -> web.StreamResponse:
    """One call of `/api/{method}`."""
    name = request.match_info["method"]
    try:
        given = await _arguments(request)
        answer = _called(slack, name, given, _token(request, given))
    except RateLimited as limited:
        return slow_down(limited)
    except SlackError as error:
        return web.json_response(error.answer())
    except ServerBroken:
        return web.Response(status=500, text="Internal Server Error")
    except ReplyLost:
        return _drop(request)
    scopes = ",".join(sorted(slack.workspace.app.scopes))
    return web.json_response({"ok": True, **answer}, headers={"X-OAuth-Scopes": scopes})


def _called(slack: Slack, name: str, given: Json, token: str) -> Json:
    """The method's answer, after everything that Slack checks first; raises SlackError and the faults."""
    method = METHODS.get(name)
    if method is None:
        raise SlackError("unknown_method", req_method=name)
    _authorise(slack, method, token)
    if name not in _NEVER_FAULTY:
        misbehave(slack, name)
    slack.rates.call(name, method.tier)
    answer = method.call(slack, Args(given))
    if name in _CAN_LOSE_REPLY and slack.faults.take("lose_reply", name):
        raise ReplyLost
    return answer


def _authorise(slack: Slack, method: Method, token: str) -> None:
    app = slack.workspace.app
    if not token:
        raise SlackError("not_authed")
    if token not in {app.bot_token, app.app_token}:
        raise SlackError("invalid_auth")
    if token != (app.bot_token if method.bearer == "bot" else app.app_token):
        raise SlackError("not_allowed_token_type")
    if method.scope is not None:
        require_scope(slack, method.scope)


def misbehave(slack: Slack, name: str) -> None:
    """Raises RateLimited or ServerBroken while such a fault is due."""
    if slack.faults.take("429", name):
        raise RateLimited(1)
    if slack.faults.take("500", name):
        raise ServerBroken


async def _arguments(request: web.Request) -> Json:
    """Query and body together; slack_sdk sends an empty body as JSON where it has no arguments."""
    given: Json = dict(request.query)
    if request.content_type == "application/json":
        return {**given, **_json_object(await request.text())}
    if request.can_read_body:
        form = await request.post()
        given |= {name: value for name, value in form.items() if isinstance(value, str)}
    return given


def _json_object(text: str) -> Json:
    if not text.strip():
        return {}
    try:
        value: Any = json.loads(text)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(value, dict):
        raise SlackError("json_not_object")
    return value


def _token(request: web.Request, given: Json) -> str:
    header = request.headers.get("Authorization", "")
    in_body = str(given.pop("token", ""))
    return header.removeprefix("Bearer ").strip() or in_body


def slow_down(limited: RateLimited) -> web.Response:
    """HTTP 429 with the time to wait."""
    return web.json_response(limited.answer(), status=429, headers={"Retry-After": str(limited.retry_after_s)})


def _drop(request: web.Request) -> web.StreamResponse:
    """End the connection without an answer, as a broken line does."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
