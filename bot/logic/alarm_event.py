"""Alarms as EventBridge tells of them (CloudWatch User Guide: "Alarm events and EventBridge").

State changes name no comparison, threshold, missing-data treatment or actions: configuration changes do.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bot.errors import Malformed
from bot.logic.alarm_queries import EVENT, MOST_QUERIES, Queries, children, queries
from bot.logic.alarm_reason import why
from bot.logic.arns import alarm_arn, alarm_of
from bot.logic.aws_json import Told
from bot.model.alarm import Alarm, AlarmChange, AlarmGone, AlarmKind, AlarmState, Contributor
from bot.model.event import Event

SOURCE: Final = "aws.cloudwatch"
MOST_NAME: Final = 255
"""Characters of an alarm's name (CloudWatch API reference)."""
MOST_ACTIONS: Final = 5
MOST_POINTS: Final = 10_000
STATES: Final = {state.value: state for state in AlarmState}
CREATED: Final = "Unchecked: Initial alarm creation"
"""The reason of the state that an alarm begins with."""
_TREATMENT: Final = {word.casefold(): word for word in ("breaching", "notBreaching", "ignore", "missing")}


def change(event: Event) -> AlarmChange:
    """Of a state change, of an alarm or of one of its series. Raises Malformed."""
    detail = Told(event.detail, "detail.")
    state, before = detail.within("state"), detail.within("previousState")
    reason, why_ = state.words("reason"), why(state.words("reason"), str(state.said.get("reasonData") or ""))
    found = replace(
        _alarm(event, detail.within("configuration")),
        state=_state(state),
        state_at=state.when("timestamp"),
        reason=reason,
    )
    mute = detail.within("muteDetail")
    return AlarmChange(
        replace(found, comparison=found.comparison or why_.comparison, threshold=_either(found, why_.threshold)),
        previous=_state(before) if before.said and before.words("reason") != CREATED else None,
        heard="eventbridge",
        contributor=_contributor(detail),
        muted_by=mute.words("mutedByArn", 512),
        values=why_.values,
        limit=why_.edge,
    )


def gone(event: Event) -> AlarmGone:
    """Of a deletion. Raises Malformed."""
    detail = Told(event.detail, "detail.")
    state = detail.within("state")
    found = _alarm(event, detail.within("configuration"))
    return AlarmGone(replace(found, state=_state(state), state_at=state.when("timestamp")), event.at)


def arn_of(event: Event) -> str:
    """The alarm that an event is about, which must be its sender's. Raises Malformed."""
    name = Told(event.detail, "detail.").needed("alarmName", MOST_NAME)
    for resource in event.resources:
        if (parts := alarm_of(resource)) is not None:
            if parts != (event.region, event.account_id, name):
                raise Malformed(f"resources: {resource[:300]} is not the alarm of the detail and its account")
            return resource
    return alarm_arn(event.region, event.account_id, name)


def treatment(text: str) -> str:
    """Of missing data: older messages say `- TreatMissingData: NonBreaching`."""
    word = text.rpartition(":")[2].strip().casefold()
    return "notBreaching" if word == "nonbreaching" else _TREATMENT.get(word, "")


def _alarm(event: Event, told: Told) -> Alarm:
    """As far as the configuration tells; its state is another's to fill in."""
    found = queries(told.each("metrics", MOST_QUERIES), EVENT, event.account_id, event.region)
    rule = told.words("alarmRule", 10_240)
    actions = [arn for key in ("okActions", "alarmActions", "insufficientDataActions") for arn in told.lines(key, 20)]
    return Alarm(
        arn=arn_of(event),
        name=Told(event.detail, "detail.").needed("alarmName", MOST_NAME),
        account_id=event.account_id,
        region=event.region,
        kind=kind(found, rule, told.said),
        state=AlarmState.INSUFFICIENT_DATA,
        state_at=event.at,
        description=told.words("description"),
        watched=found.watched,
        expression=rule or found.expression,
        children=children(rule),
        comparison=told.words("comparisonOperator", 64),
        threshold=told.figure("threshold"),
        period_s=found.period_s,
        evaluation_periods=told.whole("evaluationPeriods", 1, MOST_POINTS),
        datapoints=told.whole("datapointsToAlarm", 1, MOST_POINTS),
        missing=treatment(told.words("treatMissingData", 64)),
        actions_enabled=told.flag("actionsEnabled", absent=True),
        actions=tuple(dict.fromkeys(actions)),
        changed_at=_changed_at(told),
    )


def kind(found: Queries, rule: str, said: Any) -> AlarmKind:
    """By what it has: a rule, queries, PromQL's criteria; one with none of them judges logs."""
    if rule:
        return "composite"
    if found.watched or found.expression:
        return found.kind
    return "promql" if any(key.casefold() == "evaluationcriteria" for key in said) else "log"


def _state(told: Told) -> AlarmState:
    return told.one_of("value", STATES, AlarmState.INSUFFICIENT_DATA) if "value" in told.said else _no_state(told)


def _no_state(told: Told) -> AlarmState:
    raise Malformed(f"{told.path}value lacks")


def _contributor(detail: Told) -> Contributor | None:
    told = detail.within("alarmContributor")
    return Contributor(told.needed("id", 64), told.pairs("attributes", 30)) if told.said else None


def _changed_at(told: Told) -> datetime | None:
    return told.when("timestamp") if "timestamp" in told.said else None


def _either(alarm: Alarm, threshold: float | None) -> float | None:
    return threshold if alarm.threshold is None else alarm.threshold
