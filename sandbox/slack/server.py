"""An application served on loopback from a thread of its own."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from aiohttp import web

from sandbox.slack.service import SLACK

HOST = "127.0.0.1"

_T = TypeVar("_T")


class SlackServer:
    """Runs what `create_app` made; `port` 0 takes any free one."""

    def __init__(self, app: web.Application, port: int = 0) -> None:
        self._app = app
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="slack-sandbox", daemon=True)
        self._stopping: asyncio.Event | None = None
        self._started = threading.Event()
        self._failure: OSError | None = None
        self.url = ""

    def start(self) -> str:
        """Listen; returns the URL without a slash at its end. Raises OSError when the port is in use."""
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self.url

    def stop(self) -> None:
        """Close every connection and end the thread; does nothing where it does not run."""
        if self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def do(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run something on the server's own loop, where the workspace may be changed; returns what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _serve(self) -> None:
        try:
            self._loop.run_until_complete(self._run())
        finally:
            self._loop.close()
            self._started.set()

    async def _run(self) -> None:
        self._stopping = asyncio.Event()
        runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, self._port)
            await self._listen(site, runner)
            if self._failure is None:
                await self._stopping.wait()
        finally:
            await runner.cleanup()

    async def _listen(self, site: web.TCPSite, runner: web.AppRunner) -> None:
        try:
            await site.start()
        except OSError as error:
            self._failure = error
            return
        self.url = f"http://{HOST}:{runner.addresses[0][1]}"
        self._app[SLACK].base_url = self.url
        self._started.set()
