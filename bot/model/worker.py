"""The product's processes, as they tell of themselves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["run", "serve", "work"]
"""`run`: everything; `serve`: what people do in Slack; `work`: the poll and the poster."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that was alive at `seen_at`, by its own clock."""

    id: str
    kind: Kind
    version: str
    started_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """Something that one process does for all, and until when."""

    name: str
    owner: str
    held_until: datetime
