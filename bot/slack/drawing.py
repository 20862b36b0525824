"""What the poster shows, drawn from the incident at the moment of sending."""

from dataclasses import replace

from bot.logic.cards import card, note
from bot.logic.lifecycle import fold_episode
from bot.model.account import Account
from bot.model.incident import Reason
from bot.model.post import CardKey
from bot.model.reply import Code, Paragraph, Reply
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
        return card(incident, now, self._accounts(), key.episode), incident.revision

    def note(self, key: CardKey, reason: Reason, revision: int | None = None) -> Reply:
        """What is said in the card's thread, of what was asked for at this revision. Raises NotFound."""
        now = self._clock.now()
        incident = self._incidents.get(key.incident, now)
        if key.episode < incident.state.episode:
            incident = replace(incident, state=fold_episode(incident.log, key.episode, now, incident.state.cool_down))
        return note(incident, reason, now, self._accounts(), revision)

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
