"""The demo's world: built from a seed, moved by verbs, told again from its journal."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Final, Self

from sandbox.aws import AwsSandbox, ExecutionRecord
from sandbox.clock import WorldClock
from sandbox.world import acts, alarms, build, fleet, packages, roles, said, storms, story
from sandbox.world.fleet import Kind, Monitor
from sandbox.world.meters import Meters
from sandbox.world.runs import HISTORY, Runs
from sandbox.world.story import SETTLED, Deed, Serving
from sandbox.world.telling import Telling

__all__ = ["SETTLED", "World"]

BROKEN: Final = "The primary container for production variant AllTraffic did not pass the ping health check."
"""Why an endpoint fails, in SageMaker's words."""


class World:
    """Accounts, models, monitors and their history. Safe for threads; one verb at a time.

    `started_at` is the clock's time unless given; `history` is how far back the schedules have runs (tests take less);
    `monitors` are the types that are there; `trail`: whether the organisation has one, with a past.
    """

    def __init__(
        self,
        aws: AwsSandbox,
        clock: WorldClock,
        seed: int = 7,
        started_at: datetime | None = None,
        *,
        history: timedelta = HISTORY,
        monitors: Collection[Monitor] = fleet.MONITORS,
        trail: bool = False,
    ) -> None:
        self._aws = aws
        self._clock = clock
        self._lock = RLock()
        self._monitors = monitors
        self._trailed = trail
        self.seed = seed
        self.started_at = started_at or clock.now()
        self._deeds: tuple[Deed, ...] = (story.beginning(self.started_at),)
        self._telling = Telling(seed, self.started_at, lambda: self._deeds, self._deleted)
        self._runs = Runs(aws, self._telling, self.started_at, history)
        self._ahead: datetime | None = None
        self._credentials: dict[str, str | None] | None = None

    @classmethod
    def replay(
        cls,
        aws: AwsSandbox,
        clock: WorldClock,
        *,
        seed: int,
        started_at: datetime,
        journal: Sequence[dict[str, str]],
        history: timedelta = HISTORY,
        monitors: Collection[Monitor] = fleet.MONITORS,
        trail: bool = False,
    ) -> Self:
        """A world rebuilt on a fresh sandbox: same names, same executions; the clock ends where the journal did."""
        world = cls(aws, clock, seed, started_at, history=history, monitors=monitors, trail=trail)
        world._begin()
        for entry in journal:
            world._perform(story.told_again(entry))
        world.tick()
        return world

    def build(self) -> None:
        """Make every account's resources and two weeks of history, up to the clock's time."""
        self._begin()
        self.tick()

    @property
    def journal(self) -> list[dict[str, str]]:
        """What was done since the start, oldest first: verb, account, the world's time (ISO), a storm's size."""
        return [story.entry(deed) for deed in self._deeds[1:]]

    def do(self, verb: str, account: str | None = None, person: str | None = None, **counts: int) -> dict[str, Any]:
        """Do a verb and let the next full hour pass, or with some the minute; says what happened.

        `account` is an id or label, production unless given; `person` is who does by hand what somebody does;
        `counts` are a storm's `count` of alarms and `channels`.
        The hour's runs are recorded before the clock moves, so whoever sleeps until then finds them. Raises ValueError
        for an unknown verb, account, person or size, what is done already, or what a world without alarms or trail
        cannot do.
        """
        with self._lock:
            deed = Deed(story.verb_of(verb), story.account_of(account), self._clock.now())
            deed = acts.named(storms.sized(deed, counts), person)
            self._refuse(deed)
            runs = self._perform(deed)
            return said.told(deed, self._serving(deed), self._telling.level(deed.account, self.now()), self.now(), runs)

    def tick(self) -> int:
        """Make the runs that have become due by the clock; returns how many. Called any number of times, runs once."""
        with self._lock:
            now = self._clock.now()
            runs = self._runs.up_to(now)
            self._aws.evaluate_alarms(now)
            self._deliver(now)
            return len(runs)

    def reach_back(self, history: timedelta) -> int:
        """Tell more of the past: what ran that long before the start; returns how many runs that were not told yet."""
        with self._lock:
            self._runs.reach_back(history)
            return self.tick()

    def send(self, body: str) -> None:
        """Put any message on the bot's queue. Raises ValueError where there is none."""
        if "Alarms" not in self._monitors:
            raise ValueError("this world has no queue: it was made without alarms")
        self._aws.send(alarms.QUEUE_ARN, body)

    def now(self) -> datetime:
        """The world's time."""
        return self._clock.now()

    def state(self) -> list[dict[str, str]]:
        """The accounts with their administrators' keys, for the control API."""
        return [
            {
                "id": account.id,
                "label": account.label,
                "access_key_id": account.access_key_id,
                "secret_access_key": account.secret_access_key,
            }
            for account in self._aws.accounts.values()
        ]

    def bot_credentials(self) -> dict[str, str | None]:
        """`access_key_id`, `secret_access_key` and `session_token` (None: a user's keys, they never expire)."""
        if self._credentials is None:
            raise ValueError("the world is not built yet")
        return self._credentials

    def _begin(self) -> None:
        """As it is at the start: what ran, and how the alarms are."""
        self._lay_out()
        self._runs.up_to(self.started_at)
        self._evaluate(self.started_at)

    def _lay_out(self) -> None:
        """Everything but time."""
        self._credentials = build.lay_out(self._aws, self.seed, self.started_at, self._monitors, trailed=self._trailed)
        for account_id in fleet.LINKED:
            meters = Meters(self._telling, account_id, self._measured_until)
            self._aws.metrics(account_id, fleet.REGION).provide(meters)

    def _deleted(self, account_id: str, endpoint: str) -> datetime | None:
        """When an endpoint was deleted."""
        return self._aws.monitoring(account_id, fleet.REGION).deleted(endpoint)

    def _perform(self, deed: Deed) -> tuple[ExecutionRecord, ...]:
        """Do a verb, live or told again: what was due before, the deed, the hour after it, a pipeline's work."""
        self._runs.up_to(deed.at)
        self._evaluate(deed.at)
        serves = self._serving(deed)
        self._deeds += (deed,)
        settled = deed.settled
        self._switch(deed, serves)
        runs = self._runs.up_to(settled)
        if deed.verb == "redeploy":
            gone = self._deleted(deed.account, serves.names.endpoint) is not None
            build.redeploy(self._aws, serves, self._serving(deed), self._monitors, gone=gone)
            with self._aws.at(deed.due + story.REDEPLOYED):
                build.let_expire(self._aws, self._telling.servings())
        store = self._aws.monitoring(deed.account, fleet.REGION)
        store.capture(
            self._serving(deed).names.endpoint, works=story.state(self._deeds, deed.account, settled).captures
        )
        self._evaluate(settled)
        self._clock.advance_to(settled)
        self._deliver(settled)
        return runs

    def _deliver(self, now: datetime) -> None:
        """Let the trail bring what is due."""
        if self._trailed:
            self._aws.trail.recorder.deliver(now)

    def _evaluate(self, settled: datetime) -> None:
        """Alarms judge each minute of the hour by what was there in it, so before anybody reads of later ones."""
        self._ahead = settled
        self._aws.evaluate_alarms(settled)
        self._ahead = None
        for account_id in fleet.LABELS:
            self._aws.metrics(account_id, fleet.REGION).release(settled.timestamp())

    def _measured_until(self) -> datetime:
        return self._ahead or self._clock.now()

    def _switch(self, deed: Deed, serving: Serving) -> None:
        """Stop or start the service's model-quality monitor, where that is the deed."""
        client = self._aws.client("sagemaker", deed.account, fleet.REGION)
        switches = {
            "stop_monitor": client.stop_monitoring_schedule,
            "start_monitor": client.start_monitoring_schedule,
        }
        with self._aws.at(deed.at):
            if switch := switches.get(deed.verb):
                switch(MonitoringScheduleName=serving.names.schedule("ModelQuality"))
            roles.share(self._aws, deed.account, linked=story.state(self._deeds, deed.account, deed.at).linked)
            failed = story.state(self._deeds, deed.account, deed.at).failed
            if self._deleted(deed.account, serving.names.endpoint) is None:
                self._aws.fail_endpoint(deed.account, serving.names.endpoint, BROKEN if failed else "")
        if deed.verb == "register_package":
            packages.register_of(self._aws, self.seed, deed)
        elif deed.verb in story.BY_HAND:
            acts.do(self._aws, deed, serving.names, self._watched(deed))
        if "Alarms" in self._monitors:
            storms.weather(self._aws, deed, self.started_at)

    def _refuse(self, deed: Deed) -> None:
        """Raises ValueError for what this world cannot do."""
        if deed.verb == "storm" and "Alarms" not in self._monitors:
            raise ValueError("this world has no alarms that could go off")
        gone = self._deleted(deed.account, self._serving(deed).names.endpoint) is not None
        if gone and deed.verb in {"stop_monitor", "start_monitor"}:
            raise ValueError("the endpoint is deleted, and its monitors with it: redeploy makes another")
        if deed.verb == "register_package":
            if "Packages" not in self._monitors:
                raise ValueError("this world has no model packages")
        elif deed.verb in story.BY_HAND:
            if not self._trailed:
                raise ValueError("this world has no trail that would tell who did it")
            if said := acts.hindrance(self._aws, deed, self._serving(deed).names, self._watched(deed)):
                raise ValueError(said)

    def _watched(self, deed: Deed) -> tuple[Kind, ...]:
        """The monitors of the endpoint that a deed is about."""
        return fleet.watched(story.deployment_of(deed.account), self._monitors)

    def _serving(self, deed: Deed) -> Serving:
        """The endpoint that serves by now in the account that a deed is for."""
        return story.servings(story.deployment_of(deed.account), self.started_at, self._deeds)[-1]
