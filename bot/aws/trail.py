"""CloudTrail over all accounts: delivered log files by Athena, what came since by each account's own CloudTrail."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from bot.aws.athena import shown
from bot.aws.fanout import Job, failures_of
from bot.aws.hub import Target
from bot.aws.trail_events import GLOBAL_REGION
from bot.aws.trail_ground import Ground, Trails, freshened, ground
from bot.aws.trail_lookup import Changed, Seen, until_now
from bot.aws.trail_runs import Ran, run
from bot.errors import BotError, Missing, SourceError
from bot.logic.trail_cost import usd
from bot.logic.trail_records import merged
from bot.logic.trail_rows import body_of, call_of, calls_query, record_query
from bot.logic.words import listing, plural
from bot.model.account import Scope
from bot.model.news import Change
from bot.model.observation import Window
from bot.model.trail import Estimate, Place, Record, Remark, Rows, Scan, TrailQuery, Wanted
from bot.ports.ask import Ask, Found
from bot.ports.trail import Calls

LATE: Final = timedelta(minutes=20)
"""How long before the newest log file's delivery its calls may be: a file holds those of some minutes, and Control
Tower's replication takes "the majority within 15 minutes"."""
STRAGGLING: Final = timedelta(hours=2)
"""How late one file may be while newer ones came, since delivery times are not guaranteed. Looked up where the event
is named, which makes it a page; everything that changed in two hours would be many."""
MINUTE: Final = timedelta(minutes=1)
KEPT: Final = timedelta(days=90)
"""How long an account's own CloudTrail has a call (LookupEvents)."""
SILENT: Final = timedelta(days=2)
"""How far back calls are looked up where no log file came."""


class AwsTrail:
    """`bot.ports.trail.Trail` over Athena, S3 and CloudTrail."""

    def __init__(self, trails: Trails | None, ask: Ask) -> None:
        """Without `trails` every method says that none is set up."""
        self._trails = trails
        self._ask = ask

    def events(self) -> Collection[str]:
        """Of the services that a trail of machine learning is about."""
        return self._set.events.names()

    def recorded_in(self, event: str) -> str:
        """us-east-1 for services that are global."""
        return GLOBAL_REGION if event in self._set.events.of_global_services() else ""

    def estimate(self, window: Window, reads: int = 1) -> Estimate:
        """Sizes listed under the partitions that would be read."""
        trails = self._set
        found = ground(trails, self._ask, window)
        layout, prefixes = found.facts.layout, found.prefixes(self._ask.now)
        if layout is None:
            return Estimate(0, 0.0, sampled=True)  # nobody knows where its files lie
        total, sampled = trails.files.size(self._ask, found.target, layout, prefixes)
        cost = usd(total * reads, trails.settings.usd_per_tb)
        return Estimate(total * reads, cost, sampled, dear=cost > trails.settings.ask_above_usd)

    def ask(self, query: TrailQuery, window: Window) -> Rows:
        """Through one run for all who ask the same."""
        trails = self._set
        found = freshened(trails, self._ask, ground(trails, self._ask, window))
        ran = run(trails, self._ask, found, query)
        rows = tuple(tuple(shown(value) for value in row) for row in ran.result.rows)
        return Rows(ran.result.columns, rows[: query.limit], len(rows) > query.limit, self._scan(found, ran))

    def calls(self, wanted: Wanted, window: Window) -> Calls:
        """What log files have, and at the same time what the accounts' own CloudTrail has since."""
        trails = self._set
        found = freshened(trails, self._ask, ground(trails, self._ask, window))
        target, query = found.target, calls_query(wanted)
        main: Job[Ran | Seen] = Job(target.account, target.region, partial(run, trails, self._ask, found, query))
        looked = list(self._lookups(found, wanted))
        ran, *answers = trails.fanout.answers(self._ask, [main, *looked])
        if not isinstance(ran, Ran):
            raise _error(ran)
        delivered = [one for row in ran.result.rows if (one := call_of(row))]
        seen = [one for answer in answers if isinstance(answer, Seen) for one in answer.calls]
        inside = [c for c in merged(delivered, seen) if window.start <= c.at < window.end]
        scan = self._scan(found, ran, _cut(looked, answers))
        return Calls(tuple(inside[: wanted.limit]), len(inside) > wanted.limit, scan, failures_of(looked, answers))

    def changes(self, since: Mapping[tuple[str, str], datetime], until: datetime) -> Found[Change]:
        """By each account's read role: a page of fifty at a time, two a second."""
        trails = self._set
        began = time.monotonic()
        jobs = [
            Job(account, region, partial(trails.lookup.changes, self._ask, Target(account, region), window))
            for account, region in self._ask.scope.targets()
            if (account.linked or account.own or account.id in trails.named)
            and (start := since.get((account.id, region)))
            and (window := Window(start, until))
        ]
        answers = trails.accounts.answers(self._ask, jobs)
        found = tuple(c for answer in answers if isinstance(answer, Changed) for c in answer.changes)
        ends = [a.ended_by if isinstance(a, Changed) and a.ended_by else a for a in answers]
        return Found(found, failures_of(jobs, ends), len(jobs), time.monotonic() - began)

    def before(self, change: Change) -> tuple[Change, ...]:
        """By the account's read role."""
        trails = self._set
        account = next(a for a in self._ask.scope.accounts if a.id == change.account_id)
        target, window = Target(account, change.region), Window(change.at - KEPT, change.at)
        looking = partial(trails.lookup.changes, self._ask, target, window, change.event)
        found = trails.accounts.one(self._ask, Job(account, change.region, looking))
        if found.ended_by:
            raise found.ended_by
        return tuple(earlier for earlier in found.changes if earlier.id != change.id)

    def record(self, place: Place, event_id: str, at: datetime) -> Record:
        """From the account's own CloudTrail, which is quick; else from its log file."""
        trails = self._set
        account = next(a for a in self._ask.scope.accounts if a.id == place[0])
        target, around = Target(account, place[1]), Window(at - MINUTE, at + MINUTE)
        looking = partial(trails.lookup.record, self._ask, target, event_id, around)
        try:
            found = trails.accounts.one(self._ask, Job(account, place[1], looking))
        except SourceError:
            found = None  # an account that left, or a right that lacks: the log file has it all the same
        return found or self._record_of_file(place, event_id, at)

    def stop(self, run: str) -> None:
        """Whoever waits for it is told that it was cancelled."""
        trails = self._set
        target = trails.target()
        trails.fanout.one(self._ask, Job(target.account, target.region, partial(trails.athena.stop, target, run)))

    @property
    def _set(self) -> Trails:
        if self._trails is None:
            raise BotError("No trail is set up here.", "Whoever runs this bot sets trail.table (docs/trail.md).")
        return self._trails

    def _lookups(self, found: Ground, wanted: Wanted) -> Iterator[Job[Ran | Seen]]:
        """One for each place whose files may not have all of the window yet."""
        trails = self._set
        accounts = {account.id: account for account in self._ask.scope.accounts}
        for place in found.places:
            account, at = accounts[place[0]], (found.newest or {}).get(place)
            needed = at - LATE - trails.settings.reuse if at else self._ask.now - SILENT
            start = min(needed, self._ask.now - STRAGGLING) if wanted.event else needed
            part = until_now(start, found.window)
            if part and (account.linked or account.own or account.id in trails.named):
                seen = partial(trails.lookup.seen, self._ask, Target(account, place[1]), wanted, part, needed)
                yield Job(account, place[1], seen)

    def _record_of_file(self, place: Place, event_id: str, at: datetime) -> Record:
        """Raises Missing."""
        trails = self._set
        account = next(a for a in self._ask.scope.accounts if a.id == place[0])
        alone = replace(self._ask, scope=Scope((account,), (place[1],)))
        found = ground(trails, alone, Window(at, at + timedelta(seconds=1)))
        query, columns = record_query(event_id, found.facts.table.columns)
        ran = run(trails, self._ask, found, query)
        for row in ran.result.rows:
            if one := call_of(row):
                return Record(one, body_of(row, columns))
        raise Missing("that event is not found", "Ask for it anew with /ml who.")

    def _scan(self, found: Ground, ran: Ran, more: Sequence[Remark] = ()) -> Scan:
        scanned = 0 if ran.reused else ran.result.scanned_bytes
        left_out = tuple(path.rsplit("/", 1)[-1] for path in ran.without)
        damaged = [Remark(f"{plural(len(left_out), 'damaged log file')} left out: {listing(left_out)}.")]
        newest = found.newest or {}
        return Scan(
            window=found.window,
            scanned_bytes=scanned,
            usd=usd(scanned, self._set.settings.usd_per_tb, reused=ran.reused),
            reused=ran.reused,
            newest={place: at for place, at in newest.items() if at},
            silent=tuple(place for place, at in newest.items() if at is None),
            remarks=(*found.remarks, *(damaged if left_out else []), *more),
        )


def _error(answer: object) -> Exception:
    return answer if isinstance(answer, Exception) else TypeError("a run gives rows")


def _cut(jobs: Sequence[Job[Any]], answers: Sequence[Any]) -> list[Remark]:
    """Places with more than is looked up."""
    pairs = zip(jobs, answers, strict=True)
    cut = tuple(f"{j.account.label} in {j.region}" for j, a in pairs if isinstance(a, Seen) and not a.whole)
    return [Remark(f"More is new than is looked up: {listing(cut)}. The log files will have it.")] if cut else []
