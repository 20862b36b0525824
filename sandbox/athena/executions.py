"""A query's life: queued, running, and how it ended; and all of them together, with their slots.

Source: Athena API (QueryExecution, QueryExecutionStatus, QueryExecutionStatistics), Service Quotas ("Active DML
queries").
"""

import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, Literal

from sandbox.athena.failures import Failure
from sandbox.athena.progress import Cells, Column, Progress, Stop
from sandbox.athena.workgroups import refused
from sandbox.aws.errors import AwsError
from sandbox.aws.operations import Request

State = Literal["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]
Kind = Literal["DML", "DDL", "UTILITY"]
SLOTS = 20
"""Queries of an account that may be queued or running; Athena's default differs by Region and is at least this."""
RUNNING = 4
"""How many run at once here; the others are queued."""
KEPT = 5_000
"""Queries remembered; Athena keeps 45 days."""
_OVER = (
    "You have exceeded the limit for the number of queries you can run concurrently. Please reduce the number of"
    " concurrent queries submitted by this account. Contact customer support to request a concurrent query limit"
    " increase."
)


@dataclass(slots=True)
class Execution:
    """One query. `output` is the S3 URI of its result; `reads` the one that its rows are read from."""

    request: Request
    workgroup: str
    database: str
    output: str
    submitted_at: datetime
    reuse_key: tuple[Any, ...] = ()
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    kind: Kind = "DML"
    substatement: str = "SELECT"
    state: State = "QUEUED"
    completed_at: datetime | None = None
    failure: Failure | None = None
    reason: str | None = None
    reused: bool = False
    progress: Progress = field(default_factory=Progress)
    stop: Stop = field(default_factory=Stop)
    columns: list[Column] = field(default_factory=list)
    rows: list[Cells] = field(default_factory=list)
    """Of what is no SELECT: those of a SELECT are in S3."""
    pages: dict[str, int] = field(default_factory=dict)
    """Tokens that were given for this result, and the places that they stand for."""
    times: dict[str, float] = field(default_factory=lambda: {"submitted": time.perf_counter()})
    """When what began, by the machine's clock."""

    @property
    def text(self) -> str:
        """The statement as it was sent."""
        return str(self.request.params["QueryString"])

    @property
    def over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.state in {"SUCCEEDED", "FAILED", "CANCELLED"}

    def mark(self, name: str) -> None:
        """Something begins now."""
        self.times.setdefault(name, time.perf_counter())

    def statistics(self) -> dict[str, Any]:
        """What GetQueryExecution tells of time and bytes; while it runs, up to now."""
        now = self.times.get("ended", time.perf_counter())
        started = self.times.get("started", now)
        executing = self.times.get("executing", now)
        written = self.times.get("writing", now)
        return {
            "EngineExecutionTimeInMillis": _ms(started, written),
            "DataScannedInBytes": self.progress.scanned_bytes,
            "TotalExecutionTimeInMillis": _ms(self.times["submitted"], now),
            "QueryQueueTimeInMillis": _ms(self.times["submitted"], started),
            "ServicePreProcessingTimeInMillis": 0,
            "QueryPlanningTimeInMillis": _ms(started, executing),
            "ServiceProcessingTimeInMillis": _ms(written, now),
            "ResultReuseInformation": {"ReusedPreviousResult": self.reused},
        }


def _ms(start: float, end: float) -> int:
    return max(0, round((end - start) * 1000))


class Executions:
    """All queries of all accounts, and the threads that run them."""

    def __init__(self, slots: int = SLOTS) -> None:
        self._slots = slots
        self._held: dict[str, Execution] = {}
        self._tokens: dict[tuple[str, str, str], Execution] = {}
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None

    def start(self, made: Execution, run: Callable[[Execution], None]) -> Execution:
        """Queue a query; one with a token that was used before is that one.

        Raises AwsError when all slots of the account are taken, or the token was used for another query.
        """
        token = (made.request.account, made.request.region, str(made.request.params.get("ClientRequestToken", made.id)))
        with self._lock:
            if (known := self._tokens.get(token)) is not None:
                if known.request.params != made.request.params:
                    raise refused("Idempotent parameters do not match")
                return known
            active = [each for each in self._held.values() if each.request.account == token[0] and not each.over]
            if len(active) >= self._slots:
                reason = {"Reason": "CONCURRENT_QUERY_LIMIT_EXCEEDED"}
                raise AwsError("TooManyRequestsException", _OVER, 400, reason)
            self._forget()
            self._held[made.id] = self._tokens[token] = made
            if self._pool is None:
                self._pool = ThreadPoolExecutor(RUNNING, thread_name_prefix="athena")
            self._pool.submit(run, made)
        return made

    def get(self, request: Request, execution_id: str) -> Execution:
        """The caller's account's own. Raises AwsError where there is none."""
        found = self._held.get(execution_id)
        if found is None or (found.request.account, found.request.region) != (request.account, request.region):
            raise refused(f"QueryExecution {execution_id} was not found")
        return found

    def newest_first(self, request: Request) -> Iterator[Execution]:
        """Of the caller's account and Region."""
        with self._lock:
            held = list(self._held.values())
        for each in reversed(held):
            if (each.request.account, each.request.region) == (request.account, request.region):
                yield each

    def close(self) -> None:
        """End every query and forget all."""
        with self._lock:
            pool, self._pool = self._pool, None
            for each in self._held.values():
                each.stop.set()
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
        self._held.clear()
        self._tokens.clear()

    def _forget(self) -> None:
        """The oldest of those that are over, beyond what is kept."""
        spare = len(self._held) - KEPT
        for gone in [each for each in self._held.values() if each.over][: max(0, spare)]:
            del self._held[gone.id]
            self._tokens = {token: each for token, each in self._tokens.items() if each is not gone}
