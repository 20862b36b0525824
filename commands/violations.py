"""`/ml violations`: what the monitors found."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.kit import DAY, Since, command
from bot.logic import told
from bot.logic.constraints import limit, title
from bot.logic.words import duration, number, plural, shortened
from bot.model.incident import Incident
from bot.model.monitor import Violation
from bot.model.observation import Verdict
from bot.model.place import Family, Place
from bot.model.reply import Actions, Cell, Column, Note, Number, Press, Reply, Table, Time, User
from bot.parse import quoted
from bot.ports import Ask, Found, Incidents, Inventory, Monitors
from commands._fleet import unknown
from commands._footer import footer, silent
from commands._table import compact, fitting

COLUMNS = (
    Column("Service"),
    Column("Account"),
    Column("Metric"),
    Column("Check"),
    Column("Seen", "right"),
    Column("Limit", "right"),
    Column("The monitor says"),
    Column("Since"),
    Column("Runs", "right"),
    Column("Now"),
    Column("Data window"),
    Column("Who has it"),
)
_SPARSE = {"Check", "The monitor says"}
"""Columns that are left out where no row has anything in them."""
MOST_SENTENCE = 200
"""Characters of a monitor's own sentence in a row."""


@command("violations", role="viewer", example="violations {service} since=7d")
def violations(
    monitors: Monitors,
    incidents: Incidents,
    inventory: Inventory,
    ask: Ask,
    *,
    service: str | None = None,
    since: Since = DAY,
) -> Reply:
    """What each monitor found, newest first.

    Metric, check, seen, limit, since when, how often, who has it.
    """
    found = monitors.violations(service, since)
    start = ask.now - since
    heard = told.violations(incidents.list(ask.now, resolved_since=start), ask.scope, start, service)
    found = replace(found, items=tuple(sorted((*found.items, *heard), key=lambda v: v.last_at, reverse=True)))
    if service and not found.items:
        _known(service, inventory, ask, found)
    named = f" of {service}" if service else ""
    point = f"{plural(len(found.items), 'broken constraint')}{named} in the last {_span(since)}{silent(found)}"
    nothing = (Note(("Nothing was found in that time.",)),)
    parts = compact(_table(found.items, incidents, ask), ask) if found.items else nothing
    return Reply((point,), (*parts, _buttons(service, since, ask)), footer(found))


def _span(since: timedelta) -> str:
    """`24 hours`, `7 days`, else as durations are worded."""
    hours, rest = divmod(since.total_seconds(), 3600)
    if rest:
        return duration(since)
    return plural(round(hours / 24), "day") if hours > 24 and hours % 24 == 0 else plural(round(hours), "hour")


def _known(service: str, inventory: Inventory, ask: Ask, found: Found[Violation]) -> None:
    """An empty answer about a name that nobody ever saw is a slip, unless an account is silent."""
    if not found.failures and service.lower() not in {n.lower() for n in inventory.names()}:
        raise unknown(service, "service or endpoint", inventory, ask)


def _table(items: tuple[Violation, ...], incidents: Incidents, ask: Ask) -> Table:
    shown = fitting(items, ask)
    current = {i.place: i for i in incidents.list(ask.now)}
    rows = tuple(_row(v, _holder(current.get(_place(v)))) for v in shown)
    told = [i for i, c in enumerate(COLUMNS) if c.title not in _SPARSE or any(row[i] != "" for row in rows)]
    columns = tuple(_retitled(COLUMNS[i], shown) for i in told)
    body = tuple(tuple(row[i] for i in told) for row in rows)
    return Table("Broken constraints, newest first", columns, body, total=len(items))


def _retitled(column: Column, shown: Sequence[Violation]) -> Column:
    """What data quality checks are features."""
    of_features = [v.family is Family.DATA_QUALITY for v in shown]
    if column.title != "Metric" or not any(of_features):
        return column
    return Column("Feature" if all(of_features) else "Metric or feature")


def _row(v: Violation, who: Cell) -> tuple[Cell, ...]:
    reading = v.finding.reading
    window: Cell = (Time(v.window.start), " to ", Time(v.window.end, "time")) if v.window else "unknown"
    return (
        v.service.name,
        v.account.label,
        v.row.metric,
        title(v.row.check),
        _figure(reading.seen),
        _limit(v),
        shortened(v.finding.note, MOST_SENTENCE) if reading.seen is None else "",
        Time(v.first_at),
        Number(v.runs, str(v.runs)),
        "broken" if v.now is Verdict.BAD else "good again",
        window,
        who,
    )


def _figure(value: float | None) -> Cell:
    return "" if value is None else Number(value, number(value))


def _limit(v: Violation) -> Cell:
    """The limit and which side of it is wanted, in words, sorting by the number."""
    value = v.finding.reading.limit
    words = limit(v.row.check, value)
    return words if value is None else Number(value, words)


def _place(v: Violation) -> Place:
    return Place(v.account.id, v.region, v.service.name, v.family)


def _holder(incident: Incident | None) -> Cell:
    """Of the incident of its place that is not resolved, if there is one."""
    if incident is None:
        return ""
    taken = incident.state.acknowledgement
    return (f"#{incident.number}, ", User(taken.person_id)) if taken else f"#{incident.number}, nobody"


def _buttons(service: str | None, since: timedelta, ask: Ask) -> Actions:
    base = " ".join(("violations", *((quoted(service),) if service else ()), ask.narrowing)).strip()
    spans = (("24 Hours", "24h"), ("7 Days", "7d"), ("14 Days", "14d"))
    again = Press("Refresh", f"{base} since={round(since.total_seconds())}s")
    return Actions((*(Press(label, f"{base} since={word}") for label, word in spans), again))
