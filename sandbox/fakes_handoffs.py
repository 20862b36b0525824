"""Hand-offs in memory, and a receiver that answers as it is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.handoff.request import Answer, Request
from bot.model.handed import Action
from bot.model.handoff import Dead, Destination, HandOff, HandOffRow, Waiting


class FakeHandOffs:
    """`HandOffs` in memory, with the real one's order."""

    def __init__(self, *out: HandOff) -> None:
        self.kept = [HandOffRow(n, one, "waiting") for n, one in enumerate(out, 1)]
        self.done_ids: list[int] = []
        self.gathered: list[tuple[str, int]] = []

    def destinations(self) -> tuple[str, ...]:
        """Of what lives."""
        return tuple(sorted({r.out.destination for r in self.kept if r.state != "dead"}))

    def next(self, destination: str, now: datetime) -> HandOffRow | None:
        """The oldest of an incident whose oldest it is."""
        behind: set[int] = set()
        for row in self.kept:
            if row.out.destination != destination or row.state == "dead":
                continue
            if row.out.card.incident not in behind and (row.next_at is None or row.next_at <= now):
                return row
            behind.add(row.out.card.incident)
        return None

    def begin(self, row: HandOffRow) -> bool:
        """As read."""
        if row not in self.kept:
            return False
        self._put(replace(row, state="sending", attempts=row.attempts + 1))
        return True

    def done(self, row: HandOffRow) -> None:
        """Gone."""
        self.kept = [r for r in self.kept if r.id != row.id]
        self.done_ids.append(row.id)

    def again(self, row: HandOffRow, cause: str, next_at: datetime) -> None:
        """Later."""
        kept = next(r for r in self.kept if r.id == row.id)
        self._put(replace(kept, state="waiting", cause=cause, next_at=next_at))

    def bury(self, row: HandOffRow, cause: str) -> None:
        """Never."""
        kept = next(r for r in self.kept if r.id == row.id)
        self._put(replace(kept, state="dead", cause=cause))

    def moot(self, destination: str) -> int:
        """Of one life each, as tests have them: all of it, or all but the resolve of what was tried."""
        live = [r for r in self.kept if r.out.destination == destination and r.state != "dead"]
        cards = {r.out.card for r in live if r.out.fresh}
        over = {r.out.card for r in live if r.out.action is Action.RESOLVE} & cards
        tried = {r.out.card for r in live if r.attempts}
        ends = [r for r in live if r.out.action is Action.RESOLVE and r.out.card in tried]
        self.kept = [r for r in self.kept if r not in live or r.out.card not in over or r in ends]
        return len(over)

    def gather(self, destination: str, over: int, now: datetime) -> None:
        """Noted: the real one's storms are tested on databases."""
        del now
        self.gathered.append((destination, over))

    def waiting(self) -> Sequence[Waiting]:
        """None: the real one's are tested on databases."""
        return ()

    def dead(self) -> Sequence[Dead]:
        """None, as above."""
        return ()

    def _put(self, row: HandOffRow) -> None:
        self.kept = [row if r.id == row.id else r for r in self.kept]


class FakeReceiver:
    """Stands for `post`: answers with what is next in `answers`, else takes everything; keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[Destination, Request]] = []

    def __call__(self, to: Destination, request: Request, now: datetime) -> Answer:
        """One attempt."""
        del now
        self.asked.append((to, request))
        return self.answers.pop(0) if self.answers else Answer("sent")
