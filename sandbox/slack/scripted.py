"""An app whose answers a test writes: connects by Socket Mode as a bot does, keeps what it hears."""

import asyncio
import json
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from sandbox.slack.records import Json

IGNORE = object()
"""An answer that is none: the envelope is not acknowledged."""

Answer = Callable[[Json], Any]


class ScriptedApp:
    """Acknowledges everything with nothing, unless `answers[type]` returns a payload, or IGNORE, for it."""

    def __init__(self, url: str, app_token: str) -> None:
        self._url = url
        self._token = app_token
        self.answers: dict[str, Answer] = {}
        self.heard: list[Json] = []
        self._news: dict[str, threading.Event] = defaultdict(threading.Event)
        self._connected = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="scripted-app", daemon=True)
        self._running: Any = None

    def start(self) -> None:
        """Connect; raises TimeoutError when the sandbox does not say hello within five seconds."""
        self._thread.start()
        self._running = asyncio.run_coroutine_threadsafe(self._run(), self._loop)
        if not self._connected.wait(5):
            raise TimeoutError("the sandbox did not say hello")

    def stop(self) -> None:
        """Disconnect and end the thread."""
        if self._running is not None:
            self._running.cancel()
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    def wait(self, kind: str, number: int = 1, within_s: float = 5.0) -> Json:
        """The number-th envelope of a type, counted from one; raises TimeoutError when it does not come."""
        while len(found := [one for one in self.heard if one["type"] == kind]) < number:
            self._news[kind].clear()
            still_missing = len([one for one in self.heard if one["type"] == kind]) < number
            if still_missing and not self._news[kind].wait(within_s):
                raise TimeoutError(f"{len(found)} of {number} {kind} came")
        return found[number - 1]

    async def _run(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with ClientSession() as session:
            async with session.post(f"{self._url}/api/apps.connections.open", headers=headers) as opened:
                url = (await opened.json())["url"]
            async with session.ws_connect(url) as line:
                async for message in line:
                    if message.type is WSMsgType.TEXT:
                        await self._take(line, json.loads(message.data))

    async def _take(self, line: ClientWebSocketResponse, frame: Json) -> None:
        if frame["type"] == "hello":
            self._connected.set()
            return
        self.heard.append(frame)
        answers = self.answers.get(frame["type"])
        answer = answers(frame) if answers else None
        if answer is not IGNORE and "envelope_id" in frame:
            payload = {} if answer is None else {"payload": answer}
            await line.send_json({"envelope_id": frame["envelope_id"], **payload})
        self._news[frame["type"]].set()
