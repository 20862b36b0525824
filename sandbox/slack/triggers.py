"""Trigger ids: three seconds, one use (docs.slack.dev, "Handling user interaction": trigger_id)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.errors import SlackError

LIFE_S = 3.0


@dataclass(slots=True)
class _Trigger:
    user_id: str
    made_s: float
    is_used: bool = False


class Triggers:
    """The trigger ids handed out and not yet forgotten; `now` in seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._triggers: dict[str, _Trigger] = {}

    def make(self, user_id: str) -> str:
        """A trigger for what somebody just did."""
        self._forget()
        trigger_id = f"{int(self._now() * 1000)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = _Trigger(user_id, self._now())
        return trigger_id

    def exchange(self, trigger_id: str, *, late: bool = False) -> str:
        """Use a trigger up; returns the person. Raises SlackError for an unknown, late or used one.

        `late` has it expire, whenever it was made.
        """
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.is_used:
            raise SlackError("exchanged_trigger_id")
        if late or self._now() - trigger.made_s > LIFE_S:
            raise SlackError("expired_trigger_id")
        trigger.is_used = True
        return trigger.user_id

    def _forget(self) -> None:
        old_s = self._now() - 3_600
        for trigger_id in [key for key, trigger in self._triggers.items() if trigger.made_s < old_s]:
            del self._triggers[trigger_id]
