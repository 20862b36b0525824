"""Messages that AWS's own services bring to queues: each when the world's time has come to it, at least once.

The world tells what happens in an hour before it lets that hour pass: nobody is to hear of it earlier.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from sandbox.aws.faults import Faults


@dataclass(frozen=True, slots=True, order=True)
class _Parcel:
    at: datetime
    number: int
    queue_arn: str = field(compare=False)
    body: str = field(compare=False)


class Courier:
    """Safe for threads. `put` takes a queue's ARN and a body."""

    def __init__(self, now: Callable[[], datetime], faults: Faults) -> None:
        self._now = now
        self._faults = faults
        self._waiting: list[_Parcel] = []
        self._number = 0
        self._lock = Lock()
        self.put: Callable[[str, str], None] = lambda *_: None

    def send(self, queue_arn: str, body: str, at: datetime) -> None:
        """To a queue, if it is there at the time. The fault `duplicate` of SendMessage brings it twice."""
        twice = self._faults.take(queue_arn.split(":")[4], "sqs", "SendMessage", ("duplicate",)) is not None
        with self._lock:
            for _ in range(2 if twice else 1):
                self._number += 1
                heapq.heappush(self._waiting, _Parcel(at, self._number, queue_arn, body))

    def bring(self) -> None:
        """Put into their queues what is due."""
        if not self._waiting:
            return
        now, due = self._now(), list[_Parcel]()
        with self._lock:
            while self._waiting and self._waiting[0].at <= now:
                due.append(heapq.heappop(self._waiting))
        for parcel in due:
            self.put(parcel.queue_arn, parcel.body)
