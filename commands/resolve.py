"""`/ml resolve`: say that an incident is over."""

from bot.kit import IncidentNumber, Rest, command, form
from bot.model.incident import Act
from bot.model.reply import Form, Note, Reply, TextField
from bot.ports import Ask, Incidents, Routes
from commands._incident import of_scope, settle


@command("resolve", role="responder", example="resolve {number} relabelled yesterday's batch")
def resolve(incidents: Incidents, routes: Routes, ask: Ask, *, number: IncidentNumber, reason: Rest = "") -> Reply:
    """Close an incident by hand.

    The first run over newer data that is still broken opens it again.
    """
    return settle(incidents, routes, ask, number, Act.RESOLVE, reason, "is resolved.")


@form("resolve-with", role="responder", submits="resolve")
def resolve_with(incidents: Incidents, ask: Ask, *, number: IncidentNumber) -> Form:
    """Resolve, with a reason."""
    incident = of_scope(incidents, ask, number.incident)
    about = Note(
        (f"#{incident.number} {incident.place.service}: a run over newer data that is still broken opens it.",)
    )
    reason = TextField("reason", "Reason", optional=True, placeholder="what was done", max_chars=300)
    return Form("Resolve", f"resolve {incident.number}", (reason,), "Resolve", (about,))
