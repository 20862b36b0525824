"""Alarms as CloudWatch described them lately, and what it says of them now."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from threading import Lock
from typing import Final, cast

from bot.errors import BotError
from bot.log import LOG
from bot.logic.alarm_scope import MOST_LEVELS, children_of, is_of_series
from bot.logic.arns import alarm_of
from bot.logic.belief import Answer
from bot.model.account import Account, Scope
from bot.model.alarm import Alarm
from bot.model.person import Person
from bot.ports import Alarms, Ask, Clock, Inventory

WITHIN_S: Final = 3.0
"""For one answer: an alarm waits for it before it is told."""
LASTS_S: Final = 300.0
"""For so long a description is taken as it was; a change of it is told by an event."""
LISTED_S: Final = 900.0
"""For so long after such an event the inventory may still have it as it was."""
QUIET_S: Final = 30.0
"""After a target did not answer it is not asked again for so long."""
MOST_KEPT: Final = 5_000
MOST_BELOW: Final = 500
"""Alarms that are asked for in a level below composite ones' children: five calls of DescribeAlarms."""
Target = tuple[str, str]


class AlarmBook:
    """For all threads of a process. What nobody can tell is missing. Methods raise StoreDown and nothing else."""

    def __init__(
        self,
        bind: Callable[[Ask], Mapping[type, object]],
        inventory: Inventory,
        clock: Clock,
        asker: Person,
        *,
        listed: Callable[[], Mapping[str, Alarm]],
        stopped: Callable[[], bool],
    ) -> None:
        """`listed` are the inventory's, which have their tags; raises StoreDown."""
        self._bind = bind
        self._inventory = inventory
        self._clock = clock
        self._asker = asker
        self._listed = listed
        self._stopped = stopped
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[float, Alarm | None]] = OrderedDict()
        self._changed: dict[str, float] = {}
        """When an event last told that an alarm's configuration changed, by ARN."""
        self._quiet_until: dict[Target, float] = {}

    def known(self, arns: Collection[str]) -> Mapping[str, Alarm]:
        """These and what is below composite ones among them: as they were described lately, else asked for.

        Each level costs a call only where somebody of it is not known. At most `MOST_LEVELS` of them, these included,
        are looked at; none is begun once `WITHIN_S` went by.
        """
        found, tried, until = self._found(arns), {*arns}, time.monotonic() + WITHIN_S
        below = _below(found, tried)
        for _ in range(1, MOST_LEVELS):
            if not below or time.monotonic() >= until:
                break
            more = self._found(below, MOST_BELOW)
            found, tried = found | more, tried.union(below)
            below = _below(more, tried)
        if below:
            LOG.warning("composite alarms not followed further", alarms=len(below))
        return _there(found)

    def lately(self, arns: Collection[str]) -> Mapping[str, Alarm]:
        """As they were described lately, without asking anybody."""
        return _there(self._lately(arns))

    def asked(self, arns: Collection[str]) -> Mapping[str, Answer]:
        """What CloudWatch says of each of these now."""
        found = self._asked(self._answering(arns))
        return {arn: self._answer(found[arn]) if arn in found else Answer(asked=False) for arn in arns}

    def forget(self, arn: str) -> None:
        """Its configuration changed: neither what was described before nor the inventory has it."""
        with self._lock:
            self._kept.pop(arn, None)
            self._changed[arn] = time.monotonic()
            if len(self._changed) > MOST_KEPT:
                self._changed.pop(next(iter(self._changed)))

    def _answer(self, alarm: Alarm | None) -> Answer:
        if alarm is None or not is_of_series(alarm):
            return Answer(asked=True, alarm=alarm)
        try:
            ports = self._ports([alarm.arn])
            return Answer(True, alarm, ports.series(alarm) if ports else None)
        except BotError as error:
            LOG.warning("series not told", alarm=alarm.arn, cause=error.cause)
            return Answer(asked=True, alarm=alarm)

    def _found(self, arns: Collection[str], most: int | None = None) -> dict[str, Alarm | None]:
        """At most so many are asked for."""
        lately = self._lately(arns)
        unknown = [arn for arn in arns if arn not in lately]
        if most and len(unknown) > most:
            LOG.warning("composite alarms not followed further", alarms=len(unknown) - most)
        return lately | self._asked(self._answering(unknown[:most]))

    def _lately(self, arns: Collection[str]) -> dict[str, Alarm | None]:
        now, listed = time.monotonic(), self._listed()
        with self._lock:
            kept = {arn: self._kept[arn] for arn in arns if arn in self._kept}
            changed = {arn for arn in arns if self._changed.get(arn, 0.0) > now - LISTED_S}
        found: dict[str, Alarm | None] = {a: listed[a] for a in arns if a in listed and a not in changed}
        return found | {arn: alarm for arn, (at, alarm) in kept.items() if at > now - LASTS_S}

    def _answering(self, arns: Iterable[str]) -> list[str]:
        """Those of targets that did not just fail to answer."""
        now = time.monotonic()
        with self._lock:
            return [arn for arn in arns if self._quiet_until.get(_target(arn), 0.0) <= now]

    def _asked(self, arns: Collection[str]) -> dict[str, Alarm | None]:
        """As they are now; those of a target that does not answer are missing."""
        if not arns:
            return {}
        try:
            ports = self._ports(arns)
            if ports is None:
                self._hush({_target(arn) for arn in arns})
                return {}
            found = ports.described(arns)
        except BotError as error:
            LOG.warning("alarms not described", cause=error.cause)
            self._hush({_target(arn) for arn in arns})
            return {}
        silent = {(f.account.id, f.region) for f in found.failures}
        for failure in found.failures:
            LOG.warning("alarms not described", account=failure.account.id, cause=failure.error.cause)
        self._hush(silent)
        there = {alarm.arn: self._tagged(alarm) for alarm in found.items}
        reached = {(a.id, region) for a, region in self._scope(arns).targets()}
        told = {arn: there.get(arn) for arn in arns if _target(arn) in reached - silent}
        self._keep(told)
        return told

    def _tagged(self, alarm: Alarm) -> Alarm:
        """With its tags as the inventory has them: a description is without."""
        listed = self._listed().get(alarm.arn)
        return alarm if listed is None else replace(alarm, tags=listed.tags)

    def _ports(self, arns: Iterable[str]) -> Alarms | None:
        end = time.monotonic() + WITHIN_S
        ask = Ask(self._asker, self._clock.now(), self._scope(arns), end, cancelled=self._stopped)
        return cast("Alarms | None", self._bind(ask).get(Alarms))

    def _scope(self, arns: Iterable[str]) -> Scope:
        """The accounts of these alarms, in the alarms' Regions."""
        wanted = {_target(arn) for arn in arns}
        accounts: list[Account] = [a for a in self._inventory.accounts() if any(a.id == i for i, _ in wanted)]
        return Scope(tuple(accounts), tuple(sorted({region for _, region in wanted})))

    def _keep(self, told: Mapping[str, Alarm | None]) -> None:
        now = time.monotonic()
        with self._lock:
            for arn, alarm in told.items():
                self._kept[arn] = (now, alarm)
                self._kept.move_to_end(arn)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def _hush(self, silent: Iterable[Target]) -> None:
        until = time.monotonic() + QUIET_S
        with self._lock:
            self._quiet_until.update(dict.fromkeys(silent, until))


def _below(found: Mapping[str, Alarm | None], tried: Collection[str]) -> list[str]:
    """The children of those, in their rules' order, that nobody was asked about yet: rules may go round in a circle."""
    children = (arn for alarm in found.values() if alarm for arn in children_of(alarm))
    return [arn for arn in dict.fromkeys(children) if arn not in tried]


def _there(found: Mapping[str, Alarm | None]) -> dict[str, Alarm]:
    return {arn: alarm for arn, alarm in found.items() if alarm is not None}


def _target(arn: str) -> Target:
    """Account and Region."""
    found = alarm_of(arn)
    return (found[1], found[0]) if found else ("", "")
