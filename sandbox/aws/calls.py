"""What the sandbox sees of every call, for the trail and for tests that ask what the bot did."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import Any

from sandbox.aws.accounts import Principal
from sandbox.aws.answers import Answer

KEPT = 5_000
"""Calls kept; a morning of polling three accounts is below it."""

BACKSTAGE = "md/sandbox#world"
"""In the user agent of those who act in the world, such as a deployment pipeline: they are not whom one looks at."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `at` is world time, `account` the caller's; `error_code` is None when it succeeded."""

    at: datetime
    account: str
    region: str
    principal_arn: str
    source_identity: str | None
    service: str
    operation: str
    action: str
    """The IAM action, `s3:ListBucket` for ListObjectsV2."""
    params: Mapping[str, Any]
    error_code: str | None
    request_id: str
    administrator: bool
    status: int | None = None
    """HTTP's; None when nothing was answered."""
    ms: float = 0.0
    user_agent: str = ""
    principal: Principal | None = None
    """Who signed it."""
    answer: Answer | None = field(default=None, compare=False, repr=False)
    body: bytes = field(default=b"", compare=False, repr=False)
    """What S3 was sent. Both are for observers alone: the log keeps neither, which can be long."""

    @property
    def of_the_story(self) -> bool:
        """Whether the world itself made it, which makes it again when it is told again."""
        return BACKSTAGE in self.user_agent

    @property
    def backstage(self) -> bool:
        """Whether an administrator or somebody of the world's story made it."""
        return self.administrator or self.of_the_story


class CallLog:
    """The latest calls, and those who want to hear of each."""

    def __init__(self) -> None:
        self.calls: deque[Call] = deque(maxlen=KEPT)
        self._observers: list[Callable[[Call], None]] = []
        self._lock = Lock()

    def observe(self, callback: Callable[[Call], None]) -> None:
        """Offer every later call to `callback`, in the thread that served it, after the answer is made."""
        with self._lock:
            self._observers.append(callback)

    def add(self, call: Call) -> None:
        """Keep a call and tell the observers."""
        with self._lock:
            self.calls.append(replace(call, answer=None, body=b""))
            observers = tuple(self._observers)
        for observer in observers:
            observer(call)
