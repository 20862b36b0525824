"""Watches the fleet itself: an account that leaves it is an incident, and its others cannot be judged any more."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from bot.alerts.reader import Observed
from bot.logic import links, services
from bot.model.account import Account
from bot.model.alarm_series import alarm_of_subject
from bot.model.incident import Incident, Status
from bot.model.observation import Subject, Verdict
from bot.model.place import Place
from bot.ports import Incidents, Inventory


class Links:
    """Compares the fleet that is known with the one that was found."""

    def __init__(self, incidents: Incidents, inventory: Inventory) -> None:
        self._incidents = incidents
        self._inventory = inventory

    def observed(self, found: Sequence[Account], now: datetime) -> list[Observed]:
        """What changed, to be recorded before the inventory remembers it; `found` must be all there are."""
        known, since = self._inventory.accounts(), self._inventory.seen_at()
        gone, back = links.left(known, found), links.came_back(known, found)
        bad = [_of(account, Verdict.BAD, since, now) for account in gone]
        good = [_of(account, Verdict.GOOD, since, now) for account in back]
        return [*bad, *good, *(self._others(gone, since, now) if gone else ())]

    def _others(self, gone: Iterable[Account], since: datetime | None, now: datetime) -> Iterator[Observed]:
        """What accounts that left took along, where somebody has an open card of it: each once.

        Monitors too that said nothing in the incident yet: all of them are silent from now on.
        """
        by_id = {account.id: account for account in gone}
        told: dict[str, Observed] = {}
        for schedule in self._inventory.schedules():
            account, place = by_id.get(schedule.account_id), services.place_of(schedule)
            if account and self._is_open(place, now):
                subject = Subject(schedule.arn, schedule.name, schedule.endpoint)
                said = links.blinded(subject, account, since, now, schedule.cadence)
                told[said.id] = (place, schedule.service, said)
        alarms = {alarm.arn: alarm for alarm in self._inventory.alarms()}
        for incident in self._incidents.list(now):
            for subject in living(incident):
                account = links.lost(incident.place, subject, alarms.get(alarm_of_subject(subject.arn)), by_id)
                if account:
                    said = links.blinded(subject, account, since, now)
                    told.setdefault(said.id, (incident.place, incident.service, said))
        return iter(told.values())

    def _is_open(self, place: Place, now: datetime) -> bool:
        incident = self._incidents.at(place, now)
        return incident is not None and incident.state.status is not Status.RESOLVED


def living(incident: Incident) -> Iterator[Subject]:
    """Who spoke in its episode and was neither deleted nor replaced since."""
    left = {departure.subject.arn for departure in incident.state.departures}
    return (subject for subject in incident.state.subjects if subject.arn not in left)


def _of(account: Account, verdict: Verdict, since: datetime | None, now: datetime) -> Observed:
    return links.place_of(account), links.service_of(account), links.link(account, verdict, since, now)
