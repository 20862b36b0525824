"""Shows in Slack what the outbox holds: each row once, in order, at Slack's pace, whatever breaks in between."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

from bot.errors import (
    BotError,
    ChannelLost,
    ChatError,
    Conflict,
    MessageGone,
    NotFound,
    RateLimited,
    Refused,
    TokenDead,
    Unconfirmed,
)
from bot.log import LOG, traced
from bot.model.post import CardKey, OutboxRow, Posted
from bot.model.reply import Reply
from bot.ports import Chat, Clock, Incidents, Inventory, Outbox, Tag
from bot.slack.drawing import Drawing, moved, replaced
from bot.slack.pauses import Pauses
from bot.slack.plan import Job, jobs
from bot.slack.web import BlocksRefused
from bot.telemetry import SHOWN

POST_EVERY = timedelta(seconds=1)
"""A channel takes about one message a second (docs.slack.dev, Rate limits)."""
EDITS_PER_MINUTE = 45
"""`chat.update` is Tier 3: 50 and more a minute for an app in a workspace, whatever the channel."""
LEASE_S = 60.0
"""Longer than any call to Slack takes: who is silent for so long has none under way."""
_SEARCH = timedelta(seconds=60)
"""A lost message is looked for from this long before its first attempt: Slack's clock is not ours."""
_TELL_AGAIN = timedelta(hours=1)
_GIVE_UP = 3
"""Times that one row may break the poster itself before it is parked and no longer delays the others."""
_EDITS, _ALL = "edits", "all"


class Poster:
    """One worker. `wall` is the machine's clock (aware, UTC); a lost channel's cards go to `default_channel`."""

    def __init__(
        self,
        outbox: Outbox,
        incidents: Incidents,
        inventory: Inventory,
        chat: Chat,
        clock: Clock,
        *,
        worker: str,
        wall: Callable[[], datetime],
        default_channel: str,
        lease_s: float = LEASE_S,
    ) -> None:
        self._lease_s = lease_s
        self._outbox = outbox
        self._drawing = Drawing(incidents, inventory, clock)
        self._chat = chat
        self._worker = worker
        self._wall = wall
        self._default = default_channel.lstrip("#")
        self._pauses = Pauses()
        self._held: tuple[str, ...] = ()
        self._held_since = wall()
        self._deleted: set[CardKey] = set()
        self._moved: set[CardKey] = set()
        self._told: dict[str, datetime] = {}
        self.token_dead = False
        """Slack refused the token at the last call: nothing is shown until it is a good one."""
        self._at: int | None = None
        self._broke: Counter[int] = Counter()

    def run(self, stop: Event, nudge: Event) -> None:
        """Turn after turn until `stop`; `nudge` after a commit makes the next one come at once."""
        while not stop.is_set():
            if not self._guarded_turn():
                nudge.wait(0.2 if self._held else 1.0)
                nudge.clear()
        try:
            self._outbox.release(self._worker)
        except BotError as error:
            LOG.warning("leases run out by themselves", cause=error.cause)

    def turn(self) -> bool:
        """One round over the channels that this worker holds; True if anything was done."""
        if self._pauses.holds(_ALL, self._wall()):
            return False
        self._lease()
        self._moved.clear()
        begun = [self._attempt(job) for job in self._jobs()]
        return any(begun)

    def _guarded_turn(self) -> bool:
        """The consumer's edge: no failure ends the loop, and a row that breaks it is parked in the end."""
        try:
            return self.turn()
        except BotError as error:
            LOG.warning("outbox not reached", cause=error.cause)
        except Exception:  # noqa: BLE001  # the consumer's edge
            LOG.exception("poster broke", row=self._at)
            if self._at is not None:
                self._broke[self._at] += 1
        self._at = None
        self._pauses.hold(_ALL, self._wall() + timedelta(seconds=2))
        return False

    def _lease(self) -> None:
        self._held_since = self._wall()
        self._held = self._outbox.lease(self._worker, self._held_since, self._lease_s)

    def _jobs(self) -> list[Job]:
        """The jobs of all channels, the most urgent first, since they share the budget of edits."""
        now = self._wall()
        free = [channel for channel in self._held if not self._pauses.holds(channel, now)]
        found = [job for channel in free for job in jobs(self._outbox.rows(channel), self._outbox.card)]
        return sorted(found, key=lambda job: (job.urgency, job.row.id))

    def _attempt(self, job: Job) -> bool:
        """Do one job unless pace, budget or lease forbid it; True if it was begun."""
        row = job.row
        if self._broke[row.id] >= _GIVE_UP:
            self._outbox.park(row, "Showing it broke the poster; the log says why.")
            return True
        if row.out.card in self._moved or not self._holds(row.out.channel) or not self._may(job, self._wall()):
            return False
        try:
            self._outbox.begin(row, self._wall())
        except Conflict:
            return False
        self._at = row.id
        try:
            with traced(row=str(row.id)):
                self._do(job)
        except (ChatError, NotFound) as error:
            SHOWN.labels(job.does, type(error).__name__).inc()
            self._failed(job, error)
        else:
            SHOWN.labels(job.does, "ok").inc()
            self.token_dead = False
            for what in (_ALL, row.out.channel, str(row.out.card)):
                self._pauses.clear(what)
        self._at = None
        return True

    def _holds(self, channel: str) -> bool:
        """Whether the lease lasts: renewed when half of it is gone, for a call may take long."""
        if self._wall() - self._held_since > timedelta(seconds=self._lease_s / 2):
            self._lease()
        return channel in self._held

    def _may(self, job: Job, now: datetime) -> bool:
        out = job.row.out
        if any(self._pauses.holds(what, now) for what in (_ALL, out.channel, str(out.card))):
            return False
        if job.does == "edit":
            return not self._pauses.holds(_EDITS, now) and self._outbox.take_update(now, EDITS_PER_MINUTE)
        next_at = self._outbox.next_post_at(out.channel)
        return next_at is None or next_at <= now

    def _do(self, job: Job) -> None:
        match job.does:
            case "post":
                self._post(job.row, job.upto)
            case "edit":
                self._edit(job)
            case "note":
                self._note(job)

    def _post(self, row: OutboxRow, upto: int) -> None:
        """A card where there is none, or the one whose reply was lost."""
        key = row.out.card
        found = self._lost(row, row.out.channel)
        if found is not None:
            # What it shows was drawn at an earlier attempt: newer wishes stay.
            self._outbox.posted(row, Posted(key, *found, row.out.revision))
            return
        reply, revision = self._drawing.card(key)
        self._pace(row.out.channel)
        channel_id, ts = self._chat.post(row.out.channel, reply, _tag(row, revision))
        self._outbox.posted(row, Posted(key, channel_id, ts, revision), upto=upto)
        if key in self._deleted:
            self._deleted.remove(key)
            self._say(channel_id, replaced(), Tag(f"{key}:replaced", revision, row.id), ts)

    def _edit(self, job: Job) -> None:
        stands = job.stands
        if stands is None:
            raise ValueError("an edit of a card that stands nowhere")
        reply, revision = self._drawing.card(job.row.out.card)
        self._chat.update(stands.channel_id, stands.ts, reply, _tag(job.row, revision))
        self._outbox.posted(job.row, Posted(stands.card, stands.channel_id, stands.ts, revision), upto=job.upto)

    def _note(self, job: Job) -> None:
        row, stands = job.row, job.stands
        if stands is None:
            raise ValueError("a note in the thread of a card that stands nowhere")
        if self._lost(row, stands.channel_id, stands.ts) is None:
            reply = self._drawing.note(row.out.card, row.out.reason)
            self._pace(row.out.channel)
            tag = _tag(row, row.out.revision)
            self._chat.post(stands.channel_id, reply, tag, thread_ts=stands.ts, broadcast=row.out.broadcast)
        self._outbox.posted(row, None)

    def _lost(self, row: OutboxRow, channel: str, thread_ts: str | None = None) -> tuple[str, str] | None:
        """The message of an earlier attempt whose end nobody knows, if it stands there."""
        if row.state == "waiting" or row.claimed_at is None:
            return None
        found = self._chat.find(channel, _tag(row, row.out.revision), row.claimed_at - _SEARCH, thread_ts=thread_ts)
        LOG.info("looked for a message", row=row.id, found=found is not None)
        return found

    def _pace(self, channel: str) -> None:
        """Noted before the call: a crash must not let the next worker post at once."""
        self._outbox.pace(channel, self._wall() + POST_EVERY)

    def _failed(self, job: Job, error: BotError) -> None:
        row, now = job.row, self._wall()
        # What Slack refuses stays unseen until a person reads this.
        log = LOG.error if isinstance(error, Refused | NotFound) else LOG.warning
        log("not shown", row=row.id, channel=row.out.channel, cause=error.cause)
        if isinstance(error, BlocksRefused | NotFound):
            self._outbox.park(row, error.cause)
            return
        # An edit may be repeated; a post that was begun before is looked for until one reply arrives.
        in_doubt = isinstance(error, Unconfirmed) or row.state != "waiting"
        self._outbox.again(row, ambiguous=in_doubt and job.does != "edit")
        match error:
            case RateLimited():
                self._wait(job, now + timedelta(seconds=error.retry_after_s))
            case TokenDead():
                self.token_dead = True
                self._pauses.grow(_ALL, now, first_s=60, most_s=600)
            case MessageGone():
                self._deleted.add(row.out.card)
                self._move(row.out.card, row.out.channel)
            case Refused():
                self._pauses.grow(str(row.out.card), now, first_s=5, most_s=300)
            case ChannelLost():
                self._reroute(row, error.cause, now)
            case _:
                self._pauses.grow(row.out.channel, now, first_s=1, most_s=60)

    def _wait(self, job: Job, until: datetime) -> None:
        """Retry-After holds for the channel's posts; for edits, whose limit is the workspace's, for all of them."""
        if job.does == "edit":
            self._pauses.hold(_EDITS, until)
        else:
            self._outbox.pace(job.row.out.channel, until)
            self._pauses.hold(job.row.out.channel, until)

    def _reroute(self, row: OutboxRow, cause: str, now: datetime) -> None:
        """To the default channel, and said there; when that is lost too, everything stays where it is."""
        channel = row.out.channel.lstrip("#")
        if channel == self._default:
            LOG.error("default channel lost", channel=channel, cause=cause)
        if channel == self._default or not self._told_of(channel, cause, row, now):
            self._pauses.grow(row.out.channel, now, first_s=5, most_s=300)
            return
        self._move(row.out.card, self._default)

    def _move(self, card: CardKey, channel: str) -> None:
        """The card stands nowhere from now on; what else this turn had for it is read anew in the next."""
        self._outbox.reroute(card, channel)
        self._moved.add(card)

    def _told_of(self, channel: str, cause: str, row: OutboxRow, now: datetime) -> bool:
        """Whether people in the default channel know of the lost one; told at most once an hour."""
        if channel in self._told and now - self._told[channel] < _TELL_AGAIN:
            return True
        if not self._say(self._default, moved(channel, cause), Tag(f"lost:{channel}", 0, row.id)):
            return False
        self._told[channel] = now
        return True

    def _say(self, channel: str, reply: Reply, tag: Tag, thread_ts: str | None = None) -> bool:
        """Once, without a row of its own: what it tells is also in the log."""
        try:
            self._chat.post(channel, reply, tag, thread_ts=thread_ts)
        except ChatError as error:
            LOG.warning("not said", channel=channel, cause=error.cause)
            return False
        return True


def _tag(row: OutboxRow, revision: int) -> Tag:
    return Tag(str(row.out.card), revision, row.id)
