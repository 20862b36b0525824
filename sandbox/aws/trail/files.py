"""Log files before they are anywhere: records that wait for their delivery, and the file that they become."""

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from typing import Any

from sandbox.aws.trail.deliveries import Place


class Origin(IntEnum):
    """Where records come from. Files do not mix them: what follows from a story is the same in every telling."""

    PAST = 0
    """Before the world began; follows from its seed."""
    STORY = 1
    """What the world itself called."""
    LIVE = 2
    """Everybody else: the bot, and whoever has keys."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it will stand in its file; `logged` is false while no trail was logging: event history has it."""

    at: datetime
    id: str
    place: Place
    text: str
    logged: bool = True


@dataclass(frozen=True)
class LogFile:
    """Records of one account and Region that are delivered together."""

    place: Place
    delivered_at: datetime
    origin: Origin
    number: int
    """Of the files that are delivered at that moment: what comes too late for one makes another."""
    records: tuple[Kept, ...]

    @property
    def shipped(self) -> bool:
        """Whether a bucket gets it: whether a trail logged anything of it."""
        return any(each.logged for each in self.records)

    @cached_property
    def text(self) -> str:
        """What is in the file: the records that a trail logged."""
        return _text(each for each in self.records if each.logged)

    @cached_property
    def body(self) -> bytes:
        """Packed; the same bytes for the same records."""
        return packed(self.text)

    @cached_property
    def whole(self) -> bytes:
        """For event history, which has also what no trail logged."""
        return self.body if all(each.logged for each in self.records) else packed(_text(self.records))


def packed(text: str) -> bytes:
    """As gzip writes it, without the time of the day."""
    return gzip.compress(text.encode(), compresslevel=5, mtime=0)


def unpacked(body: bytes) -> list[dict[str, Any]]:
    """The records of a file; none of one that is damaged."""
    try:
        found: list[dict[str, Any]] = json.loads(gzip.decompress(body))["Records"]
    except (OSError, EOFError, ValueError, KeyError):
        return []
    return found


def damaged(body: bytes) -> bytes:
    """A file that was cut short on its way."""
    return body[: len(body) * 3 // 5]


def _text(records: Iterable[Kept]) -> str:
    return f'{{"Records":[{",".join(each.text for each in records)}]}}'
