"""Which accounts' metrics a caller may see: its own, and in a monitoring account those of the linked ones.

Source: CloudWatch User Guide, "CloudWatch cross-account observability"; OAM API reference (resource types, filters).
Names of a linked account's metrics show once samples came after linking.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sandbox.aws.cloudwatch.expression import Located
from sandbox.aws.cloudwatch.series import MetricStore, Recorded, Stores
from sandbox.aws.errors import AwsError
from sandbox.aws.link_filter import EVERYTHING, shares
from sandbox.aws.links import Link

APPEARS_AFTER_S = 15 * 60
"""A new metric "can take up to fifteen minutes" to be listed (API: PutMetricData): here it always does."""
SILENT_S = 14 * 86_400
"""A metric without samples for two weeks is not listed (API: ListMetrics)."""

Links = Callable[[str, str], Sequence[Link]]
"""From a monitoring account and Region to the links attached there that share metrics."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account whose metrics may be seen; `since_s` is when it was linked, in seconds since 1970, 0 of one's own."""

    id: str
    label: str
    since_s: float
    shares: Callable[[str], bool]
    """By namespace."""


class Sight:
    """What one account sees of one Region at one moment."""

    def __init__(self, account_id: str, region: str, now: datetime, stores: Stores, links: Links) -> None:
        self.own = account_id
        self.region = region
        self._stores = stores
        self._links = links
        self.now_s = now.timestamp()
        self._accounts: Mapping[str, Account] | None = None
        self._located: dict[float, Sequence[Located]] = {}

    def accounts(self) -> Mapping[str, Account]:
        """By id; one's own first, linked ones by id."""
        if self._accounts is None:
            linked = sorted(self._links(self.own, self.region), key=lambda link: link.account)
            own = Account(self.own, self.own, 0.0, lambda _: True)
            self._accounts = {self.own: own} | {link.account: _linked(link) for link in linked}
        return self._accounts

    def account(self, account_id: str | None) -> Account:
        """One that may be seen; one's own unless named. Raises AwsError for one that is not linked."""
        found = self.accounts().get(account_id or self.own)
        if found is None:
            raise AwsError("ValidationError", f"The account {account_id} is not linked to this monitoring account.")
        return found

    def store(self, account_id: str) -> MetricStore:
        """What an account measured, as far as it can be read now."""
        store = self._stores(account_id, self.region)
        store.release(self.now_s)
        return store

    def listed(self, account: Account, within_s: float = SILENT_S) -> list[Recorded]:
        """The account's metrics that are listed here: shared, neither too new nor silent for so long."""
        return [
            each
            for each in self.store(account.id).recorded()
            if account.shares(each.key.namespace)
            and each.since_s + APPEARS_AFTER_S <= self.now_s
            and each.newest_s >= max(account.since_s, self.now_s - min(within_s, SILENT_S))
        ]

    def located(self, within_s: float = SILENT_S) -> Sequence[Located]:
        """The metrics of all accounts that may be seen, looked through once: a request may have many searches."""
        if within_s not in self._located:
            self._located[within_s] = [
                Located(account.id, account.label, each.key)
                for account in self.accounts().values()
                for each in self.listed(account, within_s)
            ]
        return self._located[within_s]


def _linked(link: Link) -> Account:
    metric = (link.configuration or {}).get("MetricConfiguration") or {}
    return Account(link.account, link.label, link.created_at.timestamp(), shares(metric.get("Filter", EVERYTHING)))
