"""What several test files start: the whole demo on free ports, a fresh database."""

import os
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

DATABASES = os.environ.get("SAGEWATCH_TEST_DATABASES", "sqlite:///{tmp}/sagewatch.db").split()
"""URLs of databases that may be emptied; `{tmp}` is the test's folder."""


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A fresh, migrated database of each kind."""
    engine = connect(request.param.format(tmp=tmp_path), statement_timeout_s=20)
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
