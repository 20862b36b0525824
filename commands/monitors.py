"""`/ml monitors`: which schedules watch what, when they ran and run next; operators start and stop them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.kit import command, live
from bot.logic.rhythm import RESULTS, Beat, Pulse, every, next_run
from bot.logic.words import plural
from bot.model.place import Family
from bot.model.reply import Actions, Cell, Column, Note, Part, Press, Reply, Table, Text, Time
from bot.parse import quoted
from bot.ports import Ask, DataHealth, Found, Inventory, Refresh
from commands._fleet import MOST_LOOKED_AT, Fleet, fleet_of, newest_hour, notes, seen, unknown
from commands._footer import footer, silent
from commands._operate import offer
from commands._table import acting, compact, fitting

COLUMNS = (
    Column("Service"),
    Column("Monitor"),
    Column("Account"),
    Column("Type"),
    Column("Runs"),
    Column("State"),
    Column("Last run"),
    Column("Result"),
    Column("Next run"),
    Column("Act"),
)


@command("monitors", role="viewer", example="monitors {service}", scoped=True)
def monitors(inventory: Inventory, ask: Ask, *, service: str | None = None) -> Reply:
    """Which schedules watch what, and how they run.

    Type, how often, last run and its result, next run; silent, failed and stopped ones first.
    """
    fleet = fleet_of(inventory, ask)
    return _reply(fleet, _wanted(fleet, service, inventory, ask, lenient=False), service, ask, {}, seen(fleet))


@live("monitors")
def monitors_now(
    refresh: Refresh, data: DataHealth, inventory: Inventory, ask: Ask, *, service: str | None = None
) -> Reply:
    """The same, listed by the accounts now, with the newest ground truth where there are few that want it."""
    found = refresh.schedules()
    fleet = fleet_of(inventory, ask)
    wanted = _wanted(fleet, service, inventory, ask, lenient=bool(found.failures))
    judging = [p.schedule for p in wanted if p.schedule.family is Family.MODEL_QUALITY]
    looked = data.labels(judging) if 0 < len(judging) <= MOST_LOOKED_AT else Found(())
    newest = {one.arn: one.hour for one in looked.items}
    return _reply(fleet, wanted, service, ask, newest, footer(found, looked), silent(found))


def _wanted(fleet: Fleet, service: str | None, inventory: Inventory, ask: Ask, *, lenient: bool) -> tuple[Pulse, ...]:
    """Of that service, endpoint or name, worst first. Raises BadRequest for a name that nobody ever saw."""
    name = (service or "").casefold()
    wanted = [p for p in fleet.pulses if not service or name in _names(p)]
    seen_before = name in {known.casefold() for known in inventory.names()}
    if service and not wanted and not seen_before and not lenient and fleet.as_of:
        raise unknown(service, "service, endpoint or monitor", inventory, ask)
    return tuple(sorted(wanted, key=lambda p: (p.beat.rank, p.schedule.service.name, p.schedule.monitor)))


def _names(pulse: Pulse) -> set[str]:
    schedule = pulse.schedule
    return {name.casefold() for name in (schedule.service.name, schedule.endpoint, schedule.name) if name}


def _reply(
    fleet: Fleet,
    wanted: Sequence[Pulse],
    service: str | None,
    ask: Ask,
    newest: Mapping[str, datetime | None],
    small_print: tuple[Text, ...],
    silence: str = "",
) -> Reply:
    idle = [f"{n} {beat}" for beat in Beat if beat is not Beat.RUNS and (n := sum(p.beat is beat for p in wanted))]
    point = f"{', '.join([plural(len(wanted), 'monitor'), *idle])}{silence}"
    return Reply((point,), (*_table(fleet, wanted, service, ask, newest), _buttons(service, ask)), small_print)


def _table(
    fleet: Fleet, wanted: Sequence[Pulse], service: str | None, ask: Ask, newest: Mapping[str, datetime | None]
) -> tuple[Part, ...]:
    if not wanted:
        return (Note(("Nothing is monitored there." if fleet.as_of else "No monitor is known yet.",)),)
    columns = (*COLUMNS[:-1], Column("Last label"), COLUMNS[-1]) if newest else COLUMNS
    rows = tuple(_row(p, fleet, ask, newest) for p in fitting(wanted, ask))
    table = Table("Monitors, those that do not run first", columns, rows, page_size=20, total=len(wanted))
    asked = wanted if service else ()
    shown = compact(acting(table, ask), ask)
    return (*shown, *notes((fleet.label(p.schedule.account_id), p.schedule.service) for p in asked))


def _row(pulse: Pulse, fleet: Fleet, ask: Ask, newest: Mapping[str, datetime | None]) -> tuple[Cell, ...]:
    schedule, last, coming = pulse.schedule, pulse.last, next_run(pulse, ask.now)
    return (
        schedule.service.name,
        schedule.name,
        fleet.label(schedule.account_id),
        schedule.family.value,
        every(schedule.cadence),
        pulse.beat.value,
        Time(last.scheduled_at) if last else "never seen",
        RESULTS[last.status] if last else "",
        Time(coming) if coming else "",
        *((newest_hour(schedule.arn, newest),) if newest else ()),
        offer(schedule, fleet.label(schedule.account_id), ask),
    )


def _buttons(service: str | None, ask: Ask) -> Actions:
    named = quoted(service) if service else ""
    base = " ".join(filter(None, ("monitors", named, ask.narrowing)))
    found = " ".join(filter(None, ("violations", named, ask.narrowing)))
    return Actions((Press("Refresh", f"{base} refresh=yes"), Press("Violations", found)))
