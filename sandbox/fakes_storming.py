"""A poster before many incidents that begin at once, for tests of storms."""

from collections import Counter
from collections.abc import Iterable

from bot.incidents import click, record
from bot.model.incident import Act, Incident, Reason
from bot.model.observation import Observation
from bot.model.place import About, Family, Place, Service
from bot.model.post import CardKey, Outgoing
from bot.model.route import Route
from sandbox.fakes import at, run
from sandbox.fakes_poster import Desk, Post

ACCOUNTS = ("111111111111", "222222222222", "333333333333")


class StormDesk(Desk):
    """Incidents by their services' names; each goes to the channel that it began in."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.routes: dict[str, Route] = {}

    def breaks(self, names: Iterable[str], hour: float = 1, *, channel: str = "ml-alerts", seen: float = 0.7) -> None:
        """A bad run of each."""
        for name in names:
            self.routes.setdefault(name, Route(channel, group="S0ONCALL"))
            self.hears(name, run(hour, {"accuracy": seen}, by=name))

    def hears(self, name: str, observed: Observation) -> None:
        """Somebody speaks of one, at the time of that."""
        record(self.kept, [(place(name), Service(name), observed)], self.route, observed.at)

    def recovers(self, names: Iterable[str], hour: float) -> None:
        """A good run of each."""
        for name in names:
            self.hears(name, run(hour, good={"accuracy": 0.99}, by=name))

    def acknowledges(self, name: str, hour: float = 2, person: str = "U1") -> None:
        """Somebody takes one."""
        click(
            self.kept,
            self.incident(name).number,
            Act.ACKNOWLEDGE,
            click_id=f"{name}:{hour}",
            person_id=person,
            now=at(hour),
            routing=self.route,
            until=at(hour + 6),
        )

    def want_note(self, name: str, reason: Reason, *, broadcast: bool = False) -> None:
        """Queue a line for its thread."""
        key = CardKey(self.incident(name).number, 1)
        self.outbox.add([Outgoing("note", key, 1, reason, self.routes[name].channel, broadcast)])

    def incident(self, name: str) -> Incident:
        """As of now."""
        found = self.kept.at(place(name), self.time.now())
        if found is None:
            raise LookupError(name)
        return found

    def route(self, place: Place, about: About) -> Route:
        """Where it began."""
        del about
        return self.routes.get(place.service, Route("ml-alerts"))

    def storms_in(self, channel: str = "ml-alerts") -> list[Post]:
        """Storms' cards there, oldest first."""
        return [p for p in self.slack.cards if p.channel == channel and p.tag.card.startswith("storm/")]

    def alone_in(self, channel: str = "ml-alerts") -> list[Post]:
        """The other cards."""
        apart = ("storm/", "roundup/")
        return [p for p in self.slack.cards if p.channel == channel and not p.tag.card.startswith(apart)]

    def shown_on(self) -> Counter[str]:
        """How many cards stand for each incident's episode, by its key: its own and its storm's."""
        alone = [p.tag.card for p in self.slack.cards if not p.tag.card.startswith(("storm/", "roundup/"))]
        storms = {p.tag.card for p in self.slack.cards} - set(alone)
        keys = [CardKey(n, 1) for n in range(1, len(self.routes) + 2)]
        gathered = [str(key) for key, storm in self.storms.of(keys).items() if storm.key in storms]
        return Counter([*alone, *gathered])


def names(count: int, stem: str = "svc") -> list[str]:
    """So many services."""
    return [f"{stem}{n:04d}" for n in range(count)]


def place(name: str) -> Place:
    """In one of three accounts."""
    return Place(ACCOUNTS[sum(map(ord, name)) % 3], "us-east-1", name, Family.MODEL_QUALITY)
