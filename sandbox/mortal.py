"""Processes of the product that die by SIGKILL at a chosen moment: for tests of what a death loses or doubles.

`main` is a process that forks one for each order that it reads, so that none pays for imports. Orders and answers are
JSON lines. What happens in AWS is a file of runs; the product's clock is faster than the machine's.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import boto3

from bot.app import build
from bot.log import configure
from bot.model.account import Account, Scope
from bot.model.monitor import Execution, Report, RunStatus
from bot.model.person import Person
from bot.model.place import About, Family, Place
from bot.model.post import OutboxRow
from bot.model.route import Route, RouteBook
from bot.outside import World
from bot.ports import Alarms, Ask, Chat, Directory, Inbox, Incidents, Monitors, Outbox, Routes, StormQueue
from bot.settings import Fixed
from bot.slack.storm_task import DRAW_EVERY, SAY_EVERY
from sandbox.fakes import finding
from sandbox.fakes_fleet import FakeDirectory, FakeMonitors, Fleet
from sandbox.mortal_queue import DescribedAlarms, FileQueue, Sky

T = TypeVar("T")
POINTS = ("poll", "record", "claim", "post", "posted", "click")
"""Calls of ports before and after which a process can die: the poll's listing, its commit, `begin` of a row of the
outbox, a message to Slack, what is noted of it, a click's commit."""
STORM_POINTS = ("gather", "draw", "drawn", "said")
"""Those of storms: cards put into one, a drawing noted, what is noted of it and of what its thread was told."""
SIGNAL_POINTS = ("receive", "take", "delete")
"""Those of what is sent: messages received, what they say committed, messages deleted."""
REGION = "us-west-2"
ACCOUNT = Account("222222222222", "ml-production", (REGION,))
SPEED = 20.0
"""Of the product's clock against the machine's: a poll every 10 s is one every 0.5 s."""


@dataclass(frozen=True, slots=True)
class FastClock:
    """`Clock` that is the same in every process, and faster than the machine's."""

    epoch: datetime

    def now(self) -> datetime:
        """Aware, in UTC."""
        return self.epoch + (datetime.now(UTC) - self.epoch) * SPEED

    def sleep_until(self, when: datetime, stop: threading.Event) -> None:
        """Return at `when`, or as soon as `stop` is set."""
        stop.wait(max(0.0, (when - self.now()).total_seconds() / SPEED))


class Fate:
    """Where the next process dies, as a file says it: `claim before`. Whoever comes there first removes the file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "fate"
        self._journal = folder / "journal"

    def order(self, point: str, when: str) -> None:
        """From now on; whole from the first moment."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{point} {when}")
        fresh.replace(self._file)

    def around(self, point: str, call: Callable[..., T], *args: Any, **options: Any) -> T:
        """The call, and a look before and after it."""
        self.meet(point, "before")
        result = call(*args, **options)
        self.meet(point, "after")
        return result

    def meet(self, point: str, when: str) -> None:
        """Die if it is written so."""
        try:
            if self._file.read_text() != f"{point} {when}":
                return
            self._file.unlink()
        except FileNotFoundError:
            return
        self.tell("killed", point=point, when=when)
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)

    def tell(self, said: str, **facts: str) -> None:
        """A line in the journal that the test reads."""
        line = json.dumps({"pid": os.getpid(), "said": said, **facts}) + "\n"
        handle = os.open(self._journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, line.encode())
        os.close(handle)

    def told(self) -> list[dict[str, Any]]:
        """The journal so far."""
        if not self._journal.exists():
            return []
        return [json.loads(line) for line in self._journal.read_text().splitlines()]


class Mortal:
    """An adapter some of whose methods are points where one can die."""

    def __init__(self, inner: Any, fate: Fate, points: Mapping[str, str | Callable[[], str]]) -> None:
        self._inner = inner
        self._fate = fate
        self._points = points

    def __getattr__(self, name: str) -> Any:
        """The adapter's own, or that with a look before and after."""
        found, point = getattr(self._inner, name), self._points.get(name)
        if point is None:
            return found
        return partial(self._fate.around, point if isinstance(point, str) else point(), found)


class Unhurried(Mortal):
    """The outbox without pace and budget: how fast Slack may be told is not what is tried."""

    def next_post_at(self, channel: str) -> None:
        """At once."""

    def take_post(self, channel: str, now: datetime, every: timedelta) -> None:
        """Always."""
        del channel, now, every

    def book_post(self, channel: str, now: datetime, every: timedelta) -> datetime:
        """At once."""
        del channel, every
        return now

    def take_update(self, now: datetime, per_minute: int) -> bool:
        """Always."""
        del now, per_minute
        return True


class Brisk(Mortal):
    """The storms' queue, with rests between drawings, and between lines in a thread, of a tenth of their length."""

    def drawn(self, number: int, rows: Sequence[OutboxRow], at: tuple[str, str], now: datetime) -> None:
        """As if it had been so long ago that a tenth is left."""
        self._fate.around("drawn", self._inner.drawn, number, rows, at, now - DRAW_EVERY * 0.9)

    def said(self, number: int, rows: Sequence[OutboxRow], now: datetime) -> None:
        """The same."""
        self._fate.around("said", self._inner.said, number, rows, now - SAY_EVERY * 0.9)


class OwnChannels:
    """`Routes`: each service has a channel of its own."""

    def all(self) -> tuple[Route, ...]:
        """As many as there are services: none is known beforehand."""
        return ()

    def problem(self) -> str:
        """None."""
        return ""

    def book(self) -> RouteBook:
        """None is written down."""
        return RouteBook(())

    def route(self, place: Place, about: About) -> Route:
        """`C` and the service's name in capitals, as an id; of `k1-bank` what stands before the dash."""
        del about
        stem = place.service.partition("-")[0]
        return Route(f"C{stem.upper()}", acknowledge_for=timedelta(days=30))


class Runs:
    """The fleet's runs, in a file that the test appends to."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "runs"

    def add(self, service: str, at: datetime, status: RunStatus = RunStatus.VIOLATED) -> str:
        """A run that ended then, as it says with violations; its id."""
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"service": service, "at": at.isoformat(), "status": status.value}) + "\n")
        return _execution(service, at, status).id

    def fleet(self) -> Fleet:
        """As it is now."""
        lines = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
        read = [json.loads(line) for line in lines]
        runs = [_execution(one["service"], datetime.fromisoformat(one["at"]), RunStatus(one["status"])) for one in read]
        report = Report((finding("accuracy", 0.5), finding("recall", 0.3)), None, 1_000, 2, "", readable=True)
        return Fleet(
            (ACCOUNT,), runs=runs, reports={run.id: report for run in runs if run.status is RunStatus.VIOLATED}
        )


def _execution(service: str, at: datetime, status: RunStatus) -> Execution:
    return Execution(ACCOUNT, REGION, f"{service}-quality", service, Family.MODEL_QUALITY, at, at, status)


def _change_of() -> str:
    """Whose commit it is: the poll, hints and the queue have threads of their own."""
    name = threading.current_thread().name
    if name.startswith("inbox"):
        return "take"
    return "record" if name in {"watch", "looker"} else "click"


def _wrapped(fate: Fate, folder: Path, *, paced: bool) -> Callable[[type, Any], Any]:
    """Each port as this process has it; AWS's are the files'."""
    runs = Runs(folder)
    outbox = Mortal if paced else Unhurried

    def everything() -> Ask:
        return Ask(Person("", "", ""), datetime.now(UTC), Scope((ACCOUNT,)), time.monotonic() + 60)

    makers: dict[type, Callable[[Any], Any]] = {
        Incidents: lambda adapter: Mortal(adapter, fate, {"change": _change_of}),
        Outbox: lambda adapter: outbox(adapter, fate, {"begin": "claim", "posted": "posted"}),
        StormQueue: lambda adapter: Brisk(adapter, fate, {point: point for point in STORM_POINTS}),
        Chat: lambda adapter: Mortal(adapter, fate, {"post": "post", "update": "post"}),
        Routes: lambda _: OwnChannels(),
        Directory: lambda _: FakeDirectory(runs.fleet()),
        Monitors: lambda _: Mortal(FakeMonitors(runs.fleet(), everything()), fate, {"executions": "poll"}),
        Alarms: lambda _: DescribedAlarms(Sky(folder), ACCOUNT),
        Inbox: lambda _: Mortal(FileQueue(folder), fate, {"receive": "receive", "delete": "delete"}),
    }
    return lambda port, adapter: makers[port](adapter) if port in makers else adapter


def live(order: Mapping[str, Any]) -> None:
    """Be one process of the product until a signal."""
    folder = Path(order["folder"])
    fate = Fate(folder)
    world = World(
        clock=FastClock(datetime.fromisoformat(order["epoch"])),
        session=boto3.Session("AKIAMORTAL", "mortal", region_name=REGION),
        slack_url=f"{order['slack']}/api/",
        hooks=(f"{order['slack']}/",),
        wrap=_wrapped(fate, folder, paced=order.get("paced", False)),
        lease_s=order["lease_s"],
    )
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    app = build(Fixed(**order["settings"]), world, order["kind"])
    app.start()
    fate.tell("ready", kind=order["kind"])
    parent = os.getppid()
    # Who started this process may have been ended: nobody is left behind.
    while os.getppid() == parent and not stop.wait(1.0):
        continue
    app.stop()


def main() -> None:
    """Fork a process for each line of orders, and answer its id; ends with the input."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(order)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _child(order: Mapping[str, Any]) -> None:
    """Never returns: what belongs to the parent is not ended here."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sys.stdin.close()
    status = 0
    try:
        configure((Path(order["folder"]) / "log").open("a", buffering=1, encoding="utf-8"))
        live(order)
    except BaseException as error:  # noqa: BLE001  # the test reads it
        Fate(Path(order["folder"])).tell("failed", why=repr(error))
        status = 1
    os._exit(status)


if __name__ == "__main__":
    main()
