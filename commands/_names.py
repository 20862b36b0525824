"""Names that an error may tell its reader: those of the accounts that the question was about."""

from bot.ports import Ask, Inventory


def services_seen(inventory: Inventory, ask: Ask) -> tuple[str, ...]:
    """Services of the asker's accounts, sorted."""
    return tuple(sorted({service for _, service in _seen(inventory, ask)}))


def names_seen(inventory: Inventory, ask: Ask) -> tuple[str, ...]:
    """Services, schedules and endpoints of the asker's accounts, sorted."""
    return tuple(sorted({name for pair in _seen(inventory, ask) for name in pair}))


def _seen(inventory: Inventory, ask: Ask) -> tuple[tuple[str, str], ...]:
    """A resource's name and its service's."""
    covered = {account.id for account in ask.scope.accounts}
    return tuple(
        (name, service) for (account_id, _, name), service in inventory.resources().items() if account_id in covered
    )
