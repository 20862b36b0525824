"""A notice as people see it: what happened, where, what follows."""

from collections.abc import Mapping

from bot.model.account import Account
from bot.model.news import Notice
from bot.model.reply import Facts, Heading, Paragraph, Reply, Text


def notice(said: Notice, accounts: Mapping[str, Account]) -> Reply:
    """A message of its own, without buttons; its line says where, unless the title does."""
    place = said.place
    account = accounts.get(place.account_id)
    label = account.label if account else place.account_id
    where: tuple[tuple[str, Text], ...] = (
        ("Account", (f"{label} ({place.account_id}), {place.region}",)),
        ("Service", (said.service.name,)),
        *said.facts,
    )
    parts = (Heading(said.title), Paragraph((said.text,)), Facts(where))
    told = said.title if f" {label} " in said.title else f"{said.title} in {label}"
    return Reply((told,), parts, shareable=False)
