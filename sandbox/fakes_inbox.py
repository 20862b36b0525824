"""A queue in memory, CloudWatch's alarms in memory, and the inbox's loop over them, for tests of what is sent."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock
from typing import Any, TypeVar

from bot.alerts.listening import Listening, Wanted
from bot.errors import SourceError, TimedOut
from bot.logic.lifecycle import fold
from bot.model.account import Scope
from bot.model.alarm import ASKED_BY, MADE_BY, US, Alarm, AlarmPlan, AlarmState, Contributor, Judged, Mute, Watched
from bot.model.event import Message
from bot.model.observation import Window
from bot.ports import (
    Alarms,
    Ask,
    Failure,
    Found,
    Inbox,
    Incidents,
    Inventory,
    Notices,
    Resources,
    Routes,
    Sweep,
    Tally,
    Trail,
)
from sandbox.fakes import FakeIncidents, FakeRoutes
from sandbox.fakes_fleet import FakeInventory, StillClock
from sandbox.fakes_notices import FakeNotices
from sandbox.fakes_resources import FakeResources, Holdings
from sandbox.fakes_tally import FakeTally
from sandbox.fakes_trail_port import FakeTrail, Trailed

BATCH = 10
HUB = "111111111111"
"""The observability account, where alarms on others' metrics live."""
T = TypeVar("T", Alarm, Mute)


class FakeInbox:
    """`Inbox` of these bodies: at each receive that may wait the first ten that are there, until they are deleted.

    One that does not wait gives the next ten: those in hand are hidden from it.
    """

    def __init__(
        self,
        bodies: Iterable[str] = (),
        *,
        received: int = 0,
        letters: bool | SourceError = False,
        topics: bool | SourceError = False,
    ) -> None:
        """`received` is how often each was received before, `letters` whether there is a dead-letter queue.

        `topics`: whether they may put messages in.
        """
        self._lock = Lock()
        self.letters = letters
        self.topics = topics
        self.asked = 0
        self.messages = [Message(str(n), str(n), body, received) for n, body in enumerate(bodies)]
        self.extended: list[tuple[Sequence[Message], int]] = []
        self._in_hand = 0

    def put(self, *bodies: str) -> None:
        """Behind the others."""
        with self._lock:
            start = int(self.messages[-1].id) + 1 if self.messages else 0
            self.messages += [Message(str(n), str(n), body, 0) for n, body in enumerate(bodies, start=start)]

    def receive(self, *, wait: bool = True) -> tuple[Message, ...]:
        """Each is received once more."""
        with self._lock:
            first = 0 if wait else self._in_hand
            found = [Message(m.id, m.receipt, m.body, m.received + 1) for m in self.messages[first : first + BATCH]]
            self._in_hand = first + len(found)
            self.messages[first : self._in_hand] = found
            return tuple(found)

    def extend(self, messages: Sequence[Message], seconds: int) -> None:
        """Noted."""
        self.extended.append((messages, seconds))

    def delete(self, messages: Sequence[Message]) -> None:
        """By id."""
        gone = {message.id for message in messages}
        with self._lock:
            self.messages = [m for m in self.messages if m.id not in gone]

    def has_dead_letters(self) -> bool:
        """As it was told; counted."""
        return self._told(self.letters)

    def lets_topics_in(self) -> bool:
        """The same."""
        return self._told(self.topics)

    def _told(self, said: bool | SourceError) -> bool:
        self.asked += 1
        if isinstance(said, SourceError):
            raise said
        return said


@dataclass(slots=True)
class Sky:
    """CloudWatch: alarms by ARN, which of their series fire, who refuses, and what was asked."""

    alarms: dict[str, Alarm] = field(default_factory=dict)
    firing: dict[str, tuple[Contributor, ...]] = field(default_factory=dict)
    refused: dict[tuple[str, str], SourceError] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    mutes: list[Mute] = field(default_factory=list)
    judged: dict[str, Judged] = field(default_factory=dict)
    """What alarms on expressions judged, by ARN."""
    silent: set[str] = field(default_factory=set)
    """Alarms whose series are not told."""
    tagged: int = 0
    """How often the tags were read anew."""

    def hold(self, *alarms: Alarm) -> None:
        """They are so from now on."""
        self.alarms |= {alarm.arn: alarm for alarm in alarms}


class FakeAlarms:
    """`Alarms` of a sky, for one question."""

    def __init__(self, sky: Sky, ask: Ask) -> None:
        self._sky = sky
        self._ask = ask

    def listed(self, known: Iterable[Alarm], *, tags: bool) -> Found[Sweep[Alarm]]:
        """All, by account and Region."""
        del known
        self._sky.tagged += tags
        return self._swept(self._sky.alarms.values())

    def mutes(self, known: Iterable[Mute]) -> Found[Sweep[Mute]]:
        """All, by account and Region."""
        del known
        return self._swept(self._sky.mutes)

    def _swept(self, held: Iterable[T]) -> Found[Sweep[T]]:
        targets, there, refused = self._ask.scope.targets(), tuple(held), self._sky.refused
        places = sorted({(a.id, r) for a, r in targets} | {(one.account_id, one.region) for one in there})
        answering = [place for place in places if place not in refused]
        sweeps = tuple(Sweep(*p, tuple(x for x in there if (x.account_id, x.region) == p)) for p in answering)
        failures = tuple(Failure(a, r, refused[a.id, r]) for a, r in targets if (a.id, r) in refused)
        return Found(sweeps, failures, len(places))

    def described(self, arns: Collection[str]) -> Found[Alarm]:
        """Those of the scope."""
        sky = self._sky
        sky.asked.append(tuple(sorted(arns)))
        targets = self._ask.scope.targets()
        answering = {(a.id, region) for a, region in targets} - sky.refused.keys()
        wanted = (sky.alarms[arn] for arn in sorted(arns) if arn in sky.alarms)
        items = tuple(a for a in wanted if (a.account_id, a.region) in answering)
        silent = [(a, r, sky.refused[a.id, r]) for a, r in targets if (a.id, r) in sky.refused]
        return Found(items, tuple(Failure(*one) for one in silent), len(targets))

    def series(self, alarm: Alarm) -> tuple[Contributor, ...]:
        """Those that fire."""
        if error := self._sky.refused.get((alarm.account_id, alarm.region)):
            raise error
        if alarm.arn in self._sky.silent:
            raise TimedOut("its series were not told")
        return self._sky.firing.get(alarm.arn, ())

    def judged(self, alarm: Alarm, window: Window) -> Judged | None:
        """As it was told, whatever the window."""
        del window
        if error := self._sky.refused.get((alarm.account_id, alarm.region)):
            raise error
        return self._sky.judged.get(alarm.arn)


class FakeAlarmOperations:
    """`AlarmOperations` on a sky, for one question; a mute begins at once."""

    def __init__(self, sky: Sky, ask: Ask) -> None:
        self._sky = sky
        self._ask = ask

    def create(self, plan: AlarmPlan) -> Alarm:
        """In the observability account, not judged yet; raises what its metric's account refuses with."""
        metric = plan.query.metric
        if error := self._sky.refused.get((metric.account_id, metric.region)):
            raise error
        made = Alarm(
            arn=f"arn:aws:cloudwatch:{metric.region}:{HUB}:alarm:{plan.name}",
            name=plan.name,
            account_id=HUB,
            region=metric.region,
            kind="metric",
            state=AlarmState.INSUFFICIENT_DATA,
            state_at=self._ask.now,
            description=plan.description,
            watched=(Watched(plan.query, plan.period_s),),
            comparison=plan.comparison,
            threshold=plan.threshold,
            period_s=plan.period_s,
            evaluation_periods=plan.periods,
            datapoints=plan.datapoints,
            missing=plan.missing,
            actions=plan.actions,
            changed_at=self._ask.now,
            tags=((ASKED_BY, self._ask.person.id), (MADE_BY, US)),
        )
        self._sky.hold(made)
        return made

    def delete(self, alarm: Alarm) -> None:
        """It is gone."""
        del self._sky.alarms[alarm.arn]

    def mute(self, alarm: Alarm, until: datetime, *, incident: int | None = None, reason: str = "") -> Mute:
        """A rule of ours."""
        place, now = (alarm.account_id, alarm.region), self._ask.now
        made = Mute(
            f"arn:{incident}:{alarm.name}",
            "sagewatch-mute",
            *place,
            (alarm.name,),
            now,
            until,
            active=True,
            description=reason,
        )
        self._sky.mutes.append(made)
        return made

    def unmute(self, mute: Mute) -> None:
        """It is gone."""
        self._sky.mutes.remove(mute)


@dataclass(slots=True)
class Ears:
    """What is sent, and everything that hears it."""

    clock: StillClock
    inventory: Any = field(default_factory=FakeInventory)
    incidents: Any = field(default_factory=lambda: FakeIncidents(fold))
    routes: Any = field(default_factory=FakeRoutes)
    notices: FakeNotices = field(default_factory=FakeNotices)
    tally: Any = field(default_factory=FakeTally)
    sky: Sky | None = field(default_factory=Sky)
    """None: there is no adapter for alarms."""
    wanted: Wanted = field(default_factory=Wanted)
    holdings: Holdings = field(default_factory=Holdings)
    trailed: Trailed = field(default_factory=Trailed)
    runs: Callable[[Scope], int] = lambda _: 0
    packages: Callable[[Scope], int] = lambda _: 0
    woken: int = 0

    def listening(self, inbox: Inbox) -> Listening:
        """Over that queue."""
        stores: dict[type, Any] = {
            Incidents: self.incidents,
            Inventory: self.inventory,
            Routes: self.routes,
            Notices: self.notices,
            Tally: self.tally,
        }
        return Listening(
            inbox,
            stores,
            self.bind,
            self.clock,
            self.wanted,
            runs=self.runs,
            packages=self.packages,
            changed=self._wake,
            stopped=lambda: False,
        )

    def bind(self, ask: Ask) -> Mapping[type, object]:
        """The ports that are asked."""
        resources: dict[type, object] = {
            Resources: FakeResources(self.holdings, ask),
            Trail: FakeTrail(self.trailed, ask),
        }
        return resources if self.sky is None else {Alarms: FakeAlarms(self.sky, ask), **resources}

    def hear(self, *bodies: str, rounds: int = 1) -> FakeInbox:
        """So many rounds over these; what is left."""
        inbox = FakeInbox(bodies)
        loop = self.listening(inbox).loop
        for _ in range(rounds):
            loop.round(Event())
        return inbox

    def now(self) -> datetime:
        """The clock's."""
        return self.clock.now()

    def _wake(self) -> None:
        self.woken += 1
