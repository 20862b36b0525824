"""Whom an alarm is about: the account of its metric, the service, the family; or why nobody is told of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final, Literal

from bot.logic.alarm_event import MOST_NAME
from bot.logic.alarm_queries import selected
from bot.logic.alarm_reason import by_its_series
from bot.logic.arns import alarm_arn
from bot.logic.gauges import service_of_metric
from bot.logic.measures import RESOURCE, SCHEDULE, endpoint_of, kind_of, schedule_of
from bot.logic.plain import plain
from bot.logic.services import TAG, ruled, service_of, stem
from bot.model.alarm import Alarm, Contributor, Watched
from bot.model.around import Around
from bot.model.metric import Metric, MetricKind, Query
from bot.model.place import Family, Place, Service

SCALING: Final = "TargetTracking-"
"""How Application Auto Scaling names the alarms that it makes, whose low ones are in ALARM by design."""
_SCALING_TEXT: Final = "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy"
"""And how it describes them."""
_POLICY: Final = ":scalingPolicy:"
ACCOUNT: Final = "AWS.AccountId"
"""The attribute of a series over accounts (CloudWatch User Guide: Metrics Insights)."""
ANY_SERIES: Final = Contributor("")
"""Stands for whichever it is, where an alarm over many is told as one."""
MOST_LEVELS: Final = 5
"""Of alarms below a composite one. AWS has no bound, and takes rules that go round in a circle (PutCompositeAlarm)."""
_NAMES: Final = (*RESOURCE, *SCHEDULE)
_FAMILIES: Final = {
    MetricKind.MODEL_QUALITY: Family.MODEL_QUALITY,
    MetricKind.DATA_QUALITY: Family.DATA_QUALITY,
    MetricKind.BIAS: Family.BIAS,
    MetricKind.EXPLAINABILITY: Family.EXPLAINABILITY,
    MetricKind.TRAFFIC: Family.OPERATIONS,
    MetricKind.INSTANCES: Family.OPERATIONS,
}

Passed = Literal["made by Auto Scaling", "watching nothing of models", "told by its series"]
"""Why an alarm is counted and not told."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Whom it is about, and the metric that says so; None where a tag or the settings do."""

    place: Place
    service: Service
    watched: Watched | None


def sight(alarm: Alarm, contributor: Contributor | None, around: Around) -> Sight | Passed:
    """By its first metric of a model, else by its tag or the settings' list."""
    found = subject_matter(alarm, contributor, around)
    if isinstance(found, str):
        return found
    watched, family = found
    account_id, region = alarm.account_id, alarm.region
    if watched is not None:
        account_id, region = watched.query.metric.account_id, watched.query.metric.region
    service = _service(alarm, watched, around)
    return Sight(Place(account_id, region, service.name, family), service, watched)


def subject_matter(
    alarm: Alarm, contributor: Contributor | None, around: Around
) -> tuple[Watched | None, Family] | Passed:
    """What of models it watches; no metric where its tag or the settings' list say so."""
    if _is_scaling(alarm):
        return "made by Auto Scaling"
    if contributor is None and is_of_series(alarm):
        return "told by its series"
    found = next(_ours(alarm, contributor, around, {}), None)
    if found is not None:
        return found
    tag = dict(alarm.tags).get(TAG, "").strip()
    if tag or any(fnmatchcase(alarm.name, pattern) for pattern in around.names):
        return None, Family.OPERATIONS
    return "watching nothing of models"


def is_of_series(alarm: Alarm) -> bool:
    """Whether it judges many series, each by itself: then it only sums up what they say."""
    found = selected(alarm.expression)
    grouped = found is not None and found.grouped
    return grouped or alarm.kind == "promql" or by_its_series(alarm.reason)


def is_ours(metric: Metric, around: Around) -> Family | None:
    """The family of a metric of models; None of any other."""
    kind = kind_of(metric)
    if kind is not None:
        return _FAMILIES[kind]
    if metric.namespace.lstrip("/").casefold().startswith("aws/sagemaker"):
        return Family.OPERATIONS
    return around.namespaces.get(metric.namespace)


def children_of(alarm: Alarm) -> tuple[str, ...]:
    """The ARNs of a composite alarm's children, in its rule's order; all of one are in its account and Region."""
    named = (alarm.region, alarm.account_id)
    return tuple(child if child.startswith("arn:") else alarm_arn(*named, child) for child in alarm.children)


def _is_scaling(alarm: Alarm) -> bool:
    """By name, by description, or because it does nothing but scale."""
    if alarm.name.startswith(SCALING) or alarm.description.startswith(_SCALING_TEXT):
        return True
    return bool(alarm.actions) and all(_POLICY in action for action in alarm.actions)


def _ours(
    alarm: Alarm, contributor: Contributor | None, around: Around, seen: dict[str, int], level: int = 1
) -> Iterator[tuple[Watched, Family]]:
    """Its metrics of models in order; of a composite alarm its children's.

    `level` is its children's; `seen` has that of each at its highest, since what is below it may reach deeper there.
    """
    for watched in (*alarm.watched, *_series(alarm, contributor)):
        metric = _owned(watched.query.metric, alarm, around)
        family = is_ours(metric, around)
        if family is not None:
            same = metric is watched.query.metric
            yield watched if same else replace(watched, query=replace(watched.query, metric=metric)), family
    for arn in children_of(alarm) if level <= MOST_LEVELS else ():
        known = around.alarms.get(arn)
        if known is not None and seen.get(arn, MOST_LEVELS + 1) > level:
            seen[arn] = level
            yield from _ours(known, None, around, seen, level + 1)


def _series(alarm: Alarm, contributor: Contributor | None) -> tuple[Watched, ...]:
    """What a Metrics Insights query selects: of one series, the metric with what tells it apart."""
    found = selected(alarm.expression)
    if found is None:
        return ()
    attributes = dict(found.where) | dict(contributor.attributes if contributor else ())
    account_id = attributes.pop(ACCOUNT, alarm.account_id)
    dimensions = tuple(sorted(attributes.items()))
    metric = Metric(account_id, alarm.region, found.namespace, found.name, dimensions)
    return (Watched(Query(metric, found.stat), alarm.period_s or 0),)


def _owned(metric: Metric, alarm: Alarm, around: Around) -> Metric:
    """With the account that has its endpoint, where the alarm's own has none: EventBridge need not tell it."""
    name = endpoint_of(metric) or schedule_of(metric)
    if metric.account_id != alarm.account_id or not name:
        return metric
    owners = around.owners.get((metric.region, name), ())
    return replace(metric, account_id=owners[0]) if len(owners) == 1 else metric


def _service(alarm: Alarm, watched: Watched | None, around: Around) -> Service:
    """By the alarm's tag, by what the endpoint is known to belong to, by a rule, by a name's stem."""
    tags, name = dict(alarm.tags), plain(alarm.name, MOST_NAME)
    if tags.get(TAG, "").strip() or watched is None:
        return service_of(name, tags, around.rules)
    metric = watched.query.metric
    if resource := endpoint_of(metric) or schedule_of(metric):
        known = service_of_metric(metric, around.resources)
        by_rule = ruled(resource, around.rules) if known == stem(resource) else ""
        return Service(by_rule, "rule") if by_rule else Service(known, "name")
    named = metric.dimension("PipelineName", "Host").split("/")[0]
    return Service(stem(named or name), "name")
