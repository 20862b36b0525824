"""The second page of `/ml alarm new`: what the alarm would do, in words, before it is made."""

from bot.kit import Rest, command
from bot.logic.alarm_plans import Wish
from bot.model.reply import Form, Note
from bot.parse import quoted
from bot.ports import Ask, Inventory
from commands._alarm_wish import Evaluation, Level, Missing, Period, Wanted, Watch, wanted


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
    reason: Rest = "",
) -> Form:
    """What an alarm would do; sent by the form of `alarm new`. Nothing is asked of AWS and nothing is made."""
    one = wanted(watch, Wish(limit, period, *evaluation, missing, topic, name, reason), inventory, ask)
    return Form("Make this alarm?", _line(one), (), "Make It", (one.facts(), Note(one.tagged(ask))))


def _line(one: Wanted) -> str:
    """What makes that very alarm."""
    wish = one.wish
    said = {
        "watch": one.watch.word,
        "limit": "" if wish.limit is None else repr(wish.limit),
        "evaluation": f"{wish.datapoints}/{wish.periods}",
        "period": f"{round(wish.period.total_seconds())}s" if wish.period else "",
        "missing": wish.missing,
        "topic": wish.topic,
        "name": one.name,
        "reason": wish.why,
    }
    return " ".join(("alarm make", *(_named(key, value) for key, value in said.items() if value)))


def _named(key: str, value: str) -> str:
    return f"{key}={quoted(value)}"
