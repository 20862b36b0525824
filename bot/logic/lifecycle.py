"""An incident's state as the fold over its log: nothing else decides where an incident stands."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from bot.logic.blindness import Blindness
from bot.logic.episode import Episode
from bot.logic.flapping import Changes
from bot.logic.saying import Saying, saying
from bot.logic.succession import Departures
from bot.logic.verdicts import UNKNOWN_CADENCE, Verdicts
from bot.model.incident import Click, Entry, State
from bot.model.observation import Finding, Observation, Window

E = TypeVar("E", Observation, Click, Entry)

COOL_DOWN = timedelta(hours=6)
"""How long *worse* is not said again, where the route says nothing."""
ACKNOWLEDGE_FOR = timedelta(hours=24)
"""How long a click without an end holds."""


def fold(log: Iterable[Entry], now: datetime, cool_down: timedelta = COOL_DOWN) -> State:
    """The state at `now`. Entries may come in any order and twice; those after `now` count too."""
    folding = Folding(cool_down)
    for entry in ordered(log):
        folding.take(entry)
    folding.run_clocks(now)
    return folding.state()


def fold_episode(log: Iterable[Entry], episode: int, now: datetime, cool_down: timedelta = COOL_DOWN) -> State:
    """The state as it was when that episode ended; the state at `now` while it has not."""
    folding, entries = Folding(cool_down), ordered(log)
    for taken, entry in enumerate(entries):
        folding.run_clocks(entry.at)
        if folding.number > episode:
            return _before(entries[:taken], folding, cool_down)
        folding.take(entry)
        if folding.number > episode:
            return fold(entries[:taken], entry.at, cool_down)
    folding.run_clocks(now)
    return _before(entries, folding, cool_down) if folding.number > episode else folding.state()


def _before(entries: tuple[Entry, ...], folding: "Folding", cool_down: timedelta) -> State:
    """The state of the episode before one that a clock began, at its last moment."""
    return fold(entries, (folding.began_at or entries[-1].at) - timedelta(microseconds=1), cool_down)


def ordered(log: Iterable[E]) -> tuple[E, ...]:
    """Entries by (at, id), each id once."""
    once: dict[str, E] = {}
    for entry in sorted(log, key=lambda e: (e.at, e.id)):
        once.setdefault(entry.id, entry)
    return tuple(once.values())


def is_over(log: Iterable[Entry], at: datetime) -> bool:
    """Whether good news at this moment adds nothing: there is no episode, or it has ended beyond doubt."""
    folding = Folding(COOL_DOWN)
    for entry in ordered(log):
        folding.take(entry)
    folding.run_clocks(at)
    return folding.is_over(at) and not folding.is_unsure(at)


class Folding:
    """The fold under way: the verdicts, the episode, the newest observation's numbers."""

    def __init__(self, cool_down: timedelta) -> None:
        self._cool_down = cool_down
        self._verdicts = Verdicts()
        self._blindness = Blindness()
        self._changes = Changes()
        self._departures = Departures()
        self._episode = Episode()
        self._newest: Observation | None = None
        self._window: Window | None = None
        self._samples: int | None = None
        self._at: datetime | None = None
        self._clock: datetime | None = None
        self._clock_is_known = False

    @property
    def number(self) -> int:
        """The episode's; 0 before the first."""
        return self._episode.number

    @property
    def began_at(self) -> datetime | None:
        """When the episode began."""
        return self._episode.started_at

    def take(self, entry: Entry) -> None:
        """Take the next entry in order; the clocks run up to it first."""
        self.run_clocks(entry.at)
        self._at = entry.at
        if isinstance(entry, Click):
            self._click(entry)
        else:
            self._observe(entry)
        self._episode.see_who_is_free(entry.at, self._verdicts.bad())
        self._clock_is_known = False

    def run_clocks(self, to: datetime) -> None:
        """Let everything end that ends by `to`, in order: who has it, orphaned rows, flapping, the episode."""
        while (ends := self._next_clock()) is not None and ends <= to:
            at = max(ends, self._at or ends)
            self._episode.run_out(at, self._verdicts.bad())
            self._episode.wake(at)
            self._episode.end_mutes(at)
            self._verdicts.lapse(at)
            self._settle(at, None)
            if (settles := self._changes.settles_at(self._cadence)) is not None and settles <= at:
                self._changes.settle(at)
            if self._stays_blind and self.is_over(at):
                self._next_episode(at)
            self._episode.see_who_is_free(at, self._verdicts.bad())
            self._clock_is_known = False

    def has_ended(self, to: datetime) -> bool:
        """Whether anything ends by itself by then."""
        ends = self._next_clock()
        return ends is not None and ends <= to

    def is_over(self, at: datetime) -> bool:
        """No episode, or one that ended; one that flaps goes on until it has settled."""
        return not self._changes.flapping and self._episode.is_over(at, self._cadence)

    def is_unsure(self, at: datetime) -> bool:
        """Whether clean runs still tell something."""
        until = self._episode.unsure_until(self._cadence)
        return self._blindness.runs or (until is not None and at < until)

    def state(self) -> State:
        """What follows from the entries taken."""
        episode, bad, newest = self._episode, self._verdicts.bad(), self._newest
        held = episode.holders(bad)
        return State(
            status=episode.status(bad),
            episode=episode.number,
            started_at=episode.started_at,
            rows=episode.rows(bad),
            acknowledgements=held,
            ran_out=episode.ran_out,
            resolved_at=episode.resolved_at,
            resolved_by=episode.resolved_by,
            reason=episode.reason,
            owner_id=held[0].person_id if held else episode.owner_id,
            runs=episode.runs,
            worse_at=episode.worse_at,
            worse_rows=episode.worse_rows,
            returned_at=episode.returned_at,
            subjects=tuple(episode.subjects.values()),
            window=self._window,
            samples=self._samples,
            observed_at=newest.at if newest else None,
            cadence=self._verdicts.cadence(),
            detail=newest.detail if newest else "",
            count=newest.count if newest else None,
            cool_down=self._cool_down,
            earlier_resolved_at=episode.earlier_resolved_at,
            lapses_at=self._verdicts.next_lapse(),
            changes_at=self._next_clock(),
            snooze=episode.snooze,
            woke=episode.woke,
            noted=episode.noted,
            blinds=self._blindness.all(),
            departures=self._departures.all(),
            flapping=self._changes.flapping,
            loud_at=episode.loud_at,
            free_since=None if self._changes.flapping else self._free_since(),
            deleted=episode.deleted,
            unsure_until=episode.unsure_until(self._cadence),
            mutes=episode.muted(),
        )

    @property
    def _cadence(self) -> timedelta:
        return self._verdicts.cadence() or UNKNOWN_CADENCE

    @property
    def _stays_blind(self) -> bool:
        """Whether somebody is blind beside an episode that was about something bad and is resolved."""
        episode = self._episode
        return bool(episode.tracks) and episode.resolved_at is not None and self._blindness.runs

    def _free_since(self) -> datetime | None:
        """Since when somebody is waited for; after flapping, since it settled."""
        first = min(self._episode.free.values(), default=None)
        settled = self._changes.settled_at
        return max(first, settled) if first and settled else first

    def _next_clock(self) -> datetime | None:
        """When the next thing ends by itself; the same until an entry or a clock changes something."""
        if not self._clock_is_known:
            self._clock, self._clock_is_known = self._first_clock(), True
        return self._clock

    def _first_clock(self) -> datetime | None:
        episode = self._episode
        settles = self._changes.settles_at(self._cadence)
        clocks = [settles, self._verdicts.next_lapse()]
        clocks += [held.until for held in episode.held]
        clocks += [mute.until for mute in episode.mutes.values()]
        if self._stays_blind and settles is None:
            clocks.append(episode.ends_at(self._cadence))
        if episode.snooze:
            clocks.append(episode.snooze.until)
        return min((at for at in clocks if at is not None), default=None)

    def _observe(self, observation: Observation) -> None:
        """Take verdicts, then let the episode start, go on, come back or resolve."""
        arn, was = observation.subject.arn, (self.number, self._episode.resolved_at is None)
        said = saying(observation)
        self._leave(said)
        bad = self._verdicts.hear(said)
        self._blindness.hear(said)
        self._note(said)
        self._begin(said, bad)
        self._succeed(said)
        if said.bad:
            self._episode.fire(observation, bad, self._cool_down)
        self._episode.hush(said, self._verdicts.bad_of(arn))
        if said.gone is None or arn in self._episode.subjects:
            self._episode.subjects.pop(arn, None)
            self._episode.subjects[arn] = observation.subject
        self._settle(observation.at, observation)
        if was[0] and was != (self.number, self._episode.resolved_at is None):
            self._changes.add(observation.at, self._cadence)

    def _begin(self, said: Saying, bad: tuple[Finding, ...]) -> None:
        """Start the next episode where the last one is over; an excused run never does.

        Blind news neither resolves nor re-opens what was bad; a card about blindness alone comes back by it.
        """
        last, observation = self._episode, said.observation
        if last.excuses(observation):
            return
        if not bad:
            if not said.blind or (last.tracks and not self.is_over(observation.at)):
                return
            if self.is_over(observation.at):
                self._next_episode(observation.at)
            elif last.resolved_at is not None or last.good_at is not None:
                last.come_back(observation.at)
        elif not self._changes.flapping and last.is_another(observation, bad, self._cadence):
            self._next_episode(observation.at)

    def _next_episode(self, at: datetime) -> None:
        last = self._episode
        self._episode = Episode(last.number + 1, at, earlier_resolved_at=last.resolved_at, mutes=last.mutes)
        self._departures = Departures()
        self._blindness.begin()

    def _leave(self, said: Saying) -> None:
        """A subject that is gone cannot be blind; its successor may speak already."""
        if said.gone is None:
            return
        observation = said.observation
        arn = observation.subject.arn
        self._blindness.forget(arn, observation.at)
        if arn in self._episode.subjects:
            living = [s for s in self._episode.subjects.values() if self._verdicts.lives(s.arn)]
            self._departures.leave(self._episode.subjects[arn], observation.at, said.gone, living)

    def _succeed(self, said: Saying) -> None:
        """Note in whose place an observation's subject speaks."""
        observation = said.observation
        for arn in self._verdicts.replaced:
            self._blindness.forget(arn, observation.at)
            if arn in self._episode.subjects:
                self._departures.replace(self._episode.subjects[arn], observation)
        if said.gone is None and not said.blind:
            before = {row: track.last_bad for row, track in self._episode.tracks.items()}
            self._departures.hear(observation, before)

    def _settle(self, at: datetime, observation: Observation | None) -> None:
        """Note whether anything is bad after an observation or a clock; where nothing ever was, who is blind."""
        if self._verdicts.bad() or (not self._episode.tracks and self._blindness.runs):
            self._episode.good_at = None
        elif self.number:
            self._episode.quieten(at, observation)

    def _note(self, said: Saying) -> None:
        """Keep the newest window and sample size; what could not be judged has no part in values that are shown."""
        self._newest = observation = said.observation
        if not (said.unjudged and said.gone is None and self._verdicts.bad()):
            self._window = observation.window or self._window
        samples = [f.reading.samples for f in observation.findings if f.reading.samples is not None]
        self._samples = max(samples, default=self._samples)

    def _click(self, click: Click) -> None:
        """Take a person's act; before the first episode there is nothing to act on."""
        if self.number:
            self._episode.click(click, click.until or click.at + ACKNOWLEDGE_FOR)
