"""`/ml alarm unmute`: end the mutes of an alarm that were made here."""

import re
from collections.abc import Sequence

from bot.errors import BotError, Conflict, done_already
from bot.kit import command
from bot.logic.mutes import OURS, is_of, muting
from bot.logic.words import listing
from bot.model.alarm import Alarm, Mute
from bot.model.incident import Act, Incident
from bot.model.reply import Actions, Note, Paragraph, Part, Press, Reply, Text, Time
from bot.model.spells import Muted
from bot.ports import AlarmOperations, Alarms, Ask, Incidents, Inventory, Routes
from commands._alarm_meant import incident_of, meant, noted
from commands._incident import of_scope


@command("alarm unmute", role="operator", example="alarm unmute sagewatch-accuracy")
def unmute(
    operations: AlarmOperations,
    port: Alarms,
    inventory: Inventory,
    incidents: Incidents,
    routes: Routes,
    ask: Ask,
    *,
    name: str,
) -> Reply:
    """End the mutes of an alarm that Sagewatch made.

    `#12` stands for the muted alarms of incident 12. Actions that were held back run if the state still calls for
    them. Rules made elsewhere stay.
    """
    each, gone = _meant(name, inventory, incidents, ask)
    inventory.keep_mutes(port.mutes(inventory.mutes()).items, ask.now)
    known = [(alarm, incident_of(alarm, incidents, ask)) for alarm in each]
    ours = [_ours(alarm, inventory.mutes(), incident) for alarm, incident in known]
    said: list[Part] = []
    failed: list[tuple[Alarm, BotError]] = []
    for (alarm, incident), mutes in zip(known, ours, strict=True):
        try:
            for mute in mutes:
                operations.unmute(mute)
        except BotError as error:  # one that cannot be ended keeps no other muted
            failed.append((alarm, error))
            continue
        said += noted(Act.UNMUTE, alarm, incident, incidents, routes, ask)
    done = [alarm for alarm in each if alarm not in [one for one, _ in failed]]
    if not done:
        raise failed[0][1]
    with done_already(f"What muted {listing(tuple(alarm.name for alarm in done))} here is ended"):
        inventory.keep_mutes(port.mutes(inventory.mutes()).items, ask.now)
        point = _heard(done, inventory.mutes(), ask)
    said += [Note((f"{alarm.name} stays muted: {error.cause} {error.next_step}".strip(),)) for alarm, error in failed]
    left = (Note(_skipped(gone)),) if gone else ()
    return Reply((point,), (Paragraph((point,)), *left, *said, Actions((Press("Alarms", "alarms"),))), shareable=False)


def _skipped(gone: Sequence[Muted]) -> Text:
    """What was muted and is deleted, and how long its rule would still hold an alarm of that name back."""
    it = "it" if len(gone) == 1 else "them"
    last = max(mute.until for mute in gone)
    return (f"{_names(gone)} {_be(gone)} deleted: what muted {it} in CloudWatch lasts until ", Time(last), ".")


def _names(gone: Sequence[Muted]) -> str:
    return listing(tuple(mute.alarm.partition(":alarm:")[2] or mute.alarm for mute in gone))


def _be(gone: Sequence[Muted]) -> str:
    return "is" if len(gone) == 1 else "are"


def _heard(each: Sequence[Alarm], mutes: Sequence[Mute], ask: Ask) -> str:
    """Which are heard again, and which a rule that was made elsewhere still holds back."""
    held = {alarm.name: rules for alarm in each if (rules := muting(alarm, mutes, ask.now))}
    free = tuple(alarm.name for alarm in each if alarm.name not in held)
    said = [f"{listing(free)} {'is' if len(free) == 1 else 'are'} heard again."] if free else []
    for name, rules in held.items():
        others = listing(tuple(rule.name for rule in rules))
        said.append(f"What muted {name} here is ended; it stays muted by {others}, made elsewhere.")
    return " ".join(said)


def _meant(name: str, inventory: Inventory, incidents: Incidents, ask: Ask) -> tuple[Sequence[Alarm], Sequence[Muted]]:
    """The alarms, and what an incident's card tells as muted though it was deleted.

    Raises BadRequest, Conflict where an incident has no alarm that is muted.
    """
    number = re.fullmatch(r"#(\d{1,9})", name)
    if number is None:
        return [meant(name, inventory, ask)], ()
    incident = of_scope(incidents, ask, int(number[1]))
    there = {alarm.arn for alarm in inventory.alarms()}
    gone = tuple(mute for mute in incident.state.mutes if mute.alarm not in there)
    found = [meant(mute.alarm, inventory, ask) for mute in incident.state.mutes if mute.alarm in there]
    if not found:
        deleted = f" and is still there: {_names(gone)} {_be(gone)} deleted" if gone else ""
        raise Conflict(f"#{incident.number} has no alarm that is muted{deleted}", "Nothing was changed.")
    return found, gone


def _ours(alarm: Alarm, mutes: Sequence[Mute], incident: Incident | None) -> Sequence[Mute]:
    """The rules to end; none where the card tells of one that somebody ended elsewhere. Raises Conflict."""
    rules = [mute for mute in mutes if is_of(mute, alarm)]
    ours = [mute for mute in rules if mute.name.startswith(OURS) and len(mute.alarms) == 1]
    shown = incident is not None and any(mute.alarm == alarm.arn for mute in incident.state.mutes)
    if not ours and not shown:
        others = f"; {listing(tuple(m.name for m in rules))} was made elsewhere" if rules else ""
        raise Conflict(f"{alarm.name} has no mute that was made here{others}", "Nothing was changed.")
    return ours
