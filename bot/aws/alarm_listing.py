"""The alarms of one account and Region: all of them with their tags, or one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from bot.aws.alarms_described import TYPES, alarms_of
from bot.aws.cloudwatch import CloudWatch, Paged
from bot.aws.hub import Answer, Target
from bot.errors import Malformed, Missing, SourceError
from bot.logic.aws_json import Told
from bot.logic.services import TAG
from bot.model.alarm import MADE_BY, Alarm, Contributor
from bot.ports.ask import Ask
from bot.ports.fleet import Sweep

PAGE = 100
"""The most that DescribeAlarms and GetResources give at once (their API references)."""
_DESCRIBED = Paged("DescribeAlarms", "alarms")
_CONTRIBUTORS = Paged("DescribeAlarmContributors", "alarm's series")
_TAGGED = Paged("GetResources", "tags", "resourcegroupstaggingapi", "PaginationToken")
T = TypeVar("T")
Tags = Mapping[str, tuple[tuple[str, str], ...]]
"""By ARN."""


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """What was listed of an account and Region, and what of it could not be read."""

    sweep: Sweep[T]
    lacks: tuple[SourceError, ...]


class AlarmListing:
    """Asks for alarms, for everybody."""

    def __init__(self, cloudwatch: CloudWatch) -> None:
        self._cloudwatch = cloudwatch

    def all(self, ask: Ask, before: Tags, target: Target, *, anew: bool) -> Read[Alarm]:
        """Every alarm, and what lacks: alarms make the listing less than whole, tags do not. Raises SourceError."""
        found, lacks = self._every(ask, target)
        whole, tags = not lacks, before
        if anew or any(alarm.arn not in before for alarm in found):
            try:
                tags = self._tagged(ask, target)
            except SourceError as error:
                lacks.append(error)
        alarms = tuple(replace(alarm, tags=tags.get(alarm.arn, ())) for alarm in found)
        return Read(Sweep(target.account.id, target.region, alarms, whole), tuple(lacks))

    def some(self, ask: Ask, target: Target, names: Sequence[str]) -> tuple[Alarm, ...]:
        """Those of these names that there are, at most a hundred. Raises SourceError."""
        wanted = {"AlarmNames": list(names), "AlarmTypes": list(TYPES), "MaxRecords": PAGE}
        found: list[Alarm] = []
        for page in self._cloudwatch.pages(ask, target, _DESCRIBED, **wanted):
            for one in alarms_of(page):
                if isinstance(one, Malformed):
                    raise one
                found.append(one)
        return tuple(found)

    def one(self, ask: Ask, target: Target, name: str) -> Alarm | None:
        """By name; None where there is none. Raises SourceError."""
        return next(iter(self.some(ask, target, [name])), None)

    def parents(self, ask: Ask, target: Target, name: str) -> tuple[str, ...]:
        """Names of the composite alarms that it is part of. Raises SourceError."""
        page = self._cloudwatch.call(ask, target, "DescribeAlarms", ParentsOfAlarmName=name)
        return tuple(str(row["AlarmName"]) for row in page.get("CompositeAlarms", ()))

    def contributors(self, ask: Ask, target: Target, name: str) -> tuple[Contributor, ...]:
        """An alarm's series that are in ALARM; none of one that there is not. Raises SourceError."""
        try:
            pages = self._cloudwatch.pages(ask, target, _CONTRIBUTORS, AlarmName=name)
            return tuple(_contributor(row) for page in pages for row in page.get("AlarmContributors", ()))
        except Missing:
            return ()

    def _every(self, ask: Ask, target: Target) -> tuple[list[Alarm], list[SourceError]]:
        """What was listed before the list broke off, if it did. Raises SourceError where that is nothing."""
        found: list[Alarm] = []
        lacks: list[SourceError] = []
        try:
            for page in self._cloudwatch.pages(ask, target, _DESCRIBED, AlarmTypes=list(TYPES), MaxRecords=PAGE):
                for one in alarms_of(page):
                    if isinstance(one, Malformed):
                        lacks.append(one)
                    else:
                        found.append(one)
        except SourceError as error:
            if not found:
                raise
            lacks.append(error)
        return found, lacks

    def _tagged(self, ask: Ask, target: Target) -> Tags:
        """Of alarms whose tags say something to us: a filter of both keys would want both. Raises SourceError."""
        found: dict[str, tuple[tuple[str, str], ...]] = {}
        for key in (TAG, MADE_BY):
            wanted = {"ResourceTypeFilters": ["cloudwatch:alarm"], "TagFilters": [{"Key": key}]}
            for page in self._cloudwatch.pages(ask, target, _TAGGED, **wanted, ResourcesPerPage=PAGE):
                for row in page.get("ResourceTagMappingList", ()):
                    tags = sorted((str(tag["Key"]), str(tag["Value"])) for tag in row.get("Tags", ()))
                    found[str(row["ResourceARN"])] = tuple(tags)
        return found


def _contributor(row: Answer) -> Contributor:
    """Raises Malformed."""
    told, moved = Told({key: value for key, value in row.items() if value is not None}), "StateTransitionedTimestamp"
    return Contributor(
        told.needed("ContributorId", 64),
        told.pairs("ContributorAttributes", 30),
        told.when(moved) if moved in told.said else None,
        told.words("StateReason"),
    )
