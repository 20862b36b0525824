"""`/ml alarm mute`: hold all actions of an alarm back in CloudWatch for a while."""

from bot.errors import BadRequest, NotAllowed
from bot.kit import Rest, Until, command
from bot.logic.alarm_actions import scaling, told
from bot.logic.mutes import LONGEST
from bot.logic.words import listing
from bot.model.reply import Actions, Paragraph, Press, Reply, Text, Time
from bot.parse import quoted
from bot.ports import AlarmOperations, Ask, Inventory, Sweep
from commands._alarm_meant import line, meant, silenced
from commands._operate import Confirmed


@command("alarm mute", role="operator", example="alarm mute sagewatch-accuracy 4h deploying")
def mute(
    operations: AlarmOperations,
    inventory: Inventory,
    ask: Ask,
    *,
    name: str,
    until: Until,
    reason: Rest = "",
    confirm: Confirmed = False,
) -> Reply:
    """Hold all actions of an alarm back until a time, at most for fifteen days.

    Lists what it silences and asks first, unless `confirm=yes` is said. The alarm is still judged and told here; an
    alarm that scales a model is not muted. `snooze` silences the incident in Slack alone.
    """
    alarm = meant(name, inventory, ask)
    if until - ask.now > LONGEST:
        raise BadRequest("CloudWatch mutes for fifteen days at most", "Say a time within them.", field="until")
    if scales := scaling(alarm):
        said = f"{alarm.name} scales a model: {listing(tuple(map(told, scales)))}"
        raise NotAllowed(said, "A mute would hold that back too: snooze the incident, which silences Slack alone.")
    if not confirm:
        asked: Text = (f"Mute {alarm.name} until ", Time(until), f"? It silences for everybody: {silenced(alarm)}.")
        again = line(
            "mute",
            alarm,
            f"until={round((until - ask.now).total_seconds())}s",
            f"reason={quoted(reason)}" if reason else "",
        )
        buttons = Actions((Press("Mute", again, style="danger"), Press("Alarms", "alarms")))
        return Reply(asked, (Paragraph(asked), buttons), shareable=False)
    made = operations.mute(alarm, until, reason=reason)
    inventory.keep_mutes([Sweep(made.account_id, made.region, (made,), whole=False)], ask.now)
    begins = (Time(made.start, "time"),) if made.start else ()
    done: Text = (f"{alarm.name} is muted from ", *begins, " until ", Time(made.end or until), ".")
    undo = Press("Unmute", f"alarm unmute {quoted(alarm.arn)}")
    return Reply(done, (Paragraph(done), Actions((undo, Press("Alarms", "alarms")))), shareable=False)
