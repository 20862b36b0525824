"""`/ml snooze`: let an incident rest until a time; what is still broken then is open again."""

from bot.errors import Conflict
from bot.incidents import click
from bot.kit import Day, IncidentNumber, Rest, Until, command, form
from bot.model.incident import Act, Status
from bot.model.reply import ChoiceField, DateField, Form, Reply, Time
from bot.ports import Ask, Incidents, Routes
from commands._incident import named, of_scope, owned, whole, why

ENDS = (("1 hour", "1h"), ("4 hours", "4h"), ("Until tomorrow, 09:00", "tomorrow"))


@command("snooze", role="responder", example="snooze {number} tomorrow waiting for the labels")
def snooze(
    incidents: Incidents,
    routes: Routes,
    ask: Ask,
    *,
    number: IncidentNumber,
    until: Until,
    reason: Rest = "",
    day: Day | None = None,
) -> Reply:
    """Let an incident rest until a time or a day.

    4h, tomorrow or 2026-11-27 (09:00 in your zone). Nobody is told anything of it meanwhile but that it is resolved.

    What somebody else has acknowledged whole is not snoozed: `assign 12 me` takes it over.
    """
    of_scope(incidents, ask, whole(number, "snoozed"))
    outcome = click(
        incidents,
        number.incident,
        Act.SNOOZE,
        click_id=ask.id,
        person_id=ask.person.id,
        now=ask.now,
        routing=routes.route,
        until=day or until,
        reason=reason,
    )
    if outcome.said == "owned":
        return owned(outcome)
    end = Time(outcome.until or until)
    service = outcome.incident.place.service
    return Reply((f"#{number.incident} {service} is snoozed until ", end, "."), shareable=False, quiet=True)


@form("snooze-with", role="responder", submits="snooze")
def snooze_with(incidents: Incidents, ask: Ask, *, number: IncidentNumber) -> Form:
    """Snooze for an hour or four, until tomorrow or until a day."""
    incident = of_scope(incidents, ask, number.incident)
    if incident.state.status is Status.RESOLVED:
        raise Conflict(f"#{incident.number} is resolved already", f"/ml reopen {incident.number} opens it again.")
    fields = (
        ChoiceField("until", "For how long", ENDS, initial="1h", hint="If it is still broken then, you are told."),
        DateField("day", "Or until a day", hint="From 09:00 that day in your zone.", optional=True),
        why("waiting for the labels"),
    )
    return Form("Snooze", f"snooze {incident.number}", fields, "Snooze", (named(incident),))
