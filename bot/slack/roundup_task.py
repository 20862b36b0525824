"""One message to the channel in place of many notes that would each call it, as a task of a poster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.log import LOG
from bot.logic.roundup import is_loud
from bot.model.post import OutboxRow
from bot.ports import Outbox, StormQueue, Tag
from bot.slack.drawing import Drawing
from bot.slack.task import Voice

EVERY = timedelta(seconds=30)
"""What calls people meanwhile waits for the next one."""
MOST = 1_000
"""Notes of one roundup; the others wait for the next."""


class RoundingUp:
    """For the worker that holds a channel. More than `over` loud notes that wait are told in one message.

    They are said in their threads then, and call nobody. `told_at` is when a channel had its last one, by channel.
    """

    def __init__(
        self,
        queue: StormQueue,
        outbox: Outbox,
        drawing: Drawing,
        voice: Voice,
        wall: Callable[[], datetime],
        over: int,
    ) -> None:
        self.queue = queue
        self.outbox = outbox
        self.drawing = drawing
        self.voice = voice
        self.wall = wall
        self._over = over
        self.told_at: dict[str, datetime] = {}

    def split(self, channel: str, rows: Sequence[OutboxRow]) -> "tuple[list[OutboxRow], list[RoundupTask]]":
        """The rows that are shown each by itself, and the channel's roundups."""
        begun: dict[int, list[OutboxRow]] = {}
        for row in filter(_is_begun, rows):
            begun.setdefault(row.roundup, []).append(row)
        tasks = [RoundupTask(number, tuple(of_it), self) for number, of_it in begun.items()]
        rest = [row for row in rows if not _is_begun(row)]
        loud = [row for row in rest if _is_loud(row)]
        if len(loud) <= self._over:
            return rest, tasks
        if not tasks and not self._rests(channel):
            chosen = tuple(loud[:MOST])
            tasks = [RoundupTask(max(row.id for row in chosen), chosen, self)]
        return [row for row in rest if not _is_loud(row)], tasks

    def _rests(self, channel: str) -> bool:
        told_at = self.told_at.get(channel)
        return told_at is not None and timedelta(0) <= self.wall() - told_at < EVERY


def _is_loud(row: OutboxRow) -> bool:
    """Whether it would call people and nobody began it."""
    waits = row.out.kind == "note" and row.state == "waiting" and not row.quiet
    return waits and is_loud(row.out.reason, broadcast=row.out.broadcast)


def _is_begun(row: OutboxRow) -> bool:
    """Whether it is of a roundup that may stand in Slack."""
    return bool(row.roundup) and row.state != "waiting" and not row.quiet


@dataclass(frozen=True, slots=True)
class RoundupTask:
    """Tells a channel of these rows; its number is one of theirs, which no other roundup has."""

    number: int
    rows: tuple[OutboxRow, ...]
    of: RoundingUp
    does: str = "notice"
    urgency: int = 0

    @property
    def row(self) -> OutboxRow:
        """The leader: all were begun together, so its state is that of all."""
        return self.rows[0]

    @property
    def channel(self) -> str:
        """Whose queue the rows wait in."""
        return self.row.out.channel

    @property
    def lands(self) -> str:
        """There too."""
        return self.channel

    @property
    def subject(self) -> str:
        """As no card's key begins."""
        return f"roundup/{self.channel}/{self.number}"

    def begin(self, now: datetime) -> None:
        """Raises Conflict."""
        self.of.queue.round_up(self.rows, self.number, now)

    def do(self) -> None:
        """Raises ChatError and NotFound.

        One that was begun before and does not stand is given up: what waits by now is told with it in the next.
        """
        voice, tag = self.of.voice, Tag(self.subject, 0, self.row.id)
        if self.row.state != "waiting" and voice.lost(self.row, self.channel, tag) is None:
            self.of.queue.let_go(self.rows)
            return
        reply = self.of.drawing.roundup(self.rows) if self.row.state == "waiting" else None
        if reply is not None:
            voice.post(self.channel, reply, tag)
            LOG.info("roundup", channel=self.channel, notes=len(self.rows))
        self.of.queue.told(self.rows)
        self.of.told_at[self.channel] = self.of.wall()

    def again(self, *, ambiguous: bool) -> None:
        """All of them; what Slack surely did not take is gathered anew."""
        if ambiguous:
            self.of.queue.again(self.rows, ambiguous=True)
        else:
            self.of.queue.let_go(self.rows)

    def park(self, cause: str) -> None:
        """All of them: their cards go on being drawn."""
        self.of.queue.park(self.rows, cause)

    def move(self, channel: str) -> None:
        """Each card that stands in the lost channel with all that waits for it, of the others what waits here."""
        keys = dict.fromkeys(row.out.card for row in self.rows)
        stands = self.of.outbox.cards(keys)
        same = {id_: self.of.voice.same(self.channel, id_) for id_ in {at.channel_id for at in stands.values()}}
        for card in keys:
            at = stands.get(card)
            stood = at if at is not None and same[at.channel_id] else None
            self.of.outbox.reroute(card, channel, lost=self.channel, stood=stood)

    def gone(self) -> bool:
        """It is posted once and never edited."""
        return False
