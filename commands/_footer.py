"""The small print of every answer that asked accounts: who answered, how long it took, who did not and why."""

from typing import Any

from bot.logic.words import plural
from bot.model.reply import Bold, Text
from bot.ports import Failure, Found

SHOWN = 5
SHORTEST_S = 0.1
"""Nobody waits for less; below it no time is told."""


def footer(*found: Found[Any]) -> tuple[Text, ...]:
    """One line for all, one for each failure (the first five, then how many more)."""
    asked = max(f.asked for f in found)
    failures = _distinct([f for one in found for f in one.failures])
    took_s = sum(f.took_s for f in found)
    took = f" in {took_s:.1f} s" if took_s >= SHORTEST_S else ""
    head = f"{asked - len(failures)} of {asked} account Regions answered{took}."
    more = len(failures) - SHOWN
    rest: tuple[Text, ...] = ((f"{more} more did not answer.",),) if more > 0 else ()
    return ((head,), *(_failed(f) for f in failures[:SHOWN]), *rest)


def silent(found: Found[Any]) -> str:
    """`; 1 of 3 accounts did not answer` for the sentence that states the point, or nothing."""
    failed = {f.account.id for f in found.failures}
    return f"; {plural(len(failed), 'account')} did not answer" if failed else ""


def _distinct(failures: list[Failure]) -> list[Failure]:
    return list({(f.account.id, f.region): f for f in failures}.values())


def _failed(failure: Failure) -> Text:
    error = failure.error
    step = f" {error.next_step}" if error.next_step else ""
    return (Bold(f"{failure.account.label} did not answer"), f": {error.cause.rstrip('.')}.{step}")
