"""CloudWatch alarms of the fleet, and what people change of them. Bound to an `Ask`; all stay within its deadline."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from bot.model.alarm import Alarm, AlarmPlan, Contributor, Judged, Mute
from bot.model.around import Around
from bot.model.observation import Window
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

    def mutes(self, known: Iterable[Mute]) -> Found[Sweep[Mute]]:
        """Every mute rule that is in force or will be, of the same accounts, whoever made it.

        Of those that are `known` only what changed is read. A rule that was listed and cannot be read is left out,
        and its account a failure.
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

    def judged(self, alarm: Alarm, window: Window) -> Judged | None:
        """The values of its expression within the window, widened to whole periods, by its own queries.

        None where it is otherwise by now than `alarm`, or judges more than one series. Raises SourceError.
        """
        ...


class AlarmOperations(Protocol):
    """What is changed of alarms, in the name of the person who asks, who must have every account that it is about."""

    def create(self, plan: AlarmPlan) -> Alarm:
        """Make an alarm, tagged as Sagewatch's; in the observability account where the metric is linked to it.

        Raises Conflict where there is one of that name, which would be overwritten, NotAllowed, SourceError.
        """
        ...

    def delete(self, alarm: Alarm) -> None:
        """Delete an alarm that Sagewatch made.

        Raises NotAllowed for any other, Conflict while another alarm hangs on it, SourceError.
        """
        ...

    def mute(self, alarm: Alarm, until: datetime, *, incident: int | None = None, reason: str = "") -> Mute:
        """Hold all actions of an alarm back, from the next full minute; the same person's mute of it is moved.

        Raises NotAllowed where Auto Scaling hangs on it, Conflict where its actions are no longer those of `alarm`,
        Missing where there is none, SourceError.
        """
        ...

    def unmute(self, mute: Mute) -> None:
        """End a mute that Sagewatch made; actions that were held back run if the state still calls for them.

        Raises NotAllowed for a rule that somebody else made, SourceError.
        """
        ...


class Surroundings(Protocol):
    """What is known beside alarms: whose resources they are about, and what the settings say of alarms."""

    def around(self, alarms: Mapping[str, Alarm]) -> Around:
        """Beside these, by ARN. Raises StoreDown."""
        ...
