"""What accounts hold, in memory: endpoints and schedules that can be listed, refused and changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bot.errors import SourceError
from bot.model.fleet import Capture, Depth, Endpoint
from bot.model.monitor import Schedule
from bot.ports import Ask, Failure, Found, Sweep

Place = tuple[str, str]


@dataclass(slots=True)
class Holdings:
    """What there is, who refuses, and what was asked: (kind, accounts, depth)."""

    endpoints: list[Endpoint] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)
    refused: dict[Place, SourceError] = field(default_factory=dict)
    asked: list[tuple[str, tuple[str, ...], Depth]] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)
    """(act, ARN) of what operators did."""
    captures: dict[str, Capture] = field(default_factory=dict)
    """What configurations capture, by name."""


class FakeResources:
    """`Resources` of the holdings, for one question."""

    def __init__(self, holdings: Holdings, ask: Ask) -> None:
        self._holdings = holdings
        self._ask = ask

    def endpoints(self, known: Iterable[Endpoint], depth: Depth) -> Found[Sweep[Endpoint]]:
        """Those of the scope."""
        del known
        places = self._answering("endpoints", depth)
        sweeps = tuple(Sweep(*p, tuple(e for e in self._holdings.endpoints if _place(e) == p)) for p in places)
        return Found(sweeps, self._failures(), len(self._ask.scope.targets()), 0.3)

    def schedules(self, known: Iterable[Schedule], depth: Depth) -> Found[Sweep[Schedule]]:
        """Those of the scope."""
        del known
        places = self._answering("schedules", depth)
        sweeps = tuple(Sweep(*p, tuple(s for s in self._holdings.schedules if _place(s) == p)) for p in places)
        return Found(sweeps, self._failures(), len(self._ask.scope.targets()), 0.3)

    def capture(self, account_id: str, region: str, config: str) -> Capture | None:
        """As the holdings have it."""
        if (account_id, region) in self._holdings.refused:
            raise self._holdings.refused[account_id, region]
        return self._holdings.captures.get(config)

    def _answering(self, kind: str, depth: Depth) -> list[Place]:
        targets = [(a.id, region) for a, region in self._ask.scope.targets()]
        self._holdings.asked.append((kind, tuple(account for account, _ in targets), depth))
        return [place for place in targets if place not in self._holdings.refused]

    def _failures(self) -> tuple[Failure, ...]:
        refused = self._holdings.refused
        targets = self._ask.scope.targets()
        return tuple(Failure(a, region, refused[a.id, region]) for a, region in targets if (a.id, region) in refused)


class FakeOperations:
    """`Operations` on the holdings, for one question."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def start(self, schedule: Schedule) -> None:
        """It runs again."""
        self._act("start", schedule, "Scheduled")

    def stop(self, schedule: Schedule) -> None:
        """It runs no more."""
        self._act("stop", schedule, "Stopped")

    def _act(self, act: str, schedule: Schedule, status: str) -> None:
        if error := self._holdings.refused.get(_place(schedule)):
            raise error
        self._holdings.changed.append((act, schedule.arn))
        held = self._holdings.schedules
        self._holdings.schedules = [replace(s, status=status) if s.arn == schedule.arn else s for s in held]


def _place(held: Endpoint | Schedule) -> Place:
    return (held.account_id, held.region)
