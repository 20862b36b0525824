"""The second page of `/ml alarm new`: what the alarm would do, in words, before it is made."""

from bot.kit import Reason, command
from bot.logic.alarm_plans import Wish
from bot.model.reply import Form, Note
from bot.ports import Ask, Inventory
from commands._alarm_twin import line, told
from commands._alarm_wish import Evaluation, Level, Missing, Period, Watch, wanted


@command("alarm plan", role="operator", example="alarm new", hidden=True, scoped=True)
def plan(
    inventory: Inventory,
    ask: Ask,
    *,
    watch: Watch,
    limit: Level | None = None,
    evaluation: Evaluation = (1, 1),
    period: Period | None = None,
    missing: Missing = "ignore",
    topic: str = "",
    name: str = "",
    reason: Reason = "",
) -> Form:
    """What an alarm would do; sent by the form of `alarm new`. Nothing is asked of AWS and nothing is made.

    Where an alarm fires at the same limit already it is named, and the form asks for a second one.
    """
    one = wanted(watch, Wish(limit, period, *evaluation, missing, topic, name, reason), inventory, ask)
    title, submit = ("Make a second alarm?", "Make Another") if one.twins else ("Make this alarm?", "Make It")
    return Form(title, line(one), (), submit, (*told(one, ask), one.facts(), Note(one.tagged(ask))))
