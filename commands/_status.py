"""The fleet at a glance, a row for each account: shared by `/ml status` and App Home."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.logic.alarm_lines import AlarmLine, alarm_lines
from bot.logic.rhythm import Beat, Pulse
from bot.logic.words import UNKNOWN, plural
from bot.model.account import Account
from bot.model.alarm import AlarmState
from bot.model.fleet import Endpoint
from bot.model.incident import Status
from bot.model.reply import Cell, Column, Note, Number, Part, Table, Time
from bot.ports import Ask, Incidents, Inventory, Surroundings
from commands._fleet import Fleet, fleet_of
from commands._table import fitting

T = TypeVar("T")
HALF_A_DAY = timedelta(hours=12)
COLUMNS = (
    Column("Account"),
    Column("Services", "right"),
    Column("Monitored", "right"),
    Column("Open", "right"),
    Column("Acknowledged", "right"),
    Column("Snoozed", "right"),
    Column("Silent", "right"),
    Column("In ALARM", "right"),
    Column("No data", "right"),
    Column("Muted", "right"),
    Column("Newest run"),
    Column("As of"),
)
_HELD = (Status.OPEN, Status.ACKNOWLEDGED, Status.SNOOZED)
_SPARSE = {"Acknowledged", "Snoozed", "Silent", "In ALARM", "No data", "Muted", "As of"}
"""Columns that are left out where they say nothing: all zero, or as old as the small print says."""


@dataclass(frozen=True, slots=True)
class Glance:
    """An account in numbers: `monitored` are endpoints with a monitor that runs, `silent` monitors that missed two.

    Alarms are those of models, as they were listed last; one is its metric's account's, wherever it lives.
    """

    account: Account
    services: frozenset[str]
    endpoints: int
    monitored: int
    incidents: Mapping[Status, int]
    silent: int
    firing: int
    unjudged: int
    """In INSUFFICIENT_DATA."""
    muted: int
    newest: datetime | None
    as_of: datetime | None

    @property
    def urgency(self) -> tuple[int | str, ...]:
        """Sorts the worst first, what somebody has after what nobody looks at, else by label."""
        opened, *held = (-self.incidents.get(status, 0) for status in _HELD)
        return (opened, -self.silent, *held, self.account.label)


def glances(inventory: Inventory, incidents: Incidents, surroundings: Surroundings, ask: Ask) -> tuple[Glance, ...]:
    """Each account of the scope, worst first."""
    fleet = fleet_of(inventory, ask)
    found: dict[str, Counter[Status]] = defaultdict(Counter)
    for incident in incidents.list(ask.now):
        found[incident.place.account_id][incident.state.status] += 1
    endpoints, pulses = _by(fleet.endpoints, lambda e: e.account_id), _by(fleet.pulses, lambda p: p.schedule.account_id)
    alarms = _by(_alarms(inventory, surroundings, ask), lambda line: line.account_id)
    each = (_glance(a, fleet, endpoints[a.id], pulses[a.id], found[a.id], alarms[a.id]) for a in ask.scope.accounts)
    return tuple(sorted(each, key=lambda g: g.urgency))


def _alarms(inventory: Inventory, surroundings: Surroundings, ask: Ask) -> Iterable[AlarmLine]:
    """Those of models, in the Regions that are asked of."""
    known = {alarm.arn: alarm for alarm in inventory.alarms()}
    places = {(account.id, region) for account, region in ask.scope.targets()}
    lines = alarm_lines(known.values(), inventory.mutes(), surroundings.around(known), ask.now) if known else ()
    return (line for line in lines if line.passed is None and (line.account_id, line.region) in places)


def fleet_parts(seen: Sequence[Glance], ask: Ask) -> tuple[Part, ...]:
    """The table of accounts."""
    if not seen:
        return (Note(("No account is linked yet: /ml doctor says what lacks.",)),)
    shown = fitting(seen, ask)
    rows = [_row(g, ask) for g in shown]
    kept = [i for i, c in enumerate(COLUMNS) if ask.whole or c.title not in _SPARSE or _tells([row[i] for row in rows])]
    columns = tuple(COLUMNS[i] for i in kept)
    body = tuple(tuple(row[i] for i in kept) for row in rows)
    return (Table("Accounts, those with open incidents first", columns, body, page_size=20, total=len(seen)),)


def _tells(cells: Sequence[Cell]) -> bool:
    """Whether there is any number in a column, or any moment that is not everybody's."""
    if isinstance(cells[0], Number):
        return any(isinstance(cell, Number) and cell.value for cell in cells)
    return any(cell != cells[0] for cell in cells)


def left_open(incidents: Incidents, ask: Ask) -> int:
    """Open incidents of accounts that left the fleet, as far as the question is of all accounts."""
    if ask.narrowing:
        return 0
    here = {account.id for account in ask.scope.accounts}
    return sum(i.state.status is Status.OPEN and i.place.account_id not in here for i in incidents.list(ask.now))


def left_line(left: int) -> tuple[Part, ...]:
    """Where to find them: no row of the table is theirs."""
    opened = plural(left, "open incident")
    said = f"Of accounts that left: {opened}. /ml accounts tells which, /ml incidents lists what is open."
    return (Note((said,)),) if left else ()


def headline(seen: Sequence[Glance], left: int = 0) -> str:
    """`3 services, 4 endpoints in 2 accounts: 1 incident open, 1 monitor silent`; `left` are open elsewhere."""
    services, endpoints = frozenset[str]().union(*(g.services for g in seen)), sum(g.endpoints for g in seen)
    opened = left + sum(g.incidents.get(Status.OPEN, 0) for g in seen)
    silent, unwatched = sum(g.silent for g in seen), endpoints - sum(g.monitored for g in seen)
    firing = sum(g.firing for g in seen)
    trouble = [
        f"{plural(opened, 'incident')} open" if opened else "nothing is open",
        *([f"{plural(firing, 'alarm')} firing"] if firing else []),
        *([f"{plural(silent, 'monitor')} silent"] if silent else []),
        *([f"{plural(unwatched, 'endpoint')} without a monitor"] if unwatched else []),
    ]
    where = f"{plural(len(services), 'service')}, {plural(endpoints, 'endpoint')} in {plural(len(seen), 'account')}"
    if not any(g.as_of for g in seen):
        where = f"{plural(len(seen), 'account')}, not listed yet"
    return f"{where}: {', '.join(trouble)}"


def _by(items: Iterable[T], account_id: Callable[[T], str]) -> Mapping[str, list[T]]:
    found: dict[str, list[T]] = defaultdict(list)
    for item in items:
        found[account_id(item)].append(item)
    return found


def _glance(
    account: Account,
    fleet: Fleet,
    endpoints: Sequence[Endpoint],
    pulses: Sequence[Pulse],
    counts: Mapping[Status, int],
    alarms: Sequence[AlarmLine],
) -> Glance:
    """A monitor that was stopped watches nothing."""
    services = {e.service.name for e in endpoints} | {p.schedule.service.name for p in pulses}
    listed = [at for (account_id, _), at in fleet.listed.items() if account_id == account.id]
    return Glance(
        account=account,
        services=frozenset(services),
        endpoints=len(endpoints),
        monitored=sum(any(p.beat is not Beat.STOPPED for p in fleet.monitors(e)) for e in endpoints),
        incidents=counts,
        silent=sum(p.beat is Beat.SILENT for p in pulses),
        firing=sum(line.alarm.state is AlarmState.ALARM for line in alarms),
        unjudged=sum(line.alarm.state is AlarmState.INSUFFICIENT_DATA for line in alarms),
        muted=sum(bool(line.mutes) for line in alarms),
        newest=max((p.last.scheduled_at for p in pulses if p.last), default=None),
        as_of=min(listed, default=None),
    )


def _row(glance: Glance, ask: Ask) -> tuple[Cell, ...]:
    watched = f"{glance.monitored} of {glance.endpoints}" if glance.endpoints else UNKNOWN
    return (
        glance.account.label,
        _number(len(glance.services)),
        Number(glance.monitored, watched),
        *(_number(glance.incidents.get(status, 0)) for status in _HELD),
        *map(_number, (glance.silent, glance.firing, glance.unjudged, glance.muted)),
        _moment(glance.newest, ask, "none seen"),
        _moment(glance.as_of, ask, "never"),
    )


def _number(count: int) -> Number:
    return Number(count, str(count) if count else UNKNOWN)


def _moment(at: datetime | None, ask: Ask, none: str) -> Cell:
    """The time alone where it was within half a day."""
    if at is None:
        return none
    return Time(at, "time" if ask.now - at < HALF_A_DAY else "both")
