"""Alarms as DescribeAlarms tells of them (API reference: MetricAlarm, CompositeAlarm, LogAlarm); taken as sent."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import get_args

from bot.aws.hub import Answer
from bot.errors import Malformed
from bot.log import LOG
from bot.logic.alarm_event import MOST_NAME, MOST_POINTS, STATES, treatment
from bot.logic.alarm_queries import MOST_PERIOD_S, MOST_QUERIES, NOTIFICATION, Queries, metric, queries
from bot.logic.alarm_rule import children
from bot.logic.arns import alarm_of
from bot.logic.aws_json import MOST_ARN, MOST_RULE, Told
from bot.model.alarm import Alarm, AlarmKind, AlarmState, Suppressed, Watched
from bot.model.metric import Query

TYPES = ("MetricAlarm", "CompositeAlarm", "LogAlarm")
"""All there are; who names none gets metric alarms only."""
_ACTIONS = ("OKActions", "AlarmActions", "InsufficientDataActions")


def alarms_of(page: Answer) -> Iterator[Alarm | Malformed]:
    """Those of a page, in its order by type; one that cannot be read is its error."""
    for kind in TYPES:
        for row in page.get(f"{kind}s", ()):
            try:
                yield _alarm(Told({key: value for key, value in row.items() if value is not None}), kind)
            except Malformed as error:
                LOG.warning("alarm not read", cause=error.cause)
                yield error


def _alarm(row: Told, kind: str) -> Alarm:
    name, arn = row.identity("AlarmName", MOST_NAME), row.identity("AlarmArn", MOST_ARN)
    parts = alarm_of(arn)
    if parts is None or parts[2] != name:
        raise Malformed("AlarmArn is not the ARN of AlarmName")
    moved = "StateTransitionedTimestamp" if "StateTransitionedTimestamp" in row.said else "StateUpdatedTimestamp"
    changed = "AlarmConfigurationUpdatedTimestamp"
    common = Alarm(
        arn=arn,
        name=name,
        account_id=parts[1],
        region=parts[0],
        kind="metric",
        state=row.one_of("StateValue", STATES, AlarmState.INSUFFICIENT_DATA),
        state_at=row.when(moved),
        reason=row.words("StateReason"),
        description=row.words("AlarmDescription"),
        comparison=row.words("ComparisonOperator", 64),
        threshold=row.figure("Threshold"),
        evaluation_periods=row.whole("EvaluationPeriods", 1, MOST_POINTS),
        datapoints=row.whole("DatapointsToAlarm", 1, MOST_POINTS),
        missing=treatment(row.words("TreatMissingData", 255)),
        actions_enabled=row.flag("ActionsEnabled", absent=True),
        actions=tuple(dict.fromkeys(arn for key in _ACTIONS for arn in row.lines(key, 20))),
        changed_at=row.when(changed) if changed in row.said else None,
    )
    return _READERS[kind](common, row)


def _metric(common: Alarm, row: Told) -> Alarm:
    """On a metric, an expression, a query or PromQL."""
    promql = row.within("EvaluationCriteria").within("PromQLCriteria").words("Query", 10_000)
    found = _queries(common, row)
    kind: AlarmKind = "promql" if promql else found.kind
    period = found.period_s or row.whole("EvaluationInterval", 1, MOST_PERIOD_S)
    expression = promql or found.expression
    return replace(common, kind=kind, watched=found.watched, expression=expression, period_s=period)


def _queries(common: Alarm, row: Told) -> Queries:
    place = (common.account_id, common.region)
    if "MetricName" not in row.said:
        return queries(row.each("Metrics", MOST_QUERIES), NOTIFICATION, *place)
    stat = row.words("ExtendedStatistic", 64) or row.words("Statistic", 64)
    period = row.whole("Period", 1, MOST_PERIOD_S)
    return Queries("metric", (Watched(Query(metric(row, NOTIFICATION, *place), stat), period or 0),), "", period)


def _composite(common: Alarm, row: Told) -> Alarm:
    rule, suppressor = row.words("AlarmRule", MOST_RULE), row.naming("ActionsSuppressor", MOST_ARN)
    named = alarm_of(suppressor)
    by = row.words("ActionsSuppressedBy", 64)
    return replace(
        common,
        kind="composite",
        expression=rule,
        children=children(row.naming("AlarmRule", MOST_RULE)),
        suppressor=named[2] if named else suppressor,
        suppressed_by=next((each for each in get_args(Suppressed) if each == by), ""),
    )


def _log(common: Alarm, row: Told) -> Alarm:
    """On what a query of logs finds; its results stand where another's datapoints do."""
    return replace(
        common,
        kind="log",
        expression=row.within("ScheduledQueryConfiguration").words("QueryString", 10_000),
        evaluation_periods=row.whole("QueryResultsToEvaluate", 1, MOST_POINTS),
        datapoints=row.whole("QueryResultsToAlarm", 1, MOST_POINTS),
    )


_READERS: dict[str, Callable[[Alarm, Told], Alarm]] = dict(zip(TYPES, (_metric, _composite, _log), strict=True))
