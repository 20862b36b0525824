"""One application on one port: Slack for the bot, the page for people, the control API for both and for tests."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from sandbox.aws.calls import Call
from sandbox.inspector import Inspector
from sandbox.receiver import Receiver
from sandbox.slack import click, deeds, say, submit
from sandbox.slack.access import guard
from sandbox.slack.api_files import MOST_BYTES
from sandbox.slack.bodies import Body, posted
from sandbox.slack.errors import Refused
from sandbox.slack.faults import KINDS
from sandbox.slack.records import Json
from sandbox.slack.routes import ROUTES
from sandbox.slack.seen import home_opened, me, messages, people
from sandbox.slack.service import SLACK, Slack, Timing
from sandbox.slack.workspace import Workspace

PAGE = Path(__file__).parent / "slack" / "page"
MOST_TIMES = 1_000
"""A fault that strikes more often than this is a typing error."""
MOST_ALARMS = 5_000
"""Of a Region (CloudWatch quotas)."""


class World(Protocol):
    """What the control API needs of the AWS world's story."""

    def do(self, verb: str, account: str | None = None, person: str | None = None, **counts: int) -> Mapping[str, Any]:
        """Do a verb, blocking; says what happened. Raises ValueError with the valid ones, or sizes."""
        ...

    def send(self, body: str) -> None:
        """Put any message on the bot's queue. Raises ValueError where there is none, or for no message."""
        ...

    def state(self) -> Sequence[Mapping[str, str]]:
        """The accounts with their administrators' keys."""
        ...

    def now(self) -> datetime:
        """The world's time."""
        ...


class Aws(Protocol):
    """What the control API needs of the AWS sandbox."""

    @property
    def endpoint_url(self) -> str:
        """Where AWS answers."""
        ...

    @property
    def region(self) -> str:
        """The Region in which the world is."""
        ...

    def fault(self, kind: str, account_id: str, operation: str, times: int = 1) -> None:
        """Order a fault; raises ValueError or KeyError for what is not known."""
        ...

    def on_call(self, callback: Callable[[Call], None]) -> None:
        """Offer every later call to `callback`, in whatever thread."""
        ...


def create_app(
    workspace: Workspace, world: World, aws: Aws, *, timing: Timing | None = None, page: Path = PAGE
) -> web.Application:
    """The application; serve it with SlackServer, which tells it its address."""
    app = web.Application(middlewares=[guard], client_max_size=MOST_BYTES + 2**20)
    slack = Slack(workspace, timing or Timing())
    app[SLACK] = slack
    app.add_routes(ROUTES)
    app.add_routes(_Control(slack, world, aws).routes())
    inspector = Inspector(slack, world.state)
    app.add_routes(inspector.routes())
    app.add_routes(Receiver().routes())
    app.on_startup.append(inspector.listen(aws.on_call))
    app.router.add_get("/", _index(page))
    app.router.add_static("/", page)

    async def close(_: web.Application) -> None:
        await slack.close()

    app.on_shutdown.append(close)
    return app


def _index(page: Path) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def index(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(page / "index.html")

    return index


_Answer = Callable[["_Control", web.Request], Awaitable[Json]]
_Handler = Callable[["_Control", web.Request], Awaitable[web.StreamResponse]]


def _answering(answer: _Answer) -> _Handler:
    """A handler from what answers with JSON: what is refused becomes its status and a sentence."""

    @wraps(answer)
    async def handle(self: "_Control", request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await answer(self, request))
        except Refused as refused:
            body = {"ok": False, "error": refused.reason, **refused.detail}
            return web.json_response(body, status=refused.status)

    return handle


class _Control:
    """The control API's handlers; `docs/sandbox.md` describes them."""

    def __init__(self, slack: Slack, world: World, aws: Aws) -> None:
        self._slack = slack
        self._world = world
        self._aws = aws

    def routes(self) -> list[web.RouteDef]:
        """Paths and handlers."""
        return [
            web.get("/_sandbox/state", self.state),
            web.get("/_sandbox/me", self.me),
            web.get("/_sandbox/messages", self.messages),
            web.get("/_sandbox/views", self.views),
            web.get("/_sandbox/events", self.events),
            web.post("/_sandbox/say", self.say),
            web.post("/_sandbox/click", self.click),
            web.post("/_sandbox/submit", self.submit),
            web.post("/_sandbox/close", self.close),
            web.post("/_sandbox/home", self.home),
            web.post("/_sandbox/world", self.world),
            web.post("/_sandbox/queue", self.queue),
            web.post("/_sandbox/fault", self.fault),
            web.post("/_sandbox/request_url", self.request_url),
        ]

    @_answering
    async def state(self, _: web.Request) -> Json:
        """What there is; `ready` once the bot is connected."""
        workspace, bot = self._slack.workspace, self._slack.bot_state()
        app = workspace.app
        return {
            "ok": True,
            "ready": bot["connected"],
            "now": self._world.now().isoformat(),
            "accounts": [dict(account) for account in self._world.state()],
            "aws_endpoint_url": self._aws.endpoint_url,
            "region": self._aws.region,
            "bot": {"id": app.user_id, "name": app.name, **bot},
            "faults": self._slack.faults.state(),
            **people(workspace),
        }

    @_answering
    async def me(self, request: web.Request) -> Json:
        """The workspace as one person sees it."""
        query = Body(dict(request.query), "user")
        return {"ok": True, **me(self._slack, deeds.actor(self._slack, query.text("user")))}

    @_answering
    async def messages(self, request: web.Request) -> Json:
        """A channel, or a thread, as one person sees it."""
        query = Body(dict(request.query), "channel", "user", "thread_ts")
        user = deeds.actor(self._slack, query.text("user"))
        channel = deeds.seen_channel(self._slack, user, query.text("channel"))
        return {"ok": True, "messages": messages(self._slack, user, channel, query.optional("thread_ts"))}

    @_answering
    async def views(self, request: web.Request) -> Json:
        """Somebody's open modals, the topmost last, and their App Home."""
        query = Body(dict(request.query), "user")
        user = deeds.actor(self._slack, query.text("user"))
        home = self._slack.workspace.homes.get(user.id)
        return {"ok": True, "views": self._slack.views.stack(user.id), "home": home}

    @_answering
    async def say(self, request: web.Request) -> Json:
        """Type something and press Enter."""
        body = await posted(request, "user", "channel", "text", "thread_ts")
        user = deeds.actor(self._slack, body.text("user"))
        channel = deeds.seen_channel(self._slack, user, body.text("channel"))
        said = await say.say(self._slack, user, channel, body.text("text"), body.optional("thread_ts"))
        return said.answer()

    @_answering
    async def click(self, request: web.Request) -> Json:
        """Use an element of a message or of a view."""
        names = ("user", "channel", "ts", "view_id", "block_id", "action_id", "value", "values")
        body = await posted(request, *names)
        user = deeds.actor(self._slack, body.text("user"))
        action_id, block_id, value = body.text("action_id"), body.optional("block_id"), body.given.get("value")
        view_id = body.optional("view_id")
        if view_id is not None:
            view = deeds.own_view(self._slack, user, view_id)
            values = body.mapping("values")
            return (await click.on_view(self._slack, user, view, action_id, block_id, value, values)).answer()
        channel = deeds.seen_channel(self._slack, user, body.text("channel"))
        message = deeds.seen_message(self._slack, user, channel, body.text("ts"))
        return (await click.on_message(self._slack, user, message, action_id, block_id, value)).answer()

    @_answering
    async def submit(self, request: web.Request) -> Json:
        """Send a modal."""
        body = await posted(request, "user", "view_id", "values")
        user = deeds.actor(self._slack, body.text("user"))
        view = deeds.own_view(self._slack, user, body.text("view_id"))
        return (await submit.submit(self._slack, user, view, body.mapping("values"))).answer()

    @_answering
    async def close(self, request: web.Request) -> Json:
        """Close a modal without sending it."""
        body = await posted(request, "user", "view_id")
        user = deeds.actor(self._slack, body.text("user"))
        view = deeds.own_view(self._slack, user, body.text("view_id"))
        return (await submit.close(self._slack, user, view)).answer()

    @_answering
    async def home(self, request: web.Request) -> Json:
        """Open the app's Home."""
        body = await posted(request, "user")
        return (await home_opened(self._slack, deeds.actor(self._slack, body.text("user")))).answer()

    @_answering
    async def world(self, request: web.Request) -> Json:
        """Let something happen in AWS; tells the watchers."""
        body = await posted(request, "do", "account", "person", "count", "channels")
        verb, account, person = body.text("do"), body.optional("account"), body.optional("person")
        counts = {name: body.number(name, 1, 1, MOST_ALARMS) for name in ("count", "channels") if name in body.given}
        try:
            done = dict(await asyncio.to_thread(self._world.do, verb, account, person, **counts))
        except ValueError as error:
            raise Refused(400, str(error)) from error
        told = {**done, "do": verb, "now": self._world.now().isoformat()}
        self._slack.workspace.bus.publish({"kind": "world", **told})
        return {"ok": True, **told}

    @_answering
    async def queue(self, request: web.Request) -> Json:
        """Put a message on the bot's queue, as it is."""
        body = await posted(request, "body")
        try:
            await asyncio.to_thread(self._world.send, body.text("body"))
        except ValueError as error:
            raise Refused(400, str(error)) from error
        return {"ok": True}

    @_answering
    async def fault(self, request: web.Request) -> Json:
        """Order a fault, of Slack or of AWS."""
        body = await posted(request, "slack", "channel", "aws", "account", "operation", "times")
        times = body.number("times", 1, 1, MOST_TIMES)
        kind, of_aws = body.optional("slack"), body.optional("aws")
        if (kind is None) == (of_aws is None):
            raise Refused(400, "name exactly one of slack and aws")
        if kind is not None:
            await self._slack_fault(kind, times, body.optional("channel"))
        else:
            self._aws_fault(str(of_aws), body.text("account"), body.text("operation"), times)
        return {"ok": True, "faults": self._slack.faults.state()}

    async def _slack_fault(self, kind: str, times: int, channel: str | None) -> None:
        if kind not in KINDS:
            raise Refused(400, f"slack must be one of {', '.join(KINDS)}, not {kind!r}")
        if channel is not None and (kind != "archive" or channel not in self._slack.workspace.channels):
            raise Refused(400, "channel is a channel's id, and archive's alone")
        self._slack.faults.add(kind, times, channel or "")
        await self._slack.sockets.misbehave()

    def _aws_fault(self, kind: str, account: str, operation: str, times: int) -> None:
        try:
            self._aws.fault(kind, account, operation, times)
        except (ValueError, KeyError) as error:
            raise Refused(400, f"that fault cannot be ordered: {error}") from error

    @_answering
    async def request_url(self, request: web.Request) -> Json:
        """Tell Slack where the app listens; empty goes back to Socket Mode."""
        body = await posted(request, "url")
        await self._slack.http.use(body.given.get("url", ""))
        return {"ok": True, **self._slack.bot_state()}

    async def events(self, request: web.Request) -> web.StreamResponse:
        """A WebSocket with all news, or with `?user=` those that this person sees."""
        user_id = request.query.get("user")
        if user_id is not None and user_id not in self._slack.workspace.users:
            return web.json_response({"ok": False, "error": f"there is no person {user_id!r}"}, status=404)
        line = web.WebSocketResponse(heartbeat=30, timeout=1.0)
        await line.prepare(request)
        watcher = self._slack.workspace.bus.watch(user_id)
        sender = asyncio.create_task(_send(line, watcher.news))
        try:
            async for _ in line:
                pass
        finally:
            self._slack.workspace.bus.leave(watcher)
            sender.cancel()
        return line


async def _send(line: web.WebSocketResponse, news: asyncio.Queue[Json | None]) -> None:
    """Forward notes until there are no more or the reader is gone."""
    while (note := await news.get()) is not None:
        try:
            await line.send_json(note)
        except ConnectionError:
            return
    await line.close()
