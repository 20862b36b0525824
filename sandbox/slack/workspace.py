"""The workspace: people, channels, messages, files, App Homes; who sees what; saved and loaded as JSON."""

import time
from collections.abc import Callable, Iterable, Iterator

from sandbox.slack.bus import Bus
from sandbox.slack.records import App, Channel, File, Json, Message, User, UserGroup
from sandbox.slack.saved import dumped, restored

_SUMMARY = frozenset({"thread_ts", "reply_count", "reply_users", "reply_users_count", "latest_reply"})
"""What a thread's parent says of its replies."""


class Workspace:
    """One team with one app installed. `now` is the wall clock in seconds, since Slack's limits know no other."""

    def __init__(
        self,
        *,
        users: Iterable[User],
        channels: Iterable[Channel],
        groups: Iterable[UserGroup] = (),
        team_id: str = "T0SAGEWATCH",
        team_name: str = "ML Platform",
        team_domain: str = "ml-platform",
        app: App | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.team_id = team_id
        self.team_name = team_name
        self.team_domain = team_domain
        self.app = app or App()
        self.now = now
        self.bus = Bus()
        self.users = {user.id: user for user in users}
        self.groups = {group.id: group for group in groups}
        self.channels = {channel.id: channel for channel in channels}
        self.messages: dict[str, dict[str, Message]] = {}
        self.files: dict[str, File] = {}
        self.homes: dict[str, Json] = {}
        self._last_us = 0
        self._ids = 0
        bot = self.app
        self.users.setdefault(bot.user_id, User(bot.user_id, bot.handle, bot.name, team_id, role="app", is_bot=True))

    def dump(self) -> Json:
        """Everything that a restart must bring back, as JSON; triggers, response_urls and open views are not kept.

        May be called from any thread: records are replaced, never changed within.
        """
        return {**dumped(self), "counters": {"last_us": self._last_us, "ids": self._ids}}

    def load(self, saved: Json) -> None:
        """Put back what `dump` gave, over the people and channels that are there; identities and scopes stay."""
        restored(self, saved)
        self._last_us = max(self._last_us, int(saved["counters"]["last_us"]))
        self._ids = max(self._ids, int(saved["counters"]["ids"]))

    def next_ts(self) -> str:
        """A message's ts: wall seconds with six decimals, unique and increasing in the whole workspace."""
        self._last_us = max(int(self.now() * 1_000_000), self._last_us + 1)
        return f"{self._last_us // 1_000_000}.{self._last_us % 1_000_000:06d}"

    def next_id(self, letter: str) -> str:
        """An id in Slack's form, such as `F00000007XSW`; unique over restarts."""
        self._ids += 1
        return f"{letter}{self._ids:08d}XSW"

    def is_member(self, user_id: str, channel: Channel) -> bool:
        """Whether somebody is in a channel."""
        return user_id in channel.members

    @property
    def bot_id(self) -> str:
        """The bot's user id."""
        return self.app.user_id

    def bot_in(self, channel: Channel) -> bool:
        """Whether the bot is in a channel."""
        return self.bot_id in channel.members

    def sees_channel(self, user_id: str, channel: Channel) -> bool:
        """Members see their channels; full members of the team see every public one besides."""
        user = self.users.get(user_id)
        if user is None:
            return False
        is_full = user.team_id == self.team_id and not (user.is_restricted or user.is_ultra_restricted)
        is_open = not channel.is_private and not channel.is_im
        return self.is_member(user_id, channel) or (is_full and is_open)

    def sees(self, user_id: str, message: Message) -> bool:
        """Whether somebody sees a message."""
        if message.only_for is not None:
            return message.only_for == user_id
        return self.sees_channel(user_id, self.channels[message.channel])

    def channel(self, reference: str) -> Channel | None:
        """A channel by id, or by name with or without `#`."""
        found = self.channels.get(reference)
        named = reference.removeprefix("#")
        return found or next((one for one in self.channels.values() if not one.is_im and one.name == named), None)

    def im(self, user_id: str) -> Channel:
        """The conversation between the bot and somebody; made when there is none."""
        channel_id = f"D{user_id[1:]}"
        if channel_id not in self.channels:
            self.channels[channel_id] = Channel(channel_id, "", [user_id, self.bot_id], is_private=True, is_im=True)
        return self.channels[channel_id]

    def message(self, channel_id: str, ts: str) -> Message | None:
        """A message, ephemeral ones included."""
        return self.messages.get(channel_id, {}).get(ts)

    def history(self, channel_id: str) -> Iterator[Message]:
        """A channel's messages, ephemeral ones and replies included, oldest first."""
        yield from self.messages.get(channel_id, {}).values()

    def thread(self, channel_id: str, ts: str) -> Iterator[Message]:
        """A thread: its parent and replies, ephemeral ones included, oldest first."""
        return (one for one in self.history(channel_id) if ts in {one.ts, one.thread_ts})

    def post(self, channel: Channel, body: Json, *, only_for: str | None = None) -> Message:
        """Add a message (`body` without `ts`), count it at its thread's parent, tell the watchers."""
        ts = self.next_ts()
        message = Message(channel.id, ts, {**body, "ts": ts}, only_for)
        self.messages.setdefault(channel.id, {})[message.ts] = message
        self.changed(message)
        if message.is_reply and only_for is None:
            self._count_replies(channel.id, str(message.thread_ts))
        return message

    def changed(self, message: Message) -> None:
        """Tell the watchers that a message is new or different."""
        kind = "message" if message.only_for is None else "ephemeral"
        note = {"kind": kind, "channel": message.channel, "user": message.only_for, "message": shown(message)}
        self.bus.publish(note, lambda user_id: self.sees(user_id, message))

    def delete(self, message: Message) -> None:
        """Remove a message and tell the watchers."""
        self.messages[message.channel].pop(message.ts, None)
        note = {"kind": "delete", "channel": message.channel, "ts": message.ts, "user": message.only_for}
        self.bus.publish(note, lambda user_id: self.sees(user_id, message))
        if message.is_reply and message.only_for is None:
            self._count_replies(message.channel, str(message.thread_ts))

    def _count_replies(self, channel_id: str, ts: str) -> None:
        """Write the thread's summary onto its parent, as Slack does."""
        parent = self.message(channel_id, ts)
        if parent is None:
            return
        replies = [one for one in self.thread(channel_id, ts) if one.ts != ts and one.only_for is None]
        users = list(dict.fromkeys(str(one.body["user"]) for one in replies))
        body = {key: value for key, value in parent.body.items() if key not in _SUMMARY}
        if replies:
            body |= {
                "thread_ts": ts,
                "reply_count": len(replies),
                "reply_users": users,
                "reply_users_count": len(users),
                "latest_reply": replies[-1].ts,
            }
        parent.body = body
        self.changed(parent)


def shown(message: Message) -> Json:
    """A message for the page: its body, the channel, and whether only one person sees it."""
    extra = {"channel": message.channel, "is_ephemeral": message.only_for is not None}
    return {**message.body, **extra}
