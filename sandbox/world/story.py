"""How each account's customers change over time: pure, so that a world can be told again from its journal."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from sandbox.world import fleet, traffic

Verb = Literal["next_hour", "drift", "recover"]
VERBS: Final[tuple[Verb, ...]] = get_args(Verb)

DRIFTING: Final = tuple(d.account_id for d in fleet.DEPLOYMENTS if d.model is traffic.BANK_MARKETING)
"""Accounts whose bank-marketing model can drift."""

ALREADY_DRIFTED: Final = timedelta(hours=4, minutes=30)
"""How long before the last full hour production's customers had changed: five bad runs stand when a world starts."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One verb as it was done: `at` is the world's time then, `account` whom it was for."""

    verb: Verb
    account: str
    at: datetime


def beginning(started_at: datetime) -> Deed:
    """What had happened before the world starts: production drifted by one level."""
    return Deed("drift", fleet.PRODUCTION, full_hour(started_at) - ALREADY_DRIFTED)


def level(deeds: tuple[Deed, ...], account_id: str, at: datetime) -> int:
    """The drift level in an account at a moment. An hour's customers have the level in force when the hour ends."""
    drifted = 0
    for deed in deeds:
        if deed.account == account_id and deed.at <= at:
            drifted = after(deed.verb, drifted)
    return drifted


def after(verb: Verb, drifted: int) -> int:
    """The level that a verb leads to."""
    steps = {"drift": min(traffic.LEVELS - 1, drifted + 1), "recover": 0, "next_hour": drifted}
    return steps[verb]


def full_hour(at: datetime) -> datetime:
    """The full hour at or before a moment."""
    return at.replace(minute=0, second=0, microsecond=0)


def verb_of(word: str) -> Verb:
    """A verb by its name. Raises ValueError naming the valid ones."""
    for verb in VERBS:
        if word == verb:
            return verb
    raise ValueError(f"there is no verb {word!r}: one of {', '.join(VERBS)}")


def account_of(word: str | None) -> str:
    """An account by id or label, production for None. Raises ValueError naming the valid ones."""
    chosen = word or fleet.PRODUCTION
    for account_id in DRIFTING:
        if chosen in {account_id, fleet.LABELS[account_id]}:
            return account_id
    valid = ", ".join(f"{account_id} ({fleet.LABELS[account_id]})" for account_id in DRIFTING)
    raise ValueError(f"no model of {word!r} can be moved: one of {valid}")
