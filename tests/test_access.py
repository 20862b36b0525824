"""Who may do what, and where."""

import pytest

from bot.errors import Unknowable
from bot.logic.access import Leave, leave, why_not
from bot.model.person import Grant, Person, Role

ANA = Person("U1", "T1", "Ana")
GUEST = Person("U2", "T1", "Guest", guest=True)
STRANGER = Person("U3", "T2", "Stranger", stranger=True)
GROUPS = {"S1": frozenset({"U1"})}
EVERYWHERE = Leave(everywhere=True)


def may(person: Person, role: Role, *grants: Grant) -> Leave | None:
    """With these grants."""
    return leave(person, role, grants, lambda group: GROUPS.get(group, frozenset()))


def test_nothing_set_lets_members_view_and_respond() -> None:
    """And nothing more."""
    assert may(ANA, Role.VIEWER) == may(ANA, Role.RESPONDER) == EVERYWHERE
    assert may(ANA, Role.OPERATOR) is may(ANA, Role.AUDITOR) is may(ANA, Role.ADMIN) is None


def test_guests_and_strangers_have_nothing_even_when_named() -> None:
    """A grant by id does not help them."""
    everything = Grant(Role.ADMIN, users=("U2", "U3"))
    for role in Role:
        assert may(GUEST, role, everything) is None
        assert may(STRANGER, role, everything) is None


def test_a_grant_closes_the_role_to_others() -> None:
    """Once responders are named, members are none of their own."""
    assert may(ANA, Role.RESPONDER, Grant(Role.RESPONDER, users=("U9",))) is None
    assert may(ANA, Role.VIEWER, Grant(Role.RESPONDER, users=("U9",))) == EVERYWHERE


def test_groups_and_accounts() -> None:
    """A role by group, limited to an account; two limited grants add up; admin is everywhere."""
    scoped = Grant(Role.OPERATOR, groups=("S1",), accounts=("222222222222",))
    more = Grant(Role.OPERATOR, users=("U1",), accounts=("333333333333",))
    got = may(ANA, Role.OPERATOR, scoped)
    assert got is not None
    assert got.covers("222222222222")
    assert not got.covers("333333333333")
    both = may(ANA, Role.OPERATOR, scoped, more)
    assert both is not None
    assert both.covers("333333333333")
    assert may(ANA, Role.OPERATOR, scoped, Grant(Role.ADMIN, groups=("S1",))) == EVERYWHERE


def test_refusals_say_why_and_whom_to_ask() -> None:
    """Each kind of person is told their own reason."""
    assert "workspace" in why_not(STRANGER, Role.VIEWER, ())[0]
    assert "Guests" in why_not(GUEST, Role.VIEWER, ())[0]
    cause, step = why_not(ANA, Role.OPERATOR, (Grant(Role.OPERATOR, groups=("ml-platform",)),))
    assert "operator" in cause
    assert "roles.operator" in step


def test_groups_that_cannot_be_read_keep_nobody_out_who_needs_none() -> None:
    """Members by default, responders and admins by id; only who needs the group is told to try again."""

    def silent(_: str) -> frozenset[str]:
        raise Unknowable("Slack does not say", "Try again.")

    grants = (Grant(Role.ADMIN, groups=("S9",)), Grant(Role.RESPONDER, groups=("S1",), users=("U1",)))
    assert leave(ANA, Role.VIEWER, grants, silent) == EVERYWHERE
    assert leave(ANA, Role.RESPONDER, grants, silent) == EVERYWHERE
    with pytest.raises(Unknowable):
        leave(Person("U8", "T1", "Bo"), Role.RESPONDER, grants, silent)
