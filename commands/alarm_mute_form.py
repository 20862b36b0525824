"""The form behind *Mute in CloudWatch…*: what a mute would silence, until when, and why."""

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.errors import Conflict
from bot.kit import IncidentNumber, form
from bot.logic.alarm_actions import scaling, told
from bot.logic.mutes import muting, to_come
from bot.logic.words import listing, plural
from bot.model.alarm import Alarm, Mute
from bot.model.incident import Incident
from bot.model.reply import Bold, ChoiceField, DateField, Field, Form, Inline, Note, Paragraph, Part, Text, Time
from bot.ports import Ask, Incidents, Inventory
from commands._alarm_meant import LISTED, STILL_TOLD, alarms_of, audible, meant, own, silenced, word_of
from commands._incident import of_scope, why

TITLE = "Mute in CloudWatch"
ENDS = (("1 hour", "1h"), ("4 hours", "4h"), ("A day", "24h"), ("Until tomorrow, 09:00", "tomorrow"), ("A week", "7d"))
HEAD = "From the next full minute a mute silences in CloudWatch, for everybody and not for you alone:"
UNDO = f"{STILL_TOLD} /ml alarm unmute ends a mute at any time; /ml snooze silences Slack alone."
CUT = "/ml alarms lists them, and /ml alarm mute <name> <until> mutes one."
MOST_ALARMS = 100
"""That can be chosen among (Slack, options of a select)."""
MOST_CHARS, MOST_WAYS, MOST_NOTES = 9_000, 30, 8
"""Of what a form lists above its fields, of which 13,000 characters in 50 blocks are shown (`bot.render.limits`)."""
MOST_PARAGRAPH = 2_000
"""Characters of names in one paragraph; a section has 3,000 (Slack)."""
_LABEL = re.compile(r"[!-~]+( [!-~]+)*")
MOST_LABEL = 75
"""Characters of a choice that are shown (Slack)."""


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
    labels = _labels(found)
    ways = _ways(found, labels)
    listed = {one.arn for each in ways.values() for one in each}
    offered = [one for one in free if one.arn in listed]
    intro = (Paragraph((HEAD,)), *_listing(ways, labels), *_running(offered, inventory.mutes(), ask), Note((UNDO,)))
    if left := len(free) - len(offered):
        intro = (*intro, Note((f"{plural(left, 'more alarm')} of this incident cannot be chosen here. {CUT}",)))
    fields: tuple[Field, ...] = (
        ChoiceField("until", "For how long", ENDS, "1h", "Then what was held back runs if the state calls for it."),
        DateField("day", "Or until a day", hint="From 09:00 in your zone; in fifteen days at most.", optional=True),
        why("we deploy until four"),
    )
    if len(offered) == 1:
        return Form(TITLE, f"alarm mute {word_of(offered[0])} confirm=yes", fields, "Mute", intro)
    chosen = ChoiceField("name", "Which alarm", tuple((labels[one.arn], word_of(one)) for one in offered))
    return Form(TITLE, "alarm mute confirm=yes", (chosen, *fields), "Mute", intro)


def _labels(found: Sequence[Alarm]) -> dict[str, str]:
    """By ARN, what each is called here; with a number where names look alike, or cut or odd ones could."""
    names = [one.name for one in found]
    clear = all(_LABEL.fullmatch(n) and len(n) <= MOST_LABEL for n in names) and len(set(names)) == len(names)
    return {one.arn: one.name if clear or len(found) == 1 else f"{n}. {one.name}" for n, one in enumerate(found, 1)}


def _ways(found: Sequence[Alarm], labels: Mapping[str, str]) -> dict[str, list[Alarm]]:
    """What a mute holds back, and of which alarms: those for which there is room, the newest first, in their order."""
    ways: dict[str, list[Alarm]] = {}
    room, count = MOST_CHARS, 0
    # What can be chosen has the room before what scales.
    for _, one in sorted(enumerate(found), key=lambda each: (bool(scaling(each[1])), -each[0])):
        said = _held_back(one)
        cost = _size(labels[one.arn]) + (0 if said in ways else min(_size(said), MOST_PARAGRAPH))
        if cost <= room and count < MOST_ALARMS and (said in ways or len(ways) < MOST_WAYS):
            room, count = room - cost, count + 1
            ways.setdefault(said, []).insert(0, one)
    return dict(reversed(ways.items()))


def _size(text: str) -> int:
    """Its characters as Slack gets them (`&amp;`), and a comma."""
    return len(text) + 4 * sum(map(text.count, "&<>")) + 2


def _listing(ways: Mapping[str, Sequence[Alarm]], labels: Mapping[str, str]) -> Iterator[Part]:
    """`one, two: SNS topic ml-alarms`."""
    for said, alarms in ways.items():
        text: list[Inline] = []
        room = MOST_PARAGRAPH
        for one in alarms:
            if text and _size(labels[one.arn]) > room:
                yield Paragraph((*text[:-1], ": ", said))
                text, room = [], MOST_PARAGRAPH
            text += [Bold(labels[one.arn]), ", "]
            room -= _size(labels[one.arn])
        yield Paragraph((*text[:-1], ": ", said))


def _running(offered: Sequence[Alarm], mutes: Sequence[Mute], ask: Ask) -> tuple[Part, ...]:
    """Which of them are muted already."""
    found = ((one, (*muting(one, mutes, ask.now), *to_come(one, mutes, ask.now))) for one in offered)
    notes = tuple(Note(_already(one, rules[0])) for one, rules in found if rules)
    more = len(notes) - MOST_NOTES
    return (*notes[:MOST_NOTES], *((Note((f"{more} more of them are muted already.",)),) if more > 0 else ()))


def _of(incident: Incident, inventory: Inventory, ask: Ask) -> Sequence[Alarm]:
    """Its alarms that there are. Raises Conflict where there is none, BadRequest where they are others' as well."""
    there = {alarm.arn for alarm in inventory.alarms()}
    arns = [arn for arn in alarms_of(incident) if arn in there]
    if not arns:
        raise Conflict(f"#{incident.number} has no alarm that could be muted", f"Monitors call nobody. {LISTED}")
    mine = {alarm.arn: alarm for alarm in own(inventory, ask)}
    return [mine.get(arn) or meant(arn, inventory, ask) for arn in arns]


def _held_back(alarm: Alarm) -> str:
    if scales := scaling(alarm):
        return f"not muted, since it scales a model: {listing(tuple(map(told, scales)))}"
    return silenced(alarm)


def _already(alarm: Alarm, mute: Mute) -> Text:
    """Who made a rule, and why, is in its description where that was done here."""
    end: Text = (" until ", Time(mute.end)) if mute.end else ()
    about = f": {mute.description}" if mute.description else ""
    return (f"{alarm.name} is muted already, by the rule {mute.name}", *end, f"{about}.")
