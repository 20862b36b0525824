"""What a worker thread does with a query, from QUEUED to its end."""

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from sandbox.athena.catalog import Catalogs
from sandbox.athena.executions import Execution, State
from sandbox.athena.failures import Failure, QueryFailed
from sandbox.athena.progress import Cancelled
from sandbox.athena.rights import Rights
from sandbox.athena.storage import Storage
from sandbox.athena.tables import Tables
from sandbox.aws.ground import Ground
from sandbox.aws.operations import Request

if TYPE_CHECKING:
    from sandbox.athena.engine import Engine

_CANCELLED = 1011


class Runner:
    """Runs SELECTs on one engine, which is made with the first of them."""

    def __init__(self, ground: Ground, catalogs: Catalogs) -> None:
        self._ground = ground
        self._catalogs = catalogs
        self._engine: Engine | None = None
        self._lock = Lock()

    def close(self) -> None:
        """End the engine; the next query makes another."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def tables(self, request: Request) -> Tables:
        """The caller's catalog."""
        return Tables(self._catalogs, Rights(self._ground.authoriser, request))

    def storage(self, request: Request) -> Storage:
        """The caller's S3."""
        return Storage(self._ground, request)

    def now(self) -> datetime:
        """The world's time."""
        return self._ground.now()

    def engine(self) -> "Engine":
        """The one that answers SELECTs."""
        from sandbox.athena.engine import Engine

        with self._lock:
            if self._engine is None:
                self._engine = Engine()
            return self._engine

    def finish(self, execution: Execution, work: Callable[[], None]) -> None:
        """Do the work and keep how it ended."""
        execution.mark("started")
        try:
            execution.stop.check()
            execution.state = "RUNNING"
            work()
        except Cancelled as cancelled:
            self._end(execution, "CANCELLED", Failure(cancelled.reason, 2, _CANCELLED))
        except QueryFailed as failed:
            self._end(execution, "FAILED", failed.failure)
        except RecursionError:
            words = "statement is too large (stack overflow during analysis)"
            self._end(execution, "FAILED", QueryFailed("STACK_OVERFLOW", words).failure)
        except Exception as error:  # noqa: BLE001  # a worker's last line: a bug here fails the query, in plain sight
            self._end(execution, "FAILED", QueryFailed("GENERIC_INTERNAL_ERROR", repr(error)).failure)
        else:
            self._end(execution, "SUCCEEDED", None)

    def _end(self, execution: Execution, state: State, failure: Failure | None) -> None:
        execution.mark("ended")
        execution.failure = failure
        execution.completed_at = self._ground.now()
        execution.state = state
