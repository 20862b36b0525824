"""Whom to ask for an account's metrics, and CloudWatch's two listings within their quotas."""

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

PER_S = {"ListMetrics": 20.0, "GetMetricData": 40.0}
"""Below the quotas of an account and Region, 25 and 50 a second (CloudWatch user guide: "Service quotas"; of
GetMetricData, pages say 50 or 500): the bot may not be the only one who asks."""
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
        return self._pages(ask, target, "ListMetrics", **params)

    def measured(self, ask: Ask, target: Target, **params: object) -> Iterator[Answer]:
        """Pages of GetMetricData. Raises SourceError."""
        return self._pages(ask, target, "GetMetricData", **params)

    def _pages(self, ask: Ask, target: Target, operation: str, **params: object) -> Iterator[Answer]:
        token: dict[str, object] = {}
        while True:
            self._paces[operation].wait(ask, (target.account.id, target.region))
            page = self._hub.call(target, "cloudwatch", operation, **params, **token)
            yield page
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}
            if over(ask):
                raise TimedOut(
                    f"the metrics of {where(target.account)} were too many for the time given", "Ask for less."
                )
