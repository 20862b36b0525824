"""Every open incident is on exactly one card, wherever its route leads meanwhile and whatever breaks."""

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from sqlalchemy import Engine

from bot.errors import ChannelLost, ChatError, RateLimited, ServerFailed, Unconfirmed
from bot.incidents import record
from bot.logic.lifecycle import fold
from bot.model.incident import Reason
from bot.model.place import Service
from bot.model.post import CardKey
from bot.model.reply import Reply
from bot.model.route import Route
from bot.ports import Tag
from bot.slack.poster import Poster
from bot.store.incidents import SqlIncidents
from bot.store.outbox import SqlOutbox
from bot.store.storm_queue import SqlStormQueue
from bot.store.storms import SqlStorms
from sandbox.fakes import at, run
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_notices import FakeNotices
from sandbox.fakes_poster import Post, Slack, Time
from sandbox.fakes_storming import StormDesk, names, place

CHANNELS = ("ml-alerts", "other", "third")


class SqlDesk:
    """One worker over the real stores, and a fleet whose services have a bad run each."""

    def __init__(self, engine: Engine) -> None:
        self.incidents = SqlIncidents(engine, fold)
        self.outbox = SqlOutbox(engine)
        self.time = Time()
        self.slack = Slack(self.time)
        self.poster = Poster(
            self.outbox,
            FakeNotices(),
            self.incidents,
            FakeInventory(),
            self.slack,
            self.time,
            worker="w",
            wall=self.time.wall,
            storms=SqlStorms(engine),
            storm_queue=SqlStormQueue(engine),
            default_channel="ml-alerts",
        )

    def hear(self, name: str, hour: float, seen: float, channel: str) -> None:
        """A bad run, by a route that leads into this channel."""
        observed = run(hour, {"accuracy": seen}, by=name)
        record(self.incidents, [(place(name), Service(name), observed)], lambda *_: Route(channel), at(hour))

    def settle(self, turns: int) -> None:
        """A second apart."""
        for _ in range(turns):
            self.poster.turn()
            self.time.pass_s(1)

    def shown(self) -> list[tuple[str, str, int]]:
        """The cards: where, whose, how often edited."""
        return [(p.channel, p.tag.card, p.edits) for p in self.slack.cards if not p.tag.card.startswith("lost:")]


@pytest.mark.parametrize("again_at", range(1, 5))
def test_what_is_wished_in_a_lost_channel_finds_the_card_that_moved(engine: Engine, again_at: int) -> None:
    """Whether it stands in the default channel already, is posted in this turn or still waits for its second."""
    desk = SqlDesk(engine)
    desk.slack.gone["third"] = ChannelLost("Slack says `is_archived`.")
    for name in names(3):
        desk.hear(name, 1, 0.7, "third")
    desk.settle(again_at)
    for name in names(3):
        desk.hear(name, 1.2, 0.5, "third")
    desk.settle(30)
    assert sorted((channel, card) for channel, card, _ in desk.shown()) == [("ml-alerts", f"{n}:1") for n in (1, 2, 3)]


def test_a_route_that_changes_before_the_first_card_stands_makes_no_second_one(engine: Engine) -> None:
    """It is posted where it was asked for first, once, and what comes by the new route edits it there."""
    desk = SqlDesk(engine)
    desk.hear("churn", 1, 0.7, "old")
    desk.hear("churn", 1.2, 0.5, "new")
    desk.settle(10)
    desk.hear("churn", 2, 0.4, "new")
    desk.settle(10)
    assert desk.shown() == [("old", "1:1", 1)]
    assert (desk.outbox.rows("old"), desk.outbox.rows("new")) == ((), ())


def test_a_card_whose_route_leads_to_the_default_channel_moves_there_when_its_own_is_lost(engine: Engine) -> None:
    """The lost channel is the one that it stands in, not the queue's: the default one is told, and goes on."""
    desk = SqlDesk(engine)
    desk.hear("churn", 1, 0.7, "third")
    desk.settle(5)
    desk.slack.gone["third"] = ChannelLost("Slack says `is_archived`.")
    desk.hear("churn", 1.2, 0.5, "ml-alerts")
    desk.hear("fraud", 1.2, 0.5, "ml-alerts")
    desk.settle(15)
    assert sorted(desk.shown()) == [("ml-alerts", "1:1", 0), ("ml-alerts", "2:1", 0), ("third", "1:1", 0)]
    (told,) = [p.said for p in desk.slack.cards if p.tag.card == "lost:third"]
    assert "What belongs in third is shown here" in told.replace("`", "")
    assert desk.outbox.rows("ml-alerts") == ()


class Crossing(Slack):
    """While one worker's call is under way, the other may have a turn."""

    other: Poster | None = None

    def post(
        self, channel: str, reply: Reply, tag: Tag, *, thread_ts: str | None = None, broadcast: bool = False
    ) -> tuple[str, str]:
        """With a turn before its reply."""
        self._cross()
        try:
            return super().post(channel, reply, tag, thread_ts=thread_ts, broadcast=broadcast)
        finally:
            self._cross()

    def update(self, channel_id: str, ts: str, reply: Reply, tag: Tag) -> None:
        """With a turn before its reply."""
        super().update(channel_id, ts, reply, tag)
        self._cross()

    def _cross(self) -> None:
        other, self.other = self.other, None
        if other is not None:
            other.turn()


class Chance:
    """Two workers, three channels, and whatever may come, by a seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311
        self.desk = StormDesk()
        self.slack = self.desk.slack = Crossing(self.desk.time)
        self.workers = [self.desk.worker("w1"), self.desk.worker("w2")]
        self.hour = 1.0
        self.names: list[str] = []
        self.ever_lost: set[str] = set()

    def some(self) -> list[str]:
        """A few of the services."""
        return self.random.sample(self.names, self.random.randint(1, len(self.names))) if self.names else []

    def step(self, number: int) -> None:
        """Something happens, then the workers have their turns."""
        self.hour += 0.01
        bad = (self.turn_route, self.lose, self.fail, self.delete)
        self.random.choice((self.begin, self.begin, self.worse, self.note, *bad))(number)
        for _ in range(self.random.randint(0, 8)):
            self.turn()

    def begin(self, number: int) -> None:
        """New incidents in one channel, perhaps enough for a storm."""
        fresh = names(self.random.randint(1, 20), f"s{number}_")
        self.desk.breaks(fresh, self.hour, channel=self.random.choice(CHANNELS))
        self.names += fresh

    def worse(self, number: int) -> None:
        """Some go on, or end."""
        del number
        if self.random.random() < 0.3:
            self.desk.recovers(self.some(), self.hour)
        else:
            self.desk.breaks(self.some(), self.hour, seen=0.5)

    def turn_route(self, number: int) -> None:
        """Routes change, and their incidents go on."""
        del number
        changed = self.some()
        self.desk.routes.update(dict.fromkeys(changed, Route(self.random.choice(CHANNELS), group="S0ONCALL")))
        self.desk.breaks(changed, self.hour, seen=0.45)

    def lose(self, number: int) -> None:
        """A channel is archived, or there again."""
        del number
        channel = self.random.choice(CHANNELS[1:])
        self.ever_lost.add(channel)
        if self.slack.gone.pop(channel, None) is None:
            self.slack.gone[channel] = ChannelLost("Slack says `is_archived`.")

    def fail(self, number: int) -> None:
        """Slack refuses, or its replies are lost."""
        del number
        errors: list[ChatError | None] = [None, ServerFailed("x"), RateLimited(2.0), Unconfirmed("x")]
        self.slack.faults = list(self.random.choices(errors, k=4))
        self.slack.lost = [self.random.random() < 0.5 for _ in range(4)]

    def delete(self, number: int) -> None:
        """Somebody deletes a card."""
        del number
        if self.slack.cards:
            self.slack.posts.remove(self.random.choice(self.slack.cards))

    def note(self, number: int) -> None:
        """A line for a thread."""
        del number
        for name in self.some()[:1]:
            reason = self.random.choice((Reason.WORSE, Reason.NOTED, Reason.ESCALATED))
            self.desk.want_note(name, reason, broadcast=self.random.random() < 0.5)

    def turn(self, step_s: float = 0.0) -> None:
        """One worker's; in the middle of its call the other may have one."""
        one, other = self.random.sample(self.workers, 2)
        self.slack.other = other if self.random.random() < 0.3 else None
        one.turn()
        self.slack.other = None
        self.desk.time.pass_s(step_s or self.random.choice((0.2, 1, 5, 40)))
        self.desk.time.stands_at += timedelta(milliseconds=1)

    def end(self) -> None:
        """All is well again, and each incident has something to say."""
        self.slack.gone, self.slack.faults, self.slack.lost = {}, [], []
        self.desk.breaks(self.names, self.hour + 0.01, seen=0.45)
        for n in range(400):
            self.turn(step_s=1 if n < 250 else 10)

    def hurried(self) -> list[tuple[Post, Post]]:
        """Messages of one channel less than a second apart."""
        by_time = sorted(self.slack.posts, key=lambda p: (p.channel, p.at))
        pairs = [(a, b) for a, b in pairwise(by_time) if a.channel == b.channel]
        return [(a, b) for a, b in pairs if b.at - a.at < timedelta(seconds=1)]

    def doubled(self) -> dict[str, int]:
        """What more than one message shows, of those in channels that never were lost."""
        cards = [p.tag.card for p in self.slack.cards if p.channel not in self.ever_lost]
        keys = {
            name: CardKey(found.number, found.state.episode)
            for name in self.names
            for found in [self.desk.incident(name)]
        }
        storms = self.desk.storms.of(keys.values())
        return {
            name: stand
            for name, key in keys.items()
            if (stand := cards.count(str(key)) + (cards.count(storms[key].key) if key in storms else 0)) > 1
        }


def test_no_incident_stands_on_two_messages_whatever_comes() -> None:
    """Channels are lost and come back, routes change, replies are lost, cards deleted, two workers cross.

    And never more than one message a second is said in a channel.
    """
    for seed in (8, 16, 18, 38, 40, 49, 94, *range(100, 105)):
        chance = Chance(seed)
        for number in range(20):
            chance.step(number)
        chance.end()
        assert chance.doubled() == {}, f"seed {seed}"
        assert chance.hurried() == [], f"seed {seed}"
        assert [r for channel in CHANNELS for r in chance.desk.outbox.rows(channel)] == [], f"seed {seed}"
