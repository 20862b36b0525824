"""The workspace as JSON and back, so that a demo can be stopped and started again."""

import base64
from dataclasses import asdict
from typing import TYPE_CHECKING

from sandbox.slack.records import Channel, File, Json, Message, User, UserGroup

if TYPE_CHECKING:
    from sandbox.slack.workspace import Workspace

VERSION = 1


def dumped(workspace: "Workspace") -> Json:
    """People, groups, channels, messages, files and Homes; nothing that is secret."""
    messages = [one for channel in list(workspace.messages.values()) for one in list(channel.values())]
    return {
        "version": VERSION,
        "users": [asdict(user) for user in list(workspace.users.values())],
        "groups": [asdict(group) for group in list(workspace.groups.values())],
        "channels": [asdict(channel) for channel in list(workspace.channels.values())],
        "messages": [_dumped_message(one) for one in messages],
        "files": [_dumped_file(file) for file in list(workspace.files.values())],
        "homes": dict(workspace.homes),
    }


def restored(workspace: "Workspace", saved: Json) -> None:
    """Fill a workspace from what `dumped` gave; raises ValueError for another version's."""
    if saved.get("version") != VERSION:
        raise ValueError(f"the saved workspace has version {saved.get('version')!r}, this is version {VERSION}")
    workspace.users |= {one["id"]: User(**one) for one in saved["users"]}
    workspace.groups |= {one["id"]: UserGroup(**one) for one in saved["groups"]}
    workspace.channels |= {one["id"]: Channel(**one) for one in saved["channels"]}
    for one in saved["messages"]:
        workspace.messages.setdefault(one["channel"], {})[one["ts"]] = Message(**one)
    workspace.files |= {one["id"]: _restored_file(one) for one in saved["files"]}
    workspace.homes |= saved["homes"]


def _dumped_message(message: Message) -> Json:
    return {"channel": message.channel, "ts": message.ts, "body": message.body, "only_for": message.only_for}


def _dumped_file(file: File) -> Json:
    data = None if file.data is None else base64.b64encode(file.data).decode()
    return {**asdict(file), "data": data}


def _restored_file(one: Json) -> File:
    data = None if one["data"] is None else base64.b64decode(one["data"])
    return File(**{**one, "data": data})
