"""How the sandbox refuses: an error code as AWS names it, and the HTTP status that goes with it."""

from collections.abc import Mapping
from typing import Any


class AwsError(Exception):
    """A refusal to be written in the caller's protocol; `code` is what botocore shows as `Error.Code`.

    `members` are those that the error's shape has beside the message.
    """

    def __init__(self, code: str, message: str, status: int = 400, members: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.members = members or {}
        self.code = code
        self.message = message
        self.status = status


class NotImplementedInSandbox(AwsError):
    """Nobody here implements the operation. 501 because botocore retries 500, 502, 503 and 504, and not 501."""

    def __init__(self, name: str, why: str = "") -> None:
        reason = f": {why}" if why else ""
        super().__init__("NotImplementedInSandbox", f"the sandbox does not implement {name}{reason}", 501)


class BadAnswer(AwsError):
    """An answer of the sandbox's own that botocore's model of the operation does not allow: a bug here."""

    def __init__(self, name: str, report: str) -> None:
        super().__init__("InvalidSandboxAnswer", f"the sandbox's answer to {name} is not what AWS sends: {report}", 500)


class Unanswered(Exception):
    """The call is held and its connection closed without a reply."""
