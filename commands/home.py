"""`/ml home`: what App Home shows: the fleet at a glance, what the person has, what waits for somebody."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.kit import DAY, command
from bot.logic import phrases
from bot.logic.words import plural
from bot.model.account import Account
from bot.model.incident import Incident, Status
from bot.model.person import Role
from bot.model.reply import (
    Actions,
    Bold,
    Cell,
    Column,
    Heading,
    Note,
    Paragraph,
    Part,
    Press,
    Reply,
    Rule,
    Table,
    Text,
    Time,
)
from bot.ports import Approvals, Ask, Incidents, Inventory, Storms, Surroundings
from commands._approvals import packages_line
from commands._incident import is_of
from commands._status import Glance, fleet_parts, glances
from commands._storms import in_storms, storm_lines
from commands._table import acting

MOST_MINE = 10
MOST_WAITING = 50
MOST_ACCOUNTS = 20
COLUMNS = (
    Column("#", "right"),
    Column("Service"),
    Column("Account"),
    Column("What is wrong"),
    Column("Since"),
    Column("Act"),
)


@command("home", role="viewer", example="home", hidden=True)
def home(
    incidents: Incidents,
    storms: Storms,
    approvals: Approvals,
    inventory: Inventory,
    surroundings: Surroundings,
    ask: Ask,
) -> Reply:
    """The fleet at a glance, the incidents that you have, and what waits for somebody."""
    covered = {a.id for a in ask.scope.accounts}
    found = [i for i in incidents.list(ask.now) if i.place.account_id in covered]
    waiting = [i for i in found if i.state.status is Status.OPEN]
    mine = [i for i in found if is_of(i.state, ask.person.id)]
    accounts = {a.id: a for a in inventory.accounts()}
    parts: tuple[Part, ...] = (
        *_status(found, waiting, mine, ask),
        Rule(),
        Heading("Waiting for somebody"),
        *(Note((said,)) for said in storm_lines(in_storms(storms, waiting))),
        *_waiting(waiting, accounts, ask),
        *packages_line(approvals, ask),
        Heading("Yours"),
        *_mine(mine, accounts, ask),
        Heading("The fleet"),
        *fleet_parts(_present(glances(inventory, incidents, surroundings, ask), ask), ask),
        Rule(),
        Note(("Updated ", Time(ask.now))),
        Actions(
            (
                Press("Refresh", "home"),
                Press("Endpoints", "endpoints"),
                Press("Monitors", "monitors"),
                Press("Alarms", "alarms"),
                Press("What You Can Ask", "help"),
            )
        ),
    )
    return Reply((f"{plural(len(waiting), 'incident')} open, {len(mine)} yours",), parts, shareable=False, files="none")


def _present(seen: Iterable[Glance], ask: Ask) -> Sequence[Glance]:
    """The accounts of the fleet: linked, or named in the settings and so listed lately. The worst only."""
    here = [g for g in seen if g.account.linked or (g.as_of and ask.now - g.as_of < DAY)]
    return here[:MOST_ACCOUNTS]


def _status(
    found: Sequence[Incident], waiting: Sequence[Incident], mine: Sequence[Incident], ask: Ask
) -> Iterable[Part]:
    """One line of numbers, the most urgent first."""
    held = ", ".join(f"{n} {s}" for s in (Status.ACKNOWLEDGED, Status.SNOOZED) if (n := _count(found, s)))
    linked = sum(a.linked for a in ask.scope.accounts)
    said: Text = (
        Bold(f"{len(waiting)} open" if waiting else "Nothing is open"),
        *((f" · {held}",) if held else ()),
        f" · {len(mine) or 'none'} yours · {plural(linked, 'account')} watched",
    )
    return (Paragraph(said),)


def _count(found: Iterable[Incident], status: Status) -> int:
    return sum(incident.state.status is status for incident in found)


def _waiting(waiting: Sequence[Incident], accounts: Mapping[str, Account], ask: Ask) -> Iterable[Part]:
    if not waiting:
        return (Note(("No incident waits: every one is acknowledged or resolved.",)),)
    rows = tuple(_row(incident, accounts, ask) for incident in waiting[:MOST_WAITING])
    return (acting(Table("Open and nobody's, newest first", COLUMNS, rows, total=len(waiting)), ask),)


def _row(incident: Incident, accounts: Mapping[str, Account], ask: Ask) -> tuple[Cell, ...]:
    state = incident.state
    act = Press("Acknowledge", f"ack {incident.number} at={incident.revision}", does="act")
    return (
        str(incident.number),
        incident.place.service,
        phrases.label(incident, accounts),
        phrases.broken(incident),
        Time(state.started_at, "ago") if state.started_at else "",
        act if ask.may(Role.RESPONDER, incident.place.account_id) else "",
    )


def _mine(mine: Sequence[Incident], accounts: Mapping[str, Account], ask: Ask) -> Iterable[Part]:
    """A line each: what runs out first comes first."""
    if not mine:
        how = " Acknowledge one and it stands here until it is resolved or your time ends."
        can = any(ask.may(Role.RESPONDER, account.id) for account in ask.scope.accounts)
        return (Note((f"You have none.{how if can else ''}",)),)
    first = sorted(mine, key=lambda incident: _until(incident, ask.person.id))[:MOST_MINE]
    lines = [Paragraph(_line(incident, ask.person.id, accounts)) for incident in first]
    more = len(mine) - MOST_MINE
    return (*lines, *((Note((f"and {plural(more, 'incident')} more: /ml incidents",)),) if more > 0 else ()))


def _until(incident: Incident, person_id: str) -> datetime:
    """When the last of what the person took, or let rest, ends."""
    state = incident.state
    ends = [held.until for held in state.acknowledgements if held.person_id == person_id]
    return max([*ends, *([state.snooze.until] if state.snooze else [])])


def _line(incident: Incident, person_id: str, accounts: Mapping[str, Account]) -> Text:
    name, until = phrases.name(incident, accounts), _until(incident, person_id)
    how = "snoozed" if incident.state.status is Status.SNOOZED else "yours"
    return (Bold(name), f" · {phrases.broken(incident)} · {how} until ", Time(until))
