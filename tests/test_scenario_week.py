"""A week of an hourly monitor whose accuracy is noise around one value: how often the channel is told."""

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest

from bot.logic.due import plan
from bot.logic.lifecycle import COOL_DOWN, Folding
from bot.model.incident import Act, Click, Entry, Queued, State, Status
from bot.model.observation import Finding, Observation, Reading, Verdict, Window
from bot.model.post import Outgoing
from bot.model.route import Route
from sandbox.fakes import HOUR, at, row, subject

LIMIT = 0.91
REQUESTS = 468
"""An hour."""
HOURS = 7 * 24
SEEDS = range(200 if os.environ.get("WEEKS") == "all" else 10)
ROUTE = Route("ml-alerts", acknowledge_for=timedelta(days=8))
LOUD_AND_MENTIONS = {"run out", "woke", "escalated", "escalated again", "assigned"}
"""The reasons whose notes mention somebody."""


@dataclass
class Week:
    """What was queued, hour by hour."""

    taken: bool
    folding: Folding = field(default_factory=lambda: Folding(COOL_DOWN))
    revision: int = 0
    queued: Queued = field(default_factory=Queued)
    told: list[Outgoing] = field(default_factory=list)

    def hear(self, hour: int, accuracy: float) -> None:
        """The run of that hour, and whoever takes what it opened at once."""
        state = self.add(at(hour), _run(hour, accuracy))
        if self.taken and state.status is Status.OPEN:
            rows = tuple(r.row for r in state.bad_rows)
            self.add(
                at(hour + 0.1), Click(f"ack:{hour}", Act.ACKNOWLEDGE, at(hour + 0.1), "U1", rows, at(hour + 8 * 24))
            )

    def add(self, now: datetime, entry: Entry) -> State:
        """One entry and what follows from it."""
        self.folding.take(entry)
        self.folding.run_clocks(now)
        self.revision += 1
        state = self.folding.state()
        self.queued, out = plan(1, self.queued, state, ROUTE, self.revision, now=now)
        self.told += out
        return state

    def loud(self) -> list[Outgoing]:
        """What stands at the channel's bottom after the first card: further cards, and notes with broadcast."""
        cards = {o.card: o for o in reversed(self.told) if o.kind == "card"}
        return [*list(cards.values())[:-1], *(o for o in self.told if o.broadcast)]

    def mentions(self) -> list[Outgoing]:
        """Notes that call somebody."""
        return [o for o in self.told if o.kind == "note" and o.reason.value in LOUD_AND_MENTIONS]


def _run(hour: int, accuracy: float) -> Observation:
    """As Model Monitor reports it: what was seen, of how many."""
    verdict = Verdict.BAD if accuracy < LIMIT else Verdict.GOOD
    found = Finding(row("accuracy"), verdict, Reading(accuracy, LIMIT, None, REQUESTS))
    window = Window(at(hour - 1), at(hour))
    return Observation(f"run:{hour}", subject(), at(hour), (found,), complete=True, window=window, cadence=HOUR)


def week(seed: int, accuracy: float, *, taken: bool, fall: float = 0.0) -> Week:
    """A week at one true accuracy; with a fall, so much less from the middle on."""
    chance, one = Random(seed), Week(taken)  # noqa: S311  # a world of its own for each seed
    for hour in range(1, HOURS + 1):
        true = accuracy - (fall if hour > HOURS // 2 else 0.0)
        right = sum(chance.random() < true for _ in range(REQUESTS))
        one.hear(hour, right / REQUESTS)
    return one


@pytest.mark.parametrize("taken", [False, True], ids=["open", "acknowledged"])
@pytest.mark.parametrize("accuracy", [0.33, 0.85, 0.90, 0.91, 0.92])
def test_noise_around_one_value_is_no_news(accuracy: float, *, taken: bool) -> None:
    """At most one message at the channel's bottom after the first card, and nobody is mentioned."""
    for seed in SEEDS:
        one = week(seed, accuracy, taken=taken)
        assert len(one.loud()) <= 1, (seed, [(o.reason, o.revision) for o in one.loud()])
        assert one.mentions() == [], seed


@pytest.mark.parametrize("taken", [False, True], ids=["open", "acknowledged"])
@pytest.mark.parametrize("accuracy", [0.85, 0.90, 0.91, 0.92])
def test_a_real_fall_of_ten_points_is_news_once(accuracy: float, *, taken: bool) -> None:
    """From whatever it was before."""
    for seed in SEEDS:
        one = week(seed, accuracy, taken=taken, fall=0.1)
        assert len(one.loud()) == 1, (seed, [(o.reason, o.revision) for o in one.loud()])
        assert one.mentions() == [], seed


def test_a_fall_of_a_healthy_model_is_one_card() -> None:
    """From 0.96, which is hardly ever below the limit."""
    for seed in SEEDS:
        one = week(seed, 0.96, taken=False, fall=0.1)
        assert len({o.card for o in one.told}) == 1, seed
        assert one.loud() == [], seed
