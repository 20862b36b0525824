"""One episode while it is folded: its rows, its clocks, who has it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.logic.distance import distance, is_worse, relative_distance
from bot.model.incident import Acknowledgement, Click, RowState, Status
from bot.model.observation import Finding, Observation, Reading, Row, Subject, Verdict


@dataclass(slots=True)
class Track:
    """A row's history in the episode. `history` holds each subject's readings, None where it said good."""

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
    history: dict[str, list[Reading | None]] = field(default_factory=dict)

    def bad(self, finding: Finding, arn: str) -> None:
        """Take a bad reading."""
        self.runs += 1
        self.last_bad, self.last_good, self.note = finding.reading, None, finding.note
        if _beyond(self.row, self.last_bad) > _beyond(self.row, self.worst):
            self.worst = self.last_bad
        self.history.setdefault(arn, []).append(self.last_bad)

    def good(self, reading: Reading, arn: str) -> None:
        """Take a good reading."""
        self.last_good = reading
        self.end_streak(arn)

    def end_streak(self, arn: str) -> None:
        """This subject no longer calls the row bad."""
        if (said := self.history.get(arn)) and said[-1] is not None:
            said.append(None)

    def worsened(self, arn: str) -> bool:
        """Whether this subject's last two readings stand out from all before."""
        return is_worse(self.row, self.history.get(arn, ()))

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
    acknowledgement: Acknowledgement | None = None
    ran_out: Acknowledgement | None = None
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
        for finding in bad:
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
        """Take rows; those that somebody's running acknowledgement holds stay taken, and change hands with it."""
        held = self.acknowledgement.rows if self.acknowledgement else ()
        rows = tuple(sorted({*held, *click.rows}))
        self.acknowledgement = Acknowledgement(click.person_id, click.at, until, click.reason, rows)
        self.owner_id, self.reason, self.ran_out = click.person_id, click.reason, None

    def resolve(self, click: Click) -> None:
        """Close it by hand, whatever is bad."""
        self.resolved_at, self.resolved_by, self.reason = click.at, click.person_id, click.reason
        self.acknowledgement = self.held_at = None

    def reopen(self, click: Click) -> None:
        """Open it again for everybody; with nothing bad it is held open."""
        if self.resolved_at is None:
            return
        self.resolved_at, self.resolved_by, self.reason = None, "", click.reason
        self.acknowledgement = None
        self.held_at = click.at if self.good_at is not None else None

    def run_out(self) -> None:
        """The acknowledgement ended; said only while the incident is not resolved."""
        if self.resolved_at is None:
            self.ran_out = self.acknowledgement
            self.reason = ""
        self.acknowledgement = None

    def status(self, bad: frozenset[Row]) -> Status:
        """Acknowledged while every bad row is taken."""
        if self.number == 0 or self.resolved_at is not None:
            return Status.RESOLVED
        taken = self.acknowledgement is not None and bad <= frozenset(self.acknowledgement.rows)
        return Status.ACKNOWLEDGED if taken else Status.OPEN

    def rows(self, bad: frozenset[Row]) -> tuple[RowState, ...]:
        """Every row, worst first."""
        taken = self.acknowledgement.rows if self.acknowledgement else ()
        states = (t.state(t.row in bad, t.row in taken) for t in self.tracks.values())
        return tuple(sorted(states, key=_worst_first))

    def _track(self, finding: Finding, at: datetime) -> Track:
        """The row's track, begun where it is new."""
        reading = finding.reading
        new = Track(finding.row, len(self.tracks) + 1, at, reading, reading, reading)
        return self.tracks.setdefault(finding.row, new)

    def _come_back(self, at: datetime) -> None:
        """Bad again on the same card; an acknowledgement that still runs goes on."""
        self.returned_at, self.resolved_at, self.resolved_by = at, None, ""
        self.reason = self.acknowledgement.reason if self.acknowledgement else ""

    def _compare(self, observation: Observation, bad: tuple[Finding, ...], cool_down: timedelta) -> None:
        """Note rows that became worse; those are no longer anybody's."""
        if self.worse_at is not None and observation.at - self.worse_at < cool_down:
            return
        rows = tuple(f.row for f in bad if self.tracks[f.row].worsened(observation.subject.arn))
        if not rows:
            return
        self.worse_at, self.worse_rows = observation.at, rows
        if self.acknowledgement is not None:
            kept = tuple(r for r in self.acknowledgement.rows if r not in rows)
            self.acknowledgement = replace(self.acknowledgement, rows=kept)


def _beyond(row: Row, reading: Reading) -> float:
    """The distance, below every distance where there are no numbers."""
    beyond = distance(row, reading)
    return -1.0 if beyond is None else beyond


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
