"""`/ml ack`: take an incident, or one row of it, for a time and with a reason."""

from bot.errors import Conflict
from bot.incidents import Outcome, click
from bot.kit import IncidentNumber, Rest, Revision, Rows, Span, command, form
from bot.logic.constraints import row_name
from bot.logic.words import number
from bot.model.incident import Act, Incident, RowState
from bot.model.reply import ChoicesField, Form, Reply, Time
from bot.parse import Number
from bot.ports import Ask, Incidents, Routes
from commands._incident import end_of, named, of_scope, owned, why


@command("ack", role="responder", example="ack {number} 6h label feed late")
def ack(
    incidents: Incidents,
    routes: Routes,
    ask: Ask,
    *,
    number: IncidentNumber,
    end: Span | None = None,
    reason: Rest = "",
    rows: Rows = (),
    at: Revision | None = None,
) -> Reply:
    """Take an incident, or one row of it.

    12 is an incident, 12.3 its third row. Until when, and why; whoever owns it can extend it.
    """
    incident = of_scope(incidents, ask, number.incident)
    chosen = frozenset(rows) | (frozenset() if number.row is None else {number.row})
    outcome = click(
        incidents,
        number.incident,
        Act.ACKNOWLEDGE,
        click_id=ask.id,
        person_id=ask.person.id,
        now=ask.now,
        routing=routes.route,
        rows=chosen or None,
        until=ask.now + (end or routes.route(incident.place, incident.service.about).acknowledge_for),
        reason=reason,
        at_revision=at,
    )
    return _said(outcome, ask)


def _said(outcome: Outcome, ask: Ask) -> Reply:
    incident = outcome.incident
    if outcome.owner_id and outcome.owner_id != ask.person.id:
        return owned(outcome)
    end: tuple[str | Time, ...] = (" until ", Time(outcome.until)) if outcome.until else ()
    done = (f"You have #{incident.number} {incident.place.service}", *end, ".")
    return Reply(done, shareable=False, quiet=True)


@form("ack-with", role="responder", submits="ack")
def ack_with(incidents: Incidents, routes: Routes, ask: Ask, *, number: IncidentNumber) -> Form:
    """Acknowledge with a reason and an end."""
    incident = of_scope(incidents, ask, number.incident)
    return Form("Acknowledge", _line(incident), (end_of(routes, incident), why()), "Acknowledge", (named(incident),))


@form("ack-row", role="responder", submits="ack")
def ack_row(incidents: Incidents, routes: Routes, ask: Ask, *, number: IncidentNumber) -> Form:
    """Acknowledge some of the rows."""
    incident = of_scope(incidents, ask, number.incident)
    open_rows = [r for r in incident.state.bad_rows if not r.taken] or list(incident.state.bad_rows)
    if not open_rows:
        raise Conflict(f"#{incident.number} has no broken row now", "See /ml incidents.")
    options = tuple((_row_label(r), str(r.number)) for r in open_rows[:10])
    rows = ChoicesField("rows", "Rows", options, initial=(options[0][1],))
    fields = (rows, end_of(routes, incident), why())
    return Form("Acknowledge rows", _line(incident), fields, "Acknowledge", (named(incident),))


def _line(incident: Incident) -> str:
    return f"ack {incident.number} at={incident.revision}"


def _row_label(row: RowState) -> str:
    seen = f": {number(row.last.seen)}" if row.last.seen is not None else ""
    return f"{row.number} {row_name(row.row)}{seen}"[:75]


__all__ = ["Number", "ack", "ack_row", "ack_with"]
