"""What Slack refuses, and what a person's client cannot do."""

from typing import Any


class SlackError(Exception):
    """A refusal in Slack's shape: `code` is the `error`, `detail` what stands beside it in the answer."""

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail

    def answer(self) -> dict[str, Any]:
        """The body that the Web API sends with this refusal."""
        return {"ok": False, "error": self.code, **self.detail}


class RateLimited(SlackError):
    """HTTP 429; `retry_after_s` goes into the Retry-After header (docs.slack.dev: rate limits)."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("ratelimited")
        self.retry_after_s = retry_after_s


class ReplyLost(Exception):
    """A fault's wish: the work is done, the connection ends without an answer."""


class ServerBroken(Exception):
    """A fault's wish: HTTP 500, nothing done."""


class Refused(Exception):
    """A person's client cannot do this: HTTP `status` with a sentence that says why."""

    def __init__(self, status: int, reason: str, **detail: Any) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.detail = detail
