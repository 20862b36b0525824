"""Signed HTTP: requests to the app's URL, and what their answers mean.

docs.slack.dev, "Verifying requests from Slack" (the signature), "url_verification" (the handshake), "Events API"
(retry headers), "Slash commands" and "Handling user interaction" (forms).
"""

import asyncio
import hashlib
import hmac
import json
import re
import secrets
import time
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from aiohttp import ClientError, ClientResponse, ClientSession

from sandbox.slack.errors import Refused
from sandbox.slack.faults import Faults
from sandbox.slack.records import Json
from sandbox.slack.socket_mode import Ack, EnvelopeType
from sandbox.slack.workspace import Workspace

_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
_FORM = "application/x-www-form-urlencoded"
_ID = re.compile(r"[0-9a-f]{8,32}")
"""What an app may name its own work by, in the header X-Sagewatch-Id of its answer."""
_REASONS = {"timeout": "http_timeout"}
"""Reasons of a retry that Slack names otherwise than in Socket Mode."""


def headers(secret: str, body: bytes, now: float, *, kind: str = _FORM, retry: Json | None = None) -> dict[str, str]:
    """What Slack sends beside a body: the signature by `secret` at `now` (seconds), the type, the retry."""
    seconds = str(int(now))
    digest = hmac.new(secret.encode(), b"v0:" + seconds.encode() + b":" + body, hashlib.sha256).hexdigest()
    signed = {"X-Slack-Request-Timestamp": seconds, "X-Slack-Signature": f"v0={digest}"}
    again: dict[str, str] = {}
    if retry and retry["retry_attempt"]:
        reason = str(retry["retry_reason"])
        again = {"X-Slack-Retry-Num": str(retry["retry_attempt"])}
        again["X-Slack-Retry-Reason"] = _REASONS.get(reason, reason)
    return {"Content-Type": kind, "User-Agent": _AGENT, **signed, **again}


def written(kind: EnvelopeType, payload: Json) -> tuple[bytes, str]:
    """A payload as (body, content type): commands and interactions are forms, events are JSON."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(fields).encode(), _FORM


class SignedHttp:
    """Delivers to `url`, which stays empty until an app answered the handshake there."""

    def __init__(self, secret: str, workspace: Workspace, faults: Faults, ack_timeout_s: float = 3.0) -> None:
        self._secret = secret
        self._workspace = workspace
        self._faults = faults
        self.ack_timeout_s = ack_timeout_s
        self.last_ack_ms: float | None = None
        self.url = ""
        self._session: ClientSession | None = None

    def state(self) -> Json:
        """For the page: as a socket's, without connections that stand."""
        return {"connected": bool(self.url), "connections": 0, "last_ack_ms": self.last_ack_ms}

    async def use(self, url: Any) -> None:
        """Send the handshake and deliver there from now on; empty: nowhere. Raises Refused when it is not answered."""
        if url:
            await self._verify(url)
        self.url = str(url)
        self._workspace.bus.publish({"kind": "bot", **self.state()})

    async def deliver(
        self, kind: EnvelopeType, payload: Json, *, takes_payload: bool, retry: Json | None = None
    ) -> Ack:
        """One signed request; acknowledged by a 2xx within the time. Redirects are not followed."""
        ack = await self._sent(self.url, kind, payload, retry)
        if ack.how != "acked":
            return ack
        self.last_ack_ms = ack.ms
        self._workspace.bus.publish({"kind": "bot", **self.state()})
        return ack if takes_payload else replace(ack, payload=None)

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()

    async def _verify(self, url: Any) -> None:
        if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"}:
            raise Refused(400, "url must be an http address")
        challenge = secrets.token_urlsafe(32)
        ack = await self._sent(url, "events_api", {"type": "url_verification", "challenge": challenge}, None)
        said = ack.payload.get("challenge") if isinstance(ack.payload, dict) else ack.payload
        if ack.how != "acked" or said != challenge:
            raise Refused(400, f"the address does not answer the challenge ({ack.how})")

    async def _sent(self, url: str, kind: EnvelopeType, payload: Json, retry: Json | None) -> Ack:
        body, content = written(kind, payload)
        signed = headers(self._secret, body, self._workspace.now(), kind=content, retry=retry)
        self._session = self._session or ClientSession()
        started = time.perf_counter()
        try:
            async with (
                asyncio.timeout(self.ack_timeout_s),
                self._session.post(url, data=body, headers=signed, allow_redirects=False) as answer,
            ):
                given = await _payload(answer)
                if self._faults.take("lose_ack", "http"):
                    await asyncio.sleep(self.ack_timeout_s)
        except TimeoutError:
            return Ack("timeout", ms=_ms_since(started))
        except ClientError:
            return Ack("no_connection")
        is_fine = answer.ok and answer.status < 300
        ms, own_id = _ms_since(started), answer.headers.get("X-Sagewatch-Id", "")
        how: Literal["acked", "http_error"] = "acked" if is_fine else "http_error"
        return Ack(how, given, ms, said=given, status=answer.status, id=own_id if _ID.fullmatch(own_id) else "")


async def _payload(answer: ClientResponse) -> Any:
    """The body: JSON where it says so, else text; None when empty."""
    text = await answer.text(errors="replace")
    if answer.content_type != "application/json":
        return text or None
    try:
        return json.loads(text)
    except ValueError:
        return text


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
