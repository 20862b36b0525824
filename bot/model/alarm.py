"""CloudWatch alarms: what they watch, how they are, and how one changed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from bot.model.metric import Query


class AlarmState(StrEnum):
    """As CloudWatch writes it."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


AlarmKind = Literal["metric", "math", "anomaly", "insights", "composite", "log", "promql"]
"""What decides: one metric, an expression, a band, a Metrics Insights query, other alarms, logs, PromQL."""


Suppressed = Literal["", "Alarm", "ExtensionPeriod", "WaitPeriod"]
"""The suppressor is in ALARM, was until a while ago, or is waited for (API reference, CompositeAlarm)."""


MADE_BY, US = "sagewatch:made-by", "sagewatch"
"""The tag on what Sagewatch makes, and its value."""
ASKED_BY = "sagewatch:asked-by"
"""The tag that names who had it made, by id in Slack."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A metric that an alarm looks at. The metric's account is its owner's, which need not be the alarm's."""

    query: Query
    period_s: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as DescribeAlarms or an event tells of it. `arn` is its identity; names and texts are untrusted."""

    arn: str
    name: str
    account_id: str
    """Of the alarm itself."""
    region: str
    kind: AlarmKind
    state: AlarmState
    state_at: datetime
    """When it came to its state."""
    reason: str = ""
    description: str = ""
    watched: tuple[Watched, ...] = ()
    expression: str = ""
    """Of math and Insights alarms, one a line; the rule of a composite one."""
    children: tuple[str, ...] = ()
    """ARNs or names in a composite alarm's rule."""
    comparison: str = ""
    """`LessThanThreshold` and so on."""
    threshold: float | None = None
    period_s: int | None = None
    evaluation_periods: int | None = None
    datapoints: int | None = None
    """Of the evaluation periods, how many must breach."""
    missing: str = ""
    """`breaching`, `notBreaching`, `ignore`, `missing`."""
    actions_enabled: bool = True
    actions: tuple[str, ...] = ()
    """ARNs of all its actions, whatever the state."""
    changed_at: datetime | None = None
    """When its configuration was changed last."""
    tags: tuple[tuple[str, str], ...] = ()
    suppressor: str = ""
    """The name of the alarm that may hold a composite one's actions back."""
    suppressed_by: Suppressed = ""
    """Why they are held back now."""

    @property
    def made_here(self) -> bool:
        """Whether its tag says that Sagewatch made it, for somebody."""
        return dict(self.tags).get(MADE_BY) == US

    @property
    def asked_by(self) -> str:
        """Who had Sagewatch make it, by id in Slack; empty where no tag says so."""
        return dict(self.tags).get(ASKED_BY, "") if self.made_here else ""


@dataclass(frozen=True, slots=True)
class AlarmPlan:
    """An alarm on one metric as it is to be made. Where it lives follows from whose metric it is."""

    name: str
    query: Query
    period_s: int
    periods: int
    """How many are judged."""
    datapoints: int
    """Of them, how many must breach."""
    comparison: str
    threshold: float
    missing: str
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    actions: tuple[str, ...] = ()
    """ARNs of whom it tells when it fires and when it is good again; nobody needs to be, for Sagewatch hears it."""


@dataclass(frozen=True, slots=True)
class Contributor:
    """One time series of an alarm over many; `id` is CloudWatch's, at most 16 characters."""

    id: str
    attributes: tuple[tuple[str, str], ...] = ()
    since: datetime | None = None
    """When it came to its state, where CloudWatch was asked for it."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """The values of an alarm's expression, oldest first. Times are seconds since 1970 and begin a period."""

    period_s: int
    times_s: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """An alarm came to a state. The same (alarm, contributor, time) told twice is one change."""

    alarm: Alarm
    """In its new state."""
    previous: AlarmState | None
    heard: Literal["eventbridge", "sns", "either", "poll"]
    """By what way. Anyone who may publish to a topic can write what SNS brings, so that alone resolves nothing.

    `either`: in EventBridge's shape, by a queue that topics fill too; one that delivers raw brings any text as it is.
    """
    contributor: Contributor | None = None
    muted_by: str = ""
    """The ARN of the mute rule that held its actions back."""
    after_mute: bool = False
    """Its actions ran again because a mute rule ended."""
    values: tuple[float, ...] = ()
    """The data points that decided, newest first, as far as they are told."""
    limit: float | None = None
    """The edge of a band that decided; any other alarm's limit is its threshold."""

    @property
    def id(self) -> str:
        """Of the observation that it makes, by whatever way it was heard."""
        part = f":{self.contributor.id}" if self.contributor else ""
        return f"alarm:{self.alarm.arn}{part}:{_stamp(self.alarm.state_at)}"


@dataclass(frozen=True, slots=True)
class AlarmGone:
    """An alarm was deleted."""

    alarm: Alarm
    """As it was last."""
    at: datetime

    @property
    def id(self) -> str:
        """Of the observation that it makes."""
        return f"alarm:{self.alarm.arn}:gone:{_stamp(self.at)}"


@dataclass(frozen=True, slots=True)
class Mute:
    """A mute rule: while it is in force, all actions of its alarms are held back."""

    arn: str
    name: str
    account_id: str
    region: str
    alarms: tuple[str, ...]
    """Names."""
    start: datetime | None
    end: datetime | None
    """None for one that comes again and again."""
    active: bool
    """Whether CloudWatch said so when it was asked; a window that is known says it for any moment."""
    description: str = ""
    changed_at: datetime | None = None
    """When the rule was changed last."""


@lru_cache(1024)
def _stamp(at: datetime) -> str:
    """To the microsecond, in UTC, without its zone. A change is asked for its id more than once."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
