"""The messages of one SQS queue: who may see which when, and who has which in hand.

Moto looks through all of a queue's messages several times for each that is received or deleted. Source: SQS developer
guide, "Amazon SQS visibility timeout", "Using dead-letter queues"; API reference, ReceiveMessage, DeleteMessage,
ChangeMessageVisibility. Hidden is by the wall clock: whoever works on a message does so in real time.
"""

import heapq
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

MOST_REMEMBERED = 10_000
"""Receipts of deleted messages: deleting twice is no error."""


@dataclass(slots=True)
class Kept:
    """A message; times in milliseconds since 1970 by the world's clock."""

    body: str
    sent_ms: int
    attributes: Mapping[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid4()))
    receives: int = 0
    first_received_ms: int = 0
    receipts: list[str] = field(default_factory=list)
    """Of each receive, the latest last."""
    hidden_until_s: float = 0.0


class Messages:
    """Not for threads: its owner locks it. `wall_s` are seconds of a clock that only runs forward."""

    def __init__(self, wall_s: Callable[[], float]) -> None:
        self._wall_s = wall_s
        self._kept: dict[str, Kept] = {}
        self._turns: list[tuple[float, int, str]] = []
        """(hidden until, number, id); what does not fit its message any more is passed over."""
        self._number = 0
        self._receipts: dict[str, str] = {}
        self._gone: OrderedDict[str, None] = OrderedDict()
        self.dead: list[Kept] = []
        """Received too often: whoever owns the queue moves them on."""

    def add(self, message: Kept, delay_s: float = 0.0) -> None:
        """Seen after the delay."""
        self._kept[message.id] = message
        self._hide(message, delay_s)

    def take(self, most: int, hidden_s: float, now_ms: int, most_receives: int | None = None) -> list[Kept]:
        """So many at most that nobody has in hand, oldest turn first; those received too often go to `dead`."""
        found = list(self._visible(most, most_receives))
        for message in found:
            message.receives += 1
            message.first_received_ms = message.first_received_ms or now_ms
            message.receipts.append(secrets.token_urlsafe(48))
            self._receipts[message.receipts[-1]] = message.id
            self._hide(message, hidden_s)
        return found

    def delete(self, receipt: str) -> bool:
        """False for what is no receipt; an older one than the latest deletes nothing, and is no error."""
        if receipt in self._gone:
            return True
        message = self._kept.get(self._receipts.get(receipt, ""))
        if message is not None and message.receipts[-1] == receipt:
            self._forget(message)
        return message is not None

    def hide(self, receipt: str, seconds: float) -> bool | None:
        """For so long from now; False where nobody has the message in hand, None for what is no receipt."""
        message = self._kept.get(self._receipts.get(receipt, ""))
        if message is None:
            return False if receipt in self._gone else None
        if message.receipts[-1] != receipt or message.hidden_until_s <= self._wall_s():
            return False
        self._hide(message, seconds)
        return True

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self._turns.clear()
        self._receipts.clear()

    def counts(self) -> tuple[int, int, int]:
        """How many are to be seen, in somebody's hands, and delayed."""
        now_s = self._wall_s()
        hidden = [one for one in self._kept.values() if one.hidden_until_s > now_s]
        delayed = sum(not one.receives for one in hidden)
        return len(self._kept) - len(hidden), len(hidden) - delayed, delayed

    def _hide(self, message: Kept, seconds: float) -> None:
        message.hidden_until_s = self._wall_s() + seconds
        self._number += 1
        heapq.heappush(self._turns, (message.hidden_until_s, self._number, message.id))

    def _visible(self, most: int, most_receives: int | None) -> Iterator[Kept]:
        now_s = self._wall_s()
        while most and self._turns and self._turns[0][0] <= now_s:
            until_s, _, id_ = heapq.heappop(self._turns)
            message = self._kept.get(id_)
            if message is None or message.hidden_until_s != until_s:
                continue
            if most_receives is not None and message.receives >= most_receives:
                self._forget(message)
                self.dead.append(message)
                continue
            most -= 1
            yield message

    def _forget(self, message: Kept) -> None:
        del self._kept[message.id]
        for receipt in message.receipts:
            self._receipts.pop(receipt, None)
            self._gone[receipt] = None
        while len(self._gone) > MOST_REMEMBERED:
            self._gone.popitem(last=False)
