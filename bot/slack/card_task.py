"""Cards, storms and what is said in their threads, as tasks of a poster."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.model.post import CardKey, OutboxRow, Posted
from bot.ports import Outbox, Tag
from bot.slack.drawing import Drawing, replaced
from bot.slack.plan import Job, jobs
from bot.slack.storming import Storming
from bot.slack.task import Task, Voice


class Cards:
    """The outbox as tasks. Which cards were deleted by hand is remembered until their new ones stand."""

    def __init__(self, outbox: Outbox, drawing: Drawing, voice: Voice, storming: Storming) -> None:
        self.outbox = outbox
        self.storming = storming
        self.drawing = drawing
        self.voice = voice
        self.deleted: set[CardKey] = set()

    def tasks(self, channels: Iterable[str]) -> Iterator[Task]:
        """What may be done in these channels."""
        for channel in channels:
            rows = self.outbox.rows(channel)
            stands = self.outbox.cards({row.out.card for row in rows})
            rows = self._at_home(channel, rows, stands)
            alone, of_storms = self.storming.split(channel, rows, stands)
            yield from of_storms
            yield from (CardTask(job, self) for job in jobs(alone, stands.get))

    def _at_home(
        self, channel: str, rows: tuple[OutboxRow, ...], stands: Mapping[CardKey, Posted]
    ) -> tuple[OutboxRow, ...]:
        """Without those of a card that another queue posts, which are brought there.

        A route may change while a first card waits: it is posted once, from the queue of the row that was begun, else
        of the oldest. What a storm stands for is the storm's.
        """
        nowhere = {row.out.card for row in rows} - stands.keys()
        others = self.outbox.elsewhere(channel, nowhere) if nowhere else ()
        apart = {row.out.card for row in others}
        homes = _homes(row for row in (*rows, *others) if row.out.card in apart)
        away = {key for key, home in homes.items() if home != channel}
        homes = {key: homes[key] for key in away - self.storming.of(away).keys()} if away else {}
        for home in sorted(set(homes.values())):
            self.outbox.bring([row for row in rows if homes.get(row.out.card) == home], home)
        return tuple(row for row in rows if row.out.card not in homes)


@dataclass(frozen=True, slots=True)
class CardTask:
    """A job of the plan, and all that is needed to do it."""

    job: Job
    of: Cards

    @property
    def does(self) -> str:
        """The plan's word."""
        return self.job.does

    @property
    def row(self) -> OutboxRow:
        """The wish that it fulfils."""
        return self.job.row

    @property
    def channel(self) -> str:
        """Where the wish wants it."""
        return self.job.row.out.channel

    @property
    def lands(self) -> str:
        """Where the card stands, which another route may have led to."""
        return self.job.stands.channel_id if self.job.stands else self.channel

    @property
    def subject(self) -> str:
        """The card."""
        return str(self.job.row.out.card)

    @property
    def urgency(self) -> int:
        """The plan's."""
        return self.job.urgency

    def begin(self, now: datetime) -> None:
        """Raises Conflict."""
        self.of.outbox.begin(self.row, now)

    def do(self) -> None:
        """Raises ChatError and NotFound."""
        match self.job.does:
            case "post":
                self._post()
            case "edit":
                self._edit()
            case "note":
                self._note()

    def again(self, *, ambiguous: bool) -> None:
        """An edit may be repeated, so it is never in doubt."""
        self.of.outbox.again(self.row, ambiguous=ambiguous and self.job.does != "edit")

    def park(self, cause: str) -> None:
        """Other wishes for the card stay."""
        self.of.outbox.park(self.row, cause)

    def move(self, channel: str) -> None:
        """With all wishes for the card; it stands nowhere from now on."""
        self.of.outbox.reroute(self.row.out.card, channel, lost=self.channel, stood=self.job.stands)

    def gone(self) -> bool:
        """Its new one will say so."""
        self.of.deleted.add(self.row.out.card)
        return True

    def _post(self) -> None:
        """A card where there is none, or the one whose reply was lost."""
        row, key, voice, outbox = self.row, self.row.out.card, self.of.voice, self.of.outbox
        if outbox.card(key) is not None:
            # Another queue's worker posted it since this was planned: the next turn edits it there.
            self.again(ambiguous=row.state != "waiting")
            return
        found = voice.lost(row, row.out.channel, _tag(row, row.out.revision))
        if found is not None:
            # What it shows was drawn at an earlier attempt: newer wishes stay.
            outbox.posted(row, Posted(key, *found, row.out.revision))
            return
        reply, revision = self.of.drawing.card(key)
        channel_id, ts = voice.post(row.out.channel, reply, _tag(row, revision))
        outbox.posted(row, Posted(key, channel_id, ts, revision), upto=self.job.upto)
        if key in self.of.deleted:
            self.of.deleted.remove(key)
            voice.later(channel_id, replaced(), Tag(f"{key}:replaced", revision, row.id), ts)

    def _edit(self) -> None:
        row, stands = self.row, self._stands()
        reply, revision = self.of.drawing.card(row.out.card)
        self.of.voice.update(stands.channel_id, stands.ts, reply, _tag(row, revision))
        done = Posted(stands.card, stands.channel_id, stands.ts, revision)
        self.of.outbox.posted(row, done, upto=self.job.upto)

    def _note(self) -> None:
        row, stands, voice = self.row, self._stands(), self.of.voice
        tag = _tag(row, row.out.revision)
        said = self.of.drawing.note(row.out.card, row.out.reason, row.out.revision, quiet=row.quiet)
        if said is not None and voice.lost(row, stands.channel_id, tag, stands.ts) is None:
            loud = row.is_broadcast and said.calls
            voice.post(stands.channel_id, said.reply, tag, thread_ts=stands.ts, broadcast=loud)
        self.of.outbox.posted(row, None)

    def _stands(self) -> Posted:
        if self.job.stands is None:
            raise ValueError("an edit or a note of a card that stands nowhere")
        return self.job.stands


def _homes(rows: Iterable[OutboxRow]) -> dict[CardKey, str]:
    """From which queue each card is posted: of what was begun, which may stand in Slack already, else of the oldest."""
    order = sorted(rows, key=lambda row: (row.state == "waiting", row.id), reverse=True)
    return {row.out.card: row.out.channel for row in order}


def _tag(row: OutboxRow, revision: int) -> Tag:
    return Tag(str(row.out.card), revision, row.id)
