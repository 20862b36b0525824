"""What came and was not told: counted, so that somebody can see what is passed over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["event", "alarm", "change", "missed"]
"""An event that no source knows, an alarm that is nobody's news, a change that nobody is told of; a change that people
were told of by the poll alone, since no event came.
"""


@dataclass(frozen=True, slots=True)
class Passing:
    """One of them."""

    kind: Kind
    name: str
    """Of an event its source and detail type; of an alarm or a change why it is passed over; of a missed one its
    account's id. Untrusted.
    """
    sample: str = ""
    """What it looked like, with nothing in it that opens a door; untrusted."""


@dataclass(frozen=True, slots=True)
class Tallied:
    """All of one name."""

    kind: Kind
    name: str
    count: int
    first_at: datetime
    last_at: datetime
    samples: tuple[str, ...] = ()
    """Some of them, at most `MOST_SAMPLES`."""


MOST_SAMPLES = 3
MOST_NAMES = 200
"""Of a kind; what has yet another name is counted under `OTHERS`, since whoever sends can think of any."""
OTHERS = "others"
