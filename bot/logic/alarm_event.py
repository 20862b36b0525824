"""Alarms as EventBridge tells of them (CloudWatch User Guide: "Alarm events and EventBridge").

State changes name no comparison, threshold, missing-data treatment or actions: configuration changes do.
"""

from typing import Any, Final

from bot.errors import Malformed
from bot.logic.alarm_queries import EVENT, MOST_QUERIES, Queries, queries
from bot.logic.alarm_reason import Why, why
from bot.logic.alarm_rule import children
from bot.logic.arns import alarm_arn, alarm_of
from bot.logic.aws_json import MOST_RULE, Told
from bot.model.alarm import Alarm, AlarmChange, AlarmGone, AlarmKind, AlarmState, Contributor
from bot.model.event import Event

SOURCE: Final = "aws.cloudwatch"
MOST_NAME: Final = 255
"""Characters of an alarm's name (CloudWatch API reference)."""
_ACTIONS: Final = ("okActions", "alarmActions", "insufficientDataActions")
MOST_POINTS: Final = 10_000
STATES: Final = {state.value: state for state in AlarmState}
CREATED: Final = "Unchecked: Initial alarm creation"
"""The reason of the state that an alarm begins with."""
_TREATMENT: Final = {word.casefold(): word for word in ("breaching", "notBreaching", "ignore", "missing")}


def change(event: Event) -> AlarmChange:
    """Of a state change, of an alarm or of one of its series. Raises Malformed."""
    detail = Told(event.detail, "detail.")
    state, before = detail.within("state"), detail.within("previousState")
    found = why(state.words("reason"), str(state.said.get("reasonData") or ""))
    mute = detail.within("muteDetail")
    return AlarmChange(
        _alarm(event, detail, state, found),
        previous=_state(before) if before.said and before.words("reason") != CREATED else None,
        heard="eventbridge",
        contributor=_contributor(detail),
        muted_by=mute.words("mutedByArn", 512),
        values=found.values,
        limit=found.edge,
    )


def gone(event: Event) -> AlarmGone:
    """Of a deletion. Raises Malformed."""
    detail = Told(event.detail, "detail.")
    return AlarmGone(_alarm(event, detail, detail.within("state"), Why()), event.at)


def arn_of(event: Event) -> str:
    """The alarm that an event is about, which must be its sender's. Raises Malformed."""
    name = Told(event.detail, "detail.").identity("alarmName", MOST_NAME)
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


def _alarm(event: Event, detail: Told, state: Told, found: Why) -> Alarm:
    """As far as the configuration and the reason tell."""
    told = detail.within("configuration")
    seen = queries(told.each("metrics", MOST_QUERIES), EVENT, event.account_id, event.region)
    rule, threshold = told.words("alarmRule", MOST_RULE), told.figure("threshold")
    return Alarm(
        arn=arn_of(event),
        name=detail.identity("alarmName", MOST_NAME),
        account_id=event.account_id,
        region=event.region,
        kind=kind(seen, rule, told.said),
        state=_state(state),
        state_at=state.when("timestamp"),
        reason=state.words("reason"),
        description=told.words("description"),
        watched=seen.watched,
        expression=rule or seen.expression,
        children=children(told.naming("alarmRule", MOST_RULE)),
        comparison=told.words("comparisonOperator", 64) or found.comparison,
        threshold=found.threshold if threshold is None else threshold,
        period_s=seen.period_s,
        evaluation_periods=told.whole("evaluationPeriods", 1, MOST_POINTS),
        datapoints=told.whole("datapointsToAlarm", 1, MOST_POINTS),
        missing=treatment(told.words("treatMissingData", 64)),
        actions_enabled=told.flag("actionsEnabled", absent=True),
        actions=tuple(dict.fromkeys(arn for key in _ACTIONS for arn in told.lines(key, 20))),
        changed_at=told.when("timestamp") if "timestamp" in told.said else None,
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
