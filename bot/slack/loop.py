"""An event loop on a thread of its own, driven from other threads."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_PATIENCE_S = 30


class LoopThread:
    """One loop, started once and stopped once."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)

    def start(self) -> None:
        """Run the loop."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether it runs now."""
        return self._thread.is_alive()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it on the loop, which must be alive, and wait. Raises what it raises, TimeoutError after 30 s."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=_PATIENCE_S)

    def stop(self) -> None:
        """Cancel what still runs and end the thread; a loop that never ran is only closed."""
        if self.is_alive():
            self.do(_settled())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()


async def _settled() -> None:
    rest = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
