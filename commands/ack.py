"""`/ml ack`: take an incident, or one row of it, for a time and with a reason."""

from datetime import timedelta

from bot.errors import Conflict
from bot.incidents import Outcome, click
from bot.kit import IncidentNumber, Rest, Revision, Rows, Span, command, form
from bot.logic.constraints import row_name
from bot.logic.words import duration, number
from bot.model.incident import Act, Incident, RowState
from bot.model.reply import ChoiceField, ChoicesField, Form, Note, Part, Reply, TextField, Time, User
from bot.parse import Number
from bot.ports import Ask, Incidents, Routes
from commands._incident import of_scope

ENDS = (("1 hour", "1h"), ("4 hours", "4h"), ("24 hours", "24h"), ("3 days", "3d"), ("7 days", "7d"))


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
    """Take an incident (12) or one row of it (12.3), until when, and why. Whoever owns it can extend it."""
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
        until: tuple[str | Time, ...] = (" until ", Time(outcome.until)) if outcome.until else ()
        text = (f"#{incident.number} is acknowledged by ", User(outcome.owner_id), *until, ". Nothing changed.")
        return Reply(text, shareable=False, changed=False)
    end: tuple[str | Time, ...] = (" until ", Time(outcome.until)) if outcome.until else ()
    done = (f"You have #{incident.number} {incident.place.service}", *end, ".")
    return Reply(done, shareable=False, quiet=True)


@form("ack-with", role="responder", submits="ack")
def ack_with(incidents: Incidents, routes: Routes, ask: Ask, *, number: IncidentNumber) -> Form:
    """Acknowledge with a reason and an end."""
    incident = of_scope(incidents, ask, number.incident)
    return Form("Acknowledge", _line(incident), (_end(routes, incident), _reason()), "Acknowledge", _about(incident))


@form("ack-row", role="responder", submits="ack")
def ack_row(incidents: Incidents, routes: Routes, ask: Ask, *, number: IncidentNumber) -> Form:
    """Acknowledge some of the rows."""
    incident = of_scope(incidents, ask, number.incident)
    open_rows = [r for r in incident.state.bad_rows if not r.taken] or list(incident.state.bad_rows)
    if not open_rows:
        raise Conflict(f"#{incident.number} has no broken row now", "See /ml incidents.")
    options = tuple((_row_label(r), str(r.number)) for r in open_rows[:10])
    rows = ChoicesField("rows", "Rows", options, initial=(options[0][1],))
    fields = (rows, _end(routes, incident), _reason())
    return Form("Acknowledge rows", _line(incident), fields, "Acknowledge", _about(incident))


def _line(incident: Incident) -> str:
    return f"ack {incident.number} at={incident.revision}"


def _end(routes: Routes, incident: Incident) -> ChoiceField:
    usual = routes.route(incident.place, incident.service.about).acknowledge_for
    ends = ENDS if any(v == _word(usual) for _, v in ENDS) else ((duration(usual), _word(usual)), *ENDS)
    return ChoiceField(
        "end", "For how long", ends, initial=_word(usual), hint="If it is still broken after that, you are told."
    )


def _word(end: timedelta) -> str:
    hours = end.total_seconds() / 3600
    return f"{hours / 24:g}d" if hours > 24 and hours % 24 == 0 else f"{hours:g}h"


def _reason() -> TextField:
    return TextField("reason", "Reason", optional=True, placeholder="label feed late", max_chars=300)


def _about(incident: Incident) -> tuple[Part, ...]:
    bad = len(incident.state.bad_rows)
    return (Note((f"#{incident.number} {incident.place.service}, {bad} broken",)),)


def _row_label(row: RowState) -> str:
    seen = f": {number(row.last.seen)}" if row.last.seen is not None else ""
    return f"{row.number} {row_name(row.row)}{seen}"[:75]


__all__ = ["Number", "ack", "ack_row", "ack_with"]
