"""Processes killed while incidents begin at once: each on one card, each line said once, no confirmed press lost."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.model.incident import Incident
from bot.model.place import Family, Place
from bot.model.post import CardKey
from bot.model.storm import Storm
from bot.store.storms import SqlStorms
from sandbox.driver import Declined, text_of
from sandbox.lanes import Lane, until
from sandbox.mortal import ACCOUNT, REGION

AT_ONCE = 16
WHENS = ("before", "after")
BEGINS = [(point, when) for point in ("record", "gather", "claim", "draw", "post", "drawn") for when in WHENS]
"""In a channel each a storm begins and somebody dies so."""
TELLS = [(point, when) for point in ("said", "post") for when in WHENS]
"""And so while a storm's thread is told something."""


class Story:
    """A storm in a channel of its own, and what people meet there."""

    def __init__(self, lane: Lane, name: str) -> None:
        self.lane = lane
        self.name = name
        self.channel = f"C{name.upper()}"
        self.tried = 0
        self.begun = False
        self.notes: list[str] = []

    def begin(self) -> None:
        """Sixteen services break at once, the first time that it is asked."""
        if self.begun:
            return
        self.begun = True
        now = self.lane.clock.now()
        for n in range(AT_ONCE):
            self.lane.runs.add(f"{self.name}-{n:02d}", now)

    def dies(self, point: str, when: str, act: Callable[[], object]) -> None:
        """Do something until a process dies of it; then start it anew."""
        before = self.lane.kills()
        self.lane.fate.order(point, when)

        def died() -> bool:
            act()
            return self.lane.kills() > before

        until(died, f"death {when} {point}: {self.lane.fate.told()[-3:]}", 90)
        self.lane.respawn()

    def messages(self, *, replies: bool = False) -> list[dict[str, Any]]:
        """The channel's, or those in its threads."""
        found = [m for m in self.lane.slack.workspace.history(self.channel) if m.only_for is None]
        return [m.body for m in found if m.is_reply == replies]

    def card(self) -> dict[str, Any] | None:
        """Its storm's, once it stands."""
        return next((m for m in self.messages() if key_of(m).startswith("storm/")), None)

    def incidents(self) -> list[Incident]:
        """All that began there."""
        now, store = self.lane.clock.now(), self.lane.store
        places = [Place(ACCOUNT.id, REGION, f"{self.name}-{n:02d}", Family.MODEL_QUALITY) for n in range(AT_ONCE)]
        return [incident for place in places if (incident := store.at(place, now))]

    def gathered(self) -> dict[CardKey, Storm]:
        """Those that a storm stands for."""
        return dict(SqlStorms(self.lane.engine).of([CardKey(i.number, 1) for i in self.incidents()]))

    def is_settled(self) -> bool:
        """Whether all began and nothing waits to be shown."""
        return len(self.incidents()) == AT_ONCE and not self.lane.outbox.rows(self.channel)

    def press(self) -> bool:
        """Acknowledge all that the card offers; whether nothing of the storm is left to take."""
        card = self.card()
        label = next((word for word in text_of(card or {}).split("\n") if word.startswith("Acknowledge All")), "")
        if card is not None and label:
            try:
                done = self.lane.drive.press("maya", card, label, channel=self.channel)
            except (Declined, AssertionError):  # nobody answered, or the card has just changed
                return False
            if done["ok"]:
                owners = {i.number: i.state.owner_id for i in self.incidents()}
                assert {owners[n] for n in self.offered(card)} == {"U0MAYA"}, "no confirmed press is lost"
        held = {key.incident for key in self.gathered()}
        return all(i.state.owner_id for i in self.incidents() if i.number in held)

    def offered(self, card: dict[str, Any]) -> Iterable[int]:
        """The incidents that a card's press takes."""
        storm = next(s for s in self.gathered().values() if s.key == key_of(card))
        return SqlStorms(self.lane.engine).drawing(storm.number, card["metadata"]["event_payload"]["revision"])

    def note(self, nth: int) -> bool:
        """Write a note on one of them; whether Slack was told that it was taken."""
        number = sorted(self.gathered())[nth].incident
        self.tried += 1
        words = f"words {self.name} {self.tried:03d}."
        try:
            said = self.lane.drive.say("maya", f"/ml note {number} {words}", channel=self.channel)
        except Declined:
            return False
        if said["ok"]:
            self.notes.append(words)
        return bool(said["ok"])

    def look(self) -> None:
        """Each incident on one card, which says so; each confirmed note in one message."""
        keys = Counter(map(key_of, self.messages()))
        assert set(keys.values()) == {1}, "no card stands twice"
        alone = [key for key in keys if not key.startswith("storm/")]
        gathered = self.gathered()
        assert {storm.key for storm in gathered.values()} == set(keys) - set(alone)
        shown = Counter([*alone, *map(str, gathered)])
        assert shown == Counter(f"{i.number}:1" for i in self.incidents()), "each is on one card"
        for storm in set(gathered.values()):
            members = sum(other == storm for other in gathered.values())
            card = next(m for m in self.messages() if key_of(m) == storm.key)
            assert f"{members} incidents at once" in text_of(card)
        replies = [text_of(m) for m in self.messages(replies=True)]
        assert {words: sum(words in said for said in replies) for words in self.notes} == dict.fromkeys(self.notes, 1)

    def look_taken(self) -> None:
        """Every incident of the storm is Maya's, and its card says so."""
        numbers = {key.incident for key in self.gathered()}
        taken = [i for i in self.incidents() if i.number in numbers]
        assert {i.state.owner_id for i in taken} == {"U0MAYA"}
        assert f"{len(taken)} acknowledged" in text_of(self.card() or {})


def key_of(message: dict[str, Any]) -> str:
    """The card's, from its metadata."""
    return str(message["metadata"]["event_payload"]["card"])


@pytest.fixture(params=["sqlite", "postgresql"])
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lane]:
    """One process on SQLite; on PostgreSQL one that serves and two that work.

    At Slack's own pace; the rests of a storm are a tenth of theirs.
    """
    names = [f"k{n:02d}" for n in range(len(BEGINS))]
    if request.param == "sqlite":
        url, kinds, lease_s = f"sqlite:///{tmp_path / 'lane.db'}", ("run",), 60.0
    else:
        url, kinds, lease_s = request.getfixturevalue("new_database")(), ("serve", "work1", "work2"), 4.0
    made = Lane("lane", tmp_path / "lane", url, names, kinds, lease_s, paced=True)
    yield made
    made.stop()


def test_no_death_in_a_storm_loses_or_doubles(lane: Lane) -> None:
    """Twelve storms and a death in each; then notes and presses, and deaths while these are taken and said."""
    lane.respawn()
    stories = [Story(lane, name) for name in lane.services]
    for story, (point, when) in zip(stories, BEGINS, strict=True):
        story.dies(point, when, story.begin)
    settle(stories)
    stormy = [story for story in stories if story.card()]
    assert len(stormy) >= len(stories) - 1, "what is recorded in time is posted before it is a storm"
    talk(stormy[: len(TELLS)])
    take(stormy)
    settle(stories)
    for story in stormy:
        story.look_taken()
    assert lane.outbox.parked() == ()
    assert lane.kills() == len(BEGINS) + len(TELLS) + len(WHENS)


def settle(stories: list[Story]) -> None:
    """Until nothing waits to be shown; then everything is where it belongs."""
    until(lambda: all(story.is_settled() for story in stories), "all is shown", 180)
    for story in stories:
        story.look()


def talk(stories: list[Story]) -> None:
    """Two notes in each, and a death while they are said."""
    for story, (point, when) in zip(stories, TELLS, strict=True):
        for nth in (0, 1):
            until(partial(story.note, nth), "a note is taken")
        story.dies(point, when, bool)


def take(stories: list[Story]) -> None:
    """All of each is acknowledged; of the first two presses somebody dies."""
    for story, when in zip(stories, WHENS, strict=False):
        story.dies("click", when, story.press)
    for story in stories:
        until(story.press, f"all of {story.name} is taken", 90)
