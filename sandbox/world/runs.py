"""Customers arriving and schedules running, up to a moment: each hour and each run exactly once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sandbox.aws import AwsSandbox, ExecutionRecord, ScheduleRecord
from sandbox.world import analyzer, batch, cron, fleet, story
from sandbox.world.arrivals import KEPT, Arrivals, digest
from sandbox.world.evidently import Evidently
from sandbox.world.fleet import WORDS
from sandbox.world.job import Run
from sandbox.world.story import Serving
from sandbox.world.telling import Telling

HISTORY: Final = timedelta(days=14)


class Runs:
    """The schedules of every account, and what they have judged. Not for threads: the world holds its lock."""

    def __init__(self, aws: AwsSandbox, telling: Telling, started_at: datetime, history: timedelta) -> None:
        self._aws = aws
        self._telling = telling
        self._started_at = started_at
        self._began = story.full_hour(started_at) - history
        self._arrivals = Arrivals(aws, telling, self._began)
        self._evidently = Evidently(aws, telling)
        self._done: set[tuple[str, datetime]] = set()
        self._batch = (batch.ACCOUNT, batch.names(started_at).schedule("DataQuality"))

    def reach_back(self, history: timedelta) -> None:
        """Let the schedules have run for that long before the start; never shorter than before."""
        self._began = min(self._began, story.full_hour(self._started_at) - history)

    def up_to(self, now: datetime) -> tuple[ExecutionRecord, ...]:
        """Make every run that is over by `now` and was not made before; oldest first."""
        self._arrivals.until(story.full_hour(now), now - KEPT)
        due = sorted(self._due(now), key=lambda run: (run.scheduled_at, run.account_id, run.schedule.name))
        made = tuple(analyzer.execute(self._aws, run) for run in due)
        self._done.update((run.schedule.arn, run.scheduled_at) for run in due)
        self._arrivals.expire(story.full_hour(now - KEPT))
        self._evidently.until(now, self._began)
        return made

    def _due(self, now: datetime) -> Iterator[Run]:
        """Runs that are over by `now` and were not made; times that pass after a schedule stopped are let go."""
        watching = {(s.names.account_id, s.names.schedule(k)): s for s in self._telling.servings() for k in WORDS}
        for account_id in fleet.LABELS:
            store = self._aws.monitoring(account_id, fleet.REGION)
            for schedule in (*store.schedules(), *store.gone()):
                moments = set(cron.due_times(schedule.cron, schedule.created_at, self._since(schedule), now))
                missing = {moment for moment in moments if (schedule.arn, moment) not in self._done}
                if schedule.status != "Scheduled":
                    late = {moment for moment in missing if moment > schedule.modified_at}
                    self._done.update((schedule.arn, moment) for moment in late)
                    missing -= late
                serving = watching.get((account_id, schedule.name))
                runs = (self._timed(account_id, schedule, moment, now, serving) for moment in missing)
                yield from (run for run in runs if run.ended_at <= now)

    def _timed(
        self, account_id: str, schedule: ScheduleRecord, moment: datetime, now: datetime, serving: Serving | None
    ) -> Run:
        """A run with its own few minutes of waiting and computing, the same in every telling.

        One for hh:00 is made within hh:02-hh:06 and over within hh:08-hh:14 (AWS: jobs start within 20 minutes).
        """
        number = int(digest(schedule.arn, moment), 16)
        created = moment + timedelta(minutes=2, seconds=number % 240)
        ended = moment + timedelta(minutes=8, seconds=number // 240 % 360)
        run = partial(Run, account_id, fleet.REGION, schedule, moment, created, ended, now - KEPT)
        if (account_id, schedule.name) == self._batch:
            return run(rows=partial(batch.rows, self._telling.seed))
        if serving is None:
            return run()
        return run(
            serving.names.uri("datacapture"),
            partial(self._telling.rows, serving),
            self._telling.fails(serving, moment) and schedule.monitoring_type == "ModelQuality",
        )

    def _since(self, schedule: ScheduleRecord) -> datetime:
        """From when a schedule's times are looked at: its history's beginning, so a late one is never missed."""
        return max(self._began - cron.HOUR, schedule.created_at - timedelta(seconds=1))
