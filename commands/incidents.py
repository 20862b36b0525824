"""`/ml incidents`: what is open, who has it and until when."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated

from bot.errors import BadRequest
from bot.kit import DAY, Kind, Since, command
from bot.logic.waiting import is_waiting, waits_until
from bot.logic.words import plural
from bot.model.account import Account
from bot.model.incident import Incident, State, Status
from bot.model.person import Role
from bot.model.reply import Actions, Cell, Column, Note, Press, Reply, Table, Time, User
from bot.model.storm import Storm
from bot.ports import Ask, Incidents, Inventory, Storms
from commands._incident import is_of
from commands._storms import in_storms, storm_lines
from commands._table import acting, fitting

COLUMNS = (
    Column("#"),
    Column("Service"),
    Column("Account"),
    Column("What"),
    Column("State"),
    Column("Broken", "right"),
    Column("Since"),
    Column("Who"),
    Column("Until"),
    Column("Act"),
)


def _mine(word: str, _: object) -> bool:
    if word.lower() != "mine":
        raise BadRequest(f"{word} is not understood here", "Say mine for your own, or nothing for all.")
    return True


Mine = Annotated[bool, Kind("text", _mine)]


@command("incidents", role="viewer", example="incidents mine")
def incidents(
    store: Incidents, storms: Storms, inventory: Inventory, ask: Ask, *, since: Since = DAY, mine: Mine = False
) -> Reply:
    """What is open, acknowledged or snoozed, by whom and until when.

    Also what was resolved lately. `mine`: my own.
    """
    labels = {a.id: a for a in inventory.accounts()}
    covered = {a.id for a in ask.scope.accounts}
    found = [i for i in store.list(ask.now, resolved_since=ask.now - since) if i.place.account_id in covered]
    found = [i for i in found if not mine or is_of(i.state, ask.person.id)]
    count = Counter(i.state.status for i in found)
    nothing = "Nothing is yours" if mine else "Nothing is open"
    point = ", ".join(f"{count[status]} {status.value}" for status in Status if count[status]) or nothing
    gathered = in_storms(storms, found)
    rows = tuple(_row(i, labels, gathered.get(i.number), ask) for i in fitting(found, ask))
    part = acting(Table(plural(len(found), "incident"), COLUMNS, rows, total=len(found)), ask)
    whose = "mine " if mine else ""
    again = Press("Refresh", f"incidents {whose}since={round(since.total_seconds())}s")
    none = "No incident is yours now." if mine else "No incident is open, and none resolved in that time."
    body = (part,) if found else (Note((none,)),)
    said = tuple(Note((one,)) for one in storm_lines(gathered))
    return Reply((point,), (*said, *body, Actions((again, Press("7 Days", f"incidents {whose}since=7d")))))


def _how(state: State, storm: Storm | None) -> str:
    """The state in words, with what makes it quiet and where it is shown."""
    if is_waiting(state):
        return "fixed, waiting for the window"
    more = (
        ", blind" if state.blind else "",
        ", flapping" if state.flapping else "",
        f", in storm {storm.number}" if storm else "",
    )
    return "".join((state.status.value, *more))


def _who(state: State) -> Cell:
    """Whoever has it, let it rest, or says that it is fixed."""
    if state.status is Status.RESOLVED:
        return (User(state.resolved_by),) if is_waiting(state) else ""
    if state.acknowledgement:
        return (User(state.acknowledgement.person_id),)
    return (User(state.snooze.person_id),) if state.snooze else "nobody"


def _until(state: State) -> Cell:
    """When that ends by itself."""
    held = state.snooze or state.acknowledgement
    at = waits_until(state) if state.status is Status.RESOLVED else held.until if held else None
    return Time(at) if at else ""


def _row(incident: Incident, labels: Mapping[str, Account], storm: Storm | None, ask: Ask) -> tuple[Cell, ...]:
    state = incident.state
    account = labels.get(incident.place.account_id)
    act = Press("Acknowledge", f"ack {incident.number} at={incident.revision}", does="act")
    return (
        str(incident.number),
        incident.place.service,
        account.label if account else incident.place.account_id,
        incident.place.family.value,
        _how(state, storm),
        str(len(state.bad_rows)),
        Time(state.started_at) if state.started_at else "",
        _who(state),
        _until(state),
        act if state.status is Status.OPEN and ask.may(Role.RESPONDER, incident.place.account_id) else "",
    )
