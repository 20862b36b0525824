"""What is known beside an alarm when it is told whom it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.model.alarm import Alarm
from bot.model.monitor import MonitorKey, Schedule
from bot.model.place import Family, ServiceRule


@dataclass(frozen=True, slots=True)
class Around:
    """The inventory, the settings, other alarms. Empty where nothing is known."""

    resources: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """The service of each endpoint and schedule, by account id, Region and name."""
    owners: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """The accounts that have an endpoint or schedule, by Region and name."""
    schedules: Mapping[MonitorKey, Schedule] = field(default_factory=dict)
    alarms: Mapping[str, Alarm] = field(default_factory=dict)
    """By ARN; as much of them as a composite alarm's children need."""
    rules: Sequence[ServiceRule] = ()
    namespaces: Mapping[str, Family] = field(default_factory=dict)
    """Namespaces beside SageMaker's whose metrics are of models, and of which family."""
    names: Sequence[str] = ()
    """Names of alarms that are of models whatever they watch; `*` stands for anything."""
