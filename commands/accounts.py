"""`/ml accounts`: the fleet's accounts and whether they can be read."""

from bot.kit import command
from bot.logic.words import plural
from bot.model.account import Account
from bot.model.reply import Cell, Column, Note, Reply, Table
from bot.ports import Directory
from commands._footer import footer

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


@command("accounts", role="viewer", example="accounts account={account}")
def accounts(directory: Directory) -> Reply:
    """Linked accounts, and whether they can be read.

    Label, id, Regions, telemetry shared, whether the read role works.
    """
    reachable = directory.reachable()
    good = {a.id for a in reachable.items} - {f.account.id for f in reachable.failures}
    everyone = {a.id: a for a in (*reachable.items, *(f.account for f in reachable.failures))}
    rows = tuple(_row(a, works=a.id in good) for a in sorted(everyone.values(), key=lambda a: (a.label, a.id)))
    point = f"{plural(len(everyone), 'account')}, {len(good)} readable"
    part = Table("Accounts of the fleet", COLUMNS, rows) if rows else Note(("No account is linked yet.",))
    return Reply((point,), (part,), footer(reachable))


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
