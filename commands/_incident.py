"""An incident that the asker's role covers."""

from bot.errors import NotAllowed
from bot.model.incident import Incident
from bot.ports import Ask, Incidents


def of_scope(incidents: Incidents, ask: Ask, number: int) -> Incident:
    """Raises NotFound, or NotAllowed where the role does not cover the incident's account."""
    incident = incidents.get(number, ask.now)
    account_id = incident.place.account_id
    if account_id not in {a.id for a in ask.scope.accounts}:
        raise NotAllowed(f"Your role does not cover the account {account_id} of #{number}", "Ask an admin.")
    return incident
