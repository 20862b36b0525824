"""An incident as its card: what is wrong, where, since when, who has it, and what one can do."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.logic import phrases
from bot.logic.card_table import MOST_ROWS, rows_table
from bot.logic.lifecycle import fold_episode
from bot.logic.notes import note
from bot.logic.words import UNKNOWN, duration, plural
from bot.model.account import Account
from bot.model.incident import Incident, State, Status
from bot.model.observation import UNREAD, Window
from bot.model.reply import (
    Actions,
    Bold,
    Facts,
    Heading,
    Menu,
    Note,
    Paragraph,
    Part,
    Press,
    Reply,
    Text,
    Time,
    User,
)


def card(incident: Incident, now: datetime, accounts: Mapping[str, Account], episode: int | None = None) -> Reply:
    """The card of the running episode; with an older `episode`, as that one ended and without buttons."""
    superseded = episode is not None and episode < incident.state.episode
    if episode is not None and superseded:
        incident = replace(incident, state=fold_episode(incident.log, episode, now, incident.state.cool_down))
    parts: tuple[Part, ...] = (
        Heading(phrases.heading(incident)),
        Paragraph(_status(incident, accounts)),
        _facts(incident, accounts),
        *rows_table(incident.state, incident.place.family),
        *(Note(text) for text in _small_print(incident.state)),
        *(Note(text) for text in (phrases.holder(incident),) if text and incident.state.status is not Status.RESOLVED),
    )
    last: Part = Note(("It came back: a newer card has it.",)) if superseded else _actions(incident)
    return Reply((_point(incident, accounts),), (*parts, last), shareable=False)


def _point(incident: Incident, accounts: Mapping[str, Account]) -> str:
    """What the notification says."""
    name, state = phrases.name(incident, accounts), incident.state
    if state.status is not Status.RESOLVED:
        return f"{name}: {phrases.broken(incident)}"
    how = "resolved by hand" if state.resolved_by else "resolved"
    return f"{name}: {incident.place.family} {how} after {_lasted(state)}"


def _status(incident: Incident, accounts: Mapping[str, Account]) -> Text:
    """State, target and scope in one line."""
    state = incident.state
    where = f" · {phrases.name(incident, accounts)}"
    if state.status is Status.RESOLVED:
        return (Bold("Resolved"), where, *_ending(state))
    held = state.acknowledgement
    by: Text = (" by ", User(held.person_id)) if held and state.status is Status.ACKNOWLEDGED else ()
    return (Bold(state.status.value.capitalize()), *by, where, f" · {phrases.broken(incident)}")


def _ending(state: State) -> Text:
    """When it was resolved, by whom and why, how long it took, who had it."""
    when: Text = (Time(state.resolved_at),) if state.resolved_at else ()
    by: Text = (" by ", User(state.resolved_by)) if state.resolved_by else ()
    why: Text = (f": {state.reason}",) if state.resolved_by and state.reason else ()
    had: Text = (" · ", User(state.owner_id), " had it") if state.owner_id else (" · nobody had it",)
    return (" · ", *when, *by, f", after {_lasted(state)}", *why, *had)


def _lasted(state: State) -> str:
    """From the first bad row to the resolve."""
    return duration(state.resolved_at - state.started_at) if state.resolved_at and state.started_at else UNKNOWN


def _facts(incident: Incident, accounts: Mapping[str, Account]) -> Facts:
    """Where it is, what was looked at, since when."""
    place, state = incident.place, incident.state
    monitors = ", ".join(s.name for s in state.subjects)
    endpoints = ", ".join(dict.fromkeys(s.resource for s in state.subjects if s.resource))
    window = _window(state.window) if state.window else ()
    items: tuple[tuple[str, Text], ...] = (
        ("Account", (f"{phrases.label(incident, accounts)} ({place.account_id}), {place.region}",)),
        ("Since", (Time(state.started_at),) if state.started_at else ()),
        ("Data window", window),
        ("Bad runs", (f"{state.runs:,}",)),
        ("Sample size", (plural(state.samples, "record"),) if state.samples is not None else ()),
        ("Monitor" if len(state.subjects) == 1 else "Monitors", (monitors,)),
        ("Endpoint", (endpoints,) if endpoints else ()),
        ("Service", (phrases.known_by(incident),) if incident.service.by != "tag" else ()),
    )
    return Facts(tuple(item for item in items if item[1]))


def _window(window: Window) -> Text:
    """From when to when; the day is said twice only where it may differ."""
    short = window.end - window.start < timedelta(hours=12)
    return (Time(window.start), " to ", Time(window.end, "time" if short else "both"))


def _small_print(state: State) -> tuple[Text, ...]:
    """What explains the numbers: an unread report, rows good again, worse, back, run out, the source's detail."""
    quiet = state.status is Status.RESOLVED
    good = tuple(r for r in state.rows if not r.bad and r.row != UNREAD)
    unread = next((r for r in state.rows if r.row == UNREAD and (r.bad or quiet)), None)
    worse = tuple(r for r in state.rows if r.row in state.worse_rows)
    lines: tuple[Text, ...] = (
        (f"A run counted {phrases.violations(unread)}; its report could not be read.",) if unread else (),
        (f"Good again: {phrases.metrics(good)}",) if good and not quiet else (),
        (f"Worse beyond noise: {phrases.metrics(worse)}, ", Time(state.worse_at))
        if state.worse_at and not quiet
        else (),
        _back(state),
        _ended(state) if not quiet else (),
        _still(state),
        (f"Report: {state.detail}",) if state.detail.startswith("s3://") else (state.detail,) if state.detail else (),
    )
    return tuple(line for line in lines if line)


def _still(state: State) -> Text:
    """Resolved by hand and still broken: what it waits for."""
    if state.status is not Status.RESOLVED or not state.resolved_by or not state.bad_rows or not state.resolved_at:
        return ()
    return ("Still broken; a run that judges data from after ", Time(state.resolved_at), " opens it again.")


def _back(state: State) -> Text:
    """That it was resolved before: in this episode, or in the one before it."""
    if state.returned_at is not None and state.status is not Status.RESOLVED:
        return ("It was resolved and came back ", Time(state.returned_at))
    if state.earlier_resolved_at is None or state.started_at is None:
        return ()
    quiet = duration(state.started_at - state.earlier_resolved_at)
    return (f"Came back after {quiet}; the episode before was resolved ", Time(state.earlier_resolved_at))


def _ended(state: State) -> Text:
    """Whose acknowledgement ran out last."""
    if not state.ran_out:
        return ()
    return (User(state.ran_out[-1].person_id), "'s acknowledgement ended ", Time(state.ran_out[-1].until))


def _actions(incident: Incident) -> Actions:
    """One press for all rows, the rest in the menu beside it."""
    n, status = incident.number, incident.state.status
    if status is Status.RESOLVED:
        return Actions((Press("Re-open", f"reopen {n}", does="act"),))
    first = "Extend…" if status is Status.ACKNOWLEDGED else "With reason and end…"
    menu = Menu(
        (
            Press(first, f"ack-with {n}", does="form"),
            Press("One row…", f"ack-row {n}", does="form"),
            Press("Resolve…", f"resolve-with {n}", does="form"),
        )
    )
    if status is Status.ACKNOWLEDGED:
        return Actions((menu,))
    press = Press("Acknowledge", f"ack {n} at={incident.revision}", does="act", style="primary")
    return Actions((press, menu))


__all__ = ["MOST_ROWS", "card", "note"]
