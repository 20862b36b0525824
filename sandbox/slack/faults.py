"""Misbehaviour on demand: each kind happens the next `times` times that it can."""

from collections import Counter, deque

from sandbox.slack.records import Json

KINDS = ("lose_reply", "lose_ack", "invalid_blocks", "refresh", "cut", "429", "500", "archive", "expire_trigger")
"""What Slack can be told to do wrong; the names are the control API's."""


class Faults:
    """What is still to go wrong, and a short log of what did."""

    def __init__(self) -> None:
        self._left: Counter[str] = Counter()
        self.log: deque[str] = deque(maxlen=50)

    def add(self, kind: str, times: int, channel: str = "") -> None:
        """Order a fault; `kind` is one of KINDS. With a channel's id it strikes there alone."""
        self._left[_named(kind, channel)] += times

    def take(self, kind: str, where: str, channel: str = "") -> bool:
        """Whether this fault is due here; uses one up and logs where it struck."""
        due = next((name for name in {_named(kind, channel), kind} if self._left[name] > 0), None)
        if due is None:
            return False
        self._left[due] -= 1
        self.log.append(f"{kind} at {where}")
        return True

    def state(self) -> Json:
        """What is left and what struck, newest last."""
        return {"left": {kind: left for kind, left in self._left.items() if left > 0}, "struck": list(self.log)}


def _named(kind: str, channel: str) -> str:
    return f"{kind} in {channel}" if channel else kind
