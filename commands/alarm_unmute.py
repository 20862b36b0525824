"""`/ml alarm unmute`: end the mutes of an alarm that were made here."""

from bot.errors import Conflict
from bot.kit import command
from bot.logic.mutes import OURS, is_of
from bot.logic.words import listing
from bot.model.reply import Actions, Paragraph, Press, Reply
from bot.ports import AlarmOperations, Alarms, Ask, Inventory
from commands._alarm_meant import meant


@command("alarm unmute", role="operator", example="alarm unmute sagewatch-accuracy")
def unmute(operations: AlarmOperations, port: Alarms, inventory: Inventory, ask: Ask, *, name: str) -> Reply:
    """End the mutes of an alarm that Sagewatch made.

    Actions that were held back run if the state still calls for them. Rules made elsewhere stay.
    """
    alarm = meant(name, inventory, ask)
    listed = port.mutes(inventory.mutes())
    inventory.keep_mutes(listed.items, ask.now)
    rules = [mute for mute in inventory.mutes() if is_of(mute, alarm)]
    ours = [mute for mute in rules if mute.name.startswith(OURS) and len(mute.alarms) == 1]
    if not ours:
        others = f"; {listing(tuple(m.name for m in rules))} was made elsewhere" if rules else ""
        raise Conflict(f"{alarm.name} has no mute that was made here{others}", "Nothing was changed.")
    for mute in ours:
        operations.unmute(mute)
    inventory.keep_mutes(port.mutes(inventory.mutes()).items, ask.now)
    said = f"{alarm.name} is heard again."
    return Reply((said,), (Paragraph((said,)), Actions((Press("Alarms", "alarms"),))), shareable=False)
