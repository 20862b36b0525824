"""The one place that names adapters: builds the product from its settings, starts it and stops it."""

import os
import socket
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event
from typing import Any

import boto3
from sqlalchemy import Engine

import commands
from bot.alerts.watch import Pace, Watch
from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.dispatch import Dispatch
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.incident import Entry, State
from bot.model.person import Grant, Role
from bot.model.place import Place
from bot.model.route import Route
from bot.ports import Ask, Clock, Incidents, Inventory, Routes, Step
from bot.registry import discover
from bot.settings import Settings
from bot.slack.answers import Answers
from bot.slack.bolt import build as build_bolt
from bot.slack.chat import SlackChat, client
from bot.slack.desk import Desk
from bot.slack.edge import SocketEdge
from bot.slack.identity import who_am_i
from bot.slack.people import SlackPeople
from bot.slack.pools import Pools
from bot.slack.poster import Poster
from bot.slack.respond import HOOKS
from bot.store.audit import SqlAudit
from bot.store.engine import connect
from bot.store.incidents import SqlIncidents
from bot.store.inventory import SqlInventory
from bot.store.migrate import migrate
from bot.store.outbox import SqlOutbox
from bot.store.seen import SqlSeen

SLACK_URL = "https://slack.com/api/"


class WallClock:
    """The machine's own clock, as the product's."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC)

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Return at `when`, or as soon as `stop` is set."""
        stop.wait(max(0.0, (when - self.now()).total_seconds()))


@dataclass(frozen=True, slots=True)
class OneRoute:
    """Every place goes to the settings' one channel."""

    only: Route

    def route(self, place: Place) -> Route:  # noqa: ARG002  # the port's signature
        """The settings' route."""
        return self.only


@dataclass(frozen=True, slots=True)
class World:
    """What stands outside: the clock, who signs calls to AWS, where AWS and Slack answer."""

    clock: Clock = field(default_factory=WallClock)
    session: boto3.Session | None = None
    aws_url: str | None = None
    slack_url: str = SLACK_URL
    hooks: tuple[str, ...] = (HOOKS,)
    """Where a `response_url` may point."""

    def wall(self) -> datetime:
        """The machine's own time, for leases, pacing and deliveries."""
        return datetime.now(UTC)


class NudgingIncidents(SqlIncidents):
    """Incidents whose every commit wakes the poster."""

    def __init__(self, engine: Engine, fold: Callable[[Iterable[Entry], datetime], State], nudge: Event) -> None:
        super().__init__(engine, fold)
        self._nudge = nudge

    def change(self, places: Sequence[Place], step: Step, *, now: datetime, seen: Iterable[str] = ()) -> None:
        """As the store's, then the nudge."""
        super().change(places, step, now=now, seen=seen)
        self._nudge.set()


class App:
    """The product in one process: the edge, the pools, the poll and the poster."""

    def __init__(self, settings: Settings, world: World) -> None:
        """Wire everything. Raises BotError when a setting, the database or Slack's answer to the token is wrong."""
        engine = connect(settings.database_url)
        migrate(engine)
        self._engine = engine
        self._stop, self._nudge = Event(), Event()
        self._layer = AwsLayer(world.session or boto3.Session(), _aws_settings(settings, world))
        self._pools = Pools()
        slack = client(settings.slack.bot_token.get_secret_value(), world.slack_url)
        identity = who_am_i(slack)
        people = SlackPeople(slack, identity["team_id"])
        chat = SlackChat(slack, hooks=world.hooks, names=people.name)
        stores = self._stores(engine, settings)
        bind = partial(_bound, self._layer, stores)
        desk = Desk(
            _dispatch(settings, world, bind, people, engine, self._stop.is_set), self._pools, people, Answers(chat)
        )
        self.edge = SocketEdge(
            build_bolt(slack, desk, settings.slack.command, identity),
            self._pools,
            SqlSeen(engine),
            world.wall,
            app_token=settings.slack.app_token.get_secret_value(),
            base_url=world.slack_url,
        )
        self._threads = self._loops(settings, world, engine, stores, bind, chat)

    def _stores(self, engine: Engine, settings: Settings) -> Mapping[type, Any]:
        def folded(log: Iterable[Entry], now: datetime) -> State:
            return fold(log, now, timedelta(hours=settings.incidents.cool_down_hours))

        return {
            Incidents: NudgingIncidents(engine, folded, self._nudge),
            Inventory: SqlInventory(engine),
            Routes: OneRoute(_route(settings)),
        }

    def _loops(
        self,
        settings: Settings,
        world: World,
        engine: Engine,
        stores: Mapping[type, Any],
        bind: Callable[[Ask], Mapping[type, object]],
        chat: SlackChat,
    ) -> tuple[threading.Thread, ...]:
        incidents, inventory = stores[Incidents], stores[Inventory]
        pace = Pace(timedelta(seconds=settings.watch.poll_seconds), timedelta(hours=settings.watch.look_back_hours))
        watch = Watch(bind, incidents, inventory, stores[Routes], world.clock, pace=pace, changed=self._nudge.set)
        poster = Poster(
            SqlOutbox(engine),
            incidents,
            inventory,
            chat,
            world.clock,
            worker=f"{socket.gethostname()}:{os.getpid()}",
            wall=world.wall,
            default_channel=settings.slack.channel,
        )
        return (
            threading.Thread(target=watch.run, args=(self._stop,), name="watch", daemon=True),
            threading.Thread(target=poster.run, args=(self._stop, self._nudge), name="poster", daemon=True),
        )

    def start(self) -> None:
        """Connect to Slack, then begin to poll and to post."""
        self.edge.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take nothing more, end what runs, give leases back."""
        self._stop.set()
        self._nudge.set()
        self.edge.stop()
        for thread in self._threads:
            thread.join(timeout=30)
        self._pools.close()
        self._layer.close()
        self._engine.dispose()


def build(settings: Settings, world: World | None = None) -> App:
    """The product, wired and not yet started."""
    return App(settings, world or World())


def _bound(layer: AwsLayer, stores: Mapping[type, Any], ask: Ask) -> Mapping[type, object]:
    return {**stores, **layer.bind(ask)}


def _dispatch(
    settings: Settings,
    world: World,
    bind: Callable[[Ask], Mapping[type, object]],
    people: SlackPeople,
    engine: Engine,
    stopping: Callable[[], bool],
) -> Dispatch:
    return Dispatch(
        discover(commands, settings.slack.command),
        bind,
        people,
        SqlAudit(engine),
        SqlInventory(engine),
        world.clock,
        _grants(settings),
        answer_s=settings.answer_seconds,
        extra_ids=frozenset(a.id for a in settings.aws.accounts),
        stopping=stopping,
    )


def _route(settings: Settings) -> Route:
    return Route(
        settings.slack.channel,
        acknowledge_for=timedelta(hours=settings.incidents.acknowledge_hours),
    )


def _grants(settings: Settings) -> tuple[Grant, ...]:
    return tuple(Grant(Role(name), r.users, r.groups, r.accounts) for name, r in settings.roles.items())


def _aws_settings(settings: Settings, world: World) -> AwsSettings:
    aws = settings.aws
    return AwsSettings(
        regions=aws.regions,
        read_role=aws.read_role,
        external_id=aws.external_id or None,
        accounts=tuple(Account(a.id, a.label or a.id, a.regions, linked=False) for a in aws.accounts),
        own_label=aws.own_label,
        endpoint_url=world.aws_url,
    )
