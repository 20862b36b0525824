"""Which channels there are, and which of them another company reads too."""

from collections.abc import Callable, Iterator
from typing import Any

from slack_sdk import WebClient

from bot.errors import ChannelLost
from bot.slack.remembered import Remembered
from bot.slack.web import translated

PAGE = 200
"""Entries of a page: what Slack recommends; 1,000 and more are refused (docs.slack.dev, Pagination)."""
_IDS_TTL_S = 600.0
_EXTERNAL_TTL_S = 60.0


class Channels:
    """Channels as Slack tells of them, remembered. Every method raises ChatError's children."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._ids: Remembered[str] = Remembered(_IDS_TTL_S)
        self._external: Remembered[bool] = Remembered(_EXTERNAL_TTL_S)

    def id_of(self, channel: str) -> str:
        """A channel's id by its id or its name: posting takes names, reading does not. Raises ChannelLost.

        Names have no capitals, ids nothing else. Only the bot's own channels are read: a workspace may have many
        thousand others.
        """
        name = channel.lstrip("#")
        if name.isupper():
            return name
        known = self._ids.young(name)
        if known is not None:
            return known
        options = {"types": "public_channel,private_channel", "exclude_archived": False, "limit": PAGE}
        for one in pages(self._client.users_conversations, "channels", options):
            self._ids.keep(one["name"], one["id"])
        found = self._ids.young(name)
        if found is None:
            raise ChannelLost(f"The bot is in no channel {name}.", "Invite the bot to it.")
        return found

    def is_external(self, channel_id: str) -> bool:
        """Whether it is shared with another company, or is about to be; an answer may be a minute old."""
        if channel_id.startswith("D"):
            return False  # a conversation with the bot alone: whoever is in it was checked as a person
        known = self._external.young(channel_id)
        if known is not None:
            return known
        with translated():
            found = self._client.conversations_info(channel=channel_id)["channel"]
        return self._external.keep(channel_id, bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared")))


def pages(call: Callable[..., Any], key: str, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What stands under `key` in one answer after the other, to the last cursor."""
    cursor: str | None = None
    while True:
        with translated():
            page = call(**options, cursor=cursor)
        yield from page.get(key) or ()
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
