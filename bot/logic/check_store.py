"""What the database, its waiting messages and the processes on it mean; all times are the machine's own."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.logic.words import duration, listing, plural
from bot.model.checkup import Check, Database, Queue
from bot.model.post import NoticeRow, OutboxRow
from bot.model.worker import Lease, Worker

DATABASE, OUTBOX, PROCESSES = "database", "outbox", "processes"
SLOW_S: Final = 0.5
"""Slack waits three seconds for an acknowledgement, and a press writes before it."""
LITTLE_BYTES: Final = 200 * 1024 * 1024
LATE: Final = timedelta(minutes=5)
ALIVE: Final = timedelta(seconds=30)
"""A process tells of itself every ten seconds."""
_LOOK = "See what its log says of `not shown`; what Slack or the network refuses stands there."


def database_checks(found: Database) -> Iterator[Check]:
    """Its kind and pace; room on the disk where it is a file."""
    said = f"tables of revision {found.revision}, a write took {found.wrote_s * 1000:.0f} ms"
    slow = found.wrote_s > SLOW_S
    step = "See what loads its disk or network: buttons wait for it." if slow else ""
    yield Check(DATABASE, found.kind, "warn" if slow else "good", said, step)
    if found.free_bytes is not None and found.free_bytes < LITTLE_BYTES:
        room = f"{found.free_bytes // 1024**2} MB are left on its disk"
        yield Check(DATABASE, "disk", "warn", room, "Make room before it is full: nothing is taken in then.")


def outbox_checks(
    queues: Sequence[Queue], unheld: frozenset[str], living: frozenset[str], now: datetime
) -> list[Check]:
    """What waits to be shown, by channel. `unheld` are the channels that nobody took while that was watched.

    `living` are the ids of the processes that are alive.
    """
    if not queues:
        return [Check(OUTBOX, "messages", "good", "nothing waits to be shown")]
    return [_queue(queue, unheld, living, now) for queue in queues]


def _queue(queue: Queue, unheld: frozenset[str], living: frozenset[str], now: datetime) -> Check:
    waits = f"{plural(queue.rows, 'message')} {'waits' if queue.rows == 1 else 'wait'} to be shown"
    subject = f"#{queue.channel.removeprefix('#')}"
    if held(queue, now) and queue.owner not in living:
        ends = duration((queue.held_until or now) - now)
        said = f"{waits}; the channel is left to {queue.owner}, which is gone, for another {ends}"
        return Check(OUTBOX, subject, "warn", said, "Wait: another process takes it then, if one is alive.")
    if queue.tried_at is not None and now - queue.tried_at > LATE:
        tried = f"the oldest was first tried {duration(now - queue.tried_at)} ago, {plural(queue.attempts, 'time')}"
        return Check(OUTBOX, subject, "warn", f"{waits}; {tried}", _LOOK)
    if queue.channel in unheld:
        return Check(OUTBOX, subject, "bad", f"{waits} and nobody posts", "Start `python -m bot work` (or `run`).")
    return Check(OUTBOX, subject, "good", waits)


def held(queue: Queue, now: datetime) -> bool:
    """Whether a process holds the channel."""
    return queue.held_until is not None and queue.held_until > now


def parked_checks(parked: Iterable[tuple[OutboxRow | NoticeRow, str]]) -> Iterator[Check]:
    """What was given up, by channel and cause."""
    counted = Counter((_channel(row).removeprefix("#"), cause) for row, cause in parked)
    for (channel, cause), rows in counted.items():
        said = f"{plural(rows, 'message')} given up: {cause}"
        step = "`/ml incidents` has what it would have said; report the cause with the log's lines."
        yield Check(OUTBOX, f"#{channel}", "warn", said, step)


def _channel(row: OutboxRow | NoticeRow) -> str:
    return row.channel if isinstance(row, NoticeRow) else row.out.channel


def alive(workers: Iterable[Worker], now: datetime) -> tuple[Worker, ...]:
    """Those that told of themselves lately."""
    return tuple(w for w in workers if now - w.seen_at <= ALIVE)


def process_checks(workers: Iterable[Worker], poll: Lease | None, now: datetime) -> Iterator[Check]:
    """Who is alive, who died, who polls, and whether all are of one version. `poll` is the lease on polling."""
    told = tuple(workers)
    living = alive(told, now)
    dead = tuple(w.id for w in told if w not in living)
    yield from (_living(worker, now) for worker in living)
    if not any(w.kind in {"run", "work"} for w in living):
        yield Check(PROCESSES, "work", "bad", "nobody polls AWS and nobody posts", "Start `python -m bot run`.")
    if not any(w.kind in {"run", "serve"} for w in living):
        yield Check(PROCESSES, "serve", "bad", "nobody answers in Slack", "Start `python -m bot run`.")
    if dead:
        said = f"{listing(dead)} ended without a word within a day"
        yield Check(PROCESSES, plural(len(dead), "process", "processes"), "warn", said, "See why in its log.")
    versions = tuple(sorted({w.version for w in living}))
    if len(versions) > 1:
        said = f"versions {listing(versions)} run side by side"
        yield Check(PROCESSES, "versions", "warn", said, "Bring the older ones up to date too.")
    yield from _poll(living, poll, now)


def _living(worker: Worker, now: datetime) -> Check:
    seen = duration(now - worker.seen_at)
    up = duration(now - worker.started_at)
    said = f"`{worker.kind}` of version {worker.version} is alive: last heard from {seen} ago, up for {up}"
    return Check(PROCESSES, worker.id, "good", said)


def _poll(living: Sequence[Worker], lease: Lease | None, now: datetime) -> Iterator[Check]:
    """Who polls for all, where somebody could."""
    if not any(w.kind in {"run", "work"} for w in living):
        return
    if lease is None or lease.held_until <= now:
        yield Check(PROCESSES, "poll", "warn", "nobody polls just now", "Ask again in a minute; then see the logs.")
    elif lease.owner not in {w.id for w in living}:
        said = f"the poll is left to {lease.owner}, which is gone"
        yield Check(PROCESSES, "poll", "warn", said, "Wait half a minute: another process takes it.")


def last_poll_check(seen_at: datetime | None, now: datetime, every: timedelta) -> Check:
    """When the fleet's accounts were last listed; `now` is of the product's clock."""
    if seen_at is None:
        step = "Ask again in a minute; if it lasts, see the lines on links and AWS rights."
        return Check(PROCESSES, "last poll", "warn", "the accounts were never listed", step)
    ago = now - seen_at
    said = f"the accounts were last listed {duration(ago)} ago"
    if ago <= 2 * every + timedelta(minutes=1):  # a round may take most of a minute itself
        return Check(PROCESSES, "last poll", "good", said)
    return Check(PROCESSES, "last poll", "warn", said, "See the lines on processes, links and AWS rights.")
