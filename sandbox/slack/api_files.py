"""files.*: the three steps of an upload (docs.slack.dev, "Working with files"), and what is known of a file."""

import mimetypes

from sandbox.slack.args import Args, invalid
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import method
from sandbox.slack.posting import bots_message, content
from sandbox.slack.records import Channel, File, Json
from sandbox.slack.service import Slack

MOST_BYTES = 50 * 2**20
"""The sandbox keeps files in memory: 50 MiB, where Slack takes 1 GB."""


@method("files.getUploadURLExternal", scope="files:write", tier=4)
def upload_url(slack: Slack, args: Args) -> Json:
    """Announce a file; its bytes are then sent to the answered URL."""
    args.need("filename", "length")
    length = args.number("length", 0, 1, MOST_BYTES)
    name = args.text("filename").replace("/", "_")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    file = File(slack.workspace.next_id("F"), name, length, name, kind, int(slack.workspace.now()))
    slack.workspace.files[file.id] = file
    return {"upload_url": f"{slack.base_url}/upload/{file.id}", "file_id": file.id}


def receive(slack: Slack, file_id: str, data: bytes) -> None:
    """Take a file's bytes, once and of the length announced; raises SlackError."""
    file = slack.workspace.files.get(file_id)
    if file is None or file.data is not None:
        raise SlackError("file_not_found")
    if len(data) != file.length:
        raise SlackError("length_mismatch")
    file.data = data


def file_json(slack: Slack, file: File) -> Json:
    """A file as messages and `files.info` show it."""
    url = f"{slack.base_url}/files/{file.id}/{file.name}"
    return {
        "id": file.id,
        "created": file.created_at_s,
        "timestamp": file.created_at_s,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2].lower(),
        "user": slack.workspace.bot_id,
        "size": file.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "url_private": url,
        "url_private_download": url,
        "permalink": url,
        "channels": file.channels,
    }


def _named(slack: Slack, args: Args) -> list[File]:
    """The files to complete, each uploaded and not completed before; raises SlackError."""
    given = args.json("files")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) and "id" in one for one in given):
        raise invalid("files must be an array of objects with an id")
    found = [slack.workspace.files.get(str(one["id"])) for one in given]
    ready = [file for file in found if file is not None and file.data is not None and not file.completed]
    if len(ready) != len(given):
        raise SlackError("file_not_found")
    for file, one in zip(ready, given, strict=True):
        file.title = str(one.get("title") or file.name)
    return ready


def _shared_to(slack: Slack, args: Args) -> list[Channel]:
    ids = [one for one in (args.text("channel_id"), *args.text("channels").split(",")) if one]
    channels = [slack.workspace.channels.get(one) for one in ids]
    if any(one is None or one.is_archived or not slack.workspace.bot_in(one) for one in channels):
        raise SlackError("channel_not_found")
    return [one for one in channels if one is not None]


@method("files.completeUploadExternal", scope="files:write", tier=4)
def complete(slack: Slack, args: Args) -> Json:
    """Finish uploads and, with a channel, share them there in one message."""
    channels = _shared_to(slack, args)
    files = _named(slack, args)
    for file in files:
        file.completed = True
        file.channels = [channel.id for channel in channels]
    shown = [file_json(slack, file) for file in files]
    for channel in channels:
        made = _sharing(args, shown)
        slack.workspace.post(channel, bots_message(slack.workspace, made))
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def _sharing(args: Args, files: list[Json]) -> Json:
    made = content({"text": args.json("initial_comment"), "blocks": args.json("blocks"), "files": files})
    made |= {"files": files, "upload": False}
    thread_ts = args.text("thread_ts")
    return {**made, "thread_ts": thread_ts} if thread_ts else made


@method("files.info", scope="files:read", tier=4)
def info(slack: Slack, args: Args) -> Json:
    """One file."""
    args.need("file")
    file = slack.workspace.files.get(args.text("file"))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    return {"file": file_json(slack, file)}


def downloaded(slack: Slack, file_id: str) -> tuple[File, bytes] | None:
    """A finished file and its bytes."""
    file = slack.workspace.files.get(file_id)
    return (file, file.data) if file is not None and file.completed and file.data is not None else None
