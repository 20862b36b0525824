"""DescribeAlarms, DescribeAlarmsForMetric, DescribeAlarmContributors, DescribeAlarmHistory.

Source: API reference. How many come without MaxRecords is not documented: 50 alarms or series, 100 lines of history.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.aws.cloudwatch.alarm_actions import MEMBERS
from sandbox.aws.cloudwatch.alarm_paging import records
from sandbox.aws.cloudwatch.alarm_store import COMPOSITE, METRIC, Alarm, AlarmStore, Contributing, Happening
from sandbox.aws.cloudwatch.keys import MetricKey
from sandbox.aws.cloudwatch.queries import invalid
from sandbox.aws.errors import AwsError
from sandbox.aws.operations import Request, Values, operation

PAGE, HISTORY_PAGE = 50, 100
AlarmStores = Callable[[str, str], AlarmStore]
"""From account id and Region to its alarms."""
_PAGING = frozenset({"MaxRecords", "NextToken"})


class AlarmsDescribed:
    """What there is of alarms."""

    def __init__(self, stores: AlarmStores, now: Callable[[], datetime]) -> None:
        self._stores = stores
        self._now = now

    @operation("cloudwatch", "DescribeAlarms")
    def describe(self, request: Request) -> Values:
        """Without AlarmTypes metric alarms only; children and parents are told in short."""
        params, store = request.params, self._stores(request.account, request.region)
        for relation in ("ChildrenOfAlarmName", "ParentsOfAlarmName"):
            if relation in params:
                return self._related(relation, params, store)
        if "AlarmNames" in params and "AlarmNamePrefix" in params:
            raise invalid("AlarmNames and AlarmNamePrefix cannot both be set")
        found = [alarm for alarm in store.alarms() if _asked(alarm, params)]
        return _answered(found, params, shown)

    def _related(self, relation: str, params: Mapping[str, Any], store: AlarmStore) -> Values:
        if params.keys() - _PAGING - {relation}:
            raise invalid(f"{relation} cannot be combined with other parameters than MaxRecords and NextToken")
        name = params[relation]
        if relation == "ParentsOfAlarmName":
            return _answered(store.parents(name), params, lambda alarm: _short(alarm, "AlarmName", "AlarmArn"))
        alarm = store.alarm(name)
        names = alarm.rule.children if alarm is not None and alarm.kind == COMPOSITE else ()
        children = {child.name: child for child in map(store.referred, names) if child is not None}
        members = ("AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp")
        return _answered([children[each] for each in sorted(children)], params, lambda child: _short(child, *members))

    @operation("cloudwatch", "DescribeAlarmsForMetric")
    def for_metric(self, request: Request) -> Values:
        """Those on exactly this metric; none on expressions, no composite ones."""
        params = request.params
        key = MetricKey.asked(params["Namespace"], params["MetricName"], params.get("Dimensions", ()))
        filters = {
            name: params[name] for name in ("Statistic", "ExtendedStatistic", "Period", "Unit") if name in params
        }
        found = [
            shown(alarm)
            for alarm in self._stores(request.account, request.region).alarms()
            if _on(alarm, key) and all(alarm.settings.get(name) == value for name, value in filters.items())
        ]
        return {"MetricAlarms": found}

    @operation("cloudwatch", "DescribeAlarmContributors")
    def contributors(self, request: Request) -> Values:
        """Those of an alarm's series that are in ALARM."""
        params, store = request.params, self._stores(request.account, request.region)
        if store.alarm(params["AlarmName"]) is None:
            raise AwsError("ResourceNotFoundException", f"The alarm {params['AlarmName']} does not exist", 404)
        items, token = records(store.contributing(params["AlarmName"]), params, lambda one: one.id, PAGE)
        return {"AlarmContributors": [_contributor(one) for one in items], "NextToken": token}

    @operation("cloudwatch", "DescribeAlarmHistory")
    def history(self, request: Request) -> Values:
        """Without AlarmTypes that of metric alarms only; contributors' where asked for; the newest first."""
        params = request.params
        found = [
            one for one in self._stores(request.account, request.region).history(self._now()) if _told(one, params)
        ]
        if params.get("ScanBy", "TimestampDescending") == "TimestampDescending":
            found.reverse()
        items, token = records(found, params, lambda one: str(one.number), HISTORY_PAGE)
        return {"AlarmHistoryItems": [_line(one) for one in items], "NextToken": token}


def _asked(alarm: Alarm, params: Mapping[str, Any]) -> bool:
    prefix = params.get("ActionPrefix")
    return (
        alarm.kind in params.get("AlarmTypes", (METRIC,))
        and alarm.name in params.get("AlarmNames", (alarm.name,))
        and alarm.name.startswith(params.get("AlarmNamePrefix", ""))
        and alarm.state == params.get("StateValue", alarm.state)
        and (prefix is None or any(action.startswith(prefix) for action in alarm.actions()))
    )


def _answered(alarms: list[Alarm], params: Mapping[str, Any], show: Callable[[Alarm], Values]) -> Values:
    items, token = records(alarms, params, lambda alarm: alarm.name, PAGE)
    return {
        "MetricAlarms": [show(alarm) for alarm in items if alarm.kind == METRIC],
        "CompositeAlarms": [show(alarm) for alarm in items if alarm.kind == COMPOSITE],
        "NextToken": token,
    }


def shown(alarm: Alarm) -> Values:
    """As DescribeAlarms gives it: what was put, and the state."""
    empty: Values = {member: [] for member in (*MEMBERS, *(["Dimensions"] if alarm.kind == METRIC else []))}
    state = {"StateReasonData": alarm.reason_data} if alarm.reason_data is not None else {}
    by = alarm.suppressed_by
    if by:
        state |= {"ActionsSuppressedBy": by, "ActionsSuppressedReason": f"Actions suppressed by {by}"}
    settings = dict(alarm.settings)
    if "Metrics" in settings:
        settings["Metrics"] = [{"ReturnData": True} | dict(each) for each in settings["Metrics"]]
    return {
        **empty,
        **settings,
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        "AlarmConfigurationUpdatedTimestamp": alarm.updated_at,
        "ActionsEnabled": alarm.actions_enabled,
        "StateValue": alarm.state,
        "StateReason": alarm.reason,
        **state,
        "StateUpdatedTimestamp": alarm.state_updated_at,
        "StateTransitionedTimestamp": alarm.transitioned_at,
    }


def _short(alarm: Alarm, *members: str) -> Values:
    whole = shown(alarm)
    return {member: whole[member] for member in members}


def _on(alarm: Alarm, key: MetricKey) -> bool:
    settings = alarm.settings
    if "MetricName" not in settings:
        return False
    return MetricKey.asked(settings["Namespace"], settings["MetricName"], settings.get("Dimensions", ())) == key


def _told(one: Happening, params: Mapping[str, Any]) -> bool:
    asked, own = params.get("AlarmContributorId"), one.contributor.id if one.contributor else None
    of_contributors = asked is not None or params.get("HistoryItemType", "").startswith("AlarmContributor")
    return (
        of_contributors is (own is not None)
        and asked in {None, own}
        and one.kind in params.get("AlarmTypes", (METRIC,))
        and one.name == params.get("AlarmName", one.name)
        and one.item_type == params.get("HistoryItemType", one.item_type)
        and params.get("StartDate", one.at) <= one.at <= params.get("EndDate", one.at)
    )


def _contributor(one: Contributing) -> Values:
    return {
        "ContributorId": one.id,
        "ContributorAttributes": dict(one.attributes),
        "StateReason": one.reason,
        "StateTransitionedTimestamp": one.transitioned_at,
    }


def _line(one: Happening) -> Values:
    return {
        "AlarmName": one.name,
        "AlarmType": one.kind,
        "Timestamp": one.at,
        "HistoryItemType": one.item_type,
        "HistorySummary": one.summary,
        "HistoryData": one.data,
        **(_whose(one.contributor) if one.contributor else {}),
    }


def _whose(one: Contributing) -> Values:
    return {"AlarmContributorId": one.id, "AlarmContributorAttributes": dict(one.attributes)}
