"""What several test files start: the whole demo on free ports."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.demo import Demo
from sandbox.driver import Driver, until


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
