"""CloudWatch's alarms and mute rules across accounts."""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import TypeVar

from bot.aws.actions import needs
from bot.aws.alarm_listing import AlarmListing, Read
from bot.aws.alarm_mutes import AlarmMutes
from bot.aws.alarm_values import AlarmValues
from bot.aws.fanout import Fanout, Job, failures_of, gather, once
from bot.aws.hub import Hub, Target
from bot.aws.identity import UNKNOWN_SELF
from bot.errors import AccessDenied, SourceError
from bot.logic.arns import alarm_of
from bot.model.account import Account
from bot.model.alarm import Alarm, Contributor, Judged, Mute
from bot.model.observation import Window
from bot.ports.ask import Ask, Failure, Found
from bot.ports.fleet import Sweep

T = TypeVar("T", Alarm, Mute)
NAMES = 100
"""The most that DescribeAlarms takes by name (CloudWatch API reference)."""


class AwsAlarms:
    """`bot.ports.alarms.Alarms` over CloudWatch, bound to one ask."""

    def __init__(
        self, hub: Hub, fanout: Fanout, listing: AlarmListing, mutes: AlarmMutes, values: AlarmValues, ask: Ask
    ) -> None:
        self._hub = hub
        self._fanout = fanout
        self._listing = listing
        self._mutes = mutes
        self._values = values
        self._ask = ask

    @needs("cloudwatch:DescribeAlarms", "tag:GetResources")
    def listed(self, known: Iterable[Alarm], *, tags: bool) -> Found[Sweep[Alarm]]:
        """A listing per account and Region; what of it could not be read is a failure beside it."""
        before = {alarm.arn: alarm.tags for alarm in known}
        return self._swept(partial(self._listing.all, self._ask, before, anew=tags))

    @needs("cloudwatch:ListAlarmMuteRules", "cloudwatch:GetAlarmMuteRule")
    def mutes(self, known: Iterable[Mute]) -> Found[Sweep[Mute]]:
        """A listing per account and Region, and a call for each rule that is new or changed."""
        before = {mute.arn: mute for mute in known}
        return self._swept(partial(self._mutes.all, self._ask, before))

    @needs("cloudwatch:DescribeAlarms")
    def described(self, arns: Collection[str]) -> Found[Alarm]:
        """By account and Region, then name."""
        began = time.monotonic()
        accounts = {account.id: account for account in self._ask.scope.accounts}
        named: dict[Target, list[str]] = {}
        for region, account_id, name in filter(None, map(alarm_of, dict.fromkeys(arns))):
            if account_id in accounts:
                named.setdefault(Target(accounts[account_id], region), []).append(name)
        jobs = [
            Job(target.account, target.region, partial(self._listing.some, self._ask, target, some))
            for target, names in named.items()
            for some in _chunks(names)
        ]
        answers = self._fanout.answers(self._ask, jobs)
        found = gather(jobs, answers, began)
        alarms = tuple(alarm for some in found.items for alarm in some)
        return Found(alarms, found.failures, len(named), found.took_s)

    @needs("cloudwatch:DescribeAlarmContributors")
    def series(self, alarm: Alarm) -> tuple[Contributor, ...]:
        """Page by page. Raises SourceError."""
        target = self._home(alarm)
        read = partial(self._listing.contributors, self._ask, target, alarm.name)
        return self._fanout.one(self._ask, Job(target.account, target.region, read))

    @needs("cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData")
    def judged(self, alarm: Alarm, window: Window) -> Judged | None:
        """By the alarm's own account. Raises SourceError."""
        target = self._home(alarm)
        read = partial(self._values.of, target, alarm, window)
        return self._fanout.one(self._ask, Job(target.account, target.region, read))

    def _home(self, alarm: Alarm) -> Target:
        """Raises AccessDenied."""
        account = next((a for a in self._ask.scope.accounts if a.id == alarm.account_id), None)
        if account is None:
            cause = f"account {alarm.account_id} is not among those that may be asked"
            raise AccessDenied(cause, "Ask an admin.")
        return Target(account, alarm.region)

    def _swept(self, read: Callable[[Target], Read[T]]) -> Found[Sweep[T]]:
        began = time.monotonic()
        try:
            targets = self._targets()
        except SourceError as error:
            asked = self._ask.scope.targets()
            return Found((), tuple(Failure(*target, error) for target in asked), len(asked), time.monotonic() - began)
        jobs = [Job(t.account, t.region, partial(read, t)) for t in targets]
        answers = self._fanout.answers(self._ask, jobs)
        sweeps: list[Sweep[T]] = []
        failures = list(failures_of(jobs, answers))
        for job, answer in zip(jobs, answers, strict=True):
            if not isinstance(answer, SourceError):
                sweeps.append(answer.sweep)
                failures += (Failure(job.account, job.region, lack) for lack in answer.lacks)
        return Found(tuple(sweeps), once(failures), len(jobs), time.monotonic() - began)

    def _targets(self) -> tuple[Target, ...]:
        """The scope's, and the observability account in the Regions of the question. Raises SourceError."""
        scope, own = self._ask.scope, self._own()
        found = {(account.id, region): Target(account, region) for account, region in scope.targets()}
        for region in scope.regions or own.regions:
            found.setdefault((own.id, region), Target(own, region))
        return tuple(found.values())

    def _own(self) -> Account:
        known = self._hub.own_if_known()
        return known or self._fanout.one(self._ask, Job(UNKNOWN_SELF, self._hub.regions[0], self._hub.own_account))


def _chunks(names: Sequence[str]) -> Iterable[Sequence[str]]:
    return (names[first : first + NAMES] for first in range(0, len(names), NAMES))
