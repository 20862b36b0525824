"""A fleet of two accounts, what `/ml endpoints`, `monitors` and `status` say of it, and that as a reader sees it."""

import time
from dataclasses import replace
from datetime import timedelta

from bot.alerts.placing import Placing
from bot.alerts.refresh import Refresher
from bot.kit import Catalogue
from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.blind import Newest
from bot.model.fleet import Capture, Endpoint, Variant
from bot.model.monitor import Execution, RunStatus, Schedule
from bot.model.person import Person
from bot.model.place import Family, Service
from bot.model.reply import Actions, Bold, Cell, Facts, Number, Press, Reply, Table, Time
from bot.ports import Ask, Found, Refresh, Surroundings, Sweep
from bot.registry import Registry
from bot.render import message
from commands.endpoints import endpoints, endpoints_now
from commands.monitors import monitors, monitors_now
from commands.status import status
from sandbox.fakes import HOUR, FakeIncidents, FakeRoutes, at
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_packages import FakeApprovals
from sandbox.fakes_resources import FakeResources, Holdings
from sandbox.slack.check_surface import problems_of

REGION = "us-west-2"
PROD, TEST = Account("222222222222", "ml-production", (REGION,)), Account("333333333333", "ml-test", (REGION,))
CATALOGUE: Catalogue = Registry({}, {})


def endpoint(account: Account, name: str, service: Service, **parts: object) -> Endpoint:
    """One that serves and captures everything."""
    made = Endpoint(
        arn=f"arn:{account.id}:endpoint/{name}",
        name=name,
        account_id=account.id,
        region=REGION,
        status="InService",
        created_at=at(-90),
        changed_at=at(-90),
        config="config",
        variants=(Variant("AllTraffic", "ml.m5.large", 1),),
        capture=Capture(enabled=True, percentage=100, destination="s3://bucket"),
        service=service,
    )
    return replace(made, **parts)  # type: ignore[arg-type]


def schedule(
    account: Account, name: str, watches: Endpoint | None, family: Family, status: str = "Scheduled"
) -> Schedule:
    """An hourly one, made long ago."""
    return Schedule(
        arn=f"arn:{account.id}:monitoring-schedule/{name}",
        name=name,
        account_id=account.id,
        region=REGION,
        family=family,
        endpoint=watches.name if watches else "",
        cadence=HOUR,
        service=watches.service if watches else Service("nightly", "tag"),
        status=status,
        created_at=at(-90),
        changed_at=at(-90),
    )


def ran(schedule: Schedule, hour: float, status: RunStatus = RunStatus.CLEAN) -> Execution:
    """Its run of that hour."""
    account = PROD if schedule.account_id == PROD.id else TEST
    when = at(hour)
    ended = when + timedelta(minutes=9)
    return Execution(account, REGION, schedule.name, schedule.endpoint, schedule.family, when, ended, status)


BANK = endpoint(PROD, "bank-2026", Service("bank", "tag"))
TESTED = endpoint(
    TEST, "bank-2027", Service("bank", "tag"), variants=(Variant("One"), Variant("Two", "ml.g5.xlarge", 3))
)
LOAN = endpoint(PROD, "loan-2026", Service("loan"), capture=None, status="Updating", variants=())
QUALITY = schedule(PROD, "bank-quality", BANK, Family.MODEL_QUALITY)
DATA = schedule(PROD, "bank-data", BANK, Family.DATA_QUALITY, "Stopped")
DRIFT = schedule(TEST, "bank-quality", TESTED, Family.MODEL_QUALITY)
BATCH = schedule(TEST, "nightly-bias", None, Family.BIAS)


class Captures:
    """`DataHealth` that knows when something was captured last."""

    def __init__(self) -> None:
        self.asked = 0

    def captures(self, wanted: tuple[Endpoint, ...]) -> Found[Newest]:
        """Of each that captures."""
        self.asked += len(wanted)
        return Found(tuple(Newest(e.arn, at(9)) for e in wanted if e.capture), (), 0, 0.1)

    def labels(self, wanted: list[Schedule]) -> Found[Newest]:
        """Of all but those of the test account."""
        self.asked += len(wanted)
        return Found(tuple(Newest(s.arn, at(8) if s.account_id == PROD.id else None) for s in wanted), (), 0, 0.1)


class Stage:
    """The fleet ten hours into its day, last listed half an hour before."""

    def __init__(self) -> None:
        self.inventory, self.incidents = FakeInventory(), FakeIncidents(fold)
        self.holdings = Holdings([BANK, TESTED, LOAN], [QUALITY, DATA, DRIFT, BATCH])
        self.captures, self.approvals = Captures(), FakeApprovals()
        self.inventory.remember((PROD, TEST), at(9.5))
        self.keep(9.5)
        self.inventory.keep_runs([ran(QUALITY, 9, RunStatus.VIOLATED), ran(DRIFT, 6), ran(DATA, 3), ran(BATCH, 9)])

    def keep(self, hour: float) -> None:
        """What is held was listed then."""
        for account in (PROD, TEST):
            mine = tuple(e for e in self.holdings.endpoints if e.account_id == account.id)
            self.inventory.keep_endpoints([Sweep(account.id, REGION, mine)], at(hour))
            watches = tuple(s for s in self.holdings.schedules if s.account_id == account.id)
            self.inventory.keep_schedules([Sweep(account.id, REGION, watches)], at(hour))

    def ask(self, *accounts: Account, narrowing: str = "") -> Ask:
        """Ana's, about these or both."""
        scope = Scope(accounts or (PROD, TEST))
        return Ask(Person("U1", "T1", "Ana"), at(10), scope, time.monotonic() + 9, narrowing=narrowing)

    def refresh(self, ask: Ask) -> Refresh:
        """The port."""
        return Refresher(FakeResources(self.holdings, ask), self.inventory, ask)

    def endpoints(self, text: str = "", *, live: bool = False, ask: Ask | None = None) -> Reply:
        """`/ml endpoints text`."""
        asked = ask or self.ask()
        if live:
            return drawn(endpoints_now(self.refresh(asked), self.captures, self.inventory, asked, text=text))  # type: ignore[arg-type]
        return drawn(endpoints(self.inventory, asked, text=text))

    def monitors(self, service: str | None = None, *, live: bool = False, ask: Ask | None = None) -> Reply:
        """`/ml monitors service`."""
        asked = ask or self.ask()
        if live:
            return drawn(monitors_now(self.refresh(asked), self.captures, self.inventory, asked, service=service))  # type: ignore[arg-type]
        return drawn(monitors(self.inventory, asked, service=service))

    def status(self, ask: Ask | None = None) -> Reply:
        """`/ml status`."""
        kept = (self.inventory, self.incidents, self.approvals)
        return drawn(status(*kept, self.surroundings(), CATALOGUE, ask or self.ask()))

    def surroundings(self) -> Surroundings:
        """What alarms are judged by, read anew."""
        return Placing(self.inventory, FakeRoutes())


def drawn(reply: Reply) -> Reply:
    """The same. Raises AssertionError where Slack would not take what is drawn of it."""
    if problems := problems_of(message(reply).blocks, "message"):
        raise AssertionError(problems)
    return reply


def word(cell: Cell) -> str:
    """A cell as a reader sees it."""
    match cell:
        case Number():
            return cell.text
        case Press():
            return f"[{cell.label}]"
        case Time():
            return f"{cell.at:%H:%M}"
        case tuple():
            return "".join(word(part) if isinstance(part, Time) else str(part) for part in cell)
        case _:
            return cell


def columns(reply: Reply) -> dict[str, list[str]]:
    """The table by title; what all rows share is told of each."""
    table = next(p for p in reply.parts if isinstance(p, Table))
    found = {c.title: [word(row[i]) for row in table.rows] for i, c in enumerate(table.columns)}
    facts = next((p.items for p in reply.parts if isinstance(p, Facts)), ())
    return found | {label: [word(value)] * len(table.rows) for label, value in facts}


def lines(reply: Reply) -> list[str]:
    """What its buttons say."""
    return [p.line for part in reply.parts if isinstance(part, Actions) for p in part.items if isinstance(p, Press)]


def small_print(reply: Reply) -> str:
    """The footer as text."""
    return " ".join(p.text if isinstance(p, Bold) else word(p) for line in reply.footer for p in line)  # type: ignore[arg-type]
