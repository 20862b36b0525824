"""An incident that the asker's role covers."""

from bot.errors import BadRequest, NotAllowed, NotFound
from bot.model.incident import Incident
from bot.parse import Number
from bot.ports import Ask, Incidents


def of_scope(incidents: Incidents, ask: Ask, number: int) -> Incident:
    """Raises BadRequest for a number that there is not, NotAllowed where the role does not cover its account."""
    covered = {a.id for a in ask.scope.accounts}
    try:
        incident = incidents.get(number, ask.now)
    except NotFound as error:
        current = ", ".join(str(i.number) for i in incidents.list(ask.now) if i.place.account_id in covered)
        raise BadRequest(error.cause, f"Not resolved: {current or 'none'}. /ml incidents lists them.") from None
    if incident.place.account_id not in covered:
        account_id = incident.place.account_id
        raise NotAllowed(f"Your role does not cover the account {account_id} of #{number}.", "Ask an admin.")
    return incident


def whole(number: Number) -> None:
    """Raises BadRequest when a single row is named where only all of them can be meant."""
    if number.row is not None:
        raise BadRequest(
            f"a single row cannot be resolved or re-opened: {number.incident}.{number.row}",
            f"Say {number.incident} for all of it, or take the row with ack {number.incident}.{number.row}.",
        )
