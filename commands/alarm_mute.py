"""`/ml alarm mute`: hold all actions of an alarm back in CloudWatch for a while."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

from bot.errors import BadRequest, Conflict, done_already
from bot.kit import Kind, Reason, command
from bot.logic.mutes import LONGEST, is_by, outlasting, planned
from bot.logic.words import duration
from bot.model.alarm import Alarm, Mute
from bot.model.incident import Act
from bot.model.observation import Window
from bot.model.reply import Actions, Code, Facts, Note, Paragraph, Press, Reply, Text, Time
from bot.parse import Reader, quoted
from bot.parse import day as coming_day
from bot.parse import until as coming
from bot.ports import AlarmOperations, Ask, Incidents, Inventory, Routes, Sweep
from commands._alarm_meant import STILL_TOLD, as_typed, audible, incident_of, line, meant, noted, silenced, word_of
from commands._alarm_wish import labelled
from commands._operate import Confirmed

_MINUTE = "%Y-%m-%dT%H:%MZ"
"""How the question's button says the end that was shown: it stays the same however late it is pressed."""

_MOST = "CloudWatch mutes for fifteen days at most"


def _end(word: str, reader: Reader) -> datetime:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ", word):
        return _held(coming(word, reader, f"{_MOST}: say between 1s and 15d."), reader)
    try:
        end = datetime.strptime(word, _MINUTE).replace(tzinfo=UTC)
    except ValueError:
        raise BadRequest(f"{word} is no time", "Write it like 2026-12-01T09:00Z, or 4h.") from None
    if end <= reader.now:
        raise BadRequest(f"{word} is past", "Say a time to come.")
    return _held(end, reader)


def _held(end: datetime, reader: Reader) -> datetime:
    if end - reader.now > LONGEST:
        raise BadRequest(_MOST, "Say a time within them.")
    return end


End = Annotated[datetime, Kind("until", _end)]
"""`4h`, `tomorrow`, `2026-11-27`, `2026-11-27T18:00Z`; fifteen days from now at most."""
EndDay = Annotated[datetime, Kind("day", lambda w, reader: _held(coming_day(w, reader), reader))]
"""A day, from a form's date picker."""


@command("alarm mute", role="operator", example="alarm mute sagewatch-accuracy 4h deploying")
def mute(
    operations: AlarmOperations,
    inventory: Inventory,
    incidents: Incidents,
    routes: Routes,
    ask: Ask,
    *,
    name: str,
    until: End,
    reason: Reason = "",
    day: EndDay | None = None,
    confirm: Confirmed = False,
) -> Reply:
    """Hold all actions of an alarm back until a time, at most for fifteen days.

    Lists what it silences and asks first, unless `confirm=yes` is said. The alarm is still judged and told here, its
    card says who muted it; an alarm that scales a model is not muted. `snooze` silences the incident in Slack alone.
    """
    alarm, end = meant(name, inventory, ask), day or until
    audible([alarm])
    window = planned(ask.now, end)
    _refuse_held(alarm, [mute for mute in inventory.mutes() if not is_by(mute, ask.person.id)], window, ask)
    if not confirm:
        return _question(alarm, window, reason, ask)
    incident = incident_of(alarm, incidents, ask)
    made = operations.mute(alarm, end, incident=incident.number if incident else None, reason=reason)
    with done_already(f"{alarm.name} is muted"):
        inventory.keep_mutes([Sweep(made.account_id, made.region, (made,), whole=False)], ask.now)
        longer = outlasting(alarm, (mute for mute in inventory.mutes() if mute.arn != made.arn), made.end or end)
    # Somebody muted it for longer at the same moment: the card tells of that one, which is what holds.
    said = (
        (Note((f"It stays muted for {_left(longer, ask)}: {longer.description or longer.name}",)),)
        if longer
        else noted(Act.MUTE, alarm, incident, incidents, routes, ask, until=made.end or end, reason=reason)
    )
    begins = (Time(made.start, "time"),) if made.start else ()
    done: Text = (f"{alarm.name} is muted from ", *begins, " until ", Time(made.end or end), ".")
    undo = Press("Unmute", f"alarm unmute {word_of(alarm)}")
    return Reply(done, (Paragraph(done), *said, Actions((undo, Press("Alarms", "alarms")))), shareable=False)


def _refuse_held(alarm: Alarm, others: Iterable[Mute], window: Window, ask: Ask) -> None:
    """Raises Conflict where somebody else muted it for as long or longer: one more mute would change nothing."""
    if held := outlasting(alarm, others, window.end):
        said = f"{alarm.name} is muted for {_left(held, ask)} already: {held.description or held.name}"
        raise Conflict(said, "Nothing was changed. /ml alarm unmute ends it, a later end prolongs it.")


def _left(mute: Mute, ask: Ask) -> str:
    return duration(mute.end - ask.now) if mute.end else "a while"


def _question(alarm: Alarm, window: Window, reason: str, ask: Ask) -> Reply:
    """What is silenced, for whom, from when until when, why, and how it is undone."""
    asked: Text = (f"Mute {alarm.name} in CloudWatch until ", Time(window.end), "?")
    facts: tuple[tuple[str, Text], ...] = (
        ("Alarm", (f"{alarm.name}, {labelled(alarm.account_id, ask)}, {alarm.region}",)),
        ("What is silenced", (silenced(alarm),)),
        ("For whom", (f"{'everybody, not you alone' if alarm.actions else 'nobody'}. {STILL_TOLD}",)),
        ("From", ("the next full minute after you press Mute",)),
        ("Until", (Time(window.end),)),
        ("Why", (reason or "no reason was given",)),
        ("How to undo it", (Code(f"/ml alarm unmute {as_typed(alarm)}"), " ends it at any time")),
    )
    again = (f"until={window.end.astimezone(UTC):{_MINUTE}}", f"reason={quoted(reason)}" if reason else "")
    buttons = Actions((Press("Mute", line("mute", alarm, *again), style="danger"), Press("Alarms", "alarms")))
    return Reply(asked, (Paragraph(asked), Facts(facts), buttons), shareable=False)
