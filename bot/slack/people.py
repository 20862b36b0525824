"""Who somebody is in Slack and which groups they are in, remembered for a minute."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from slack_sdk import WebClient

from bot.errors import ChatError, Refused
from bot.model.person import Person
from bot.slack.remembered import Remembered
from bot.slack.web import translated

LOG = structlog.get_logger()
_GROUPS = "groups"


class SlackPeople:
    """The People port on Slack's Web API. When Slack does not answer, what was known stands; else nobody is anybody.

    `usergroups.list` fails with `plan_upgrade_required` on free plans: groups are empty there, and roles are granted
    by user ids.
    """

    def __init__(
        self, client: WebClient, team_id: str, *, ttl_s: float = 60, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._team_id = team_id
        self._people: Remembered[Person] = Remembered(ttl_s, clock)
        self._handles: Remembered[Mapping[str, str]] = Remembered(ttl_s, clock)
        self._members: Remembered[frozenset[str]] = Remembered(ttl_s, clock)
        self._external: Remembered[bool] = Remembered(ttl_s, clock)

    def person(self, user_id: str, team_id: str) -> Person:
        """A person nobody knows, of another workspace, or whom Slack does not tell is a stranger."""
        found = self._known(user_id) or Person(user_id, team_id, user_id, stranger=True)
        if found.stranger or team_id in {"", self._team_id}:
            return found
        return Person(found.id, team_id, found.name, found.tz, found.guest, stranger=True, bot=found.bot)

    def name(self, user_id: str) -> str:
        """What somebody is called; empty when Slack does not know or does not answer."""
        found = self._known(user_id)
        return found.name if found else ""

    def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """User ids of a group, by id or handle. `fresh` believes nothing that was known before."""
        known = None if fresh else self._members.young(group)
        if known is not None:
            return known
        try:
            return self._members.keep(group, self._read_members(group.lstrip("@"), fresh=fresh))
        except ChatError as error:
            LOG.warning("group not read", group=group, cause=error.cause)
            return (None if fresh else self._members.any_age(group)) or frozenset()

    def is_external(self, channel_id: str) -> bool:
        """Whether the channel is shared with another company; unknown channels count as not."""
        known = self._external.young(channel_id)
        if known is not None:
            return known
        try:
            with translated():
                found = self._client.conversations_info(channel=channel_id)["channel"]
        except ChatError as error:
            LOG.info("channel not read", channel=channel_id, cause=error.cause)
            return bool(self._external.any_age(channel_id))
        return self._external.keep(channel_id, bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared")))

    def _known(self, user_id: str) -> Person | None:
        """None when there is no such person, or Slack does not answer and nothing was known."""
        young = self._people.young(user_id)
        if young is not None:
            return young
        try:
            with translated():
                user = self._client.users_info(user=user_id)["user"]
        except Refused:
            return None
        except ChatError as error:
            LOG.warning("person not read", person=user_id, cause=error.cause)
            return self._people.any_age(user_id)
        return self._people.keep(user_id, self._person(user))

    def _person(self, user: Mapping[str, Any]) -> Person:
        """One of Slack's users. On Enterprise Grid a person belongs to several workspaces."""
        profile = user.get("profile") or {}
        teams = {user.get("team_id"), *(user.get("enterprise_user") or {}).get("teams", ())}
        return Person(
            id=str(user["id"]),
            team_id=str(user.get("team_id", "")),
            name=str(profile.get("display_name") or user.get("real_name") or user.get("name") or user["id"]),
            tz=str(user.get("tz") or "UTC"),
            guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
            stranger=bool(user.get("is_stranger") or user.get("deleted") or self._team_id not in teams),
            bot=bool(user.get("is_bot")),
        )

    def _read_members(self, group: str, *, fresh: bool) -> frozenset[str]:
        group_id = self._group_ids(fresh=fresh).get(group)
        if group_id is None:
            return frozenset()
        with translated():
            return frozenset(self._client.usergroups_users_list(usergroup=group_id)["users"])

    def _group_ids(self, *, fresh: bool) -> Mapping[str, str]:
        """Ids by handle and by id; disabled groups are not among them."""
        known = None if fresh else self._handles.young(_GROUPS)
        if known is not None:
            return known
        with translated():
            groups = self._client.usergroups_list()["usergroups"]
        ids = {key: str(one["id"]) for one in groups for key in (one["id"], one["handle"])}
        return self._handles.keep(_GROUPS, ids)
