"""What is kept of a delivery, of a call of the Web API, and of a use of a response_url."""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.slack.exchanges import Exchange, id_in
from sandbox.slack.service import SLACK
from sandbox.slack.workspace import Workspace

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_WHERE = ("channel", "channel_id", "channels", "user", "user_id", "users", "usergroup", "view_id", "file")
"""Arguments that say what a call is about, the plainest first."""


def recorded(handler: Handler) -> Handler:
    """The same handler, whose request and answer are kept once it answered."""

    async def handle(request: web.Request) -> web.StreamResponse:
        workspace = request.app[SLACK].workspace
        at_s, began = workspace.now(), time.perf_counter()
        response = await handler(request)
        ms = round((time.perf_counter() - began) * 1000, 1)
        request.app[SLACK].exchanges.add(await _call(workspace, request, response, at_s, ms))
        return response

    return handle


async def _call(
    workspace: Workspace, request: web.Request, response: web.StreamResponse, at_s: float, ms: float
) -> Exchange:
    sent, answer = await _sent(request), _answer(response)
    has_reply = request.transport is not None and not request.transport.is_closing()
    outcome = _outcome(response.status, answer) if has_reply else "no_reply"
    method = request.match_info.get("method")
    return Exchange(
        at_s,
        "slack",
        method or "response_url",
        outcome,
        outcome != "ok",
        ms,
        about=_about(workspace, sent) if method else request.match_info["id"][:6] + "…",
        status=response.status if has_reply else None,
        id=id_in(request.headers.get("User-Agent", "")),
        facts={"call": f"{request.method} {request.path}", "content_type": request.content_type},
        request=sent,
        answer=answer if has_reply else None,
    )


async def _sent(request: web.Request) -> Any:
    """Query and body; an argument that is JSON in a text is shown as the value it is. The handler has read the body."""
    if request.content_type in _FORMS:
        body: Any = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    else:
        text = await request.text()
        body = _parsed(text) if text.strip() else {}
    if not isinstance(body, dict):
        return body
    return {**request.query, **{name: _unfolded(value) for name, value in body.items()}}


def _unfolded(value: Any) -> Any:
    return _parsed(value) if isinstance(value, str) and value[:1] in {"{", "["} else value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _answer(response: web.StreamResponse) -> Any:
    text = response.text if isinstance(response, web.Response) else None
    if text is None or response.content_type != "application/json":
        return text
    return _parsed(text)


def _outcome(status: int, answer: Any) -> str:
    if isinstance(answer, dict) and "ok" in answer:
        return "ok" if answer["ok"] else str(answer.get("error", "error"))
    return "ok" if status < 300 else f"HTTP {status}"


def _about(workspace: Workspace, sent: Any) -> str:
    """The channel or person, by name, that a call is about."""
    given = sent if isinstance(sent, dict) else {}
    named = next((given[name] for name in _WHERE if isinstance(given.get(name), str) and given[name]), "")
    if named in workspace.channels and workspace.channels[named].name:
        return f"#{workspace.channels[named].name}"
    return workspace.users[named].real_name if named in workspace.users else named
