"""Puts dead letters back into the inbox, once what refused them was mended.

A letter is sent before it is deleted: whoever is killed in between leaves it in both places, and what came twice counts
once, by the event's own id. What was refused again meanwhile bears the id that it was sent under, and is left alone.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.model.event import Message
from bot.ports.dead_letters import DeadLetters

UNKNOWN: Final = "no reason is known: it was received too often without being refused"
"""The database was away, a process died with it, or it was refused longer than a fortnight ago."""


@dataclass(slots=True)
class Redriven:
    """How many, by the reason for which they were refused."""

    back: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)


def redrive(
    letters: DeadLetters,
    reasons: Callable[[Iterable[str]], Mapping[str, str]],
    *,
    limit: int | None = None,
    reason: str = "",
    only_look: bool = False,
) -> Redriven:
    """Those whose reason holds these words, at most `limit`. Raises SourceError or StoreDown: the rest stays dead."""
    done, left = Redriven(), list[Message]()
    seen, sent = set[str](), set[str]()
    try:
        while (limit is None or done.back.total() < limit) and (got := letters.receive()):
            new = [one for one in got if one.id not in seen]
            left += [one for one in got if one.id in seen]
            if not new:
                break
            seen.update(one.id for one in new)
            said = reasons([one.id for one in new])
            for one in new:
                why = said.get(one.id, UNKNOWN)
                full = limit is not None and done.back.total() >= limit
                if only_look or full or reason.casefold() not in why.casefold() or one.id in sent:
                    left.append(one)
                    done.left[why] += 1
                    continue
                sent.add(letters.put_back(one))
                letters.delete([one])
                done.back[why] += 1
    finally:
        letters.show(left)
    return done


def told(done: Redriven, *, only_look: bool = False) -> str:
    """For a terminal: counts and reasons, most first."""
    parts = [] if only_look else [("Put back", done.back)]
    if done.left or only_look:
        parts.append(("Dead" if only_look else "Left", done.left))
    lines: list[str] = []
    for head, counted in parts:
        lines.append(f"{head}: {counted.total()}")
        lines += [f"  {rows:>5}  {_plain(why)}" for why, rows in counted.most_common()]
    return "\n".join([*lines, ""])


def _plain(why: str) -> str:
    """A reason may hold others' words: no control character of theirs reaches the terminal."""
    return "".join(c if c.isprintable() else "?" for c in why)
