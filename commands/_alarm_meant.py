"""Which alarm somebody means, and who may change it."""

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
from bot.parse import quoted, suggestion
from bot.ports import Ask, Incidents, Inventory, Routes

LISTED = "/ml alarms lists them."
NO_ACTION = "nothing, since this alarm has no action in CloudWatch that a mute could hold back"
STILL_TOLD = "Sagewatch still judges the alarm and tells of it here."
SNOOZE = "A mute would hold that back too: snooze the incident, which silences Slack alone."


def meant(name: str, inventory: Inventory, ask: Ask) -> Alarm:
    """The only one of that name that concerns the asker's accounts alone. Raises BadRequest."""
    covered = {account.id for account in ask.scope.accounts}
    known = [alarm for alarm in inventory.alarms() if concerned(alarm) <= covered]
    if ask.scope.regions:
        known = [alarm for alarm in known if alarm.region in ask.scope.regions]
    found = [alarm for alarm in known if name in {alarm.name, alarm.arn}]
    if not found:
        raise BadRequest(f"no alarm is called {name}{suggestion(name, (a.name for a in known))}", LISTED)
    if len(found) > 1:
        places = listing(tuple(f"{a.account_id} in {a.region}" for a in found), most=5)
        raise BadRequest(f"{name} is an alarm of {places}; give its ARN", LISTED)
    return found[0]


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
    return " ".join(("alarm", act, quoted(alarm.arn), *filter(None, more), "confirm=yes"))


def silenced(alarm: Alarm) -> str:
    """Every action that a mute would hold back, in words."""
    off = "" if alarm.actions_enabled else " (switched off as it is)"
    return "; ".join(f"{told(action)}{off}" for action in alarm.actions) or NO_ACTION


def offer(alarm: Alarm, mutes: Iterable[Mute], ask: Ask) -> Cell:
    """To mute it, or to end what was muted here; nothing to who may not, and of what scales a model."""
    if scaling(alarm) or not all(ask.may(Role.OPERATOR, account_id) for account_id in concerned(alarm)):
        return ""
    if any(mute.name.startswith(OURS) for mute in mutes):
        return Press("Unmute", f"alarm unmute {quoted(alarm.arn)}")
    return Press("Mute…", f"mute-with alarm={quoted(alarm.arn)}", does="form")


def audible(found: Sequence[Alarm]) -> None:
    """Raises NotAllowed where one scales a model."""
    for alarm in found:
        if scales := scaling(alarm):
            raise NotAllowed(f"{alarm.name} scales a model: {listing(tuple(map(told, scales)))}", SNOOZE)
