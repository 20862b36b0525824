"""`/ml alarms`: CloudWatch's alarms of all accounts: what they watch, how they are, what holds them back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.kit import Search, command, live
from bot.logic.alarm_lines import AlarmLine, alarm_lines, passed_over
from bot.logic.constraints import limit
from bot.logic.measures import schedule_of
from bot.logic.words import UNKNOWN, listing, number, plural
from bot.model.alarm import Alarm, AlarmState, Suppressed
from bot.model.metric import Limit
from bot.model.reply import Actions, Cell, Column, Note, Number, Paragraph, Part, Press, Reply, Table, Text, Time, User
from bot.parse import quoted
from bot.ports import Alarms, Ask, Baselines, Found, Inventory, Surroundings
from commands._alarm_doubts import doubt, doubts
from commands._alarm_meant import UNLISTED, offer
from commands._alarm_words import ALL, NONE, State, fits, narrowed, words
from commands._footer import footer, silent
from commands._table import acting, compact, fitting

COLUMNS = (
    Column("Alarm"),
    Column("Service"),
    Column("Account"),
    Column("State"),
    Column("Since"),
    Column("Watches"),
    Column("Seen", "right"),
    Column("Limit", "right"),
    Column("Muted"),
    Column("Doubtful"),
    Column("Made by"),
    Column("Act"),
)
_SUPPRESSED: Mapping[Suppressed, str] = {
    "Alarm": "by the alarm",
    "ExtensionPeriod": "for a while after the alarm",
    "WaitPeriod": "waits for the alarm",
}


@command("alarms", role="viewer", example="alarms {service}", scoped=True)
def alarms(
    inventory: Inventory, surroundings: Surroundings, ask: Ask, *, text: Search = "", state: State | None = None
) -> Reply:
    """CloudWatch alarms of all accounts, what fires first.

    What each watches, seen and limit, since when, what holds its actions back (a mute rule, another alarm), and what
    is doubtful about it: all of that, and what to do, where an alarm's name is typed. Words narrow: a service, metric,
    account or state. `all` lists Auto Scaling's and others' too.
    """
    lines, text = _lines(inventory, surroundings, ask), narrowed(text, state)
    listed = inventory.as_of("alarm")
    targets = ask.scope.targets()
    times = [listed[a.id, region] for a, region in targets if (a.id, region) in listed]
    if not times and not lines:
        return _unlisted(text, ask)
    never = tuple(sorted({a.label for a, region in targets if (a.id, region) not in listed}))
    silence = f"; {plural(len(never), 'account')} never listed" if never else ""
    return _reply(lines, text, ask, _seen(times, never), silence)


@live("alarms")
def alarms_now(
    port: Alarms,
    baselines: Baselines,
    inventory: Inventory,
    surroundings: Surroundings,
    ask: Ask,
    *,
    text: Search = "",
    state: State | None = None,
) -> Reply:
    """The same, listed by the accounts now; limits are compared with the baselines'."""
    found, muted = port.listed(inventory.alarms(), tags=True), port.mutes(inventory.mutes())
    inventory.keep_alarms(found.items, ask.now)
    inventory.keep_mutes(muted.items, ask.now)
    watching = {schedule_of(w.query.metric) for alarm in inventory.alarms() for w in alarm.watched} - {""}
    places = {(account.id, region) for account, region in ask.scope.targets()}
    schedules = [s for s in inventory.schedules() if s.name in watching and (s.account_id, s.region) in places]
    limits: Found[Limit] = baselines.limits(schedules) if schedules else Found(())
    lines = _lines(inventory, surroundings, ask, limits.items)
    return _reply(lines, narrowed(text, state), ask, footer(found, muted, limits), silent(found), live=True)


def _lines(
    inventory: Inventory, surroundings: Surroundings, ask: Ask, limits: Sequence[Limit] = ()
) -> tuple[AlarmLine, ...]:
    """Of the asker's accounts: an alarm is its metric's account's, wherever it lives."""
    places = {(account.id, region) for account, region in ask.scope.targets()}
    known: dict[str, Alarm] = {alarm.arn: alarm for alarm in inventory.alarms()}
    found = alarm_lines(known.values(), inventory.mutes(), surroundings.around(known), ask.now, limits)
    return tuple(line for line in found if (line.account_id, line.region) in places)


def _unlisted(text: str, ask: Ask) -> Reply:
    """With the button that asks them."""
    point = f"{UNLISTED[0].upper()}{UNLISTED[1:]}"
    said = Paragraph((f"{point}. It is done every minute; Refresh asks the accounts now.",))
    return Reply((point,), (said, _buttons(text, ask)))


def _seen(times: Sequence[datetime], never: tuple[str, ...]) -> tuple[Text, ...]:
    """From when this is, and of whom nothing was ever listed."""
    lines: list[Text] = [("As of ", Time(min(times), "time"), ". Refresh asks the accounts now.")] if times else []
    if never:
        lines.append((f"Never listed: {listing(never, most=5)}. /ml doctor says what lacks there.",))
    return tuple(lines)


def _reply(
    lines: Sequence[AlarmLine],
    text: str,
    ask: Ask,
    small_print: tuple[Text, ...],
    silence: str = "",
    *,
    live: bool = False,
) -> Reply:
    labels = {account.id: account.label for account in ask.scope.accounts}
    typed = words(text)
    everything = ALL in typed
    mine = [line for line in lines if everything or line.passed is None]
    wanted = [x for x in mine if all(fits(x, labels[x.account_id], w) for w in typed if w != ALL)]
    firing = sum(line.alarm.state is AlarmState.ALARM for line in wanted)
    point = f"{plural(len(wanted), 'alarm')}, {firing:,} in ALARM{silence}"
    said = (*doubts(wanted, text, live=live), *_passed(lines, listed=everything))
    parts = (*_table(wanted, labels, ask), *said, _buttons(text, ask))
    return Reply((point,), parts, small_print)


def _table(wanted: Sequence[AlarmLine], labels: dict[str, str], ask: Ask) -> tuple[Part, ...]:
    if not wanted:
        return (Note((NONE,)),)
    rows = tuple(_row(line, labels[line.account_id], ask) for line in fitting(wanted, ask))
    table = Table("Alarms, what fires first", COLUMNS, rows, page_size=20, total=len(wanted))
    return compact(acting(table, ask), ask)


def _row(line: AlarmLine, label: str, ask: Ask) -> tuple[Cell, ...]:
    alarm, reading = line.alarm, line.reading
    state = "ALARM, on missing data" if reading.missing else alarm.state.value.replace("_", " ")
    words = limit(alarm.comparison, reading.limit) if reading.limit is not None else UNKNOWN
    return (
        alarm.name,
        line.service,
        label,
        state,
        Time(alarm.state_at),
        line.measured or alarm.kind,
        Number(reading.seen, number(reading.seen)) if reading.seen is not None else UNKNOWN,
        Number(reading.limit, words) if reading.limit is not None else words,
        _muted(line),
        doubt(line, ask),
        _maker(alarm),
        offer(alarm, (*line.mutes, *line.planned), ask),
    )


def _maker(alarm: Alarm) -> Cell:
    """Who had it made, where that was done here."""
    if not alarm.made_here:
        return ""
    return ("Sagewatch for ", User(alarm.asked_by)) if alarm.asked_by else "Sagewatch"


def _muted(line: AlarmLine) -> Cell:
    """Until when, by the rule that ends last; one that comes again has no end that is known. Else by what alarm."""
    if line.mutes:
        end = line.mutes[0].end
        return ("until ", Time(end)) if end else f"by the rule {line.mutes[0].name}"
    if line.alarm.suppressed_by:
        return f"{_SUPPRESSED[line.alarm.suppressed_by]} {line.alarm.suppressor}"
    times = [(mute.start, mute.end) for mute in line.planned if mute.start and mute.end]
    return ("from ", Time(times[0][0]), " until ", Time(times[0][1])) if times else ""


def _passed(lines: Sequence[AlarmLine], *, listed: bool) -> tuple[Part, ...]:
    """Those that are counted and not told."""
    said = [f"{count:,} {why}" for why, count in sorted(passed_over(lines).items())]
    if not said:
        return ()
    where = "" if listed else f" /ml alarms {ALL} lists them."
    return (Note((f"Nobody is told of {' and '.join(said)}.{where}",)),)


def _buttons(text: str, ask: Ask) -> Actions:
    base = " ".join(filter(None, ("alarms", *map(quoted, text.split()), ask.narrowing)))
    more = () if ALL in text.casefold().split() else (Press("All", f"{base} {ALL}"),)
    return Actions((Press("Refresh", f"{base} refresh=yes"), *more, Press("Incidents", "incidents")))
