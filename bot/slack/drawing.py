"""What the poster shows, drawn from the incident at the moment of sending."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.errors import NotFound
from bot.logic.beside import beside
from bot.logic.cards import card, note
from bot.logic.lifecycle import fold_episode
from bot.logic.roundup import roundup
from bot.logic.storm_card import Member, members, storm_card
from bot.logic.storm_notes import Said, storm_note
from bot.model.account import Account
from bot.model.incident import Reason
from bot.model.post import CardKey, OutboxRow
from bot.model.reply import Code, Paragraph, Reply
from bot.model.storm import Storm
from bot.ports import Clock, Incidents, Inventory


class Drawing:
    """Cards and notes by their key. A card of an earlier episode is drawn as that episode ended."""

    def __init__(self, incidents: Incidents, inventory: Inventory, clock: Clock) -> None:
        self._incidents = incidents
        self._inventory = inventory
        self._clock = clock

    def card(self, key: CardKey) -> tuple[Reply, int]:
        """The card and the revision that it shows. Raises NotFound."""
        now = self._clock.now()
        incident = self._incidents.get(key.incident, now)
        place = beside(incident)
        operations = self._incidents.at(place, now) if place else None
        return card(incident, now, self._accounts(), key.episode, operations), incident.revision

    def note(self, key: CardKey, reason: Reason, revision: int | None = None, *, quiet: bool = False) -> Reply:
        """What is said in the card's thread, of what was asked for at this revision. Raises NotFound.

        A `quiet` one calls nobody.
        """
        now = self._clock.now()
        incident = self._incidents.get(key.incident, now)
        if key.episode < incident.state.episode:
            incident = replace(incident, state=fold_episode(incident.log, key.episode, now, incident.state.cool_down))
        return note(incident, reason, now, self._accounts(), revision, quiet=quiet)

    def members(self, cards: Collection[CardKey]) -> tuple[Member, ...]:
        """The incidents of a storm's cards, as of now."""
        now = self._clock.now()
        return members(self._incidents.many({key.incident for key in cards}, now), cards, now)

    def storm(self, storm: Storm, found: Sequence[Member], revision: int) -> Reply:
        """Its card, as its drawing of that number."""
        return storm_card(storm, found, self._accounts(), revision)

    def storm_note(self, rows: Sequence[OutboxRow]) -> Reply:
        """What a storm's thread is told of these rows, which are of one reason. Raises NotFound."""
        found = {m.incident.number: m.incident for m in self.members({row.out.card for row in rows})}
        asked = [row.out for row in rows if row.out.card.incident in found]
        if not asked:
            raise NotFound(f"There is no incident #{rows[0].out.card.incident}.")
        said = [Said(found[out.card.incident], out.reason, out.revision) for out in asked]
        return storm_note(said, self._clock.now(), self._accounts())

    def roundup(self, rows: Sequence[OutboxRow]) -> Reply:
        """What a channel is told of these notes. Raises NotFound."""
        asked: dict[int, list[tuple[Reason, int]]] = {}
        for out in (row.out for row in rows):
            asked.setdefault(out.card.incident, []).append((out.reason, out.revision))
        found = self.members({row.out.card for row in rows})
        if not found:
            raise NotFound(f"There is no incident #{rows[0].out.card.incident}.")
        return roundup(found, asked, self._clock.now(), self._accounts())

    def _accounts(self) -> dict[str, Account]:
        return {account.id: account for account in self._inventory.accounts()}


def replaced() -> Reply:
    """Said under a card that stands in for one which somebody deleted."""
    return _said("The earlier message of this incident was deleted; this one takes its place.")


def moved(channel: str, cause: str) -> Reply:
    """Said where the cards of a lost channel are shown from now on."""
    text = ("What belongs in ", Code(channel), f" is shown here: {cause} Invite the bot there, or change the route.")
    return Reply(text, (Paragraph(text),), shareable=False)


def _said(text: str) -> Reply:
    return Reply((text,), (Paragraph((text,)),), shareable=False)
