"""The part of the product that nobody asks: the poll, the poster, and the word that this process lives."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from threading import Event, Thread
from typing import Any, Final

from bot.alerts.alarm_net import AlarmNet, Mesh
from bot.alerts.change_net import ChangeNet
from bot.alerts.changing import Changing, Ours
from bot.alerts.charting import Charting
from bot.alerts.charts import CardCharts
from bot.alerts.digest import Digests
from bot.alerts.drops import DropReader
from bot.alerts.listening import Listening, Wanted
from bot.alerts.package_net import PackageNet
from bot.alerts.placing import Placing, Wider
from bot.alerts.refresh import Often, Refreshing
from bot.alerts.returned import Returned
from bot.alerts.watch import BOT, Intake, Pace, Watch
from bot.errors import BotError
from bot.handoff.links import Linking
from bot.handoff.post import post
from bot.handoff.worker import Worker as Sender
from bot.handoff.worker import threads
from bot.log import LOG
from bot.model.place import Family
from bot.model.worker import Worker
from bot.outside import World
from bot.ports import (
    Approvals,
    Ask,
    Chat,
    Clock,
    HandOffs,
    Inbox,
    Incidents,
    Inventory,
    NoticeQueue,
    Notices,
    Outbox,
    Routes,
    StormQueue,
    Storms,
    Tally,
    Workers,
)
from bot.ports.workers import POLL
from bot.routing.file import destinations
from bot.settings import Settings
from bot.slack.chat import SlackChat
from bot.slack.poster import Poster

POST_S = 30.0
"""How long a stop waits for the poster: another process may post for it as soon as this one has ended."""
POLL_S = 10.0
"""How long for what polls: AWS is asked again for longer than whoever stops us waits (30 s in ECS and Kubernetes)."""
LISTEN_S = 1.0
"""How long a stop waits for the inbox and for hand-offs, whose calls cannot be cut short: what they had comes again."""
HAND_OFF = "hand-off"
"""How the name of a lease on a destination begins."""


class Pulse:
    """Tells the store that this process lives: three times in the half of a lease after which it no longer leads."""

    def __init__(self, workers: Workers, me: Worker, world: World) -> None:
        self._lasts = timedelta(seconds=world.lease_s / 2)
        self._beat_s = world.lease_s / 6
        self._workers = workers
        self._me = me
        self._world = world
        self._thread = Thread(target=self._run, name="pulse", daemon=True)
        self._stop = Event()

    def leads(self) -> bool:
        """Whether this process polls for all, from now on."""
        return self._workers.lead(POLL, self._me.id, self._world.wall(), self._lasts)

    def sends(self, destination: str) -> bool:
        """Whether this process is the one that sends to it, from now on: order holds with many processes."""
        return self._workers.lead(f"{HAND_OFF} {destination}", self._me.id, self._world.wall(), self._lasts)

    def start(self) -> None:
        """Beat until the stop."""
        self._thread.start()

    def stop(self) -> None:
        """Give up what this process does for all."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=self._beat_s)
        try:
            self._workers.leave(self._me.id)
        except BotError as error:
            LOG.warning("this process stays listed for a while", cause=error.cause)

    def _run(self) -> None:
        while True:
            self._beat()
            if self._stop.wait(self._beat_s):
                return

    def _beat(self) -> None:
        me = self._me
        try:
            self._workers.beat(Worker(me.id, me.kind, me.version, me.started_at, self._world.wall()), self._lasts)
        except BotError as error:
            LOG.warning("heartbeat not kept", cause=error.cause)


class Working:
    """The loops; they stop together."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        stores: Mapping[type, Any],
        bind: Callable[[Ask], Mapping[type, object]],
        chat: SlackChat,
        *,
        worker_id: str,
        stop: Event,
        nudge: Event,
        leads: Callable[[], bool],
        sends: Callable[[str], bool],
        workspace_url: str,
        inbox: Inbox | None,
    ) -> None:
        incidents, inventory = stores[Incidents], stores[Inventory]
        pace = Pace(timedelta(seconds=settings.watch.poll_seconds), timedelta(hours=settings.watch.look_back_hours))
        net = PackageNet(
            bind,
            stores[Approvals],
            inventory,
            stores[Routes],
            world.clock,
            look_back=pace.look_back,
            within_s=pace.list_s,
            stopped=stop.is_set,
        )
        watch = Watch(
            bind,
            incidents,
            inventory,
            stores[Routes],
            world.clock,
            pace=pace,
            changed=nudge.set,
            leads=leads,
            also=(
                *_others(settings, stores, bind, pace, stop, events=inbox is not None, clock=world.clock),
                net.take,
            ),
            says=(
                Digests(incidents, inventory, stores[Routes], stores[Notices]).say,
                CardCharts(bind, incidents, inventory, stores[Routes], stores[Notices], stop.is_set).say,
            ),
        )
        self._poster = Poster(
            stores[Outbox],
            stores[NoticeQueue],
            incidents,
            inventory,
            world.wrap(Chat, chat),
            world.clock,
            worker=worker_id,
            wall=world.wall,
            storms=stores[Storms],
            storm_queue=stores[StormQueue],
            default_channel=settings.slack.channel,
            storm_over=settings.slack.storm_over,
            lease_s=world.lease_s,
        )
        fleet = Refreshing(
            bind,
            inventory,
            world.clock,
            often=Often(timedelta(minutes=settings.watch.refresh_minutes)),
            named=frozenset(account.id for account in settings.aws.accounts),
            leads=leads,
        )
        self._threads = (
            Thread(target=watch.run, args=(stop,), name="watch", daemon=True),
            Thread(target=fleet.run, args=(stop,), name="fleet", daemon=True),
            Thread(target=self._poster.run, args=(stop, nudge), name="poster", daemon=True),
        )
        self._sending = _senders(settings, world, stores, sends, workspace_url, stop)
        self._listening: tuple[Thread, ...] = ()
        if inbox is not None:
            charts = CardCharts(bind, incidents, inventory, stores[Routes], stores[Notices], stop.is_set)
            charting = Charting(charts, world.clock, nudge.set)
            listening = Listening(
                inbox,
                stores,
                bind,
                world.clock,
                _wanted(settings),
                runs=watch.look,
                packages=net.look,
                changed=partial(_all, (nudge.set, charting.want)),
                stopped=stop.is_set,
            )
            drawing = Thread(target=charting.run, args=(stop,), name="charts", daemon=True)
            self._listening = (*listening.threads(stop), drawing)

    def start(self) -> None:
        """Begin to poll and to post."""
        for thread in (*self._threads, *self._sending, *self._listening):
            thread.start()

    def join(self) -> None:
        """Wait for the loops to end, once their stop is set."""
        *polling, posting = self._threads
        _join((posting,), POST_S)
        _join(polling, POLL_S)
        _join((*self._sending, *self._listening), LISTEN_S)

    def blocked(self) -> str:
        """Why nothing is shown or polled; empty when all is well."""
        if self._poster.token_dead:
            return "Slack refuses the bot's token"
        threads = (*self._threads, *self._sending, *self._listening)
        dead = [t.name for t in threads if t.ident is not None and not t.is_alive()]
        return f"the {dead[0]} ended" if dead else ""


def _all(calls: Sequence[Callable[[], None]]) -> None:
    for call in calls:
        call()


def _join(threads: Sequence[Thread], together_s: float) -> None:
    ends = time.monotonic() + together_s
    for thread in threads:
        if thread.is_alive():
            thread.join(timeout=max(0.0, ends - time.monotonic()))


def _senders(
    settings: Settings,
    world: World,
    stores: Mapping[type, Any],
    sends: Callable[[str], bool],
    workspace_url: str,
    stop: Event,
) -> tuple[Thread, ...]:
    """A thread for each destination of the settings."""
    known = destinations(settings)
    links = Linking(workspace_url, stores[Outbox], stores[Storms], stores[Inventory])
    workers = [
        Sender(
            to,
            stores[HandOffs],
            links=links.of,
            leads=partial(sends, name),
            storm_over=settings.slack.storm_over,
            wall=world.wall,
            post=post,
        )
        for name, to in known.items()
    ]
    return threads(workers, known, stop)


GRACE: Final = timedelta(seconds=10)
"""An alarm's event is here within seconds: what is younger is left to it."""


def _others(
    settings: Settings,
    stores: Mapping[type, Any],
    bind: Callable[[Ask], Mapping[type, object]],
    pace: Pace,
    stop: Event,
    *,
    events: bool,
    clock: Clock,
) -> tuple[Intake, ...]:
    """What is taken in beside monitors' runs: alarms as they are, and dropped reports where the settings name any."""
    routes = stores[Routes]
    tags = timedelta(minutes=settings.watch.refresh_minutes)
    net = AlarmNet(
        bind,
        stores[Incidents],
        stores[Inventory],
        routes,
        Placing(stores[Inventory], routes, wider(settings)),
        mesh=Mesh(tags, GRACE if events else timedelta(0), pace.list_s),
        stopped=stop.is_set,
    )
    changes = (_changes(settings, stores, bind, pace, stop, clock),) if settings.trail.table else ()
    returned = Returned(stores[Incidents], stores[Inventory], routes)
    return (net.take, returned.take, *changes, *((_drops(stores, bind, pace, stop),) if settings.reports else ()))


def _drops(stores: Mapping[type, Any], bind: Callable[[Ask], Mapping[type, object]], pace: Pace, stop: Event) -> Intake:
    """Reads what other monitors dropped in S3."""
    routes: Routes = stores[Routes]
    reader = DropReader(
        bind,
        stores[Incidents],
        Placing(stores[Inventory], routes),
        routes,
        BOT,
        look_back=pace.look_back,
        round_s=pace.round_s,
        stopped=stop.is_set,
    )
    return reader.take


def _changes(
    settings: Settings,
    stores: Mapping[type, Any],
    bind: Callable[[Ask], Mapping[type, object]],
    pace: Pace,
    stop: Event,
    clock: Clock,
) -> Intake:
    """Looks for changes that no event told; where no trail is set up no role may."""
    incidents, inventory, routes = stores[Incidents], stores[Inventory], stores[Routes]
    placing = Placing(inventory, routes, wider(settings))
    changing = Changing(
        bind, incidents, inventory, routes, stores[Notices], clock, BOT, placing=placing, ours=_ours(settings)
    )
    return ChangeNet(bind, changing, stores[Tally], within_s=pace.list_s, stopped=stop.is_set).take


def _ours(settings: Settings) -> Ours:
    """The role that the bot acts with, the bucket of the trail."""
    bucket = settings.trail.logs.removeprefix("s3://").partition("/")[0]
    return Ours(settings.aws.operate_role, frozenset({bucket} - {""}))


def wider(settings: Settings) -> Wider:
    """Which alarms the settings count as of models."""
    families = {namespace: Family(family) for namespace, family in settings.alarms.namespaces.items()}
    return Wider(families, settings.alarms.names)


def _wanted(settings: Settings) -> Wanted:
    """What the settings say of what is sent."""
    named = frozenset(account.id for account in settings.aws.accounts)
    return Wanted(named, wider(settings), settings.inbox.workers, _ours(settings))
