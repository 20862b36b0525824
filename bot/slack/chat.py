"""Messages in Slack: posted, edited, found again by the mark in their metadata."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from slack_sdk import WebClient

from bot.errors import ChannelLost, Unconfirmed, Unknowable
from bot.model.reply import Reply
from bot.ports.chat import Tag
from bot.render import Message, message
from bot.render.inline import Names, nameless
from bot.slack.channels import PAGE, Channels, pages
from bot.slack.files import UPLOADS, SlackFiles
from bot.slack.respond import HOOKS, respond
from bot.slack.web import BlocksRefused, client, translated

__all__ = ["SlackChat", "client", "respond"]

_EVENT = "sagewatch_card"
_Call = Callable[..., Any]


class SlackChat:
    """The Chat port on Slack's Web API, and the edge's other ways to speak. Every method raises ChatError's children.

    `hooks` are the origins that a `response_url` may have, `uploads` those of a file's address; `names` turns a
    person's id into a name, so that showing somebody does not notify them.
    """

    def __init__(
        self,
        client: WebClient,
        *,
        prefix: str = "ml",
        hooks: tuple[str, ...] = (HOOKS,),
        uploads: tuple[str, ...] = (UPLOADS,),
        names: Names = nameless,
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._hooks = hooks
        self.names = names
        self.files = SlackFiles(client, uploads)
        self._channels = Channels(client)
        self._me: frozenset[str] = frozenset()

    @property
    def client(self) -> WebClient:
        """What it speaks through."""
        return self._client

    def post(
        self, channel: str, reply: Reply, tag: Tag, *, thread_ts: str | None = None, broadcast: bool = False
    ) -> tuple[str, str]:
        """Post; returns (channel id, ts)."""
        self._refuse_external(channel)
        sent = self._either(
            self._client.chat_postMessage,
            self._marked(reply, tag),
            channel=channel,
            metadata=_metadata(tag),
            thread_ts=thread_ts,
            reply_broadcast=broadcast or None,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(sent["channel"]), str(sent["ts"])

    def id_of(self, channel: str) -> str:
        """By its id or its name."""
        try:
            return self._channels.id_of(channel)
        except Unconfirmed as error:
            raise Unknowable(f"Slack does not say which channel {channel} is. {error.cause}") from error

    def update(self, channel_id: str, ts: str, reply: Reply, tag: Tag) -> None:
        """Edit in place; an edit notifies nobody and may be repeated."""
        self._refuse_external(channel_id)
        drawn = self._marked(reply, tag)
        self._either(self._client.chat_update, drawn, channel=channel_id, ts=ts, metadata=_metadata(tag))

    def find(self, channel: str, tag: Tag, since: datetime, *, thread_ts: str | None = None) -> tuple[str, str] | None:
        """A card by `card` in the channel, a thread's reply by `row`: only our own messages count."""
        channel_id = self._channels.id_of(channel)
        for found in self._messages(channel_id, since, thread_ts):
            # A reply that was broadcast stands in the history too and carries its card's key.
            reply = found.get("thread_ts", found["ts"]) != found["ts"]
            if reply == (thread_ts is not None) and self._is_ours(found) and _matches(found, tag, by_row=reply):
                return channel_id, str(found["ts"])
        return None

    def say(self, channel_id: str, told: Message, *, thread_ts: str | None = None) -> None:
        """To everybody in the channel or thread; not looked for again when the reply is lost."""
        self._either(
            self._client.chat_postMessage,
            told,
            channel=channel_id,
            thread_ts=thread_ts,
            unfurl_links=False,
            unfurl_media=False,
        )

    def whisper(self, channel_id: str, user_id: str, told: Message, *, thread_ts: str | None = None) -> None:
        """To one person in a channel that the bot is a member of."""
        self._either(self._client.chat_postEphemeral, told, channel=channel_id, user=user_id, thread_ts=thread_ts)

    def respond(self, response_url: str, told: Message, *, replace: bool, in_channel: bool = False) -> None:
        """Through a `response_url`, wherever the bot is no member."""
        respond(response_url, told, replace=replace, in_channel=in_channel, allowed=self._hooks)

    def open(self, trigger_id: str, view: dict[str, Any]) -> None:
        """Open a modal; Slack takes a trigger once, for 3 s."""
        with translated():
            self._client.views_open(trigger_id=trigger_id, view=view)

    def publish(self, user_id: str, blocks: list[dict[str, Any]], before: str = "") -> None:
        """Somebody's App Home; with `before` only in place of the one of that hash (Refused: `hash_conflict`)."""
        with translated():
            self._client.views_publish(user_id=user_id, view={"type": "home", "blocks": blocks}, hash=before or None)

    def drawn(self, reply: Reply, *, stamp: str = "") -> Message:
        """The reply's blocks with this bot's action ids and people's names; block ids begin with the stamp."""
        return message(reply, prefix=self._prefix, stamp=stamp, names=self.names)

    def _marked(self, reply: Reply, tag: Tag) -> Message:
        return self.drawn(reply, stamp=f"{tag.card}.{tag.revision}.{tag.row}")

    @staticmethod
    def _either(call: _Call, told: Message, **options: Any) -> Any:
        """Call with the full blocks and, where Slack refuses them, once with plainer ones."""
        try:
            with translated():
                return call(text=told.text, blocks=told.blocks, **options)
        except BlocksRefused:
            if told.fallback is None:
                raise
            with translated():
                return call(text=told.fallback.text, blocks=told.fallback.blocks, **options)

    def _messages(self, channel_id: str, since: datetime, thread_ts: str | None) -> Iterator[dict[str, Any]]:
        """The channel's history or the thread's replies since then, page by page."""
        options: dict[str, Any] = {
            "channel": channel_id,
            "oldest": f"{since.timestamp():.6f}",
            "include_all_metadata": True,
            "limit": PAGE,
        }
        read: _Call = self._client.conversations_history
        if thread_ts is not None:
            read, options = self._client.conversations_replies, {**options, "ts": thread_ts}
        yield from pages(read, "messages", options)

    def _refuse_external(self, channel: str) -> None:
        """Raises ChannelLost for a channel that another company reads; where that cannot be told, what Slack said."""
        try:
            external = self._channels.is_external(self._channels.id_of(channel))
        except Unconfirmed as error:
            # Nothing was posted yet: there is no message to look for.
            raise Unknowable(f"Slack does not say whose channel {channel} is. {error.cause}") from error
        if external:
            raise ChannelLost("It is shared with another company.", "Name a channel of your own in the routes.")

    def _is_ours(self, found: dict[str, Any]) -> bool:
        """Metadata is anybody's to write; the author is not."""
        if not self._me:
            with translated():
                me = self._client.auth_test()
            self._me = frozenset(str(me[key]) for key in ("user_id", "bot_id") if me.get(key))
        return found.get("bot_id") in self._me or found.get("user") in self._me


def _metadata(tag: Tag) -> dict[str, Any]:
    return {"event_type": _EVENT, "event_payload": {"card": tag.card, "revision": tag.revision, "row": tag.row}}


def _matches(found: dict[str, Any], tag: Tag, *, by_row: bool) -> bool:
    metadata = found.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    same = payload.get("row") == tag.row if by_row else payload.get("card") == tag.card
    return metadata.get("event_type") == _EVENT and same
