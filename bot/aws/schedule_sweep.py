"""Every monitoring schedule of the accounts: listed, and read in full where it is new or has changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.aws.hub import Target
from bot.aws.schedules import Listed, ReadSchedule, Schedules, listed_of
from bot.aws.sweeping import Sweeper
from bot.model.fleet import Depth
from bot.model.monitor import Schedule
from bot.ports.ask import Ask, Failure, Found
from bot.ports.fleet import Sweep


@dataclass(frozen=True, slots=True)
class ScheduleSweep:
    """For one question; `known` is what the inventory has, by ARN."""

    sweeper: Sweeper
    schedules: Schedules
    known: Mapping[str, Schedule]
    ask: Ask

    def run(self, depth: Depth, progress: Callable[[str], None]) -> Found[Sweep[Schedule]]:
        """Lists, then schedules; a list tells of every change but that of tags."""
        listed = self.sweeper.listed("ListMonitoringSchedules", "MonitoringScheduleSummaries")
        rows = [(x.target, listed_of(row, x.target)) for x in listed.each for row in x.rows]
        wanted = [(t, row) for t, row in rows if depth is not Depth.CHANGED or self._differs(row)]
        if wanted:
            progress(f"describing {len(wanted):,} monitors…")
        read = self.sweeper.told(wanted, self._read, share=1.0)
        refused = [Failure(row.account, row.region, a.refused) for row, a in read.of.items() if a.refused]
        return listed.found([self._made(row, read.of.get(row)) for _, row in rows], (*read.failures, *refused))

    def _differs(self, row: Listed) -> bool:
        known = self.known.get(row.arn)
        return known is None or known.changed_at != row.changed_at

    def _read(self, _: Target, row: Listed) -> ReadSchedule:
        return self.schedules.read(self.ask, row, anew=True)

    def _made(self, row: Listed, read: ReadSchedule | None) -> Schedule:
        """One that was not read in full goes without its time of change: the next sweep reads it again."""
        known = self.known.get(row.arn)
        if read is not None:
            found = row.over(read.schedule)
            return replace(found, changed_at=None) if read.refused else found
        if known is None:
            return replace(self.schedules.by_name(row), changed_at=None)
        service = self.schedules.service_of(known.endpoint or known.name, dict(known.tags))
        return replace(known, status=row.status, service=service)
