"""AWS on loopback as one object: a server for those who speak HTTP, an API in the process for the world."""

import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, RLock
from typing import Any, Protocol, Self

import boto3
from botocore.config import Config

from sandbox.aws import behind, sagemaker_news
from sandbox.aws.accounts import CloudAccount, Principal
from sandbox.aws.authorise import Authoriser
from sandbox.aws.bus import Buses, Emitted
from sandbox.aws.calls import BACKSTAGE, Call, CallLog
from sandbox.aws.cloudwatch import alarm_events
from sandbox.aws.cloudwatch import service as cloudwatch
from sandbox.aws.cloudwatch.acting import Acting
from sandbox.aws.cloudwatch.alarm_store import AlarmStore, Change
from sandbox.aws.cloudwatch.dashboard_store import DashboardStore
from sandbox.aws.cloudwatch.data import See
from sandbox.aws.cloudwatch.evaluating import Evaluator
from sandbox.aws.cloudwatch.series import MetricStore
from sandbox.aws.cloudwatch.visible import Sight
from sandbox.aws.courier import Courier
from sandbox.aws.definitions import JobDefinitions
from sandbox.aws.endpoints import Endpoints, stamps
from sandbox.aws.executions import Executions
from sandbox.aws.faults import Faults
from sandbox.aws.front import Front, Parts
from sandbox.aws.ground import Ground, Guests, nobody
from sandbox.aws.jobs import ProcessingJob
from sandbox.aws.keys import Keys
from sandbox.aws.links import Link
from sandbox.aws.monitoring import MonitoringStore
from sandbox.aws.oam import Oam
from sandbox.aws.objects import Objects
from sandbox.aws.operations import handlers
from sandbox.aws.packages import ModelPackages, Past
from sandbox.aws.queues import Queues
from sandbox.aws.records import ScheduleRecord
from sandbox.aws.schedules import Schedules
from sandbox.aws.server import LoopbackServer
from sandbox.aws.sts import Sts
from sandbox.aws.tags import Tags
from sandbox.aws.topics import Topics
from sandbox.aws.trail import service as cloudtrail


class WorldTime(Protocol):
    """The clock that resources are dated by; credentials go by the machine's own."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        ...


class AwsSandbox:
    """The organisation's accounts. One can live in a process at a time: moto's state is the process's.

    `guests` makes the services that stand outside of this package. Raises RuntimeError when another sandbox lives.
    """

    _living: weakref.ref["AwsSandbox"] | None = None

    def __init__(
        self,
        clock: WorldTime,
        accounts: Iterable[CloudAccount],
        org_id: str = "o-exampleorgid",
        region: str = "us-west-2",
        guests: Guests = nobody,
    ) -> None:
        self._claim()
        behind.reset()
        self.clock = clock
        self.accounts = {account.id: account for account in accounts}
        self.org_id = org_id
        self.region = region
        self.endpoint_url = ""
        self._stores: dict[tuple[str, str], MonitoringStore] = {}
        self._metrics: dict[tuple[str, str], MetricStore] = {}
        self._alarms: dict[tuple[str, str], AlarmStore] = {}
        self._dashboards: dict[str, DashboardStore] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = RLock()
        self._set_at: datetime | None = None
        self._objects = Objects()
        self._faults = Faults()
        self._log = CallLog()
        self._courier = Courier(clock.now, self._faults)
        self._buses = Buses(org_id, self._courier, self._now)
        self._topics = Topics(org_id, self._courier, self._now)
        self._acting = Acting(self._topics.notify)
        self._endpoints = Endpoints(self.monitoring, self._now, self._buses.emit)
        self._packages = ModelPackages(self._now, self._buses.emit)
        self._stopped = Event()
        self._queues = Queues(clock.now, self._courier.bring, self._stopped)
        self._courier.put = self._queues.put
        self._at_stop: list[Callable[[], None]] = []
        self.trail = cloudtrail.parts(self.accounts, self._objects, self._buses.emit, self._faults)
        self._log.observe(self.trail.recorder.hear)
        self._server = LoopbackServer(Front(self._parts(guests)))

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Date everything that is made meanwhile by another moment than the clock's: a past, or the hour to come."""
        self._set_at = moment
        try:
            yield
        finally:
            self._set_at = None

    def _now(self) -> datetime:
        return self._set_at or self.clock.now()

    def _claim(self) -> None:
        other = AwsSandbox._living() if AwsSandbox._living else None
        if other is not None:
            raise RuntimeError("moto keeps one state for the process: stop the other AwsSandbox first")
        AwsSandbox._living = weakref.ref(self)

    def _parts(self, guests: Guests = nobody) -> Parts:
        self._keys = keys = Keys(self.accounts)
        authoriser = Authoriser(self.org_id)
        now = self._now
        oam = Oam(self.accounts, authoriser, now)

        def links(account_id: str, region: str) -> tuple[Link, ...]:
            return oam.sharing(account_id, region, "AWS::CloudWatch::Metric")

        def see_at(moment: datetime) -> See:
            return lambda account_id, region: Sight(account_id, region, moment, self.metrics, links)

        self._evaluator = Evaluator(self.alarms, see_at, self._acting.release)

        return Parts(
            keys=keys,
            authoriser=authoriser,
            faults=self._faults,
            log=self._log,
            handlers=handlers(
                Sts(keys, authoriser, now),
                oam,
                *cloudwatch.services(cloudwatch.Kept(self.metrics, self.alarms, self.dashboards), links, now),
                Schedules(self.monitoring, now),
                Executions(self.monitoring),
                Tags(self.monitoring),
                self._endpoints,
                self._packages,
                self._queues,
                self._buses,
                self._topics,
                *self.trail.services(now),
                *guests(Ground(self.accounts, authoriser, self._objects, now, self._at_stop.append)),
            )
            | JobDefinitions(self.monitoring, now).handlers(),
            after={**stamps(now, self._buses.emit), **self._buses.after()},
            now=now,
            clock=self.clock.now,
            stopped=self._stopped,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, port: int = 0) -> str:
        """Serve on 127.0.0.1 and return the endpoint URL. Raises OSError when the port is taken."""
        self._stopped.clear()
        self.endpoint_url = self._server.start(port)
        return self.endpoint_url

    def stop(self) -> None:
        """End the server and every connection, forget all state; stopping twice is no error."""
        self._stopped.set()
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self._server.stop()
        for end in self._at_stop:
            end()
        if AwsSandbox._living is not None and AwsSandbox._living() is self:
            behind.reset()
            AwsSandbox._living = None

    def monitoring(self, account_id: str, region: str | None = None) -> MonitoringStore:
        """Model Monitor's state of an account and Region. Raises KeyError for an account that there is not."""
        with self._lock:
            where = (self.accounts[account_id].id, region or self.region)
            if where not in self._stores:
                self._stores[where] = MonitoringStore(
                    *where, partial(self._tell_job, where), partial(self._tell_schedule, where)
                )
            return self._stores[where]

    def metrics(self, account_id: str, region: str | None = None) -> MetricStore:
        """What CloudWatch keeps of an account and Region. Raises KeyError for an account that there is not."""
        with self._lock:
            where = (self.accounts[account_id].id, region or self.region)
            return self._metrics.setdefault(where, MetricStore())

    def alarms(self, account_id: str, region: str | None = None) -> AlarmStore:
        """The alarms of an account and Region. Raises KeyError for an account that there is not."""
        with self._lock:
            where = (self.accounts[account_id].id, region or self.region)
            return self._alarms.setdefault(where, AlarmStore(*where, partial(self._tell, where)))

    def evaluate_alarms(self, now: datetime) -> int:
        """Look at every alarm at each minute since the last time; returns how many changed their state.

        Not for threads. Samples that are to be received later than a minute are not there yet in it.
        """
        with self._lock:
            places = sorted(self._alarms)
        moved = self._evaluator.up_to(now, places)
        for place in places:
            store = self.alarms(*place)
            with store.lock:
                self._acting.release(store, now)
        return moved

    def _tell(self, place: tuple[str, str], change: Change) -> None:
        """CloudWatch's own event of an alarm."""
        store = self.alarms(*place)
        mute = self._acting.changed(store, change)
        if change.act == "state" and change.after:
            change = replace(change, after=store.alarm(change.after.name))  # with what suppresses its actions
        kind, detail, arn = alarm_events.event(change, mute)
        self._buses.emit(*place, Emitted("aws.cloudwatch", kind, detail, (arn,), change.at))

    def _tell_job(self, place: tuple[str, str], job: ProcessingJob) -> None:
        """SageMaker's own events of a job: that it began, and how it ended."""
        self._buses.emit(*place, sagemaker_news.job(job, "InProgress", job.started_at))
        if job.ended_at is not None:
            self._buses.emit(*place, sagemaker_news.job(job, job.status, job.ended_at))

    def _tell_schedule(self, place: tuple[str, str], schedule: ScheduleRecord, status: str) -> None:
        self._buses.emit(*place, sagemaker_news.schedule(schedule, status, schedule.modified_at))

    def dashboards(self, account_id: str) -> DashboardStore:
        """The dashboards of an account. Raises KeyError for one that there is not."""
        with self._lock:
            where = self.accounts[account_id].id
            return self._dashboards.setdefault(where, DashboardStore(where))

    def client(self, service: str, account_id: str, region: str | None = None) -> Any:
        """A boto3 client with the account administrator's keys; kept, so asking again costs nothing."""
        account, where = self.accounts[account_id], region or self.region
        with self._lock:
            key = (service, account_id, where)
            if key not in self._clients:
                self._clients[key] = boto3.client(
                    service,
                    region_name=where,
                    endpoint_url=self.endpoint_url,
                    aws_access_key_id=account.access_key_id,
                    aws_secret_access_key=account.secret_access_key,
                    config=Config(retries={"max_attempts": 0}, max_pool_connections=8, user_agent_extra=BACKSTAGE),
                )
            return self._clients[key]

    def sign_in(self, principal: Principal) -> dict[str, str]:
        """Keys, as boto3 takes them, of a session that a service of AWS gave somebody: an hour's, by the wall clock."""
        key = self._keys.issue(principal, datetime.now(UTC) + timedelta(hours=1))
        return {
            "aws_access_key_id": key.access_key_id,
            "aws_secret_access_key": key.secret_access_key,
            "aws_session_token": key.session_token,
        }

    def put_object(self, account_id: str, bucket: str, key: str, body: bytes, at: datetime) -> None:
        """Write to S3 without HTTP, last modified at `at`. Raises NoSuchObject when the bucket is not there."""
        self._objects.put(account_id, bucket, key, body, at)

    def get_object(self, account_id: str, bucket: str, key: str) -> bytes:
        """Read from S3 without HTTP. Raises NoSuchObject, a KeyError."""
        return self._objects.get(account_id, bucket, key)

    def list_objects(self, account_id: str, bucket: str, prefix: str = "") -> tuple[str, ...]:
        """Keys that begin with `prefix`, sorted. Raises NoSuchObject when the bucket is not there."""
        return self._objects.keys(account_id, bucket, prefix)

    def delete_object(self, account_id: str, bucket: str, key: str) -> None:
        """Remove from S3 without HTTP, as a lifecycle rule does."""
        self._objects.delete(account_id, bucket, key)

    def emit(self, account_id: str, told: Emitted) -> None:
        """Have a service of AWS tell the account's default bus. Raises KeyError for an account that there is not."""
        self._buses.emit(self.accounts[account_id].id, self.region, told)

    def keep_package(self, made: Past) -> None:
        """Have a version that was registered and decided long ago."""
        self._packages.keep(made)

    def fail_endpoint(self, account_id: str, name: str, reason: str) -> None:
        """Let an endpoint fail as AWS may, or serve again: an empty reason. Raises KeyError where there is none."""
        self._endpoints.fail(self.accounts[account_id].id, self.region, name, reason)

    def send(self, queue_arn: str, body: str) -> None:
        """Put any message on a queue, as it is. Raises KeyError for one that there is not."""
        if behind.queue(queue_arn) is None:
            raise KeyError(queue_arn)
        self._courier.send(queue_arn, body, self.clock.now())

    def mend(self) -> None:
        """Forget the faults on order."""
        self._faults.clear()

    def fault(self, kind: str, account_id: str, operation: str, times: int = 1) -> None:
        """Refuse (`deny`), throttle or never answer (`timeout`) the next matching calls of non-administrators.

        `duplicate` of `SendMessage`: the next messages that services of AWS bring to the account's queues come twice.
        `late` and `damage` of `PutObject`: the account's next log files of CloudTrail come an hour late or cut short.
        `operation` is `ListMonitoringExecutions` or `sagemaker:ListMonitoringExecutions`; AssumeRole counts for the
        role's account. Raises ValueError for an unknown kind, KeyError for an unknown account.
        """
        self._faults.order(kind, self.accounts[account_id].id, operation, times)

    def on_call(self, callback: Callable[[Call], None]) -> None:
        """Offer every later call, refused ones included, to `callback`."""
        self._log.observe(callback)

    @property
    def calls(self) -> deque[Call]:
        """The latest calls, oldest first, at most 5,000; copy it before iterating while others call."""
        return self._log.calls
