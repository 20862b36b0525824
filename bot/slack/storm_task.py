"""A storm's card and what is said in its thread, as tasks of a poster."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import NotFound
from bot.logic.storm_card import offered
from bot.logic.storm_notes import is_urgent
from bot.model.incident import Reason
from bot.model.post import OutboxRow
from bot.model.storm import Storm
from bot.ports import Outbox, StormQueue, Storms, Tag
from bot.slack.drawing import Drawing, replaced
from bot.slack.task import Voice

DRAW_EVERY = timedelta(seconds=10)
"""A storm changes with each of its incidents; edits are the whole workspace's, and other cards need theirs."""
PEOPLE_WAIT = timedelta(seconds=2)
"""What somebody did is seen sooner."""
SAY_EVERY = timedelta(seconds=30)
"""What must be said meanwhile is said together."""
_BY_PEOPLE = frozenset({Reason.ACKNOWLEDGED, Reason.ASSIGNED, Reason.SNOOZED, Reason.REOPENED})


@dataclass(frozen=True, slots=True)
class Tools:
    """What the tasks work with. `deleted` are storms whose message somebody deleted, until their new ones stand."""

    queue: StormQueue
    outbox: Outbox
    drawing: Drawing
    voice: Voice
    storms: Storms
    wall: Callable[[], datetime]
    deleted: set[int]


def showing(storm: Storm, rows: Sequence[OutboxRow], tools: Tools, now: datetime) -> "Iterator[StormTask]":
    """The storm's next drawing, if one is asked for and it is time."""
    seen = [row for row in rows if not _is_said(row)]
    if not storm.stands:
        # Only lines for its thread wait, and the card that they were for is lost: the new one says the oldest. One
        # that was begun so may have posted it already.
        drawn = [row for row in rows if row.state != "waiting" or not _is_said(row)]
        yield StormTask("post", storm, tuple(drawn or rows[:1]), tools)
    elif seen and (storm.drawn_at is None or now - storm.drawn_at >= _pause(seen)):
        yield StormTask("edit", storm, tuple(seen), tools)


def saying(storm: Storm, rows: Sequence[OutboxRow], tools: Tools, now: datetime) -> "Iterator[StormSay]":
    """What its thread is to be told, one message for each reason; what was begun together is told together."""
    by_reason: dict[Reason, list[OutboxRow]] = {}
    for row in rows:
        if _is_said(row):
            by_reason.setdefault(row.out.reason, []).append(row)
    rests = storm.said_at is not None and now - storm.said_at < SAY_EVERY
    for of_reason in by_reason.values() if storm.stands else ():
        begun = [row for row in of_reason if row.state != "waiting"]
        if begun or not rests:
            yield StormSay(storm, tuple(begun or of_reason), tools)


def _is_said(row: OutboxRow) -> bool:
    return row.out.kind == "note" and is_urgent(row.out.reason, broadcast=row.out.broadcast)


def _pause(rows: Sequence[OutboxRow]) -> timedelta:
    return PEOPLE_WAIT if any(row.out.reason in _BY_PEOPLE for row in rows) else DRAW_EVERY


def _leader(rows: Sequence[OutboxRow]) -> OutboxRow:
    """Whose state says whether Slack was called: the one that was begun, else the oldest."""
    return min(rows, key=lambda row: (row.state == "waiting", row.id))


@dataclass(frozen=True, slots=True)
class StormTask:
    """Posts or edits the card; `rows` are what its drawing answers."""

    does: str
    storm: Storm
    rows: tuple[OutboxRow, ...]
    tools: Tools

    @property
    def row(self) -> OutboxRow:
        """The leader."""
        return _leader(self.rows)

    @property
    def channel(self) -> str:
        """Whose queue the rows wait in."""
        return self.rows[0].out.channel

    @property
    def lands(self) -> str:
        """Where the storm stands, or will."""
        return self.storm.channel_id or self.channel

    @property
    def subject(self) -> str:
        """The storm."""
        return self.storm.key

    @property
    def urgency(self) -> int:
        """As a card's: first what is new, counters last."""
        if self.does == "post":
            return 0
        return 2 if all(row.out.reason is Reason.COUNT for row in self.rows) else 1

    def begin(self, now: datetime) -> None:
        """Raises Conflict."""
        self.tools.outbox.begin(self.row, now)

    def do(self) -> None:
        """Raises ChatError and NotFound."""
        if self.does == "post" and (found := self._lost()):
            # What it shows was drawn at an earlier attempt: newer wishes stay.
            self.tools.queue.drawn(self.storm.number, [self.row], found, self.tools.wall())
            return
        members = self.tools.drawing.members(self.tools.storms.members(self.storm.number))
        if not members:
            raise NotFound(f"There is no incident of storm {self.storm.number}.")
        revision = self.tools.queue.draw(self.storm.number, offered(members))
        reply = self.tools.drawing.storm(self.storm, members, revision)
        tag = Tag(self.storm.key, revision, self.row.id)
        if self.does == "edit":
            stands = (self.storm.channel_id, self.storm.ts)
            self.tools.voice.update(*stands, reply, tag)
        else:
            stands = self.tools.voice.post(self.channel, reply, tag)
        self.tools.queue.drawn(self.storm.number, self.rows, stands, self.tools.wall())
        if self.does == "post" and self.storm.number in self.tools.deleted:
            self.tools.deleted.remove(self.storm.number)
            self.tools.voice.later(
                stands[0], replaced(), Tag(f"{self.storm.key}:replaced", revision, self.row.id), stands[1]
            )

    def again(self, *, ambiguous: bool) -> None:
        """An edit may be repeated, so it is never in doubt."""
        self.tools.outbox.again(self.row, ambiguous=ambiguous and self.does != "edit")

    def park(self, cause: str) -> None:
        """With all that it answers: what comes later asks for another drawing."""
        self.tools.queue.park(self.rows, cause)

    def move(self, channel: str) -> None:
        """With all that waits for it."""
        self.tools.queue.move(self.storm, channel)

    def gone(self) -> bool:
        """Its new one will say so."""
        self.tools.deleted.add(self.storm.number)
        return True

    def _lost(self) -> tuple[str, str] | None:
        return self.tools.voice.lost(self.row, self.channel, Tag(self.storm.key, self.storm.revision, self.row.id))


@dataclass(frozen=True, slots=True)
class StormSay:
    """Says in its thread what these rows ask for, which are of one reason."""

    storm: Storm
    rows: tuple[OutboxRow, ...]
    tools: Tools
    does: str = "note"

    @property
    def row(self) -> OutboxRow:
        """The leader: all were begun together, so its state is that of all."""
        return _leader(self.rows)

    @property
    def channel(self) -> str:
        """Whose queue the rows wait in."""
        return self.rows[0].out.channel

    @property
    def lands(self) -> str:
        """Where the storm stands."""
        return self.storm.channel_id

    @property
    def subject(self) -> str:
        """The storm."""
        return self.storm.key

    @property
    def urgency(self) -> int:
        """What the channel sees comes first."""
        return 0 if self._is_broadcast() else 1

    def begin(self, now: datetime) -> None:
        """Raises Conflict."""
        self.tools.queue.begin(self.rows, now)

    def do(self) -> None:
        """Raises ChatError and NotFound."""
        voice, tag = self.tools.voice, Tag(self.storm.key, self.row.out.revision, self.row.id)
        thread = {"thread_ts": self.storm.ts}
        said = self.tools.drawing.storm_note(self.rows)
        if said is not None and voice.lost(self.row, self.storm.channel_id, tag, self.storm.ts) is None:
            voice.post(self.storm.channel_id, said.reply, tag, **thread, broadcast=said.calls)
        self.tools.queue.said(self.storm.number, self.rows, self.tools.wall())

    def again(self, *, ambiguous: bool) -> None:
        """All of them."""
        self.tools.queue.again(self.rows, ambiguous=ambiguous)

    def park(self, cause: str) -> None:
        """All of them."""
        self.tools.queue.park(self.rows, cause)

    def move(self, channel: str) -> None:
        """With the storm."""
        self.tools.queue.move(self.storm, channel)

    def gone(self) -> bool:
        """The storm was deleted with its thread; its new card will say so."""
        self.tools.deleted.add(self.storm.number)
        return True

    def _is_broadcast(self) -> bool:
        return any(row.out.broadcast for row in self.rows)
