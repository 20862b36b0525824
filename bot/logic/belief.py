"""What to believe of an alarm: EventBridge is AWS's own word, a topic's is a hint that CloudWatch has to confirm.

Whoever may publish to a topic can write any body: what resolves something is taken from CloudWatch alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from bot.logic.alarms import SAME, as_polled, is_same
from bot.model.alarm import Alarm, AlarmChange, AlarmState, Contributor

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
    """Whether only a topic told it."""
    return change.heard == "sns"


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
