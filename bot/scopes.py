"""`account=` and `region=` to the accounts and Regions that somebody may ask."""

from collections.abc import Sequence

from bot.errors import BadRequest, NotAllowed
from bot.logic.access import Leave
from bot.model.account import Account, Scope
from bot.parse import suggestion
from bot.registry import Line

LISTED = "/ml accounts lists them."


def resolve(line: Line, known: Sequence[Account], allowed: Leave, extra_ids: frozenset[str]) -> Scope:
    """Raises BadRequest for what is not known or not clear, NotAllowed for an account that the role does not cover.

    Without `account=` a reading command asks the fleet: what is linked or named in the settings. `known` is every
    account ever seen, so that incidents of one that left can still be acted on, and its past be read.
    """
    if line.account is None:
        everyone = line.declared.looks_back or not line.declared.reads
        chosen = [a for a in known if everyone or a.linked or a.id in extra_ids]
        accounts = tuple(a for a in chosen if allowed.covers(a.id))
    else:
        accounts = tuple(dict.fromkeys(named(name.strip(), known) for name in line.account.split(",")))
        refused = [a for a in accounts if not allowed.covers(a.id)]
        if refused:
            raise NotAllowed(f"Your role does not cover {refused[0].label} ({refused[0].id}).", "Ask an admin.")
    return Scope(accounts, _regions(line, accounts))


def named(name: str, known: Sequence[Account]) -> Account:
    """The account of that id or label, or the only one whose label has it; a label that doubles is asked back."""
    exact = [a for a in known if a.id == name]
    alike = exact or [a for a in known if a.label.lower() == name.lower()]
    if len(alike) > 1:
        ids = " or ".join(a.id for a in alike)
        raise BadRequest(f"{name} is the label of {len(alike)} accounts; say account={ids}", LISTED)
    found = alike or [a for a in known if name and name.lower() in a.label.lower()]
    if len(found) != 1:
        near = suggestion(name, [*(a.label for a in known), *(a.id for a in known)])
        raise BadRequest(f"no account is called {name}{near}", LISTED)
    return found[0]


def _regions(line: Line, accounts: Sequence[Account]) -> tuple[str, ...]:
    if line.region is None:
        return ()
    known = sorted({r for a in accounts for r in a.regions})
    asked = tuple(dict.fromkeys(r.strip() for r in line.region.split(",")))
    for region in asked:
        if region not in known:
            raise BadRequest(f"no account here has the Region {region}{suggestion(region, known)}", LISTED)
    return asked
