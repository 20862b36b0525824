"""What went between Slack, the bot and AWS: the latest exchanges, for the page's inspector and for scripts."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sandbox.slack.bus import Bus
from sandbox.slack.masks import Masks
from sandbox.slack.records import Json

KEPT = 2_000
MOST_BYTES = 64 * 1024
"""Of a body; of a longer one its beginning is kept, as text."""
NAME = 200
"""Characters of a name, since a command can be a page long."""

Kind = Literal["delivery", "slack", "aws"]
"""Slack to the bot; the bot to Slack; the bot to AWS."""
KINDS: tuple[Kind, ...] = get_args(Kind)

_ID = re.compile(r"\bid/([0-9a-f]{8,32})\b")


def id_in(user_agent: str) -> str:
    """The bot's own id of what it is busy with, from the User-Agent of a call; empty when it names none."""
    found = _ID.search(user_agent)
    return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange as it is recorded. `at_s` is the wall clock when it began, `outcome` is `ok` or an error's code."""

    at_s: float
    kind: Kind
    name: str
    outcome: str
    failed: bool
    ms: float
    about: str = ""
    status: int | None = None
    id: str = ""
    facts: Json = field(default_factory=dict)
    request: Any = None
    answer: Any = None


@dataclass(frozen=True, slots=True)
class Body:
    """A body without its secrets: JSON, or, where it was cut, the beginning of it. `size_bytes` is the whole's."""

    text: str
    size_bytes: int

    @property
    def is_cut(self) -> bool:
        """Whether there was more."""
        return self.size_bytes > MOST_BYTES

    def value(self) -> Any:
        """As it goes into an answer: the value, or a text when it was cut."""
        return self.text if self.is_cut else json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Kept:
    """An exchange in the ring; its number never comes again."""

    number: int
    exchange: Exchange
    request: Body
    answer: Body

    def summary(self) -> Json:
        """A line of the list."""
        one = self.exchange
        at = datetime.fromtimestamp(one.at_s, UTC).isoformat(timespec="milliseconds")
        line = {"number": self.number, "at": at, "kind": one.kind, "name": one.name, "about": one.about}
        return {**line, "outcome": one.outcome, "failed": one.failed, "status": one.status, "ms": one.ms, "id": one.id}

    def whole(self) -> Json:
        """The line with everything behind it; `cut` has the whole size, in bytes, of each body that was cut."""
        bodies = {"request": self.request, "answer": self.answer}
        cut = {name: body.size_bytes for name, body in bodies.items() if body.is_cut}
        values = {name: body.value() for name, body in bodies.items()}
        return {**self.summary(), "facts": self.exchange.facts, **values, "cut": cut}

    def mentions(self, text: str) -> bool:
        """Whether a text stands anywhere in it, whatever the case."""
        one = self.exchange
        places = (one.name, one.about, one.outcome, one.id, json.dumps(one.facts, ensure_ascii=False))
        return any(text.casefold() in place.casefold() for place in (*places, self.request.text, self.answer.text))


class Exchanges:
    """The latest exchanges, numbered from one; used from the server's loop alone. Secrets never enter."""

    def __init__(self, bus: Bus, masks: Masks, most: int = KEPT) -> None:
        self.masks = masks
        self._bus = bus
        self._most = most
        self._kept: dict[int, Kept] = {}
        self._last = 0
        self._cleared = 0

    def add(self, exchange: Exchange) -> int:
        """Keep one and tell the watchers; returns its number."""
        self._last += 1
        if len(self._kept) >= self._most:
            del self._kept[next(iter(self._kept))]
        self._keep(self._last, exchange)
        return self._last

    def amend(self, number: int, *, ended: str = "", **changes: Any) -> None:
        """Put right what was learnt later; nothing happens when it is no longer kept."""
        if number in self._kept:
            old = self._kept[number]
            facts = {**old.exchange.facts, **({"ended": ended} if ended else {})}
            before = {"facts": facts, "request": old.request, "answer": old.answer}
            self._keep(number, replace(old.exchange, **{**before, **changes}))

    def clear(self) -> None:
        """Forget all; numbers go on."""
        self._kept.clear()
        self._cleared = self._last

    def dropped(self, after: int = 0) -> int:
        """How many that came after that number had to make room."""
        oldest = next(iter(self._kept), self._last + 1)
        return max(0, oldest - 1 - max(after, self._cleared))

    @property
    def last(self) -> int:
        """The newest number."""
        return self._last

    def found(self, after: int, kinds: frozenset[str], text: str) -> Iterator[Kept]:
        """Those that came after a number, the oldest first."""
        for number, kept in self._kept.items():
            if number > after and kept.exchange.kind in kinds and (not text or kept.mentions(text)):
                yield kept

    def _keep(self, number: int, exchange: Exchange) -> None:
        masks, one = self.masks, exchange
        told = replace(
            one,
            name=_short(masks.text(one.name)),
            about=_short(masks.text(one.about)),
            outcome=_short(masks.text(one.outcome)),
            facts=masks.value(one.facts),
            request=None,
            answer=None,
        )
        kept = Kept(number, told, _body(masks, one.request), _body(masks, one.answer))
        self._kept[number] = kept
        self._bus.publish({"kind": "exchange", "exchange": kept.summary()})


def _short(text: str) -> str:
    return text if len(text) <= NAME else f"{text[: NAME - 1]}…"


def _body(masks: Masks, value: Any) -> Body:
    """Mask, then cut: the other way round half a secret would stay. What was kept before stays as it is."""
    if isinstance(value, Body):
        return value
    text = json.dumps(masks.value(value), ensure_ascii=False)
    data = text.encode(errors="replace")
    return Body(data[:MOST_BYTES].decode(errors="ignore"), len(data))
