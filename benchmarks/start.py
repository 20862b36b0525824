"""A production start beside a process that only imports what the product stands on: `python -m benchmarks.start`."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

ROUNDS = 9
MOST = 1.4
"""Time to ready, by the time of the imports alone."""
RSS = "print(int(open('/proc/self/statm').read().split()[1]) * 4096, flush=True)"
IMPORTS = f"""
import aiohttp.web, alembic.command, alembic.config, alembic.migration, boto3, prometheus_client, pydantic_settings
import slack_bolt, slack_sdk.socket_mode.aiohttp, sqlalchemy.dialects.sqlite, structlog, tabulate
{RSS}
"""
"""The modules of our dependencies that any bot on them would import."""
START = f"""
import json, sys
import boto3
from bot.app import World, build
from bot.log import configure
from bot.settings import Fixed
configure()
said = json.loads(sys.argv[1])
session = boto3.Session(said["key"], said["secret_key"], said["token"], region_name="us-west-2")
settings = Fixed(database_url=said["db"], slack={{"bot_token": said["bot"], "app_token": said["app"]}})
app = build(settings, World(session=session, aws_url=said["aws"], slack_url=said["slack"], hooks=(said["hook"],)))
app.start()
{RSS}
sys.stdin.readline()
{RSS}
app.stop()
"""
IDLE_S = 3.0
"""After the start; the first poll of every account is over then."""


@dataclass(frozen=True, slots=True)
class Started:
    """How long a process took to be ready, and what it held then and while idle."""

    ready_s: float
    ready_bytes: int
    idle_bytes: int


def started(program: str, *arguments: str, idle_s: float = 0.0) -> Started:
    """Run a program until it says that it is ready, and once more when it has idled."""
    pipe = subprocess.PIPE
    began = time.perf_counter()
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as running:
        first = running.stdout.readline() if running.stdout else ""
        took_s = time.perf_counter() - began
        time.sleep(idle_s)
        said, log = running.communicate("\n", timeout=60)
        if running.returncode != 0:
            raise RuntimeError(log)
    return Started(took_s, int(first), int(said or first))


@contextmanager
def outside() -> Iterator[dict[str, str]]:
    """Slack and AWS; where they are."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "benchmarks.outside"]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as running:
        if running.stdout is None:
            raise RuntimeError("no pipe")
        yield json.loads(running.stdout.readline())
        running.communicate(timeout=60)


def told(name: str, rounds: Sequence[Started]) -> str:
    """A row of the table."""
    ready_mib, idle_mib = (
        median(sizes) / 2**20 for sizes in zip(*((r.ready_bytes, r.idle_bytes) for r in rounds), strict=True)
    )
    return f"| {name} | {median(r.ready_s for r in rounds):.2f} | {ready_mib:.0f} | {idle_mib:.0f} |"


def main() -> int:
    """0 when the start is fast enough."""
    bare, first, again = list[Started](), list[Started](), list[Started]()
    with outside() as said, tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            given = json.dumps({**said, "db": f"sqlite:///{folder}/{number}.db"})
            bare.append(started(IMPORTS))
            first.append(started(START, given))
            again.append(started(START, given, idle_s=IDLE_S))
    print("| | ready after s | MiB then | MiB idle |\n|---|--:|--:|--:|")
    print(told("imports alone", bare))
    print(told("first start, on a new database", first))
    print(told("start on its database", again))
    ratios = [median(o.ready_s / b.ready_s for o, b in zip(ours, bare, strict=True)) for ours in (first, again)]
    print(f"start / imports: {ratios[1]:.2f} (the first one {ratios[0]:.2f}), at most {MOST}")
    return int(ratios[1] > MOST)


if __name__ == "__main__":
    sys.exit(main())
