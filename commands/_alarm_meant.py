"""Which alarm somebody means, and who may change it."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

from bot.errors import BadRequest, BotError, NotAllowed, StoreDown, Unsaved
from bot.incidents import click
from bot.logic.alarm_actions import scaling, told
from bot.logic.alarm_rights import concerned
from bot.logic.mutes import OURS
from bot.logic.succession import tells_changes
from bot.logic.words import listing
from bot.model.alarm import Alarm, Mute
from bot.model.alarm_series import alarm_of_subject
from bot.model.incident import Act, Incident
from bot.model.person import Role
from bot.model.reply import Cell, Note, Part, Press
from bot.parse import quoted, suggestion, tidy
from bot.ports import Ask, Incidents, Inventory, Routes

LISTED = "/ml alarms lists them."
UNLISTED = "no account's alarms were listed yet"
"""In the first seconds after a start: that there is no alarm is not known."""
NO_ACTION = "nothing, since this alarm has no action in CloudWatch that a mute could hold back"
STILL_TOLD = "Sagewatch still judges the alarm and tells of it here."
_PLAIN = re.compile(r"[\w.:/@+#,-]{1,120}", re.ASCII)
"""An option has 150 characters (Slack), with a command's words before the ARN."""
SNOOZE = "A mute would hold that back too: snooze the incident, which silences Slack alone."


def meant(name: str, inventory: Inventory, ask: Ask) -> Alarm:
    """The only one of that `word_of`, ARN or name that concerns the asker's accounts alone. Raises BadRequest.

    A name's quotes and blanks do not arrive as they were typed, so names that differ in them alone are asked back.
    """
    known = own(inventory, ask)
    found = [alarm for alarm in known if name in {alarm.arn, word_of(alarm)}]
    found = found or [alarm for alarm in known if alarm.name == name or tidy(alarm.name) == tidy(name) != ""]
    if not found and not inventory.as_of("alarm"):
        raise BadRequest(UNLISTED, "It is done every minute; /ml alarms refresh=yes asks the accounts now.")
    if not found:
        raise BadRequest(f"no alarm is called {name}{suggestion(name, (a.name for a in known))}", LISTED)
    if len(found) > 1:
        places = listing(tuple(f"{a.account_id} in {a.region}" for a in found), most=5)
        each = listing(tuple(map(word_of, found)), most=5)
        raise BadRequest(f"{name} is an alarm of {places}", f"Say which: {each}.")
    return found[0]


def own(inventory: Inventory, ask: Ask) -> Sequence[Alarm]:
    """Those that concern the asker's accounts alone, in the Regions that are asked for."""
    covered = {account.id for account in ask.scope.accounts}
    regions = ask.scope.regions
    return [a for a in inventory.alarms() if concerned(a) <= covered and (not regions or a.region in regions)]


def word_of(alarm: Alarm) -> str:
    """How a line names that very alarm: by its ARN, or by a digest of it where the ARN is long or not plain.

    Every client and menu carries it unchanged.
    """
    if _PLAIN.fullmatch(alarm.arn):
        return alarm.arn
    return f"alarm:{hashlib.sha256(alarm.arn.encode('utf-8', 'backslashreplace')).hexdigest()[:16]}"


def as_typed(alarm: Alarm) -> str:
    """How a person types it: by its name in quotes, or as `word_of` where the name would not arrive as it is."""
    name = quoted(alarm.name)
    return name if tidy(name) == name and alarm.name.isprintable() else word_of(alarm)


def incident_of(alarm: Alarm, incidents: Incidents, ask: Ask) -> Incident | None:
    """The one that is not resolved and heard the alarm, if there is one."""
    return next((i for i in incidents.list(ask.now) if alarm.arn in alarms_of(i)), None)


def alarms_of(incident: Incident) -> tuple[str, ...]:
    """ARNs of the alarms that it heard."""
    found = (alarm_of_subject(s.arn) for s in incident.state.subjects if tells_changes(s.arn))
    return tuple(dict.fromkeys(found))


def noted(
    act: Act, alarm: Alarm, incident: Incident | None, incidents: Incidents, routes: Routes, ask: Ask, **more: Any
) -> tuple[Part, ...]:
    """Let the incident's card tell of it; what CloudWatch has done already is not undone by a card that cannot."""
    if incident is None:
        return ()
    try:
        click(
            incidents,
            incident.number,
            act,
            click_id=f"{ask.id}:{act}:{alarm.arn}",
            person_id=ask.person.id,
            now=ask.now,
            routing=routes.route,
            alarm=alarm.arn,
            **more,
        )
    except (StoreDown, Unsaved):
        return (Note((f"The card of #{incident.number} may not tell of it: the database did not take that.",)),)
    except BotError as error:
        return (Note((f"The card of #{incident.number} may not tell of it: {error.cause}",)),)
    return ()


def line(act: str, alarm: Alarm, *more: str) -> str:
    """A command line on that very alarm."""
    return " ".join(("alarm", act, word_of(alarm), *filter(None, more), "confirm=yes"))


def silenced(alarm: Alarm) -> str:
    """Every action that a mute would hold back, in words."""
    off = "" if alarm.actions_enabled else " (switched off as it is)"
    return "; ".join(f"{told(action)}{off}" for action in alarm.actions) or NO_ACTION


def offer(alarm: Alarm, mutes: Iterable[Mute], ask: Ask) -> Cell:
    """To mute it, or to end what was muted here; nothing to who may not, and of what scales a model."""
    if scaling(alarm) or not all(ask.may(Role.OPERATOR, account_id) for account_id in concerned(alarm)):
        return ""
    if any(mute.name.startswith(OURS) for mute in mutes):
        return Press("Unmute", f"alarm unmute {word_of(alarm)}")
    return Press("Mute…", f"mute-with alarm={word_of(alarm)}", does="form")


def audible(found: Sequence[Alarm]) -> None:
    """Raises NotAllowed where one scales a model."""
    for alarm in found:
        if scales := scaling(alarm):
            raise NotAllowed(f"{alarm.name} scales a model: {listing(tuple(map(told, scales)))}", SNOOZE)
