"""The mute rules of one account and Region."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.aws.cloudwatch.mute_schedule import MuteSchedule, Window


@dataclass(frozen=True, slots=True)
class MuteRule:
    """A rule as it was put, and when. `settings` are PutAlarmMuteRule's own members."""

    arn: str
    name: str
    settings: Mapping[str, Any]
    schedule: MuteSchedule
    updated_at: datetime

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of its alarms."""
        return tuple(self.settings.get("MuteTargets", {}).get("AlarmNames", ()))

    @property
    def mute_type(self) -> str:
        """Whether it comes once or again."""
        return "RECURRING" if self.schedule.once is None else "ONE_TIME"

    def window(self, now: datetime) -> Window | None:
        """The window that is in force, within its start and its expiry."""
        start, expire = self.settings.get("StartDate"), self.settings.get("ExpireDate")
        if (start is not None and now < start) or (expire is not None and now >= expire):
            return None
        return self.schedule.window(now)

    def status(self, now: datetime) -> str:
        """One that came once, or is expired, comes no more."""
        if self.window(now):
            return "ACTIVE"
        expire, once = self.settings.get("ExpireDate"), self.schedule.once
        over = (expire is not None and now >= expire) or (once is not None and now >= once + self.schedule.lasts)
        return "EXPIRED" if over else "SCHEDULED"


class MuteStore:
    """Whoever carries out an alarm's actions asks `muting`. Its owner locks it."""

    def __init__(self, account_id: str, region: str) -> None:
        self._start = f"arn:aws:cloudwatch:{region}:{account_id}:alarm-mute-rule:"
        self._rules: dict[str, MuteRule] = {}

    def rules(self) -> list[MuteRule]:
        """All, by name."""
        return [rule for _, rule in sorted(self._rules.items())]

    def rule(self, name: str) -> MuteRule | None:
        """One, if there is."""
        return self._rules.get(name)

    def put(self, name: str, settings: Mapping[str, Any], schedule: MuteSchedule, at: datetime) -> None:
        """Create or overwrite."""
        self._rules[name] = MuteRule(self._start + name, name, settings, schedule, at)

    def delete(self, name: str) -> None:
        """One that there is not is left out."""
        self._rules.pop(name, None)

    def muting(self, alarm: str, now: datetime) -> tuple[MuteRule, Window] | None:
        """A rule that holds an alarm's actions back, and its window; of several that which ends last."""
        found = [(r, w) for r in self.rules() if alarm in r.targets and (w := r.window(now)) is not None]
        return max(found, key=lambda one: one[1][1], default=None)
