"""An incident as its card: what is wrong, where, since when, who has it, and what one can do."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.logic import phrases
from bot.logic.about import about
from bot.logic.beside import probable_cause
from bot.logic.card_subjects import has_runs, subject_facts
from bot.logic.card_table import MOST_ROWS, rows_table
from bot.logic.lifecycle import fold_episode
from bot.logic.notes import note
from bot.logic.small_print import small_print
from bot.logic.succession import tells_changes
from bot.logic.waiting import is_waiting, waits_until
from bot.logic.words import UNKNOWN, duration, plural
from bot.model.account import Account
from bot.model.alarm_series import alarm_of_subject
from bot.model.incident import Incident, State, Status
from bot.model.observation import LEFT, Window
from bot.model.place import Severity
from bot.model.reply import (
    Actions,
    Bold,
    Facts,
    Heading,
    Link,
    Menu,
    Note,
    Paragraph,
    Part,
    Press,
    Reply,
    Table,
    Text,
    Time,
    User,
)


def card(
    incident: Incident,
    now: datetime,
    accounts: Mapping[str, Account],
    episode: int | None = None,
    operations: Incident | None = None,
) -> Reply:
    """The card of the running episode; with an older `episode`, as that one ended and without buttons.

    `operations` is the service's incident of that family, where `beside` wants it.
    """
    superseded = episode is not None and episode < incident.state.episode
    if episode is not None and superseded:
        incident = replace(incident, state=fold_episode(incident.log, episode, now, incident.state.cool_down))
    table = rows_table(incident.state, incident.place.family)
    parts: tuple[Part, ...] = (
        Heading(phrases.heading(incident)),
        Paragraph(_status(incident, accounts)),
        _facts(incident, accounts),
        *table,
        *(_whole(incident, table) if not superseded else ()),
        *(Note(text) for text in (probable_cause(incident, operations),) if text and not superseded),
        *(Note(text) for text in small_print(incident.state)),
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
    return f"{name}: {about(incident)} {how} after {_lasted(state)}"


def _status(incident: Incident, accounts: Mapping[str, Account]) -> Text:
    """State, target and scope in one line."""
    state = incident.state
    where = f" · {phrases.name(incident, accounts)}"
    if is_waiting(state):
        until = waits_until(state)
        about: Text = (", until about ", Time(until)) if until else ()
        return (Bold("Fixed, waiting for the window"), *about, where, *_ending(state))
    if state.status is Status.RESOLVED:
        return (Bold("Resolved"), where, *_ending(state))
    held = state.acknowledgement
    by: Text = (" by ", User(held.person_id)) if held and state.status is Status.ACKNOWLEDGED else ()
    if state.snooze and state.status is Status.SNOOZED:
        by = (" by ", User(state.snooze.person_id), " until ", Time(state.snooze.until))
    return (Bold(state.status.value.capitalize()), *by, where, f" · {phrases.broken(incident)}")


def _ending(state: State) -> Text:
    """When it was resolved, by whom and why, how long it took, who had it."""
    when: Text = (Time(state.resolved_at),) if state.resolved_at else ()
    by: Text = (" by ", User(state.resolved_by)) if state.resolved_by else ()
    why: Text = (f": {state.reason}",) if state.resolved_by and state.reason else ()
    had: Text = (" · ", User(state.owner_id), " had it") if state.owner_id else (" · never acknowledged",)
    return (" · ", *when, *by, f", after {_lasted(state)}", *why, *had)


def _lasted(state: State) -> str:
    """From the first bad row to the resolve."""
    return duration(state.resolved_at - state.started_at) if state.resolved_at and state.started_at else UNKNOWN


def _facts(incident: Incident, accounts: Mapping[str, Account]) -> Facts:
    """Where it is, what was looked at, since when."""
    place, state = incident.place, incident.state
    counted = _counted(state)
    window = _window(state.window) if state.window else ()
    items: tuple[tuple[str, Text], ...] = (
        ("Account", (f"{phrases.label(incident, accounts)} ({place.account_id}), {place.region}",)),
        ("Since", (Time(state.started_at),) if state.started_at else ()),
        ("Data window", window),
        (counted, (f"{state.runs:,}",) if counted and state.runs else ()),
        ("Sample size", (plural(state.samples, "record"),) if state.samples is not None else ()),
        *subject_facts(state),
        ("Service", (f"{incident.service.name}, known {phrases.known_by(incident)}",) if _is_guessed(incident) else ()),
        *_owners(incident),
    )
    return Facts(tuple(item for item in items if item[1]))


def _is_guessed(incident: Incident) -> bool:
    """Whether its service may be another than its owners mean; an account's link is nobody's guess."""
    return incident.service.by != "tag" and all(row.row != LEFT for row in incident.state.rows)


def _counted(state: State) -> str:
    """What `runs` counts; nothing where somebody is itself bad."""
    if any(map(has_runs, state.subjects)):
        return "Bad runs"
    return "Times fired" if any(tells_changes(s.arn) for s in state.subjects) else ""


def _owners(incident: Incident) -> tuple[tuple[str, Text], ...]:
    """What its owners say of it; what cannot be judged is of low severity whatever they say."""
    about, state = incident.service.about, incident.state
    severity = Severity.LOW if state.is_blind_only else about.severity
    return (
        ("Severity", (severity.value,) if severity else ()),
        ("Team", (about.team,) if about.team else ()),
        ("Owner", _linked(about.owner, about.owner)),
        ("Runbook", _linked(about.runbook, "Runbook")),
    )


def _linked(address: str, text: str) -> Text:
    """A link where it is an https address of theirs, else the text as it is."""
    if not address:
        return ()
    return (Link(address, text),) if address.startswith("https://") else (address,)


def _window(window: Window) -> Text:
    """From when to when; the day is said twice only where it may differ."""
    short = window.end - window.start < timedelta(hours=12)
    return (Time(window.start), " to ", Time(window.end, "time" if short else "both"))


def _whole(incident: Incident, drawn: Iterable[Table]) -> tuple[Part, ...]:
    """All rows as a file, where the card has not all of them."""
    cut = next((t.total for t in drawn if t.total and t.total > len(t.rows)), 0)
    return (Actions((Press(f"All {cut} Rows (CSV)", f"rows {incident.number}", does="file"),)),) if cut else ()


def _mute(incident: Incident) -> tuple[Press, ...]:
    """For operators: to hold back what its alarms do in CloudWatch, and to end that."""
    alarms = {alarm_of_subject(s.arn) for s in incident.state.subjects if tells_changes(s.arn)}
    muted = [mute.alarm for mute in incident.state.mutes]
    ends = (Press("Unmute in CloudWatch", f"alarm unmute #{incident.number}", does="act"),) if muted else ()
    begins = (Press("Mute in CloudWatch…", f"mute-with {incident.number}", does="form"),)
    return (*(begins if alarms - set(muted) else ()), *ends)


def _actions(incident: Incident) -> Actions:
    """One press for all rows, the rest in the menu beside it."""
    n, status = incident.number, incident.state.status
    note = Press("Note…", f"note-with {n}", does="form")
    place = incident.place
    who = Press(
        "Who Changed It?", f"changed {n} thread=yes account={place.account_id} region={place.region}", does="act"
    )
    if status is Status.RESOLVED:
        return Actions((Press("Re-open", f"reopen {n}", does="act"), note, who))
    first = "Extend…" if status is Status.ACKNOWLEDGED else "With reason and end…"
    row = (Press("One row…", f"ack-row {n}", does="form"),) if incident.state.bad_rows else ()
    mute = _mute(incident)
    menu = Menu(
        (
            Press(first, f"ack-with {n}", does="form"),
            *row,
            Press("Snooze…", f"snooze-with {n}", does="form"),
            Press("Assign…", f"assign-with {n}", does="form"),
            Press("Resolve…", f"resolve-with {n}", does="form"),
            *mute,
        )
    )
    if status is Status.ACKNOWLEDGED:
        return Actions((note, who, menu))
    press = Press("Acknowledge", f"ack {n} at={incident.revision}", does="act", style="primary")
    return Actions((press, note, who, menu))


__all__ = ["MOST_ROWS", "card", "note"]
