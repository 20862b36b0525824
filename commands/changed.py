"""`/ml changed`: who changed what before an incident began; the card's *Who Changed It?* says it in the thread too."""

import hashlib

from bot.kit import IncidentNumber, Yes, command
from bot.logic.actor_words import how, who
from bot.logic.suspects import Suspect, lookout, names_of, ranked
from bot.logic.words import plural
from bot.model.incident import Incident
from bot.model.observation import Window
from bot.model.post import CardKey
from bot.model.reply import Actions, Bold, Cell, Column, Note, Paragraph, Part, Press, Reply, Table, Text, Time
from bot.model.trail import Wanted
from bot.parse import quoted
from bot.ports import Ask, Calls, Incidents, Inventory, Notices, Routes, Trail
from commands._incident import of_scope
from commands._trail import asked_back, small_print, span_words, stamp

MOST_SHOWN = 10
MOST_READ = 1_000
"""Calls: one page of Athena's results (GetQueryResults)."""
CLOSE = ("its own", "models of its account", "its account")
"""How close a change is to the service, by its distance."""


@command("changed", role="auditor", example="changed {number}")
def changed(
    trail: Trail,
    incidents: Incidents,
    inventory: Inventory,
    notices: Notices,
    routes: Routes,
    ask: Ask,
    *,
    number: IncidentNumber,
    thread: Yes = False,
    run: Yes = False,
) -> Reply:
    """Who changed what before an incident began.

    Changes that people and pipelines made in the incident's account, from a day before the data that was bad until it
    was judged, the closest to the service first. `thread=yes` says person, act, resource and time in the card's
    thread, for all; how the person is known stays yours.
    """
    incident = of_scope(incidents, ask, number.incident)
    window = lookout(incident, ask.now)
    line = f"changed {incident.number}{' thread=yes' if thread else ''}{_of(incident)}"
    estimate = trail.estimate(window)
    if estimate.dear and not run:
        return asked_back(estimate, line, window.end - window.start)
    found = trail.calls(Wanted(changes=True, limit=MOST_READ), window)
    mine = [call for call in found.items if call.account_id == incident.place.account_id]
    suspects = ranked(mine, names_of(incident, inventory.resources().items()), window)
    said = _posted(incident, suspects, window, notices, routes, ask) if thread else ""
    return _answer(incident, suspects, found, window, said, ask)


def _of(incident: Incident) -> str:
    """What narrows the reading to the incident's account and Region."""
    return f" account={incident.place.account_id} region={incident.place.region}"


def _point(incident: Incident, suspects: tuple[Suspect, ...]) -> str:
    counted = plural(len(suspects), "change") if suspects else "No change"
    return f"{counted} by people or pipelines before #{incident.number} {incident.place.service} began"


def _posted(
    incident: Incident,
    suspects: tuple[Suspect, ...],
    window: Window,
    notices: Notices,
    routes: Routes,
    ask: Ask,
) -> str:
    """Say it in the card's thread, once while nothing new is found; returns what the asker is told of that."""
    ids = "".join(s.call.id for s in suspects)
    key = f"changed:{incident.number}:{incident.state.episode}:{hashlib.sha256(ids.encode()).hexdigest()[:16]}"
    table = _table(suspects, ("When", "Who", "Event", "Resource"), ask) if suspects else _looked(window)
    text = _point(incident, suspects)
    reply = Reply((text,), (Paragraph((Bold(text),)), table), files="none", shareable=False)
    channel = routes.route(incident.place, incident.service.about).channel
    card = CardKey(incident.number, incident.state.episode)
    new = notices.put(key, channel, reply, ask.now, card)
    return "Said in the card's thread." if new else "The card's thread has it already."


def _answer(
    incident: Incident, suspects: tuple[Suspect, ...], found: Calls, window: Window, said: str, ask: Ask
) -> Reply:
    text = _point(incident, suspects)
    titles = ("When", "Who", "Known by", "Event", "Resource", "Close to", "Record")
    parts: list[Part] = [Paragraph((Bold(text),)), _table(suspects, titles, ask) if suspects else _looked(window)]
    if said:
        parts.append(Note((said,)))
    more = f"who any {quoted(incident.place.service)} since=7d changes=yes{_of(incident)}"
    parts.append(Actions((Press("7 Days of This Service", more),)))
    return Reply((text,), tuple(parts), small_print(found.scan, ask, found.failures), shareable=False, private=True)


def _looked(window: Window) -> Note:
    """What an empty answer is of."""
    looked: Text = ("Looked from ", *span_words(window), ".")
    return Note(looked)


def _table(suspects: tuple[Suspect, ...], titles: tuple[str, ...], ask: Ask) -> Table:
    shown = suspects if ask.whole else suspects[:MOST_SHOWN]
    rows = tuple(tuple(_cell(title, suspect) for title in titles) for suspect in shown)
    return Table("Changes, the closest first", tuple(map(Column, titles)), rows, total=len(suspects))


def _cell(title: str, suspect: Suspect) -> Cell:
    call = suspect.call
    match title:
        case "When":
            return Time(call.at)
        case "Who":
            return who(call.actor)
        case "Known by":
            early = ", provisional" if call.provisional else ""
            return f"{how(call.actor)}{early}"
        case "Close to":
            return CLOSE[suspect.distance]
        case "Record":
            line = f"record {call.id} {stamp(call.at)} account={call.account_id} region={call.region}"
            return Press("Record", line, does="form")
        case _:
            return call.event if title == "Event" else call.resource
