"""Brings a database to this version's tables, or tells whether this version can use the tables that are there.

Steps only add, so programs of both versions go on side by side while one replaces the other.
"""

import time

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, select

from bot.errors import StoreDown
from bot.store.tables import insert, versions
from bot.store.transaction import is_locked, reading, serialise, writing

_LOCK = 7_243_001
"""Any number of our own: it keeps two starting processes from migrating at once."""
SCRIPTS = "bot.store:migrations"
_WAIT_MS = 500
"""For a table's lock (PostgreSQL). All queue behind whoever waits for one, so a step gives up before they do (1.5 s)
and before PostgreSQL looks for deadlocks (1 s), whose victim might be a click; then it comes again."""
_PAUSE_S = 0.25


def migrate(engine: Engine, scripts: str = SCRIPTS, *, patience_s: float = 15.0) -> None:
    """Apply the steps that lack, all or none; newer tables that this version may share are left as they are.

    Raises StoreDown, also for tables of a newer version that does not share them, and when others hold a table for
    longer than `patience_s`.
    """
    config, end = _config(scripts), time.monotonic() + patience_s
    while True:
        try:
            return _apply(engine, config)
        except StoreDown as error:
            if not is_locked(error) or time.monotonic() > end:
                raise
        time.sleep(_PAUSE_S)


def _apply(engine: Engine, config: Config) -> None:
    with writing(engine) as conn:
        if engine.dialect.name == "postgresql":
            conn.exec_driver_sql(f"SET LOCAL lock_timeout = {_WAIT_MS}")
        serialise(conn, _LOCK)
        if _newer(conn, config):
            return
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
        for step in ScriptDirectory.from_config(config).walk_revisions():
            oldest = getattr(step.module, "oldest", step.revision)
            new = insert(conn, versions).values(revision=step.revision, oldest=oldest)
            conn.execute(new.on_conflict_do_nothing())


def check(engine: Engine, scripts: str = SCRIPTS) -> str:
    """The revision of the tables. Raises StoreDown when they are not there, too old, or newer and not shared."""
    config = _config(scripts)
    with reading(engine) as conn:
        found = _revision(conn)
        if not _newer(conn, config) and found != _head(config):
            cause = f"The database has the tables of {f'version {found}' if found else 'nobody'}, not of this program."
            raise StoreDown(cause, "Run `python -m bot migrate` once, then start again.")
    return found or ""


def _config(scripts: str) -> Config:
    config = Config()
    config.set_main_option("script_location", scripts)
    config.set_main_option("path_separator", "os")
    return config


def _revision(conn: Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()


def _head(config: Config) -> str:
    return str(ScriptDirectory.from_config(config).get_current_head())


def _newer(conn: Connection, config: Config) -> bool:
    """Whether a newer program made these tables. Raises StoreDown when this one may not use them."""
    found = _revision(conn)
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    if found is None or found in known:
        return False
    oldest = None
    if inspect(conn).has_table(versions.name):
        oldest = conn.scalar(select(versions.c.oldest).where(versions.c.revision == found))
    if oldest is None or oldest > _head(config):
        raise StoreDown(
            "The database was made by a newer Sagewatch; nothing was changed.",
            "Run that version, or bring back the backup made before it.",
        )
    return True
