"""Files in Slack: announced, sent, finished (docs.slack.dev, Working with files)."""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient

from bot.errors import Refused, ServerFailed, Unconfirmed
from bot.slack.respond import OPENER, permitted
from bot.slack.web import translated

UPLOADS = "https://files.slack.com/"
"""Where Slack takes files."""
_TIMEOUT_S = 30


Uploaded = list[dict[str, str | None]]
"""Ids and titles, as Slack takes them."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as people will see it."""

    name: str
    title: str
    data: bytes


class SlackFiles:
    """Every method raises ChatError's children. `allowed` are the origins that a file is sent to."""

    def __init__(self, client: WebClient, allowed: tuple[str, ...]) -> None:
        self._client = client
        self._allowed = allowed

    def conversation(self, user_id: str) -> str:
        """The id of the conversation between the bot and one person."""
        with translated():
            return str(self._client.conversations_open(users=[user_id])["channel"]["id"])

    def upload(self, files: Sequence[File]) -> Uploaded:
        """Send them; nobody sees them yet."""
        return [{"id": self._sent(file), "title": file.title} for file in files]

    def share(
        self, sent: Uploaded, channel_id: str, blocks: list[dict[str, Any]], thread_ts: str | None = None
    ) -> None:
        """Show them, in one message that begins with the blocks.

        Blocks and not `initial_comment`: a bare address in that would fetch and show what stands there.
        """
        with translated():
            self._client.files_completeUploadExternal(
                files=sent, channel_id=channel_id, blocks=json.dumps(blocks), thread_ts=thread_ts
            )

    def _sent(self, file: File) -> str:
        with translated():
            told = self._client.files_getUploadURLExternal(filename=file.name, length=len(file.data))
        url = str(told["upload_url"])
        if not permitted(url, self._allowed):
            raise Refused("The address that was named for the file is not Slack's.", "Tell whoever runs this bot.")
        self._put(url, file.data)
        return str(told["file_id"])

    @staticmethod
    def _put(url: str, data: bytes) -> None:
        # The scheme and host were compared with Slack's before.
        request = urllib.request.Request(url, data, {"Content-Type": "application/octet-stream"})  # noqa: S310
        try:
            with OPENER.open(request, timeout=_TIMEOUT_S) as answer:
                answer.read(2_000)
        except urllib.error.HTTPError as error:
            with error:
                said = f"Slack did not take the file: HTTP {error.code}."
                raise (ServerFailed(said) if error.code >= 500 else Refused(said)) from error
        except (OSError, HTTPException) as error:
            raise Unconfirmed(f"Slack's reply did not arrive ({type(error).__name__}).") from error
