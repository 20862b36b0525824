"""Mute rules: made, listed, told and deleted. What they hold back is up to whoever carries out actions.

Source: API reference, PutAlarmMuteRule, GetAlarmMuteRule, ListAlarmMuteRules, DeleteAlarmMuteRule; 2,000 rules a
Region (user guide, "Service quotas"). What becomes of a beginning that is past is not documented: it is refused.
"""

from collections.abc import Callable
from datetime import datetime

from sandbox.aws.cloudwatch.alarm_checks import refuse_name
from sandbox.aws.cloudwatch.alarm_describing import AlarmStores
from sandbox.aws.cloudwatch.alarm_paging import records
from sandbox.aws.cloudwatch.alarm_store import AlarmStore
from sandbox.aws.cloudwatch.mute_schedule import schedule_of
from sandbox.aws.cloudwatch.mute_store import MuteRule
from sandbox.aws.cloudwatch.queries import invalid
from sandbox.aws.errors import AwsError, NotImplementedInSandbox
from sandbox.aws.operations import Request, Values, operation

MOST, PAGE = 2_000, 50


class MuteRules:
    """The four operations."""

    def __init__(self, stores: AlarmStores, now: Callable[[], datetime]) -> None:
        self._stores = stores
        self._now = now

    @operation("cloudwatch", "PutAlarmMuteRule")
    def put(self, request: Request) -> Values:
        """Of alarms that there are in this account and Region; one of that name is overwritten."""
        params, store, now = request.params, self._store(request), self._now()
        refuse_name(params["Name"])
        if "Tags" in params:
            raise NotImplementedInSandbox("tags of mute rules")
        schedule = schedule_of(params["Rule"]["Schedule"])
        if schedule.once is not None and schedule.once < now:
            raise invalid(f"{params['Rule']['Schedule']['Expression']} is in the past")
        with store.lock:
            unknown = [n for n in params.get("MuteTargets", {}).get("AlarmNames", ()) if store.alarm(n) is None]
            if unknown:
                raise invalid(f"The alarms {', '.join(unknown)} do not exist")
            if len(store.mutes.rules()) >= MOST and store.mutes.rule(params["Name"]) is None:
                raise AwsError("LimitExceeded", f"At most {MOST} mute rules are allowed in a Region")
            store.mutes.put(params["Name"], {k: v for k, v in params.items() if k != "Name"}, schedule, now)
        return {}

    @operation("cloudwatch", "GetAlarmMuteRule")
    def get(self, request: Request) -> Values:
        """One rule with its targets."""
        rule = self._store(request).mutes.rule(request.params["AlarmMuteRuleName"])
        if rule is None:
            raise AwsError("ResourceNotFoundException", "The mute rule does not exist", 404)
        return {"Name": rule.name, **rule.settings, **self._told(rule), "MuteType": rule.mute_type}

    @operation("cloudwatch", "ListAlarmMuteRules")
    def listed(self, request: Request) -> Values:
        """In short, by name; of an alarm, or of some statuses."""
        params, store = request.params, self._store(request)
        if "AlarmName" in params and store.alarm(params["AlarmName"]) is None:
            raise AwsError("ResourceNotFoundException", f"The alarm {params['AlarmName']} does not exist", 404)
        found = [
            rule
            for rule in store.mutes.rules()
            if params.get("AlarmName") in {None, *rule.targets}
            and rule.status(self._now()) in params.get("Statuses", (rule.status(self._now()),))
        ]
        items, token = records(found, params, lambda rule: rule.name, PAGE)
        return {"AlarmMuteRuleSummaries": [self._summary(rule) for rule in items], "NextToken": token}

    @operation("cloudwatch", "DeleteAlarmMuteRule")
    def delete(self, request: Request) -> Values:
        """One that there is not is no error."""
        store = self._store(request)
        with store.lock:
            store.mutes.delete(request.params["AlarmMuteRuleName"])
        return {}

    def _summary(self, rule: MuteRule) -> Values:
        expiry = {"ExpireDate": rule.settings["ExpireDate"]} if "ExpireDate" in rule.settings else {}
        return {**self._told(rule), **expiry, "MuteType": rule.mute_type}

    def _told(self, rule: MuteRule) -> Values:
        status = rule.status(self._now())
        return {"AlarmMuteRuleArn": rule.arn, "Status": status, "LastUpdatedTimestamp": rule.updated_at}

    def _store(self, request: Request) -> AlarmStore:
        return self._stores(request.account, request.region)
