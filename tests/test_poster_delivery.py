"""The outbox reaches Slack once, in order and at Slack's pace, whatever breaks in between."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest

from bot.errors import (
    ChannelLost,
    ChatError,
    MessageGone,
    RateLimited,
    Refused,
    StoreDown,
    TokenDead,
    Unconfirmed,
    Unknowable,
)
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.incident import Incident, Queued, Reason
from bot.model.monitor import Schedule
from bot.model.place import Service
from bot.model.post import CardKey, OutboxRow, Outgoing
from bot.model.reply import Reply
from bot.ports import Chat, Clock, Inventory, Tag
from bot.ports.incidents import Change
from bot.render import plain_text
from bot.slack.poster import Poster
from bot.slack.web import BlocksRefused
from sandbox.fakes import PLACE, FakeIncidents, FakeOutbox, at, run

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass
class Post:
    """A message in the channel."""

    channel: str
    ts: str
    said: str
    tag: Tag
    thread_ts: str | None
    broadcast: bool
    at: datetime
    edits: int = 0


class Slack:
    """The Chat port on a list. `faults`: what the next calls raise; `lost`: they work and their reply does not come."""

    def __init__(self, time: "Time") -> None:
        self.posts: list[Post] = []
        self.faults: list[Exception | None] = []
        self.lost: list[bool] = []
        self.gone: dict[str, Exception] = {}
        self.searched = 0
        self.meanwhile: Callable[[], None] | None = None
        self._time = time

    def post(
        self, channel: str, reply: Reply, tag: Tag, *, thread_ts: str | None = None, broadcast: bool = False
    ) -> tuple[str, str]:
        """Stands at the list's end."""
        self._break(channel)
        ts = f"{len(self.posts) + 1}"
        self.posts.append(Post(channel, ts, plain_text(reply), tag, thread_ts, broadcast, self._time.wall()))
        if self.lost and self.lost.pop(0):
            raise Unconfirmed("the line was cut")
        return channel, ts

    def update(self, channel_id: str, ts: str, reply: Reply, tag: Tag) -> None:
        """In place."""
        self._break(channel_id)
        if (meanwhile := self.meanwhile) is not None:
            self.meanwhile = None
            meanwhile()
        found = next((p for p in self.posts if (p.channel, p.ts) == (channel_id, ts)), None)
        if found is None:
            raise MessageGone("message_not_found")
        found.said, found.tag, found.edits = plain_text(reply), tag, found.edits + 1

    def find(self, channel: str, tag: Tag, since: datetime, *, thread_ts: str | None = None) -> tuple[str, str] | None:
        """By card in the channel, by row in the thread."""
        self.searched += 1
        self._break(channel)
        for p in self.posts:
            mine = p.tag.card == tag.card if thread_ts is None else p.tag.row == tag.row
            if p.channel == channel and p.thread_ts == thread_ts and mine and p.at >= since:
                return p.channel, p.ts
        return None

    def _break(self, channel: str) -> None:
        if channel in self.gone:
            raise self.gone[channel]
        if self.faults and (error := self.faults.pop(0)):
            raise error

    @property
    def cards(self) -> list[Post]:
        """What is no reply."""
        return [p for p in self.posts if p.thread_ts is None]

    @property
    def notes(self) -> list[Post]:
        """The replies."""
        return [p for p in self.posts if p.thread_ts is not None]


@dataclass
class Time:
    """Both clocks: the wall's moves when told, the product's stands at the incident's third hour."""

    wall_now: datetime = START

    def wall(self) -> datetime:
        """The machine's."""
        return self.wall_now

    def now(self) -> datetime:
        """The product's."""
        return at(3)

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Nothing here sleeps on it."""
        stop.wait(0)

    def pass_s(self, seconds: float) -> None:
        """Let the wall's time pass."""
        self.wall_now += timedelta(seconds=seconds)


class Fleet:
    """An inventory of nothing."""

    def remember(self, accounts: Iterable[Account], now: datetime) -> None:
        """Not needed."""

    def accounts(self) -> tuple[Account, ...]:
        """None."""
        return ()

    def seen_at(self) -> datetime | None:
        """Never."""
        return None

    def name_service(self, schedule: Schedule) -> None:
        """Not needed."""

    def services(self) -> tuple[str, ...]:
        """None."""
        return ()

    def names(self) -> tuple[str, ...]:
        """None."""
        return ()


@dataclass
class Desk:
    """An incident at revision 1, an outbox, a Slack and a way to make posters."""

    time: Time = field(default_factory=Time)
    kept: FakeIncidents = field(default_factory=lambda: FakeIncidents(fold))

    def __post_init__(self) -> None:
        self.slack = Slack(self.time)
        self.observe(1)
        self.poster = self.worker("w1")

    @property
    def outbox(self) -> FakeOutbox:
        """The store's."""
        return self.kept.outbox

    def observe(self, hour: float) -> None:
        """A bad run more, nothing queued."""

        def step(locked: tuple[Incident, ...]) -> list[Change]:
            entry = run(hour, {"accuracy": 0.7})
            return [Change(locked[0].number, Service("bank-marketing"), (entry,), Queued())]

        self.kept.change([PLACE], step, now=at(hour))

    def worker(self, name: str) -> Poster:
        """One more process."""
        inventory: Inventory = Fleet()
        clock: Clock = self.time
        chat: Chat = self.slack
        return Poster(
            self.outbox,
            self.kept,
            inventory,
            chat,
            clock,
            worker=name,
            wall=self.time.wall,
            default_channel="ml-alerts",
        )

    def want(
        self,
        kind: str = "card",
        reason: Reason = Reason.FIRST,
        *,
        revision: int = 1,
        episode: int = 1,
        channel: str = "ml-alerts",
        broadcast: bool = False,
    ) -> None:
        """Queue one wish."""
        key = CardKey(1, episode)
        self.outbox.add([Outgoing("note" if kind == "note" else "card", key, revision, reason, channel, broadcast)])

    def settle(self, turns: int = 40, step_s: float = 1.0) -> None:
        """Turn after turn, a second apart."""
        for _ in range(turns):
            self.poster.turn()
            self.time.pass_s(step_s)

    def left(self) -> list[OutboxRow]:
        """What still waits, anywhere."""
        return [row for channel in ("ml-alerts", "other") for row in self.outbox.rows(channel)]


@pytest.fixture
def desk() -> Desk:
    """Nothing queued yet."""
    return Desk()


def test_a_card_is_posted_then_edited_then_told_of_in_its_thread(desk: Desk) -> None:
    """One message per card: the note goes into its thread, the next wish edits it."""
    desk.want()
    desk.want("note", Reason.WORSE, broadcast=True)
    desk.settle(3)
    desk.observe(2)
    desk.want(reason=Reason.COUNT, revision=2)
    desk.settle(2)
    assert [(p.said.startswith("#1") or "bank-marketing" in p.said, p.edits) for p in desk.slack.cards] == [(True, 1)]
    assert [(n.thread_ts, n.broadcast) for n in desk.slack.notes] == [("1", True)]
    assert desk.left() == []


def test_wishes_for_one_card_become_one_drawing_of_the_newest(desk: Desk) -> None:
    """A hundred changes of a posted card cost one edit, and a hundred of a new one none."""
    for revision in (1, 1, 1):
        desk.want(reason=Reason.COUNT, revision=revision)
    desk.settle(2)
    assert (len(desk.slack.cards), desk.slack.cards[0].edits) == (1, 0)
    desk.observe(2)
    for _ in range(100):
        desk.want(reason=Reason.COUNT, revision=2)
    desk.settle(3)
    assert (len(desk.slack.cards), desk.slack.cards[0].edits) == (1, 1)
    assert desk.slack.cards[0].tag.revision == 2
    assert desk.left() == []


def test_a_post_whose_reply_was_lost_is_found_and_not_repeated(desk: Desk) -> None:
    """Card and note, two hundred times over: never a double."""
    for _ in range(100):
        slack, outbox = desk.slack, desk.outbox
        slack.posts.clear()
        slack.lost = [True, True]
        outbox.reroute(CardKey(1, 1), "ml-alerts")
        desk.want()
        desk.want("note", Reason.WORSE)
        desk.settle(12)
        assert (len(slack.cards), len(slack.notes)) == (1, 1)
        assert desk.left() == []
        desk.time.pass_s(600)


def test_a_crash_after_begin_is_searched_for_before_anything_is_posted(desk: Desk) -> None:
    """Whether the dead worker had posted or not, the card stands there once."""
    desk.want()
    row = desk.outbox.rows("ml-alerts")[0]
    desk.outbox.begin(row, desk.time.wall())
    desk.settle(2)
    assert (desk.slack.searched, len(desk.slack.cards)) == (1, 1)

    desk.outbox.reroute(CardKey(1, 1), "ml-alerts")
    desk.want()
    desk.outbox.begin(desk.outbox.rows("ml-alerts")[0], desk.time.wall())
    desk.settle(2)
    assert (desk.slack.searched, len(desk.slack.cards)) == (2, 1)
    assert desk.left() == []


def test_retry_after_is_obeyed_to_the_second(desk: Desk) -> None:
    """No call to the channel before the time that Slack named; then it is done without a search."""
    desk.want()
    desk.slack.faults = [RateLimited(7)]
    desk.settle(7)
    assert desk.slack.posts == []
    desk.settle(2)
    assert (len(desk.slack.cards), desk.slack.searched) == (1, 0)
    assert desk.slack.cards[0].at >= START + timedelta(seconds=7)


def test_a_doubtful_row_stays_doubtful_when_the_search_is_refused(desk: Desk) -> None:
    """429 on the search must not turn a lost reply into a second post."""
    desk.want()
    desk.slack.lost = [True]
    desk.slack.faults = [None, RateLimited(3)]
    desk.settle(15)
    assert len(desk.slack.cards) == 1
    assert desk.left() == []


def test_where_history_cannot_be_read_a_lost_post_waits_and_is_found_once_it_can(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the scope nobody can say whether it stands there; the log says what to cure."""
    desk.want()
    desk.slack.lost = [True]
    desk.slack.faults = [None, *[Refused("Slack says `missing_scope`, channels:history.")] * 3]
    desk.settle(20)
    assert [row.state for row in desk.left()] == ["ambiguous"]
    assert "missing_scope" in capsys.readouterr().out
    desk.settle(60)
    assert len(desk.slack.cards) == 1
    assert (desk.left(), desk.outbox.parked()) == ([], ())


def test_a_channel_takes_one_post_a_second(desk: Desk) -> None:
    """Edits do not count against it."""
    desk.want()
    for _ in range(5):
        desk.want("note", Reason.WORSE)
    desk.settle(30, step_s=0.25)
    times = [p.at for p in desk.slack.posts]
    assert len(times) == 6
    assert min(b - a for a, b in itertools.pairwise(times)) >= timedelta(seconds=1)


def test_edits_stop_at_the_workspaces_budget_and_counters_wait_for_what_matters(desk: Desk) -> None:
    """With one edit left, the resolved card comes before the counters asked for earlier."""
    desk.want()
    desk.settle(2)
    while desk.outbox.take_update(desk.time.wall(), 44):
        pass
    desk.want(channel="other", episode=2)
    desk.settle(1, step_s=0)
    desk.want(reason=Reason.COUNT, revision=9, channel="other", episode=2)
    desk.want(reason=Reason.RESOLVED, revision=9)
    desk.settle(5)
    edits = {p.channel: p.edits for p in desk.slack.cards}
    assert edits == {"ml-alerts": 1, "other": 0}
    desk.time.pass_s(60)
    desk.settle(1)
    assert {p.channel: p.edits for p in desk.slack.cards}["other"] == 1


def test_a_card_that_somebody_deleted_is_posted_anew_and_it_is_said(desk: Desk) -> None:
    """In the new card's thread; the notes that waited go there too."""
    desk.want()
    desk.settle(2)
    desk.slack.posts.clear()
    desk.slack.posts.append(Post("elsewhere", "0", "", Tag("9:9", 1, 99), None, broadcast=False, at=START))
    desk.want(reason=Reason.RESOLVED)
    desk.want("note", Reason.RESOLVED)
    desk.settle(6)
    card, *others = [p for p in desk.slack.cards if p.channel == "ml-alerts"]
    assert others == []
    assert [n.thread_ts for n in desk.slack.notes] == [card.ts, card.ts]
    assert "was deleted" in desk.slack.notes[0].said
    assert desk.left() == []


@pytest.mark.parametrize("posted_before", [False, True])
def test_a_lost_channels_cards_go_to_the_default_one_which_is_told_once(desk: Desk, *, posted_before: bool) -> None:
    """Archived before the first post or after it, card or note: shown, and said where from."""
    desk.want(channel="other")
    if posted_before:
        desk.settle(2)
    desk.slack.gone["other"] = ChannelLost("Slack says `is_archived`.")
    desk.want("note", Reason.WORSE, channel="other")
    desk.settle(8)
    here = [p for p in desk.slack.cards if p.channel == "ml-alerts"]
    assert [p.tag.card for p in here] == ["lost:other", "1:1"]
    assert "is_archived" in here[0].said
    desk.want("card", Reason.COUNT, channel="other", episode=2)
    desk.settle(3)
    assert [p.tag.card for p in desk.slack.cards if p.channel == "ml-alerts"] == ["lost:other", "1:1", "1:2"]
    assert desk.left() == []


def test_a_lost_default_channel_keeps_everything_and_asks_ever_less(desk: Desk) -> None:
    """When the bot is invited again, the card comes."""
    desk.want()
    desk.slack.gone["ml-alerts"] = ChannelLost("Slack says `not_in_channel`.")
    desk.settle(120)
    row = desk.left()[0]
    assert 2 <= row.attempts <= 8
    desk.slack.gone.clear()
    desk.settle(310)
    assert len(desk.slack.cards) == 1


def test_a_dead_token_stops_all_and_keeps_all(desk: Desk) -> None:
    """One call a minute or fewer until the app is installed again."""
    desk.want()
    desk.want(channel="other", episode=2)
    desk.slack.faults = [TokenDead("Slack says `token_revoked`.")] * 2
    desk.settle(100)
    assert len(desk.slack.faults) == 0
    assert len(desk.left()) == 2
    desk.settle(200)
    assert len(desk.slack.cards) == 2


def test_what_slack_refuses_is_parked_with_its_cause_and_delays_nobody(desk: Desk) -> None:
    """The next wish for the card is tried afresh."""
    desk.want()
    desk.slack.faults = [BlocksRefused("Slack says `invalid_blocks`.")]
    desk.settle(1)
    assert [cause for _, cause in desk.outbox.parked()] == ["Slack says `invalid_blocks`."]
    desk.want(reason=Reason.COUNT)
    desk.settle(2)
    assert len(desk.slack.cards) == 1


def test_what_an_admin_can_cure_waits_ever_longer_and_delays_no_other_card(desk: Desk) -> None:
    """A scope, a rule of the workspace: nothing is given up, and the card comes when it is allowed again."""
    refused = Refused("Slack says `access_denied`.")
    desk.want()
    desk.slack.faults = [refused]
    desk.settle(1)
    desk.want(episode=2)
    desk.settle(2)
    assert [p.tag.card for p in desk.slack.cards] == ["1:2"]
    desk.slack.faults = [refused] * 99
    desk.settle(300)
    assert 90 <= len(desk.slack.faults) <= 97
    assert (len(desk.left()), desk.outbox.parked()) == (1, ())
    desk.slack.faults.clear()
    desk.settle(310)
    assert {p.tag.card for p in desk.slack.cards} == {"1:1", "1:2"}
    assert desk.left() == []


def test_an_acknowledgement_that_ends_while_its_card_is_drawn_is_shown_next(desk: Desk) -> None:
    """The clock asks for one more edit at the same revision, between drawing and Slack's reply."""
    desk.want()
    desk.settle(2)
    desk.want(reason=Reason.ACKNOWLEDGED)
    desk.slack.meanwhile = lambda: desk.want(reason=Reason.RUN_OUT)
    desk.settle(1)
    assert [row.out.reason for row in desk.left()] == [Reason.RUN_OUT]
    desk.settle(2)
    assert (desk.slack.cards[0].edits, desk.left()) == (2, [])


def test_a_wish_for_an_incident_that_is_not_there_is_parked(desk: Desk) -> None:
    """Nothing else can be done with it."""
    desk.outbox.add([Outgoing("card", CardKey(77, 1), 1, Reason.FIRST, "ml-alerts")])
    desk.settle(1)
    assert len(desk.outbox.parked()) == 1


def test_one_channels_failures_do_not_hold_up_another(desk: Desk) -> None:
    """A channel that always times out costs the other nothing."""
    desk.slack.gone["other"] = Unconfirmed("timed out")
    desk.want(channel="other", episode=2)
    desk.want()
    desk.want("note", Reason.WORSE)
    desk.settle(3)
    assert [p.channel for p in desk.slack.posts] == ["ml-alerts", "ml-alerts"]


def test_two_workers_never_post_a_row_twice(desk: Desk) -> None:
    """Turns of two threads at once; a lease is one worker's."""
    second = desk.worker("w2")
    desk.want()
    for _ in range(10):
        desk.want("note", Reason.WORSE)
    stop = Event()

    def turns(poster: Poster) -> None:
        while not stop.is_set():
            poster.turn()

    threads = [Thread(target=turns, args=(p,)) for p in (desk.poster, second)]
    for thread in threads:
        thread.start()
    for _ in range(300):
        desk.time.pass_s(0.4)
        Event().wait(0.002)
        if not desk.left():
            break
    stop.set()
    for thread in threads:
        thread.join()
    assert (len(desk.slack.cards), len(desk.slack.notes)) == (1, 10)
    assert len({n.tag.row for n in desk.slack.notes}) == 10


def test_another_worker_takes_over_when_a_lease_runs_out(desk: Desk) -> None:
    """The first one died holding the channel."""
    desk.want()
    assert desk.outbox.lease("dead", desk.time.wall(), 60) == ("ml-alerts",)
    desk.settle(30)
    assert desk.slack.posts == []
    desk.settle(40)
    assert len(desk.slack.cards) == 1


class Broken(Fleet):
    """An inventory that breaks until it is mended."""

    error: Exception | None = None

    def accounts(self) -> tuple[Account, ...]:
        """Raises, or is empty."""
        if self.error:
            raise self.error
        return ()


@pytest.mark.parametrize("error", [StoreDown("the database does not answer"), RuntimeError("a bug")])
def test_the_loop_survives_what_breaks_it(desk: Desk, error: Exception) -> None:
    """Nothing is lost while the store is down; a row that breaks the poster is parked after three times."""
    inventory = Broken()
    inventory.error = error
    poster = Poster(
        desk.outbox,
        desk.kept,
        inventory,
        desk.slack,
        desk.time,
        worker="w",
        wall=desk.time.wall,
        default_channel="ml-alerts",
    )
    desk.want()
    stop, nudge = Event(), Event()
    loop = Thread(target=poster.run, args=(stop, nudge))
    loop.start()
    for _ in range(8):
        desk.time.pass_s(3)
        nudge.set()
        Event().wait(0.05)
    inventory.error = None
    for _ in range(8):
        desk.time.pass_s(3)
        nudge.set()
        Event().wait(0.05)
    stop.set()
    nudge.set()
    loop.join(5)
    assert not loop.is_alive()
    is_bug = isinstance(error, RuntimeError)
    assert len(desk.outbox.parked()) == (1 if is_bug else 0)
    assert len(desk.slack.cards) == (0 if is_bug else 1)
    assert desk.outbox.lease("next", desk.time.wall(), 60) == (() if not desk.left() else ("ml-alerts",))


def test_every_chat_error_has_been_thought_of() -> None:
    """A new kind must get a row in the poster's table and a test here."""
    known = {RateLimited, Unconfirmed, Unknowable, Refused, ChannelLost, MessageGone, TokenDead}
    assert set(ChatError.__subclasses__()) == known
