"""What a card's thread is told, by reason."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.logic import notes_of_life, phrases
from bot.logic.words import duration
from bot.model.account import Account
from bot.model.incident import Act, Incident, Reason, RowState, Status
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

    It is built when it is sent, so it speaks of the incident as it is then; the log says who did what. `revision` is
    the one that it was asked at: which of several notes of people's is meant. A `quiet` one calls nobody.
    """
    text: Text = (Bold(phrases.name(incident, accounts)), ": ", *_said(incident, reason, now, revision))
    text = _uncalled(text) if quiet else text
    lasted = () if reason in _TIMELESS else _lasted(incident, now)
    return Reply(text, (Paragraph((*text, *lasted)),), shareable=False)


def _uncalled(text: Text) -> Text:
    """Without the groups that it begins to speak to, and with people named only."""
    after_group = [isinstance(part, Group) for part in (None, *text[:-1])]
    kept = [part for part, after in zip(text, after_group, strict=True) if not (isinstance(part, Group) or after)]
    return tuple(replace(part, mention=False) if isinstance(part, User) else part for part in kept)


def _said(incident: Incident, reason: Reason, now: datetime, revision: int | None) -> Text:
    """The reason's words."""
    if reason in notes_of_life.OF_A_REVISION:
        return notes_of_life.OF_A_REVISION[reason](incident, revision)
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
    return ("it is back: ", phrases.broken(incident), *((" · ", *holder) if holder else ()))


def _new_row(incident: Incident) -> Text:
    """The rows that nobody took yet, or those that came last."""
    bad = incident.state.bad_rows
    newest = max((r.since for r in bad), default=None)
    new = tuple(r for r in bad if r.since == newest)
    if incident.state.acknowledgement is not None:
        new = tuple(r for r in bad if not r.taken) or new
    return ("broken too: ", _readings(new))


def _worse(incident: Incident) -> Text:
    """The rows that stand out, with what they were when they fired."""
    state = incident.state
    rows = tuple(r for r in state.rows if r.row in state.worse_rows)
    return ("worse beyond noise for two runs: ", _readings(rows, fired=True))


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


_SAID = {
    Reason.RETURNED: _returned,
    Reason.NEW_ROW: _new_row,
    Reason.WORSE: _worse,
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


def _readings(rows: tuple[RowState, ...], *, fired: bool = False) -> str:
    """Up to three readings, and how many more; with `fired`, what each was at first."""
    shown = "; ".join(phrases.reading(r, fired=fired) for r in rows[:3])
    return f"{shown} and {len(rows) - 3:,} more" if len(rows) > 3 else shown
