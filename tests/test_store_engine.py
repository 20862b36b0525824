"""Connections, migrations, and what people are told when the database fails."""

import logging
import resource
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg.pq import Conninfo
from sqlalchemy import Engine, event, inspect, select
from sqlalchemy.exc import IntegrityError, StatementError

from bot.errors import BadRequest, StoreDown, Unsaved
from bot.store.engine import connect
from bot.store.migrate import migrate
from bot.store.seen import SqlSeen
from bot.store.tables import cards, deliveries, metadata
from bot.store.transaction import reading, writing

AT = datetime(2026, 11, 20, 9, 2, 3, 456789, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database's file is."""
    return tmp_path / "sagewatch.db"


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    """A migrated SQLite database that nobody waits long for."""
    engine = connect(f"sqlite:///{path}", statement_timeout_s=0.2)
    migrate(engine)
    yield engine
    engine.dispose()


def write(engine: Engine, meanwhile: Callable[[], object]) -> None:
    """One delivery's id in a transaction, and something that happens before it commits."""
    with writing(engine) as conn:
        conn.execute(deliveries.insert(), {"id": "x", "at": AT})
        meanwhile()


def test_migrated_schema_is_the_tables(engine: Engine) -> None:
    """The hand-written migration and the tables that the code uses say the same."""
    with engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
        assert set(metadata.tables) < set(inspect(conn).get_table_names())


def test_migrating_twice_keeps_everything(engine: Engine) -> None:
    """Every start migrates: nothing is lost by it."""
    assert SqlSeen(engine).firsts(["x"], AT)[0]
    migrate(engine)
    assert not SqlSeen(engine).firsts(["x"], AT)[0]


def test_migrating_leaves_logging_alone(path: Path) -> None:
    """Alembic's usual `fileConfig` would silence the app's own loggers."""
    root = logging.getLogger()
    mine = logging.getLogger("bot.test_store_engine")
    before = (root.level, list(root.handlers), mine.disabled, mine.level)
    engine = connect(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    assert (root.level, list(root.handlers), mine.disabled, mine.level) == before


def test_database_of_a_newer_version_is_refused(engine: Engine) -> None:
    """After a roll-back the old code must not write into tables that it does not know."""
    with writing(engine) as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreDown, match="newer Sagewatch") as told:
        migrate(engine)
    assert "backup" in told.value.next_step


def test_sqlite_confirms_only_what_is_on_the_disk(engine: Engine, path: Path) -> None:
    """WAL, full sync (2), foreign keys; nobody else on the machine may read the file."""
    with engine.connect() as conn:
        pragmas = [
            conn.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("url", ["mysql://root:hunter2@db/x", "hunter2", "sqlite://", "sqlite:///:memory:", ""])
def test_other_urls_are_refused_without_repeating_them(url: str) -> None:
    """A URL may hold a password."""
    with pytest.raises(BadRequest) as told:
        connect(url)
    assert "hunter2" not in f"{told.value.cause}{told.value.next_step}"


def test_missing_postgres_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """`postgres://` is accepted; without its driver the extra is named."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreDown) as told:
        connect("postgres://bot@db/sagewatch")
    assert "sagewatch[postgres]" in told.value.next_step


def test_a_postgresql_that_vanishes_without_a_word_is_given_up_within_seconds() -> None:
    """No answer and no end comes, as at a failover: then only the client's own limits help, and libpq knows them."""
    engine, asked = connect("postgres://bot@127.0.0.1:1/sagewatch", statement_timeout_s=1.5), dict[str, object]()

    @event.listens_for(engine, "do_connect")
    def _(dialect: object, record: object, args: object, params: dict[str, object]) -> None:
        del dialect, record, args
        asked.update(params)

    with pytest.raises(StoreDown), reading(engine):
        pass
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    limits = {"connect_timeout": 2, "tcp_user_timeout": 3000, "keepalives_idle": 3, "keepalives_interval": 1}
    assert {word: asked.get(word) for word in known & limits.keys()} == limits


def test_folder_that_lacks_is_told(tmp_path: Path) -> None:
    """At start-up, with the file's name and what to do."""
    with pytest.raises(StoreDown, match=r"sagewatch\.db cannot be opened: No such file or directory") as told:
        connect(f"sqlite:///{tmp_path}/nowhere/sagewatch.db")
    assert "folder" in told.value.next_step


def test_locked_database_is_told_after_the_timeout(engine: Engine, path: Path) -> None:
    """Another process that holds the write lock; once it lets go, all goes on."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreDown, match="locked by another process; nothing was changed") as told:
        SqlSeen(engine).firsts(["x"], AT)[0]
    assert told.value.next_step
    other.close()
    assert SqlSeen(engine).firsts(["x"], AT)[0]


def test_readonly_database_is_told(path: Path, engine: Engine) -> None:
    """Reading goes on, writing says what to do."""
    engine.dispose()
    event.listen(engine, "connect", lambda dbapi, _record: dbapi.execute("PRAGMA query_only = ON"))
    with pytest.raises(StoreDown, match="may not be written"):
        SqlSeen(engine).firsts(["x"], AT)[0]
    with reading(engine) as conn:
        assert conn.scalars(select(deliveries.c.id)).all() == []


def test_full_disk_is_told_and_nothing_is_kept(engine: Engine) -> None:
    """SQLite's own SQLITE_FULL, by a cap on the file's pages."""

    def cap(dbapi: sqlite3.Connection, _record: object) -> None:
        dbapi.execute("PRAGMA max_page_count = 1")

    engine.dispose()
    event.listen(engine, "connect", cap)
    with pytest.raises(StoreDown, match="no room left"), writing(engine) as conn:
        conn.execute(deliveries.insert(), [{"id": "x" * 1000 + str(n), "at": AT} for n in range(500)])
    with reading(engine) as conn:
        assert conn.scalars(select(deliveries.c.id)).all() == []


def test_commit_that_fails_is_unsaved(engine: Engine) -> None:
    """The disk gives out while committing: nobody may say *nothing was changed*."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(Unsaved) as told:
            # Python ignores SIGXFSZ, so the write itself fails, as on a failing disk.
            write(engine, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "/ml incidents" in told.value.next_step
    assert SqlSeen(engine).firsts(["after it"], AT)[0]


def test_deleted_file_is_missed_by_open_connections(engine: Engine, path: Path) -> None:
    """SQLite would go on writing into the deleted file and confirm it."""
    SqlSeen(engine).firsts(["x"], AT)[0]
    backup = path.with_name("backup.db")
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(f"VACUUM INTO '{backup}'")
    path.unlink()
    with pytest.raises(StoreDown, match="file may be gone") as told:
        SqlSeen(engine).firsts(["y"], AT)[0]
    assert "restart" in told.value.next_step
    assert not path.exists()
    for side in ("-wal", "-shm"):
        path.with_name(path.name + side).unlink(missing_ok=True)
    backup.rename(path)
    assert SqlSeen(engine).firsts(["y"], AT)[0]
    assert not SqlSeen(engine).firsts(["x"], AT)[0]


def test_file_deleted_during_a_change_is_unsaved(engine: Engine, path: Path) -> None:
    """The commit succeeds, in a file that nobody will ever open again."""
    with pytest.raises(Unsaved, match="went away"):
        write(engine, path.unlink)


@pytest.mark.parametrize("damage", [b"this is no database" * 100, b""])
def test_damaged_or_empty_file_is_told(engine: Engine, path: Path, damage: bytes) -> None:
    """Not a database, or one without our tables: said with what to do, and nothing of SQL."""
    engine.dispose()
    path.write_bytes(damage)
    with pytest.raises(StoreDown) as told:
        SqlSeen(engine).firsts(["x"], AT)[0]
    assert "estart Sagewatch" in told.value.next_step
    assert "SELECT" not in told.value.cause


def test_our_own_mistakes_are_not_called_trouble(engine: Engine) -> None:
    """A broken constraint is a bug and keeps its name; whatever is raised inside a transaction undoes it."""
    card = {"incident": 7, "episode": 1, "channel_id": "C", "ts": "1", "revision": 1}
    with pytest.raises(IntegrityError), writing(engine) as conn:
        conn.execute(cards.insert(), card)
    with pytest.raises(ZeroDivisionError):
        write(engine, lambda: 1 / 0)
    assert SqlSeen(engine).firsts(["x"], AT)[0]


def test_times_come_back_aware_and_exact(engine: Engine) -> None:
    """Any zone in, UTC out, to the microsecond; a naive time is refused."""
    with writing(engine) as conn:
        conn.execute(deliveries.insert(), {"id": "x", "at": AT.astimezone(timezone(timedelta(hours=-7)))})
    with reading(engine) as conn:
        at = conn.scalar(select(deliveries.c.at))
    assert at == AT
    assert at is not None
    assert at.tzinfo is UTC
    with pytest.raises(StatementError, match="without a zone"), writing(engine) as conn:
        conn.execute(deliveries.insert(), {"id": "y", "at": AT.replace(tzinfo=None)})
