"""What a fleet of 200 accounts costs: listing it live against a loop over sessions, and `status` from the inventory.

`python -m benchmarks.fleet`; the loop is measured on some accounts and multiplied.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import boto3

from benchmarks.fleet_server import OWN, REGION
from bot.alerts.placing import Placing
from bot.alerts.refresh import Refresher
from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.person import Person
from bot.ports import Ask
from bot.registry import Registry
from bot.render import message
from bot.store.engine import connect
from bot.store.incidents import SqlIncidents
from bot.store.inventory import SqlInventory
from bot.store.migrate import migrate
from bot.store.packages import SqlApprovals
from commands.status import status
from sandbox.fakes import FakeRoutes

LATENCY_MS = 50
ACCOUNTS = tuple(Account(f"{200000000000 + n}", f"account-{n:03}", (REGION,)) for n in range(200))
LOOPED = 8
"""Accounts that the loop is measured on."""
WANTED = 15
"""Times faster than the loop."""
ROLE = "sagewatch-read"


@contextmanager
def served(latency_ms: float) -> Iterator[str]:
    """The server's address, while it runs."""
    arguments = [sys.executable, "-m", "benchmarks.fleet_server", str(latency_ms)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.kill()


def calls(url: str) -> dict[str, int]:
    """What was asked since the last look."""
    with urlopen(f"{url}/calls") as answer:  # noqa: S310  # our own server
        counted: dict[str, int] = json.load(answer)
    return counted


def asking(accounts: tuple[Account, ...] = ACCOUNTS) -> Ask:
    """A question of all of them."""
    return Ask(Person("U1", "T1", "Ana"), datetime.now(UTC), Scope(accounts), time.monotonic() + 300)


def loop(url: str, accounts: tuple[Account, ...], *, known: bool) -> float:
    """Seconds of a script that takes one account after the other, each with a session of its own.

    It makes the calls that the bot makes: once configurations are `known`, none for these and the tags.
    """
    began = time.perf_counter()
    own = boto3.Session(f"AKIA{OWN}", "s", region_name=REGION).client("sts", endpoint_url=url)
    for account in accounts:
        role = f"arn:aws:iam::{account.id}:role/{ROLE}"
        keys = own.assume_role(RoleArn=role, RoleSessionName="loop")["Credentials"]
        session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], REGION)
        client = session.client("sagemaker", endpoint_url=url)
        for endpoint in client.list_endpoints(MaxResults=100)["Endpoints"]:
            said = client.describe_endpoint(EndpointName=endpoint["EndpointName"])
            if not known:
                client.describe_endpoint_config(EndpointConfigName=said["EndpointConfigName"])
                client.list_tags(ResourceArn=endpoint["EndpointArn"])
    return time.perf_counter() - began


def refreshed(layer: AwsLayer, inventory: SqlInventory) -> tuple[float, int]:
    """Seconds of `endpoints refresh=yes` without its drawing, and how many endpoints there are."""
    ask = asking()
    began = time.perf_counter()
    found = Refresher(layer.resources(ask), inventory, ask).endpoints()
    took_s = time.perf_counter() - began
    if found.failures:
        raise found.failures[0].error
    return took_s, len(found.items)


def main() -> int:
    """0 when both are fast enough."""
    ratios = list[float]()
    with served(LATENCY_MS) as url, tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{Path(folder) / 'bench.db'}")
        migrate(engine)
        inventory = SqlInventory(engine)
        session = boto3.Session(f"AKIA{OWN}", "s", region_name=REGION)
        layer = AwsLayer(session, AwsSettings(regions=(REGION,), endpoint_url=url, read_role=ROLE))
        for known in (False, True):
            looped_s = loop(url, ACCOUNTS[:LOOPED], known=known) / LOOPED * len(ACCOUNTS)
            calls(url)
            took_s, count = refreshed(layer, inventory)
            print(f"configurations {'known' if known else 'new'}: {count:,} endpoints, calls {calls(url)}")
            ratios.append(looped_s / took_s)
            print(f"  refresh {took_s:.1f} s, a loop {looped_s:.0f} s (from {LOOPED} accounts): {ratios[-1]:.1f} x")
        times = sorted(_status_s(inventory, SqlIncidents(engine, fold), SqlApprovals(engine)) for _ in range(20))
        print(f"status: {times[10] * 1_000:.0f} ms (longest {max(times) * 1_000:.0f}); calls {calls(url)}")
        layer.close()
        engine.dispose()
    print(f"at least {WANTED} x is wanted")
    return int(min(ratios) < WANTED)


def _status_s(inventory: SqlInventory, incidents: SqlIncidents, approvals: SqlApprovals) -> float:
    ask = asking()
    began = time.perf_counter()
    message(status(inventory, incidents, approvals, Placing(inventory, FakeRoutes()), Registry({}, {}), ask))
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
