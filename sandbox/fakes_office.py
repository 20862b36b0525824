"""The product's Slack side with its real commands, on the strict sandbox, a fresh store and a fleet as told."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier, Event
from typing import Any, TypeVar

from sqlalchemy import Engine

import commands
from bot.alerts.placing import Placing
from bot.dispatch import Dispatch
from bot.incidents import record
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.monitor import Violation
from bot.model.observation import Verdict
from bot.model.person import Grant
from bot.model.place import Place, Service
from bot.ports import (
    Approvals,
    Ask,
    Directory,
    Found,
    Incidents,
    Inventory,
    Monitors,
    People,
    Routes,
    Storms,
    Surroundings,
)
from bot.registry import discover
from bot.slack.answers import Answers
from bot.slack.bolt import build
from bot.slack.chat import SlackChat, client
from bot.slack.desk import Desk
from bot.slack.edge import Edge
from bot.slack.handling import Handling
from bot.slack.identity import who_am_i
from bot.slack.loop import LoopThread
from bot.slack.people import SlackPeople
from bot.slack.pools import Pools
from bot.slack.poster import Poster
from bot.slack.socket_line import SocketLine
from bot.store.audit import SqlAudit
from bot.store.engine import connect
from bot.store.incidents import SqlIncidents
from bot.store.migrate import migrate
from bot.store.notices import SqlNotices
from bot.store.outbox import SqlOutbox
from bot.store.packages import SqlApprovals
from bot.store.seen import SqlSeen
from bot.store.storm_queue import SqlStormQueue
from bot.store.storms import SqlStorms
from sandbox.control import create_app
from sandbox.driver import Driver
from sandbox.fakes import PLACE, FakeRoutes, finding, run
from sandbox.fakes_fleet import FakeInventory
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack
from sandbox.slack.tiny import TEAM, StillAws, StillWorld, workspace

T = TypeVar("T")
WORKERS = 4
ACCOUNT = Account(PLACE.account_id, "ml-production", ("us-east-1",))
OTHER = Account("333333333333", "ml-development", ("us-east-1",))


@dataclass
class Fleet:
    """What AWS says: so many violations; `gate` holds every question of it up while it is not set."""

    violations_there: int = 0
    gate: Event = field(default_factory=Event)

    def now(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Nothing here sleeps on it."""
        del when
        stop.wait(0)

    def reachable(self) -> Found[Account]:
        """Both."""
        return Found((ACCOUNT, OTHER), asked=2)

    accounts = reachable

    def violations(self, service: str | None, since: timedelta) -> Found[Violation]:
        """The newest first, of one service."""
        del since
        self.gate.wait(20)
        at = self.now()
        found = tuple(
            Violation(
                ACCOUNT,
                "us-east-1",
                Service(service or f"=service-{number}"),
                PLACE.family,
                "quality",
                finding("accuracy", number / 100_000),
                None,
                at - timedelta(minutes=number),
                at,
                1,
                Verdict.BAD,
            )
            for number in range(self.violations_there)
        )
        return Found(found, asked=2)


def _none(_: Ask) -> Mapping[type, object]:
    return {}


class Office:
    """Maya and Sam are members, Gus is a guest, Pat a partner, as in the tiny workspace; nobody is named for a role."""

    def __init__(
        self, engine: Engine, grants: tuple[Grant, ...] = (), more: Callable[[Ask], Mapping[type, object]] = _none
    ) -> None:
        """`more` are ports that a question has besides."""
        served = create_app(workspace(), StillWorld(), StillAws())
        self.slack: Slack = served[SLACK]
        self._server = SlackServer(served)
        self.drive = Driver(self._server.start())
        self.fleet = Fleet()
        self.fleet.gate.set()
        self.store, self.audit, self.notices = SqlIncidents(engine, fold), SqlAudit(engine), SqlNotices(engine)
        self.inventory, self.approvals = FakeInventory(), SqlApprovals(engine)
        self.inventory.remember((ACCOUNT, OTHER), self.fleet.now())
        app = self.slack.workspace.app
        web = client(app.bot_token, f"{self.drive.url}/api/")
        people = SlackPeople(web, TEAM)
        at = (f"{self.drive.url}/",)
        self.chat = SlackChat(web, hooks=at, uploads=at, names=people.name)
        ports: Mapping[type, object] = {
            Incidents: self.store,
            Storms: SqlStorms(engine),
            Approvals: self.approvals,
            People: people,
            Inventory: self.inventory,
            Routes: FakeRoutes(),
            Surroundings: Placing(self.inventory, FakeRoutes()),
            **dict.fromkeys((Directory, Monitors), self.fleet),
        }
        self._pools = Pools(slow=WORKERS, send=WORKERS)
        self._loop = LoopThread("office")
        self._loop.start()
        dispatch = Dispatch(
            discover(commands),
            lambda ask: {**ports, **more(ask)},
            people,
            self.audit,
            self.inventory,
            self.fleet,
            grants,
            incidents=self.store,
        )
        desk = Desk(dispatch, self._pools, people, Answers(self.chat))
        self.handling = Handling(build(web, desk, "/ml", who_am_i(web)), self._pools, SqlSeen(engine), self.fleet.now)
        self.edge = Edge(SocketLine(self.handling, app_token=app.app_token, base_url=f"{self.drive.url}/api/"))
        self.edge.start()
        self._poster = Poster(
            SqlOutbox(engine),
            self.notices,
            self.store,
            self.inventory,
            self.chat,
            self.fleet,
            worker="w",
            wall=self.fleet.now,
            storms=SqlStorms(engine),
            storm_queue=SqlStormQueue(engine),
            default_channel="ml-alerts",
        )

    def breaks(self, service: str = PLACE.service, rows: int = 1, account: Account = ACCOUNT, hour: float = 1) -> None:
        """A run of a service's monitor that finds so many rows bad."""
        place = Place(account.id, PLACE.region, service, PLACE.family)
        bad = {f"metric-{number:03d}": 0.1 for number in range(rows)}
        observed = [(place, Service(service), run(hour, bad, by=service))]
        record(self.store, observed, FakeRoutes().route, self.fleet.now())

    def take(self, payload: Mapping[str, Any], kind: str = "interactive") -> Mapping[str, Any] | None:
        """Deliver something, whoever made it; its acknowledgement."""
        return self._loop.do(self.handling.acknowledgement(kind, payload))

    def on_loop(self, make: Callable[[], T]) -> T:
        """What is made on the sandbox's own thread."""

        async def work() -> T:
            return make()

        return self._server.do(work())

    def settle(self) -> None:
        """Wait until all that was taken is done: every worker of both pools is free at once, twice over."""
        for submit in (self._pools.slow, self._pools.send) * 2:
            meet = Barrier(WORKERS)
            for future in [submit(partial(meet.wait, 20)) for _ in range(WORKERS)]:
                future.result(timeout=30)

    def posts(self) -> None:
        """One turn of the poster."""
        self._poster.turn()

    def stop(self) -> None:
        """In the order of the product."""
        self.fleet.gate.set()
        self.edge.stop()
        self._loop.stop()
        self._pools.close()
        self._server.stop()


@contextmanager
def office(path: str, *grants: Grant, more: Callable[[Ask], Mapping[type, object]] = _none) -> Iterator[Office]:
    """One on a database file of its own."""
    engine = connect(f"sqlite:///{path}")
    migrate(engine)
    made = Office(engine, grants, more)
    try:
        yield made
    finally:
        made.stop()
        engine.dispose()
