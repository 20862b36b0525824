"""Runs of Athena's: one for all who ask the same, without the log files that cannot be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.aws.athena import DamagedFile, Result
from bot.aws.hub import Target
from bot.aws.shared import Settle
from bot.aws.trail_ground import Ground, Trails, widened
from bot.errors import BotError, SourceError
from bot.logic.trail_view import Bounded, Within, bounded
from bot.model.trail import TrailQuery
from bot.ports.ask import Ask

MOST_DAMAGED: Final = 5
"""Damaged files that are found and left out before a question is given up; a failed run is free (Athena pricing)."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A result, whether it cost nothing, and the log files that were left out."""

    result: Result
    reused: bool
    without: tuple[str, ...]


def run(trails: Trails, ask: Ask, found: Ground, query: TrailQuery) -> Ran:
    """Raises SourceError or BotError."""
    accounts, regions = sorted({a for a, _ in found.places}), sorted({r for _, r in found.places})
    for _ in range(MOST_DAMAGED + 1):
        without = tuple(sorted(trails.damaged))
        within = Within(accounts, regions, widened(found.window), without)
        answer, fetched = _shared(trails, ask, found.target, bounded(query, found.facts.table, within))
        if isinstance(answer, DamagedFile) and answer.path not in without:
            trails.damaged.add(answer.path)
            continue
        if isinstance(answer, SourceError):
            raise answer
        return Ran(answer, answer.reused or not fetched, without)
    step = "Narrow it with since= or account=, and tell whoever keeps the trail."
    raise BotError(f"More than {MOST_DAMAGED} log files there are damaged.", step)


def _shared(trails: Trails, ask: Ask, target: Target, asked: Bounded) -> tuple[Result | SourceError, bool]:
    """The answer, and whether it was fetched for this very question."""
    fetched = False

    def fetch(keys: Sequence[Bounded], settle: Settle[Bounded, Result], _: float) -> None:
        nonlocal fetched
        fetched = True
        for key in keys:
            try:
                settle({key: trails.athena.run(ask, target, key)})
            except SourceError as error:
                settle({key: error})

    return trails.runs.answers(ask, (asked,), ask.now + trails.settings.reuse, fetch)[asked], fetched
