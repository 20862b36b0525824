"""`/ml note`: a word for everybody who looks at an incident."""

from bot.errors import BadRequest
from bot.incidents import click
from bot.kit import IncidentNumber, Rest, command, form
from bot.model.incident import Act
from bot.model.reply import Form, Reply, TextField
from bot.ports import Ask, Incidents, Routes
from commands._incident import named, of_scope, whole

LONGEST = 2_000
"""Characters: a section of a message holds 3,000 (Slack), and every note is kept with the incident."""


@command("note", role="responder", example="note {number} labels are late since the migration, ticket 4711")
def note(incidents: Incidents, routes: Routes, ask: Ask, *, number: IncidentNumber, text: Rest) -> Reply:
    """Write something to an incident's thread.

    The newest note stands on its card.
    """
    of_scope(incidents, ask, whole(number, "noted"))
    if len(text) > LONGEST:
        raise BadRequest(f"that note has {len(text):,} characters", f"Up to {LONGEST:,} are kept.")
    outcome = click(
        incidents,
        number.incident,
        Act.NOTE,
        click_id=ask.id,
        person_id=ask.person.id,
        now=ask.now,
        routing=routes.route,
        reason=text,
    )
    said = f"Noted on #{number.incident} {outcome.incident.place.service}."
    return Reply((said,), shareable=False, quiet=True)


@form("note-with", role="responder", submits="note")
def note_with(incidents: Incidents, ask: Ask, *, number: IncidentNumber) -> Form:
    """A note of some lines."""
    incident = of_scope(incidents, ask, number.incident)
    text = TextField("text", "Note", hint="Everybody in the channel sees it.", multiline=True, max_chars=LONGEST)
    return Form("Note", f"note {incident.number}", (text,), "Add", (named(incident),))
