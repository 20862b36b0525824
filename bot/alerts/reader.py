"""Reads runs: each account and Region by itself, so that one that is slow or refuses delays no other."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.alerts.runs import BLIND, blind, observation, unread
from bot.errors import BotError, SourceError, StoreDown, Unsaved
from bot.incidents import home
from bot.log import LOG
from bot.logic.blind_words import tells_enough
from bot.logic.services import place_of
from bot.model.blind import RunFacts
from bot.model.incident import Status
from bot.model.monitor import Execution, Report, RunStatus, Schedule
from bot.model.observation import Observation
from bot.model.place import Place, Service
from bot.ports import DataHealth, Incidents, Inventory, Monitors

Observed = tuple[Place, Service, Observation]
MOST_THREADS = 16
"""They wait for answers; how many ask at once is up to the port."""
MOST_LOOKS = 20
"""Runs of an account and Region, without a verdict, whose data is looked at in a round; of the others AWS's word goes.
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """The ports for one run."""

    monitors: Monitors
    data: DataHealth


class RunReader:
    """Turns runs into observations."""

    def __init__(self, incidents: Incidents, inventory: Inventory, stopped: Callable[[], bool]) -> None:
        """`stopped` says that the process ends: no further run is begun."""
        self._incidents = incidents
        self._inventory = inventory
        self._stopped = stopped
        self._late: set[str] = set()

    def read(
        self, runs: Sequence[Execution], now: datetime, ports: Callable[[], Reading], within_s: float
    ) -> Iterator[Future[list[Observed]]]:
        """For each account and Region, as it is done, what could be read; after `within_s` no run is begun.

        `ports` gives those for one run. What is not read is not among the observations and must be asked for
        again.
        """
        end = time.monotonic() + within_s
        self._late &= {run.id for run in runs}
        targets = self._targets(runs)
        if not targets:
            return
        with ThreadPoolExecutor(min(MOST_THREADS, len(targets)), thread_name_prefix="watch") as pool:
            read = partial(self._one_after_another, now, ports, end)
            yield from as_completed([pool.submit(copy_context().run, read, target) for target in targets])

    def _targets(self, runs: Iterable[Execution]) -> list[list[Execution]]:
        """Each target's runs, oldest end first; those that were not answered last time are behind all others."""
        targets: dict[tuple[str, str], list[Execution]] = {}
        for run in sorted(runs, key=lambda r: (r.id in self._late, r.ended_at)):
            targets.setdefault((run.account.id, run.region), []).append(run)
        return list(targets.values())

    def _one_after_another(
        self, now: datetime, ports: Callable[[], Reading], end: float, runs: Sequence[Execution]
    ) -> list[Observed]:
        """A target that does not answer is left alone until the next poll; a run that is refused alone is passed.

        One that breaks its reader is raised, unless that would take others away: it comes last from then on.
        """
        observed = []
        looks = _Looks(runs)
        for run in runs:
            if self._stopped() or time.monotonic() > end:
                break
            try:
                observed.append(self._observe(run, now, ports(), looks))
            except SourceError as error:
                self._late.add(run.id)
                LOG.warning("run not read", run=run.id, cause=error.cause)
                if error.retryable:
                    break
            except BotError:
                raise
            except Exception:
                self._late.add(run.id)
                if not observed:
                    raise
                LOG.exception("run broke its reader", run=run.id)
                break
        return observed

    def _observe(self, run: Execution, now: datetime, ports: Reading, looks: "_Looks") -> Observed:
        monitors = ports.monitors
        schedule = monitors.schedule(run)
        place = home(self._incidents.places_of([schedule.arn]).get(schedule.arn), place_of(schedule))
        self._name(schedule)
        if run.status in BLIND:
            return place, schedule.service, blind(run, schedule, looks.facts(run, schedule, ports.data))
        wanted = run.status is RunStatus.VIOLATED or self._waited_for(place, now)
        return place, schedule.service, observation(run, schedule, _report(run, monitors) if wanted else None)

    def _name(self, schedule: Schedule) -> None:
        """Names are for suggestions only: one that is not kept takes nothing away from the run."""
        try:
            self._inventory.name_service(schedule)
        except (StoreDown, Unsaved) as error:
            LOG.warning("name not kept", service=schedule.service.name, cause=error.cause)

    def _waited_for(self, place: Place, now: datetime) -> bool:
        """Whether a clean run's numbers matter: a card that it may resolve shows them, or one that is in doubt."""
        incident = self._incidents.at(place, now)
        if incident is None:
            return False
        unsure_until = incident.state.unsure_until
        return incident.state.status is not Status.RESOLVED or (unsure_until is not None and now < unsure_until)


class _Looks:
    """Which runs without a verdict are looked into: the newest, while their account answers."""

    def __init__(self, runs: Iterable[Execution]) -> None:
        unclear = sorted((r for r in runs if r.status in BLIND and not tells_enough(r)), key=lambda r: r.ended_at)
        self._left = {run.id for run in unclear[-MOST_LOOKS:]}

    def facts(self, run: Execution, schedule: Schedule, data: DataHealth) -> RunFacts:
        """What is known of its data; nothing where nobody looks."""
        if run.id not in self._left:
            return RunFacts()
        facts = data.facts(run, schedule)
        if not facts.answered:
            self._left = set()
        return facts


def _report(run: Execution, monitors: Monitors) -> Report | None:
    """None for a clean run whose numbers are refused: it is good without them."""
    try:
        return monitors.report(run)
    except SourceError as error:
        if error.retryable:
            raise
        LOG.warning("report not read", run=run.id, cause=error.cause)
        return unread(error) if run.status is RunStatus.VIOLATED else None
