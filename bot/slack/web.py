"""Slack's Web API, and what its answers mean for a message."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse

from bot.errors import ChannelLost, ChatError, MessageGone, RateLimited, Refused, ServerFailed, TokenDead, Unconfirmed

_TIMEOUT_S = 10
HURRY_S = 2
"""For what is asked before Slack's three seconds for an acknowledgement are over."""
_RETRY_AFTER_S = 30.0
"""When Slack says 429 and not for how long."""

BLOCKS_REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})
"""The same message may pass in plainer blocks."""
_LOST = frozenset(
    {
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "is_inactive",
        "restricted_action",
        "restricted_action_read_only_channel",
        "posting_to_general_channel_denied",
    }
)
_GONE = frozenset({"message_not_found", "thread_not_found", "cannot_reply_to_message"})
_DEAD = frozenset(
    {"token_revoked", "token_expired", "account_inactive", "invalid_auth", "not_authed", "team_access_not_granted"}
)
_NOBODY = frozenset({"user_not_found", "users_not_found", "user_not_visible"})
_BLURRED = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
"""Slack: "it's possible some aspect of the operation succeeded before the error was raised"."""


def client(token: str | None, base_url: str = "https://slack.com/api/", timeout_s: int = _TIMEOUT_S) -> WebClient:
    """A client that never repeats a call by itself: a repeated post whose reply was lost would stand there twice."""
    return WebClient(token=token, base_url=base_url, timeout=timeout_s, retry_handlers=[])


def hurried(other: WebClient) -> WebClient:
    """The same client, for what somebody waits for."""
    return client(other.token, other.base_url, HURRY_S)


class BlocksRefused(Refused):
    """Slack refuses these blocks; plainer ones may pass."""


class Nobody(Refused):
    """There is no such person, as far as the bot may know."""


@contextmanager
def translated() -> Iterator[None]:
    """Turns whatever a call raises into ChatError's children."""
    try:
        yield
    except SlackApiError as error:
        raise _of(error.response) from error
    except (OSError, HTTPException, SlackRequestError, UnicodeDecodeError) as error:
        raise Unconfirmed(f"Slack's reply did not arrive ({type(error).__name__}).") from error


def _of(response: SlackResponse | dict[str, Any]) -> ChatError:
    """Slack's error code and HTTP status as what they mean for the message."""
    status = response.status_code if isinstance(response, SlackResponse) else 200
    code = str(response.get("error", ""))
    if status == 429 or code in {"ratelimited", "rate_limited"}:
        return RateLimited(_retry_after_s(response))
    if status >= 500:
        return ServerFailed(f"Slack answered with HTTP {status}.")
    if code in _BLURRED or code.startswith("Received a response in a non-JSON format"):
        return Unconfirmed(f"Slack answered with HTTP {status} and no word on the message.")
    return _refusal(code, response)


def _refusal(code: str, response: SlackResponse | dict[str, Any]) -> ChatError:
    if code in _LOST:
        return ChannelLost(f"Slack says `{code}`.", "Invite the bot to the channel, or name another in the routes.")
    if code in _GONE:
        return MessageGone(f"Slack says `{code}`.")
    if code in _DEAD:
        return TokenDead(f"Slack says `{code}`.", "Install the app again and give the bot its new token.")
    kind = BlocksRefused if code in BLOCKS_REFUSED else Nobody if code in _NOBODY else Refused
    return kind(f"Slack says `{code}`{_reasons(response)}.")


def _reasons(response: SlackResponse | dict[str, Any]) -> str:
    """Slack's own words on what is wrong; they name our blocks, never a token."""
    said = (response.get("response_metadata") or {}).get("messages") or [response.get("needed")]
    return "".join(f", {word}" for word in said[:3] if word)


def _retry_after_s(response: SlackResponse | dict[str, Any]) -> float:
    headers = response.headers if isinstance(response, SlackResponse) else {}
    said = {key.lower(): value for key, value in headers.items()}.get("retry-after", "")
    try:
        return max(0.0, float(said))
    except ValueError:
        return _RETRY_AFTER_S
