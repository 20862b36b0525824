"""`/ml alarm delete`: away with an alarm that Sagewatch made."""

from bot.errors import NotAllowed
from bot.kit import command
from bot.model.reply import Actions, Paragraph, Press, Reply
from bot.ports import AlarmOperations, Ask, Inventory
from commands._alarm_meant import line, meant
from commands._operate import Confirmed


@command("alarm delete", role="operator", example="alarm delete sagewatch-accuracy")
def delete(
    operations: AlarmOperations, inventory: Inventory, ask: Ask, *, name: str, confirm: Confirmed = False
) -> Reply:
    """Delete an alarm that Sagewatch made, by its tag.

    Asks first unless `confirm=yes` is said.
    """
    alarm = meant(name, inventory, ask)
    if not alarm.made_here:
        raise NotAllowed(f"{alarm.name} was not made by Sagewatch", "Delete it where it was made.")
    if not confirm:
        said = f"Delete {alarm.name} in {alarm.region}? Nobody is told by it any more."
        press = Press("Delete", line("delete", alarm), style="danger")
        return Reply((said,), (Paragraph((said,)), Actions((press, Press("Alarms", "alarms")))), shareable=False)
    operations.delete(alarm)
    said = f"{alarm.name} is deleted."
    return Reply((said,), (Paragraph((said,)), Actions((Press("Alarms", "alarms"),))), shareable=False)
