"""Whether the trail can be asked: table, columns, accounts, how fresh each is, Athena itself, each account's own."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Final

from bot.aws.errors import where
from bot.aws.fanout import Job, failures_of
from bot.aws.hub import Target
from bot.aws.trail_ground import Ground, Trails, freshened, ground
from bot.aws.trail_lookup import Seen
from bot.aws.trail_runs import run
from bot.errors import BotError, SourceError
from bot.logic.words import duration, plural, size
from bot.model.account import Account
from bot.model.checkup import Check
from bot.model.observation import Window
from bot.model.trail import TrailQuery, Wanted
from bot.ports.ask import Ask

TRAIL: Final = "trail"
HOUR: Final = timedelta(hours=1)
LATE: Final = timedelta(hours=1)
"""Delivery takes some minutes, Control Tower's replication a quarter of an hour: beyond it something is wrong."""
TRIED: Final = TrailQuery("SELECT count(*) AS calls FROM events ORDER BY 1", (), 1)
LOOKED_UP: Final = Wanted("CreateEndpoint")


class TrailHealth:
    """Nothing where no trail is set up."""

    def __init__(self, trails: Trails | None) -> None:
        self._trails = trails

    def checks(self, ask: Ask) -> Iterator[Check]:
        """Trouble is a line; one that keeps the others from being looked at stands alone."""
        if self._trails is None:
            return
        trails = self._trails
        trails.tables.forget()
        window = Window(ask.now - HOUR, ask.now)
        try:
            found = ground(trails, ask, window)
        except BotError as error:
            yield _bad(trails.settings.name, error)
            return
        yield from self._table(trails, found)
        yield from self._fresh(trails, ask, found)
        yield self._asked(trails, ask, found)
        yield from self._looked_up(trails, ask, found)

    def _table(self, trails: Trails, found: Ground) -> Iterator[Check]:
        name = trails.settings.name
        yield from (Check(TRAIL, name, "warn", r.said.rstrip("."), r.line) for r in found.remarks)
        layout = found.facts.layout
        if layout is None:
            step = "Compare it with what `python -m bot trail-table` prints."
            yield Check(TRAIL, name, "unknown", "its storage.location.template follows no known layout", step)
        elif not found.remarks:
            yield Check(TRAIL, name, "good", f"{layout.kind}, under s3://{layout.bucket}/{layout.root}")

    def _fresh(self, trails: Trails, ask: Ask, found: Ground) -> Iterator[Check]:
        labels = {account.id: where(account) for account in ask.scope.accounts}
        try:
            newest = freshened(trails, ask, found).newest or {}
        except SourceError as error:
            yield _bad("log files", error)
            return
        for (account, region), at in newest.items():
            subject = f"{labels[account]} in {region}"
            if at is None:
                step = "See that its trail, or the organisation's, is on and delivers to this bucket."
                yield Check(TRAIL, subject, "bad", "no log file was delivered within two days", step)
            elif ask.now - at > LATE:
                said = f"the newest log file is {duration(ask.now - at)} old"
                yield Check(TRAIL, subject, "warn", said, "See whether delivery or replication is late.")
            else:
                yield Check(TRAIL, subject, "good", "log files are fresh")

    def _asked(self, trails: Trails, ask: Ask, found: Ground) -> Check:
        try:
            ran = run(trails, ask, found, TRIED)
        except BotError as error:
            return _bad("Athena", error)
        damaged = f"; {plural(len(ran.without), 'damaged log file')} left out" if ran.without else ""
        said = f"a question was answered ({size(ran.result.scanned_bytes)} read){damaged}"
        return Check(TRAIL, "Athena", "warn" if ran.without else "good", said)

    def _looked_up(self, trails: Trails, ask: Ask, found: Ground) -> Iterator[Check]:
        """Whether what no log file has yet can be looked up, in each account once."""
        recent = Window(ask.now - HOUR / 12, ask.now)
        first = dict(reversed(found.places))
        asked = [a for a in ask.scope.accounts if a.id in first and _has_role(a, trails)]
        jobs = [Job(a, first[a.id], partial(_recent, trails, ask, Target(a, first[a.id]), recent)) for a in asked]
        answers = trails.accounts.answers(ask, jobs)
        failures = {f.account.id: f.error for f in failures_of(jobs, answers)}
        for account in asked:
            error = failures.get(account.id)
            if error:
                said = f"what is new cannot be looked up: {error.cause}"
                yield Check(TRAIL, where(account), "warn", said, error.next_step)
            else:
                yield Check(TRAIL, where(account), "good", "what no log file has yet can be looked up")


def _recent(trails: Trails, ask: Ask, target: Target, window: Window) -> Seen:
    return trails.lookup.seen(ask, target, LOOKED_UP, window)


def _has_role(account: Account, trails: Trails) -> bool:
    return account.linked or account.own or account.id in trails.named


def _bad(subject: str, error: BotError) -> Check:
    return Check(TRAIL, subject, "bad", error.cause, error.next_step)
