"""What the story says of any hour: who called, what of it was captured and labelled. The same whenever it is asked."""

import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from random import Random

from sandbox.world import cron, fleet, story, traffic
from sandbox.world.fleet import Deployment
from sandbox.world.story import Deed, Serving, State
from sandbox.world.traffic import Classifier, Customer


class Telling:
    """A seed, a start and what was done since; looks at no bucket."""

    def __init__(
        self,
        seed: int,
        started_at: datetime,
        deeds: Callable[[], tuple[Deed, ...]],
        deleted: Callable[[str, str], datetime | None] = lambda *_: None,
    ) -> None:
        self.seed = seed
        self.deeds = deeds
        """What was done, oldest first."""
        self._started_at = started_at
        self._deleted = deleted
        """When an endpoint was deleted, by account and name: by a pipeline, or by somebody's hand."""

    def servings(self) -> tuple[Serving, ...]:
        """Every endpoint that ever was."""
        deeds = self.deeds()
        told = (s for d in fleet.DEPLOYMENTS for s in story.servings(d, self._started_at, deeds))
        return tuple(self._until(serving) for serving in told)

    def _until(self, serving: Serving) -> Serving:
        """The serving as it was cut short."""
        ended = self._deleted(serving.names.account_id, serving.names.endpoint)
        if ended is None or (serving.until is not None and serving.until <= ended):
            return serving
        return replace(serving, until=max(ended, serving.since))

    def state(self, deployment: Deployment, hour: datetime) -> State:
        """What held in an hour; only bank-marketing is moved."""
        if not story.movable(deployment):
            return State()
        return story.state(self.deeds(), deployment.account_id, hour + cron.HOUR)

    def level(self, account_id: str, at: datetime) -> int:
        """The drift level in an account at a moment."""
        return story.state(self.deeds(), account_id, at).level

    def fails(self, serving: Serving, scheduled_at: datetime) -> bool:
        """Whether that hour's model-quality run is made to fail."""
        moved = story.movable(serving.deployment)
        return moved and story.fails(self.deeds(), serving.deployment.account_id, scheduled_at)

    def arrivals(self, deployment: Deployment, hour: datetime) -> tuple[Customer, ...]:
        """One hour's customers in the order in which they came."""
        state = self.state(deployment, hour)
        if not state.called:
            return ()
        return _arrivals(deployment.model, stream(self.seed, deployment.account_id), hour, state.level)

    def requests(self, deployment: Deployment, hour: datetime) -> int:
        """How many arrive in an hour."""
        state = self.state(deployment, hour)
        if not state.called:
            return 0
        return traffic.requests_in(deployment.model, stream(self.seed, deployment.account_id), hour, state.level)

    def served(self, serving: Serving, hour: datetime) -> slice:
        """Which of an hour's arrivals an endpoint answered."""
        total = self.requests(serving.deployment, hour)
        return slice(_number(serving.since, hour, total), _number(serving.until, hour, total))

    def captured(self, serving: Serving, hour: datetime) -> slice:
        """Which of an hour's arrivals an endpoint captured: those that it served, unless capture had halted."""
        halted = not self.state(serving.deployment, hour).captures
        return slice(0, 0) if halted else self.served(serving, hour)

    def rows(self, serving: Serving, start: datetime, end: datetime, *, labelled: bool) -> list[Customer]:
        """What an endpoint captured in the hours of a span; `labelled`: only where the truth is known too."""
        found: list[Customer] = []
        hour = story.full_hour(start)
        while hour < end:
            if not labelled or self.state(serving.deployment, hour).labels:
                found += self.arrivals(serving.deployment, hour)[self.captured(serving, hour)]
            hour += cron.HOUR
        return found


def stream(seed: int, account_id: str) -> str:
    """The name of an account's customers: what their randomness follows from."""
    return f"{seed}/{account_id}"


def key(hour: datetime) -> str:
    """What the inference ids of an hour begin with."""
    return f"{hour:%Y%m%d%H}"


@functools.lru_cache(maxsize=128)
def _arrivals(model: Classifier, name: str, hour: datetime, level: int) -> tuple[Customer, ...]:
    """Several monitors judge the same hour."""
    customers = traffic.hour_of(model, name, hour, level)
    Random(key(hour)).shuffle(customers)
    return tuple(customers)


def _number(at: datetime | None, hour: datetime, total: int) -> int:
    """How many of an hour's arrivals, evenly spread, came before a moment; all when there is none."""
    if at is None:
        return total
    return max(0, min(total, -((hour - at) // traffic.gap(total))))
