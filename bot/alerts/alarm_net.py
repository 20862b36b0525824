"""The net under the events of alarms: each poll compares what CloudWatch says with what the incidents heard."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, cast

from bot.alerts.alarm_round import Round, heard_in, is_news, last_of, says, tells_itself
from bot.alerts.placing import Placing
from bot.alerts.watch import BOT
from bot.errors import SourceError
from bot.incidents import record_together
from bot.log import LOG
from bot.logic import alarms
from bot.logic.alarm_scope import is_of_series
from bot.model.account import Scope
from bot.model.alarm import Alarm, AlarmChange, AlarmGone, AlarmState
from bot.model.alarm_series import alarm_and_series, alarm_of_subject, series_arn
from bot.model.observation import Verdict
from bot.model.report import Observed
from bot.ports import Alarms, Ask, Failure, Incidents, Inventory, Routes, Sweep
from bot.telemetry import FOUND

TOGETHER: Final = 50
"""Changes that are recorded in one transaction."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """How the accounts are asked, and what is left to the events."""

    tags: timedelta = timedelta(minutes=10)
    """How often tags and mute rules are read: neither leaves a trace in the list."""
    grace: timedelta = timedelta(0)
    """A change that is younger may still be on its way as an event; zero where none comes."""
    within_s: float = 25.0
    """Seconds that the accounts have to list."""


class AlarmNet:
    """For the process that polls for all. What an event told as well is known by its id, and counts once."""

    def __init__(
        self,
        bind: Callable[[Ask], Mapping[type, object]],
        incidents: Incidents,
        inventory: Inventory,
        routes: Routes,
        placing: Placing,
        *,
        mesh: Mesh,
        stopped: Callable[[], bool],
    ) -> None:
        self._bind = bind
        self._incidents = incidents
        self._inventory = inventory
        self._routes = routes
        self._placing = placing
        self._mesh = mesh
        self._stopped = stopped
        self._tags_at: datetime | None = None
        self._left: Mapping[str, Alarm] = {}
        """Alarms as the last round left them: what people had listed since then is recorded by nobody yet."""
        self._left_at: datetime | None = None

    def take(self, scope: Scope, now: datetime) -> int:
        """List, record what no event told, keep; how much was recorded. Raises StoreDown or Unsaved.

        What an alarm was is known until its change is recorded: a round that fails is made good by the next.
        """
        ask = Ask(BOT, now, scope, time.monotonic() + self._mesh.within_s, cancelled=self._stopped)
        port = cast("Alarms", self._bind(ask)[Alarms])
        anew = self._tags_at is None or now - self._tags_at >= self._mesh.tags
        watched, known = self._inventory.as_of("alarm"), self._inventory.alarms()
        found = port.listed(known, tags=anew)
        self._warn(found.failures)
        if self._stopped():
            return 0
        # After a rest another process may have polled: what is kept is newer then.
        lately = self._left_at is not None and now - self._left_at < self._mesh.tags
        before = {alarm.arn: self._left.get(alarm.arn, alarm) if lately else alarm for alarm in known}
        there = {alarm.arn: alarm for sweep in found.items for alarm in sweep.items}
        round_ = Round(now, port, before, there, tuple(heard_in(self._incidents.list(now))), watched)
        told = self._recorded([*self._changes(round_), *self._ended(round_)], now)
        self._keep(round_, found.items)
        if anew:
            self._keep_mutes(port, now)
        return told + self._deleted(round_)

    def _keep(self, round_: Round, sweeps: Iterable[Sweep[Alarm]]) -> None:
        """What is left to its event stays in the state that it had: the next round sees the change again."""
        left = [replace(sweep, items=tuple(round_.left(alarm) for alarm in sweep.items)) for sweep in sweeps]
        self._inventory.keep_alarms(left, round_.now)
        self._left_at = round_.now
        self._left = {**round_.before, **{alarm.arn: alarm for sweep in left for alarm in sweep.items}}

    def _keep_mutes(self, port: Alarms, now: datetime) -> None:
        self._tags_at = now
        mutes = port.mutes(self._inventory.mutes())
        self._warn(mutes.failures)
        if not self._stopped():
            self._inventory.keep_mutes(mutes.items, now)

    def _changes(self, round_: Round) -> list[Observed]:
        """Of alarms that are in ALARM, that an open incident waits for, or that were seen in another state before."""
        changes: list[AlarmChange] = []
        for change in self._candidates(round_):
            if round_.now - change.alarm.state_at < self._mesh.grace:
                round_.early.add(change.alarm.arn)
            else:
                changes.append(change)
        new = self._incidents.unseen(change.id for change in changes)
        around = self._placing.around({**round_.before, **round_.there})
        told: list[Observed] = []
        for change in changes:
            said = alarms.observed(change, around) if change.id in new else "known"
            if not isinstance(said, str):
                told.append(self._marked(self._placing.placed(said), change, round_))
        return told

    def _candidates(self, round_: Round) -> Iterator[AlarmChange]:
        heard = {subject.arn for _, subject in round_.heard}
        for alarm in round_.there.values():
            if is_of_series(alarm):
                yield from self._series(round_, alarm)
                if tells_itself(alarm, round_.before.get(alarm.arn), heard):
                    yield alarms.as_polled(alarm)
            elif is_news(alarm, round_.before.get(alarm.arn), heard):
                yield alarms.as_polled(alarm)

    def _series(self, round_: Round, alarm: Alarm) -> Iterator[AlarmChange]:
        """Those of an alarm's series that fire; of one that does not answer none."""
        if alarm.state is not AlarmState.ALARM:
            return
        try:
            for one in round_.port.series(alarm):
                at, why = one.since or alarm.state_at, one.reason or alarm.reason
                yield replace(alarms.as_polled(replace(alarm, state_at=at, reason=why)), contributor=one)
                round_.firing.add(series_arn(alarm.arn, one.id))
        except SourceError as error:
            round_.silent.add(alarm.arn)
            LOG.warning("series not told", alarm=alarm.arn, cause=error.cause)

    def _ended(self, round_: Round) -> Iterator[Observed]:
        """Series that an incident has as firing, and that fire no more: CloudWatch names those that do."""
        for incident, subject in round_.heard:
            arn, series = alarm_and_series(subject.arn)
            alarm = round_.there.get(arn)
            if not series or alarm is None or arn in round_.silent or subject.arn in round_.firing:
                continue
            last = last_of(incident, subject)
            if last and says(last, Verdict.BAD) and last.at < round_.now:
                yield incident.place, incident.service, alarms.quiet_series(last, round_.now)

    def _deleted(self, round_: Round) -> int:
        """Records alarms that vanished while an open incident has them; whom an event told of is there no more."""
        vanished = [v for v in self._inventory.vanished() if isinstance(v.resource, Alarm)]
        told: list[Observed] = []
        for gone in (AlarmGone(v.resource, v.at) for v in vanished if isinstance(v.resource, Alarm)):
            mine = [(i, s) for i, s in round_.heard if alarm_of_subject(s.arn) == gone.alarm.arn]
            for incident, subject in mine:
                last = last_of(incident, subject)
                if last is None or not says(last, Verdict.GONE):
                    told.append((incident.place, incident.service, alarms.gone_subject(gone, subject)))
        recorded = self._recorded(told, round_.now)
        if vanished:
            self._inventory.forget(vanished)
        return recorded

    def _marked(self, said: Observed, change: AlarmChange, round_: Round) -> Observed:
        """A change that happened while this account was watched should have come as an event, where events come."""
        place, service, observation = said
        listed_at = round_.watched.get((change.alarm.account_id, change.alarm.region))
        # The listing before this one left what was young then to its event.
        if not self._mesh.grace or listed_at is None or change.alarm.state_at <= listed_at - self._mesh.grace:
            return said
        LOG.warning("alarm found by the poll", alarm=change.alarm.arn, state=change.alarm.state.value)
        FOUND.inc()
        return place, service, replace(observation, detail="Found by the poll: no event told of it.")

    def _recorded(self, told: Sequence[Observed], now: datetime) -> int:
        for first in range(0, len(told), TOGETHER):
            record_together(self._incidents, told[first : first + TOGETHER], self._routes.route, now)
        return len(told)

    def _warn(self, failures: Iterable[Failure]) -> None:
        for f in () if self._stopped() else failures:
            LOG.warning("alarms not listed", account=f.account.id, region=f.region, cause=f.error.cause)
