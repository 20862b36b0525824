"""Slack's signed HTTP requests: refuses what Slack did not just sign, has the rest answered in the fast pool."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.log import LOG, traced
from bot.slack.deliveries import Payload, Replayed
from bot.slack.handling import Handling
from bot.slack.payload import parsed
from bot.slack.signature import Replays, Signatures, Stamp, stamp
from bot.telemetry import REFUSED

PATH = "/slack/events"
"""Commands, interactions and events come here; Bolt's own path, which Slack's guides name."""
MOST_BYTES = 2**20
"""Slack's payloads stay far below (a form's fields: 3,000 characters each)."""
_BODY_S = 10.0
_RETRY = {"X-Slack-Retry-Num": re.compile(r"[0-9]{1,3}"), "X-Slack-Retry-Reason": re.compile(r"[a-z_]{1,40}")}


@dataclass(frozen=True, slots=True)
class _Signed:
    """A request that Slack made; nobody looked into its body yet."""

    stamp: Stamp
    body: bytes
    is_json: bool
    retry: Mapping[str, str]
    """Slack's retry headers. They are not signed: who replays a request can add them."""


class SignedRequests:
    """The one route that Slack's requests come to. `wall` is the machine's clock."""

    def __init__(self, handling: Handling, wall: Callable[[], datetime], *, signing_secret: str) -> None:
        """Raises BotError without a signing secret."""
        self._signatures = Signatures(signing_secret, wall)
        self._replays = Replays(wall)
        self._handling = handling

    def routes(self) -> list[web.RouteDef]:
        """For a Listener whose `most_bytes` is MOST_BYTES."""
        return [web.post(PATH, self._events)]

    async def _events(self, request: web.Request) -> web.Response:
        signed = await self._signed(request)
        with traced() as id_:
            status, payload = await self._handled(signed)
        headers = {"X-Sagewatch-Id": id_}
        return web.json_response(payload, headers=headers) if payload else web.Response(status=status, headers=headers)

    async def _signed(self, request: web.Request) -> _Signed:
        """Raises 401 and 4xx for all that Slack did not sign within the last five minutes; costs no thread."""
        if (request.content_length or 0) > MOST_BYTES:
            raise _refused(web.HTTPRequestEntityTooLarge(MOST_BYTES), "too large")
        headers = request.headers
        given = stamp(headers.getall("X-Slack-Request-Timestamp", ()), headers.getall("X-Slack-Signature", ()))
        if given is None:
            raise _refused(web.HTTPUnauthorized(), "not signed")
        if not self._signatures.timely(given):
            raise _refused(web.HTTPUnauthorized(), "signed more than five minutes from now")
        body = await _body(request)
        if not self._signatures.genuine(given, body):
            raise _refused(web.HTTPUnauthorized(), "wrong signature")
        retry = {n: headers[n] for n, form in _RETRY.items() if n in headers and form.fullmatch(headers[n])}
        return _Signed(given, body, request.content_type == "application/json", retry)

    async def _handled(self, signed: _Signed) -> tuple[HTTPStatus, Payload]:
        """The answer's status and payload."""
        try:
            kind, payload = parsed(signed.body, is_json=signed.is_json)
        except ValueError:
            REFUSED.labels("no payload").inc()
            LOG.warning("request refused", why="signed, and no payload of Slack's")
            return HTTPStatus.BAD_REQUEST, {}
        try:
            answer = await self._acknowledged(kind, payload, signed)
        except Replayed:
            REFUSED.labels("replayed").inc()
            LOG.warning("request refused", why="replayed", type=kind)
            return HTTPStatus.UNAUTHORIZED, {}
        return (HTTPStatus.INTERNAL_SERVER_ERROR, {}) if answer is None else (HTTPStatus.OK, answer)

    async def _acknowledged(self, kind: str, payload: Payload, signed: _Signed) -> Payload | None:
        """Raises Replayed. Slack repeats nothing but events, perhaps within the second: they are known by their id."""
        id_ = signed.stamp.id
        first = self._replays.first(id_)
        if payload.get("type") == "event_callback" and "X-Slack-Retry-Num" in signed.retry:
            return await self._handling.acknowledgement(kind, payload, signed.retry)
        if not first:
            raise Replayed
        return await self._handling.acknowledgement(kind, payload, signed.retry, id_)


async def _body(request: web.Request) -> bytes:
    """The bytes as they came. Raises 4xx for too many, too slow, or broken off."""
    try:
        if request.content.is_eof():
            return await request.read()
        async with asyncio.timeout(_BODY_S):
            return await request.read()
    except web.HTTPRequestEntityTooLarge as large:
        raise _refused(large, "too large") from None
    except TimeoutError:
        raise _refused(web.HTTPRequestTimeout(), "too slow") from None
    except (web.RequestPayloadError, HttpProcessingError, OSError):
        raise _refused(web.HTTPBadRequest(), "broken off") from None


def _refused(answer: web.HTTPException, why: str) -> web.HTTPException:
    REFUSED.labels(why).inc()
    LOG.warning("request refused", why=why)
    return answer
