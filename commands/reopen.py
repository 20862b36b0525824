"""`/ml reopen`: it is not over."""

from bot.kit import IncidentNumber, Rest, command
from bot.model.incident import Act
from bot.model.reply import Reply
from bot.ports import Ask, Incidents, Routes
from commands._incident import settle


@command("reopen", role="responder", example="reopen {number} still wrong for new customers")
def reopen(incidents: Incidents, routes: Routes, ask: Ask, *, number: IncidentNumber, reason: Rest = "") -> Reply:
    """Open a resolved incident again.

    It stays open until newer data is good or somebody resolves it.
    """
    return settle(incidents, routes, ask, number, Act.REOPEN, reason, "is open again.")
