"""When a channel's first posts become a storm, and what of an outbox is a storm's."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from bot.log import LOG
from bot.model.post import CardKey, OutboxRow, Posted
from bot.model.storm import Storm
from bot.ports import Clock, Outbox, StormQueue, Storms
from bot.slack.drawing import Drawing
from bot.slack.merging import merged
from bot.slack.roundup_task import RoundingUp, RoundupTask
from bot.slack.storm_task import StormSay, StormTask, Tools, saying, showing
from bot.slack.task import Voice


class Storming:
    """For the worker that holds a channel. More than `over` first posts that wait become a storm, none of them a post.

    While cards go on to come as fast, they join it; what comes when that is over has its own card again.
    """

    def __init__(
        self,
        storms: Storms,
        queue: StormQueue,
        outbox: Outbox,
        drawing: Drawing,
        voice: Voice,
        clock: Clock,
        wall: Callable[[], datetime],
        over: int,
    ) -> None:
        self._storms = storms
        self._queue = queue
        self._outbox = outbox
        self._tools = Tools(queue, outbox, drawing, voice, storms, wall, set())
        self._clock = clock
        self._wall = wall
        self._over = over
        self._rounding = RoundingUp(queue, outbox, drawing, voice, wall, over)

    def of(self, cards: Iterable[CardKey]) -> Mapping[CardKey, Storm]:
        """Those that a storm stands for."""
        return self._storms.of(cards)

    def split(
        self, channel: str, rows: Sequence[OutboxRow], stands: Mapping[CardKey, Posted]
    ) -> tuple[list[OutboxRow], list[StormTask | StormSay | RoundupTask]]:
        """The rows that are shown each by itself, and what is to be done for the channel's storms and roundups."""
        rows = merged(channel, rows, self._queue, self._outbox)
        keys = {row.out.card for row in rows} - stands.keys()
        found = dict(self._storms.of(keys)) if keys else {}
        if taken := self._gathered(channel, [row for row in rows if row.out.card in keys - found.keys()]):
            read = {row.id for row in rows}
            # What came in between may be of the storm too: the next turn asks.
            rows = [row for row in self._outbox.rows(channel) if row.id in read]
            found |= self._storms.of(taken)
        alone, roundups = self._rounding.split(channel, [row for row in rows if row.out.card not in found])
        mine: dict[int, list[OutboxRow]] = {}
        for row in rows:
            if row.out.card in found:
                mine.setdefault(found[row.out.card].number, []).append(row)
        storms = {storm.number: storm for storm in found.values()}
        of_storms = [task for number, of_it in mine.items() for task in self._tasks(storms[number], channel, of_it)]
        return alone, [*roundups, *of_storms]

    def _gathered(self, channel: str, rows: Sequence[OutboxRow]) -> frozenset[CardKey]:
        """The first posts that became part of a storm just now. One that was begun may be in Slack already."""
        begun = {row.out.card for row in rows if row.state != "waiting"}
        fresh = list(dict.fromkeys(row.out.card for row in rows if row.out.card not in begun))
        if not fresh:
            return frozenset()
        now = self._wall()
        into = self._queue.gathering(channel, now, self._over)
        if into is None and len(fresh) <= self._over:
            return frozenset()
        taken = self._queue.gather(channel, fresh, now, started_at=self._clock.now(), into=into)
        if into is None and taken:
            LOG.info("storm", channel=channel, cards=len(taken))
        return taken

    def _tasks(self, storm: Storm, channel: str, rows: Sequence[OutboxRow]) -> Iterator[StormTask | StormSay]:
        """One drawing, and what its thread is told; a storm is posted from its own channel's queue alone."""
        if not storm.stands and storm.channel != channel:
            self._outbox.bring(rows, storm.channel)
            return
        now = self._wall()
        yield from showing(storm, rows, self._tools, now)
        yield from saying(storm, rows, self._tools, now)
