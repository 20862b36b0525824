"""Two people, two processes, one acknowledgement: a thousand times."""

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from bot.logic.lifecycle import fold
from bot.model.incident import Incident, Queued
from bot.model.observation import Observation
from bot.model.place import Family, Place
from bot.ports import Change
from bot.store.incidents import SqlIncidents
from sandbox.fakes import finding, subject

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
RACES = 1_000
CHILD = """
import json, sys
from datetime import datetime, timedelta
from bot.incidents import click
from bot.logic.lifecycle import fold
from bot.model.incident import Act
from bot.model.route import Route
from bot.store.engine import connect
from bot.store.incidents import SqlIncidents

url, person, now = sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3])
store = SqlIncidents(connect(url, statement_timeout_s=20), fold)
route = Route("ml-alerts", acknowledge_for=timedelta(days=1))
for line in sys.stdin:
    number = int(line)
    did = click(store, number, Act.ACKNOWLEDGE, click_id=f"click:{person}:{number}", person_id=person, now=now,
                routing=lambda *_: route)
    print(json.dumps([did.said, did.owner_id]), flush=True)
"""


def racer(url: str, person: str) -> "subprocess.Popen[str]":
    """A process that acknowledges the incidents whose numbers it is told, as that person."""
    command = [sys.executable, "-c", CHILD, url, person, (NOW + timedelta(minutes=1)).isoformat()]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def bad_run(place: Place) -> Observation:
    """What begins the incident of a place."""
    seen = (finding("accuracy", 0.5),)
    return Observation(f"run:{place.service}", subject(place.service), NOW, seen, complete=True)


def test_two_processes_find_one_owner_each_time(engine: Engine, database_url: str) -> None:
    """One has it and the other is told whose it is; the log holds one click. Neither is always the quicker one."""
    store = SqlIncidents(engine, fold)
    places = [Place("222222222222", "us-west-2", f"s{n:04d}", Family.MODEL_QUALITY) for n in range(RACES)]

    def begins(locked: tuple[Incident, ...]) -> list[Change]:
        return [Change(i.number, i.service, (bad_run(i.place),), Queued()) for i in locked]

    store.change(places, begins, now=NOW)
    racers = [racer(database_url, person) for person in ("U1", "U2")]
    won: Counter[str] = Counter()
    for number in range(1, RACES + 1):
        said = sorted(answers(racers, number))
        assert [how for how, _ in said] == ["done", "owned"]
        assert said[0][1] == said[1][1], "both are told the same owner"
        won[said[0][1]] += 1
    for one in racers:
        assert one.stdin is not None
        one.stdin.close()
        assert one.wait(30) == 0
        assert one.stdout is not None
        one.stdout.close()
    assert min(won["U1"], won["U2"]) > RACES // 100, won
    kept = store.list(NOW + timedelta(minutes=2))
    assert Counter(len(i.log) for i in kept) == {2: RACES}
    assert Counter(i.state.owner_id for i in kept) == won


def answers(racers: "list[subprocess.Popen[str]]", number: int) -> list[list[Any]]:
    """Tell both at once, then hear both."""
    for one in racers if number % 2 else racers[::-1]:
        assert one.stdin is not None
        one.stdin.write(f"{number}\n")
        one.stdin.flush()
    heard = []
    for one in racers:
        assert one.stdout is not None
        heard.append(json.loads(one.stdout.readline()))
    return heard
