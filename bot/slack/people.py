"""Who somebody is in Slack and which groups they are in, remembered for a minute."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import structlog
from slack_sdk import WebClient

from bot.errors import ChannelLost, ChatError, Refused, ServerFailed, Unconfirmed, Unknowable
from bot.model.person import Person
from bot.slack.channels import Channels
from bot.slack.remembered import Remembered
from bot.slack.web import Nobody, hurried, translated

LOG = structlog.get_logger()
T = TypeVar("T")
_GROUPS = "groups"
_ALL = "all"
_MENTION = re.compile(r"(?:<@)?([UW][A-Z0-9]{5,})(?:\|[^>]*)?>?")
_PAGE = 999
_MOST_PAGES = 5
"""A command that waits is acknowledged within 3 s; Slack advises 200 people a page and takes fewer than 1,000."""
_LINE = "line"
_UNSURE = "Slack does not say who you are just now."
_LATER = "Try again in a moment."
_NAMES_TTL_S = 3600.0
_SILENT_S = 5.0
"""After a look-up failed, its kind is not tried again for so long; after silence, none is: people wait for them."""


class SlackPeople:
    """The People port on Slack's Web API. When Slack does not answer, what was known stands; else Unknowable is raised.

    `usergroups.list` fails with `plan_upgrade_required` on free plans: groups are empty there, and roles are granted
    by user ids.
    """

    def __init__(
        self, client: WebClient, team_id: str, *, ttl_s: float = 60, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = hurried(client)
        self._team_id = team_id
        self._channels = Channels(self._client)
        self._people: Remembered[Person] = Remembered(ttl_s, clock)
        self._names: Remembered[str] = Remembered(_NAMES_TTL_S, clock)
        self._handles: Remembered[Mapping[str, str]] = Remembered(ttl_s, clock)
        self._called: Remembered[Mapping[str, tuple[Person, ...]]] = Remembered(_NAMES_TTL_S, clock)
        self._members: Remembered[frozenset[str]] = Remembered(ttl_s, clock)
        self._failed: Remembered[bool] = Remembered(_SILENT_S, clock)

    def person(self, user_id: str, team_id: str) -> Person:
        """A person nobody knows or of another workspace is a stranger. Raises Unknowable."""
        found = self._known(user_id) or Person(user_id, team_id, user_id, stranger=True)
        if found.stranger or team_id in {"", self._team_id}:
            return found
        return replace(found, team_id=team_id, stranger=True)

    def name(self, user_id: str) -> str:
        """What somebody was called within the last hour; empty when Slack does not know or does not answer."""
        young = self._names.young(user_id)
        if young is not None:
            return young
        try:
            found = self._known(user_id)
        except Unknowable:
            return self._names.any_age(user_id) or ""
        return self._names.keep(user_id, found.name if found else "")

    def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """User ids of a group, by id or handle. `fresh` believes nothing that was known before. Raises Unknowable."""
        known = None if fresh else self._members.young(group)
        if known is not None:
            return known
        try:
            return self._members.keep(group, self._read_members(group.lstrip("@"), fresh=fresh))
        except Refused as error:
            # What Slack will not tell tomorrow either (free plan, scope) leaves the grants by user id.
            LOG.warning("group not told", group=group, cause=error.cause)
            return self._members.keep(group, frozenset())
        except Unknowable:
            old = None if fresh else self._members.any_age(group)
            if old is None:
                raise
            return old

    def named(self, name: str) -> tuple[Person, ...]:
        """By id, or as the workspace's listing has it: handle, display name or full name. Raises Unknowable."""
        mention = _MENTION.fullmatch(name)
        if mention and (found := self._known(mention[1])):
            return (found,)
        return self._everybody().get(name.removeprefix("@").casefold(), ())

    def by_email(self, address: str) -> Person | None:
        """By Slack's own look-up, which takes an exact address. Raises Unknowable, Refused without the scope."""
        try:
            user = self._ask("users.lookupByEmail", lambda: self._client.users_lookupByEmail(email=address)["user"])
        except Nobody:
            return None
        return self._person(user)

    def is_external(self, channel_id: str) -> bool:
        """Whether the channel is shared with another company. Raises Unknowable."""
        cause = "I cannot tell whether this channel is shared with another company."
        try:
            return self._ask("conversations.info", lambda: self._channels.is_external(channel_id))
        except Unknowable as error:
            raise Unknowable(cause, _LATER) from error
        except (Refused, ChannelLost) as error:
            LOG.info("channel not told", channel=channel_id, cause=error.cause)
            raise Unknowable(cause, "Invite me there, or ask in a channel where I am.") from error

    def _everybody(self) -> Mapping[str, tuple[Person, ...]]:
        """People by every name that they are called by. Raises Unknowable, also of a workspace too large to list."""
        known = self._called.young(_ALL)
        if known is not None:
            return known
        found: dict[str, tuple[Person, ...]] = {}
        for user in self._listing():
            person = self._person(user)
            for name in _names(user):
                found[name] = (*(p for p in found.get(name, ()) if p.id != person.id), person)
        return self._called.keep(_ALL, found)

    def _listing(self) -> Iterator[Mapping[str, Any]]:
        """Everybody whose account is in use, page by page."""
        cursor = ""
        for _ in range(_MOST_PAGES):
            page = self._ask("users.list", partial(self._client.users_list, limit=_PAGE, cursor=cursor))
            yield from (user for user in page["members"] if not user.get("deleted"))
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return
        raise Unknowable("This workspace is too large to look a name up.", "Use Assign… on the card: it has a list.")

    def _known(self, user_id: str) -> Person | None:
        """None when there is no such person. Raises Unknowable when Slack does not answer and nothing was known."""
        young = self._people.young(user_id)
        if young is not None:
            return young
        try:
            user = self._ask("users.info", lambda: self._client.users_info(user=user_id)["user"])
        except Nobody:
            return None
        except Refused as error:
            LOG.warning("person not told", person=user_id, cause=error.cause)
            raise Unknowable(
                f"Slack does not tell the bot who you are. {error.cause}", "Tell whoever runs it."
            ) from error
        except Unknowable:
            old = self._people.any_age(user_id)
            if old is None:
                raise
            return old
        return self._people.keep(user_id, self._person(user))

    def _ask(self, method: str, call: Callable[[], T]) -> T:
        """Slack's word. Raises Refused and ChannelLost, which are answers, and for all other failures Unknowable."""
        if self._failed.young(method) or self._failed.young(_LINE):
            raise Unknowable(_UNSURE, _LATER)
        try:
            with translated():
                return call()
        except (Refused, ChannelLost):
            raise
        except ChatError as error:
            LOG.warning("Slack does not say", method=method, cause=error.cause)
            silent = isinstance(error, Unconfirmed) and not isinstance(error, ServerFailed)
            self._failed.keep(_LINE if silent else method, True)
            raise Unknowable(_UNSURE, _LATER) from error

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
            email=str(profile.get("email") or ""),
            handle=str(user.get("name") or ""),
        )

    def _read_members(self, group: str, *, fresh: bool) -> frozenset[str]:
        group_id = self._group_ids(fresh=fresh).get(group)
        if group_id is None:
            return frozenset()
        read = self._client.usergroups_users_list
        return frozenset(self._ask("usergroups.users.list", lambda: read(usergroup=group_id)["users"]))

    def _group_ids(self, *, fresh: bool) -> Mapping[str, str]:
        """Ids by handle and by id; disabled groups are not among them."""
        known = None if fresh else self._handles.young(_GROUPS)
        if known is not None:
            return known
        groups = self._ask("usergroups.list", lambda: self._client.usergroups_list()["usergroups"])
        ids = {key: str(one["id"]) for one in groups for key in (one["id"], one["handle"])}
        return self._handles.keep(_GROUPS, ids)


def _names(user: Mapping[str, Any]) -> set[str]:
    """What somebody may be called."""
    profile = user.get("profile") or {}
    known = (user.get("name"), user.get("real_name"), profile.get("display_name"), profile.get("real_name"))
    return {str(name).casefold() for name in known if name}
