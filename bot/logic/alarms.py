"""A changed alarm as an observation: its row joins the card of what it watches, and says what CloudWatch saw."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from bot.logic import lint
from bot.logic.alarm_event import MOST_NAME
from bot.logic.alarm_reason import by_missing_data, why
from bot.logic.alarm_scope import ACCOUNT, ANY_SERIES, Passed, Sight, sight
from bot.logic.altering import altered
from bot.logic.measures import ENDPOINTS_OWN, endpoint_of, measure_of, schedule_of
from bot.logic.plain import plain
from bot.logic.services import unstamped
from bot.logic.units import Unit, unit_of
from bot.logic.words import shortened
from bot.model.alarm import Alarm, AlarmChange, AlarmGone, AlarmState, Contributor, Watched
from bot.model.alarm_series import alarm_and_series, series_arn
from bot.model.around import Around
from bot.model.observation import ALARM, DELETED, NO_DATA, Finding, Observation, Reading, Row, Subject, Verdict
from bot.model.report import Observed

SAME: Final = timedelta(seconds=1)
"""Two times of one change: EventBridge, SNS and DescribeAlarms need not agree to the last digit."""
MOST_WORDS: Final = 80
_VERDICTS: Final = {AlarmState.ALARM: Verdict.BAD, AlarmState.OK: Verdict.GOOD}


def observed(change: AlarmChange, around: Around) -> Observed | Passed:
    """What a change says, and of whom; or why it is counted only.

    A state without data judges nothing: it is blind, and neither resolves nor opens again. An alarm over many series
    tells of itself what none of them does: that there was nothing to judge, and that there is again.
    """
    alarm = change.alarm
    found = sight(alarm, change.contributor, around)
    sums_up = found == "told by its series"
    fires = sums_up and alarm.state is AlarmState.ALARM and not by_missing_data(alarm.reason)
    if fires and change.previous is AlarmState.OK:
        return "told by its series"
    if sums_up:
        found = sight(alarm, ANY_SERIES, around)
    if isinstance(found, str):
        return found
    verdict = _VERDICTS.get(alarm.state)
    blind = Finding(NO_DATA, Verdict.BLIND, note=alarm.reason or "CloudWatch has not enough data to judge it")
    said = _finding(change, verdict, found, around) if verdict else blind
    usual = {None, AlarmState.OK, alarm.state, *({AlarmState.ALARM} if sums_up else ())}
    observation = Observation(
        id=change.id,
        subject=subject(alarm, change.contributor, found.watched),
        at=alarm.state_at,
        findings=() if fires else (said,),
        complete=verdict is not None,
        cadence=cadence(alarm),
        detail=_detail(change),
        turned=change.previous not in usual,
    )
    return found.place, found.service, observation


def gone(deleted: AlarmGone, around: Around) -> Observed | Passed:
    """That an alarm was deleted: what it said ends, unless the same is made anew."""
    alarm = deleted.alarm
    found = sight(alarm, None, around)
    if isinstance(found, str):
        return found
    who, finding = subject(alarm, None, found.watched), Finding(DELETED, Verdict.GONE)
    said = Observation(deleted.id, who, deleted.at, (finding,), complete=False, cadence=cadence(alarm))
    return found.place, found.service, said


def gone_series(deleted: AlarmGone, series: Subject) -> Observation:
    """The same of one of its series, which nobody tells of by itself."""
    mark = f"{deleted.id}:{alarm_and_series(series.arn)[1]}"
    return Observation(mark, series, deleted.at, (Finding(DELETED, Verdict.GONE),), complete=False)


def gone_subject(deleted: AlarmGone, heard: Subject) -> Observation:
    """The same of an alarm, or of one of its series, as an incident knows it."""
    if heard.arn != deleted.alarm.arn:
        return gone_series(deleted, heard)
    finding, rhythm = Finding(DELETED, Verdict.GONE), cadence(deleted.alarm)
    return Observation(deleted.id, heard, deleted.at, (finding,), complete=False, cadence=rhythm)


def quiet_series(last: Observation, at: datetime) -> Observation:
    """That one of an alarm's series fires no more, after what was heard of it last."""
    return Observation(f"{last.id}:over", last.subject, at, (), complete=True, cadence=last.cadence)


def as_polled(alarm: Alarm) -> AlarmChange:
    """The change that an alarm's state tells of, as DescribeAlarms does."""
    found = why(alarm.reason)
    return AlarmChange(alarm, None, "poll", values=found.values, limit=found.edge)


def filled(change: AlarmChange, known: Alarm | None) -> AlarmChange:
    """With what the alarm's description tells beside: EventBridge's state changes name little of the configuration."""
    if known is None:
        return change
    said = change.alarm
    same = said.watched == known.watched or _plainly(said.watched) == _plainly(known.watched)
    alarm = altered(
        said,
        watched=known.watched if same or not said.watched else said.watched,
        comparison=said.comparison or known.comparison,
        threshold=known.threshold if said.threshold is None else said.threshold,
        period_s=said.period_s or known.period_s,
        evaluation_periods=said.evaluation_periods or known.evaluation_periods,
        datapoints=said.datapoints or known.datapoints,
        missing=said.missing or known.missing,
        actions=said.actions or known.actions,
        actions_enabled=known.actions_enabled,
        changed_at=said.changed_at or known.changed_at,
        children=said.children or known.children,
        tags=said.tags or known.tags,
    )
    return altered(change, alarm=alarm)


def is_same(change: AlarmChange, alarm: Alarm) -> bool:
    """Whether an alarm is in the state that a change brought it to, since then."""
    told = change.alarm
    return (told.arn, told.state) == (alarm.arn, alarm.state) and abs(told.state_at - alarm.state_at) <= SAME


def cadence(alarm: Alarm) -> timedelta | None:
    """How soon it can change again: its periods that must breach; None of one that has no period."""
    if not alarm.period_s:
        return None
    return timedelta(seconds=alarm.period_s * (alarm.datapoints or alarm.evaluation_periods or 1))


def subject(alarm: Alarm, contributor: Contributor | None, watched: Watched | None) -> Subject:
    """An alarm, or one of its series, which speaks for itself."""
    resource = ""
    if watched is not None:
        resource = endpoint_of(watched.query.metric) or schedule_of(watched.query.metric)
    shown = plain(alarm.name, MOST_NAME)
    if contributor is None:
        return Subject(alarm.arn, shown, resource)
    return Subject(series_arn(alarm.arn, contributor.id), _named(shown, contributor), resource)


def row(alarm: Alarm, contributor: Contributor | None) -> Row:
    """What stays the same when the alarm is made anew, or its series is of the endpoint's next deployment."""
    shown = plain(alarm.name, MOST_NAME)
    return _row(f"{ALARM}{_named(unstamped(shown), contributor)}", alarm.comparison)


@lru_cache(8192)
def _row(metric: str, check: str) -> Row:
    """The same each time: what is looked up by its row finds it without being compared."""
    return Row(metric, check)


def _named(name: str, contributor: Contributor | None) -> str:
    told = ", ".join(unstamped(v) for k, v in (contributor.attributes if contributor else ()) if k != ACCOUNT)
    return f"{name} ({told})" if told else name


def _finding(change: AlarmChange, verdict: Verdict, found: Sight, around: Around) -> Finding:
    alarm = change.alarm
    measured, unit = _measured(alarm, found.watched)
    limit = alarm.threshold if change.limit is None else change.limit
    reading = Reading(
        unit.value(change.values[0]) if change.values else None,
        None if limit is None else unit.value(limit),
        missing=verdict is Verdict.BAD and by_missing_data(alarm.reason),
    )
    hint = _hint(alarm, found, around) if verdict is Verdict.BAD else ""
    return Finding(row(alarm, change.contributor), verdict, reading, alarm.reason, measured, hint)


def _hint(alarm: Alarm, found: Sight, around: Around) -> str:
    """What makes one doubt that it is right to fire."""
    hints = lint.hints(alarm, lint.cadence_of(found.watched, around.schedules))
    return " ".join(hint.said for hint in hints if hint.rule in lint.ON_CARDS)


def _measured(alarm: Alarm, watched: Watched | None) -> tuple[str, Unit]:
    """What the numbers are of, in words, and the unit that people read them in; an expression's are of no unit."""
    if alarm.kind == "composite":
        return "other alarms", Unit()
    if alarm.kind == "math" and alarm.expression:
        return shortened(alarm.expression.splitlines()[0], MOST_WORDS), Unit()
    if watched is None:
        return "", Unit()
    query = watched.query
    if query.metric.name not in ENDPOINTS_OWN:
        return measure_of(query.metric).title, Unit()
    unit = unit_of(query, watched.period_s)
    return f"{query.metric.name} ({', '.join(filter(None, (query.stat, unit.label)))})", unit


def _detail(change: AlarmChange) -> str:
    """What has to be known of how it was heard."""
    if change.muted_by:
        rule = change.muted_by.rpartition(":")[2]
        return f"The mute rule {shortened(rule, MOST_WORDS)} held the alarm's actions back."
    return "Only a topic told it: CloudWatch could not be asked." if change.heard == "sns" else ""


def _plainly(watched: tuple[Watched, ...]) -> list[tuple[object, ...]]:
    """Apart from whose they are."""
    return sorted((w.query.metric.namespace, w.query.metric.name, w.query.metric.dimensions) for w in watched)
