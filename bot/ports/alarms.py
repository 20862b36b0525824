"""CloudWatch alarms of the fleet. Bound to an `Ask`; every method stays within its deadline."""

from collections.abc import Collection, Iterable
from typing import Protocol

from bot.model.alarm import Alarm, Contributor
from bot.ports.ask import Found
from bot.ports.fleet import Sweep


class Alarms(Protocol):
    """Alarms of every kind, each asked for in its own account and Region."""

    def listed(self, known: Iterable[Alarm], *, tags: bool) -> Found[Sweep[Alarm]]:
        """Every alarm of the scope's accounts and of the observability account, whose alarms watch the others' metrics.

        Tags are as they are `known`, or read anew with `tags`; so they are as well where a listing has an alarm that
        is not known. Only those are read that say something to Sagewatch: of alarms with a service or made by it. An
        account whose tags cannot be read is a failure, and its listing whole all the same; one alarm that cannot be
        read is one too, and its listing not whole.
        """
        ...

    def described(self, arns: Collection[str]) -> Found[Alarm]:
        """These alarms as they are now, without their tags, as far as they exist: a hundred to a call.

        `state_at` is when an alarm's state changed last, not when its reason was written anew. An account that does
        not answer is a failure; one outside the scope is not asked.
        """
        ...

    def series(self, alarm: Alarm) -> tuple[Contributor, ...]:
        """Its contributors that are in ALARM now. Raises SourceError."""
        ...
