"""A trail of which every word was chosen by somebody who means harm."""

from collections.abc import Collection, Mapping
from datetime import datetime

from bot.model.account import Account
from bot.model.news import Change
from bot.model.observation import Window
from bot.model.trail import Actor, Call, Estimate, KnownBy, Place, Record, Remark, Rows, Scan, TrailQuery, Wanted
from bot.ports import Calls, Failure, Found
from sandbox.fakes import at
from sandbox.fakes_hostile import Words

COLUMNS = ("eventtime", "actor", "known_by", "account", "times")


class HostileTrail:
    """`Trail`."""

    def __init__(self, words: Words, accounts: tuple[Account, ...], failures: tuple[Failure, ...]) -> None:
        self._words = words
        self._accounts = accounts
        self._failures = failures

    def events(self) -> Collection[str]:
        """Names that are nobody's."""
        return (self._words() or "x", "CreateEndpoint")

    def recorded_in(self, event: str) -> str:
        """Anywhere."""
        del event
        return ""

    def estimate(self, window: Window, reads: int = 1) -> Estimate:
        """Little."""
        del window, reads
        return Estimate(2**20, 0.0001)

    def ask(self, query: TrailQuery, window: Window) -> Rows:
        """Anything in every column."""
        words = self._words
        rows = tuple(self._row() for _ in range(words.any.choice((0, 1, 5))))
        return Rows(COLUMNS, rows[: query.limit], words.any.random() < 0.3, self._scan(window))

    def _row(self) -> tuple[str, ...]:
        """How the actor is known is the view's own word."""
        words = self._words
        return (words(), words(), words.any.choice(list(KnownBy)).value, words(), words())

    def calls(self, wanted: Wanted, window: Window) -> Calls:
        """Of anybody, by anything."""
        found = tuple(self._call() for _ in range(self._words.any.choice((0, 1, 5))))
        return Calls(found[: wanted.limit], False, self._scan(window), self._failures)

    def changes(self, since: Mapping[tuple[str, str], datetime], until: datetime) -> Found[Change]:
        """None."""
        del since, until
        return Found(())

    def before(self, change: Change) -> tuple[Change, ...]:
        """None."""
        del change
        return ()

    def record(self, place: Place, event_id: str, when: datetime) -> Record:
        """Whatever its sender wrote."""
        del place, event_id, when
        words = self._words
        return Record(self._call(), {words() or "k": words(), "requestParameters": {words() or "k": words()}})

    def stop(self, run: str) -> None:
        """It is."""

    def _call(self) -> Call:
        words, pick = self._words, self._words.any.choice
        account = pick([*self._accounts, None])
        place = account.id if account else words()
        actor = Actor(words() or "x", pick(list(KnownBy)), words(), words())
        result = pick(("done", "denied", "failed"))
        return Call(words(), at(30), words() or "x", words(), place, words(), actor, words(), result, words())

    def _scan(self, window: Window) -> Scan:
        return Scan(window, 2**20, 0.0001, remarks=(Remark(self._words() or "x", self._words()),))
