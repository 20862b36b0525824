"""The mute rules of one account and Region: a listing, and a call for each that is new or changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from bot.aws.alarm_listing import Read
from bot.aws.cloudwatch import CloudWatch, Paged
from bot.aws.hub import Answer, Target
from bot.errors import Missing, SourceError
from bot.logic.mutes import window
from bot.logic.plain import plain
from bot.model.alarm import Mute
from bot.ports.ask import Ask
from bot.ports.fleet import Sweep

PAGE = 100
"""The most that ListAlarmMuteRules gives at once (CloudWatch API reference)."""
ACTIVE = "ACTIVE"
_LISTED = Paged("ListAlarmMuteRules", "mute rules")
RESOURCE = ":alarm-mute-rule:"
"""In a rule's ARN, before its name (CloudWatch API reference, PutAlarmMuteRule)."""


class AlarmMutes:
    """Asks for mute rules, for everybody."""

    def __init__(self, cloudwatch: CloudWatch) -> None:
        self._cloudwatch = cloudwatch

    def all(self, ask: Ask, before: Mapping[str, Mute], target: Target) -> Read[Mute]:
        """Those in force and to come; which of them could not be read. Raises SourceError where none is listed."""
        found: list[Mute] = []
        lacks: list[SourceError] = []
        for page in self._cloudwatch.pages(ask, target, _LISTED, Statuses=[ACTIVE, "SCHEDULED"], MaxRecords=PAGE):
            for row in page.get("AlarmMuteRuleSummaries", ()):
                try:
                    found.append(self._read(ask, before, target, row))
                except Missing:
                    continue  # deleted since it was listed
                except SourceError as error:
                    lacks.append(error)
                    if error.retryable:  # who is silent once would be waited for at each rule again
                        return _read(target, found, lacks)
        return _read(target, found, lacks)

    def _read(self, ask: Ask, before: Mapping[str, Mute], target: Target, row: Answer) -> Mute:
        arn = str(row["AlarmMuteRuleArn"])
        known = before.get(arn)
        if known is not None and known.changed_at == _utc(row["LastUpdatedTimestamp"]):
            return replace(known, active=row["Status"] == ACTIVE)
        name = arn.partition(RESOURCE)[2]
        return mute_of(self._cloudwatch.call(ask, target, "GetAlarmMuteRule", AlarmMuteRuleName=name), target)


def _read(target: Target, found: list[Mute], lacks: list[SourceError]) -> Read[Mute]:
    return Read(Sweep(target.account.id, target.region, tuple(found), not lacks), tuple(lacks))


def mute_of(said: Answer, target: Target) -> Mute:
    """A rule as GetAlarmMuteRule tells it. Its start and end bound the window of one that comes once."""
    schedule = said["Rule"]["Schedule"]
    once = window(schedule["Expression"], schedule["Duration"], schedule.get("Timezone", ""))
    start, end = (once.start, once.end) if once else (None, None)
    if start and end:
        start = max(start, _utc(said["StartDate"])) if "StartDate" in said else start
        end = min(end, _utc(said["ExpireDate"])) if "ExpireDate" in said else end
    return Mute(
        arn=str(said["AlarmMuteRuleArn"]),
        name=plain(said["Name"], 255),
        account_id=target.account.id,
        region=target.region,
        alarms=tuple(str(name) for name in said.get("MuteTargets", {}).get("AlarmNames", ())),
        start=start,
        end=end,
        active=said.get("Status") == ACTIVE,
        description=plain(said.get("Description", ""), 1024),
        changed_at=_utc(said["LastUpdatedTimestamp"]) if "LastUpdatedTimestamp" in said else None,
    )


def _utc(when: datetime) -> datetime:
    return when.astimezone(UTC)
