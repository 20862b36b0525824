"""`/ml monitors start`: let a stopped monitor run again."""

from bot.kit import command
from bot.model.reply import Reply
from bot.ports import Ask, Inventory, Operations
from commands._operate import Confirmed, operated


@command("monitors start", role="operator", example="monitors start {monitor}")
def start(operations: Operations, inventory: Inventory, ask: Ask, *, name: str, confirm: Confirmed = False) -> Reply:
    """Let a stopped monitor run again.

    Asks first unless `confirm=yes` is said. CloudTrail has it under your name.
    """
    return operated("start", name, operations, inventory, ask, confirm=confirm)
