"""Assembles `doctor`: inside a running process on what it has, or by itself on what can be reached."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.aws.health import RIGHTS
from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.errors import BotError, SourceError, StoreDown
from bot.logic.check_slack import SLACK, Named
from bot.logic.trail_layout import TrailFound
from bot.model.account import Account, Scope
from bot.model.around import Around
from bot.model.checkup import Check
from bot.model.person import BOT_PERSON_ID, Person
from bot.model.route import RouteBook
from bot.outside import World
from bot.ports import (
    Ask,
    ChatHealth,
    FleetHealth,
    HandOffs,
    Inventory,
    NoticeQueue,
    Outbox,
    Routes,
    StoreHealth,
    Tally,
    Workers,
)
from bot.questions.configured import configured
from bot.routing.file import recipients, routes_of
from bot.settings import Settings
from bot.setup.doctor import Doctor, Stores, in_order, trouble
from bot.setup.manifest import SCOPES
from bot.slack.chat import client
from bot.slack.installation import SlackInstallation, Wanted
from bot.store.engine import connect
from bot.store.handoffs import SqlHandOffs
from bot.store.health import SqlHealth
from bot.store.inventory import SqlInventory
from bot.store.notices import SqlNotices
from bot.store.outbox import SqlOutbox
from bot.store.tally import SqlTally
from bot.store.workers import SqlWorkers
from bot.working import wider

PATIENCE_S = 60.0
"""At least so long may AWS take when nobody waits in Slack."""

_UNSEEN = Check(
    SLACK,
    "request URL",
    "unknown",
    "whether Slack reaches the bot's address cannot be seen from here",
    "Press *Retry* under *Event Subscriptions* in the app's settings while the bot runs: it says *Verified*.",
)


def wanted(settings: Settings, *, app_token: str = "") -> Wanted:
    """What Slack must have; an app token is tried when it is given."""
    roles = settings.roles.items()
    groups = tuple(Named(name, group) for name, role in roles for group in role.groups)
    people = tuple(Named(name, user) for name, role in roles for user in role.users)
    return Wanted(SCOPES, settings.slack.channel, groups, people, app_token)


def inside(
    settings: Settings, world: World, ask: Ask, ports: Mapping[type, Any], installation: SlackInstallation
) -> Doctor:
    """On the ports of a running process, for one question."""
    kinds = (StoreHealth, Outbox, NoticeQueue, Workers, Inventory, Tally, HandOffs)
    stores = Stores(*(ports[kind] for kind in kinds))
    return _doctor(settings, world, stores, installation, ports[FleetHealth], ask, ports[Routes].book())


def apart(settings: Settings, world: World, aws: AwsSettings, missing: Iterable[str]) -> tuple[Check, ...]:
    """In a process of its own: it migrates nothing, holds nothing, polls nothing. `missing` are secrets not set."""
    lacks = [Check("settings", name, "bad", "not set", "Set it in the environment.") for name in missing]
    if settings.slack.transport == "http":
        lacks.append(_UNSEEN)
    with _stores(settings, world) as stores, _fleet(settings, world, aws) as (fleet, ask):
        doctor = _doctor(settings, world, stores, _chat(settings, world), fleet, ask, _book(settings, world))
        return in_order([*lacks, *doctor.checks()])


def _doctor(
    settings: Settings,
    world: World,
    stores: Stores | BotError,
    chat: ChatHealth,
    fleet: FleetHealth,
    ask: Ask,
    book: RouteBook | BotError,
) -> Doctor:
    admin = settings.roles.get("admin")
    admins = len((*admin.users, *admin.groups)) if admin else 0
    every = timedelta(seconds=settings.watch.poll_seconds)
    questions = configured(settings)
    alarms = wider(settings)
    return Doctor(
        stores,
        chat,
        fleet,
        world.wall,
        ask.now,
        every,
        admins,
        book,
        questions,
        tuple(recipients(settings).values()),
        scope=ask.scope,
        around=Around(namespaces=alarms.namespaces, names=alarms.names),
    )


def _book(settings: Settings, world: World) -> RouteBook | BotError:
    try:
        return routes_of(settings, world.clock.now).book()
    except BotError as error:
        return error


@dataclass(frozen=True, slots=True)
class _Unasked:
    """Stands for whom nothing can be asked, and says why."""

    check: Check

    def checks(self, *_: Iterable[object]) -> tuple[Check, ...]:
        """The one line."""
        return (self.check,)


@contextmanager
def _stores(settings: Settings, world: World) -> Iterator[Stores | BotError]:
    """The database as it is; a file that is not there is not made."""
    try:
        _refuse_absent(settings.database_url)
        engine = connect(settings.database_url, statement_timeout_s=5)
    except BotError as error:
        yield error
        return
    try:
        outbox, notices = SqlOutbox(engine), SqlNotices(engine)
        health, inventory = SqlHealth(engine, world.wall), SqlInventory(engine)
        yield Stores(health, outbox, notices, SqlWorkers(engine), inventory, SqlTally(engine), SqlHandOffs(engine))
    finally:
        engine.dispose()


def _refuse_absent(url: str) -> None:
    try:
        parsed = make_url(url)
    except ArgumentError:
        return  # `connect` says it without repeating it
    if parsed.drivername == "sqlite" and not Path(str(parsed.database)).exists():
        step = "`python -m bot run` makes it; if it did already, start doctor where that runs, or set DATABASE_URL."
        raise StoreDown(f"There is no database file {Path(str(parsed.database)).name} here.", step)


def _chat(settings: Settings, world: World) -> ChatHealth:
    slack = settings.slack
    token = slack.bot_token.get_secret_value().strip()
    if not token:
        said = "Slack was not looked at: SLACK_BOT_TOKEN is not set"
        return _Unasked(Check(SLACK, "all", "unknown", said, "Set it where doctor runs."))
    by_socket = slack.transport == "socket"
    app_token = slack.app_token.get_secret_value().strip() if by_socket else ""
    return SlackInstallation(client(token, world.slack_url), wanted(settings, app_token=app_token), world.wall)


@contextmanager
def _fleet(settings: Settings, world: World, aws: AwsSettings) -> Iterator[tuple[FleetHealth, Ask]]:
    """AWS for every account that there is, and the ask that it is bound to."""
    deadline = _deadline(settings)
    ask = Ask(Person(BOT_PERSON_ID, "", "Sagewatch", bot=True), world.clock.now(), Scope(()), deadline)
    try:
        layer = AwsLayer(world.session or boto3.Session(), aws, world.wall)
    except BotError as error:
        yield _Unasked(trouble(RIGHTS, "the bot itself", error)), ask
        return
    with closing(layer):
        ask = Ask(ask.person, ask.now, Scope(_accounts(layer, ask)), deadline)
        yield layer.health(ask), ask


def trail_found(settings: Settings, world: World, aws: AwsSettings) -> TrailFound:
    """Where the trail's log files lie. Raises BotError where nothing says which bucket, or nothing is found."""
    if not settings.trail.logs:
        raise BotError("trail.logs is not set.", "Set it to where the log files lie, such as s3://bucket/prefix/.")
    bucket, _, prefix = settings.trail.logs.removeprefix("s3://").partition("/")
    ask = Ask(Person(BOT_PERSON_ID, "", "Sagewatch", bot=True), world.clock.now(), Scope(()), _deadline(settings))
    with closing(AwsLayer(world.session or boto3.Session(), aws, world.wall)) as layer:
        return layer.trail_layout(ask, settings.trail.region, bucket, prefix)


def _deadline(settings: Settings) -> float:
    return time.monotonic() + max(settings.answer_seconds, PATIENCE_S)


def _accounts(layer: AwsLayer, ask: Ask) -> tuple[Account, ...]:
    """None where nobody can tell; the health says so itself."""
    try:
        return layer.directory(ask).accounts().items
    except SourceError:
        return ()
