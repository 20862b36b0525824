"""Sends a destination's rows: one thread each, so that one that hangs holds up no other and nothing of Slack."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Final

from bot.errors import BotError
from bot.handoff import pagerduty, webhook
from bot.handoff.request import Answer, Request
from bot.log import LOG
from bot.logic.handing import Links
from bot.model.handoff import Destination, HandOff, HandOffRow
from bot.ports.handoffs import HandOffs
from bot.telemetry import HANDED

LOOK_S: Final = 1.0
"""So often is looked whether something waits."""
FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(minutes=5)
"""Between attempts: doubled from the first to this one. PagerDuty wants "a backoff of a few minutes" after a 429."""
AT_ONCE: Final = 200
"""Rows of one turn; then it looks again what became moot."""

Post = Callable[[Destination, Request, datetime], Answer]


class Worker:
    """One destination's. `leads` says whether this process sends to it just now; `post` speaks HTTP.

    More than `storm_over` incidents that begin at once are one alert of a pager; a webhook wakes nobody and gets all.
    """

    def __init__(
        self,
        to: Destination,
        rows: HandOffs,
        *,
        links: Callable[[HandOff], Links],
        leads: Callable[[], bool],
        storm_over: int,
        wall: Callable[[], datetime],
        post: Post,
    ) -> None:
        self._to = to
        self._rows = rows
        self._links = links
        self._leads = leads
        self._storm_over = storm_over
        self._wall = wall
        self._post = post
        self._rests_until = wall()
        self._failed = 0

    def run(self, stop: Event) -> None:
        """Until the stop. The consumer's edge: no failure ends the loop."""
        while not stop.wait(LOOK_S):
            try:
                self.turn(stop)
            except BotError as error:
                LOG.warning("hand-offs not sent", destination=self._to.name, cause=error.cause)
                stop.wait(LOOK_S)
            except Exception:  # noqa: BLE001  # the consumer's edge
                LOG.exception("hand-offs broke", destination=self._to.name)
                stop.wait(LONGEST_WAIT.total_seconds())

    def turn(self, stop: Event) -> int:
        """Send what may be sent now; how many rows were tried. Raises StoreDown or Unsaved: it comes again then."""
        tried = 0
        name = self._to.name
        if self._rows.next(name, self._wall()) is None or not self._leads() or self._wall() < self._rests_until:
            return tried
        self._drop_moot()
        if self._to.kind == "pagerduty":
            # A storm is over when all of it is: what ends of its members is known once it is gathered.
            self._rows.gather(name, self._storm_over, self._wall())
            self._drop_moot()
        while tried < AT_ONCE and not stop.is_set() and self._wall() >= self._rests_until and self._leads():
            if self._to.kind == "pagerduty":
                # Before each: what follows a storm's first word must not go out on its own.
                self._rows.gather(name, self._storm_over, self._wall())
            row = self._rows.next(name, self._wall())
            if row is None or not self._rows.begin(row):
                break
            tried += 1
            self._settle(row, self._sent(row))
        return tried

    def _drop_moot(self) -> None:
        if dropped := self._rows.moot(self._to.name):
            LOG.info("hand-offs moot: over before they were taken", destination=self._to.name, episodes=dropped)

    def _sent(self, row: HandOffRow) -> Answer:
        links, now = self._links(row.out), self._wall()
        if self._to.kind == "pagerduty":
            return self._post(self._to, pagerduty.request(self._to, row, links), now)
        return self._post(self._to, webhook.request(self._to, row, links, now), now)

    def _settle(self, row: HandOffRow, answer: Answer) -> None:
        HANDED.labels(self._to.name, answer.outcome).inc()
        told = {"destination": self._to.name, "incident": row.out.card.incident, "action": row.out.action.value}
        if answer.outcome == "again":
            self._failed += 1
            now = self._wall()
            # The row waits longer the more often it failed, the destination only as long as it asks or just broke:
            # one event that always fails must not hold up the others.
            wait = answer.wait or min(FIRST_WAIT * 2 ** min(row.attempts, 10), LONGEST_WAIT)
            rest = answer.wait or min(timedelta(seconds=2 ** min(self._failed, 6)), LONGEST_WAIT)
            self._rests_until = now + rest
            self._rows.again(row, answer.said, now + wait)
            LOG.warning("hand-off not taken", cause=answer.said, attempts=row.attempts + 1, **told)
            return
        self._failed = 0
        if answer.outcome == "dead":
            self._rows.bury(row, answer.said)
            LOG.error("hand-off refused", cause=answer.said, **told)
            return
        self._rows.done(row)
        LOG.info("handed off", **told)


def threads(workers: Iterable[Worker], names: Iterable[str], stop: Event) -> tuple[Thread, ...]:
    """One each, not started."""
    pairs = zip(workers, names, strict=True)
    return tuple(Thread(target=one.run, args=(stop,), name=f"handoff-{name}", daemon=True) for one, name in pairs)
