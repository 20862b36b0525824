"""The product's Slack side with its real commands on the strict sandbox, and whatever Slack might send it."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from threading import Barrier
from typing import Any

from aiohttp import web

import commands
from bot.alerts.placing import Placing
from bot.alerts.refresh import Refresher
from bot.dispatch import Dispatch
from bot.incidents import record
from bot.logic.lifecycle import fold
from bot.model.person import Grant, Role
from bot.model.place import Service
from bot.model.post import CardKey
from bot.model.question import Questions
from bot.ports import (
    AlarmOperations,
    Alarms,
    Approvals,
    Ask,
    Baselines,
    Checkup,
    DataHealth,
    Directory,
    Incidents,
    Inventory,
    Metrics,
    Monitors,
    Operations,
    PackageOperations,
    Packages,
    People,
    Refresh,
    Routes,
    Storms,
    Surroundings,
    Sweep,
    Trail,
)
from bot.questions.load import load
from bot.registry import discover
from bot.slack.answers import Answers
from bot.slack.bolt import build
from bot.slack.chat import SlackChat, client
from bot.slack.desk import Desk
from bot.slack.handling import Handling
from bot.slack.identity import who_am_i
from bot.slack.loop import LoopThread
from bot.slack.people import SlackPeople
from bot.slack.pools import Pools
from bot.store.audit import SqlAudit
from bot.store.engine import connect
from bot.store.incidents import SqlIncidents
from bot.store.migrate import migrate
from bot.store.seen import SqlSeen
from bot.store.storm_queue import SqlStormQueue
from bot.store.storms import SqlStorms
from sandbox.control import create_app
from sandbox.fakes import PLACE, run
from sandbox.fakes_alarm import alarm
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_inbox import FakeAlarmOperations, FakeAlarms, Sky
from sandbox.fakes_metrics import FakeBaselines, FakeMetrics, Measured
from sandbox.fakes_packages import FakeApprovals, FakePackages, ModelRegistry
from sandbox.fakes_quiet import ACCOUNT, Fleet, holdings
from sandbox.fakes_resources import FakeOperations, FakeResources
from sandbox.fakes_trail_port import BOT_ROLE, FakeTrail, Trailed
from sandbox.fakes_trail_story import story
from sandbox.slack import payloads
from sandbox.slack.rates import TIERS, Rate, Rates
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack
from sandbox.slack.tiny import TEAM, StillAws, StillWorld, workspace

REGISTRY = discover(commands)
FAST, SLOW, SEND = 4, 4, 2


class Office:
    """The bot on its stores and the strict sandbox, which keeps whatever it is sent."""

    def __init__(self, database: str) -> None:
        self.heard: list[tuple[str, str, str]] = []
        """(path, body, answer) of each call."""
        self.given: list[str] = []
        """All that it was sent, as JSON."""
        served = create_app(workspace(), StillWorld(), StillAws())
        served.middlewares.append(self._hear)
        self.slack: Slack = served[SLACK]
        plenty = Rate(1e9, 10**9)
        self.slack.rates = Rates(self.slack.workspace.now, tiers=dict.fromkeys(TIERS, plenty), posting=plenty)
        self.server = SlackServer(served)
        url = self.server.start()
        self.pools = Pools(fast=FAST, slow=SLOW, waiting=10_000, send=SEND)
        self.engine = connect(f"sqlite:///{database}")
        migrate(self.engine)
        self.audit = SqlAudit(self.engine)
        web_client = client(self.slack.workspace.app.bot_token, f"{url}/api/")
        app = build(web_client, self._desk(web_client, url), "/ml", who_am_i(web_client))
        self._handling = Handling(app, self.pools, SqlSeen(self.engine), Fleet().now)
        self._loop = LoopThread("fuzz")
        self._loop.start()
        self._numbers = count(1)

    @web.middleware
    async def _hear(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        # Of a form the sandbox asks whether its body is still to be read.
        body = await request.text() if request.content_type == "application/json" else ""
        answer: web.Response = await handler(request)
        self.heard.append((request.path, body, answer.text or ""))
        return answer

    def _desk(self, web_client: Any, url: str) -> Desk:
        fleet = Fleet()
        store = SqlIncidents(self.engine, fold)
        record(
            store, [(PLACE, Service(PLACE.service), run(1, {"accuracy": 0.5, "recall": 0.1}))], fleet.route, fleet.now()
        )
        people = SlackPeople(web_client, TEAM)
        inventory = FakeInventory()
        inventory.remember((ACCOUNT,), fleet.now())
        held, measured, sky = holdings(), Measured(), Sky()
        sky.hold(alarm())
        row = ("2026-11-20T09:00:00Z", "ana", "IAM user", ACCOUNT.id, 1.0)
        trailed = Trailed(list(story(fleet.now())), rows=(row,))
        registry, approvals = ModelRegistry(), FakeApprovals()
        questions = load(given={"operate_role": BOT_ROLE}, known_settings=["trail.about_people"])
        inventory.keep_endpoints([Sweep(ACCOUNT.id, "us-east-1", tuple(held.endpoints))], fleet.now())
        inventory.keep_schedules([Sweep(ACCOUNT.id, "us-east-1", tuple(held.schedules))], fleet.now())
        ports: dict[type, object] = {
            Incidents: store,
            Storms: self._gathered(store),
            People: people,
            Inventory: inventory,
            Routes: fleet,
            Surroundings: Placing(inventory, fleet),
        }

        def bind(ask: Ask) -> Mapping[type, object]:
            refresher = Refresher(FakeResources(held, ask), inventory, ask)
            live: dict[type, object] = {Refresh: refresher, Operations: FakeOperations(held)}
            figures: dict[type, object] = {Metrics: FakeMetrics(measured, ask), Baselines: FakeBaselines(measured, ask)}
            figures |= {Alarms: FakeAlarms(sky, ask), AlarmOperations: FakeAlarmOperations(sky, ask)}
            figures |= {Trail: FakeTrail(trailed, ask), Questions: questions, Approvals: approvals}
            figures |= dict.fromkeys((Packages, PackageOperations), FakePackages(registry, ask))
            return {**ports, **dict.fromkeys((Checkup, DataHealth, Directory, Monitors), fleet), **live, **figures}

        grants = (Grant(Role.ADMIN, ("U0MAYA",)),)
        dispatch = Dispatch(REGISTRY, bind, people, self.audit, inventory, fleet, grants)
        return Desk(
            dispatch, self.pools, people, Answers(SlackChat(web_client, hooks=(f"{url}/",), uploads=(f"{url}/",)))
        )

    def _gathered(self, store: SqlIncidents) -> SqlStorms:
        """The incident is in a storm that was drawn once."""
        queue, now = SqlStormQueue(self.engine), Fleet().now()
        queue.gather("ml-alerts", [CardKey(i.number, i.state.episode) for i in store.list(now)], now, started_at=now)
        queue.draw(1, {i.number: i.revision for i in store.list(now)})
        return SqlStorms(self.engine)

    def stop(self) -> None:
        """In the order of the product."""
        self._loop.stop()
        self.pools.close()
        self.engine.dispose()
        self.server.stop()

    def take(self, kind: str, payload: Mapping[str, Any]) -> dict[str, Any] | None:
        """The acknowledgement; raises what comes out of the edge."""
        self.given.append(json.dumps(payload))
        return self._loop.do(self._handling.acknowledgement(kind, payload))

    def settle(self) -> None:
        """Wait until everything taken is done. All workers of each pool meet at once: none has died."""
        for workers, submit in ((SLOW, self.pools.slow), (SEND, self.pools.send), (FAST, self.pools.fast.submit)):
            meet = Barrier(workers)
            for future in [submit(partial(meet.wait, 20)) for _ in range(workers)]:
                future.result(timeout=30)

    def made(self, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """A payload made on the sandbox's own thread."""

        async def work() -> dict[str, Any]:
            return make()

        return self.server.do(work())

    def command(self, text: str) -> dict[str, Any]:
        """A slash command of Maya's, with a real response_url and trigger."""
        return self.made(lambda: payloads.command(self.slack, self._maya(), self._alerts(), ("/ml", text), self._url()))

    def click(self, action: Mapping[str, Any]) -> dict[str, Any]:
        """A press of hers."""
        return self.made(
            lambda: {
                **payloads.interaction(self.slack, "block_actions", self._maya()),
                "container": {"type": "message", "message_ts": "1.1", "channel_id": "C0ALERTS", "is_ephemeral": True},
                "channel": {"id": "C0ALERTS", "name": "ml-alerts"},
                "response_url": self._url(),
                "state": {"values": {}},
                "actions": [{"type": "button", "block_id": "b", "action_ts": "1.1", **action}],
            }
        )

    def press_home(self, action: Mapping[str, Any]) -> dict[str, Any]:
        """A press on her Home, where there is no channel and no response_url."""
        view = {"id": "V1", "type": "home", "hash": "", "blocks": [], "state": {"values": {}}}
        gone = {"channel", "response_url", "state"}
        there = {name: value for name, value in self.click(action).items() if name not in gone}
        return {**there, "container": {"type": "view", "view_id": "V1"}, "view": view}

    def sent(self, metadata: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """A form that she sent."""
        view = {"id": f"V{next(self._numbers)}", "type": "modal", "callback_id": "ml:submit", "hash": "1.a"}
        state = {
            "values": {name: {"value": {"type": "plain_text_input", "value": value}} for name, value in values.items()}
        }
        return self.made(
            lambda: {
                **payloads.interaction(self.slack, "view_submission", self._maya()),
                "view": {**view, "private_metadata": metadata, "state": state, "blocks": []},
                "response_urls": [],
            }
        )

    def event(self, inner: Mapping[str, Any]) -> dict[str, Any]:
        """Something that happened where the bot is."""
        told = {"user": "U0MAYA", "team": TEAM, "ts": "1.1", "event_ts": "1.1", "channel": "C0ALERTS", **inner}
        return payloads.event(self.slack.workspace, f"Ev{next(self._numbers)}", told, is_ext_shared=False)

    def _maya(self) -> Any:
        return self.slack.workspace.users["U0MAYA"]

    def _alerts(self) -> Any:
        return self.slack.workspace.channels["C0ALERTS"]

    def _url(self) -> str:
        return f"{self.slack.base_url}/actions/{self.slack.responses.for_command('C0ALERTS', 'U0MAYA').id}"
