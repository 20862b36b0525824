"""`/ml reopen`: it is not over."""

from bot.incidents import click
from bot.kit import IncidentNumber, Rest, command
from bot.model.incident import Act
from bot.model.reply import Reply
from bot.ports import Ask, Incidents, Routes
from commands._incident import of_scope, whole


@command("reopen", role="responder", example="reopen {number} still wrong for new customers")
def reopen(incidents: Incidents, routes: Routes, ask: Ask, *, number: IncidentNumber, reason: Rest = "") -> Reply:
    """Open a resolved incident again; it stays open until newer data is good or somebody resolves it."""
    whole(number)
    of_scope(incidents, ask, number.incident)
    outcome = click(
        incidents,
        number.incident,
        Act.REOPEN,
        click_id=ask.id,
        person_id=ask.person.id,
        now=ask.now,
        routing=routes.route,
        reason=reason,
    )
    text = (f"#{number.incident} {outcome.incident.place.service} is open again.",)
    return Reply(text, shareable=False, quiet=True)
