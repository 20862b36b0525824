"""The form behind *Mute in CloudWatch…*: what a mute would silence, until when, and why."""

from collections.abc import Sequence

from bot.errors import Conflict
from bot.kit import IncidentNumber, form
from bot.logic.alarm_actions import scaling, told
from bot.logic.mutes import muting, to_come
from bot.logic.words import listing
from bot.model.alarm import Alarm, Mute
from bot.model.incident import Incident
from bot.model.reply import Bold, ChoiceField, DateField, Field, Form, Note, Paragraph, Part, Text, Time
from bot.ports import Ask, Incidents, Inventory
from commands._alarm_meant import LISTED, STILL_TOLD, alarms_of, audible, meant, silenced, word_of
from commands._incident import of_scope, why

TITLE = "Mute in CloudWatch"
ENDS = (("1 hour", "1h"), ("4 hours", "4h"), ("A day", "24h"), ("Until tomorrow, 09:00", "tomorrow"), ("A week", "7d"))
HEAD = "From the next full minute a mute silences in CloudWatch, for everybody and not for you alone:"
UNDO = f"{STILL_TOLD} /ml alarm unmute ends a mute at any time; /ml snooze silences Slack alone."
MOST_ALARMS = 20
"""Of one incident, that a form offers."""


@form("mute-with", role="operator", submits="alarm mute")
def mute_with(
    incidents: Incidents, inventory: Inventory, ask: Ask, *, number: IncidentNumber | None = None, alarm: str = ""
) -> Form:
    """Mute an alarm of an incident, or that alarm, told what that silences."""
    incident = of_scope(incidents, ask, number.incident) if number else None
    found = _of(incident, inventory, ask) if incident else [meant(alarm, inventory, ask)]
    free = [one for one in found if not scaling(one)]
    if not free:
        audible(found)
    mutes = inventory.mutes()
    intro: list[Part] = [Paragraph((HEAD,))]
    for one in found:
        intro.append(Paragraph((Bold(one.name), ": ", _held_back(one))))
        running = (*muting(one, mutes, ask.now), *to_come(one, mutes, ask.now))
        if running:
            intro.append(Note(_already(one, running[0])))
    intro.append(Note((UNDO,)))
    until = ChoiceField("until", "For how long", ENDS, "1h", "Then what was held back runs if the state calls for it.")
    fields: list[Field] = [
        until,
        DateField("day", "Or until a day", hint="From 09:00 in your zone; in fifteen days at most.", optional=True),
        why("we deploy until four"),
    ]
    if len(free) == 1:
        return Form(TITLE, f"alarm mute {word_of(free[0])} confirm=yes", tuple(fields), "Mute", tuple(intro))
    chosen = ChoiceField("name", "Which alarm", tuple((one.name, word_of(one)) for one in free))
    return Form(TITLE, "alarm mute confirm=yes", (chosen, *fields), "Mute", tuple(intro))


def _of(incident: Incident, inventory: Inventory, ask: Ask) -> Sequence[Alarm]:
    """Its alarms that there are. Raises Conflict where there is none, BadRequest where they are others' as well."""
    there = {alarm.arn for alarm in inventory.alarms()}
    arns = [arn for arn in alarms_of(incident) if arn in there]
    if not arns:
        raise Conflict(f"#{incident.number} has no alarm that could be muted", f"Monitors call nobody. {LISTED}")
    return [meant(arn, inventory, ask) for arn in arns[-MOST_ALARMS:]]


def _held_back(alarm: Alarm) -> str:
    if scales := scaling(alarm):
        return f"not muted, since it scales a model: {listing(tuple(map(told, scales)))}"
    return silenced(alarm)


def _already(alarm: Alarm, mute: Mute) -> Text:
    """Who made a rule, and why, is in its description where that was done here."""
    end: Text = (" until ", Time(mute.end)) if mute.end else ()
    about = f": {mute.description}" if mute.description else ""
    return (f"{alarm.name} is muted already, by the rule {mute.name}", *end, f"{about}.")
