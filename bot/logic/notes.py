"""What a card's thread is told, by reason."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.logic import notes_of_life, notes_of_rows, phrases
from bot.logic.still import is_still
from bot.logic.words import duration
from bot.model.account import Account
from bot.model.incident import Act, Incident, Reason, Status
from bot.model.reply import Bold, Group, Paragraph, Reply, Text, Time, User


def note(
    incident: Incident,
    reason: Reason,
    now: datetime,
    accounts: Mapping[str, Account],
    revision: int | None = None,
    *,
    quiet: bool = False,
) -> Reply:
    """One line that stands alone, since some are shown at the channel's bottom too.

    It is built when it is sent, and may have waited for long: it says what is true then, with the values of the moment
    that it is about. `revision` is the one that it was asked at: also which of several notes of people's is meant. A
    `quiet` one calls nobody, nor does one whose cause is over.
    """
    text: Text = (Bold(phrases.name(incident, accounts)), ": ", *_said(incident, reason, now, revision))
    still = is_still(incident, reason, revision)
    text = _uncalled(text) if quiet or not still else text
    lasted = () if reason in _TIMELESS or not still else _lasted(incident, now)
    return Reply(text, (Paragraph((*text, *lasted)),), shareable=False)


def _uncalled(text: Text) -> Text:
    """Without the groups that it begins to speak to, and with people named only."""
    after_group = [isinstance(part, Group) for part in (None, *text[:-1])]
    kept = [part for part, after in zip(text, after_group, strict=True) if not (isinstance(part, Group) or after)]
    return tuple(replace(part, mention=False) if isinstance(part, User) else part for part in kept)


def _said(incident: Incident, reason: Reason, now: datetime, revision: int | None) -> Text:
    """The reason's words."""
    if reason in _OF_A_REVISION:
        return _OF_A_REVISION[reason](incident, revision)
    if reason in {Reason.ESCALATED, Reason.ESCALATED_AGAIN}:
        return notes_of_life.escalated(incident, now)
    return _SAID[reason](incident) if reason in _SAID else (phrases.broken(incident),)


def _lasted(incident: Incident, now: datetime) -> Text:
    """For how long it is bad, while it is and that says something."""
    state = incident.state
    began = state.returned_at or state.started_at
    if state.status is Status.RESOLVED or state.is_blind_only or began is None or now - began < timedelta(minutes=1):
        return ()
    return (f" · broken for {duration(now - began)}",)


def _returned(incident: Incident) -> Text:
    """It is back; an acknowledgement that runs goes on."""
    holder = phrases.holder(incident)
    is_back = "it is back: " if incident.state.bad_rows else "it came back; "
    return (is_back, phrases.broken(incident), *((" · ", *holder) if holder else ()))


def _run_out(incident: Incident) -> Text:
    """The owners whose time ended since that was last said are mentioned, this once."""
    ends = incident.state.unsaid_ends(incident.queued.ran_out_before)
    if not ends:
        return ("an acknowledgement ended; ", phrases.broken(incident))
    people = {a.person_id: a.until for a in ends}
    told = ((User(p, mention=True), ", your acknowledgement ended ", Time(until)) for p, until in people.items())
    words = [word for one in told for word in ("; ", *one)]
    return (*words[1:], " and ", phrases.broken(incident))


def _acknowledged(incident: Incident) -> Text:
    """Who took it, from the state while it holds, else from the log."""
    _, *holder = phrases.holder(incident) or ("",)
    click = phrases.last_click(incident, Act.ACKNOWLEDGE)
    if not holder and click is not None:
        holder = [User(click.person_id)]
    return ("acknowledged by ", *holder)


def _reopened(incident: Incident) -> Text:
    """Who opened it again, or that a late result did."""
    click = phrases.last_click(incident, Act.REOPEN, Act.RESOLVE)
    if click is None or click.act is not Act.REOPEN:
        return ("open again, by a result that arrived late: ", phrases.broken(incident))
    reason = (f": {click.reason}",) if click.reason else ()
    return ("re-opened by ", User(click.person_id), *reason)


def _resolved(incident: Incident) -> Text:
    """How it ended and how long it took."""
    state = incident.state
    if state.resolved_at is None or state.started_at is None:
        return ("was resolved; ", phrases.broken(incident))
    lasted = duration(state.resolved_at - state.started_at)
    if state.deleted:
        return (f"resolved after {lasted}, because what it watched was deleted",)
    if state.is_blind_only and not state.resolved_by:
        return (f"resolved after {lasted}: it can be judged again",)
    if not state.resolved_by:
        return (f"resolved after {lasted}: everything that fired is good again",)
    reason = (f": {state.reason}",) if state.reason else ()
    return ("resolved by ", User(state.resolved_by), f" after {lasted}", *reason)


_OF_A_REVISION = {
    **notes_of_life.OF_A_REVISION,
    Reason.NEW_ROW: notes_of_rows.new_row,
    Reason.WORSE: notes_of_rows.worse,
}
_SAID = {
    Reason.RETURNED: _returned,
    Reason.RUN_OUT: _run_out,
    Reason.ACKNOWLEDGED: _acknowledged,
    Reason.REOPENED: _reopened,
    Reason.RESOLVED: _resolved,
    **notes_of_life.SAID,
}
_TIMELESS = {
    Reason.NOTED,
    Reason.MUTED,
    Reason.HEARD,
    Reason.ESCALATED,
    Reason.ESCALATED_AGAIN,
    Reason.FLAPPING,
    Reason.GONE,
    Reason.CONTINUES,
    Reason.BLIND,
    Reason.SEES,
}
"""These do not say for how long it is broken."""
