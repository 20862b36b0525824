"""`/ml alarm delete`: away with an alarm that Sagewatch made."""

from bot.errors import NotAllowed, done_already
from bot.kit import command
from bot.logic.mutes import OURS
from bot.model.alarm import Alarm
from bot.model.reply import Actions, Facts, Paragraph, Press, Reply, Text, User
from bot.ports import AlarmOperations, Alarms, Ask, Inventory
from commands._alarm_meant import line, meant, silenced
from commands._alarm_wish import labelled
from commands._operate import Confirmed


@command("alarm delete", role="operator", example="alarm delete sagewatch-accuracy")
def delete(
    operations: AlarmOperations,
    port: Alarms,
    inventory: Inventory,
    ask: Ask,
    *,
    name: str,
    confirm: Confirmed = False,
) -> Reply:
    """Delete an alarm that Sagewatch made, by its tag.

    Asks first unless `confirm=yes` is said.
    """
    alarm = meant(name, inventory, ask)
    if not (alarm.made_here and alarm.name.startswith(OURS)):
        raise NotAllowed(f"{alarm.name} was not made by Sagewatch", "Delete it where it was made.")
    if not confirm:
        return _question(alarm, ask)
    operations.delete(alarm)
    said = f"{alarm.name} is deleted"
    with done_already(said):
        inventory.keep_alarms(port.listed(inventory.alarms(), tags=True).items, ask.now)
    return Reply((f"{said}.",), (Paragraph((f"{said}.",)), Actions((Press("Alarms", "alarms"),))), shareable=False)


def _question(alarm: Alarm, ask: Ask) -> Reply:
    said = f"Delete {alarm.name}? Nobody is told by it any more, and nothing brings it back."
    by: Text = ("Sagewatch for ", User(alarm.asked_by)) if alarm.asked_by else ("Sagewatch",)
    facts: tuple[tuple[str, Text], ...] = (
        ("Where", (f"{labelled(alarm.account_id, ask)}, {alarm.region}",)),
        ("State", (alarm.state.value.replace("_", " "),)),
        ("Made by", by),
        ("What it does", (silenced(alarm) if alarm.actions else "it has no action, Sagewatch alone tells of it",)),
        ("What it is for", (alarm.description or "its description does not say",)),
    )
    press = Press("Delete", line("delete", alarm), style="danger")
    buttons = Actions((press, Press("Alarms", "alarms")))
    return Reply((said,), (Paragraph((said,)), Facts(facts), buttons), shareable=False)
