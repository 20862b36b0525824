"""What monitors live from: captured data and ground truth."""

from collections.abc import Sequence
from typing import Protocol

from bot.model.blind import Newest, RunFacts
from bot.model.fleet import Endpoint
from bot.model.monitor import Execution, Schedule
from bot.ports.ask import Found


class DataHealth(Protocol):
    """Data of the accounts of the ask's scope, looked at by listings."""

    def facts(self, execution: Execution, schedule: Schedule) -> RunFacts:
        """What is cheaply known of a run without a verdict. Raises nothing: what was refused is among the facts."""
        ...

    def captures(self, endpoints: Sequence[Endpoint]) -> Found[Newest]:
        """The newest hour with captured data of each endpoint that captures."""
        ...

    def labels(self, schedules: Sequence[Schedule]) -> Found[Newest]:
        """The newest hour with ground truth of each schedule; None for one that wants none."""
        ...
