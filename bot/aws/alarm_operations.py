"""What is changed of alarms: each act with a session of its own, in the name of the person who asked for it."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from bot.aws.actions import needs
from bot.aws.alarm_listing import AlarmListing
from bot.aws.alarm_mutes import RESOURCE
from bot.aws.alarm_requests import alarm_request, differs, made, mute_request
from bot.aws.cloudwatch import CloudWatch
from bot.aws.errors import where
from bot.aws.fanout import Fanout, Job
from bot.aws.hub import Errand, Hub, Target
from bot.aws.identity import UNKNOWN_SELF
from bot.aws.turns import Turns
from bot.errors import Conflict, Missing, NotAllowed, SourceError
from bot.logic.alarm_actions import scaling, told
from bot.logic.alarm_rights import concerned
from bot.logic.mutes import OURS, planned
from bot.logic.words import listing
from bot.model.account import Account
from bot.model.alarm import ASKED_BY, MADE_BY, US, Alarm, AlarmPlan, Mute
from bot.ports.ask import Ask

T = TypeVar("T")


class AwsAlarmOperations:
    """`bot.ports.alarms.AlarmOperations` over CloudWatch, bound to one ask."""

    def __init__(
        self, hub: Hub, cloudwatch: CloudWatch, fanout: Fanout, listing: AlarmListing, turns: Turns, ask: Ask
    ) -> None:
        """`turns` are those at the names of alarms that are made, of the whole process."""
        self._hub = hub
        self._cloudwatch = cloudwatch
        self._fanout = fanout
        self._listing = listing
        self._turns = turns
        self._ask = ask

    @needs("cloudwatch:PutMetricAlarm", holder="operate")
    def create(self, plan: AlarmPlan) -> Alarm:
        """Where the metric's account is linked: in the observability account. Raises Conflict, SourceError."""
        metric = plan.query.metric
        self._cover({metric.account_id})
        self._own()
        target = self._cloudwatch.way(self._account(metric.account_id), metric.region).asked
        whose = {MADE_BY: US, ASKED_BY: self._ask.person.id}
        tagged = replace(plan, tags=tuple(sorted({**dict(plan.tags), **whose}.items())))
        arn = self._hub.arn(target, "cloudwatch", f"alarm:{plan.name}")
        errand = Errand("cloudwatch", "PutMetricAlarm", (arn,), ("cloudwatch:TagResource",))

        def act() -> Alarm:
            with self._turns.of(arn, self._ask.left_s()) as mine:
                if not mine:
                    said = f"somebody else is making the alarm {plan.name} in {where(target.account)}"
                    raise Conflict(said, "Nothing was made. Look at /ml alarms, then try again.")
                if self._listing.one(self._ask, target, plan.name) is not None:
                    said = f"{where(target.account)} has an alarm {plan.name} already"
                    raise Conflict(said, "Nothing was made. /ml alarm new shows that one, and asks before a second.")
                self._hub.act(target, self._ask.person, errand, **alarm_request(tagged, target.account.id))
                self._refuse_overwritten(target, tagged, arn)
            return made(tagged, arn, target.account.id, self._ask.now)

        return self._at(target, act)

    def _refuse_overwritten(self, target: Target, plan: AlarmPlan, arn: str) -> None:
        """Raises Conflict where another process made one of that name in the same moment.

        CloudWatch takes the settings of who came last and keeps the tags of who came first (API reference,
        PutMetricAlarm: "any tags you specify in this parameter are ignored" for an alarm that there is already).
        """
        try:
            there, tags = self._listing.one(self._ask, target, plan.name), self._tags(target, arn)
        except SourceError:  # it is made: what could not be read again is no reason to say otherwise
            return
        first = tags.get(ASKED_BY, self._ask.person.id)
        if first != self._ask.person.id or (there is not None and differs(there, plan)):
            said = f"somebody else made the alarm {plan.name} in {where(target.account)} at the same moment"
            raise Conflict(said, "One's settings replaced the other's: /ml alarms refresh=yes tells which hold.")

    @needs("cloudwatch:DeleteAlarms", holder="operate")
    def delete(self, alarm: Alarm) -> None:
        """Raises NotAllowed, Conflict, SourceError."""
        self._cover(concerned(alarm))
        target = self._target(alarm.account_id, alarm.region)

        def act() -> None:
            if not alarm.name.startswith(OURS) or self._tags(target, alarm.arn).get(MADE_BY) != US:
                raise NotAllowed(f"{alarm.name} was not made by Sagewatch", "Delete it where it was made.")
            if parents := self._listing.parents(self._ask, target, alarm.name):
                said = f"{alarm.name} is part of {listing(parents)}"
                raise Conflict(said, "Take it out of that alarm's rule first.")
            errand = Errand("cloudwatch", "DeleteAlarms", (alarm.arn,))
            self._hub.act(target, self._ask.person, errand, AlarmNames=[alarm.name])

        self._at(target, act)

    @needs("cloudwatch:PutAlarmMuteRule", holder="operate")
    def mute(self, alarm: Alarm, until: datetime, *, incident: int | None = None, reason: str = "") -> Mute:
        """As a rule of its own. Raises NotAllowed, Conflict, Missing, SourceError."""
        self._cover(concerned(alarm))
        target, window = self._target(alarm.account_id, alarm.region), planned(self._ask.now, until)
        name = _rule_name(self._ask, alarm, incident)
        arn = self._hub.arn(target, "cloudwatch", f"{RESOURCE.strip(':')}:{name}")
        why = _why(self._ask, incident, reason)

        def act() -> Mute:
            self._refuse(alarm, self._listing.one(self._ask, target, alarm.name))
            errand = Errand("cloudwatch", "PutAlarmMuteRule", (arn, alarm.arn))
            self._hub.act(target, self._ask.person, errand, **mute_request(name, alarm.name, window, why))
            place = (alarm.account_id, alarm.region)
            return Mute(arn, name, *place, (alarm.name,), window.start, window.end, active=False, description=why)

        return self._at(target, act)

    @needs("cloudwatch:DeleteAlarmMuteRule", holder="operate")
    def unmute(self, mute: Mute) -> None:
        """Raises NotAllowed, SourceError."""
        if not mute.name.startswith(OURS) or len(mute.alarms) != 1:
            raise NotAllowed(f"the mute rule {mute.name} was not made by Sagewatch", "End it where it was made.")
        target = self._target(mute.account_id, mute.region)
        alarm = self._at(target, lambda: self._listing.one(self._ask, target, mute.alarms[0]))
        self._cover(concerned(alarm) if alarm else {mute.account_id})
        errand = Errand("cloudwatch", "DeleteAlarmMuteRule", (mute.arn,))
        self._at(target, lambda: self._hub.act(target, self._ask.person, errand, AlarmMuteRuleName=mute.name))

    def _refuse(self, shown: Alarm, now: Alarm | None) -> None:
        """Unless it is as its operator saw it, and scales nothing."""
        if now is None:
            raise Missing(f"there is no alarm {shown.name} any more", "/ml alarms refresh=yes lists those that are.")
        if scales := scaling(now):
            said = f"{shown.name} scales a model: {listing(tuple(map(told, scales)))}"
            raise NotAllowed(said, "A mute would hold that back too: snooze the incident, which silences Slack alone.")
        if set(now.actions) != set(shown.actions):
            raise Conflict(f"{shown.name} does other things now than were listed", "Look at it again, then mute it.")

    @needs("cloudwatch:ListTagsForResource")
    def _tags(self, target: Target, arn: str) -> dict[str, str]:
        said = self._hub.call(target, "cloudwatch", "ListTagsForResource", ResourceARN=arn)
        return {str(tag["Key"]): str(tag["Value"]) for tag in said.get("Tags", ())}

    def _cover(self, account_ids: Iterable[str]) -> None:
        """Raises NotAllowed where the asker's role does not reach."""
        covered = {account.id for account in self._ask.scope.accounts}
        if missing := sorted(set(account_ids) - covered):
            raise _uncovered(missing[0])

    def _target(self, account_id: str, region: str) -> Target:
        return Target(self._account(account_id), region)

    def _account(self, account_id: str) -> Account:
        """Of the scope, or the observability account: whose alarms concern others is asked apart."""
        for account in (self._own(), *self._ask.scope.accounts):
            if account.id == account_id:
                return account
        raise _uncovered(account_id)

    def _own(self) -> Account:
        known = self._hub.own_if_known()
        return known or self._fanout.one(self._ask, Job(UNKNOWN_SELF, self._hub.regions[0], self._hub.own_account))

    def _at(self, target: Target, act: Callable[[], T]) -> T:
        return self._fanout.one(self._ask, Job(target.account, target.region, act))


def _uncovered(account_id: str) -> NotAllowed:
    return NotAllowed(f"Your role does not cover the account {account_id}.", "Ask an admin.")


def _rule_name(ask: Ask, alarm: Alarm, incident: int | None) -> str:
    """Of whom, for what and on which alarm: the same again moves the rule's end."""
    about = f"incident-{incident}" if incident is not None else "alarm"
    return f"{OURS}{ask.person.id}-{about}-{hashlib.sha256(alarm.arn.encode()).hexdigest()[:8]}"


def _why(ask: Ask, incident: int | None, reason: str) -> str:
    about = f" for incident {incident}" if incident is not None else ""
    return f"Muted in Slack by {ask.person.name} ({ask.person.id}){about}{f': {reason}' if reason else ''}"
