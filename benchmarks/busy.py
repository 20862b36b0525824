"""The whole product while accounts do not answer: what else is typed is acknowledged all the same.

`python -m benchmarks.busy`; signed HTTP, audit and deliveries on SQLite, answers to a sink.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web

from benchmarks.load import IN_FLIGHT, Measured, by_http
from benchmarks.start import outside

FULL = 48
"""Slow questions that have a place: 16 that run, 32 that wait."""
COUNT = 1_500
MOST_MS = 100.0
"""For 99 of 100 acknowledgements, at 16 in flight."""
SETTLES_S = 4.0
"""After a start; the first poll, which takes in a day of runs, is over then."""
AT_ONCE = 200
SLACK_WAITS_MS = 3_000.0


@asynccontextmanager
async def sink() -> AsyncIterator[str]:
    """Where answers go; its address."""

    async def taken(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="ok")

    served = web.Application()
    served.add_routes([web.post("/{rest:.*}", taken)])
    runner = web.AppRunner(served, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


@contextmanager
def product(said: dict[str, str]) -> Iterator[str]:
    """In a process of its own; where it takes requests."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "benchmarks.product", json.dumps(said)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as running:
        yield running.stdout.readline().strip() if running.stdout else ""
        running.communicate(timeout=120)


async def full(url: str, said: dict[str, str]) -> list[tuple[str, Measured]]:
    """Every place of the slow pool is taken; what is typed then."""
    who = _who(said)
    await asyncio.sleep(SETTLES_S)
    await by_http(url, said["signing"], FULL, in_flight=FULL, text="violations", **who)
    typed = (("quick commands, `incidents`", "incidents"), ("slow commands, told to wait", "violations"))
    secret = said["signing"]
    return [(name, await by_http(url, secret, COUNT, in_flight=IN_FLIGHT, **who, text=text)) for name, text in typed]


async def at_once(url: str, said: dict[str, str]) -> Measured:
    """As many slow commands as a whole company may type in a bad minute, in the same moment."""
    return await by_http(url, said["signing"], AT_ONCE, in_flight=AT_ONCE, text="violations", **_who(said))


def _who(said: dict[str, str]) -> dict[str, str]:
    person = {"user_id": said["person"], "team_id": said["team"], "channel_id": said["channel"]}
    return {**person, "response_url": f"{said['hook']}answer"}


def row(name: str, found: Measured) -> str:
    """Of the table."""
    return f"| {name} | {found.per_s:,.0f} | {found.p50_ms:.1f} | {found.p99_ms:.1f} | {found.most_ms:.0f} |"


async def main() -> int:
    """0 when all is within its limit."""
    with outside() as said, tempfile.TemporaryDirectory() as folder:
        async with sink() as hook:
            here = {**said, "hook": hook}
            with product({**here, "db": f"sqlite:///{folder}/full.db"}) as url:
                rows = await full(url, here)
            with product({**here, "db": f"sqlite:///{folder}/once.db"}) as url:
                together = await at_once(url, here)
    print("| with the slow pool full | per second | p50 ms | p99 ms | longest ms |\n|---|--:|--:|--:|--:|")
    print("\n".join(row(*found) for found in [*rows, (f"{AT_ONCE} slow commands at once", together)]))
    worst = max(found.p99_ms for _, found in rows)
    print(f"99 of 100 within {worst:.0f} ms, at most {MOST_MS:.0f}")
    print(f"of {AT_ONCE} at once the last after {together.most_ms:.0f} ms, at most {SLACK_WAITS_MS:.0f}")
    return int(worst > MOST_MS or together.most_ms > SLACK_WAITS_MS)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
