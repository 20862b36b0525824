"""What the poster shows, drawn from the incident at the moment of sending."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bot.errors import NotFound
from bot.logic.beside import beside
from bot.logic.cards import card, note
from bot.logic.lifecycle import fold_episode
from bot.logic.roundup import roundup
from bot.logic.still import is_said, is_still
from bot.logic.storm_card import Member, members, storm_card
from bot.logic.storm_notes import Said, storm_note
from bot.model.account import Account
from bot.model.incident import Reason
from bot.model.post import CardKey, OutboxRow
from bot.model.reply import Code, Paragraph, Reply
from bot.model.storm import Storm
from bot.ports import Clock, Incidents, Inventory


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a thread is told."""

    reply: Reply
    calls: bool
    """Whether people may be called for it: the channel, where it was asked for."""


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

    def note(self, key: CardKey, reason: Reason, revision: int | None = None, *, quiet: bool = False) -> Spoken | None:
        """What is said in the card's thread, of what was asked for at this revision. Raises NotFound.

        A `quiet` one calls nobody. None for what is over, where the card says it all.
        """
        now = self._clock.now()
        incident = self._incidents.get(key.incident, now)
        if key.episode < incident.state.episode:
            incident = replace(incident, state=fold_episode(incident.log, key.episode, now, incident.state.cool_down))
        if not is_said(incident, reason, revision):
            return None
        reply = note(incident, reason, now, self._accounts(), revision, quiet=quiet)
        return Spoken(reply, calls=not quiet and is_still(incident, reason, revision))

    def members(self, cards: Collection[CardKey]) -> tuple[Member, ...]:
        """The incidents of a storm's cards, as of now."""
        now = self._clock.now()
        return members(self._incidents.many({key.incident for key in cards}, now), cards, now)

    def storm(self, storm: Storm, found: Sequence[Member], revision: int) -> Reply:
        """Its card, as its drawing of that number."""
        return storm_card(storm, found, self._accounts(), revision)

    def storm_note(self, rows: Sequence[OutboxRow]) -> Spoken | None:
        """What a storm's thread is told of these rows, which are of one reason. Raises NotFound.

        None when all that they were to say is over.
        """
        found = {m.incident.number: m.incident for m in self.members({row.out.card for row in rows})}
        asked = [row for row in rows if row.out.card.incident in found]
        if not asked:
            raise NotFound(f"There is no incident #{rows[0].out.card.incident}.")
        said = [(row, Said(found[row.out.card.incident], row.out.reason, row.out.revision)) for row in asked]
        true = [(row, one) for row, one in said if is_still(one.incident, one.reason, one.revision)]
        if not true:
            return None
        reply = storm_note([one for _, one in true], self._clock.now(), self._accounts())
        return Spoken(reply, calls=any(row.is_broadcast for row, _ in true))

    def roundup(self, rows: Sequence[OutboxRow]) -> Reply | None:
        """What a channel is told of these notes; None when all that they were to say is over."""
        found = {m.incident.number: m for m in self.members({row.out.card for row in rows})}
        asked: dict[int, list[tuple[Reason, int]]] = {}
        for out in (row.out for row in rows):
            one = found.get(out.card.incident)
            if one is not None and is_still(one.incident, out.reason, out.revision):
                asked.setdefault(out.card.incident, []).append((out.reason, out.revision))
        if not asked:
            return None
        return roundup([found[number] for number in asked], asked, self._clock.now(), self._accounts())

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
