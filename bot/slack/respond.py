"""Answers through a `response_url`, which comes with a payload and is therefore only followed to Slack."""

import json
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.parse import urlsplit

from bot.errors import ChatError, RateLimited, Refused, ServerFailed, Unconfirmed
from bot.render import Message

HOOKS = "https://hooks.slack.com/"
"""Where Slack's response_urls live (docs.slack.dev, Handling user interaction)."""
_TIMEOUT_S = 10


class _Unmoved(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """No redirect is a Slack answer: it becomes an HTTPError."""


OPENER = urllib.request.build_opener(_Unmoved)


def permitted(url: str, allowed: tuple[str, ...] = (HOOKS,)) -> bool:
    """Whether the address has scheme, host and port of one that is allowed, and no credentials."""
    try:
        return "@" not in url and _origin(url) in {_origin(one) for one in allowed}
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def respond(
    url: str, message: Message, *, replace: bool, in_channel: bool = False, allowed: tuple[str, ...] = (HOOKS,)
) -> None:
    """Send the message, in plainer blocks where Slack refuses the full ones. Raises ChatError.

    `replace` puts it where the command's answer or the clicked message stood. Slack takes five uses in 30 minutes.
    """
    if not permitted(url, allowed):
        raise Refused("The response_url is not Slack's.")
    try:
        _send(url, _body(message, replace=replace, in_channel=in_channel))
    except _BadBlocks:
        if message.fallback is None:
            raise
        _send(url, _body(message.fallback, replace=replace, in_channel=in_channel))


class _BadBlocks(Refused):
    """Slack refuses these blocks."""


def _body(message: Message, *, replace: bool, in_channel: bool) -> bytes:
    told = {
        "text": message.text,
        "blocks": message.blocks,
        "replace_original": replace,
        "response_type": "in_channel" if in_channel else "ephemeral",
        # A name that looks like an address must not fetch and show what stands there.
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return json.dumps(told).encode()


def _send(url: str, body: bytes) -> None:
    # The scheme and host were compared with Slack's before.
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with OPENER.open(request, timeout=_TIMEOUT_S) as answer:
            said = answer.read(2_000).decode(errors="replace")
    except urllib.error.HTTPError as error:
        with error:
            raise _of(error) from error
    except (OSError, HTTPException) as error:
        raise Unconfirmed(f"Slack's reply did not arrive ({type(error).__name__}).") from error
    if '"ok":false' in said.replace(" ", ""):
        raise _refusal(said)


def _of(error: urllib.error.HTTPError) -> ChatError:
    if error.code == 429:
        said = error.headers.get("Retry-After", "")
        return RateLimited(float(said) if said.isdigit() else 30.0)
    if error.code >= 500:
        return ServerFailed(f"Slack answered with HTTP {error.code}.")
    return _refusal(error.read(2_000).decode(errors="replace"))


def _refusal(said: str) -> Refused:
    kind = _BadBlocks if "blocks" in said else Refused
    return kind(f"Slack did not take the answer: {said[:200]}", "Ask again: an answer can be changed for 30 minutes.")
