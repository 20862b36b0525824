"""The edge: one aiohttp loop on a thread of its own, and what stands on it."""

from typing import Protocol

from bot.errors import BotError
from bot.slack.loop import LoopThread


class Line(Protocol):
    """Something that stands on the loop between `open` and `close`, both run on it."""

    async def open(self) -> None:
        """Raises BotError when it cannot stand."""
        ...

    async def close(self) -> None:
        """Take nothing more, end what runs; closing what was never opened is no error."""
        ...

    async def is_up(self) -> bool:
        """Whether it works now."""
        ...


class Edge:
    """Opens its lines in order and closes them in the reverse one."""

    def __init__(self, *lines: Line) -> None:
        self._lines = lines
        self._loop = LoopThread("slack-edge")

    def start(self) -> None:
        """Returns once everything stands. Raises BotError; then nothing is left open."""
        self._loop.start()
        try:
            for line in self._lines:
                self._loop.do(line.open())
        except TimeoutError:
            self.stop()
            raise BotError("Slack's socket did not open within 30 s.", "Look at the log and the network.") from None
        except BotError:
            self.stop()
            raise

    def stop(self) -> None:
        """Close everything and the loop; twice is no error."""
        if self._loop.is_alive():
            for line in reversed(self._lines):
                self._loop.do(line.close())
        self._loop.stop()

    def is_connected(self) -> bool:
        """Whether everything works now."""
        return self._loop.is_alive() and self._loop.do(self.is_up())

    async def is_up(self) -> bool:
        """The same, on the loop."""
        return all([await line.is_up() for line in self._lines])
