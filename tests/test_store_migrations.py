"""Databases go forward while programs of the version before still run."""

import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Self

import pytest
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, insert, inspect, select

import bot.store.migrations
from bot.errors import Conflict, StoreDown
from bot.incidents import click, record
from bot.logic.lifecycle import fold
from bot.model.audit import AuditEntry
from bot.model.incident import Act
from bot.model.observation import Finding, Observation, Row, Subject, Verdict
from bot.model.place import Family, Place, Service
from bot.model.route import Route
from bot.store.audit import SqlAudit
from bot.store.engine import connect
from bot.store.incidents import SqlIncidents
from bot.store.migrate import check, migrate
from bot.store.outbox import SqlOutbox
from bot.store.seen import SqlSeen
from bot.store.tables import metadata
from bot.store.transaction import writing

TODAY = Path(bot.store.migrations.__file__).parent
T0 = datetime(2026, 11, 20, 9, tzinfo=UTC)
HEAD = "0011"
NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
oldest = "0001"


def upgrade():
    op.add_column("incidents", sa.Column("severity", sa.String))
    op.add_column("outbox", sa.Column("urgent", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table("pagers", sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", sa.DateTime))
    op.create_index("ix_audit_at", "audit", ["at"])
"""
BREAK = """
from alembic import op

revision = "0013"
down_revision = "0012"
oldest = "0012"


def upgrade():
    op.execute("SELECT 1")
"""
ALLOWED = re.compile(
    r"CREATE TABLE .*"
    r"|CREATE INDEX .*"
    r"|ALTER TABLE \S+ ADD COLUMN (?:(?!NOT NULL).)*"
    r"|ALTER TABLE \S+ ADD COLUMN .*\bDEFAULT\b.*"
)
"""What programs of the version before need not know of, for whom nothing is missing and nothing is refused."""


def statements(upgrade: Callable[[], None]) -> list[str]:
    """A step as PostgreSQL hears it, one statement a line."""
    written = StringIO()
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written})
    with Operations.context(context):
        upgrade()
    return [" ".join(one.split()) for one in written.getvalue().split(";") if one.strip()]


def wrong(upgrade: Callable[[], None]) -> list[str]:
    """Its statements that do more than add."""
    return [one for one in statements(upgrade) if not ALLOWED.fullmatch(one)]


def steps(folder: Path = TODAY) -> list[Script]:
    """Oldest first."""
    return list(ScriptDirectory(str(folder)).walk_revisions())[::-1]


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[], str]) -> str:
    """An empty one of the kind that the test's parameter names; PostgreSQL when none is named."""
    kind = getattr(request, "param", "postgresql")
    return new_database() if kind == "postgresql" else f"sqlite:///{tmp_path / 'sagewatch.db'}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Connected with production's patience, nothing made yet."""
    engine = connect(database_url)
    yield engine
    engine.dispose()


both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def scripts(tmp_path: Path) -> Callable[..., str]:
    """Makes a folder of today's steps and invented ones after them."""
    numbers = count()

    def make(*more: str) -> str:
        folder = tmp_path / f"migrations{next(numbers)}"
        shutil.copytree(TODAY, folder, ignore=shutil.ignore_patterns("__pycache__"))
        for number, text in enumerate(more, int(HEAD) + 1):
            (folder / "versions" / f"v{number:04}_invented.py").write_text(text)
        return str(folder)

    return make


def test_every_step_only_adds() -> None:
    """The first one aside, which has nothing before it. A change of what is there takes two releases."""
    assert steps()[-1].revision == HEAD
    for step in steps()[1:]:
        assert wrong(step.module.upgrade) == [], step.path
        assert step.module.oldest < step.revision
        assert Path(step.path).name.startswith(f"v{step.revision}_")


@pytest.mark.parametrize(
    "bad",
    [
        "op.drop_table('seen')",
        "op.drop_column('audit', 'line')",
        "op.drop_constraint('uq_audit_id', 'audit')",
        "op.drop_index('ix_incidents_status', 'incidents')",
        "op.rename_table('audit', 'trail')",
        "op.alter_column('audit', 'line', new_column_name='typed')",
        "op.alter_column('audit', 'line', type_=sa.Integer)",
        "op.alter_column('cards', 'ts', nullable=False)",
        "op.add_column('audit', sa.Column('region', sa.String, nullable=False))",
        "op.create_unique_constraint('uq', 'audit', ['at'])",
        "op.create_check_constraint('ck', 'audit', 'took_ms > 0')",
        "op.create_index('ix', 'audit', ['at'], unique=True)",
        "op.execute('DELETE FROM deliveries')",
        "op.execute('UPDATE audit SET took_ms = 0')",
        "op.execute('LOCK TABLE audit')",
    ],
)
def test_a_step_that_would_break_the_version_before_is_caught(bad: str, scripts: Callable[..., str]) -> None:
    """Each is named; what only adds passes."""
    planted = NEXT + f"    {bad}\n"
    module = steps(Path(scripts(planted)))[-1].module
    (found,) = wrong(module.upgrade)
    assert found.split()[0] in {"DROP", "ALTER", "CREATE", "DELETE", "UPDATE", "LOCK"}
    assert wrong(steps(Path(scripts(NEXT)))[-1].module.upgrade) == []


class Yesterday:
    """A process of today's version, as the next one finds it: threads that write all there is to write."""

    def __init__(self, engine: Engine) -> None:
        self._incidents, self._outbox = SqlIncidents(engine, fold), SqlOutbox(engine)
        self._seen, self._audit = SqlSeen(engine), SqlAudit(engine)
        self._numbers = count(1)
        self.did: Counter[str] = Counter()
        self.errors: list[BaseException] = []
        self._stop = Event()
        work = (self._record, self._click, self._show, self._deliver, self._note, self._read)
        self._threads = [Thread(target=self._repeat, args=(one,), name=one.__name__) for one in work]

    def __enter__(self) -> Self:
        self._record()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(20)

    def goes_on(self) -> None:
        """Every kind of writing happens again from now, and none of it failed."""
        before, end = Counter(self.did), time.monotonic() + 15
        while any(self.did[t.name] < before[t.name] + 5 for t in self._threads):
            assert time.monotonic() < end, (self.did, before)
            assert not self.errors
            time.sleep(0.02)

    def _repeat(self, work: Callable[[], None]) -> None:
        while not self._stop.wait(0.002):
            try:
                work()
            except Exception as error:  # noqa: BLE001  # the test asserts that there is none
                self.errors.append(error)
            self.did[work.__name__] += 1

    def _record(self) -> None:
        number = next(self._numbers)
        place = Place("222222222222", "us-west-2", f"s{number % 5}", Family.MODEL_QUALITY)
        bad = (Finding(Row("auc", "LessThanThreshold"), Verdict.BAD),)
        run = Observation(f"run:{number}", Subject("arn", "s"), T0 + timedelta(seconds=number), bad, complete=True)
        seen = [(place, Service(place.service, "endpoint"), run)]
        record(self._incidents, seen, lambda *_: Route("ml-alerts"), run.at)

    def _click(self) -> None:
        number = next(self._numbers)
        act = Act.ACKNOWLEDGE if number % 2 else Act.RESOLVE
        with suppress(Conflict):  # resolved already: the next run opens it again
            click(
                self._incidents,
                1,
                act,
                click_id=f"click:{number}",
                person_id="U1",
                now=T0 + timedelta(hours=1, seconds=number),
                routing=lambda *_: Route("ml-alerts"),
                reason="because",
            )

    def _show(self) -> None:
        now = datetime.now(UTC)
        for channel in self._outbox.lease("w", now, 60):
            for row in self._outbox.rows(channel)[:3]:
                self._outbox.begin(row, now)
                self._outbox.posted(row, None)
            self._outbox.pace(channel, now)

    def _deliver(self) -> None:
        assert self._seen.firsts([f"delivery:{next(self._numbers)}"], datetime.now(UTC))[0]

    def _note(self) -> None:
        number = next(self._numbers)
        self._audit.write(AuditEntry(f"a:{number}", T0, "U1", "T1", "C1", "command", "ack 1", "done", "", 3))

    def _read(self) -> None:
        self._incidents.list(T0 + timedelta(days=1))
        self._outbox.counts()


def test_the_version_before_writes_on_while_a_step_is_applied(
    engine: Engine, database_url: str, scripts: Callable[..., str]
) -> None:
    """Runs, clicks, the outbox, deliveries and the audit go on without one error, and may share the new tables."""
    migrate(engine)
    with Yesterday(engine) as process:
        process.goes_on()
        newer = connect(database_url)
        migrate(newer, scripts(NEXT))
        newer.dispose()
        process.goes_on()
    assert process.errors == []
    assert {"pagers", "incidents"} <= set(inspect(engine).get_table_names())
    assert check(engine) == "0012"
    migrate(engine)
    assert check(engine) == "0012"


@both
def test_a_step_that_older_versions_cannot_share_keeps_them_out(engine: Engine, scripts: Callable[..., str]) -> None:
    """They say so and change nothing; its own version is at home."""
    newest = scripts(NEXT, BREAK)
    migrate(engine, newest)
    for start in (check, migrate):
        with pytest.raises(StoreDown, match="made by a newer Sagewatch; nothing was changed") as told:
            start(engine)
        assert "Run that version" in told.value.next_step
    assert check(engine, newest) == check(engine, scripts(NEXT, BREAK)) == "0013"


@both
def test_a_database_of_the_first_version_keeps_what_it_has(engine: Engine, tmp_path: Path) -> None:
    """It is refused until it is migrated, and is the same afterwards."""
    config = Config()
    config.set_main_option("script_location", str(TODAY))
    config.set_main_option("path_separator", "os")
    with writing(engine) as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")
        _fill(conn, tmp_path / "today.db")
    with pytest.raises(StoreDown, match="the tables of version 0001, not of this program"):
        check(engine)
    migrate(engine)
    assert check(engine) == HEAD
    today = connect(f"sqlite:///{tmp_path / 'today.db'}")
    kept, written = (
        (SqlIncidents(one, fold).list(T0 + timedelta(days=1)), SqlAudit(one).tail(50)) for one in (engine, today)
    )
    today.dispose()
    assert kept == written
    assert all(kept)


def _fill(conn: Connection, path: Path) -> None:
    """What the first version's tables can hold of what a busy process wrote into today's."""
    today = connect(f"sqlite:///{path}")
    migrate(today)
    with Yesterday(today) as process:
        process.goes_on()
    assert process.errors == []
    first = MetaData()
    first.reflect(conn)
    with today.connect() as source:
        for table in (t for t in first.sorted_tables if t.name in metadata.tables):
            ours = metadata.tables[table.name]
            rows = source.execute(select(*(ours.c[column.name] for column in table.columns))).mappings().all()
            if rows:
                conn.execute(insert(ours), [dict(row) for row in rows])
    today.dispose()


@both
def test_a_step_that_fails_changes_nothing(engine: Engine, scripts: Callable[..., str]) -> None:
    """Not even what came before it in the same start."""
    migrate(engine)
    with pytest.raises(StoreDown):
        migrate(engine, scripts(NEXT, BREAK.replace("SELECT 1", "SELECT pg_sleep(5)")))
    assert check(engine) == HEAD
    assert "pagers" not in inspect(engine).get_table_names()
    migrate(engine, scripts(NEXT))
    assert check(engine) == "0012"


def test_a_step_that_waits_for_a_table_holds_nobody_up(
    engine: Engine, database_url: str, scripts: Callable[..., str]
) -> None:
    """Somebody reads for long, as a backup does: the step gives up and says so, the others never wait for it."""
    migrate(engine)
    newer = connect(database_url, statement_timeout_s=60)
    with Yesterday(engine) as process, closing(engine.raw_connection()) as backup:
        backup.cursor().execute("SELECT count(*) FROM incidents")
        began = time.monotonic()
        with pytest.raises(StoreDown, match="is locked by another process; nothing was changed"):
            migrate(newer, scripts(NEXT), patience_s=2)
        assert time.monotonic() - began < 4
        process.goes_on()
        assert check(engine) == HEAD
        backup.rollback()
        migrate(newer, scripts(NEXT))
        process.goes_on()
    newer.dispose()
    assert process.errors == []
    assert check(engine) == "0012"


def test_programs_that_start_at_once_migrate_once(database_url: str) -> None:
    """One does it, the others wait for it, none fails."""
    engines = [connect(database_url) for _ in range(4)]
    errors: list[BaseException] = []

    def start(engine: Engine) -> None:
        try:
            migrate(engine)
        except BaseException as error:  # noqa: BLE001  # the test asserts that there is none
            errors.append(error)

    threads = [Thread(target=start, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert {check(engine) for engine in engines} == {HEAD}
    for engine in engines:
        engine.dispose()
