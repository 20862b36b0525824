"""What somebody types as Slack stores it: `&`, `<`, `>` escaped, names turned into ids, links wrapped.

docs.slack.dev, "Formatting message text".
"""

import re

from sandbox.slack.records import Json
from sandbox.slack.workspace import Workspace

_TOKEN = re.compile(
    r"<(?P<id>@U[A-Z0-9]+)>|(?<![\w@])@(?P<name>[\w.-]*\w)|(?<!\w)#(?P<channel>[\w-]+)|(?P<url>https?://[^\s<>|]+)"
)
_BROADCASTS = ("here", "channel", "everyone")
_MENTION = re.compile(r"<@(U[A-Z0-9]+)>")


def escaped(text: str) -> str:
    """The three characters that Slack escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def typed(workspace: Workspace, text: str, *, with_labels: bool = False) -> str:
    """A message's text as stored; `with_labels` gives the form of commands, `<@U…|name>`."""
    parts, end = [], 0
    for match in _TOKEN.finditer(text):
        entity = _entity(workspace, match, with_labels=with_labels)
        if entity is not None:
            parts += [escaped(text[end : match.start()]), entity]
            end = match.end()
    return "".join([*parts, escaped(text[end:])])


def mentions(text: str) -> list[str]:
    """Ids of the people mentioned in a stored text."""
    return _MENTION.findall(text)


def blocks_of(text: str, block_id: str) -> list[Json]:
    """The rich_text block that a person's message has besides its text."""
    elements: list[Json] = []
    for index, part in enumerate(_MENTION.split(text)):
        if index % 2:
            elements.append({"type": "user", "user_id": part})
        elif part:
            plain = part.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            elements.append({"type": "text", "text": plain})
    section = {"type": "rich_text_section", "elements": elements}
    return [{"type": "rich_text", "block_id": block_id, "elements": [section]}]


def person_named(workspace: Workspace, name: str) -> str | None:
    """A person's id by handle or by the name shown, whatever the case; the bot answers to both of its own."""
    wanted = name.casefold()
    for user in workspace.users.values():
        if wanted in {user.name.casefold(), user.real_name.casefold()}:
            return user.id
    return None


def _entity(workspace: Workspace, match: re.Match[str], *, with_labels: bool) -> str | None:
    """The entity that a token stands for; None leaves it as text."""
    if match["url"]:
        return f"<{escaped(match['url'])}>"
    if match["channel"]:
        channel = workspace.channel(match["channel"])
        return f"<#{channel.id}|{channel.name}>" if channel else None
    if match["id"]:
        user_id = match["id"].removeprefix("@")
        return f"<@{user_id}>" if user_id in workspace.users else None
    return _named(workspace, match["name"], with_labels=with_labels)


def _named(workspace: Workspace, name: str, *, with_labels: bool) -> str | None:
    if name in _BROADCASTS:
        return f"<!{name}>"
    user_id = person_named(workspace, name)
    if user_id is not None:
        label = f"|{workspace.users[user_id].name}" if with_labels else ""
        return f"<@{user_id}{label}>"
    group = next((one for one in workspace.groups.values() if one.handle == name), None)
    return f"<!subteam^{group.id}|@{group.handle}>" if group else None
