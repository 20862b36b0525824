"""A database, a workspace and mortal processes of the product on them, for tests that kill them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, TypeVar

from bot.logic.lifecycle import fold
from bot.store.engine import connect
from bot.store.incidents import SqlIncidents
from bot.store.migrate import migrate
from bot.store.outbox import SqlOutbox
from sandbox.control import create_app
from sandbox.driver import Driver
from sandbox.mortal import ACCOUNT, REGION, FastClock, Fate, Runs
from sandbox.mortal_queue import FileQueue, Sky
from sandbox.slack.rates import Rate, Rates
from sandbox.slack.records import App, Channel, User
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack, Timing
from sandbox.slack.tiny import StillAws, StillWorld
from sandbox.slack.workspace import Workspace

ROOT = Path(__file__).parent.parent
PATIENCE_S = 60.0
EPOCH = datetime.now(UTC)
T = TypeVar("T")


@dataclass
class Lane:
    """A database, a workspace and the processes on them."""

    name: str
    folder: Path
    url: str
    services: Sequence[str]
    kinds: tuple[str, ...]
    lease_s: float
    paced: bool = False
    """Whether Slack's pace is kept: without it much more can be tried."""
    listens: bool = False
    """Whether the processes take what is sent from the lane's queue."""
    pids: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.fate, self.runs = Fate(self.folder), Runs(self.folder)
        self.queue, self.sky = FileQueue(self.folder), Sky(self.folder)
        bot = App()
        members = ["U0MAYA", bot.user_id]
        channels = [Channel(f"C{name.upper()}", name, members) for name in self.services]
        workspace = Workspace(users=[User("U0MAYA", "maya", "Maya Okafor", "T0SAGEWATCH")], channels=channels, app=bot)
        app = create_app(workspace, StillWorld(), StillAws(), timing=Timing(1.0, (0.1, 0.1, 0.1)))
        self.slack: Slack = app[SLACK]
        generous = Rate(1_000.0, 100_000)
        self.slack.rates = Rates(time.time, tiers=dict.fromkeys(range(1, 6), generous), posting=generous)
        self.server = SlackServer(app)
        self.drive = Driver(self.server.start())
        self.engine = connect(self.url, statement_timeout_s=20)
        migrate(self.engine)
        self.store, self.outbox = SqlIncidents(self.engine, fold), SqlOutbox(self.engine)
        self.clock = FastClock(EPOCH)
        self.zygote = subprocess.Popen(
            [sys.executable, "-m", "sandbox.mortal"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def _orders(self) -> IO[str]:
        """What the zygote reads."""
        return _open(self.zygote.stdin)

    @property
    def _answers(self) -> IO[str]:
        """What it writes."""
        return _open(self.zygote.stdout)

    def spawn(self, role: str) -> None:
        """Start the process of that role anew."""
        app = self.slack.workspace.app
        settings = {
            "database_url": self.url,
            "slack": {"bot_token": app.bot_token, "app_token": app.app_token, "channel": "nowhere"},
            "watch": {"poll_seconds": 10},
            **(
                {"inbox": {"queue_url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT.id}/lane"}}
                if self.listens
                else {}
            ),
        }
        order = {
            "folder": str(self.folder),
            "slack": self.drive.url,
            "epoch": EPOCH.isoformat(),
            "lease_s": self.lease_s,
            "paced": self.paced,
            "settings": settings,
            "kind": role.rstrip("12"),
        }
        self._orders.write(json.dumps(order) + "\n")
        self._orders.flush()
        self.pids[role] = int(self._answers.readline())

    def stop(self) -> None:
        """End everything."""
        for pid in self.pids.values():
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        self._orders.close()
        self.zygote.wait(30)
        self._answers.close()
        self.engine.dispose()
        self.server.stop()

    def respawn(self) -> None:
        """Start anew whoever died; who has just written that it dies may not be gone yet."""
        for one in self.fate.told():
            if one["said"] == "killed":
                until(partial(_is_gone, one["pid"]), f"process {one['pid']} is gone")
        for role in self.kinds:
            if role not in self.pids or not alive(self.pids[role]):
                self.spawn(role)

    def kills(self) -> int:
        """How many died so far. Raises AssertionError when one ended in another way."""
        told = self.fate.told()
        if failed := [one for one in told if one["said"] == "failed"]:
            raise AssertionError(failed)
        return sum(one["said"] == "killed" for one in told)


def alive(pid: int) -> bool:
    """Whether the process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _is_gone(pid: int) -> bool:
    return not alive(pid)


def until(look: Callable[[], T], what: str, within_s: float = PATIENCE_S) -> T:
    """The first true answer. Raises AssertionError."""
    end = time.monotonic() + within_s
    while not (found := look()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {within_s:g} s: {what}")
        time.sleep(0.02)
    return found


def _open(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise ValueError("no pipe was asked for")
    return pipe
