"""Who may do what, and where; a pure decision over the settings' grants."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.model.person import Grant, Person, Role

Members = Callable[[str], frozenset[str]]
"""From a user group to its members' ids."""

MEMBERS_HAVE = frozenset({Role.VIEWER, Role.RESPONDER})
"""What every full member has while the settings grant that role to nobody."""


@dataclass(frozen=True, slots=True)
class Leave:
    """A permission: everywhere, or in these accounts only."""

    everywhere: bool
    accounts: frozenset[str] = frozenset()

    def covers(self, account_id: str) -> bool:
        """Whether it holds in this account."""
        return self.everywhere or account_id in self.accounts


def leave(person: Person, role: Role, grants: Sequence[Grant], members: Members) -> Leave | None:
    """What the person may do in that role; None when nothing.

    Guests and strangers have nothing, whatever the grants say. Admins have every role.
    """
    if person.stranger or person.guest or person.bot:
        return None
    if role is Role.ANYONE or (role in MEMBERS_HAVE and not any(g.role is role for g in grants)):
        return Leave(everywhere=True)
    asked = [g for g in grants if g.role in {role, Role.ADMIN}]
    if any(person.id in g.users and not g.accounts for g in asked):
        return Leave(everywhere=True)  # groups that cannot be read just now keep nobody out who is named
    held = [g for g in asked if _holds(person, g, members)]
    if any(not g.accounts for g in held):
        return Leave(everywhere=True)
    return Leave(everywhere=False, accounts=frozenset(a for g in held for a in g.accounts)) if held else None


def _holds(person: Person, grant: Grant, members: Members) -> bool:
    return person.id in grant.users or any(person.id in members(group) for group in grant.groups)


def why_not(person: Person, role: Role, grants: Sequence[Grant]) -> tuple[str, str]:
    """Cause and next step of a refusal, for the person refused."""
    if person.stranger:
        return "This bot answers members of its own workspace only.", "Ask a colleague there."
    if person.guest or person.bot:
        return "Guests cannot use this bot.", "Ask a full member of the workspace."
    given = "to some people and groups" if any(g.role is role for g in grants) else "to nobody yet"
    return (
        f"This needs the role {role.value}, which is given {given}.",
        f"Whoever runs Sagewatch adds you under roles.{role.value} in its settings.",
    )
