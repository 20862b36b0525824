"""Whose an alarm is: who changes it must have the role in every account that it is about."""

from bot.model.alarm import Alarm


def concerned(alarm: Alarm) -> frozenset[str]:
    """The accounts whose metrics it watches; its own where it names none, as one on other alarms or logs."""
    return frozenset(watched.query.metric.account_id for watched in alarm.watched) or frozenset({alarm.account_id})
