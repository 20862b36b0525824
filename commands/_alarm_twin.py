"""An alarm that fires already when one that is to be made would: named before a second one is made."""

from typing import Annotated

from bot.kit import Kind
from bot.logic.alarm_plans import fires
from bot.logic.words import plural
from bot.model.alarm import Alarm
from bot.model.reply import Actions, Bold, Note, Paragraph, Part, Press, Reply, Text, User
from bot.parse import quoted, whole
from bot.ports import Ask
from commands._alarm_wish import Wanted, labelled

MOST_NAMED = 5
Beside = Annotated[int, Kind("beside", lambda w, _: whole(w))]
"""Beside how many alarms like it somebody agreed to make one more: a later one is asked about again."""


def line(one: Wanted) -> str:
    """What makes that very alarm beside those that are known now; a name that nobody asked for is given as it is made.

    Somebody else may take that name meanwhile.
    """
    wish = one.wish
    said = {
        "watch": one.watch.word,
        "limit": "" if wish.limit is None else repr(wish.limit),
        "evaluation": f"{wish.datapoints}/{wish.periods}",
        "period": f"{round(wish.period.total_seconds())}s" if wish.period else "",
        "missing": wish.missing,
        "topic": wish.topic,
        "name": one.name if wish.name else "",
        "beside": str(len(one.twins) or ""),
        "reason": wish.why,
    }
    return " ".join(("alarm make", *(f"{key}={quoted(value)}" for key, value in said.items() if value)))


def told(one: Wanted, ask: Ask) -> tuple[Part, ...]:
    """The alarms like it, and who had them made; nothing where there is none."""
    if not one.twins:
        return ()
    more = len(one.twins) - MOST_NAMED
    rest = (Note((f"{plural(more, 'more alarm')} like it.",)),) if more > 0 else ()
    head = Paragraph((Bold("There is such an alarm already"), ": the same metric of the same monitor, the same limit."))
    return (head, *(Paragraph(_one(alarm, ask)) for alarm in one.twins[:MOST_NAMED]), *rest)


def question(one: Wanted, ask: Ask) -> Reply:
    """Asked of who has not seen those that there are: somebody may have made one a moment ago."""
    first = one.twins[0]
    point = f"Nothing was made: {first.name} fires at the same limit already. Make another?"
    when = f"{one.name} would fire when {fires(one.watch, one.wish, one.schedule)}."
    buttons = (Press("Make Another", line(one)), Press("That Alarm", f"alarms {quoted(first.name)}"))
    return Reply((point,), (Paragraph((point,)), *told(one, ask), Note((when,)), Actions(buttons)), shareable=False)


def _one(alarm: Alarm, ask: Ask) -> Text:
    """Where it is, how it judges, how it is, and for whom it was made where that was done here."""
    often = f"{alarm.datapoints or alarm.evaluation_periods or 1} of {plural(alarm.evaluation_periods or 1, 'period')}"
    state = alarm.state.value.replace("_", " ")
    made = ", made by Sagewatch" if alarm.made_here else ""
    whom: Text = (" for ", User(alarm.asked_by)) if alarm.asked_by else ()
    return ("• ", Bold(alarm.name), f" in {labelled(alarm.account_id, ask)}: {often}, now {state}{made}", *whom)
