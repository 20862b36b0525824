"""A poll over three accounts in memory, and runs for it to find."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.alerts.watch import Pace, Watch
from bot.errors import AccessDenied
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.incident import Incident
from bot.model.monitor import Execution, Report, RunStatus
from bot.model.place import Family
from bot.ports import Ask
from sandbox.fakes import FakeIncidents, FakeRoutes, at, finding
from sandbox.fakes_fleet import FakeInventory, Fleet, StillClock

Bind = Callable[[Ask], Mapping[type, object]]
OWN = Account("111111111111", "ml-observability", ("us-west-2", "eu-west-1"), own=True)
PROD = Account("222222222222", "ml-production", ("us-west-2",))
TEST = Account("333333333333", "ml-test", ("us-west-2",))
NO_RIGHT = AccessDenied("role sagewatch-read in ml-production lacks s3:GetObject", "Add it to the role's policy.")


def run(account: Account, hour: float, status: RunStatus = RunStatus.VIOLATED, endpoint: str = "bank") -> Execution:
    """A run that ended so many hours after the start, twelve minutes after it was due."""
    region, due = account.regions[0], at(hour) - timedelta(minutes=12)
    return Execution(account, region, f"{endpoint}-quality", endpoint, Family.MODEL_QUALITY, due, at(hour), status)


def report(metric: str = "accuracy") -> Report:
    """In which one metric is bad."""
    return Report((finding(metric, 0.4),), None, 1000, 1, "s3://bucket/results", readable=True)


class Stage:
    """A watch over a fleet in memory."""

    def __init__(self, *runs: Execution, incidents: FakeIncidents | None = None, pace: Pace | None = None) -> None:
        self.fleet = Fleet((OWN, PROD, TEST), runs=list(runs), reports={r.id: report() for r in runs})
        self.incidents = incidents or FakeIncidents(fold)
        self.inventory = FakeInventory()
        self.clock = StillClock(at(10))
        self.woken: list[float] = []
        self.watch = self.again(pace or Pace())

    def again(self, pace: Pace, bind: Bind | None = None, says: Sequence[Callable[[datetime], bool]] = ()) -> Watch:
        """A watch that remembers nothing, over the same store."""
        return Watch(
            bind or self.fleet.bind,
            self.incidents,
            self.inventory,
            FakeRoutes(),
            self.clock,
            pace=pace,
            changed=lambda: self.woken.append(time.monotonic()),
            says=says,
        )

    def cards(self) -> dict[str, Incident]:
        """The incidents that are not resolved, by account label and service."""
        labels = {a.id: a.label for a in self.fleet.accounts}
        return {f"{labels[i.place.account_id]} {i.place.service}": i for i in self.incidents.list(self.clock.now())}
