"""One process of the product in a sandbox that another process runs: `python -m sandbox.apart work http://127.0.0.1:4400`.

Settings and AWS keys come from the environment, as in production. The sandbox's addresses do not: no setting of the
product leads away from the real Slack, so that no slip can.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import cast

from bot.__main__ import ended, process
from bot.model.worker import Kind
from bot.outside import World
from sandbox.driver import Driver

_LOOK_S = 0.1


class WorldTime:
    """The sandbox's clock as its control API tells it. A `bot.ports.Clock`."""

    def __init__(self, drive: Driver) -> None:
        self._drive = drive
        self._offset = timedelta(0)
        self._read()
        Thread(target=self._follow, name="world-time", daemon=True).start()

    def now(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC) + self._offset

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Return at `when`, when `stop` is set, or soon after the world's time passed it."""
        while (left_s := (when - self.now()).total_seconds()) > 0:
            if stop.wait(min(left_s, _LOOK_S)):
                return

    def _follow(self) -> None:
        pause = Event()
        while not pause.wait(_LOOK_S):
            try:
                self._read()
            except OSError:
                continue  # the sandbox ends or is not there yet: its time goes on as it did

    def _read(self) -> None:
        told = datetime.fromisoformat(self._drive.state()["now"])
        self._offset = max(self._offset, told - datetime.now(UTC))


def main(arguments: Sequence[str]) -> int:
    """Kind, the page's address and, if another than production's, the lease in seconds; until a signal."""
    kind, url, *lease_s = arguments
    drive = Driver(url)
    world = World(
        clock=WorldTime(drive),
        aws_url=drive.state()["aws_endpoint_url"],
        slack_url=f"{url}/api/",
        hooks=(f"{url}/",),
        uploads=(f"{url}/",),
        lease_s=float(lease_s[0]) if lease_s else World().lease_s,
    )
    return ended(lambda: process(cast("Kind", kind), world))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
