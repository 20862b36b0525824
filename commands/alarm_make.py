"""The last step of `/ml alarm new`: the alarm is made."""

from bot.errors import Missing as Lacking
from bot.errors import done_already
from bot.kit import Reason, command
from bot.logic.alarm_page import alarm_url
from bot.logic.alarm_plans import Wish, fires, plan
from bot.logic.measures import KIND_OF_FAMILY, schedule_of
from bot.model.metric import Metric
from bot.model.reply import Actions, Link, Note, Paragraph, Part, Press, Reply, Text
from bot.ports import AlarmOperations, Ask, Inventory, Metrics, Sweep
from commands._alarm_meant import word_of
from commands._alarm_twin import Beside, question
from commands._alarm_wish import Evaluation, Level, Missing, Period, Wanted, Watch, labelled, wanted


@command("alarm make", role="operator", example="alarm new", hidden=True)
def make(
    operations: AlarmOperations,
    metrics: Metrics,
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
    beside: Beside = 0,
    reason: Reason = "",
) -> Reply:
    """Make an alarm; sent by the form of `alarm new`, which has told what it does.

    One that somebody else made meanwhile for the same metric and limit is asked about first.
    """
    one = wanted(watch, Wish(limit, period, *evaluation, missing, topic, name, reason), inventory, ask)
    if len(one.twins) > beside:
        return question(one, ask)
    made = operations.create(plan(one.watch, one.wish, one.schedule, _metric(one, metrics), one.name, ask.person))
    with done_already(f"{made.name} is made"):
        inventory.keep_alarms([Sweep(made.account_id, made.region, (made,), whole=False)], ask.now)
    when = fires(one.watch, one.wish, one.schedule)
    said = f"{made.name} is made: it fires when {when}."
    url = alarm_url(made.arn)
    where: Text = (f"It lives in {labelled(made.account_id, ask)}, {made.region}. ", Link(url, "Show it in CloudWatch"))
    buttons = Actions((Press("Delete…", f"alarm delete {word_of(made)}"), Press("Alarms", "alarms")))
    why = (Note((*one.renamed, ".")),) if one.renamed else ()
    parts = (Paragraph((said,)), Paragraph(where), *why, *_abroad(one, made.account_id, ask), buttons)
    return Reply((said,), parts, shareable=False)


def _metric(one: Wanted, metrics: Metrics) -> Metric:
    """As CloudWatch has it. Raises SourceError, Missing where it has none: the alarm would watch nothing."""
    watch = one.watch
    found = metrics.discover({KIND_OF_FAMILY[one.schedule.family]}, (watch.metric,), (watch.schedule,))
    place = (watch.account_id, watch.region, watch.schedule)
    mine = [m for m in found.items if (m.account_id, m.region, schedule_of(m)) == place and m.name == watch.metric]
    if mine:
        return mine[0]
    for failure in found.failures:
        if (failure.account.id, failure.region) == place[:2]:
            raise failure.error
    said = f"CloudWatch has no metric {watch.metric} of {watch.schedule} within two weeks: an alarm would watch nothing"
    raise Lacking(said, "It has one some minutes after the monitor's next run; make the alarm then.")


def _abroad(one: Wanted, account_id: str, ask: Ask) -> tuple[Part, ...]:
    """A topic of another account has to let CloudWatch in."""
    owner = one.wish.topic.split(":")[4] if one.wish.topic else account_id
    if owner == account_id:
        return ()
    said = f"The topic is of {labelled(owner, ask)}: its policy must let alarms of {labelled(account_id, ask)} publish."
    return (Note((said,)),)
