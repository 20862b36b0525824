"""`/ml accounts`: the fleet's accounts and whether they can be read, and those that left."""

from collections.abc import Collection
from dataclasses import replace

from bot.kit import command
from bot.logic.words import plural
from bot.model.account import Account
from bot.model.reply import Cell, Column, Note, Reply, Table
from bot.ports import Ask, Directory, Found, Incidents
from commands._footer import footer
from commands._left import left, left_parts

COLUMNS = (
    Column("Account"),
    Column("Id"),
    Column("Regions"),
    Column("Telemetry shared"),
    Column("Link"),
    Column("Read role"),
)
SHORT = {
    "AWS::CloudWatch::Metric": "metrics",
    "AWS::Logs::LogGroup": "logs",
    "AWS::XRay::Trace": "traces",
    "AWS::ApplicationInsights::Application": "application insights",
}


@command("accounts", role="viewer", example="accounts account={account}", past=True)
def accounts(directory: Directory, incidents: Incidents, ask: Ask) -> Reply:
    """Linked accounts, and whether they can be read.

    Label, id, Regions, telemetry shared, whether the read role works; accounts that left, and what is open of theirs.
    """
    reached, gone = directory.reachable(), left(incidents, ask)
    readable = {a.id for a in reached.items} - {f.account.id for f in reached.failures}
    here = _without(reached, {one.account.id for one in gone})
    everyone = {a.id: a for a in (*here.items, *(f.account for f in here.failures))}
    rows = tuple(_row(a, works=a.id in readable) for a in sorted(everyone.values(), key=lambda a: (a.label, a.id)))
    shown = [one for one in gone if not one.is_settled or "account=" in ask.narrowing]
    also = f"; {len(shown)} left the fleet" if shown else ""
    point = f"{plural(len(everyone), 'account')}, {len(readable & everyone.keys())} readable{also}"
    part = Table("Accounts of the fleet", COLUMNS, rows) if rows else Note(("No account is linked yet.",))
    return Reply((point,), (part, *left_parts(shown, readable)), footer(here))


def _without(found: Found[Account], ids: Collection[str]) -> Found[Account]:
    """What was found of others: nobody expects an account that left to answer."""
    items = tuple(a for a in found.items if a.id not in ids)
    failures = tuple(f for f in found.failures if f.account.id not in ids)
    fewer = len(found.items) + len(found.failures) - len(items) - len(failures)
    return replace(found, items=items, failures=failures, asked=found.asked - fewer)


def _row(account: Account, *, works: bool) -> tuple[Cell, ...]:
    shared = ", ".join(SHORT.get(t, t) for t in account.telemetry)
    return (
        account.label,
        account.id,
        ", ".join(account.regions),
        "its own" if account.own else shared or "none",
        "this account" if account.own else "linked" if account.linked else "not linked",
        "works" if works else "does not work",
    )
