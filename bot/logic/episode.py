"""One episode while it is folded: its rows, its clocks, who has it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.logic.distance import rank
from bot.logic.saying import Saying
from bot.logic.track import Track
from bot.logic.trend import is_marginal
from bot.model.incident import Acknowledgement, Act, Click, RowState, Status
from bot.model.observation import Finding, Observation, Row, Subject, Verdict
from bot.model.spells import Muted, Snooze

REMEMBERED = 48
"""Cadences for which what comes back within noise belongs to the episode before."""
LONGEST_MEMORY = timedelta(days=7)


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
    loud_at: datetime | None = None
    hushed: bool = False
    """It came back within noise, and nothing beyond it was heard since."""
    snooze: Snooze | None = None
    woke: Snooze | None = None
    noted: Click | None = None
    mutes: dict[str, Muted] = field(default_factory=dict)
    """By alarm."""
    deleted: bool = False
    """Resolved because what it watched was deleted."""
    free: dict[Row, datetime] = field(default_factory=dict)
    """The bad rows that are open and nobody's, since when."""

    def ends_at(self, cadence: timedelta) -> datetime | None:
        """When everything will have been good for two cadences; None while something is bad or open."""
        return None if self.resolved_at is None or self.good_at is None else self.good_at + 2 * cadence

    def is_over(self, at: datetime, cadence: timedelta) -> bool:
        """Whether it has ended: what could not be judged from then on is another episode's."""
        ends_at = self.ends_at(cadence)
        return self.number == 0 or (ends_at is not None and ends_at <= at)

    def unsure_until(self, cadence: timedelta) -> datetime | None:
        """Until when clean runs tell something: it was resolved by numbers within noise of what fired."""
        if self.resolved_at is None or self.good_at is None:
            return None
        unsure = any(trend.is_unsure for t in self.tracks.values() for trend in t.trends.values())
        return self.good_at + _memory(cadence) if unsure else None

    def is_another(self, observation: Observation, bad: tuple[Finding, ...], cadence: timedelta) -> bool:
        """Whether bad news starts another episode: this one is over, and the news is beyond noise or long after it."""
        at = observation.at
        if self.number == 0 or not self.is_over(at, cadence):
            return self.number == 0
        long_ago = self.good_at is not None and at - self.good_at >= _memory(cadence)
        return long_ago or not self.tracks or self.is_news(observation.subject.arn, bad)

    def is_news(self, arn: str, bad: tuple[Finding, ...]) -> bool:
        """Whether a row is bad beyond noise that people do not know to be bad."""
        return any(self._is_news(f, arn) for f in bad)

    def excuses(self, observation: Observation) -> bool:
        """Whether a bad run is only counted: its data began before the resolve by hand."""
        return (
            bool(self.resolved_by) and self.resolved_at is not None and not began_after(observation, self.resolved_at)
        )

    def fire(self, observation: Observation, bad: tuple[Finding, ...], cool_down: timedelta) -> None:
        """Count a run with bad rows, and come back, unless it is excused."""
        self.runs += 1
        news = self.is_news(observation.subject.arn, bad)
        # Rows that fire together are numbered as the card shows them: the worst first.
        for finding in sorted(bad, key=lambda f: (-rank(f.row, f.reading, f.note), f.row)) if len(bad) > 1 else bad:
            self._track(finding, observation.at).bad(finding, observation.subject.arn)
        if self.excuses(observation):
            return
        if self.resolved_at is not None or self.good_at is not None:
            self.come_back(observation.at)
        if self.hushed and news:
            self.loud_at, self.hushed = observation.at, False
            if not self.held:  # else the channel is not told: its owner has it
                self._say(bad, observation.subject.arn)
        self._compare(observation, bad, cool_down)

    def hush(self, said: Saying, still: frozenset[Row]) -> None:
        """Take an observation's good readings; `still` is what its subject goes on calling bad."""
        good, arn = {f.row: f.reading for f in said.good}, said.observation.subject.arn
        for row, track in self.tracks.items():
            if row in good:
                track.good(good[row], arn)
            elif said.speaks_for_all and row not in still:
                track.good(None, arn)
            elif row not in still:
                track.end_streak(arn)

    def quieten(self, at: datetime, observation: Observation | None) -> None:
        """Nothing is bad: resolve, unless somebody re-opened it and waits for newer data.

        No observation: the clock closed the rows of what was deleted.
        """
        self.good_at = self.good_at or at
        if self.resolved_at is not None:
            return
        if self.held_at is not None and (observation is None or not _releases(observation, self.held_at)):
            return
        self.resolved_at, self.held_at, self.hushed = at, None, False
        self.deleted = observation is None or any(f.verdict is Verdict.GONE for f in observation.findings)

    def click(self, click: Click, until: datetime) -> None:
        """Do what a person asks; `until` is its end where it has one."""
        match click.act:
            case Act.ACKNOWLEDGE:
                self.acknowledge(click, until)
            case Act.ASSIGN:
                self.assign(click, until)
            case Act.SNOOZE:
                self.put_to_sleep(click, until)
            case Act.RESOLVE:
                self.resolve(click)
            case Act.REOPEN:
                self.reopen(click)
            case Act.NOTE:
                self.noted = click
            case Act.MUTE | Act.UNMUTE:
                self.mute(click, until)

    def acknowledge(self, click: Click, until: datetime) -> None:
        """Take the click's rows but those that others hold; one's own get this end and reason. A snooze ends."""
        others = {row for a in self.held if a.person_id != click.person_id for row in a.rows}
        rows = tuple(sorted(set(click.rows) - others))
        if click.rows and not rows:
            return
        self._give(Acknowledgement(click.person_id, click.at, until, click.reason, rows))

    def assign(self, click: Click, until: datetime) -> None:
        """Give all of the click's rows to somebody, whoever holds them."""
        self._give(Acknowledgement(click.to, click.at, until, click.reason, tuple(sorted(click.rows)), click.person_id))

    def put_to_sleep(self, click: Click, until: datetime) -> None:
        """Nobody is told until then; it takes the place of what this person holds."""
        if self.resolved_at is not None:
            return
        self.snooze, self.woke = Snooze(click.person_id, click.at, until, click.reason), None
        self.held = tuple(a for a in self.held if a.person_id != click.person_id)
        self.reason = click.reason

    def mute(self, click: Click, until: datetime) -> None:
        """An alarm is held back, by whoever said so last, or no more."""
        self.mutes.pop(click.alarm, None)
        if click.act is Act.MUTE:
            self.mutes[click.alarm] = Muted(click.alarm, click.person_id, click.at, until, click.reason)

    def muted(self) -> tuple[Muted, ...]:
        """The alarms that are held back; which ends last first."""
        return tuple(sorted(self.mutes.values(), key=lambda m: (m.until, m.alarm), reverse=True)) if self.mutes else ()

    def end_mutes(self, at: datetime) -> None:
        """Those whose time is over."""
        self.mutes = {alarm: mute for alarm, mute in self.mutes.items() if mute.until > at}

    def wake(self, at: datetime) -> None:
        """A snooze ends; kept to be said while it is not resolved."""
        if self.snooze is not None and self.snooze.until <= at:
            self.woke = self.snooze if self.resolved_at is None else None
            self.snooze = None

    def resolve(self, click: Click) -> None:
        """Close it by hand, whatever is bad."""
        self.resolved_at, self.resolved_by, self.reason = click.at, click.person_id, click.reason
        self.held, self.held_at, self.snooze, self.woke = (), None, None, None
        self.hushed = self.deleted = False

    def reopen(self, click: Click) -> None:
        """Open it again for everybody; with nothing bad it is held open."""
        if self.resolved_at is None:
            return
        self.resolved_at, self.resolved_by, self.reason = None, "", click.reason
        self.held, self.snooze, self.woke, self.deleted = (), None, None, False
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
        """Snoozed for all rows; acknowledged while every bad row is taken."""
        if self.number == 0 or self.resolved_at is not None:
            return Status.RESOLVED
        if self.snooze is not None:
            return Status.SNOOZED
        return Status.ACKNOWLEDGED if self.held and bad <= self._taken() else Status.OPEN

    def holders(self, bad: frozenset[Row]) -> tuple[Acknowledgement, ...]:
        """The acknowledgements that run: most of the bad rows first, then most rows, then the earliest."""
        if len(self.held) < 2:
            return self.held
        return tuple(sorted(self.held, key=lambda a: (-len(bad & set(a.rows)), -len(a.rows), a.at, a.person_id)))

    def rows(self, bad: frozenset[Row]) -> tuple[RowState, ...]:
        """Every row, worst first."""
        taken = self._taken()
        states = tuple(t.state(t.row in bad, t.row in taken) for t in self.tracks.values())
        return tuple(sorted(states, key=_worst_first)) if len(states) > 1 else states

    def see_who_is_free(self, at: datetime, bad: frozenset[Row]) -> None:
        """Note since when each bad row is open and nobody's."""
        wanted = bad - self._taken() if self.status(bad) is Status.OPEN else frozenset[Row]()
        if wanted != self.free.keys():
            self.free = {row: self.free.get(row, at) for row in wanted}

    def _give(self, own: Acknowledgement) -> None:
        """Somebody has these rows from now on; a snooze ends."""
        self.held = (*(a for a in without(self.held, own.rows) if a.rows or a.person_id != own.person_id), own)
        self.ran_out = tuple(a for a in without(self.ran_out, own.rows) if a.rows and a.person_id != own.person_id)
        self.snooze = self.woke = None
        self._name_owner()

    def _taken(self) -> frozenset[Row]:
        """The rows that somebody holds."""
        return frozenset([row for a in self.held for row in a.rows]) if self.held else frozenset()

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

    def come_back(self, at: datetime) -> None:
        """Bad or blind again on the same card; acknowledgements and a snooze that still run go on."""
        self.returned_at, self.resolved_at, self.resolved_by = at, None, ""
        self.hushed, self.deleted = True, False
        self._name_owner()

    def _is_news(self, finding: Finding, arn: str) -> bool:
        """A row that was never bad is known to nobody."""
        track = self.tracks.get(finding.row)
        return track.is_news(finding.reading, arn) if track else not is_marginal(finding.row, finding.reading)

    def _say(self, bad: tuple[Finding, ...], arn: str) -> None:
        """People are told of these readings."""
        for finding in bad:
            self.tracks[finding.row].trends[arn].say()

    def _compare(self, observation: Observation, bad: tuple[Finding, ...], cool_down: timedelta) -> None:
        """Note rows that became worse; those are no longer anybody's."""
        if self.worse_at is not None and observation.at - self.worse_at < cool_down:
            return
        rows = tuple(f.row for f in bad if self.tracks[f.row].worsened(observation.subject.arn))
        if not rows:
            return
        self.worse_at, self.worse_rows = observation.at, rows
        self._say(tuple(f for f in bad if f.row in rows), observation.subject.arn)
        if self.held:
            self.held = without(self.held, rows)
            self._name_owner()


def _memory(cadence: timedelta) -> timedelta:
    """For how long after an end what comes back within noise is the same trouble."""
    return max(2 * cadence, min(REMEMBERED * cadence, LONGEST_MEMORY))


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


def _worst_first(row: RowState) -> tuple[bool, float, int, str, str]:
    """Bad before good, then far before near, then what was bad more often, then by name."""
    reading = row.last if row.bad else row.worst
    return (not row.bad, -rank(row.row, reading, row.note), -row.runs, row.row.metric, row.row.check)
