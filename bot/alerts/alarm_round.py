"""What one poll of the alarms knows, and what of it is news."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.logic.alarm_event import CREATED
from bot.logic.alarm_reason import by_missing_data
from bot.logic.succession import tells_changes
from bot.model.alarm import Alarm, AlarmState
from bot.model.incident import Incident
from bot.model.observation import Observation, Subject, Verdict
from bot.ports import Alarms


@dataclass(slots=True)
class Round:
    """The round."""

    now: datetime
    port: Alarms
    before: Mapping[str, Alarm]
    there: Mapping[str, Alarm]
    heard: tuple[tuple[Incident, Subject], ...]
    """Alarms and series that open incidents have."""
    watched: Mapping[tuple[str, str], datetime]
    """When each account and Region was listed as a whole before."""
    firing: set[str] = field(default_factory=set)
    """Series by their subjects' ARNs."""
    silent: set[str] = field(default_factory=set)
    """Alarms whose series are not known."""
    early: set[str] = field(default_factory=set)
    """Alarms whose change is left to its event as yet."""

    def left(self, alarm: Alarm) -> Alarm:
        """As it is to be known from now on."""
        known = self.before.get(alarm.arn) if alarm.arn in self.early else None
        if known is None:
            return alarm
        return replace(alarm, state=known.state, state_at=known.state_at, reason=known.reason)


def heard_in(incidents: Iterable[Incident]) -> Iterator[tuple[Incident, Subject]]:
    """Alarms and series that they have."""
    for incident in incidents:
        yield from ((incident, subject) for subject in incident.state.subjects if tells_changes(subject.arn))


def is_news(alarm: Alarm, known: Alarm | None, heard: Collection[str]) -> bool:
    """What is fine, or not judged, is told only to whoever waits for it; what was never judged to nobody."""
    if alarm.state is AlarmState.ALARM or alarm.arn in heard:
        return alarm.reason != CREATED
    was_judged = known is not None and known.state is not AlarmState.INSUFFICIENT_DATA
    return alarm.state is AlarmState.INSUFFICIENT_DATA and was_judged


def tells_itself(alarm: Alarm, known: Alarm | None, heard: Collection[str]) -> bool:
    """Whether an alarm over many series has news that none of them tells: there is nothing to judge, or again is."""
    judged_nothing = alarm.state is AlarmState.INSUFFICIENT_DATA or by_missing_data(alarm.reason)
    return alarm.arn in heard or (judged_nothing and is_news(alarm, known, heard))


def last_of(incident: Incident, subject: Subject) -> Observation | None:
    """What was heard of it last."""
    own = (e for e in incident.log if isinstance(e, Observation) and e.subject.arn == subject.arn)
    return max(own, key=lambda o: (o.at, o.id), default=None)


def says(observation: Observation, verdict: Verdict) -> bool:
    """Whether any of it is that."""
    return any(finding.verdict is verdict for finding in observation.findings)
