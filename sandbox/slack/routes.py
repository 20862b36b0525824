"""The HTTP surface that an app sees: Web API, Socket Mode, response_urls, uploads and files."""

import json
from typing import Any

from aiohttp import web

from sandbox.slack import api_files, web_api
from sandbox.slack.errors import RateLimited, ServerBroken, SlackError
from sandbox.slack.recording import recorded
from sandbox.slack.service import SLACK

_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "text/plain", "text/csv"})
"""Files that a browser may show; whatever else is downloaded, so that no upload runs as a page of ours."""


async def api(request: web.Request) -> web.StreamResponse:
    """`/api/{method}`."""
    return await web_api.handle(request.app[SLACK], request)


async def link(request: web.Request) -> web.StreamResponse:
    """`/link/`: Socket Mode."""
    return await request.app[SLACK].sockets.serve(request)


async def respond(request: web.Request) -> web.StreamResponse:
    """`/actions/{id}`: a response_url; refusals as JSON, 404 for one that is used up or too old."""
    try:
        answer: Any = json.loads(await request.text())
    except ValueError:
        return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
    slack = request.app[SLACK]
    try:
        web_api.misbehave(slack, "response_url")
        slack.responses.use(request.match_info["id"], answer)
    except RateLimited as limited:
        return web_api.slow_down(limited)
    except ServerBroken:
        return web.Response(status=500, text="Internal Server Error")
    except SlackError as error:
        status = 404 if error.code in {"used_url", "expired_url"} else 400
        return web.json_response(error.answer(), status=status)
    return web.Response(text="ok")


async def upload(request: web.Request) -> web.StreamResponse:
    """`/upload/{id}`: a file's bytes, as the body or as a form's one file."""
    data = await request.read()
    if request.content_type == "multipart/form-data":
        form = await request.post()
        found = [one for one in form.values() if isinstance(one, web.FileField)]
        data = found[0].file.read() if found else b""
    try:
        api_files.receive(request.app[SLACK], request.match_info["id"], data)
    except SlackError as error:
        return web.Response(status=400, text=error.code)
    return web.Response(text=f"OK - {len(data)}")


async def download(request: web.Request) -> web.StreamResponse:
    """`/files/{id}/{name}`: an upload's bytes. A token may be left out, as the page does; a wrong one is refused."""
    slack = request.app[SLACK]
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and token != slack.workspace.app.bot_token:
        return web.Response(status=403, text="invalid_auth")
    found = api_files.downloaded(slack, request.match_info["id"])
    if found is None:
        return web.Response(status=404, text="file_not_found")
    file, data = found
    kind = file.mimetype if file.mimetype in _INLINE else "application/octet-stream"
    shown = "inline" if kind in _INLINE else "attachment"
    headers = {"Content-Disposition": shown, "Content-Security-Policy": "sandbox; default-src 'none'"}
    return web.Response(body=data, content_type=kind, headers=headers)


ROUTES = [
    web.route("*", "/api/{method}", recorded(api)),
    web.get("/link/", link),
    web.post("/actions/{id}", recorded(respond)),
    web.post("/upload/{id}", upload),
    web.get("/files/{id}/{name}", download),
]
