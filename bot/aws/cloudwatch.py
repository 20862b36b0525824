"""Whom to ask for an account's metrics, and CloudWatch's listings within their quotas."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.aws.asking import over
from bot.aws.errors import where
from bot.aws.hub import Answer, Hub, Target
from bot.aws.pace import Pace
from bot.errors import AccessDenied, SourceError, TimedOut
from bot.logic.check_fleet import METRICS
from bot.model.account import Account
from bot.ports.ask import Ask

PER_S = {
    "ListMetrics": 20.0,
    "GetMetricData": 40.0,
    "DescribeAlarms": 6.0,
    "DescribeAlarmContributors": 6.0,
    "ListAlarmMuteRules": 30.0,
    "GetAlarmMuteRule": 15.0,
    "GetResources": 10.0,
}
"""Below the quotas of an account and Region: 25, 50, 9, 9, 50, 20 and 15 a second (CloudWatch user guide: "Service
quotas"; of GetMetricData, pages say 50 or 500; Tagging API reference). The bot may not be the only one who asks."""
Place = tuple[str, str]
"""Account id and Region."""


@dataclass(frozen=True, slots=True)
class Way:
    """How an account's metrics are had: whom to ask, and whether by a link, by the account's role, or at home."""

    account: Account
    asked: Target
    by: Literal["link", "role", "own"]

    @property
    def linked(self) -> bool:
        """Whether another account answers for it."""
        return self.by == "link"

    def hinted(self, error: SourceError) -> SourceError:
        """A refusal with the other way out: what could be shared instead of granted."""
        if self.by != "role" or not isinstance(error, AccessDenied):
            return error
        share = f"share {METRICS} on its link" if self.account.linked else f"link the account and share {METRICS}"
        hinted = AccessDenied(error.cause, f"{error.next_step.rstrip('.')}; or {share}.")
        hinted.retryable = error.retryable
        return hinted


@dataclass(frozen=True, slots=True)
class Paged:
    """An operation that answers in pages, and what of, in words; `leads_on` names what leads to the next."""

    operation: str
    what: str
    service: str = "cloudwatch"
    leads_on: str = "NextToken"


class CloudWatch:
    """Asks the observability account for what is linked to it, and any other account itself, as its read role."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._paces = {operation: Pace(per_s) for operation, per_s in PER_S.items()}

    def way(self, account: Account, region: str) -> Way:
        """A link without metrics is of no use. Raises SourceError while nobody has said who the bot is."""
        own = self._hub.own_account()
        if account.id == own.id:
            return Way(account, Target(own, region), "own")
        if account.linked and METRICS in account.telemetry:
            return Way(account, Target(own, region), "link")
        return Way(account, Target(account, region), "role")

    def listed(self, ask: Ask, target: Target, **params: object) -> Iterator[Answer]:
        """Pages of ListMetrics. Raises SourceError."""
        return self.pages(ask, target, Paged("ListMetrics", "metrics"), **params)

    def measured(self, ask: Ask, target: Target, **params: object) -> Iterator[Answer]:
        """Pages of GetMetricData. Raises SourceError."""
        return self.pages(ask, target, Paged("GetMetricData", "metrics"), **params)

    def pages(self, ask: Ask, target: Target, listing: Paged, **params: object) -> Iterator[Answer]:
        """Every page. Raises SourceError."""
        token: dict[str, object] = {}
        while True:
            page = self.call(ask, target, listing.operation, listing.service, **params, **token)
            yield page
            if not page.get(listing.leads_on):
                return
            token = {listing.leads_on: page[listing.leads_on]}
            if over(ask):
                cause = f"the {listing.what} of {where(target.account)} were too many for the time given"
                raise TimedOut(cause, "Ask for less.")

    def call(self, ask: Ask, target: Target, operation: str, service: str = "cloudwatch", **params: object) -> Answer:
        """One operation, when it is its turn. Raises SourceError."""
        self._paces[operation].wait(ask, (target.account.id, target.region))
        return self._hub.call(target, service, operation, **params)
