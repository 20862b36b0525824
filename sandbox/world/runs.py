"""Customers arriving and schedules running, up to a moment: each hour and each run exactly once."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final

from sandbox.aws import AwsSandbox, ExecutionRecord, ScheduleRecord
from sandbox.world import analyzer, build, cron, fleet, story, traffic
from sandbox.world.addresses import Objects, hour_path
from sandbox.world.analyzer import Run
from sandbox.world.fleet import Deployment, Names
from sandbox.world.quality import Pair

HISTORY: Final = timedelta(days=14)
KEPT: Final = timedelta(hours=6)
"""How long captures, labels and merge output stay; a bucket's lifecycle counts days, a laptop starts sooner so.

Reports stay for good.
"""

Level = Callable[[str, datetime], int]
"""The drift level of an account's bank-marketing at a moment."""


class Runs:
    """The schedules of every account, and what they have judged. Not for threads: the world holds its lock."""

    def __init__(self, aws: AwsSandbox, seed: int, started_at: datetime, history: timedelta, level: Level) -> None:
        self._aws = aws
        self._seed = seed
        self._level = level
        self._started_at = started_at
        self._began = story.full_hour(started_at) - history
        self._arrived = self._began
        """Hours before this one have their captures and labels, or are past keeping."""
        self._first_kept: datetime | None = None
        """The oldest hour whose captures lie in the buckets."""
        self._done: set[tuple[str, datetime]] = set()
        self._known = {
            (deployment.account_id, named.schedule): (deployment, named)
            for deployment in fleet.DEPLOYMENTS
            for named in (fleet.names(deployment, started_at),)
        }

    def reach_back(self, history: timedelta) -> None:
        """Let the schedules have run for that long before the start; never shorter than before."""
        self._began = min(self._began, story.full_hour(self._started_at) - history)

    def up_to(self, now: datetime) -> tuple[ExecutionRecord, ...]:
        """Make every run that is over by `now` and was not made before; oldest first."""
        self._arrive(story.full_hour(now), now - KEPT)
        due = sorted(self._due(now), key=lambda run: (run.scheduled_at, run.account_id, run.schedule.name))
        made = tuple(analyzer.execute(self._aws, run, self._kept(run, now - KEPT)) for run in due)
        self._done.update((run.schedule.arn, run.scheduled_at) for run in due)
        self._expire(story.full_hour(now - KEPT))
        return made

    def _due(self, now: datetime) -> Iterator[Run]:
        """Runs that are over by `now` and were not made; times that pass while a schedule is stopped are let go."""
        for account_id in fleet.LABELS:
            for schedule in self._aws.monitoring(account_id, fleet.REGION).schedules():
                moments = set(cron.due_times(schedule.cron, schedule.created_at, self._since(schedule), now))
                missing = {moment for moment in moments if (schedule.arn, moment) not in self._done}
                if schedule.status != "Scheduled":
                    self._done.update((schedule.arn, moment) for moment in missing)
                    continue
                runs = (self._timed(account_id, schedule, moment) for moment in missing)
                yield from (run for run in runs if run.ended_at <= now)

    def _timed(self, account_id: str, schedule: ScheduleRecord, moment: datetime) -> Run:
        """A run with its own few minutes of waiting and computing, the same in every telling.

        One for hh:00 is made within hh:02-hh:06 and over within hh:08-hh:14 (AWS: jobs start within 20 minutes).
        """
        digest = int(_digest(schedule.arn, moment), 16)
        created = moment + timedelta(minutes=2, seconds=digest % 240)
        ended = moment + timedelta(minutes=8, seconds=digest // 240 % 360)
        known = self._known.get((account_id, schedule.name))
        captures = known[1].uri("datacapture") if known else ""
        return Run(account_id, fleet.REGION, schedule, moment, created, ended, captures)

    def _since(self, schedule: ScheduleRecord) -> datetime:
        """From when a schedule's times are looked at: its history's beginning, so a late one is never missed."""
        return max(self._began - cron.HOUR, schedule.created_at - timedelta(seconds=1))

    def _arrive(self, until: datetime, kept_since: datetime) -> None:
        """Let the customers of each full hour before `until` be captured and labelled."""
        while self._arrived < until:
            if self._arrived >= kept_since:
                self._first_kept = self._first_kept or self._arrived
                for deployment, named in self._known.values():
                    self._capture(deployment, named, self._arrived)
            self._arrived += cron.HOUR

    def _expire(self, kept_since: datetime) -> None:
        """Do what the buckets' lifecycle rule does, hour by hour."""
        while self._first_kept is not None and self._first_kept < min(kept_since, self._arrived):
            for _, named in self._known.values():
                objects = Objects(self._aws, named.account_id)
                for folder in build.expiring(named):
                    objects.remove(f"{folder}/{hour_path(self._first_kept)}/")
            self._first_kept += cron.HOUR

    def _capture(self, deployment: Deployment, named: Names, hour: datetime) -> None:
        """Write one hour's captures and labels of an endpoint to its account's bucket."""
        objects = Objects(self._aws, named.account_id)
        customers, key = self._customers(deployment, hour), f"{hour:%Y%m%d%H}"
        Random(key).shuffle(customers)
        folder, closes = hour_path(hour), hour + cron.HOUR
        captured = "\n".join(traffic.captured_lines(customers, hour, key))
        labels = "\n".join(traffic.truth_lines(customers, key))
        part = f"AllTraffic/{folder}/59-58-000-{_digest(named.endpoint, hour)}.jsonl"
        objects.put(f"{named.uri('datacapture')}/{named.endpoint}/{part}", captured.encode(), closes)
        objects.put(f"{named.uri('ground-truth')}/{folder}/5959.jsonl", labels.encode(), closes)

    def _kept(self, run: Run, kept_since: datetime) -> list[Pair] | None:
        """The pairs of an hour whose captures are past keeping; None where the buckets still have them."""
        hour = run.scheduled_at - cron.HOUR
        known = self._known.get((run.account_id, run.schedule.name))
        if hour >= kept_since or known is None:
            return None
        return traffic.pairs(self._customers(known[0], hour))

    def _customers(self, deployment: Deployment, hour: datetime) -> list[traffic.Customer]:
        """One hour's customers; only bank-marketing's change."""
        account_id = deployment.account_id
        moves = deployment.model is traffic.BANK_MARKETING
        level = self._level(account_id, hour + cron.HOUR) if moves else 0
        return traffic.hour_of(deployment.model, build.stream(self._seed, account_id), hour, level)


def _digest(name: str, moment: datetime) -> str:
    """Twelve hex digits of a name and a moment."""
    return hashlib.sha256(f"{name}@{moment.isoformat()}".encode()).hexdigest()[:12]
