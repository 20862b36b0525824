"""A queue and CloudWatch's alarms as files, which any number of mortal processes share."""

import json
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.alerts.sources import cloudwatch_alarm
from bot.errors import TimedOut
from bot.logic import envelope
from bot.model.account import Account
from bot.model.alarm import Alarm, Contributor, Judged, Mute
from bot.model.event import Message
from bot.model.observation import Window
from bot.ports import Failure, Found, Sweep

BATCH: Final = 10
HIDDEN_S: Final = 4.0
"""The queue's visibility timeout: for so long a message that was received is nobody else's. SQS's default is 30 s."""
WAIT_S: Final = 0.5
"""How long a receive waits for a message."""
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, body TEXT, visible_at REAL, received INTEGER)"
)
_VISIBLE: Final = "SELECT id, body, received FROM messages WHERE visible_at <= ? ORDER BY id LIMIT ?"


class FileQueue:
    """`Inbox` by SQS's rules: a message is hidden, not gone, and a receipt is good until the message is received anew.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html lets an older receipt
    fail or succeed; here it does nothing, which is the stricter.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "queue"
        with self._open() as conn:
            conn.execute(_TABLE)

    def put(self, bodies: Iterable[str]) -> None:
        """Behind the others."""
        with self._open() as conn:
            conn.executemany("INSERT INTO messages VALUES (NULL, ?, 0, 0)", [(body,) for body in bodies])

    def left(self) -> list[str]:
        """What is in it, hidden messages too."""
        with self._open() as conn:
            return [body for (body,) in conn.execute("SELECT body FROM messages ORDER BY id")]

    def receive(self, *, wait: bool = True) -> tuple[Message, ...]:
        """The first ten that are visible."""
        end = time.monotonic() + (WAIT_S if wait else 0.0)
        while not (found := self._received()) and time.monotonic() < end:
            time.sleep(0.05)
        return found

    def extend(self, messages: Sequence[Message], seconds: int) -> None:
        """From now on."""
        with self._open() as conn:
            until = [(time.time() + seconds, *_of(message)) for message in messages]
            conn.executemany("UPDATE messages SET visible_at = ? WHERE id = ? AND received = ?", until)

    def delete(self, messages: Sequence[Message]) -> None:
        """By receipt."""
        with self._open() as conn:
            conn.executemany("DELETE FROM messages WHERE id = ? AND received = ?", map(_of, messages))

    def has_dead_letters(self) -> bool:
        """It has none."""
        return False

    def lets_topics_in(self) -> bool:
        """EventBridge alone."""
        return False

    def _received(self) -> tuple[Message, ...]:
        with self._open() as conn:
            rows = conn.execute(_VISIBLE, (time.time(), BATCH)).fetchall()
            hidden = [(time.time() + HIDDEN_S, number) for number, _, _ in rows]
            conn.executemany("UPDATE messages SET visible_at = ?, received = received + 1 WHERE id = ?", hidden)
        return tuple(Message(str(n), f"{n}:{times + 1}", body, times + 1) for n, body, times in rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction; what a process that dies had not committed did not happen."""
        conn = sqlite3.connect(self._file, timeout=20, isolation_level=None)
        try:
            conn.execute("PRAGMA synchronous = OFF")
            conn.execute("BEGIN IMMEDIATE")
            yield conn
            conn.execute("COMMIT")
        finally:
            conn.close()


def _of(message: Message) -> tuple[int, int]:
    number, _, received = message.receipt.partition(":")
    return int(number), int(received)


class Sky:
    """What CloudWatch says of each alarm, in a file that the test appends to: its newest state change."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "sky"

    def change(self, event: str) -> None:
        """As EventBridge would tell it."""
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(event) + "\n")

    def alarms(self) -> dict[str, Alarm]:
        """By ARN."""
        lines = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
        changes = (cloudwatch_alarm.parse(envelope.event(json.loads(line))) for line in lines)
        return {change.alarm.arn: change.alarm for change in changes}


class DescribedAlarms:
    """`Alarms` of a sky, whose lists are refused: the net under the events finds nothing that these lost."""

    def __init__(self, sky: Sky, account: Account) -> None:
        self._sky = sky
        self._account = account

    def described(self, arns: Collection[str]) -> Found[Alarm]:
        """As they are now."""
        there = self._sky.alarms()
        return Found(tuple(there[arn] for arn in sorted(arns) if arn in there), asked=1)

    def series(self, alarm: Alarm) -> tuple[Contributor, ...]:
        """None has any."""
        del alarm
        return ()

    def judged(self, alarm: Alarm, window: Window) -> Judged | None:
        """None is on an expression."""
        del alarm, window
        return None

    def listed(self, known: Iterable[Alarm], *, tags: bool) -> Found[Sweep[Alarm]]:
        """Refused."""
        del known, tags
        return Found((), self._refused, 1)

    def mutes(self, known: Iterable[Mute]) -> Found[Sweep[Mute]]:
        """Refused."""
        del known
        return Found((), self._refused, 1)

    @property
    def _refused(self) -> tuple[Failure, ...]:
        return (Failure(self._account, self._account.regions[0], TimedOut("it did not answer")),)
