"""What waits for pagers and webhooks, and what they refused, for `doctor`."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from bot.logic.check_store import LATE
from bot.logic.words import duration, listing, plural
from bot.model.checkup import Check
from bot.model.handoff import Dead, Recipient, Waiting
from bot.model.route import Route

HAND_OFF: Final = "hand-off"
MOST_RUNS: Final = 20
"""Of incidents' numbers that a line names; a line of `doctor` is read in Slack, too."""


def handoff_checks(
    known: Sequence[Recipient], routes: Iterable[Route], waiting: Iterable[Waiting], dead: Iterable[Dead], now: datetime
) -> Iterator[Check]:
    """`known` are the settings' destinations; `now` is the machine's clock."""
    rows = {one.destination: one for one in waiting}
    named = {one.name for route in routes for one in route.hand_off}
    for one in known:
        yield _known(one, rows.pop(one.name, None), now, routed=one.name in named)
    for name, left in rows.items():
        said = f"{plural(left.waiting, 'event')} wait for a destination that the settings do not have"
        yield Check(HAND_OFF, name, "bad", said, f"Set hand_off.{name} again: they are sent then.")
    for one_dead in dead:
        yield _dead(one_dead)


def _known(one: Recipient, left: Waiting | None, now: datetime, *, routed: bool) -> Check:
    if left is None:
        if not routed:
            step = f'Write hand_off = "{one.name}" in a route (docs/handoff.md).'
            return Check(HAND_OFF, one.name, "warn", f"{one.shown}: no route names it", step)
        return Check(HAND_OFF, one.name, "good", f"{one.shown}: nothing waits")
    age = now - left.oldest_at if left.oldest_at else None
    waits = f"{plural(left.waiting, 'event')} {'waits' if left.waiting == 1 else 'wait'}"
    waits += f", the oldest for {duration(age)}" if age is not None else ""
    why = f": {left.cause}" if left.cause else ""
    if age is None or age <= LATE:
        return Check(HAND_OFF, one.name, "good", f"{one.shown}: {waits}{why}")
    step = "It is sent again every few minutes until it is taken: see what ails the destination."
    if not left.cause:
        step = "Nobody sends: start `python -m bot work` (or `run`)."
    return Check(HAND_OFF, one.name, "warn", f"{one.shown}: {waits}{why}", step)


def _dead(one: Dead) -> Check:
    said = f"{plural(one.rows, 'event')} refused for good, the last of #{one.incidents[0]}: {one.cause}"
    step = (
        f"Correct hand_off.{one.destination}; these are not sent again: tell them of {_named(one.incidents)} yourself."
    )
    return Check(HAND_OFF, one.destination, "bad", said, step)


def _named(numbers: Iterable[int]) -> str:
    """`#3, #7 to #46`: what was refused together began together, so that even a storm's numbers are few words."""
    runs: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return listing(tuple(f"#{a}" if a == b else f"#{a} to #{b}" for a, b in runs), MOST_RUNS)
