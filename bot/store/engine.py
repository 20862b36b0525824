"""Connections: SQLite with nothing confirmed before it is on the disk, or PostgreSQL."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.exc import TimeoutError as WaitedTooLong

from bot.errors import BadRequest, StoreDown

POOL = {"poolclass": QueuePool, "pool_size": 8, "max_overflow": 24}
_QUIET = {"hide_parameters": True}
"""A statement's values stay out of its error's text, which is logged: what somebody typed may be among them."""
_turns: WeakKeyDictionary[Engine, tuple[Lock, float]] = WeakKeyDictionary()
_POSTGRES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})


def connect(url: str, *, statement_timeout_s: float = 1.5) -> Engine:
    """An engine for `sqlite:///path` (the file is made if it lacks) or `postgres://…`.

    `statement_timeout_s` bounds the wait for a connection, for this process's turn to write (SQLite), for another
    process's lock, and on PostgreSQL each statement. Raises StoreDown, and BadRequest for another kind of URL, which
    is never repeated since it may hold a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number is the latter
        parsed = URL.create("unknown")
    if parsed.drivername == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        return _sqlite(parsed, statement_timeout_s)
    if parsed.drivername in _POSTGRES:
        return _postgres(parsed.set(drivername="postgresql+psycopg"), statement_timeout_s)
    raise BadRequest("The database URL is none that Sagewatch knows.", "Use sqlite:///sagewatch.db or postgres://….")


def _postgres(url: URL, timeout_s: float) -> Engine:
    limits = f"-c statement_timeout={timeout_s * 1000:.0f} -c lock_timeout={timeout_s * 1000:.0f}"
    try:
        return create_engine(
            url,
            **POOL,
            **_QUIET,
            pool_timeout=timeout_s,
            pool_pre_ping=True,
            connect_args={"options": limits, **_patience(timeout_s)},
        )
    except ImportError as err:
        raise StoreDown("The PostgreSQL driver is not installed.", "Install the extra `sagewatch[postgres]`.") from err


def _patience(timeout_s: float) -> dict[str, int]:
    """For how long libpq waits for a server that vanished without a word, as at a failover.

    The statement's limit is the server's own, and the system alone gives up after a quarter of an hour.
    https://www.postgresql.org/docs/current/libpq-connect.html: whole seconds, `connect_timeout` not below 2;
    `tcp_user_timeout` in milliseconds, of no effect where the system has none.
    """
    patience_s = max(2, round(timeout_s * 2))
    return {
        "connect_timeout": max(2, round(timeout_s)),
        "tcp_user_timeout": patience_s * 1000,
        "keepalives_idle": patience_s,
        "keepalives_interval": 1,
    }


def _sqlite(url: URL, timeout_s: float) -> Engine:
    path = Path(str(url.database)).absolute()
    _make(path)

    def opened() -> sqlite3.Connection:
        # `mode=rw` makes no new file: a deleted database must be missed, not silently begun anew.
        return sqlite3.connect(
            f"{path.as_uri()}?mode=rw", uri=True, timeout=timeout_s, isolation_level=None, check_same_thread=False
        )

    engine = create_engine(url, **POOL, **_QUIET, pool_timeout=timeout_s, creator=opened)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "checkout", _same_file)
    _turns[engine] = (Lock(), timeout_s)
    return engine


@contextmanager
def turn_to_write(engine: Engine) -> Iterator[None]:
    """One writer of this process at a time on SQLite; nothing on PostgreSQL. Raises SQLAlchemy's TimeoutError.

    SQLite's own waiting sleeps and tries again, which starves some: of eight busy threads one failed after 1.5 s,
    in a queue the longest wait was a tenth of that.
    """
    if engine not in _turns:
        yield
        return
    lock, timeout_s = _turns[engine]
    if not lock.acquire(timeout=timeout_s):
        raise WaitedTooLong("no turn to write")
    try:
        yield
    finally:
        lock.release()


def _make(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as err:
        raise StoreDown(
            f"The database file {path.name} cannot be opened: {err.strerror}.",
            "See that its folder exists and that Sagewatch may write there.",
        ) from err


def _prepare(dbapi: sqlite3.Connection, record: Any) -> None:
    """FULL: a commit is on the disk before it is confirmed (WAL's NORMAL may lose the last ones on power loss)."""
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        dbapi.execute(f"PRAGMA {pragma}")
    path = dbapi.execute("PRAGMA database_list").fetchone()[2]
    record.info["file"] = (path, identity(path))


def _same_file(_dbapi: object, record: Any, _proxy: object) -> None:
    """A pooled connection would go on writing into a deleted file, confirming what nobody can ever read."""
    path, opened = record.info["file"]
    if identity(path) != opened:
        raise DisconnectionError("the database file was deleted or replaced")


def identity(path: str) -> tuple[int, int] | None:
    """Device and inode of a file; None when it is not there."""
    try:
        stat = os.stat(path)  # noqa: PTH116  # a str is at hand, in every transaction
    except OSError:
        return None
    return (stat.st_dev, stat.st_ino)
