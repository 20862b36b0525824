"""Transactions, and the one place where the database's errors become ours."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.engine import Transaction
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as WaitedTooLong

from bot.errors import StoreDown, Unsaved
from bot.store.engine import identity, turn_to_write

RETRY = "Try again in a minute; if it lasts, whoever runs Sagewatch should look at the database."
LOOK = "It may or may not be saved: see /ml incidents before doing it again."

CAUSES = {
    "SQLITE_BUSY": ("is locked by another process", RETRY),
    "SQLITE_FULL": ("has no room left on its disk", "Make room on the disk; nothing else is needed."),
    "SQLITE_READONLY": ("may not be written", "Let Sagewatch write the file and its folder."),
    "SQLITE_CANTOPEN": (
        "cannot be opened; its file may be gone",
        "Bring the file back, or restart Sagewatch to begin with an empty one.",
    ),
    "SQLITE_CORRUPT": ("is damaged", "Bring a backup of the file back and restart Sagewatch."),
    "SQLITE_NOTADB": ("is damaged", "Bring a backup of the file back and restart Sagewatch."),
    "SQLITE_ERROR": ("lacks what Sagewatch keeps there", "Restart Sagewatch: it brings the database up to date."),
    "55P03": ("is locked by another process", RETRY),
    "57014": ("took too long", RETRY),
    "53100": ("has no room left on its disk", "Make room on the disk; nothing else is needed."),
    "25006": ("may not be written", "Point DATABASE_URL to the primary."),
}
"""By SQLite's primary result code (sqlite.org/rescode.html) and SQLSTATE (PostgreSQL's manual, appendix A)."""


_LOCKED = frozenset({"55P03", "40P01"})
"""A lock not had in time, a deadlock."""


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the database. Raises StoreDown."""
    with translated(), engine.connect() as conn:
        if engine.dialect.name == "postgresql":
            conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with conn.begin():
            _begin(conn, "BEGIN")
            yield conn


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """All of the block or nothing. StoreDown: nothing was changed. Unsaved: the commit was not confirmed."""
    with translated(), turn_to_write(engine), engine.connect() as conn:
        transaction = conn.begin()
        # Writers queue at BEGIN: a deferred one that turns writer later fails at once instead of waiting.
        _begin(conn, "BEGIN IMMEDIATE")
        yield conn
        _commit(conn, transaction)


def _begin(conn: Connection, how: str) -> None:
    """SQLite's driver begins nothing by itself. No event of the engine does it: each connection would pay for that."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(how)


def serialise(conn: Connection, key: int) -> None:
    """Until the transaction ends no other holds this key; on SQLite writers stand in one queue anyway."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(key)))


def is_locked(error: StoreDown) -> bool:
    """Whether another's lock was in the way, so that the same may succeed in a moment (PostgreSQL)."""
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", "") in _LOCKED


def _commit(conn: Connection, transaction: Transaction) -> None:
    path, opened = conn.info.get("file", ("", None))
    try:
        transaction.commit()
    except DBAPIError as err:
        raise Unsaved("The database did not confirm the change.", LOOK) from err
    if path and identity(path) != opened:
        raise Unsaved("The database's file went away while the change was saved.", LOOK)


@contextmanager
def translated() -> Iterator[None]:
    """Turns what SQLAlchemy or SQLite's driver raises of a database in trouble into StoreDown."""
    try:
        yield
    except WaitedTooLong as err:
        raise StoreDown("The database is busy; nothing was changed.", RETRY) from err
    except DBAPIError as err:
        if not _is_trouble(err):
            raise
        raise _down(err.orig) from err
    except (sqlite3.OperationalError, sqlite3.InternalError) as err:
        raise _down(err) from err
    except sqlite3.DatabaseError as err:
        if type(err) is not sqlite3.DatabaseError:
            raise
        raise _down(err) from err


def _is_trouble(err: DBAPIError) -> bool:
    """Constraints, unknown columns and wrong values are our mistakes and stay what they are."""
    return isinstance(err, OperationalError | InterfaceError | InternalError) or type(err) is DatabaseError


def _down(original: BaseException | None) -> StoreDown:
    code = getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None) or ""
    cause, next_step = CAUSES.get("_".join(code.split("_")[:2]), ("does not answer", RETRY))
    return StoreDown(f"The database {cause}; nothing was changed.", next_step)
