"""What hostile owners' accounts hold, as the inventory has it and as it is listed anew."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.model.account import Account
from bot.model.blind import Newest
from bot.model.fleet import Capture, Endpoint, Variant
from bot.model.monitor import Execution, RunStatus, Schedule
from bot.model.place import About, Family, Service
from bot.ports import Failure, Found, Sweep
from sandbox.fakes import at
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_hostile import Words
from sandbox.fakes_hostile_alarms import alarm

HOUR = timedelta(hours=1)


class HostileInventory(FakeInventory):
    """Endpoints and monitors of which every word was chosen by somebody who means harm."""

    def __init__(self, words: Words, linked: Sequence[Account], known: tuple[str, ...]) -> None:
        super().__init__()
        self._words = words
        self._linked = tuple(linked)
        self._known = known
        for account in self._linked:
            for region in account.regions:
                self._fill(account, region)

    def accounts(self) -> tuple[Account, ...]:
        """As they are linked."""
        return self._linked

    def names(self) -> tuple[str, ...]:
        """The same."""
        return self._known

    def _fill(self, account: Account, region: str) -> None:
        words = self._words
        many = range(words.any.choice((0, 1, 2, 40)))
        served = tuple(self._endpoint(account, region, f"{account.id}/{region}/e{n}") for n in many)
        watches = tuple(
            self._schedule(account, region, f"{account.id}/{region}/s{n}", e)
            for n, e in enumerate((*served, *([None] if words.any.random() < 0.5 else [])))
        )
        if words.any.random() < 0.8:
            self.keep_endpoints([Sweep(account.id, region, served)], at(39))
            self.keep_schedules([Sweep(account.id, region, watches)], at(39))
            alarms = tuple(alarm(words, account, region, n) for n in range(words.any.choice((0, 1, 9))))
            self.keep_alarms([Sweep(account.id, region, alarms)], at(39))
        self.keep_runs(self._run(account, s) for s in watches if words.any.random() < 0.7)

    def _service(self) -> Service:
        words = self._words
        by = words.any.choice(("tag", "rule", "name"))
        name = words.any.choice((*self._known, words()))
        return Service(name, by, About(words(), None, words(), words()))  # type: ignore[arg-type]

    def _endpoint(self, account: Account, region: str, arn: str) -> Endpoint:
        words = self._words
        return Endpoint(
            arn=arn,
            name=words(),
            account_id=account.id,
            region=region,
            status=words.any.choice(("InService", "Failed", words())),
            created_at=at(-90),
            changed_at=at(-90),
            config=words(),
            variants=tuple(Variant(words(), words(), n) for n in range(words.any.choice((0, 1, 3)))),
            capture=words.any.choice((None, Capture(words.any.random() < 0.5, words.any.randint(0, 100), words()))),
            service=self._service(),
            tags=((words(), words()),),
            failure=words(),
        )

    def _schedule(self, account: Account, region: str, arn: str, watched: Endpoint | None) -> Schedule:
        words = self._words
        return Schedule(
            arn=arn,
            name=words.any.choice((*self._known, words())),
            account_id=account.id,
            region=region,
            family=words.any.choice(list(Family)),
            endpoint=watched.name if watched else "",
            cadence=words.any.choice((None, HOUR, 24 * HOUR)),
            service=self._service(),
            status=words.any.choice(("Scheduled", "Stopped", "Failed", "Pending", words())),
            created_at=words.any.choice((None, at(-90), at(38))),
        )

    def _run(self, account: Account, schedule: Schedule) -> Execution:
        words = self._words
        when: datetime = at(words.any.randint(0, 39))
        return Execution(
            account=account,
            region=schedule.region,
            schedule_name=schedule.name,
            endpoint=schedule.endpoint,
            family=schedule.family,
            scheduled_at=when,
            ended_at=when,
            status=words.any.choice(list(RunStatus)),
            failure=words(),
        )


class HostileAnswers:
    """`Refresh`, `Operations` and `DataHealth`: the inventory's own, some accounts silent; what is done succeeds."""

    def __init__(self, inventory: HostileInventory, failures: tuple[Failure, ...]) -> None:
        self._inventory = inventory
        self._failures = failures

    def endpoints(self) -> Found[Endpoint]:
        """All."""
        return Found(self._inventory.endpoints(), self._failures, 9, 1.5)

    def schedules(self) -> Found[Schedule]:
        """All."""
        return Found(self._inventory.schedules(), self._failures, 9, 1.5)

    def captures(self, endpoints: Iterable[Endpoint]) -> Found[Newest]:
        """Of every other one nothing."""
        return Found(tuple(Newest(e.arn, at(9) if n % 2 else None) for n, e in enumerate(endpoints)), self._failures)

    def labels(self, schedules: Iterable[Schedule]) -> Found[Newest]:
        """Of every other one nothing."""
        return Found(tuple(Newest(s.arn, at(9) if n % 2 else None) for n, s in enumerate(schedules)), self._failures)

    def start(self, schedule: Schedule) -> None:
        """It runs."""

    def stop(self, schedule: Schedule) -> None:
        """It stands."""
