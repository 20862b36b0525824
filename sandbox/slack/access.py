"""Who may speak to the sandbox: programs on this machine, and its own page. Never another web page.

A Host header that names another host is DNS rebinding; an Origin that is not ours is a foreign page.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def refusal(request: web.Request) -> str | None:
    """Why a request is not served, None when it is."""
    if request.remote not in _LOOPBACK:
        return "only programs on this machine may speak to the sandbox"
    if urlsplit(f"//{request.host}").hostname not in _LOOPBACK:
        return "the Host header must name this machine"
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.host}":
        return "requests of other pages are refused"
    return None


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse strangers with 403; add the headers that keep browsers strict."""
    reason = refusal(request)
    if reason is not None:
        return web.json_response({"ok": False, "error": reason}, status=403)
    response = await handler(request)
    if not response.prepared:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
    return response
