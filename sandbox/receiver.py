"""A pager and a webhook that answer as documented, keep what they were sent, and misbehave when told to.

The pager is PagerDuty's Events API v2 (github.com/PagerDuty/developer-docs, docs/events-API-v2): 202 with the key,
400 for what it cannot take, 429 when events come too fast; alerts are opened, acknowledged and resolved by their key,
and an acknowledge or resolve without an open alert is dropped. Where no figure is documented the sandbox is strict: 120
events a minute, and a key that nobody made is a 400. The webhook takes what docs/handoff.md says, read anew here.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from sandbox.slack.bodies import posted
from sandbox.slack.errors import Refused

PAGER: Final = "/_receiver/pagerduty/v2/enqueue"
WEBHOOK: Final = "/_receiver/webhook"
KEY: Final = "R0SANDBOX0ROUTING0KEY0OF0DEMO001"
SECRET: Final = "the sandbox's signing secret"  # noqa: S105  # of a receiver on this machine, known to everybody
PER_MINUTE: Final = 120
MOST_BYTES: Final = 512 * 1024
"""Of an event ("Events API v2 Overview", Size Limits)."""
MOST_KEPT: Final = 500
FRESH_S: Final = 300
HANG_S: Final = 60
KINDS: Final = ("400", "429", "500", "hang", "cut")
"""How it can misbehave: these answers, no answer for a minute, a line that is cut."""
_ACTIONS: Final = ("trigger", "acknowledge", "resolve")
_SEVERITIES: Final = ("critical", "error", "warning", "info")
_LENGTHS: Final = {"routing_key": 32, "dedup_key": 255, "summary": 1024}

Json = dict[str, Any]


@dataclass(slots=True)
class Received:
    """One request, and what it was answered."""

    number: int
    to: str
    status: int
    said: str
    event: Json
    at_s: float

    def shown(self) -> Json:
        """Without the routing key, as it is a secret elsewhere."""
        event = {name: value for name, value in self.event.items() if name != "routing_key"}
        return {
            "number": self.number,
            "to": self.to,
            "status": self.status,
            "said": self.said,
            "at": self.at_s,
            "event": event,
        }


@dataclass(slots=True)
class Receiver:
    """Both. Times are the machine's: signatures and rates are about real seconds."""

    received: deque[Received] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    alerts: dict[str, str] = field(default_factory=dict)
    """By dedup key: `triggered`, `acknowledged` or `resolved`."""
    faults: list[str] = field(default_factory=list)
    """What the next requests meet, in order."""
    _seen: set[str] = field(default_factory=set)
    _taken_s: deque[float] = field(default_factory=deque)
    _retry_after: str = ""
    _count: int = 0

    def routes(self) -> list[web.RouteDef]:
        """The two addresses, and the control API's."""
        return [
            web.post(PAGER, self.pager),
            web.post(WEBHOOK, self.webhook),
            web.get("/_sandbox/handed", self.handed),
            web.post("/_sandbox/handed", self.misbehave),
        ]

    async def handed(self, _: web.Request) -> web.Response:
        """What came, the newest last, and how the pager's alerts stand."""
        shown = [one.shown() for one in self.received]
        return web.json_response({"ok": True, "received": shown, "alerts": self.alerts, "faults": self.faults})

    async def misbehave(self, request: web.Request) -> web.Response:
        """Order the next so many answers, or forget what came."""
        try:
            body = await posted(request, "fault", "times", "retry_after", "clear")
            if body.given.get("clear") is True:
                self.received.clear()
                self.faults.clear()
                self._taken_s.clear()
                return await self.handed(request)
            kind, times = _kind(body.text("fault")), body.number("times", 1, 1, 1_000)
            self._retry_after = body.optional("retry_after") or ""
        except Refused as refused:
            return web.json_response({"ok": False, "error": refused.reason}, status=refused.status)
        self.faults += [kind] * times
        return await self.handed(request)

    async def pager(self, request: web.Request) -> web.StreamResponse:
        """`POST /v2/enqueue`."""
        raw = await request.read()
        event = _object(raw)
        if fault := await self._fault(request, "pagerduty", event):
            return fault
        if errors := _wrong(event, len(raw)):
            said = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
            return self._answer("pagerduty", event, 400, said, "; ".join(errors))
        if self._is_fast():
            said = {"status": "throttle exceeded", "message": "Requests for this service are arriving too quickly."}
            return self._answer("pagerduty", event, 429, said, "too fast")
        key, what = str(event.get("dedup_key") or f"made-by-pagerduty-{self._count + 1}"), self._alert(event)
        said = {"status": "success", "message": "Event processed", "dedup_key": key}
        return self._answer("pagerduty", event, 202, said, what)

    async def webhook(self, request: web.Request) -> web.StreamResponse:
        """Checks the signature as docs/handoff.md tells receivers to."""
        raw = await request.read()
        event = _object(raw)
        if fault := await self._fault(request, "webhook", event):
            return fault
        if not _is_signed(request, raw):
            return self._answer("webhook", event, 401, {"ok": False}, "the signature is wrong or old")
        if event.get("schema") != "sagewatch.handoff/v1" or event.get("action") not in _ACTIONS:
            return self._answer("webhook", event, 400, {"ok": False}, "no sagewatch.handoff/v1")
        id_ = str(event.get("id"))
        again = id_ in self._seen
        self._seen.add(id_)
        return self._answer("webhook", event, 200, {"ok": True}, "known already" if again else "kept")

    def _alert(self, event: Json) -> str:
        """What the event did to the alert of its key."""
        key, action = str(event.get("dedup_key", "")), event["event_action"]
        before = self.alerts.get(key, "resolved")
        if action == "trigger":
            self.alerts[key] = "triggered" if before == "resolved" else before
            return "alert opened" if before == "resolved" else f"logged on an alert that is {before}"
        if before == "resolved":
            return "dropped: no alert is open"
        self.alerts[key] = {"acknowledge": "acknowledged", "resolve": "resolved"}[str(action)]
        return f"alert {self.alerts[key]}"

    def _is_fast(self) -> bool:
        now = time.monotonic()
        while self._taken_s and self._taken_s[0] <= now - 60:
            self._taken_s.popleft()
        if len(self._taken_s) >= PER_MINUTE:
            return True
        self._taken_s.append(now)
        return False

    async def _fault(self, request: web.Request, to: str, event: Json) -> web.StreamResponse | None:
        """The next ordered one, if any is."""
        if not self.faults:
            return None
        kind = self.faults.pop(0)
        if kind == "hang":
            self._answer(to, event, 0, {}, "told to hang")
            await asyncio.sleep(HANG_S)
        if kind in {"hang", "cut"}:
            if kind == "cut":
                self._answer(to, event, 0, {}, "told to cut the line")
            if request.transport is not None:
                request.transport.close()
            return web.Response(status=500)
        answer = self._answer(to, event, int(kind), {"status": "told to"}, f"told to answer {kind}")
        if self._retry_after:
            answer.headers["Retry-After"] = self._retry_after
        return answer

    def _answer(self, to: str, event: Json, status: int, body: Json, said: str) -> web.Response:
        self._count += 1
        self.received.append(Received(self._count, to, status, said, event, time.time()))
        return web.json_response(body, status=status or 500)


def _kind(word: str) -> str:
    """A known fault. Raises Refused."""
    if word not in KINDS:
        raise Refused(400, f"fault must be one of {', '.join(KINDS)}, not {word!r}")
    return word


def _object(raw: bytes) -> Json:
    """Empty for what is no JSON object."""
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _wrong(event: Json, size: int) -> list[str]:
    """What PagerDuty refuses of an event."""
    if size > MOST_BYTES:
        return ["the event is larger than 512 KB"]
    payload = event.get("payload")
    found: list[str] = []
    key = event.get("routing_key")
    if not isinstance(key, str) or len(key) != _LENGTHS["routing_key"]:
        found.append("Length of 'routing_key' is incorrect (should be 32 characters)")
    elif key != KEY:
        found.append("Invalid routing key")
    action = event.get("event_action")
    if action not in _ACTIONS:
        found.append("'event_action' must be one of trigger, acknowledge, resolve")
    if len(str(event.get("dedup_key", ""))) > _LENGTHS["dedup_key"]:
        found.append("'dedup_key' is too long")
    if action in {"acknowledge", "resolve"} and not event.get("dedup_key"):
        found.append("'dedup_key' is missing or blank")
    if action == "trigger":
        found += _wrong_payload(payload)
    return found


def _wrong_payload(payload: object) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or blank"]
    found = [f"'payload.{name}' is missing or blank" for name in ("summary", "source") if not payload.get(name)]
    if len(str(payload.get("summary", ""))) > _LENGTHS["summary"]:
        found.append("'payload.summary' is too long")
    if payload.get("severity") not in _SEVERITIES:
        found.append("'payload.severity' is invalid (must be one of critical, error, warning, info)")
    return found


def _is_signed(request: web.Request, raw: bytes) -> bool:
    stamp = request.headers.get("Sagewatch-Timestamp", "")
    if not (stamp.isascii() and stamp.isdigit()) or abs(time.time() - int(stamp)) > FRESH_S:
        return False
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v1={expected}", request.headers.get("Sagewatch-Signature", ""))
