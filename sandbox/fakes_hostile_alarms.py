"""Alarms of which every word was chosen by somebody who means harm, and what stands around them."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.model.account import Account
from bot.model.alarm import Alarm, AlarmPlan, AlarmState, Contributor, Judged, Mute, Watched
from bot.model.around import Around
from bot.model.metric import Metric, Query
from bot.model.observation import Window
from bot.ports import Failure, Found, Inventory, Sweep
from sandbox.fakes import at
from sandbox.fakes_hostile import Words


def alarm(words: Words, account: Account, region: str, number: int) -> Alarm:
    """One of any kind, in any state."""
    pick = words.any.choice
    metric = Metric(account.id, region, words() or "AWS/SageMaker", words() or "x", ((words() or "d", words()),))
    return Alarm(
        arn=f"arn:aws:cloudwatch:{region}:{account.id}:alarm:{number}{words()}",
        name=words() or "x",
        account_id=account.id,
        region=region,
        kind=pick(("metric", "math", "composite")),
        state=pick(list(AlarmState)),
        state_at=at(30),
        reason=words(),
        description=words(),
        watched=(Watched(Query(metric, words() or "Average"), 60),),
        comparison=pick(("LessThanThreshold", words())),
        threshold=pick((None, 0.5, -1e300)),
        period_s=pick((None, 60)),
        actions=(words(), words()),
        tags=((words(), words()),),
    )


class HostileAlarms:
    """`Alarms`, `AlarmOperations` and `Surroundings`: what is asked is what is known, what is done succeeds."""

    def __init__(self, inventory: Inventory, failures: tuple[Failure, ...]) -> None:
        self._inventory = inventory
        self._failures = failures

    def listed(self, known: Iterable[Alarm], *, tags: bool) -> Found[Sweep[Alarm]]:
        """Nothing new."""
        del known, tags
        return Found((), self._failures, 3, 0.1)

    def mutes(self, known: Iterable[Mute]) -> Found[Sweep[Mute]]:
        """None."""
        del known
        return Found((), self._failures, 3, 0.1)

    def described(self, arns: Iterable[str]) -> Found[Alarm]:
        """Those that are known."""
        wanted = set(arns)
        return Found(tuple(a for a in self._inventory.alarms() if a.arn in wanted), self._failures, 3, 0.1)

    def series(self, alarm: Alarm) -> tuple[Contributor, ...]:
        """None."""
        del alarm
        return ()

    def judged(self, alarm: Alarm, window: Window) -> Judged | None:
        """None."""
        del alarm, window
        return None

    def around(self, alarms: Mapping[str, Alarm]) -> Around:
        """What the inventory knows."""
        return Around(alarms=alarms, resources=self._inventory.resources())

    def create(self, plan: AlarmPlan) -> Alarm:
        """It is made, in an account and Region that nobody knows."""
        watched = (Watched(plan.query, plan.period_s),)
        arn = f"arn:aws:cloudwatch:us-east-1:111111111111:alarm:{plan.name}"
        where = ("111111111111", "us-east-1")
        return Alarm(
            arn, plan.name, *where, "metric", AlarmState.INSUFFICIENT_DATA, at(30), "", plan.description, watched
        )

    def delete(self, alarm: Alarm) -> None:
        """It is gone."""

    def mute(self, alarm: Alarm, until: datetime, *, incident: int | None = None, reason: str = "") -> Mute:
        """It holds its actions back."""
        del incident
        return Mute("arn", alarm.name, alarm.account_id, alarm.region, (alarm.name,), at(30), until, True, reason)

    def unmute(self, mute: Mute) -> None:
        """They run again."""
