"""An incident that the asker's role covers, and what is done to the whole of it."""

from bot.errors import BadRequest, NotAllowed, NotFound
from bot.incidents import click
from bot.model.incident import Act, Incident
from bot.model.reply import Reply
from bot.parse import Number
from bot.ports import Ask, Incidents, Routes


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


def settle(incidents: Incidents, routes: Routes, ask: Ask, number: Number, act: Act, reason: str, done: str) -> Reply:
    """Resolve or re-open the whole of it. Raises BadRequest for a single row."""
    if number.row is not None:
        raise BadRequest(
            f"a single row cannot be resolved or re-opened: {number.incident}.{number.row}",
            f"Say {number.incident} for all of it, or take the row with ack {number.incident}.{number.row}.",
        )
    of_scope(incidents, ask, number.incident)
    outcome = click(
        incidents,
        number.incident,
        act,
        click_id=ask.id,
        person_id=ask.person.id,
        now=ask.now,
        routing=routes.route,
        reason=reason,
    )
    return Reply((f"#{number.incident} {outcome.incident.place.service} {done}",), shareable=False, quiet=True)
