"""The one place that names adapters: builds the product from its settings, starts it and stops it."""

import os
import secrets
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from threading import Event
from typing import Any

import boto3
from sqlalchemy import Engine

from bot.alerts.placing import Placing
from bot.alerts.refresh import Refresher
from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings, no_rules
from bot.aws.trail_settings import TrailSettings
from bot.checking import inside, wanted
from bot.errors import BotError
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.incident import Entry, State
from bot.model.place import Family, Place, ServiceRule
from bot.model.question import Questions
from bot.model.report import Source
from bot.model.worker import Kind, Worker
from bot.outside import SLACK_URL, WallClock, World
from bot.ports import (
    Approvals,
    Ask,
    Audit,
    Checkup,
    HandOffs,
    Inbox,
    Incidents,
    Inventory,
    NoticeQueue,
    Notices,
    Outbox,
    People,
    Refresh,
    Resources,
    Routes,
    Seen,
    Step,
    StoreHealth,
    StormQueue,
    Storms,
    Surroundings,
    Tally,
    Workers,
)
from bot.questions.configured import configured
from bot.routing.file import routes_of
from bot.serving import handling, slack_line, telemetry_lines
from bot.settings import ReportPart, Settings
from bot.slack.chat import SlackChat, client
from bot.slack.edge import Edge, Line
from bot.slack.health import Health
from bot.slack.identity import who_am_i
from bot.slack.installation import SlackInstallation
from bot.slack.listener import Listener
from bot.slack.people import SlackPeople
from bot.slack.pools import Pools
from bot.store.alone import Alone
from bot.store.audit import SqlAudit
from bot.store.engine import connect
from bot.store.handoffs import SqlHandOffs
from bot.store.health import SqlHealth
from bot.store.incidents import SqlIncidents
from bot.store.inventory import SqlInventory
from bot.store.migrate import check, migrate
from bot.store.notices import SqlNotices
from bot.store.outbox import SqlOutbox
from bot.store.packages import SqlApprovals
from bot.store.seen import SqlSeen
from bot.store.storm_queue import SqlStormQueue
from bot.store.storms import SqlStorms
from bot.store.tally import SqlTally
from bot.store.transaction import reading
from bot.store.workers import SqlWorkers
from bot.telemetry import OUTBOX
from bot.working import Pulse, Working, wider

__all__ = ["SLACK_URL", "App", "WallClock", "World", "build"]


class NudgingIncidents(SqlIncidents):
    """Incidents whose every commit wakes this process's poster."""

    def __init__(self, engine: Engine, fold: Callable[[Iterable[Entry], datetime], State], nudge: Event) -> None:
        super().__init__(engine, fold)
        self._nudge = nudge

    def change(self, places: Sequence[Place], step: Step, *, now: datetime, seen: Iterable[str] = ()) -> None:
        """As the store's, then the nudge."""
        super().change(places, step, now=now, seen=seen)
        self._nudge.set()


class App:
    """One process of the product: `serve` speaks with people, `work` polls and posts, `run` does both."""

    def __init__(self, settings: Settings, world: World, kind: Kind = "run") -> None:
        """Wire everything. Raises BotError when a setting, the database or Slack's answer to the token is wrong."""
        self._stop, self._nudge = Event(), Event()
        with ExitStack() as held:
            self._engine = connect(settings.database_url)
            held.callback(self._engine.dispose)
            self._alone = _claimed(self._engine, kind)
            held.callback(self._alone.release)
            routes = world.wrap(Routes, routes_of(settings, world.clock.now))
            aws = aws_settings(settings, world, lambda: routes.book().services)
            self._layer = AwsLayer(world.session or boto3.Session(), aws, world.wall)
            held.callback(self._layer.close)
            self._pools = Pools()
            held.callback(self._pools.close)
            self._wire(settings, world, kind, routes)
            self._held = held.pop_all()

    def _wire(self, settings: Settings, world: World, kind: Kind, routes: Routes) -> None:
        slack = client(settings.slack.bot_token.get_secret_value(), world.slack_url)
        identity = who_am_i(slack)
        installation = SlackInstallation(slack, wanted(settings), world.wall)
        people = SlackPeople(slack, identity["team_id"])
        chat = SlackChat(slack, hooks=world.hooks, uploads=world.uploads, names=people.name)
        stores = {**_stores(self._engine, settings, world, self._nudge), Routes: routes}
        me = Worker(_name(alone=self._alone.held), kind, _version(), world.wall(), world.wall())
        self._pulse = Pulse(stores[Workers], me, world)
        placing = Placing(stores[Inventory], routes, wider(settings))

        questions = configured(settings)

        def bind(ask: Ask) -> Mapping[type, object]:
            ports = {**stores, **{port: world.wrap(port, bound) for port, bound in self._layer.bind(ask).items()}}
            refresher = Refresher(ports[Resources], ports[Inventory], ask)
            checkup = inside(settings, world, ask, ports, installation)
            return {
                **ports,
                People: people,
                Refresh: refresher,
                Checkup: checkup,
                Surroundings: placing,
                Questions: questions,
            }

        health = Health(self._pools, self._blocked, self._up, lambda: _sample(stores[Outbox], stores[NoticeQueue]))
        lines: list[Line] = list(telemetry_lines(settings, health))
        self.listener: Listener | None = None
        if kind != "work":
            handled = handling(settings, world, stores, bind, chat, people, self._pools, identity, self._stop.is_set)
            line = slack_line(settings, world, handled, health)
            self.listener = line if isinstance(line, Listener) else None
            lines.append(line)
        self.edge = Edge(*lines)
        self._working: Working | None = None
        if kind != "serve":
            inbox = self._layer.inbox()
            self._working = Working(
                settings,
                world,
                stores,
                bind,
                chat,
                worker_id=me.id,
                stop=self._stop,
                nudge=self._nudge,
                leads=self._pulse.leads,
                sends=self._pulse.sends,
                workspace_url=identity["url"],
                inbox=world.wrap(Inbox, inbox) if inbox else None,
            )

    def start(self) -> None:
        """Tell that this process lives, connect to Slack, then begin to poll and to post. Raises BotError."""
        self._pulse.start()
        try:
            self.edge.start()
        except BotError:
            self.stop()
            raise
        if self._working:
            self._working.start()

    def stop(self) -> None:
        """Take nothing more, end what runs, give leases back."""
        self._stop.set()
        self._nudge.set()
        self.edge.stop()
        if self._working:
            self._working.join()
        self._pools.close()
        self._pulse.stop()
        self._held.close()

    def _blocked(self) -> str:
        """Why this process is not ready. Raises StoreDown."""
        with reading(self._engine) as conn:
            conn.exec_driver_sql("SELECT 1")
        return self._working.blocked() if self._working else ""

    async def _up(self) -> bool:
        return await self.edge.is_up()


def build(settings: Settings, world: World | None = None, kind: Kind = "run") -> App:
    """One process of the product, wired and not yet started."""
    return App(settings, world or World(), kind)


def _claimed(engine: Engine, kind: Kind) -> Alone:
    """The database, ready for this kind of process. Raises BotError."""
    if engine.dialect.name == "sqlite" and kind != "run":
        step = "Set DATABASE_URL to a PostgreSQL, or start everything in one process with `python -m bot run`."
        raise BotError(f"`{kind}` needs PostgreSQL: several processes share the database.", step)
    alone = Alone(engine)
    try:
        if kind == "run":
            migrate(engine)
        else:
            check(engine)
    except BotError:
        alone.release()
        engine.dispose()
        raise
    return alone


def _stores(engine: Engine, settings: Settings, world: World, nudge: Event) -> Mapping[type, Any]:
    cool_down = timedelta(hours=settings.incidents.cool_down_hours)

    def folded(log: Iterable[Entry], now: datetime) -> State:
        return fold(log, now, cool_down)

    adapters: dict[type, Any] = {
        Incidents: NudgingIncidents(engine, folded, nudge),
        Inventory: SqlInventory(engine),
        Outbox: SqlOutbox(engine),
        Notices: SqlNotices(engine),
        NoticeQueue: SqlNotices(engine),
        Audit: SqlAudit(engine),
        Seen: SqlSeen(engine),
        Workers: SqlWorkers(engine),
        StoreHealth: SqlHealth(engine, world.wall),
        Storms: SqlStorms(engine),
        StormQueue: SqlStormQueue(engine),
        Tally: SqlTally(engine),
        HandOffs: SqlHandOffs(engine),
        Approvals: SqlApprovals(engine, nudge.set),
    }
    return {port: world.wrap(port, adapter) for port, adapter in adapters.items()}


def _sample(outbox: Outbox, notices: NoticeQueue) -> None:
    """Rows of both queues: who watches them wants to know what waits."""
    apart = notices.counts()
    for state, rows in outbox.counts().items():
        OUTBOX.labels(state).set(rows + apart[state])


def _name(*, alone: bool) -> str:
    """Alone on its database, a process that starts again is the same one: it goes on with the leases it had."""
    return "run" if alone else f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


def _version() -> str:
    try:
        return version("sagewatch")
    except PackageNotFoundError:
        return "checkout"


def aws_settings(
    settings: Settings, world: World, rules: Callable[[], Sequence[ServiceRule]] = no_rules
) -> AwsSettings:
    """What the AWS layer is told; `rules` are what the routes' file says of services just now."""
    aws = settings.aws
    return AwsSettings(
        regions=aws.regions,
        read_role=aws.read_role,
        operate_role=aws.operate_role,
        operators=_operated(settings),
        external_id=aws.external_id or None,
        accounts=tuple(Account(a.id, a.label or a.id, a.regions, linked=False) for a in aws.accounts),
        own_label=aws.own_label,
        count_predictions=aws.count_predictions,
        endpoint_url=world.aws_url,
        sources=tuple(_source(report) for report in settings.reports),
        trail=_trail(settings),
        queue_url=settings.inbox.queue_url,
        look_back=timedelta(hours=settings.watch.look_back_hours),
        service_rules=rules,
    )


def _source(part: ReportPart) -> Source:
    family = Family(part.family) if part.family else None
    cadence = timedelta(minutes=part.cadence_minutes) if part.cadence_minutes else None
    where = (part.account, part.region, part.bucket, part.prefix)
    return Source(*where, part.kind, part.service.strip(), family, cadence)


def _trail(settings: Settings) -> TrailSettings | None:
    trail = settings.trail
    if not trail.table:
        return None
    database, _, table = trail.table.partition(".")
    return TrailSettings(
        database,
        table,
        region=trail.region,
        workgroup=trail.workgroup,
        output=trail.output,
        longest=timedelta(days=trail.longest_days),
        ask_above_usd=trail.ask_above_usd,
        usd_per_tb=trail.usd_per_tb,
        reuse=timedelta(minutes=trail.reuse_minutes),
        bot_role=settings.aws.operate_role,
    )


def _operated(settings: Settings) -> tuple[str, ...] | None:
    """Where operators (and admins, who hold every role) may change something; None where nobody may."""
    named = [r for name in ("operator", "admin") if (r := settings.roles.get(name)) and (r.users or r.groups)]
    if not named:
        return None
    everywhere = any(not role.accounts for role in named)
    return () if everywhere else tuple(sorted({account for role in named for account in role.accounts}))
