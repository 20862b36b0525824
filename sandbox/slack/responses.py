"""response_urls: five uses in thirty minutes (docs.slack.dev, "Handling user interaction": response_url)."""

import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.faults import Faults
from sandbox.slack.posting import bots_message, content, refuse_blocks
from sandbox.slack.records import Json, Message
from sandbox.slack.workspace import Workspace

USES = 5
LIFE_S = 30 * 60.0


@dataclass(slots=True)
class Response:
    """One response_url: who may be answered where, and which message `replace_original` means."""

    id: str
    channel: str
    user_id: str
    made_s: float
    is_command: bool
    original: str | None = None
    thread_ts: str | None = None
    uses: int = 0


class Responses:
    """Every response_url handed out."""

    def __init__(self, workspace: Workspace, faults: Faults) -> None:
        self._workspace = workspace
        self._faults = faults
        self._responses: dict[str, Response] = {}

    def for_command(self, channel: str, user_id: str) -> Response:
        """A command's: its original is whatever the command produces."""
        return self._make(Response(secrets.token_urlsafe(18), channel, user_id, self._workspace.now(), True))

    def for_message(self, message: Message, user_id: str) -> Response:
        """A click's: its original is the message clicked."""
        made = Response(
            secrets.token_urlsafe(18),
            message.channel,
            user_id,
            self._workspace.now(),
            is_command=False,
            original=message.ts,
            thread_ts=message.thread_ts if message.is_reply else None,
        )
        return self._make(made)

    def use(self, response_id: str, answer: Any) -> None:
        """One use; a refused answer counts too. Raises SlackError (`used_url`, `expired_url`: HTTP 404)."""
        response = self._responses.get(response_id)
        if response is None or response.uses >= USES:
            raise SlackError("used_url")
        if self._workspace.now() - response.made_s > LIFE_S:
            raise SlackError("expired_url")
        response.uses += 1
        self.apply(response, answer)

    def apply(self, response: Response, answer: Any) -> None:
        """Do what an answer says: replace or delete the original, or post anew. Raises SlackError."""
        if not isinstance(answer, dict):
            raise SlackError("invalid_payload")
        original = self._original(response)
        if _is_set(answer, "delete_original"):
            if original is None:
                raise SlackError("message_not_found")
            self._workspace.delete(original)
            return
        refuse_blocks(self._faults, answer)
        made = content(answer)
        if _is_set(answer, "replace_original") and original is not None and self._may_replace(response):
            self._replace(original, made)
            return
        self._post(response, answer, made)

    def _make(self, response: Response) -> Response:
        old_s = self._workspace.now() - 2 * LIFE_S
        self._responses = {key: one for key, one in self._responses.items() if one.made_s > old_s}
        self._responses[response.id] = response
        return response

    def _original(self, response: Response) -> Message | None:
        return self._workspace.message(response.channel, response.original) if response.original else None

    def _may_replace(self, response: Response) -> bool:
        return not response.is_command or self._workspace.app.command_replaces

    def _replace(self, original: Message, made: Json) -> None:
        kept = {key: value for key, value in original.body.items() if key not in {"text", "blocks"}}
        original.body = {**kept, **made}
        self._workspace.changed(original)

    def _post(self, response: Response, answer: Json, made: Json) -> None:
        """A message to the one person, or with response_type in_channel to all."""
        kind = answer.get("response_type", "ephemeral")
        if kind not in {"ephemeral", "in_channel"}:
            raise SlackError("invalid_response_type")
        thread_ts = answer.get("thread_ts") or response.thread_ts
        if thread_ts:
            made["thread_ts"] = str(thread_ts)
        channel = self._workspace.channels[response.channel]
        only_for = response.user_id if kind == "ephemeral" else None
        posted = self._workspace.post(channel, bots_message(self._workspace, made), only_for=only_for)
        if response.is_command:
            response.original = posted.ts


def _is_set(answer: Json, name: str) -> bool:
    """Slack takes these switches as booleans and as words."""
    return answer.get(name) in {True, "true", "True", "1"}
