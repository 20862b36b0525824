"""`/ml alarm mute`: hold all actions of an alarm back in CloudWatch for a while."""

from datetime import datetime
from typing import Annotated

from bot.errors import BadRequest
from bot.kit import Kind, Rest, command
from bot.logic.mutes import LONGEST
from bot.model.incident import Act
from bot.model.reply import Actions, Paragraph, Press, Reply, Text, Time
from bot.parse import Reader, quoted
from bot.parse import day as coming_day
from bot.parse import until as coming
from bot.ports import AlarmOperations, Ask, Incidents, Inventory, Routes, Sweep
from commands._alarm_meant import audible, incident_of, line, meant, noted, silenced
from commands._operate import Confirmed


def _held(end: datetime, reader: Reader) -> datetime:
    if end - reader.now > LONGEST:
        raise BadRequest("CloudWatch mutes for fifteen days at most", "Say a time within them.")
    return end


End = Annotated[datetime, Kind("until", lambda w, reader: _held(coming(w, reader), reader))]
"""`4h`, `tomorrow`, `2026-11-27`, fifteen days from now at most."""
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
    reason: Rest = "",
    day: EndDay | None = None,
    confirm: Confirmed = False,
) -> Reply:
    """Hold all actions of an alarm back until a time, at most for fifteen days.

    Lists what it silences and asks first, unless `confirm=yes` is said. The alarm is still judged and told here, its
    card says who muted it; an alarm that scales a model is not muted. `snooze` silences the incident in Slack alone.
    """
    alarm, end = meant(name, inventory, ask), day or until
    audible([alarm])
    if not confirm:
        asked: Text = (f"Mute {alarm.name} until ", Time(end), f"? It silences for everybody: {silenced(alarm)}.")
        again = line(
            "mute",
            alarm,
            f"until={round((end - ask.now).total_seconds())}s",
            f"reason={quoted(reason)}" if reason else "",
        )
        buttons = Actions((Press("Mute", again, style="danger"), Press("Alarms", "alarms")))
        return Reply(asked, (Paragraph(asked), buttons), shareable=False)
    incident = incident_of(alarm, incidents, ask)
    made = operations.mute(alarm, end, incident=incident.number if incident else None, reason=reason)
    inventory.keep_mutes([Sweep(made.account_id, made.region, (made,), whole=False)], ask.now)
    said = noted(Act.MUTE, alarm, incident, incidents, routes, ask, until=made.end or end, reason=reason)
    begins = (Time(made.start, "time"),) if made.start else ()
    done: Text = (f"{alarm.name} is muted from ", *begins, " until ", Time(made.end or end), ".")
    undo = Press("Unmute", f"alarm unmute {quoted(alarm.arn)}")
    return Reply(done, (Paragraph(done), *said, Actions((undo, Press("Alarms", "alarms")))), shareable=False)
