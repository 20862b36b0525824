"""What an account that came back brings along: who could not be heard without it is heard again, as things are now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.alerts.links import living
from bot.incidents import record_together
from bot.logic import relinking
from bot.logic.links import MONITOR, heard_through
from bot.logic.succession import kind, tells_changes
from bot.model.account import Scope
from bot.model.alarm import Alarm
from bot.model.alarm_series import alarm_and_series, alarm_of_subject
from bot.model.fleet import Earlier, Endpoint
from bot.model.incident import Incident
from bot.model.observation import Observation, Subject, Verdict
from bot.model.report import Observed
from bot.ports import Incidents, Inventory, Routes


@dataclass(frozen=True, slots=True)
class _Known:
    """The inventory, by ARN, and when each account and Region was listed."""

    alarms: Mapping[str, Alarm]
    endpoints: Mapping[str, Endpoint]
    earlier: Mapping[str, Earlier]
    alarms_at: Mapping[tuple[str, str], datetime]
    endpoints_at: Mapping[tuple[str, str], datetime]


class Returned:
    """For the process that polls for all, after the poll of the alarms: what changed meanwhile is told by that."""

    def __init__(self, incidents: Incidents, inventory: Inventory, routes: Routes) -> None:
        self._incidents = incidents
        self._inventory = inventory
        self._routes = routes
        self._settled: frozenset[str] | None = None
        """The fleet of which everybody is heard that can be."""

    def take(self, scope: Scope, now: datetime) -> int:
        """How many are heard again. Raises StoreDown or Unsaved.

        Monitors are not among them: their next run tells. An account is waited for until it was listed.
        """
        fleet = frozenset(account.id for account in scope.accounts)
        if fleet == self._settled:
            return 0
        waiting = [one for one in self._unheard(now) if _through(one) <= fleet]
        known = self._known() if waiting else None
        told = [said for one in waiting if known and (said := _told(one, known, now))]
        if told:
            record_together(self._incidents, told, self._routes.route, now)
        self._settled = fleet if len(told) == len(waiting) else None
        return len(told)

    def _unheard(self, now: datetime) -> Iterator["_Unheard"]:
        alarms = {alarm.arn: alarm for alarm in self._inventory.alarms()}
        for incident in self._incidents.list(now):
            blind = {spell.subject.arn for spell in incident.state.blind}
            for subject in living(incident):
                if subject.arn in blind and kind(subject.arn) != MONITOR:
                    found = relinking.unheard(incident.log, subject)
                    if found:
                        yield _Unheard(incident, subject, *found, alarms.get(alarm_of_subject(subject.arn)))

    def _known(self) -> _Known:
        inventory = self._inventory
        return _Known(
            {alarm.arn: alarm for alarm in inventory.alarms()},
            {endpoint.arn.lower(): endpoint for endpoint in inventory.endpoints()},
            {arn.lower(): was for arn, was in inventory.earlier().items()},
            inventory.as_of("alarm"),
            inventory.as_of("endpoint"),
        )


@dataclass(frozen=True, slots=True)
class _Unheard:
    """A subject of an open incident that is not heard."""

    incident: Incident
    subject: Subject
    left: Observation
    said: Observation | None
    """The last that it said."""
    alarm: Alarm | None


def _through(one: _Unheard) -> frozenset[str]:
    return heard_through(one.incident.place, one.subject, one.alarm)


def _told(one: _Unheard, known: _Known, now: datetime) -> Observed | None:
    if tells_changes(one.subject.arn):
        said = _of_alarm(one, known)
    elif kind(one.subject.arn) == "sagemaker:endpoint":
        said = _of_endpoint(one, known)
    else:
        said = relinking.heard(one.left, now, relinking.as_before(one.said))
    return (one.incident.place, one.incident.service, said) if said else None


def _of_alarm(one: _Unheard, known: _Known) -> Observation | None:
    """One in the same state as before; what changed, or is gone, the poll of the alarms tells.

    A series that fired is told as firing: of what is known to fire the same poll asks whether it still does.
    """
    alarm = one.alarm
    listed = known.alarms_at.get((alarm.account_id, alarm.region)) if alarm else None
    if alarm is None or listed is None or listed <= one.left.at:
        return None
    _, series = alarm_and_series(one.subject.arn)
    if one.said and series and any(f.verdict is Verdict.BAD for f in one.said.findings):
        return relinking.heard(one.left, listed, one.said.findings)
    return None if alarm.state_at > one.left.at else relinking.heard(one.left, listed, relinking.as_before(one.said))


def _of_endpoint(one: _Unheard, known: _Known) -> Observation | None:
    """As it was listed since."""
    region, account_id = one.subject.arn.split(":", 5)[3:5]
    listed = known.endpoints_at.get((account_id, region))
    if listed is None or listed <= one.left.at:
        return None
    arn = one.subject.arn.lower()
    found = relinking.of_endpoint(known.endpoints.get(arn), known.earlier.get(arn), one.left.at)
    return relinking.heard(one.left, listed, found)
