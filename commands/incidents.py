"""`/ml incidents`: what is open, who has it and until when."""

from collections.abc import Mapping

from bot.kit import DAY, Since, command
from bot.logic.words import plural
from bot.model.account import Account
from bot.model.incident import Incident, Status
from bot.model.reply import Actions, Cell, Column, Note, Press, Reply, Table, Time, User
from bot.ports import Ask, Incidents, Inventory

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


@command("incidents", role="viewer", example="incidents since=7d")
def incidents(store: Incidents, inventory: Inventory, ask: Ask, *, since: Since = DAY) -> Reply:
    """What is open or acknowledged, by whom and until when; and what resolved lately."""
    labels = {a.id: a for a in inventory.accounts()}
    mine = {a.id for a in ask.scope.accounts}
    found = [i for i in store.list(ask.now, resolved_since=ask.now - since) if i.place.account_id in mine]
    count = {s: sum(1 for i in found if i.state.status is s) for s in Status}
    point = ", ".join(f"{n} {status.value}" for status, n in count.items()) if found else "Nothing is open"
    part = Table(plural(len(found), "incident"), COLUMNS, tuple(_row(i, labels) for i in found[:100]), total=len(found))
    again = Press("Refresh", f"incidents since={round(since.total_seconds())}s")
    body = (part,) if found else (Note(("No incident is open, and none resolved in that time.",)),)
    return Reply((point,), (*body, Actions((again, Press("7 Days", "incidents since=7d")))))


def _row(incident: Incident, labels: Mapping[str, Account]) -> tuple[Cell, ...]:
    state = incident.state
    taken = state.acknowledgement
    account = labels.get(incident.place.account_id)
    act = Press("Acknowledge", f"ack {incident.number} at={incident.revision}", does="act")
    return (
        str(incident.number),
        incident.place.service,
        account.label if account else incident.place.account_id,
        incident.place.family.value,
        state.status.value,
        str(len(state.bad_rows)),
        Time(state.started_at) if state.started_at else "",
        (User(taken.person_id),) if taken else "nobody" if state.status is Status.OPEN else "",
        Time(taken.until) if taken else "",
        act if state.status is Status.OPEN else "",
    )
