"""`/ml monitors stop`: let a monitor rest."""

from bot.kit import command
from bot.model.reply import Reply
from bot.ports import Ask, Inventory, Operations
from commands._operate import Confirmed, operated


@command("monitors stop", role="operator", example="monitors stop {monitor}")
def stop(operations: Operations, inventory: Inventory, ask: Ask, *, name: str, confirm: Confirmed = False) -> Reply:
    """Let a monitor run no more until it is started.

    Asks first unless `confirm=yes` is said.
    """
    return operated("stop", name, operations, inventory, ask, confirm=confirm)
