"""Slack's signatures: who sent a request, when, and whether it was here before."""

import hashlib
import hmac
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import BotError

WINDOW_S = 300
"""How far Slack's clock and ours may be apart (docs.slack.dev, "Verifying requests from Slack")."""
REMEMBERED = timedelta(seconds=2 * WINDOW_S)
"""A stamp from five minutes ahead stays timely for so long."""
_SECONDS = re.compile(r"[0-9]{1,11}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What stands beside a signed body: seconds since 1970 as Slack wrote them, and the signature over both."""

    seconds: str
    signature: str

    @property
    def id(self) -> str:
        """What is kept of it: half a signature, since what lies in a database must not be good for a request.

        The seconds come first, so that a database's index grows at one end and not all over.
        """
        return f"sig:{self.seconds}:{self.signature[3:35]}"


def stamp(seconds: Sequence[str], signatures: Sequence[str]) -> Stamp | None:
    """From every value of the two headers; None unless each stands there once and in Slack's form."""
    if len(seconds) != 1 or len(signatures) != 1:
        return None
    if not _SECONDS.fullmatch(seconds[0]) or not _SIGNATURE.fullmatch(signatures[0]):
        return None
    return Stamp(seconds[0], signatures[0])


class Signatures:
    """Checks against the app's signing secret. `wall` is the machine's clock."""

    def __init__(self, secret: str, wall: Callable[[], datetime]) -> None:
        """Raises BotError without a secret: whatever came would have to be believed."""
        if not secret.strip():
            step = "Set SLACK_SIGNING_SECRET: the app's Basic Information page has it."
            raise BotError("The HTTP transport needs Slack's signing secret, and none is set.", step)
        self._keyed = hmac.new(secret.strip().encode(), digestmod=hashlib.sha256)
        self._wall = wall

    def timely(self, stamp: Stamp) -> bool:
        """Whether it was made within five minutes of now."""
        return abs(self._wall().timestamp() - int(stamp.seconds)) <= WINDOW_S

    def genuine(self, stamp: Stamp, body: bytes) -> bool:
        """Whether who has the secret signed these bytes at that second; each wrong one takes the same time."""
        # Not by `hmac.digest`: that lets other threads in, and the loop waits for its turn longer than this takes.
        made = self._keyed.copy()
        made.update(b"v0:" + stamp.seconds.encode() + b":" + body)
        expected = "v0=" + made.hexdigest()
        return hmac.compare_digest(expected, stamp.signature)


class Replays:
    """Remembers genuine stamps of this process, also while the store, which has those of every process, is down."""

    def __init__(self, wall: Callable[[], datetime]) -> None:
        self._wall = wall
        self._here: set[str] = set()
        self._ages: deque[tuple[datetime, str]] = deque()

    def first(self, id: str) -> bool:  # noqa: A002  # the port's word
        """True for one caller per stamp's id."""
        now = self._wall()
        while self._ages and self._ages[0][0] < now - REMEMBERED:
            self._here.discard(self._ages.popleft()[1])
        if id in self._here:
            return False
        self._here.add(id)
        self._ages.append((now, id))
        return True
