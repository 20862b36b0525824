"""What to believe of an alarm: EventBridge is AWS's own word, a topic's is a hint that CloudWatch has to confirm.

Whoever may publish to a topic can write any body: what resolves something is taken from CloudWatch alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from bot.logic.alarms import SAME, as_polled, is_same
from bot.model.alarm import Alarm, AlarmChange, AlarmGone, AlarmState, Contributor
from bot.model.news import Look, News

Doubt = Literal["CloudWatch could not be asked", "there is no such alarm", "CloudWatch says otherwise"]
"""Why a topic's word is not taken, now: it may be earlier than what CloudWatch shows."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What CloudWatch said of an alarm that was asked for."""

    asked: bool
    """False where the account did not answer."""
    alarm: Alarm | None = None
    """None where there is none of that ARN."""
    series: tuple[Contributor, ...] | None = None
    """Of an alarm over many series, those that are in ALARM; None where that is not known."""


def needs_asking(change: AlarmChange) -> bool:
    """Whether only a topic told it, or may have."""
    return change.heard in {"sns", "either"}


def is_good(news: News | None) -> bool:
    """Whether it ends what an alarm said."""
    return isinstance(news, AlarmGone) or (isinstance(news, AlarmChange) and news.alarm.state is AlarmState.OK)


def doubted(good: News | None) -> News | None:
    """What looks like EventBridge's word, where topics fill the same queue: raw delivery has a message look so, too.

    An OK is confirmed as a topic's is. That an alarm was deleted is left to the poll, which lists those that are there.
    """
    if isinstance(good, AlarmGone):
        return Look(good.alarm.account_id, good.alarm.region, good.alarm.arn, "alarm")
    return replace(good, heard="either") if isinstance(good, AlarmChange) and good.heard == "eventbridge" else good


def believed(told: AlarmChange, answer: Answer) -> tuple[AlarmChange, ...] | Doubt:
    """What of a topic's word holds, oldest first, with what CloudWatch says beyond it.

    That something is bad is taken where nobody can be asked: an alarm is not lost for that.
    """
    if not answer.asked:
        return (told,) if told.alarm.state is AlarmState.ALARM else "CloudWatch could not be asked"
    if answer.alarm is None:
        return "there is no such alarm"
    if told.contributor is not None:
        return _of_series(told, told.contributor, answer.alarm, answer.series)
    now = answer.alarm
    if is_same(told, now):
        return (replace(as_polled(now), alarm=_since(now, told), previous=told.previous),)
    if now.state_at - told.alarm.state_at > SAME:
        newer = as_polled(now)
        return (_placed(told, now), newer) if told.alarm.state is AlarmState.ALARM else (newer,)
    return "CloudWatch says otherwise"


def _of_series(
    told: AlarmChange, one: Contributor, now: Alarm, series: Iterable[Contributor] | None
) -> tuple[AlarmChange, ...] | Doubt:
    """One of many: CloudWatch says which of them are in ALARM, and of the others nothing."""
    firing = None if series is None else {each.id: each for each in series}
    if firing is not None and one.id in firing:
        said = replace(_placed(told, now), contributor=firing[one.id], heard="poll")
        return (said,) if told.alarm.state is AlarmState.ALARM else "CloudWatch says otherwise"
    if firing is None and now.state is AlarmState.ALARM and told.alarm.state is not AlarmState.ALARM:
        return "CloudWatch could not be asked"
    fires = firing is None and now.state is AlarmState.ALARM
    if fires is not (told.alarm.state is AlarmState.ALARM):
        return "CloudWatch says otherwise"
    return (replace(_placed(told, now), heard="poll"),)


def _placed(told: AlarmChange, now: Alarm) -> AlarmChange:
    """The state that was told, of the alarm as CloudWatch describes it: no body says what an alarm watches."""
    said = told.alarm
    return replace(told, alarm=replace(now, state=said.state, state_at=said.state_at, reason=said.reason))


def _since(now: Alarm, told: AlarmChange) -> Alarm:
    """At the time that was told: EventBridge tells the same one."""
    return replace(now, state_at=told.alarm.state_at)
