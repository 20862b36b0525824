"""Which alarm somebody means, and who may change it."""

from collections.abc import Iterable

from bot.errors import BadRequest
from bot.logic.alarm_actions import told
from bot.logic.alarm_rights import concerned
from bot.logic.words import listing
from bot.model.alarm import Alarm
from bot.parse import quoted, suggestion
from bot.ports import Ask, Inventory

LISTED = "/ml alarms lists them."


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


def line(act: str, alarm: Alarm, *more: str) -> str:
    """A command line on that very alarm."""
    return " ".join(("alarm", act, quoted(alarm.arn), *filter(None, more), "confirm=yes"))


def silenced(alarm: Alarm) -> str:
    """Every action that a mute would hold back, in words."""
    each: Iterable[str] = map(told, alarm.actions)
    return "; ".join(each) or "no action: nothing but Sagewatch tells of it"
