"""What changes incidents: observations, clicks and clocks, each as one step of the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.errors import BadRequest, Conflict
from bot.logic.bystanders import without_bystanders
from bot.logic.due import plan
from bot.logic.escalation import wakes_at
from bot.logic.handing import hand_off
from bot.logic.lifecycle import fold, is_over, ordered
from bot.logic.refold import Refold
from bot.logic.succession import tells_changes
from bot.logic.words import listing
from bot.model.handoff import HandOff
from bot.model.incident import Acknowledgement, Act, Click, Entry, Incident, RowState, State, Status
from bot.model.observation import Observation, Row, Verdict
from bot.model.place import IN_ORDER, Place, Service, Severity
from bot.model.route import Route, Routing
from bot.ports.incidents import Change, Incidents

_AFTER = timedelta(microseconds=1)
"""A click comes after everything that its presser saw, whatever the sources' clocks say."""
_refold = Refold()
_ANY_TIME = frozenset({Act.REOPEN, Act.NOTE, Act.MUTE, Act.UNMUTE})
"""What is done to a resolved one too."""
_WITH_END = frozenset({Act.ACKNOWLEDGE, Act.ASSIGN, Act.SNOOZE})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a click. `owned`: others have all of it, nothing changed; `owner_id` and `until` say who.

    `until` is the end of what was acknowledged, which need not be the end of all that the incident's owner has.
    """

    said: Literal["done", "owned"]
    incident: Incident
    owner_id: str = ""
    until: datetime | None = None


def record(
    store: Incidents, observed: Sequence[tuple[Place, Service, Observation]], routing: Routing, now: datetime
) -> None:
    """Append what was observed, one change per place; ids that the log holds already are only remembered.

    A subject stays with its incident while that is open, whatever place its tags give it meanwhile.
    """
    for place, here in _by_place(store, observed).items():
        _record(store, {place: here}, routing, now)


def record_together(
    store: Incidents, observed: Sequence[tuple[Place, Service, Observation]], routing: Routing, now: datetime
) -> None:
    """The same as one change: all of it or nothing."""
    if places := _by_place(store, observed):
        _record(store, places, routing, now)


_Heard = list[tuple[Service, Observation]]


def _record(store: Incidents, places: "Mapping[Place, _Heard]", routing: Routing, now: datetime) -> None:
    kept: set[str] = set()

    def step(locked: tuple[Incident, ...]) -> Sequence[Change]:
        changes = [change for one in locked for change in _recorded(one, places[one.place], routing, now)]
        kept.update(entry.id for change in changes for entry in change.entries)
        return changes

    # Told once the step is done: which ids are remembered follows from it.
    seen = (o.id for here in places.values() for _, o in here if o.id in kept or not tells_changes(o.subject.arn))
    store.change(tuple(places), step, now=now, seen=seen)


def _by_place(store: Incidents, observed: Sequence[tuple[Place, Service, Observation]]) -> Mapping[Place, _Heard]:
    """Where each is kept, in key order."""
    homes = store.places_of(o.subject.arn for _, _, o in observed)
    found: dict[Place, _Heard] = {}
    for place, service, o in observed:
        found.setdefault(home(homes.get(o.subject.arn), place, o.subject.arn), []).append((service, o))
    return {place: found[place] for place in sorted(found, key=IN_ORDER)}


def _recorded(incident: Incident, here: _Heard, routing: Routing, now: datetime) -> Sequence[Change]:
    """What an incident's observations change, if any does.

    An alarm's good news that no log keeps is not remembered either: what it ends may come later, and then it is told
    again. A monitor's is, since each poll lists its runs anew.
    """
    service = here[-1][0]
    entries = without_bystanders(incident.log, _worth_keeping(incident, ordered(o for _, o in here)))
    if not entries:
        return ()
    kept = _kept(incident, service)
    known = incident if kept == incident.service else replace(incident, service=kept)
    return (_decided(known, (*known.log, *entries), entries, routing(incident.place, service.about), now),)


def home(kept: Place | None, place: Place, arn: str = "") -> Place:
    """Where an observation belongs: to the open incident that heard its subject last, if it is of the same family.

    An alarm's family follows from what it watches, which need not be known each time: it ends what it began.
    """
    if kept is None:
        return place
    return kept if kept.family is place.family or tells_changes(arn) else place


def click(
    store: Incidents,
    number: int,
    act: Act,
    *,
    click_id: str,
    person_id: str,
    now: datetime,
    routing: Routing,
    rows: frozenset[int] | None = None,
    until: datetime | None = None,
    reason: str = "",
    to: str = "",
    alarm: str = "",
    at_revision: int | None = None,
) -> Outcome:
    """Do what a person asks of an incident; `rows` are row numbers, none meaning every bad one.

    An acknowledgement takes what nobody else holds, and what somebody else has whole is not snoozed: taking over is
    to assign it, `to` whom. A note's text is its `reason`. `alarm` is the ARN of what was muted, or no more.
    `at_revision` is the revision of the card that was pressed: rows that became bad since are not taken.
    Raises NotFound, Conflict when the incident has moved on, BadRequest for rows or an end that cannot be.
    """
    place = store.get(number, now).place
    asked = Click(click_id, act, now, person_id, until=until, reason=reason, to=to, alarm=alarm)
    outcomes: list[Outcome] = []

    def step(locked: tuple[Incident, ...]) -> Sequence[Change]:
        route = routing(place, locked[0].service.about)
        changes, outcome = clicked(locked[0], asked, route, now, rows=rows, at_revision=at_revision)
        outcomes.append(outcome)
        return changes

    store.change((place,), step, now=now)
    return outcomes[-1]


def clicked(
    incident: Incident,
    asked: Click,
    route: Route,
    now: datetime,
    *,
    rows: frozenset[int] | None = None,
    at_revision: int | None = None,
) -> tuple[tuple[Change, ...], Outcome]:
    """What a click changes, nothing where it did before or others have all of it. Raises as `click` does."""
    before = next((e for e in incident.log if e.id == asked.id), None)
    if before is not None:
        return (), Outcome("done", incident, asked.person_id, before.until if isinstance(before, Click) else None)
    wanted = _wanted(incident, asked, route, rows, at_revision)
    if owner := _owner(incident.state, wanted):
        return (), Outcome("owned", incident, owner.person_id, owner.until)
    others = _others(incident.state, asked.person_id) if asked.act is Act.ACKNOWLEDGE else {}
    taken = replace(wanted, rows=tuple(r for r in wanted.rows if r not in others))
    change, after = _change(incident, (taken,), route, now)
    return (change,), Outcome("done", after, asked.to or asked.person_id, wanted.until)


def tick(store: Incidents, places: Sequence[Place], routing: Routing, now: datetime) -> None:
    """Say what the clock alone changed, such as an acknowledgement that ran out, and note when it does so next."""
    for place in places:

        def step(locked: tuple[Incident, ...], place: Place = place) -> Sequence[Change]:
            change, _ = _change(locked[0], (), routing(place, locked[0].service.about), now)
            return (change,) if locked[0].log else ()

        store.change((place,), step, now=now)


def _change(incident: Incident, entries: tuple[Entry, ...], route: Route, now: datetime) -> tuple[Change, Incident]:
    """The entries and what has to be said because of them or of the clock; and the incident after that.

    `incident` is as of `now`; its state is folded anew as the store folded it.
    """
    log = (*incident.log, *entries)
    change = _decided(incident, log, entries, route, now)
    return change, replace(incident, log=log, queued=change.queued, state=change.state or incident.state)


def _decided(
    incident: Incident, log: tuple[Entry, ...], entries: tuple[Entry, ...], route: Route, now: datetime
) -> Change:
    state = _refold(log, now, incident.state.cool_down) if entries else incident.state
    severity = incident.service.about.severity or Severity.MEDIUM
    queued, out = plan(incident.number, incident.queued, state, route, len(log), now=now, severity=severity)
    wakes = wakes_at(queued, state, route, severity, now)
    handed: tuple[HandOff, ...] = ()
    if route.hand_off or incident.queued.handed:
        queued, handed = hand_off(replace(incident, log=log, state=state), queued, out, route, now)
    return Change(incident.number, incident.service, entries, queued, out, state, wakes, handed)


def _kept(incident: Incident, service: Service) -> Service:
    """What its owners say of it now, under the name that it had when the incident began."""
    if incident.log and service.name != incident.place.service:
        return replace(incident.service, about=service.about)
    return service


def _worth_keeping(incident: Incident, observations: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """The new ones, unless all is well and was: good news without an episode is no entry.

    Good news of what was not good before is: that may come later, and is over then.
    """
    known = {e.id for e in incident.log}
    new = tuple(o for o in observations if o.id not in known)
    verdicts = {f.verdict for o in new for f in o.findings}
    ends = Verdict.GONE in verdicts and bool(incident.log)
    turned = any(o.turned for o in new)
    if not new or turned or not verdicts.isdisjoint({Verdict.BAD, Verdict.BLIND}) or ends:
        return new
    over = incident.state.status is Status.RESOLVED and is_over(incident.log, new[0].at)
    return () if over else new


def _wanted(
    incident: Incident, asked: Click, route: Route, rows: frozenset[int] | None, at_revision: int | None
) -> Click:
    """The click with its moment, its end and the rows that it asks for; raises where the state does not allow it."""
    at = max((asked.at, *(e.at + _AFTER for e in incident.log)))
    resolved = incident.state.status is Status.RESOLVED
    if asked.act is Act.REOPEN and not resolved:
        raise Conflict(f"#{incident.number} is open already", "Nothing was changed.")
    if asked.act not in _ANY_TIME and resolved:
        raise Conflict(f"#{incident.number} is resolved already", f"/ml reopen {incident.number} opens it again.")
    if asked.act is Act.MUTE:
        return replace(asked, at=at)
    if asked.act not in _WITH_END:
        return replace(asked, at=at, until=None)
    until = asked.until or at + route.acknowledge_for
    if until <= at:
        raise BadRequest("That end has passed already", "Give one in the future.", example=f"ack {incident.number} 6h")
    if asked.act is Act.SNOOZE:
        return replace(asked, at=at, until=until)
    whole = _asked(incident, asked.person_id, rows, at_revision)
    if asked.act is Act.ASSIGN and rows is None:
        whole = tuple(sorted({*whole, *(row for a in incident.state.acknowledgements for row in a.rows)}))
    return replace(asked, at=at, until=until, rows=whole)


def _asked(
    incident: Incident, person_id: str, numbers: frozenset[int] | None, at_revision: int | None
) -> tuple[Row, ...]:
    """The rows that an acknowledgement asks for; without numbers also those that its person holds already."""
    state = incident.state
    bad = state.bad_rows
    if at_revision is not None and at_revision < incident.revision:
        drawn = fold(incident.log[: max(0, at_revision)], incident.log[max(0, at_revision) - 1].at)
        shown = {r.row for r in drawn.bad_rows} if drawn.episode == state.episode else set()
        seen = tuple(r for r in bad if r.row in shown)
        # Numbers begin anew with each episode: those of an older card mean other rows.
        if not seen and (numbers is None or drawn.episode != state.episode):
            raise Conflict(f"#{incident.number} has moved on since that card was drawn", "Look at the card again.")
        bad = seen if numbers is None else bad
    if numbers is not None:
        return _numbered(incident, bad, numbers)
    own = (row for a in state.acknowledgements if a.person_id == person_id for row in a.rows)
    return tuple(sorted({*(r.row for r in bad), *own}))


def _numbered(incident: Incident, bad: tuple[RowState, ...], numbers: frozenset[int]) -> tuple[Row, ...]:
    """The bad rows of these numbers; raises BadRequest naming those there are."""
    by_number = {r.number: r.row for r in bad}
    if unknown := sorted(numbers - by_number.keys()):
        valid = listing(tuple(f"{incident.number}.{n}" for n in sorted(by_number)), most=10) or "none"
        raise BadRequest(f"#{incident.number} has no bad row {unknown[0]}", f"Its bad rows: {valid}.")
    return tuple(sorted(by_number[n] for n in numbers))


def _others(state: State, person_id: str) -> dict[Row, Acknowledgement]:
    """What others hold, by row."""
    return {row: a for a in state.acknowledgements if a.person_id != person_id for row in a.rows}


def _owner(state: State, wanted: Click) -> Acknowledgement | None:
    """Somebody else's acknowledgement, if others hold all that is asked for: the one with most rows."""
    if wanted.act not in {Act.ACKNOWLEDGE, Act.SNOOZE}:
        return None
    theirs = _others(state, wanted.person_id)
    bad = [r.row for r in state.bad_rows]
    rows = bad if wanted.act is Act.SNOOZE else [row for row in wanted.rows if row in bad] or list(wanted.rows)
    if not rows:
        return next((a for a in state.acknowledgements if a.person_id != wanted.person_id), None)
    if any(row not in theirs for row in rows):
        return None
    return next(a for a in state.acknowledgements if any(theirs[row] is a for row in rows))
