"""What is sent to a destination, and what its answer means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, Literal

LONGEST_WAIT: Final = timedelta(hours=1)
"""A Retry-After of more is a slip of theirs: nobody is left unpaged for a day by one header."""
_AGAIN: Final = frozenset({408, 425, 429})
"""Of the answers that blame the request, those that may be another next time (RFC 9110, RFC 8470, RFC 6585)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One POST; address, headers and body may hold secrets."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of it. `said` is written for whoever reads `doctor`: nothing of the answer's body, nothing secret."""

    outcome: Literal["sent", "again", "dead"]
    said: str = ""
    wait: timedelta | None = None
    """How long the destination asks to be left alone."""


def judged(status: int, retry_after: str | None, now: datetime) -> Answer:
    """By its status: taken, to be sent again, or refused for good. A redirect is refused, it may lead anywhere."""
    if 200 <= status < 300:
        return Answer("sent")
    if status >= 500 or status in _AGAIN:
        return Answer("again", f"it answers {status}", waits(retry_after, now))
    said = f"it answers {status}, a redirect, which is not followed" if 300 <= status < 400 else f"it answers {status}"
    return Answer("dead", said)


def waits(retry_after: str | None, now: datetime) -> timedelta | None:
    """A Retry-After in seconds or as a date (RFC 9110, 10.2.3), at most an hour; None for none and for what is none."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
        return min(max(at - now, timedelta(0)), LONGEST_WAIT)
    except (ValueError, TypeError, OverflowError):  # a date without a zone cannot be subtracted
        return None
