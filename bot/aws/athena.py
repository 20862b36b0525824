"""Queries run by Athena through PyAthena: parameters bound, ended when nobody waits, errors told in words."""

import logging
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import boto3
import pyathena
from botocore.exceptions import BotoCoreError, ClientError
from pyathena.error import Error as PyAthenaError
from pyathena.model import AthenaQueryExecution
from pyathena.util import RetryConfig

from bot.aws.actions import needs
from bot.aws.asking import asked_by, over
from bot.aws.errors import Call, translated
from bot.aws.hub import Hub, Target
from bot.aws.routing import Route, routed
from bot.aws.trail_settings import TrailSettings
from bot.errors import AccessDenied, BotError, Malformed, Missing, SourceError, Throttled, TimedOut
from bot.logic.trail_cost import usd
from bot.logic.trail_view import Bounded, literal
from bot.logic.words import dollars, size
from bot.model.trail import Shown
from bot.ports.ask import Ask

POLL_S: Final = 0.15
"""People wait: PyAthena's own second would be most of a short answer. Athena allows 100 such calls a second."""
GRACE_S: Final = 5.0
"""For ending what is over: an execution that nobody stops is charged to its end."""
_PATH: Final = re.compile(r"s3://[^\s)\]'\"]+")
_FULL: Final = re.compile(r"TooManyRequests|concurrent|queue", re.IGNORECASE)
NARROW: Final = "Narrow it with account=, region= or since=."
# It logs a trace of each error, and each retry at whatever level it has: both are told by us.
logging.getLogger("pyathena").addHandler(logging.NullHandler())
logging.getLogger("pyathena").propagate = False


class DamagedFile(Malformed):
    """Athena gave up at a log file that cannot be read; `path` is its address."""

    def __init__(self, path: str) -> None:
        super().__init__(f"the log file {path.rsplit('/', 1)[-1]} is damaged", "Ask the owner of the trail.")
        self.path = path


@dataclass(frozen=True, slots=True)
class Result:
    """What a query gave, in the types that Athena has."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    scanned_bytes: int
    reused: bool


class _NobodyWaits(KeyboardInterrupt):
    """Makes PyAthena stop the execution, as an interrupt at a terminal would (`kill_on_interrupt`)."""


class Athena:
    """Runs queries in the observability account, as the bot itself."""

    def __init__(self, hub: Hub, settings: TrailSettings) -> None:
        self._hub = hub
        self._settings = settings
        self._connection: Any = None

    @needs("athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults", holder="trail")
    def run(self, ask: Ask, target: Target, bounded: Bounded) -> Result:
        """Raises SourceError or BotError; DamagedFile where a log file cannot be read."""
        watch = _Watch(ask, self._settings.usd_per_tb)
        graceful = replace(ask, deadline=ask.deadline + GRACE_S, cancelled=lambda: False)
        with routed(Route(target.account.id, "read")):
            return asked_by(graceful, lambda: self._executed(target, bounded, watch))

    @needs("athena:StopQueryExecution", holder="trail")
    def stop(self, target: Target, run: str) -> None:
        """Raises SourceError."""
        self._hub.call(target, "athena", "StopQueryExecution", QueryExecutionId=run)

    def close(self) -> None:
        """Close the connection, if one was made."""
        if self._connection is not None:
            self._connection.close()

    def _executed(self, target: Target, bounded: Bounded, watch: "_Watch") -> Result:
        reuse = round(self._settings.reuse.total_seconds() / 60)
        try:
            cursor = self._connected(target.region).cursor(on_poll=watch.polled)
            cursor.execute(
                bounded.sql,
                [literal(value) for value in bounded.values],
                paramstyle="qmark",
                on_start_query_execution=watch.ask.running,
                result_reuse_enable=reuse > 0,
                result_reuse_minutes=max(reuse, 1),
            )
            rows = tuple(cursor.fetchall())
        except _NobodyWaits:
            raise TimedOut("Athena had not answered within the time given", f"{watch.paid()} {NARROW}") from None
        except PyAthenaError as error:
            raise self._told(error, target, watch) from error
        columns = tuple(str(column[0]) for column in cursor.description or ())
        return Result(columns, rows, cursor.data_scanned_in_bytes or 0, bool(cursor.reused_previous_result))

    def _connected(self, region: str) -> Any:
        if self._connection is None:
            self._connection = self._hub.lend(lambda session, options: self._connect(session, options, region))
        return self._connection

    def _connect(self, session: boto3.Session, options: dict[str, Any], region: str) -> Any:
        settings = self._settings
        return pyathena.connect(
            session=session,
            region_name=region,
            work_group=settings.workgroup,
            s3_staging_dir=settings.output,
            schema_name=settings.database,
            poll_interval=POLL_S,
            retry_config=RetryConfig(attempt=2, max_delay=2),
            kill_on_interrupt=True,
            **options,
        )

    def _told(self, error: PyAthenaError, target: Target, watch: "_Watch") -> BotError:
        cause: BaseException | None = error.__cause__
        call = self._hub.named(target, "athena", "StartQueryExecution")
        if isinstance(cause, SourceError):
            return cause
        if isinstance(cause, ClientError | BotoCoreError):
            return _refused(cause, call)
        return _ended(str(error), watch, self._settings)


@dataclass(slots=True)
class _Watch:
    """Hears of an execution each time it is polled."""

    ask: Ask
    usd_per_tb: float
    scanned_bytes: int = 0
    stopping: bool = False
    told_at: float = 0.0

    def polled(self, execution: Any) -> None:
        """Tells how far it is. Raises _NobodyWaits, once, when the question is over."""
        if not isinstance(execution, AthenaQueryExecution):
            return
        self.scanned_bytes = execution.data_scanned_in_bytes or self.scanned_bytes
        waiting = execution.state == AthenaQueryExecution.STATE_QUEUED
        if time.monotonic() - self.told_at >= 1:
            self.told_at = time.monotonic()
            read = f"has read {size(self.scanned_bytes)} so far" if self.scanned_bytes else "is reading log files"
            far = "waits for a free slot" if waiting else read
            self.ask.progress(f"Athena {far}…")
        if over(self.ask) and not self.stopping and execution.state not in AthenaQueryExecution.TERMINAL_STATES:
            self.stopping = True
            raise _NobodyWaits

    def paid(self) -> str:
        """What was read until it ended."""
        if not self.scanned_bytes:
            return "Nothing was read."
        return f"{size(self.scanned_bytes)} were read, for {dollars(usd(self.scanned_bytes, self.usd_per_tb))}."


def _refused(error: Exception, call: Call) -> SourceError:
    """What the API refused, not the query."""
    if isinstance(error, ClientError):
        said = error.response.get("Error", {})
        code, text = str(said.get("Code", "")), str(said.get("Message", ""))
        if code == "TooManyRequestsException":
            return Throttled("Athena has no slot free for a query", "Ask again in a minute.")
        if code == "InvalidRequestException" and "WorkGroup" in text:
            return Missing("Athena's work group is not there or is disabled", "Correct trail.workgroup.")
        if code == "InvalidRequestException" and re.search("output ?location", text, re.IGNORECASE):
            return Missing("nothing says where Athena may write results", "Set trail.output, or the work group's.")
    return translated(error, call)


def _ended(reason: str, watch: _Watch, settings: TrailSettings) -> BotError:
    """Why an execution did not succeed, by the words that Athena gives (User Guide: error messages)."""
    upper = reason.upper()
    if "BYTES SCANNED LIMIT" in upper:
        return BotError(f"The work group's limit of bytes was reached. {watch.paid()}", NARROW)
    if "CANCEL" in upper:
        return BotError(f"The question was cancelled. {watch.paid()}", "Ask again when you want it.")
    if "TABLE_NOT_FOUND" in upper or "SCHEMA_NOT_FOUND" in upper or "DOES NOT EXIST" in upper:
        return absent(settings)
    if "COLUMN_NOT_FOUND" in upper:
        return Missing(f"the table {settings.name} lacks a column", "/ml doctor prints the line that adds it.")
    if re.search(r"HIVE_(CURSOR_ERROR|BAD_DATA)", upper) and (path := _PATH.search(reason)):
        return DamagedFile(path.group())
    return _denied(reason) or BotError("Athena could not answer that.", f"It says: {_short(reason)}")


def absent(settings: TrailSettings) -> Missing:
    """There is no such table."""
    return Missing(
        f"there is no table {settings.name} in {settings.region or 'that Region'}",
        "`python -m bot trail-table` prints the statement that makes it.",
    )


def _denied(reason: str) -> SourceError | None:
    if "kms" in reason.lower() and re.search("denied|not authorized|ciphertext", reason, re.IGNORECASE):
        return AccessDenied("the key that the log files are encrypted with is refused", "Allow the bot kms:Decrypt.")
    if re.search(r"access ?denied|permission|not authorized|403", reason, re.IGNORECASE):
        return AccessDenied(
            "the bot may not read the log files or write the results", "`python -m bot iam` says what lacks."
        )
    if _FULL.search(reason):
        return Throttled("Athena has no slot free for a query", "Ask again in a minute.")
    return None


def _short(reason: str) -> str:
    """On one line; addresses of files are left out."""
    return " ".join(_PATH.sub("a file", reason).split())[:200] or "nothing"


def shown(value: Any) -> Shown:
    """A value of Athena's as a text or a number."""
    if value is None or isinstance(value, str | float):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    with suppress(TypeError, ValueError, OverflowError):
        return float(value) if not isinstance(value, list | dict) else str(value)
    return str(value)


Fetch = Callable[[], Result]
