"""An incident that the asker's role covers, and what is done to the whole of it."""

from datetime import timedelta

from bot.errors import BadRequest, NotAllowed, NotFound
from bot.incidents import Outcome, click
from bot.kit import MOST_REASON
from bot.logic.words import duration
from bot.model.incident import Act, Incident, State, Status
from bot.model.reply import ChoiceField, Note, Reply, TextField, Time, User
from bot.parse import Number
from bot.ports import Ask, Incidents, Routes

ENDS = (("1 hour", "1h"), ("4 hours", "4h"), ("24 hours", "24h"), ("3 days", "3d"), ("7 days", "7d"))


def of_scope(incidents: Incidents, ask: Ask, number: int) -> Incident:
    """Raises BadRequest for a number that there is not, NotAllowed where the role does not cover its account."""
    covered = {a.id for a in ask.scope.accounts}
    try:
        incident = incidents.get(number, ask.now)
    except NotFound as error:
        current = ", ".join(str(i.number) for i in incidents.list(ask.now) if i.place.account_id in covered)
        raise BadRequest(error.cause, f"Not resolved: {current or 'none'}. /ml incidents lists them.") from None
    if incident.place.account_id not in covered:
        account_id = incident.place.account_id
        raise NotAllowed(f"Your role does not cover the account {account_id} of #{number}.", "Ask an admin.")
    return incident


def whole(number: Number, what: str) -> int:
    """The incident's number; raises BadRequest for a single row, of which this cannot be done."""
    if number.row is None:
        return number.incident
    raise BadRequest(
        f"a single row cannot be {what}: {number.incident}.{number.row}",
        f"Say {number.incident} for all of it, or take the row with ack {number.incident}.{number.row}.",
    )


def owned(outcome: Outcome) -> Reply:
    """Somebody else has it: nothing changed."""
    until: tuple[str | Time, ...] = (" until ", Time(outcome.until)) if outcome.until else ()
    text = (f"#{outcome.incident.number} is acknowledged by ", User(outcome.owner_id), *until, ". Nothing changed.")
    return Reply(text, shareable=False, changed=False)


def named(incident: Incident) -> Note:
    """Which one a form is about."""
    state = incident.state
    how = "cannot be judged" if state.is_blind_only and state.blind else f"{len(state.bad_rows)} broken"
    return Note((f"#{incident.number} {incident.place.service}, {how}",))


def end_of(routes: Routes, incident: Incident) -> ChoiceField:
    """For how long, the route's usual time chosen."""
    usual = routes.route(incident.place, incident.service.about).acknowledge_for
    ends = ENDS if any(v == _word(usual) for _, v in ENDS) else ((duration(usual), _word(usual)), *ENDS)
    return ChoiceField(
        "end", "For how long", ends, initial=_word(usual), hint="If it is still broken after that, you are told."
    )


def _word(end: timedelta) -> str:
    hours = end.total_seconds() / 3600
    return f"{hours / 24:g}d" if hours > 24 and hours % 24 == 0 else f"{hours:g}h"


def why(placeholder: str = "label feed late") -> TextField:
    """The reason, in a form."""
    return TextField("reason", "Reason", optional=True, placeholder=placeholder, max_chars=MOST_REASON)


def is_of(state: State, person_id: str) -> bool:
    """Whether somebody has it, had it when it was resolved, or snoozed it."""
    if state.status is Status.RESOLVED:
        return state.owner_id == person_id
    holders = {a.person_id for a in state.acknowledgements} | ({state.snooze.person_id} if state.snooze else set())
    return person_id in holders


def settle(incidents: Incidents, routes: Routes, ask: Ask, number: Number, act: Act, reason: str, done: str) -> Reply:
    """Resolve or re-open the whole of it. Raises BadRequest for a single row."""
    whole(number, "resolved or re-opened")
    of_scope(incidents, ask, number.incident)
    outcome = click(
        incidents,
        number.incident,
        act,
        click_id=ask.id,
        person_id=ask.person.id,
        now=ask.now,
        routing=routes.route,
        reason=reason,
    )
    return Reply((f"#{number.incident} {outcome.incident.place.service} {done}",), shareable=False, quiet=True)
