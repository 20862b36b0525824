"""An incident's state as the fold over its log: nothing else decides where an incident stands."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.logic.episode import Episode
from bot.logic.verdicts import UNKNOWN_CADENCE, Verdicts
from bot.model.incident import Act, Click, Entry, State
from bot.model.observation import Observation, Verdict, Window

COOL_DOWN = timedelta(hours=6)
"""How long *worse* is not said again, where the route says nothing."""
ACKNOWLEDGE_FOR = timedelta(hours=24)
"""How long a click without an end holds."""


def fold(log: Iterable[Entry], now: datetime, cool_down: timedelta = COOL_DOWN) -> State:
    """The state at `now`. Entries may come in any order and twice; those after `now` count too."""
    folding = _Folding(cool_down)
    for entry in ordered(log):
        folding.take(entry)
    folding.run_clocks(now)
    return folding.state()


def fold_episode(log: Iterable[Entry], episode: int, now: datetime, cool_down: timedelta = COOL_DOWN) -> State:
    """The state as it was when that episode ended; the state at `now` while it has not."""
    folding, entries = _Folding(cool_down), ordered(log)
    for taken, entry in enumerate(entries):
        folding.take(entry)
        if folding.number > episode:
            return fold(entries[:taken], entry.at, cool_down)
    return fold(entries, now, cool_down)


def ordered(log: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries by (at, id), each id once."""
    once: dict[str, Entry] = {}
    for entry in sorted(log, key=lambda e: (e.at, e.id)):
        once.setdefault(entry.id, entry)
    return tuple(once.values())


def is_over(log: Iterable[Entry], at: datetime) -> bool:
    """Whether good news at this moment adds nothing: there is no episode, or it has ended."""
    folding = _Folding(COOL_DOWN)
    for entry in ordered(log):
        folding.take(entry)
    return folding.is_over(at)


class _Folding:
    """The fold under way: the verdicts, the episode, the newest observation's numbers."""

    def __init__(self, cool_down: timedelta) -> None:
        self._cool_down = cool_down
        self._verdicts = Verdicts()
        self._episode = Episode()
        self._newest: Observation | None = None
        self._window: Window | None = None
        self._samples: int | None = None
        self._at: datetime | None = None

    @property
    def number(self) -> int:
        """The episode's; 0 before the first."""
        return self._episode.number

    def take(self, entry: Entry) -> None:
        """Take the next entry in order; the clocks run up to it first."""
        self.run_clocks(entry.at)
        self._at = entry.at
        if isinstance(entry, Click):
            self._click(entry)
        else:
            self._observe(entry)

    def run_clocks(self, to: datetime) -> None:
        """Let acknowledgements and orphaned rows end that end by `to`, in their order."""
        while (ends := self._next_clock()) is not None and ends <= to:
            at = max(ends, self._at or ends)
            self._episode.run_out(at, self._verdicts.bad())
            self._verdicts.lapse(at)
            self._settle(at, None)

    def is_over(self, at: datetime) -> bool:
        """No episode, or one that ended."""
        return self._episode.is_over(at, self._verdicts.cadence() or UNKNOWN_CADENCE)

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
        )

    def _next_clock(self) -> datetime | None:
        """When an acknowledgement or an orphaned row ends next."""
        ends = (*(a.until for a in self._episode.held), self._verdicts.next_lapse())
        return min((at for at in ends if at is not None), default=None)

    def _observe(self, observation: Observation) -> None:
        """Take verdicts, then let the episode start, go on, come back or resolve."""
        bad = self._verdicts.hear(observation)
        self._note(observation)
        if any(f.verdict is Verdict.BAD for f in observation.findings):
            self._begin(observation)
            self._episode.fire(observation, bad, self._cool_down)
        arn = observation.subject.arn
        self._episode.hush(observation, self._verdicts.bad_of(arn))
        self._episode.subjects.pop(arn, None)
        self._episode.subjects[arn] = observation.subject
        self._settle(observation.at, observation)

    def _begin(self, observation: Observation) -> None:
        """Start the next episode where the last one is over; an excused run never does."""
        last = self._episode
        if self.is_over(observation.at) and not last.excuses(observation):
            self._episode = Episode(last.number + 1, observation.at, earlier_resolved_at=last.resolved_at)

    def _settle(self, at: datetime, observation: Observation | None) -> None:
        """Note whether anything is bad after an observation or a clock."""
        if self._verdicts.bad():
            self._episode.good_at = None
        elif self.number:
            self._episode.quieten(at, observation)

    def _note(self, observation: Observation) -> None:
        """Keep the newest window and sample size."""
        self._newest = observation
        self._window = observation.window or self._window
        samples = [f.reading.samples for f in observation.findings if f.reading.samples is not None]
        self._samples = max(samples, default=self._samples)

    def _click(self, click: Click) -> None:
        """Take a person's act; before the first episode there is nothing to act on."""
        if not self.number:
            return
        match click.act:
            case Act.ACKNOWLEDGE:
                self._episode.acknowledge(click, click.until or click.at + ACKNOWLEDGE_FOR)
            case Act.RESOLVE:
                self._episode.resolve(click)
            case Act.REOPEN:
                self._episode.reopen(click)
