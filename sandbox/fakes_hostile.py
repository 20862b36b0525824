"""A fleet whose owners mean harm: every name in it is hostile, for tests of what is shown and how."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random
from threading import Event
from typing import Literal

from bot.errors import SourceError
from bot.model.account import Account
from bot.model.checkup import Check
from bot.model.incident import Act, Click, Entry, Incident, Queued
from bot.model.monitor import Violation
from bot.model.observation import DELETED, NO_DATA, UNREAD, Finding, Observation, Reading, Row, Subject, Verdict, Window
from bot.model.person import Person
from bot.model.place import About, Family, Place, Service, ServiceRule, Severity
from bot.model.post import CardKey
from bot.model.route import Match, Quiet, Route, RouteBook, RouteRule
from bot.ports import Change, Failure, Found
from sandbox.fakes import FakeIncidents, Fold, at
from sandbox.fakes_storms import FakeStorms

NOW = at(40)
"""After the whole story of an incident."""
OWNER, NAMED = "U0OWNER", "U0NAMED"
"""The people that may be mentioned: of one nobody knows the name, the other's name is hostile."""
SNIPPETS = (
    *("<!channel>", "<!here|x>", "<@U123>", "<@U0OWNER>", "<#C123|general>", "<!subteam^S123>", "<!date^1^{date}|x>"),
    *("<https://evil.example|ok>", "<mailto:a@evil.example>", "<tel:1>", "https://evil.example", "javascript:alert(1)"),
    *("&lt;!here&gt;", "&amp;lt;!here&amp;gt;", "&#60;!here&#62;", "&", "<", ">", "|", "\uff1c!here\uff1e"),
    *("`", "```", "*bold*", "_it_", "~no~", "> quote", "- item", "# head", "[a](https://evil.example)", "{service}"),
    *("@here", "@channel", "#general", ":fire:", "=1+1", "-2", "@SUM(A1)", "+3", "\uff1d1", "%s", "{0.__class__}"),
    *("\n", "\r\n", "\r", "\t", "\x00", "\x1b[31m", "\x85", "\u2028", "\u200b", "\u00a0", "\ud800", "\udfff"),
    *("\u202e", "\u2066", "\u200f", "e\u0301\u0489", "\U0001f469\u200d\U0001f4bb", "\U000e0041", "\ufeff", "\uffff"),
    *("", " ", "x", "accuracy", "bank-marketing", "s3://bucket/key", '"', "'", "\\", "account=all", "\u4e2d\u6587"),
)

CHECKS = ("LessThanThreshold", "GreaterThanThreshold", "completeness_check", "missing_column_check", "bias_drift_check")


class Words:
    """Hands out hostile strings and counts them."""

    def __init__(self, seed: int, arbitrary: Sequence[str] = ("",)) -> None:
        # Of both: generated integers come again and again.
        self.any = Random(repr((seed, arbitrary)))
        self.given = 0
        self._arbitrary = arbitrary

    def __call__(self) -> str:
        """Mostly short: a few snippets or arbitrary texts joined; three in a hundred are long, some very."""
        self.given += 1
        pools = self.any.choices((SNIPPETS, self._arbitrary), (3, 1), k=self.any.choice((1, 1, 2, 4)))
        text = "".join(self.any.choice(pool) for pool in pools)
        return text * self.any.choice((9, 60, 900)) if self.any.random() < 0.03 else text

    def many(self, count: int) -> tuple[str, ...]:
        """So many."""
        return tuple(self() for _ in range(count))

    def unless(self, known: str) -> str:
        """That, or as often a hostile one."""
        return known if self.any.random() < 0.5 else self()

    def check(self) -> str:
        """One of Model Monitor's, or as often a hostile one."""
        return self.unless(self.any.choice(CHECKS))

    def person(self) -> str:
        """Somebody known, or an id that is none."""
        chosen = self.any.choice((OWNER, NAMED, ""))
        return chosen or f"{self()}!"


def incident(words: Words, fold: Fold, accounts: Sequence[Account], *, rows: int) -> Incident:
    """An incident of hostile names at some point of a long story, as of NOW."""
    account = words.any.choice(accounts)
    place = Place(account.id, words(), words(), words.any.choice(list(Family)))
    entries = _story(words, tuple(Row(words(), words.check()) for _ in range(rows)))
    log = entries[: words.any.randint(1, len(entries))]
    by: Literal["tag", "rule", "name"] = words.any.choice(("tag", "rule", "name"))
    # An https address of the owners becomes a link, which is meant; whatever else they write does not.
    about = About(words(), words.any.choice([*Severity]), f"see {words()}", f"by {words()}")
    return Incident(12, place, Service(place.service, by, about), log, Queued(), fold(log, NOW))


def _story(words: Words, rows: tuple[Row, ...]) -> tuple[Entry, ...]:
    """Broken, taken, worse, taken by another, resolved, back, re-opened, good, broken anew."""
    some, unread = rows[: len(rows) // 2], (UNREAD,) if words.any.random() < 0.2 else ()
    subjects = [Subject(f"arn:{n}", words(), words()) for n in range(2)]
    detail = words.any.choice(("", "s3://")) + words()

    def run(hour: float, seen: float | None, told_of: Sequence[Row], verdict: Verdict = Verdict.BAD) -> Observation:
        readings = (Reading(seen, 0.5, 0.001, 1_000), Reading())
        findings = tuple(Finding(r, verdict, readings[i % 2], words()) for i, r in enumerate(told_of))
        by, window = words.any.choice(subjects), Window(at(hour - 1), at(hour - 0.5))
        return Observation(f"run{hour}", by, at(hour), findings, complete=True, window=window, detail=detail)

    def mute(hour: float, row: Row, verdict: Verdict) -> Observation:
        return replace(run(hour, None, (row,), verdict), complete=False)

    def act(hour: float, what: Act, until: float | None = None) -> Click:
        end = None if until is None else at(until)
        return Click(f"act{hour}", what, at(hour), words.person(), some, end, words())

    return (
        run(1, 0.4, (*rows, *unread)),
        act(1.1, Act.ACKNOWLEDGE, words.any.choice((3, 90))),
        run(2, None, rows),
        replace(act(2.1, Act.ACKNOWLEDGE, 91), rows=rows[len(some) :]),
        *(run(hour, 0.3, rows) for hour in (3, 4, 5)),
        mute(5.2, NO_DATA, Verdict.BLIND),
        act(5.3, Act.NOTE),
        act(5.4, Act.SNOOZE, words.any.choice((5.5, 90))),
        replace(act(5.6, Act.ASSIGN, 90), to=words.person()),
        *(run(hour, 0.01, rows) for hour in (6, 7)),
        act(7.1, Act.RESOLVE),
        run(8.5, 0.2, rows),
        act(8.6, Act.RESOLVE),
        act(8.7, Act.REOPEN),
        mute(8.8, DELETED, Verdict.GONE),
        *(run(hour, 0.9, rows, Verdict.GOOD) for hour in (9, 10, 11)),
        run(39, float("nan"), rows[:3]),
    )


def gathered(store: FakeIncidents) -> FakeStorms:
    """Storm 1 stands for all that the store has; drawn once, as of NOW."""
    storms, every = FakeStorms(store.outbox), store.list(NOW, resolved_since=at(0))
    keys = [CardKey(i.number, max(1, i.state.episode)) for i in every]
    storms.gather("ml-alerts", keys, NOW, started_at=at(1))
    if every:
        storms.draw(1, {i.number: i.revision for i in every})
    return storms


def fleet(words: Words, count: int = 3) -> tuple[Account, ...]:
    """Accounts whose owners mean harm; ids differ."""
    return tuple(
        Account(f"{n}{words()}", words(), words.many(2), words.many(2), linked=words.any.random() < 0.9)
        for n in range(count)
    )


def kept(fold: Fold, *incidents: Incident) -> FakeIncidents:
    """A store with these, numbered from 1."""
    store = FakeIncidents(fold)
    for one in {i.place: i for i in incidents}.values():

        def step(locked: tuple[Incident, ...], one: Incident = one) -> list[Change]:
            return [Change(locked[0].number, one.service, one.log, Queued())]

        store.change([one.place], step, now=NOW)
    return store


class HostileFleet:
    """The fleet's ports, a clock and people. All is made once: an answer must not change between two looks."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self.linked = fleet(words)
        self._failures = tuple(
            Failure(a, f"r{n}", SourceError(words(), words()))
            for n, a in enumerate(words.any.choices(self.linked, k=words.any.choice((0, 1, 7))))
        )
        self._violations = tuple(self._violation() for _ in range(words.any.choice((0, 1, 2, 60))))
        self._checks = tuple(
            Check(words(), words(), words.any.choice(("good", "warn", "bad", "unknown")), words(), words())
            for _ in range(words.any.choice((0, 1, 30)))
        )
        self._known = words.many(12)
        self._person = Person(OWNER, "T1", words())
        self._route = Route("ml-alerts", timedelta(hours=words.any.choice((24, 31))))

    def _violation(self) -> Violation:
        words = self._words
        row = Row(words(), words.check())
        reading = Reading(words.any.choice((None, 0.1, float("inf"), 1e308)), words.any.choice((None, 0.5)))
        account = words.any.choice(self.linked)
        return Violation(
            account,
            account.regions[0],
            Service(words()),
            words.any.choice(list(Family)),
            "",
            Finding(row, Verdict.BAD, reading, words()),
            words.any.choice((None, Window(at(1), at(2)))),
            at(1),
            at(2),
            words.any.randint(1, 9),
            words.any.choice((Verdict.BAD, Verdict.GOOD)),
        )

    def now(self) -> datetime:
        """After the whole story."""
        return NOW

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Never sleeps."""

    def person(self, user_id: str, team_id: str) -> Person:
        """Whoever asks is the same."""
        del user_id, team_id
        return self._person

    def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """None."""
        del group, fresh
        return frozenset()

    def named(self, name: str) -> tuple[Person, ...]:
        """The same."""
        del name
        return (self._person,)

    def by_email(self, address: str) -> Person | None:
        """The same."""
        del address
        return self._person

    def is_external(self, channel_id: str) -> bool:
        """None is."""
        del channel_id
        return False

    def accounts(self) -> tuple[Account, ...]:
        """As the inventory remembers them."""
        return self.linked

    def names(self) -> tuple[str, ...]:
        """The same."""
        return self._known

    def reachable(self) -> Found[Account]:
        """All; some of them fail."""
        return Found(self.linked, self._failures, len(self.linked), 1.5)

    def violations(self, service: str | None, since: timedelta) -> Found[Violation]:
        """All, or those of a service."""
        del since
        items = tuple(v for v in self._violations if service in {None, v.service.name})
        return Found(items, self._failures, 9, 1.5)

    def checks(self) -> tuple[Check, ...]:
        """What a look at the installation found."""
        return self._checks

    def route(self, place: Place, about: About) -> Route:
        """At times with an end that no menu has."""
        del place, about
        return self._route

    def all(self) -> tuple[Route, ...]:
        """The only one."""
        return (self._route,)

    def problem(self) -> str:
        """None."""
        return ""

    def book(self) -> RouteBook:
        """Whatever a file may say, beside the route that holds."""
        words = self._words
        match = Match((words(),), (words(),), (words(),), tuple(Family), None, (words(),))
        quiet, digest = Quiet(time(22), time(7), "Europe/London"), words.any.choice((None, time(9)))
        routes = (
            RouteRule(match, Route(words(), name=words(), group=words(), quiet=quiet, digest_at=digest), 3),
            RouteRule(Match(), self._route),
        )
        # A file whose pattern is none, or whose name refers to a group that there is not, is not in force.
        rule = ServiceRule(re.escape(words()), words().replace("\\", "/"))
        return RouteBook(routes, (rule,), words(), NOW, words())
