"""Alarms: made, changed, deleted, and set into a state by hand. Nothing here evaluates them.

Source: API reference, PutMetricAlarm, PutCompositeAlarm, DeleteAlarms, SetAlarmState; "Could not save the composite
alarm …" and "Cannot delete …" as AWS says it (awsdocs/aws-cloudformation-user-guide#911,
cloud-custodian/cloud-custodian#7763).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sandbox.aws.cloudwatch.alarm_actions import refuse_actions
from sandbox.aws.cloudwatch.alarm_checks import refuse_name, refuse_wrong
from sandbox.aws.cloudwatch.alarm_describing import AlarmStores
from sandbox.aws.cloudwatch.alarm_rules import Rule, parse
from sandbox.aws.cloudwatch.alarm_store import COMPOSITE, METRIC, AlarmStore
from sandbox.aws.cloudwatch.alarm_tags import given
from sandbox.aws.cloudwatch.data import See
from sandbox.aws.cloudwatch.expression import Flaw
from sandbox.aws.cloudwatch.insights_syntax import is_query
from sandbox.aws.cloudwatch.queries import invalid
from sandbox.aws.errors import AwsError, NotImplementedInSandbox
from sandbox.aws.operations import Request, Values, operation

MOST_PARENTS = 150
MOST_QUERY_ALARMS = 200
_SUPPRESSION = ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


class Alarms:
    """What changes alarms."""

    def __init__(self, stores: AlarmStores, see: See, now: Callable[[], datetime]) -> None:
        self._stores = stores
        self._see = see
        self._now = now

    @operation("cloudwatch", "PutMetricAlarm")
    def put_metric(self, request: Request) -> Values:
        """On a metric, an expression or a Metrics Insights query; of linked accounts too."""
        params, store = request.params, self._store(request)
        refuse_wrong(params, request.region)
        sight = self._see(request.account, request.region)
        for query in params.get("Metrics", ()):
            sight.account(query.get("AccountId"))
        with store.lock:
            _refuse_other_kind(store, params["AlarmName"], METRIC)
            _refuse_too_many_queries(store, params)
            store.put(params["AlarmName"], METRIC, params, given(params), self._now())
        return {}

    @operation("cloudwatch", "PutCompositeAlarm")
    def put_composite(self, request: Request) -> Values:
        """On other alarms of this account and Region, which must be there."""
        params, store = request.params, self._store(request)
        refuse_name(params["AlarmName"])
        if "ActionConfiguration" in params:
            raise NotImplementedInSandbox("the propagation of alarms' tags")
        refuse_actions(params, request.region, composite=True)
        rule = _rule(params["AlarmRule"])
        with store.lock:
            _refuse_other_kind(store, params["AlarmName"], COMPOSITE)
            _refuse_children(store, params["AlarmName"], rule)
            _refuse_suppression(store, params)
            store.put(params["AlarmName"], COMPOSITE, params, given(params), self._now())
        return {}

    @operation("cloudwatch", "DeleteAlarms")
    def delete(self, request: Request) -> Values:
        """Names that there are not are no error; a child of a composite alarm stays as long as that does."""
        store, names = self._store(request), list(dict.fromkeys(request.params["AlarmNames"]))
        with store.lock:
            found = [alarm for alarm in map(store.alarm, names) if alarm is not None]
            if sum(alarm.kind == COMPOSITE for alarm in found) > 1:
                raise invalid("No more than one composite alarm can be deleted in one operation")
            held = [alarm.name for alarm in found if store.parents(alarm.name)]
            if held:
                which = "it" if len(held) == 1 else "them"
                raise invalid(f"Cannot delete {','.join(held)} as there are composite alarm(s) depending on {which}.")
            store.delete(names, self._now())
        return {}

    @operation("cloudwatch", "EnableAlarmActions")
    def enable(self, request: Request) -> Values:
        """Actions happen again."""
        self._store(request).enable(request.params["AlarmNames"], self._now(), enabled=True)
        return {}

    @operation("cloudwatch", "DisableAlarmActions")
    def disable(self, request: Request) -> Values:
        """No action happens, whatever the state."""
        self._store(request).enable(request.params["AlarmNames"], self._now(), enabled=False)
        return {}

    @operation("cloudwatch", "SetAlarmState")
    def set_state(self, request: Request) -> Values:
        """For a while, until it is evaluated."""
        params, store = request.params, self._store(request)
        data = params.get("StateReasonData")
        if data is not None and not _is_json(data):
            raise AwsError("InvalidFormat", "StateReasonData is not valid JSON")
        with store.lock:
            if store.alarm(params["AlarmName"]) is None:
                raise AwsError("ResourceNotFound", f"The alarm {params['AlarmName']} does not exist", 404)
            store.set_state(params["AlarmName"], params["StateValue"], params["StateReason"], data, self._now())
        return {}

    def _store(self, request: Request) -> AlarmStore:
        return self._stores(request.account, request.region)


def _refuse_other_kind(store: AlarmStore, name: str, kind: str) -> None:
    before = store.alarm(name)
    if before is not None and before.kind != kind:
        raise invalid(f"The alarm {name} exists and is a {before.kind}: alarm names are unique within a Region")


def _refuse_too_many_queries(store: AlarmStore, params: Mapping[str, Any]) -> None:
    if not _queries(params.get("Metrics", ())):
        return
    others = [alarm for alarm in store.alarms() if alarm.name != params["AlarmName"]]
    if sum(_queries(alarm.settings.get("Metrics", ())) for alarm in others) >= MOST_QUERY_ALARMS:
        raise AwsError("LimitExceeded", f"At most {MOST_QUERY_ALARMS} Metrics Insights alarms are allowed in a Region")


def _queries(metrics: Sequence[Mapping[str, Any]]) -> bool:
    return any(is_query(each.get("Expression", "")) for each in metrics)


def _rule(text: str) -> Rule:
    if text.strip() != text:
        raise invalid("AlarmRule must not contain leading or trailing whitespace or be null")
    try:
        return parse(text)
    except Flaw as flaw:
        raise invalid(f"Error in AlarmRule [{flaw}]") from None


def _refuse_children(store: AlarmStore, name: str, rule: Rule) -> None:
    missing = [child for child in rule.children if store.referred(child) is None]
    if missing:
        listed = ", ".join(missing)
        raise invalid(f"Could not save the composite alarm as alarms [{listed}] in the alarm rule do not exist")
    for child in rule.children:
        alarm = store.referred(child)
        parents = {parent.name for parent in store.parents(alarm.name)} if alarm is not None else set()
        if len(parents | {name}) > MOST_PARENTS:
            raise AwsError("LimitExceeded", f"The alarm {child} is in the rules of {MOST_PARENTS} composite alarms")


def _refuse_suppression(store: AlarmStore, params: Mapping[str, Any]) -> None:
    suppressor = params.get("ActionsSuppressor")
    for member in _SUPPRESSION:
        if (member in params) != (suppressor is not None):
            raise invalid(f"{member} is required when ActionsSuppressor is specified, and only then")
        if params.get(member, 0) < 0:
            raise invalid(f"{member} must not be negative")
    if suppressor is not None and store.referred(suppressor) is None:
        raise invalid(f"The ActionsSuppressor {suppressor} does not exist")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
