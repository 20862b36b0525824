"""`/ml rows`: every row of an incident, also those that its card has no room for; the card's CSV button asks it."""

from bot.kit import IncidentNumber, command
from bot.logic.card_table import rows_table
from bot.logic.phrases import heading
from bot.model.reply import Note, Reply
from bot.ports import Ask, Incidents
from commands._incident import of_scope
from commands._table import MOST_ROWS


@command("rows", role="viewer", example="rows {number}", hidden=True)
def rows(incidents: Incidents, ask: Ask, *, number: IncidentNumber) -> Reply:
    """All that an incident's card counts: what is broken, or what fired and what it is now."""
    incident = of_scope(incidents, ask, number.incident)
    table = rows_table(incident.state, incident.place.family, None if ask.whole else MOST_ROWS)
    nothing = (Note(("No row is broken now.",)),)
    return Reply((heading(incident),), table or nothing, files="thread")
