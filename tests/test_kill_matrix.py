"""Processes killed at every pair of moments: no card lost, none doubled, no confirmed click lost.

`KILLS=all` kills at every point and every pair with every before and after, 300 times on each database; the default
takes each pair once, its befores and afters mixed, half of them on each database.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.model.incident import Click, Incident
from bot.model.observation import Observation
from bot.model.place import Family, Place
from bot.store.engine import connect
from sandbox.driver import Declined, text_of
from sandbox.lanes import Lane, until
from sandbox.mortal import ACCOUNT, POINTS, REGION

LANES = 4
"""Databases, each with its own workspace, that are tried at once: most of the time one waits."""
Moment = tuple[str, str]


def deaths(half: int) -> list[tuple[Moment, ...]]:
    """Half of the ordered pairs of points, each point first and second; or every point and pair in all ways."""
    whens = list(product(("before", "after"), repeat=2))
    every = list(product(POINTS, POINTS))
    if os.environ.get("KILLS") != "all":
        taken = [(n, pair) for n, pair in enumerate(every) if (n // len(POINTS) + n) % 2 == half]
        return [((a, whens[n % 4][0]), (b, whens[n % 4][1])) for n, (a, b) in taken]
    alone: list[tuple[Moment, ...]] = [((point, when),) for point in POINTS for when in ("before", "after")]
    return [*alone, *(((a, x), (b, y)) for a, b in every for x, y in whens)]


class Story:
    """One service's incident, from its first run through its deaths to the end."""

    def __init__(self, lane: Lane, service: str) -> None:
        self.lane = lane
        self.service = service
        self.channel = f"C{service.upper()}"
        self.ran: list[str] = []
        self.next_at = lane.clock.now()
        self.pressed = self.confirmed = 0

    def go(self, moments: Sequence[Moment]) -> None:
        """Die so often, then go on to the end and look at everything."""
        for point, when in moments:
            self._die(point, when)
        self.lane.respawn()
        self.run()
        if not self.confirmed:
            until(self._press, f"{self.service}: a press is confirmed")
        until(self.settled, f"{self.service}: everything is recorded and shown")
        self._look()

    def _die(self, point: str, when: str) -> None:
        lane = self.lane
        before = lane.kills()
        lane.respawn()
        if point == "click":
            self.run()
            until(self._card, f"{self.service}: a card to press on")
        lane.fate.order(point, when)
        if point != "click":
            self.run()

        def died() -> bool:
            if point == "click" and lane.kills() == before:
                self._press()
            return lane.kills() > before

        until(died, f"{self.service}: death {when} {point}; the journal: {lane.fate.told()[-4:]}")

    def run(self) -> None:
        """The monitor finds violations once more."""
        # A run is known by its second, of the product's clock.
        at = until(lambda: (now := self.lane.clock.now()) >= self.next_at and now, "the next second")
        self.next_at = at + timedelta(seconds=1)
        self.ran.append(self.lane.runs.add(self.service, at))

    def _press(self) -> bool:
        """One press on Acknowledge, or the same typed where the card has no such button; whether it was confirmed."""
        card, incident = self._card(), self._incident()
        if card is None or incident is None:
            return False
        self.pressed += 1
        try:
            if '"Acknowledge"' in json.dumps(card["blocks"]):
                done = self.lane.drive.press("maya", card, "Acknowledge", channel=self.channel)
            else:
                done = self.lane.drive.say("maya", f"/ml ack {incident.number}", channel=self.channel)
        except Declined:
            return False
        self.confirmed += bool(done["ok"])
        return bool(done["ok"])

    def cards(self) -> list[dict[str, Any]]:
        """The messages in its channel, replies left out."""
        found = [m.body for m in self.lane.slack.workspace.history(self.channel) if m.only_for is None]
        return [m for m in found if m.get("thread_ts", m["ts"]) == m["ts"]]

    def _card(self) -> dict[str, Any] | None:
        return next(iter(self.cards()), None)

    def _incident(self) -> Incident | None:
        place = Place(ACCOUNT.id, REGION, self.service, Family.MODEL_QUALITY)
        return self.lane.store.at(place, self.lane.clock.now())

    def settled(self) -> bool:
        """Whether every run is recorded and nothing waits to be shown."""
        incident = self._incident()
        recorded = {e.id for e in incident.log} if incident else set()
        return set(self.ran) <= recorded and not self.lane.outbox.rows(self.channel)

    def _look(self) -> None:
        incident = self._incident()
        assert incident is not None
        seen = Counter(e.id for e in incident.log if isinstance(e, Observation))
        assert seen == Counter(self.ran), "each run is recorded once"
        clicks = [e for e in incident.log if isinstance(e, Click)]
        assert self.confirmed <= len(clicks) <= self.pressed, "no confirmed click is lost, none counts twice"
        assert incident.state.owner_id == "U0MAYA"
        (card,) = self.cards()
        assert card["metadata"]["event_payload"]["card"] == f"{incident.number}:1"
        shown = text_of(card)
        assert "Acknowledged" in shown
        assert f"\n{len(self.ran)}\n" in shown, "the card counts every run"
        rows = [m.body["metadata"]["event_payload"]["row"] for m in self._replies()]
        assert len(rows) == len(set(rows)), "nothing is said twice in the thread"
        assert any("acknowledged by" in text_of(m.body).lower() for m in self._replies())
        parked = [row for row, _ in self.lane.outbox.parked() if row.out.channel == self.channel]
        assert parked == []

    def _replies(self) -> list[Any]:
        return [m for m in self.lane.slack.workspace.history(self.channel) if m.only_for is None and m.is_reply]


def tried(lane: Lane, stories: Sequence[Sequence[Moment]]) -> int:
    """A lane's stories one after the other; how often something died."""
    try:
        for service, moments in zip(lane.services, stories, strict=True):
            Story(lane, service).go(moments)
        return lane.kills()
    finally:
        lane.stop()


@pytest.fixture
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[str]]:
    """A fresh database for each lane."""
    if request.param == "sqlite":
        yield [f"sqlite:///{tmp_path / f'lane{n}.db'}" for n in range(LANES)]
        return
    server: str = request.getfixturevalue("postgres")
    admin = connect(server, statement_timeout_s=60)
    names = [f"kills{n}" for n in range(LANES)]
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        for name in names:
            conn.execute(text(f"CREATE DATABASE {name}"))
    yield [server.replace("/postgres?", f"/{name}?") for name in names]
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        for name in names:
            conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


KINDS_IN_ORDER = [("run",), ("serve", "work1", "work2")]
KINDS = pytest.mark.parametrize(
    ("databases", "kinds", "lease_s"),
    [("sqlite", ("run",), 60.0), ("postgresql", ("serve", "work1", "work2"), 4.0)],
    indirect=["databases"],
    ids=["sqlite, one process", "postgresql, one that serves and two that work"],
)


@KINDS
def test_no_death_loses_or_doubles(
    databases: list[str], kinds: tuple[str, ...], lease_s: float, tmp_path: Path
) -> None:
    """Whatever the pair: one card, each run once, each thread line once, the confirmed click kept."""
    every = deaths(half=KINDS_IN_ORDER.index(kinds))
    shares = [every[n::LANES] for n in range(LANES)]
    lanes = [
        Lane(f"lane{n}", tmp_path / f"lane{n}", url, [f"s{n}x{k:03d}" for k in range(len(shares[n]))], kinds, lease_s)
        for n, url in enumerate(databases)
    ]
    with ThreadPoolExecutor(LANES) as pool:
        kills = list(pool.map(tried, lanes, shares))
    assert sum(kills) == sum(map(len, every))


@KINDS
def test_a_hundred_lost_replies_double_nothing(
    databases: list[str], kinds: tuple[str, ...], lease_s: float, tmp_path: Path
) -> None:
    """A hundred cards whose first post is shown by Slack and not confirmed: each is found and stands there once."""
    services = [f"r{n:03d}" for n in range(100)]
    lane = Lane("lost", tmp_path / "lost", databases[0], services, kinds, lease_s)
    try:
        lane.drive.post("/_sandbox/fault", slack="lose_reply", times=100)
        stories = [Story(lane, service) for service in services]
        lane.respawn()
        for story in stories:
            story.run()
        for story in stories:
            until(story.settled, f"{story.service} is shown")
        assert lane.slack.faults.state()["left"] == {}
        assert [len(story.cards()) for story in stories] == [1] * 100
    finally:
        lane.stop()
