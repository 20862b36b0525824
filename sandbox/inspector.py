"""The inspector's part of the control API: reading exchanges, and keeping what the AWS sandbox heard."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from aiohttp import web

from sandbox.aws.calls import Call
from sandbox.aws.reading import read
from sandbox.slack.bodies import Body, posted
from sandbox.slack.errors import Refused
from sandbox.slack.exchanges import KEPT, KINDS, Exchange, id_in
from sandbox.slack.records import Json
from sandbox.slack.service import Slack

SHOWN = 200
LARGEST = 2**53
"""Numbers that JavaScript can count to."""

Accounts = Callable[[], Sequence[Mapping[str, str]]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OnCall = Callable[[Callable[[Call], None]], None]


class Inspector:
    """What went between Slack, the bot and AWS, for whoever runs the sandbox; `accounts` name those of the calls."""

    def __init__(self, slack: Slack, accounts: Accounts) -> None:
        self._slack = slack
        self._accounts = accounts
        self._labels: dict[str, str] = {}

    def routes(self) -> list[web.RouteDef]:
        """Paths and handlers."""
        return [
            web.get("/_sandbox/inspect", _answering(self.inspect)),
            web.post("/_sandbox/inspect", _answering(self.clear)),
        ]

    async def inspect(self, request: web.Request) -> Json:
        """The newest exchanges, or with `after` the next ones."""
        query = Body(dict(request.query), "after", "kind", "text", "limit", "bodies")
        after, limit = _number(query, "after", 0, LARGEST), _number(query, "limit", SHOWN, KEPT)
        exchanges, has_bodies = self._slack.exchanges, _switch(query, "bodies")
        found = list(exchanges.found(after, _kinds(query), query.optional("text") or ""))
        part = found[:limit] if "after" in query.given else found[max(0, len(found) - limit) :]
        return {
            "ok": True,
            "exchanges": [one.whole() if has_bodies else one.summary() for one in part],
            "last": exchanges.last,
            "more": len(found) - len(part),
            "dropped": exchanges.dropped(after),
        }

    async def clear(self, request: web.Request) -> Json:
        """Forget all exchanges."""
        body = await posted(request, "clear")
        if body.given.get("clear") is not True:
            raise Refused(400, "clear must be true: there is nothing else to do here")
        self._slack.exchanges.clear()
        return {"ok": True, "last": self._slack.exchanges.last}

    def listen(self, on_call: OnCall) -> Callable[[web.Application], Awaitable[None]]:
        """A start-up step that hears of AWS calls in their threads and keeps them on the server's loop."""

        async def start(_: web.Application) -> None:
            loop = asyncio.get_running_loop()
            self._read_accounts()

            def hear(call: Call) -> None:
                if not call.backstage:
                    with suppress(RuntimeError):  # the server has stopped, AWS not yet
                        loop.call_soon_threadsafe(self._keep, call, self._slack.workspace.now())

            on_call(hear)

        return start

    def _keep(self, call: Call, ended_s: float) -> None:
        role = call.principal_arn.split("/")[1] if "/" in call.principal_arn else call.principal_arn
        answer = read(call.service, call.operation, call.answer) if call.answer else None
        self._slack.exchanges.add(
            Exchange(
                ended_s - call.ms / 1000,
                "aws",
                f"{call.service}:{call.operation}",
                call.error_code or "ok",
                call.error_code is not None,
                call.ms,
                about=self._where(call),
                status=call.status,
                id=id_in(call.user_agent),
                facts={
                    "account": call.account,
                    "region": call.region,
                    "role": role,
                    "action": call.action,
                    "world_time": call.at.isoformat(timespec="milliseconds"),
                    "request_id": call.request_id,
                },
                request=call.params,
                answer=answer,
            )
        )

    def _where(self, call: Call) -> str:
        """The account's name; of AssumeRole also the one that is entered."""
        entered = str(call.params.get("RoleArn", "")) if call.operation == "AssumeRole" else ""
        names = [self._label(call.account), *([self._label(entered.split(":")[4])] if entered.count(":") > 4 else [])]
        return " → ".join(names)

    def _label(self, account: str) -> str:
        if account not in self._labels:
            self._read_accounts()
        return self._labels.get(account, account)

    def _read_accounts(self) -> None:
        """Their names, and their keys, which must not be kept."""
        accounts = self._accounts()
        self._labels = {one["id"]: one["label"] for one in accounts}
        self._slack.exchanges.masks.hide(*(one.get("secret_access_key", "") for one in accounts))


def _answering(answer: Callable[[web.Request], Awaitable[Json]]) -> Handler:
    """A handler from what answers with JSON: what is refused becomes its status and a sentence."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await answer(request))
        except Refused as refused:
            return web.json_response({"ok": False, "error": refused.reason}, status=refused.status)

    return handle


def _number(query: Body, name: str, default: int, most: int) -> int:
    """A query's whole number, which comes as text."""
    text = query.optional(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) > most:
        raise Refused(400, f"{name} must be a whole number up to {most}, not {text!r}")
    return int(text)


def _kinds(query: Body) -> frozenset[str]:
    """The kinds asked for, divided by commas; all when none is named."""
    wanted = [one.strip() for one in (query.optional("kind") or ",".join(KINDS)).split(",")]
    for one in wanted:
        if one not in KINDS:
            raise Refused(400, f"kind must be of {', '.join(KINDS)}, not {one!r}")
    return frozenset(wanted)


def _switch(query: Body, name: str) -> bool:
    text = query.optional(name) or "yes"
    if text not in {"yes", "no"}:
        raise Refused(400, f"{name} must be yes or no, not {text!r}")
    return text == "yes"
