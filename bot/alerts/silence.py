"""Listens for monitors that do not speak: in what the inventory knows, without a call to anybody."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from bot.alerts.reader import Observed
from bot.logic.services import place_of
from bot.logic.silence import Heard, gone, mute
from bot.model.account import Scope
from bot.model.fleet import Vanished
from bot.model.monitor import Execution, Schedule
from bot.model.observation import Observation
from bot.ports import Found, Incidents, Inventory


class Silence:
    """Turns what is missing into observations."""

    def __init__(self, incidents: Incidents, inventory: Inventory, look_back: timedelta) -> None:
        """`look_back` is how old a run may be and still be listed."""
        self._incidents = incidents
        self._inventory = inventory
        self._look_back = look_back
        self._known_since: datetime | None = None

    def observed(self, scope: Scope, runs: Found[Execution], now: datetime) -> list[Observed]:
        """Who fell silent and was not told yet, of the accounts that answered this round; keeps their newest runs."""
        self._keep(runs.items)
        self._known_since = self._known_since or now - self._look_back
        answered = {(a.id, region) for a, region in scope.targets()}
        answered -= {(f.account.id, f.region) for f in runs.failures}
        found = list(self._muted(answered, self._known_since, now))
        new = self._incidents.unseen(o.id for _, _, o in found)
        return [one for one in found if one[2].id in new]

    def _keep(self, runs: Iterable[Execution]) -> None:
        """Writes only what is news: most rounds bring none."""
        known = self._inventory.last_runs()
        news = [run for run in runs if _is_news(run, known.get(run.monitor))]
        if news:
            self._inventory.keep_runs(news)

    def _muted(self, answered: Collection[tuple[str, str]], known_since: datetime, now: datetime) -> Iterator[Observed]:
        """`now` is from before the runs were listed: schedules may have been listed after that, and runs begun."""
        last, listed = self._inventory.last_runs(), self._inventory.as_of("schedule")
        for schedule in self._inventory.schedules():
            target = (schedule.account_id, schedule.region)
            if target not in answered or target not in listed:
                continue
            both_at = min(listed[target], now)
            said = mute(Heard(schedule, last.get(schedule.monitor), both_at, known_since))
            if said:
                yield _observed(schedule, said)


def deleted(vanished: Iterable[Vanished]) -> list[Observed]:
    """What is to be said of schedules that vanished; that an endpoint did, its monitor's runs will tell."""
    return [_observed(v.resource, gone(v.resource, v.at)) for v in vanished if isinstance(v.resource, Schedule)]


def _is_news(run: Execution, known: Execution | None) -> bool:
    return known is None or (run.scheduled_at >= known.scheduled_at and run != known)


def _observed(schedule: Schedule, observation: Observation) -> Observed:
    return place_of(schedule), schedule.service, observation
