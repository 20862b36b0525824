"""How long a stranger may take for a request's header: aiohttp bounds only how long a connection may be idle."""

import asyncio

from aiohttp import web

HEADER_S = 10.0
"""From a connection's opening, or from the first byte behind an answer, to the end of a header.

Slack sends its header at once, and a load balancer hands on what is whole.
"""


class HeaderDeadline(asyncio.Protocol):
    """Stands between a connection and aiohttp's protocol for it, which is told everything as it comes."""

    def __init__(
        self, inner: web.RequestHandler, within_s: float, lines: "dict[web.RequestHandler, HeaderDeadline]"
    ) -> None:
        """`lines` has this one while its connection is open, so that who makes a request finds it."""
        self._inner = inner
        self._lines = lines
        self._within_s = within_s
        self._transport: asyncio.BaseTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._in_request = False

    def begun(self) -> None:
        """A header is whole; what comes now is its body."""
        self._in_request = True
        self._disarm()

    def answered(self) -> None:
        """What comes now is the next header, or the rest of a body that nobody wants."""
        self._in_request = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open."""
        self._transport = transport
        self._lines[self._inner] = self
        self._arm()
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """More of a header, or of a body."""
        if not self._in_request and self._timer is None:
            self._arm()
        self._inner.data_received(data)

    def eof_received(self) -> None:
        """Half closed."""
        self._inner.eof_received()

    def pause_writing(self) -> None:
        """The other side reads slowly."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """It caught up."""
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Over."""
        self._disarm()
        self._transport = None
        self._inner.connection_lost(exc)
        self._lines.pop(self._inner, None)

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._within_s, self._end)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self) -> None:
        self._timer = None
        if self._transport is not None:
            self._transport.close()
