"""`/ml status`, and `/ml` alone: the fleet at a glance."""

from bot.kit import Catalogue, command, live
from bot.model.reply import Actions, Code, Note, Press, Reply, Text
from bot.ports import Approvals, Ask, Found, Incidents, Inventory, Refresh, Surroundings
from commands._approvals import packages_line
from commands._fleet import fleet_of, seen
from commands._footer import footer, silent
from commands._status import fleet_parts, glances, headline, left_line, left_open


@command("status", role="viewer", example="status account={account}", scoped=True)
def status(
    inventory: Inventory,
    incidents: Incidents,
    approvals: Approvals,
    surroundings: Surroundings,
    catalogue: Catalogue,
    ask: Ask,
) -> Reply:
    """The fleet at a glance, per account.

    Services, what is monitored, incidents, silent monitors, alarms, newest run, model packages that wait.
    """
    return _reply(inventory, incidents, approvals, surroundings, catalogue, ask, seen(fleet_of(inventory, ask)))


@live("status")
def status_now(
    refresh: Refresh,
    inventory: Inventory,
    incidents: Incidents,
    approvals: Approvals,
    surroundings: Surroundings,
    catalogue: Catalogue,
    ask: Ask,
) -> Reply:
    """The same, once the accounts have listed endpoints and monitors anew."""
    found, listed = refresh.endpoints(), refresh.schedules()
    both: Found[object] = Found((), (*found.failures, *listed.failures), found.asked, found.took_s + listed.took_s)
    return _reply(inventory, incidents, approvals, surroundings, catalogue, ask, footer(both), silent(both))


def _reply(
    inventory: Inventory,
    incidents: Incidents,
    approvals: Approvals,
    surroundings: Surroundings,
    catalogue: Catalogue,
    ask: Ask,
    small_print: tuple[Text, ...],
    silence: str = "",
) -> Reply:
    accounts = glances(inventory, incidents, surroundings, ask)
    hint = Note((Code(f"{catalogue.slash} help"), " lists what you can ask."))
    left = left_open(incidents, ask)
    parts = (*fleet_parts(accounts, ask), *left_line(left), *packages_line(approvals, ask), hint, _buttons(ask))
    return Reply((f"{headline(accounts, left)}{silence}",), parts, small_print)


def _buttons(ask: Ask) -> Actions:
    """Incidents know no narrowing: theirs may be of accounts that left."""
    narrowed = (Press(word.capitalize(), f"{word} {ask.narrowing}".strip()) for word in _NARROWED)
    again = Press("Refresh", f"status refresh=yes {ask.narrowing}".strip())
    return Actions((again, Press("Incidents", "incidents"), *narrowed))


_NARROWED = ("violations", "endpoints", "monitors", "alarms")
