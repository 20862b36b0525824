"""Accounts that left the fleet: since when, what of theirs is not resolved, and what to do."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.logic import links
from bot.logic.words import listing, plural
from bot.model.account import Account
from bot.model.incident import Incident, RowState, Status
from bot.model.observation import LEFT
from bot.model.reply import Cell, Column, Note, Part, Table, Time
from bot.ports import Ask, Incidents

COLUMNS = (Column("Account"), Column("Id"), Column("Left"), Column("Not resolved"), Column("Read role"))


@dataclass(frozen=True, slots=True)
class Left:
    """An account whose link was removed."""

    account: Account
    link: Incident
    """That the link is gone, resolved by hand or not."""
    row: RowState
    held: tuple[int, ...]
    """Numbers of its incidents that are not resolved, that of its link among them."""

    @property
    def is_settled(self) -> bool:
        """Somebody resolved all of it: nobody waits for it."""
        return self.link.state.status is Status.RESOLVED and not self.held


def left(incidents: Incidents, ask: Ask) -> tuple[Left, ...]:
    """Those of the scope that were linked and are not; who is only named in the settings never was."""
    unlinked = [account for account in ask.scope.accounts if not account.linked and not account.own]
    if not unlinked:
        return ()
    held: dict[str, list[int]] = defaultdict(list)
    for incident in incidents.list(ask.now):
        held[incident.place.account_id].append(incident.number)
    found = ((account, incidents.at(links.place_of(account), ask.now)) for account in unlinked)
    return tuple(
        Left(account, link, row, tuple(sorted(held[account.id])))
        for account, link in found
        if link
        for row in link.state.bad_rows
        if row.row == LEFT
    )


def left_parts(shown: Sequence[Left], readable: Collection[str]) -> tuple[Part, ...]:
    """A row for each, and the next step; `readable` are the ids of accounts whose read role works."""
    if not shown:
        return ()
    rows = tuple(_row(one, works=one.account.id in readable) for one in shown)
    return (Table("Accounts that left", COLUMNS, rows), Note((_next(shown),)))


def _row(one: Left, *, works: bool) -> tuple[Cell, ...]:
    numbers = listing(tuple(f"#{number}" for number in one.held))
    held = f"{plural(len(one.held), 'incident')}: {numbers}" if one.held else "nothing"
    return (one.account.label, one.account.id, Time(one.row.since), held, "works" if works else "does not work")


def _next(shown: Sequence[Left]) -> str:
    """What resolves it, whether it was meant or not."""
    numbers = sorted(number for one in shown for number in one.held)
    more = " and so on" if len(numbers) > 1 else ""
    meant = f" If it was, end what is left by hand: /ml resolve {numbers[0]}{more}." if numbers else ""
    return (
        "If that was not meant, create the link to the observability account in that account again: "
        f"the incident of the link then resolves by itself.{meant}"
    )
