"""Who and what is in a workspace. Plain mutable records: the workspace owns them, one event loop changes them."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "usergroups:read",
        "users:read",
        "users:read.email",
    }
)
"""What the bot's manifest asks for; the Web API refuses whatever needs more."""

EVENTS = frozenset({"app_mention", "message.im", "app_home_opened", "member_joined_channel"})
"""The events to which the app is subscribed."""


@dataclass(slots=True)
class User:
    """A person; `team_id` differs from the workspace's for Slack Connect partners, `role` is what the page shows."""

    id: str
    name: str
    real_name: str
    team_id: str
    tz: str = "UTC"
    tz_offset_s: int = 0
    email: str = ""
    title: str = ""
    role: str = ""
    is_admin: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    display_name: str = ""
    """What the person chose to be shown as; the real name when empty."""


@dataclass(slots=True)
class UserGroup:
    """A mentionable group, `@handle`."""

    id: str
    handle: str
    name: str
    users: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Channel:
    """A channel, or with `is_im` the conversation between the bot and `members[0]`."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)
    topic: str = ""
    is_private: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False
    is_im: bool = False


@dataclass(slots=True)
class Message:
    """`body` is the message as the API shows it; one with `only_for` is ephemeral and seen by that person alone."""

    channel: str
    ts: str
    body: Json
    only_for: str | None = None

    @property
    def thread_ts(self) -> str | None:
        """The ts of the thread's parent, also on the parent itself once it has replies."""
        value = self.body.get("thread_ts")
        return str(value) if value else None

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread below another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def in_channel(self) -> bool:
        """Whether the channel itself shows it: no reply, or one sent to the channel as well."""
        return not self.is_reply or self.body.get("subtype") == "thread_broadcast"


@dataclass(slots=True)
class File:
    """An upload; `data` is None until its bytes came, `completed` when `files.completeUploadExternal` named it."""

    id: str
    name: str
    length: int
    title: str
    mimetype: str
    created_at_s: int
    data: bytes | None = None
    completed: bool = False
    channels: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command as the manifest declares it."""

    command: str
    description: str
    usage_hint: str = ""


@dataclass(frozen=True, slots=True)
class App:
    """The bot's installation: identities, tokens, what it may do and what it hears.

    `should_escape` is the manifest's switch that turns names typed in a command into ids. `command_replaces` says
    whether a command's response_url may replace what the command produced before.
    """

    id: str = "A0SAGEWATCH"
    name: str = "Sagewatch"
    handle: str = "sagewatch"
    user_id: str = "U0SAGEWATCH"
    bot_id: str = "B0SAGEWATCH"
    bot_token: str = "xoxb-0000000000-0000000000-sandbox"  # noqa: S105 - opens nothing but this sandbox
    app_token: str = "xapp-1-A0SAGEWATCH-0000000000-sandbox"  # noqa: S105 - as above
    signing_secret: str = "0123456789abcdef0123456789abcdef"  # noqa: S105 - as above
    scopes: frozenset[str] = SCOPES
    events: frozenset[str] = EVENTS
    commands: tuple[Command, ...] = (Command("/ml", "Machine learning on AWS: what is wrong, and who has it", "help"),)
    should_escape: bool = False
    command_replaces: bool = True
