"""`/ml endpoints`: what is served, from which instance, what of it is captured, who watches it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.kit import Rest, command, live
from bot.logic.rhythm import Beat, Pulse
from bot.logic.words import plural
from bot.model.fleet import Capture, Endpoint, Variant
from bot.model.reply import Actions, Cell, Column, Note, Number, Part, Press, Reply, Table, Text
from bot.ports import Ask, DataHealth, Found, Inventory, Refresh
from commands._fleet import MOST_LOOKED_AT, Fleet, fleet_of, newest_hour, notes, seen, unknown
from commands._footer import footer, silent
from commands._table import compact, fitting

COLUMNS = (
    Column("Service"),
    Column("Endpoint"),
    Column("Account"),
    Column("Status"),
    Column("Instance"),
    Column("Capture", "right"),
    Column("Monitors"),
)


@command("endpoints", role="viewer", example="endpoints {service}", scoped=True)
def endpoints(inventory: Inventory, ask: Ask, *, text: Rest = "") -> Reply:
    """What is served, captured and watched.

    Service, status, instance, data capture, monitors; `text` narrows by any of their words.
    """
    fleet = fleet_of(inventory, ask)
    return _reply(fleet, _wanted(fleet, text, inventory, ask, found=None), text, ask, {}, seen(fleet))


@live("endpoints")
def endpoints_now(refresh: Refresh, data: DataHealth, inventory: Inventory, ask: Ask, *, text: Rest = "") -> Reply:
    """The same asked of the accounts now, with the newest capture where there are few."""
    found = refresh.endpoints()
    fleet = fleet_of(inventory, ask)
    wanted = _wanted(fleet, text, inventory, ask, found)
    looked = data.captures(wanted) if 0 < len(wanted) <= MOST_LOOKED_AT else Found(())
    newest = {one.arn: one.hour for one in looked.items}
    return _reply(fleet, wanted, text, ask, newest, footer(found, looked), silent(found))


def _wanted(
    fleet: Fleet, text: str, inventory: Inventory, ask: Ask, found: Found[Endpoint] | None
) -> tuple[Endpoint, ...]:
    """Those that bear the text somewhere, by service. Raises BadRequest for a text that nothing ever bore."""
    words = text.casefold()
    wanted = [e for e in fleet.endpoints if words in _bearing(e, fleet).casefold()]
    silent_ = found is not None and found.failures
    known = any(words in name.casefold() for name in inventory.names())
    if text and not wanted and not known and not silent_ and fleet.as_of:
        raise unknown(text, "service or endpoint", inventory, ask)
    return tuple(sorted(wanted, key=lambda e: (e.service.name, fleet.label(e.account_id), e.region, e.name)))


def _bearing(endpoint: Endpoint, fleet: Fleet) -> str:
    """All that a text may be found in."""
    types = [v.instance_type for v in endpoint.variants]
    where = [fleet.label(endpoint.account_id), endpoint.account_id]
    return "\n".join([endpoint.service.name, endpoint.name, endpoint.status, *where, *types])


def _reply(
    fleet: Fleet,
    wanted: Sequence[Endpoint],
    text: str,
    ask: Ask,
    newest: Mapping[str, datetime | None],
    small_print: tuple[Text, ...],
    silence: str = "",
) -> Reply:
    unwatched = sum(not fleet.monitors(e) for e in wanted)
    point = f"{plural(len(wanted), 'endpoint')}{f', {unwatched} without a monitor' if unwatched else ''}{silence}"
    return Reply((point,), (*_table(fleet, wanted, text, ask, newest), _buttons(text, ask)), small_print)


def _table(
    fleet: Fleet, wanted: Sequence[Endpoint], text: str, ask: Ask, newest: Mapping[str, datetime | None]
) -> Iterable[Part]:
    if not wanted:
        return (Note(("No endpoint is there." if fleet.as_of else "No endpoint is known yet.",)),)
    columns = (*COLUMNS, Column("Last capture")) if newest else COLUMNS
    rows = tuple((*_row(e, fleet), *((newest_hour(e.arn, newest),) if newest else ())) for e in fitting(wanted, ask))
    table = Table("Endpoints by service", columns, rows, page_size=20, total=len(wanted))
    return (*compact(table, ask), *notes((fleet.label(e.account_id), e.service) for e in wanted if _is_named(e, text)))


def _is_named(endpoint: Endpoint, text: str) -> bool:
    """Whether somebody asked for it or its service, and not for an account, a state or everything."""
    return bool(text) and any(text.casefold() in name.casefold() for name in (endpoint.name, endpoint.service.name))


def _row(endpoint: Endpoint, fleet: Fleet) -> tuple[Cell, ...]:
    return (
        endpoint.service.name,
        endpoint.name,
        fleet.label(endpoint.account_id),
        endpoint.status,
        ", ".join(_instance(v) for v in endpoint.variants) or "unknown",
        _capture(endpoint.capture),
        _watched(fleet.monitors(endpoint)),
    )


def _instance(variant: Variant) -> str:
    if not variant.instance_type:
        return "serverless"
    times = "" if variant.instances == 1 else f"{variant.instances} \N{MULTIPLICATION SIGN} "
    return f"{times}{variant.instance_type}"


def _capture(capture: Capture | None) -> Cell:
    return Number(capture.percentage, f"{capture.percentage} %") if capture and capture.enabled else Number(0, "off")


def _watched(monitors: Sequence[Pulse]) -> str:
    """`bias, model quality (stopped)`: the types, and what of them does not run."""
    return ", ".join(sorted(map(_type, monitors))) or "none"


def _type(pulse: Pulse) -> str:
    family = pulse.schedule.family.value
    return family if pulse.beat is Beat.RUNS else f"{family} ({pulse.beat})"


def _buttons(text: str, ask: Ask) -> Actions:
    base = " ".join(filter(None, ("endpoints", text, ask.narrowing)))
    monitors = " ".join(filter(None, ("monitors", ask.narrowing)))
    return Actions((Press("Refresh", f"{base} refresh=yes"), Press("Monitors", monitors)))
