"""`/ml storm`: every incident of a storm, also those that its card has no room for; the card's CSV button asks it."""

from bot.kit import StormNumber, command
from bot.logic.storm_card import all_rows, members
from bot.logic.words import plural
from bot.model.reply import Note, Reply, Time
from bot.ports import Ask, Incidents, Inventory, Storms
from commands._table import MOST_ROWS


@command("storm", role="viewer", example="storm 3", hidden=True)
def storm(storms: Storms, incidents: Incidents, inventory: Inventory, ask: Ask, *, number: StormNumber) -> Reply:
    """All that a storm's card counts: which incidents, where, what is wrong, who has them."""
    found, cards = storms.get(number), storms.members(number)
    covered = {a.id for a in ask.scope.accounts}
    every = members(incidents.many((key.incident for key in cards), ask.now), cards, ask.now)
    seen = [m for m in every if m.incident.place.account_id in covered]
    accounts = {account.id: account for account in inventory.accounts()}
    point = f"Storm {number}: {plural(len(seen), 'incident')}"
    began = Note(("It began ", Time(found.started_at), "."))
    table = all_rows(seen, accounts, None if ask.whole else MOST_ROWS)
    return Reply((point,), (began, table), files="thread")
