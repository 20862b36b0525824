"""`/ml assign`: give an incident to somebody, or take it over."""

from bot.errors import BadRequest
from bot.incidents import click
from bot.kit import IncidentNumber, Rest, Span, command, form
from bot.logic.words import listing
from bot.model.incident import Act
from bot.model.person import Person
from bot.model.reply import Form, Reply, Time, User, UserField
from bot.ports import Ask, Incidents, People, Routes
from commands._incident import end_of, named, of_scope, why


@command("assign", role="responder", example="assign {number} @maya she knows the label feed")
def assign(
    incidents: Incidents,
    routes: Routes,
    people: People,
    ask: Ask,
    *,
    number: IncidentNumber,
    to: str,
    end: Span | None = None,
    reason: Rest = "",
) -> Reply:
    """Give an incident, or one row of it, to somebody.

    To `@somebody` or to `me`, whoever has it; they are told. 12.3 is the third row of incident 12.
    """
    incident = of_scope(incidents, ask, number.incident)
    person = ask.person if to.lower() == "me" else _member(people, to)
    outcome = click(
        incidents,
        number.incident,
        Act.ASSIGN,
        click_id=ask.id,
        person_id=ask.person.id,
        now=ask.now,
        routing=routes.route,
        rows=None if number.row is None else frozenset({number.row}),
        until=ask.now + (end or routes.route(incident.place, incident.service.about).acknowledge_for),
        reason=reason,
        to=person.id,
    )
    until: tuple[str | Time, ...] = (" until ", Time(outcome.until)) if outcome.until else ()
    has = (f"#{number.incident} {incident.place.service} is assigned to ", User(person.id), *until, ".")
    return Reply(has, shareable=False, quiet=True)


@form("assign-with", role="responder", submits="assign")
def assign_with(incidents: Incidents, routes: Routes, ask: Ask, *, number: IncidentNumber) -> Form:
    """Assign to somebody of the workspace, with an end and a reason."""
    incident = of_scope(incidents, ask, number.incident)
    fields = (UserField("to", "To whom", initial=ask.person.id), end_of(routes, incident), why())
    return Form("Assign", f"assign {incident.number}", fields, "Assign", (named(incident),))


def _member(people: People, name: str) -> Person:
    """Raises BadRequest unless exactly one member is meant."""
    found = [p for p in people.named(name) if not (p.bot or p.stranger)]
    if not found:
        raise BadRequest(f"no member is called {name}", "Write their name after @, or use Assign… on the card.")
    if len(found) > 1:
        names = listing(tuple(f"{p.name} ({p.id})" for p in found), most=5)
        raise BadRequest(f"several are called {name}: {names}", "Say the id, or use Assign… on the card.")
    return found[0]
