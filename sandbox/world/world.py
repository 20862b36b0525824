"""The demo's world: built from a seed, moved by verbs, told again from its journal."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Final, Self

from sandbox.aws import AwsSandbox, ExecutionRecord
from sandbox.clock import WorldClock
from sandbox.world import build, fleet, story, traffic
from sandbox.world.runs import HISTORY, Runs
from sandbox.world.story import Deed

SETTLED: Final = timedelta(minutes=20)
"""After a full hour by which every run of it is over, so that whoever wakes finds them all at once."""


class World:
    """Accounts, models, monitors and their history. Safe for threads; one verb at a time.

    `started_at` is the clock's time unless given; `history` is how far back the schedules have runs (tests take less).
    """

    def __init__(
        self,
        aws: AwsSandbox,
        clock: WorldClock,
        seed: int = 7,
        started_at: datetime | None = None,
        *,
        history: timedelta = HISTORY,
    ) -> None:
        self._aws = aws
        self._clock = clock
        self._lock = RLock()
        self.seed = seed
        self.started_at = started_at or clock.now()
        self._deeds: tuple[Deed, ...] = (story.beginning(self.started_at),)
        self._runs = Runs(aws, seed, self.started_at, history, self._level)
        self._credentials: dict[str, str | None] | None = None

    @classmethod
    def replay(
        cls,
        aws: AwsSandbox,
        clock: WorldClock,
        *,
        seed: int,
        started_at: datetime,
        journal: Sequence[dict[str, str]],
        history: timedelta = HISTORY,
    ) -> Self:
        """A world rebuilt on a fresh sandbox: same names, same executions; the clock ends where the journal did."""
        world = cls(aws, clock, seed, started_at, history=history)
        world._lay_out()
        for entry in journal:
            at = datetime.fromisoformat(entry["at"])
            world._deeds += (Deed(story.verb_of(entry["verb"]), story.account_of(entry["account"]), at),)
            clock.advance_to(_next_hour(at) + SETTLED)
        world.tick()
        return world

    def build(self) -> None:
        """Make every account's resources and two weeks of history, up to the clock's time."""
        self._lay_out()
        self.tick()

    @property
    def journal(self) -> list[dict[str, str]]:
        """What was done since the start, oldest first: verb, account, and the world's time (ISO)."""
        return [{"verb": d.verb, "account": d.account, "at": d.at.isoformat()} for d in self._deeds[1:]]

    def do(self, verb: str, account: str | None = None) -> dict[str, Any]:
        """Do a verb and let the next full hour pass; says what happened.

        `next_hour` lets time pass, `drift` first makes an account's customers change by one more level, `recover`
        first brings the old ones back; `account` is an id or label, production unless given. The hour's runs are
        recorded before the clock moves, so whoever sleeps until then finds them. Raises ValueError for an unknown
        verb or account.
        """
        with self._lock:
            known, chosen = story.verb_of(verb), story.account_of(account)
            at = self._clock.now()
            self._deeds += (Deed(known, chosen, at),)
            settled = _next_hour(at) + SETTLED
            runs = self._runs.up_to(settled)
            self._clock.advance_to(settled)
            return self._told(known, chosen, settled, runs)

    def tick(self) -> int:
        """Make the runs that have become due by the clock; returns how many. Called any number of times, runs once."""
        with self._lock:
            return len(self._runs.up_to(self._clock.now()))

    def reach_back(self, history: timedelta) -> int:
        """Tell more of the past: what ran that long before the start; returns how many runs that were not told yet."""
        with self._lock:
            self._runs.reach_back(history)
            return self.tick()

    def now(self) -> datetime:
        """The world's time."""
        return self._clock.now()

    def state(self) -> list[dict[str, str]]:
        """The accounts with their administrators' keys, for the control API."""
        return [
            {
                "id": account.id,
                "label": account.label,
                "access_key_id": account.access_key_id,
                "secret_access_key": account.secret_access_key,
            }
            for account in self._aws.accounts.values()
        ]

    def bot_credentials(self) -> dict[str, str | None]:
        """`access_key_id`, `secret_access_key` and `session_token` (None: a user's keys, they never expire)."""
        if self._credentials is None:
            raise ValueError("the world is not built yet")
        return self._credentials

    def _lay_out(self) -> None:
        """Everything but time."""
        self._credentials = build.lay_out(self._aws, self.seed, self.started_at)

    def _level(self, account_id: str, at: datetime) -> int:
        """The drift level in an account, as the journal tells it."""
        return story.level(self._deeds, account_id, at)

    def _told(self, verb: story.Verb, account: str, now: datetime, runs: Sequence[ExecutionRecord]) -> dict[str, Any]:
        """What a verb did, for the control strip."""
        level, label = self._level(account, now), fleet.LABELS[account]
        said = {
            "next_hour": "Time passed",
            "drift": f"Customers of {label} changed (level {level} of {traffic.LEVELS - 1})",
            "recover": f"Customers of {label} are as they were",
        }
        broken = sum(1 for run in runs if run.status == "CompletedWithViolations")
        return {
            "verb": verb,
            "account": account,
            "level": level,
            "now": now.isoformat(),
            "runs": len(runs),
            "violated": broken,
            "said": f"{said[verb]}: it is {now:%H:%M} UTC, {len(runs)} monitors ran, {broken} found violations.",
        }


def _next_hour(at: datetime) -> datetime:
    """The first full hour after a moment."""
    return story.full_hour(at) + timedelta(hours=1)
