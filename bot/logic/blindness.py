"""Who cannot judge: spells of blindness, by subject, as observations in order add up to them."""

from dataclasses import replace
from datetime import datetime

from bot.logic.saying import Saying
from bot.model.spells import Blind


class Blindness:
    """The running spells, and those that ended since the episode began."""

    def __init__(self) -> None:
        self._running: dict[str, tuple[Blind, ...]] = {}
        self._ended: dict[tuple[str, str], Blind] = {}

    def hear(self, said: Saying) -> None:
        """A subject that says nothing but why it cannot judge is blind; one that judges is not."""
        if not said.blind and not said.judges:
            return
        observation = said.observation
        before = self._running.pop(observation.subject.arn, ())
        if said.blind:
            since = min((b.since for b in before), default=observation.at)
            spells = tuple(Blind(observation.subject, f.row, since, f.note) for f in said.blind)
            self._running[observation.subject.arn] = spells
        else:
            self._keep(before, observation.at)

    def forget(self, arn: str, at: datetime) -> None:
        """The subject is no more."""
        self._keep(self._running.pop(arn, ()), at)

    def begin(self) -> None:
        """Another episode: what ended before it is no part of it."""
        self._ended.clear()

    @property
    def runs(self) -> bool:
        """Whether anybody is blind."""
        return bool(self._running)

    def all(self) -> tuple[Blind, ...]:
        """The running ones, longest first, then those that ended, newest first; of each subject the last one."""
        if not self._running and not self._ended:
            return ()
        running = sorted((b for spells in self._running.values() for b in spells), key=lambda b: (b.since, b.subject))
        ended = (b for b in self._ended.values() if b.subject.arn not in self._running)
        return (*running, *sorted(ended, key=lambda b: (b.ended_at or b.since, b.subject), reverse=True))

    def _keep(self, spells: tuple[Blind, ...], at: datetime) -> None:
        for spell in spells:
            self._ended[spell.subject.arn, str(spell.row)] = replace(spell, ended_at=at)
