"""One episode while it is folded: its rows, its clocks, who has it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.logic.distance import Trend, distance, relative_distance
from bot.model.incident import Acknowledgement, Click, RowState, Status
from bot.model.observation import Finding, Observation, Reading, Row, Subject, Verdict


@dataclass(slots=True)
class Track:
    """A row's readings in the episode."""

    row: Row
    number: int
    since: datetime
    fired: Reading
    worst: Reading
    last_bad: Reading
    last_good: Reading | None = None
    """None while bad was said last."""
    note: str = ""
    runs: int = 0
    beyond: float = -1.0
    """The worst reading's distance, below every distance while there are no numbers."""
    trends: dict[str, Trend] = field(default_factory=dict)
    """By subject: two monitors' numbers are not compared."""

    def bad(self, finding: Finding, arn: str) -> None:
        """Take a bad reading."""
        self.runs += 1
        self.last_bad, self.last_good, self.note = finding.reading, None, finding.note
        beyond = distance(self.row, self.last_bad)
        if beyond is not None and beyond > self.beyond:
            self.worst, self.beyond = self.last_bad, beyond
        if arn not in self.trends:
            self.trends[arn] = Trend(self.row)
        self.trends[arn].take(self.last_bad)

    def good(self, reading: Reading, arn: str) -> None:
        """Take a good reading."""
        self.last_good = reading
        self.end_streak(arn)

    def end_streak(self, arn: str) -> None:
        """This subject no longer calls the row bad."""
        if (trend := self.trends.get(arn)) and trend.latest is not None:
            trend.take(None)

    def worsened(self, arn: str) -> bool:
        """Whether this subject's last two readings stand out from all before."""
        return arn in self.trends and self.trends[arn].is_worse

    def state(self, bad: bool, taken: bool) -> RowState:
        """The row as others see it; one that became good in silence has no number."""
        return RowState(
            row=self.row,
            number=self.number,
            bad=bad,
            since=self.since,
            runs=self.runs,
            fired=self.fired,
            worst=self.worst,
            last=self.last_bad if bad else self.last_good or Reading(),
            note=self.note,
            taken=taken,
        )


@dataclass(slots=True)
class Episode:
    """The episode that runs, or ran last; number 0 before the first. Resolved while `resolved_at` is set."""

    number: int = 0
    started_at: datetime | None = None
    earlier_resolved_at: datetime | None = None
    tracks: dict[Row, Track] = field(default_factory=dict)
    subjects: dict[str, Subject] = field(default_factory=dict)
    runs: int = 0
    held: tuple[Acknowledgement, ...] = ()
    """The acknowledgements that run: no row is in two of them."""
    ran_out: tuple[Acknowledgement, ...] = ()
    owner_id: str = ""
    reason: str = ""
    good_at: datetime | None = None
    """Since when no row is bad."""
    resolved_at: datetime | None = None
    resolved_by: str = ""
    held_at: datetime | None = None
    """A re-open while nothing was bad: open until data that begins after it is good."""
    worse_at: datetime | None = None
    worse_rows: tuple[Row, ...] = ()
    returned_at: datetime | None = None

    def is_over(self, at: datetime, cadence: timedelta) -> bool:
        """Whether bad news at this moment would start another episode."""
        ended = self.resolved_at is not None and self.good_at is not None and at - self.good_at >= 2 * cadence
        return self.number == 0 or ended

    def excuses(self, observation: Observation) -> bool:
        """Whether a bad run is only counted: its data began before the resolve by hand."""
        return (
            bool(self.resolved_by) and self.resolved_at is not None and not began_after(observation, self.resolved_at)
        )

    def fire(self, observation: Observation, bad: tuple[Finding, ...], cool_down: timedelta) -> None:
        """Count a run with bad rows, and come back, unless it is excused."""
        self.runs += 1
        # Rows that fire together are numbered as the card shows them: the worst first.
        for finding in sorted(bad, key=lambda f: (-relative_distance(f.row, f.reading), f.row)):
            self._track(finding, observation.at).bad(finding, observation.subject.arn)
        if self.excuses(observation):
            return
        if self.resolved_at is not None or self.good_at is not None:
            self._come_back(observation.at)
        self._compare(observation, bad, cool_down)

    def hush(self, observation: Observation, still: frozenset[Row]) -> None:
        """Take an observation's good readings; `still` is what its subject goes on calling bad."""
        good = {f.row: f.reading for f in observation.findings if f.verdict is Verdict.GOOD}
        for row, track in self.tracks.items():
            if row in good:
                track.good(good[row], observation.subject.arn)
            elif row not in still:
                track.end_streak(observation.subject.arn)

    def quieten(self, at: datetime, observation: Observation | None) -> None:
        """Nothing is bad: resolve, unless somebody re-opened it and waits for newer data."""
        self.good_at = self.good_at or at
        if self.resolved_at is not None:
            return
        if self.held_at is not None and (observation is None or not _releases(observation, self.held_at)):
            return
        self.resolved_at, self.held_at = at, None

    def acknowledge(self, click: Click, until: datetime) -> None:
        """Take the click's rows but those that others hold; one's own get this end and reason."""
        others = {row for a in self.held if a.person_id != click.person_id for row in a.rows}
        rows = tuple(sorted(set(click.rows) - others))
        if click.rows and not rows:
            return
        own = Acknowledgement(click.person_id, click.at, until, click.reason, rows)
        self.held = (*(a for a in without(self.held, rows) if a.rows or a.person_id != own.person_id), own)
        self.ran_out = tuple(a for a in without(self.ran_out, rows) if a.rows and a.person_id != own.person_id)
        self._name_owner()

    def resolve(self, click: Click) -> None:
        """Close it by hand, whatever is bad."""
        self.resolved_at, self.resolved_by, self.reason = click.at, click.person_id, click.reason
        self.held, self.held_at = (), None

    def reopen(self, click: Click) -> None:
        """Open it again for everybody; with nothing bad it is held open."""
        if self.resolved_at is None:
            return
        self.resolved_at, self.resolved_by, self.reason = None, "", click.reason
        self.held = ()
        self.held_at = click.at if self.good_at is not None else None

    def run_out(self, at: datetime, bad: frozenset[Row]) -> None:
        """Acknowledgements end; kept to be said only where that leaves something open that they covered."""
        ended = tuple(sorted((a for a in self.held if a.until <= at), key=lambda a: a.until))
        if not ended:
            return
        self.held = tuple(a for a in self.held if a.until > at)
        if self.resolved_at is None:
            left = (replace(a, rows=tuple(r for r in a.rows if r in bad)) for a in ended)
            self.ran_out = (*self.ran_out, *(a for a in left if a.rows or not bad))
            self._name_owner()

    def status(self, bad: frozenset[Row]) -> Status:
        """Acknowledged while every bad row is taken."""
        if self.number == 0 or self.resolved_at is not None:
            return Status.RESOLVED
        return Status.ACKNOWLEDGED if self.held and bad <= self._taken() else Status.OPEN

    def holders(self, bad: frozenset[Row]) -> tuple[Acknowledgement, ...]:
        """The acknowledgements that run: most of the bad rows first, then most rows, then the earliest."""
        return tuple(sorted(self.held, key=lambda a: (-len(bad & set(a.rows)), -len(a.rows), a.at, a.person_id)))

    def rows(self, bad: frozenset[Row]) -> tuple[RowState, ...]:
        """Every row, worst first."""
        taken = self._taken()
        states = (t.state(t.row in bad, t.row in taken) for t in self.tracks.values())
        return tuple(sorted(states, key=_worst_first))

    def _taken(self) -> frozenset[Row]:
        """The rows that somebody holds."""
        return frozenset(row for a in self.held for row in a.rows)

    def _name_owner(self) -> None:
        """Whoever holds most rows owns it; with nobody left the last one stays its owner, and no reason holds."""
        first = next(iter(self.holders(frozenset())), None)
        self.owner_id, self.reason = (first.person_id, first.reason) if first else (self.owner_id, "")

    def _track(self, finding: Finding, at: datetime) -> Track:
        """The row's track, begun where it is new."""
        track = self.tracks.get(finding.row)
        if track is None:
            reading = finding.reading
            track = Track(finding.row, len(self.tracks) + 1, at, reading, reading, reading)
            self.tracks[finding.row] = track
        return track

    def _come_back(self, at: datetime) -> None:
        """Bad again on the same card; acknowledgements that still run go on."""
        self.returned_at, self.resolved_at, self.resolved_by = at, None, ""
        self._name_owner()

    def _compare(self, observation: Observation, bad: tuple[Finding, ...], cool_down: timedelta) -> None:
        """Note rows that became worse; those are no longer anybody's."""
        if self.worse_at is not None and observation.at - self.worse_at < cool_down:
            return
        rows = tuple(f.row for f in bad if self.tracks[f.row].worsened(observation.subject.arn))
        if not rows:
            return
        self.worse_at, self.worse_rows = observation.at, rows
        if self.held:
            self.held = without(self.held, rows)
            self._name_owner()


def without(acknowledgements: tuple[Acknowledgement, ...], rows: tuple[Row, ...]) -> tuple[Acknowledgement, ...]:
    """The acknowledgements less these rows; one that loses its last row is none."""
    lost = frozenset(rows)
    left = ((a, tuple(r for r in a.rows if r not in lost)) for a in acknowledgements)
    return tuple(replace(a, rows=kept) for a, kept in left if kept or not a.rows)


def began_after(observation: Observation, moment: datetime) -> bool:
    """Whether the observation's data began at or after a moment; without a window its own time must be after."""
    return observation.window.start >= moment if observation.window else observation.at > moment


def _releases(observation: Observation, held_at: datetime) -> bool:
    """Whether an observation ends a hold: it says good, of data that began after it."""
    good = observation.complete or any(f.verdict is Verdict.GOOD for f in observation.findings)
    return good and began_after(observation, held_at)


def _worst_first(row: RowState) -> tuple[bool, float, str, str]:
    """Bad before good, then far before near, then by name."""
    reading = row.last if row.bad else row.worst
    return (not row.bad, -relative_distance(row.row, reading), row.row.metric, row.row.check)
