"""Our Slack edge against a bare Bolt app on the same kind of loop: `python -m benchmarks.edge`.

Ours keeps what it saw in a database before it acknowledges, bare Bolt keeps nothing. Rounds take turns, since the
machine is shared; the median of the ratios counts.
"""

import asyncio
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from benchmarks.edges import SECRET
from benchmarks.load import IN_FLIGHT, Measured, SocketServer, by_http

T = TypeVar("T")
ROUNDS = 7
COUNT = 2_000
WARM = 300


@contextmanager
def process(kind: str, transport: str, address: str = "") -> "Iterator[subprocess.Popen[str]]":
    """An edge in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.edges", kind, transport, address]
    started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def _line(started: "subprocess.Popen[str]") -> str:
    return started.stdout.readline().strip() if started.stdout else ""


def http_rounds() -> list[tuple[Measured, Measured]]:
    """(ours, bare) of each round."""
    with process("ours", "http") as ours, process("bare", "http") as bare:
        urls = (_line(ours), _line(bare))
        for url in urls:
            asyncio.run(by_http(url, SECRET, WARM))
        return [_pair([asyncio.run(by_http(url, SECRET, COUNT)) for url in _order(urls, n)], n) for n in range(ROUNDS)]


def socket_rounds() -> list[tuple[Measured, Measured]]:
    """(ours, bare) of each round."""
    return asyncio.run(_socket_rounds())


async def _socket_rounds() -> list[tuple[Measured, Measured]]:
    servers = (SocketServer(), SocketServer())
    for server in servers:
        await server.start()
    with process("ours", "socket", servers[0].url), process("bare", "socket", servers[1].url):
        for server in servers:
            await server.load(WARM)
        found = [_pair([await server.load(COUNT) for server in _order(servers, n)], n) for n in range(ROUNDS)]
    for server in servers:
        await server.stop()
    return found


def _order(both: tuple[T, T], n: int) -> tuple[T, T]:
    """Who comes first takes turns."""
    return both if n % 2 == 0 else both[::-1]


def _pair(found: list[Measured], n: int) -> tuple[Measured, Measured]:
    first, second = found if n % 2 == 0 else found[::-1]
    return first, second


def table(transport: str, rounds: list[tuple[Measured, Measured]]) -> float:
    """Print the medians; the ratio of throughputs."""
    for name, of in (("ours", [a for a, _ in rounds]), ("bare Bolt", [b for _, b in rounds])):
        medians = [statistics.median(getattr(m, field) for m in of) for field in ("per_s", "p50_ms", "p99_ms")]
        print(f"| {transport} | {name} | {medians[0]:,.0f} | {medians[1]:.1f} | {medians[2]:.1f} |")
    return statistics.median(a.per_s / b.per_s for a, b in rounds)


def main() -> None:
    """Both transports."""
    print(f"| transport, {IN_FLIGHT} in flight | edge | per second | p50 ms | p99 ms |\n|---|---|---|---|---|")
    ratios = {name: table(name, rounds()) for name, rounds in (("HTTP", http_rounds), ("socket", socket_rounds))}
    for name, ratio in ratios.items():
        print(f"\n{name}: {ratio:.2f} of bare Bolt's throughput (at least 0.80 is wanted)")
    sys.exit(min(ratios.values()) < 0.8)


if __name__ == "__main__":
    main()
