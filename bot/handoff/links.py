"""What a hand-off points to, as known when it is sent."""

from bot.logic.handing import Links
from bot.model.handoff import HandOff
from bot.ports import Inventory, Outbox, Storms


class Linking:
    """`workspace_url` is Slack's own word for where the workspace is (`auth.test`)."""

    def __init__(self, workspace_url: str, outbox: Outbox, storms: Storms, inventory: Inventory) -> None:
        self._workspace = workspace_url.rstrip("/")
        self._outbox = outbox
        self._storms = storms
        self._inventory = inventory

    def of(self, out: HandOff) -> Links:
        """Raises StoreDown. A card that does not stand yet is not waited for: a pager may be quicker than Slack."""
        runbook = out.told.about.runbook
        labels = {account.id: account.label for account in self._inventory.accounts()}
        return Links(
            self._slack(out),
            runbook if runbook.startswith("https://") else "",
            labels.get(out.told.place.account_id, ""),
        )

    def _slack(self, out: HandOff) -> str:
        """The card, or that of the storm which stands for it."""
        if card := self._outbox.card(out.card):
            return self._permalink(card.channel_id, card.ts)
        storm = self._storms.of([out.card]).get(out.card)
        return self._permalink(storm.channel_id, storm.ts) if storm and storm.ts else ""

    def _permalink(self, channel_id: str, ts: str) -> str:
        """As `chat.getPermalink` answers (docs.slack.dev), without a call to Slack."""
        return f"{self._workspace}/archives/{channel_id}/p{ts.replace('.', '')}" if self._workspace else ""
