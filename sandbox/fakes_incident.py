"""One incident on the fakes, told as a story: what is observed, what people do, what the clock does, what is posted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count

from bot.incidents import Outcome, click, record, tick
from bot.logic.cards import card, note
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.incident import Act, Incident, Reason
from bot.model.observation import Observation
from bot.model.place import About, Place, Service
from bot.model.post import Outgoing
from bot.model.reply import Reply
from bot.model.route import Route
from bot.render.text import plain_text
from sandbox.fakes import PLACE, FakeIncidents, at
from sandbox.fakes_outbox import FakeOutbox

ACCOUNTS = {"222222222222": Account("222222222222", "ml-production", ("us-east-1",))}
Posts = list[tuple[str, Reason, bool]]
"""Kind, reason, and whether it is shown at the channel's bottom."""


class Story:
    """An incident of PLACE. Each step returns what it had posted."""

    def __init__(self, route: Route | None = None, about: About | None = None) -> None:
        self.outbox = FakeOutbox()
        self.store = FakeIncidents(fold, self.outbox)
        self.route = route or Route("ml-alerts")
        self.service = Service("bank-marketing", "tag", about or About())
        self.hour = 0.0
        self._clicks = count()

    def hears(self, *observed: Observation) -> Posts:
        """Runs end, each at its time."""
        with_posts = self._since(len(self.outbox.asked))
        for one in observed:
            self.hour = (one.at - at(0)) / (at(1) - at(0))
            record(self.store, [(PLACE, self.service, one)], self.routing, one.at)
        return list(with_posts)

    def does(self, act: Act, hour: float, person: str = "U1", *, until: float = 99, **asked: str) -> Posts:
        """Somebody acts."""
        with_posts = self._since(len(self.outbox.asked))
        self.press(act, hour, person, until=at(until), **asked)
        return list(with_posts)

    def press(self, act: Act, hour: float, person: str = "U1", *, until: datetime | None, **asked: str) -> Outcome:
        """The same; returns what became of it."""
        self.hour = hour
        given = {"click_id": f"click:{next(self._clicks)}", **asked}
        return click(
            self.store,
            1,
            act,
            person_id=person,
            now=at(hour),
            routing=self.routing,
            until=until,
            click_id=given["click_id"],
            reason=given.get("reason", ""),
            to=given.get("to", ""),
        )

    def waits(self, hour: float) -> Posts:
        """The clock goes on to that hour, and the poll looks what it changed."""
        with_posts = self._since(len(self.outbox.asked))
        self.hour = hour
        tick(self.store, self.store.due_before(at(hour)), self.routing, at(hour))
        return list(with_posts)

    def routing(self, place: Place, about: About) -> Route:
        """The story's route, whatever it is now."""
        del place, about
        return self.route

    @property
    def incident(self) -> Incident:
        """As of the last step."""
        return self.store.get(1, at(self.hour))

    def card(self, episode: int | None = None) -> str:
        """The card, as text."""
        return plain_text(card(self.incident, at(self.hour), ACCOUNTS, episode))

    def note(self, reason: Reason, revision: int | None = None) -> Reply:
        """What the thread is told."""
        return note(self.incident, reason, at(self.hour), ACCOUNTS, revision)

    def told(self, reason: Reason, revision: int | None = None) -> str:
        """The same as text, without the incident's name."""
        said = self.note(reason, revision)
        return plain_text(replace(said, parts=())).partition(": ")[2]

    def _since(self, before: int) -> Iterator[tuple[str, Reason, bool]]:
        """What was asked after so many; read when the step is over."""
        yield from (_post(o) for o in self.outbox.asked[before:])


def said(reason: Reason, *, broadcast: bool = False) -> Posts:
    """A card's edit and a note in its thread."""
    return [("card", reason, False), ("note", reason, broadcast)]


def edited(reason: Reason = Reason.COUNT) -> Posts:
    """The card alone."""
    return [("card", reason, False)]


def _post(out: Outgoing) -> tuple[str, Reason, bool]:
    return (out.kind, out.reason, out.broadcast)
