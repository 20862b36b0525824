"""The sinks of the observability account, the links on them, and links as their source accounts describe them."""

from dataclasses import dataclass
from typing import Any

from bot.aws.actions import needs
from bot.aws.directory import account_of
from bot.aws.errors import where
from bot.aws.hub import Hub, Target
from bot.model.account import Account
from bot.model.checkup import LinkFacts
from bot.ports.ask import Ask


@dataclass(frozen=True, slots=True)
class Attached:
    """A link as its sink lists it."""

    account: Account
    region: str
    arn: str


@dataclass(frozen=True, slots=True)
class Sink:
    """What a Region has: the links of its sink, or None where there is no sink."""

    region: str
    links: tuple[Attached, ...] | None


class Sinks:
    """Asks one Region or one link at a time. Every method raises SourceError."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @needs("oam:ListSinks", "oam:ListAttachedLinks", holder="bot")
    def sink(self, ask: Ask, own: Target) -> Sink:
        """An account has one sink in a Region, or none."""
        links: list[Attached] | None = None
        for page in self._hub.pages(ask, own, "oam", "ListSinks", MaxResults=100):
            for sink in page["Items"]:
                links = links or []
                listing = {"SinkIdentifier": sink["Arn"], "MaxResults": 1000}
                for attached in self._hub.pages(ask, own, "oam", "ListAttachedLinks", **listing):
                    read = ((account_of(link, own.region), str(link["LinkArn"])) for link in attached["Items"])
                    links += [Attached(account, own.region, arn) for account, arn in read if account]
        return Sink(own.region, None if links is None else tuple(links))

    @needs("oam:GetLink")
    def described(self, link: Attached) -> LinkFacts:
        """With its filter, of which the sink does not tell."""
        target = Target(link.account, link.region)
        said = self._hub.call(target, "oam", "GetLink", Identifier=link.arn)
        metrics: dict[str, Any] = (said.get("LinkConfiguration") or {}).get("MetricConfiguration") or {}
        types = tuple(str(shared) for shared in said.get("ResourceTypes", ()))
        return LinkFacts(where(link.account), link.region, types, str(metrics.get("Filter", "")))
