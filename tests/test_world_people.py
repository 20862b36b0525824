"""The workspace's people: consistent, and with ids that Slack could have given."""

import re
from zoneinfo import ZoneInfo

from sandbox.world import people


def test_ids_have_slacks_form_and_are_unique() -> None:
    """U, S, C and T, then capitals and digits."""
    ids = [p.id for p in people.PEOPLE] + [g.id for g in people.GROUPS] + [c.id for c in people.CHANNELS]
    assert len(set(ids)) == len(ids)
    for prefix, things in (("U", people.PEOPLE), ("S", people.GROUPS), ("C", people.CHANNELS)):
        assert all(re.fullmatch(f"{prefix}[0-9A-Z]{{9}}", thing.id) for thing in things)
    assert all(re.fullmatch("T[0-9A-Z]{9}", person.team_id) for person in people.PEOPLE)


def test_five_colleagues_a_guest_and_a_stranger_live_in_different_zones() -> None:
    """Only the stranger belongs to another workspace."""
    kinds = [person.membership for person in people.PEOPLE]
    assert (kinds.count("member"), kinds.count("guest"), kinds.count("stranger")) == (5, 1, 1)
    assert len({ZoneInfo(person.tz).key for person in people.PEOPLE}) == len(people.PEOPLE)
    assert [p.handle for p in people.PEOPLE if p.team_id != people.TEAM_ID] == ["tom.fisher"]


def test_groups_hold_members_only_and_somebody_is_in_none() -> None:
    """So that roles by group can be seen to be missing."""
    grouped = {user for group in people.GROUPS for user in group.members}
    assert grouped < set(people.MEMBERS)


def test_the_stranger_is_met_only_where_the_channel_is_shared() -> None:
    """Slack Connect."""
    for channel in people.CHANNELS:
        assert (people.TOM.id in channel.members) == channel.external
    names = {channel.name for channel in people.CHANNELS}
    assert names == {"ml-alerts", "ml-platform", "ml-risk", "general", "partner-acme"}
