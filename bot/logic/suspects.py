"""Who changed what before an incident began: where to look, and which of what is found is closest to its service."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.model.incident import Incident
from bot.model.observation import Observation, Verdict, Window
from bot.model.trail import Call, KnownBy

BEFORE: Final = timedelta(hours=24)
"""Before the data that was bad: what is changed on one day shows in the next day's data."""
LONGEST: Final = timedelta(days=7)
"""Ground truth may be weeks late; further back, `/ml who` is asked with the days in mind."""
_OTHERS: Final = frozenset({KnownBy.SERVICE, KnownBy.ACCOUNT, KnownBy.UNKNOWN})
"""Neither people nor their pipelines: services that work for them."""
_OF_MODELS: Final = frozenset({"sagemaker.amazonaws.com", "monitoring.amazonaws.com"})
_LEAST_NAME: Final = 3
"""Characters of a name that is looked for inside of others."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A change and how close it is to the service: 0 its own resources, 1 models of its account, 2 the account."""

    call: Call
    distance: int


def lookout(incident: Incident, now: datetime) -> Window:
    """From a day before the data of the first bad run to when that was judged; of an alarm, before it fired."""
    first = _first_bad(incident)
    at = incident.state.started_at or now
    end = min(now, max(at, first.at) if first else at)
    start = min(first.window.start, end) if first and first.window else end
    return Window(max(start - BEFORE, end - LONGEST), end + timedelta(seconds=1))


def names_of(incident: Incident, resources: Iterable[tuple[tuple[str, str, str], str]]) -> frozenset[str]:
    """What its service's things are called: those that spoke, those that the inventory knows, and the service."""
    place = incident.place
    home = (place.account_id, place.region, place.service)
    known = {name for (account, region, name), service in resources if (account, region, service) == home}
    spoke = {n for s in incident.state.subjects for n in (s.name, s.resource) if n}
    return frozenset({place.service, *known, *spoke})


def ranked(calls: Iterable[Call], names: Collection[str], around: Window) -> tuple[Suspect, ...]:
    """Changes that people and pipelines made, the closest to the service first, then the latest."""
    found = [Suspect(call, _distance(call, names)) for call in calls if _counts(call, around)]
    return tuple(sorted(found, key=lambda s: (s.distance, around.end - s.call.at, s.call.id)))


def _first_bad(incident: Incident) -> Observation | None:
    """That which began the episode."""
    bad = (
        entry
        for entry in incident.log
        if isinstance(entry, Observation) and any(f.verdict is Verdict.BAD for f in entry.findings)
    )
    started = incident.state.started_at
    return min((o for o in bad if started is None or o.at >= started), key=lambda o: (o.at, o.id), default=None)


def _counts(call: Call, around: Window) -> bool:
    done = call.change and call.result == "done" and around.start <= call.at < around.end
    return done and call.actor.known_by not in _OTHERS


def _distance(call: Call, names: Collection[str]) -> int:
    resource = call.resource.lower()
    if any(name.lower() in resource for name in names if len(name) >= _LEAST_NAME):
        return 0
    return 1 if call.source in _OF_MODELS else 2
