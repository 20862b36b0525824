"""What the poster shows is drawn from the incident, as the settings fold it."""

from datetime import datetime, timedelta
from functools import partial
from threading import Event

import pytest

from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.incident import Incident, Queued, Reason
from bot.model.place import Service
from bot.model.post import CardKey
from bot.ports.incidents import Change
from bot.render import plain_text
from bot.slack.drawing import Drawing
from sandbox.fakes import PLACE, FakeIncidents, at, run

GOOD = {"accuracy": 0.9, "recall": 0.9}
LOG = (
    run(1, {"accuracy": 0.8, "recall": 0.45}),
    *(run(hour, {"accuracy": 0.6, "recall": 0.45}) for hour in (2, 3, 4)),
    *(run(hour, {"accuracy": 0.6, "recall": 0.2}) for hour in (5, 6)),
    *(run(hour, good=GOOD) for hour in range(7, 40)),
    run(40, {"accuracy": 0.7}),
)
"""Accuracy worsens, recall three hours later; all is good, then it comes back on a new card."""


class Fleet:
    """An inventory of nothing, and a clock that stands after it all."""

    def remember(self, accounts: object, now: datetime) -> None:
        """Not needed."""

    def accounts(self) -> tuple[Account, ...]:
        """None."""
        return ()

    def seen_at(self) -> datetime | None:
        """Never."""
        return None

    def name_service(self, schedule: object) -> None:
        """Not needed."""

    def names(self) -> tuple[str, ...]:
        """None."""
        return ()

    def now(self) -> datetime:
        """After the second episode began."""
        return at(41)

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Never sleeps."""


@pytest.mark.parametrize(("hours", "worse"), [(1, "recall"), (6, "accuracy")])
def test_an_earlier_episode_is_folded_with_the_cool_down_of_the_settings(hours: int, worse: str) -> None:
    """With a short one, the second worsening is said; else only the first."""
    cool_down = timedelta(hours=hours)
    kept = FakeIncidents(partial(fold, cool_down=cool_down))

    def step(locked: tuple[Incident, ...]) -> list[Change]:
        return [Change(locked[0].number, Service("bank-marketing"), LOG, Queued())]

    kept.change([PLACE], step, now=at(41))
    assert kept.get(1, at(41)).state.episode == 2
    fleet = Fleet()
    spoken = Drawing(kept, fleet, fleet).note(CardKey(1, 1), Reason.WORSE)
    assert spoken is not None
    assert not spoken.calls, "that episode is over"
    said = plain_text(spoken.reply)
    assert [m for m in GOOD if m in said] == [worse]
