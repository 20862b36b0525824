"""An answer without a point: when the last one was, and whether the monitor that should speak still runs."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.logic.gauges import Gauge
from bot.logic.measures import schedule_of
from bot.logic.rhythm import RESULTS, Beat, Pulse, pulses
from bot.logic.words import duration
from bot.measuring import Asking, measured
from bot.model.observation import Window
from bot.model.reply import Actions, Bold, Code, Paragraph, Part, Press, Reply, Text, Time
from bot.ports import Ask, Found, Inventory
from commands._footer import footer, silent
from commands._metrics_asked import Asked

BACK = timedelta(days=15)
"""As far as it is looked for a last point: CloudWatch lists no metric that was silent for two weeks."""


def empty(
    asking: Asking, asked: Asked, chosen: Sequence[Gauge], since: timedelta, told: Found[Any], inventory: Inventory
) -> Reply:
    """Nothing in the window."""
    what = asked.line or "the fleet"
    if not chosen:
        point = f"{what} published no metrics in the last two weeks{silent(told)}"
        hint: Text = ("Metrics appear with the first run of a monitor and the first request of an endpoint.",)
        return Reply((point,), (Paragraph((point, ".")), Paragraph(hint)), footer(told))
    if told.failures and not told.items:
        point = f"{what}: nobody could say{silent(told)}"
        return Reply((point,), (Paragraph((point, ".")), Actions(tuple(_buttons(asked, asking.ask)))), footer(told))
    now = asking.ask.now
    earlier = measured(asking, chosen, Window(now - max(BACK, since), now)) if since < BACK else Found(())
    last = max((m.series.times_s[-1] for m in earlier.items if m.series.times_s), default=None)
    point = f"No point of {what} in the last {duration(since)}{silent(told)}"
    looked = (Paragraph(_last(last)),) if last or earlier.items else ()
    lines: list[Part] = [Paragraph((point, ".")), *looked, *_monitors(asking, chosen, inventory)]
    return Reply((point,), (*lines, Actions(tuple(_buttons(asked, asking.ask)))), footer(told, earlier))


def _last(at_s: float | None) -> Text:
    if at_s is None:
        return (f"There is none in the last {BACK.days} days either.",)
    return ("The last one was ", Time(datetime.fromtimestamp(at_s, UTC)), ".")


def _monitors(asking: Asking, chosen: Sequence[Gauge], inventory: Inventory) -> Iterable[Part]:
    """Of the monitors that should have spoken, whether they run."""
    names = {(m.account_id, m.region, schedule_of(m)) for gauge in chosen for m in gauge.metrics if schedule_of(m)}
    mine = [s for s in asking.schedules if s.monitor in names]
    for pulse in pulses(mine, inventory.last_runs(), inventory.as_of("schedule"), asking.ask.now)[:3]:
        yield Paragraph((Bold(pulse.schedule.name), f": {_told(pulse)}"))
    if names and not mine:
        yield Paragraph(("Its monitor is not there any more: ", Code("/ml monitors"), " lists those that are."))


def _told(pulse: Pulse) -> str:
    result = f", its last run: {RESULTS[pulse.last.status]}" if pulse.last else ", it has not run yet"
    return f"{'it runs' if pulse.beat is Beat.RUNS else f'it is {pulse.beat.value}'}{result}."


def _buttons(asked: Asked, ask: Ask) -> Iterable[Press]:
    for label, span in (("7 d", "7d"), ("30 d", "30d")):
        yield Press(label, " ".join(filter(None, ("metrics", asked.line, ask.narrowing, f"since={span}"))))
