"""An HTTP server on the edge's loop, spoken to by strangers: how long they may take and what they learn."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Protocol

import pytest
from structlog.testing import capture_logs

from bot.errors import StoreDown
from bot.slack.health import Health
from bot.slack.listener import Listener
from bot.slack.pools import Pools

Said = bytes | Callable[[], Awaitable[bytes]]


class Speak(Protocol):
    """Sends each once the one before is answered; what came back until the line was closed."""

    async def __call__(self, *said: Said) -> bytes:
        """Within 20 s."""
        ...


AWAY = "The database cannot be reached; nothing was changed."


@asynccontextmanager
async def served(health: Health, *, why: bool = False, header_s: float = 20) -> AsyncIterator[Speak]:
    """A listener, spoken to until it closes the line."""
    line = Listener("127.0.0.1", 0, health.probes(why=why), settings="http.port", header_s=header_s)
    await line.open()
    host, _, port = line.url.removeprefix("http://").partition(":")

    async def speak(*said: Said) -> bytes:
        async with asyncio.timeout(20):
            reader, writer = await asyncio.open_connection(host, int(port))
            answered = b""
            for n, one in enumerate(said, 1):
                writer.write(one if isinstance(one, bytes) else await one())
                answered += await (reader.readuntil(b"alive") if n < len(said) else reader.read())
            writer.close()
            return answered

    try:
        yield speak
    finally:
        await line.close()


async def _up() -> bool:
    return True


def asked(*whys: str, run: Callable[[Health], Coroutine[None, None, list[bytes]]]) -> list[bytes]:
    """What is answered while these are the reasons why it is not ready, one a time, then none."""
    left = iter(whys)

    def blocked() -> str:
        if why := next(left, ""):
            raise StoreDown(why)
        return ""

    pools = Pools()
    try:
        return asyncio.run(run(Health(pools, blocked, _up, lambda: None)))
    finally:
        pools.close()


GET = b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
LAST = GET % b"/healthz"
KEPT = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    ("said", "answers"),
    [((b"",), 0), ((b"POST /slack/events HTTP/1.1\r\nHost: x\r\n",), 0), ((KEPT, b"GET /healthz HTT"), 1)],
)
def test_a_header_that_does_not_come_to_its_end_ends_the_connection(said: tuple[bytes, ...], answers: int) -> None:
    """Silence, half a header, and half of a second one; what was whole was answered."""

    async def run(health: Health) -> list[bytes]:
        async with served(health, header_s=0.3) as speak:
            return [await speak(*said)]

    (answered,) = asked(run=run)
    assert answered.count(b"HTTP/1.1 200 OK") == answers
    assert bool(answered) is bool(answers)


def test_a_connection_that_waits_between_two_requests_stays_open() -> None:
    """Load balancers keep theirs; a stranger's silence ends meanwhile."""

    async def run(health: Health) -> list[bytes]:
        async with served(health, header_s=0.3) as speak:
            silent = asyncio.create_task(speak(b""))

            async def after() -> bytes:
                return await silent or LAST

            return [await speak(KEPT, after)]

    (answered,) = asked(run=run)
    assert answered.count(b"HTTP/1.1 200 OK") == 2


def test_no_answer_names_the_software_that_makes_it() -> None:
    """Not of a route, of none, of a wrong method, nor to what is no HTTP at all."""
    requests = (
        GET % b"/healthz",
        GET % b"/readyz",
        GET % b"/x",
        b"PUT" + (GET % b"/healthz")[3:],
        b"\x16\x03\x01\r\n\r\n",
    )

    async def run(health: Health) -> list[bytes]:
        async with served(health) as speak:
            return [await speak(request) for request in requests]

    answers = asked(AWAY, run=run)
    assert [int(answer.split(b" ", 2)[1]) for answer in answers] == [200, 503, 404, 405, 400]
    assert not any(word in answer.lower() for answer in answers for word in (b"server:", b"aiohttp", b"python"))


@pytest.mark.parametrize(("why", "said"), [(False, b"not ready"), (True, b"not ready: " + AWAY.encode())])
def test_the_reason_is_for_the_telemetrys_address_and_the_log(why: bool, said: bytes) -> None:
    """Strangers learn that it is not ready; the log has each reason once, however often a balancer asks."""

    async def run(health: Health) -> list[bytes]:
        async with served(health, why=why) as speak:
            return [(await speak(GET % b"/readyz")).partition(b"\r\n\r\n")[2] for _ in range(4)]

    with capture_logs() as logs:
        answers = asked(AWAY, AWAY, run=run)
    assert answers == [said, said, b"ready", b"ready"]
    assert [(log["event"], log.get("cause", "")) for log in logs] == [("not ready", AWAY), ("ready again", "")]
