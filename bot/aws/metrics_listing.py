"""Which metrics there are: the fewest listings that tell, kept for a while and shared by all who ask."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import product

from bot.aws.cloudwatch import CloudWatch, Way
from bot.aws.fanout import Fanout, Job
from bot.aws.hub import Answer, Target
from bot.aws.shared import Settle, Shared
from bot.errors import SourceError
from bot.logic.measures import MONITORED, NAMESPACES, RESOURCE, SCHEDULE
from bot.model.account import Account
from bot.model.metric import Metric, MetricKind
from bot.ports.ask import Ask

KEPT_FOR = timedelta(minutes=5)
KEPT_METRICS = 100_000
"""Of all listings together, some 50 MB."""
MOST_NARROW = 30
"""Calls that narrow a question down, about what ListMetrics takes in a second; above it whole namespaces are listed."""
EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Listing:
    """One ListMetrics and its pages. What is empty does not limit it."""

    asked: Account
    region: str
    namespace: str
    name: str = ""
    dimension: tuple[str, str] | None = None
    owner: str = ""
    """The linked account whose metrics are wanted, `*` for the asked account's and all linked ones; empty: its own."""

    @property
    def params(self) -> dict[str, object]:
        """As the API wants them."""
        given: dict[str, object] = {"Namespace": self.namespace}
        if self.name:
            given["MetricName"] = self.name
        if self.dimension:
            given["Dimensions"] = [dict(zip(("Name", "Value"), self.dimension, strict=True))]
        if self.owner:
            given["IncludeLinkedAccounts"] = True
        return given | ({"OwningAccount": self.owner} if self.owner not in {"", EVERYBODY} else {})


def listings(
    ways: Sequence[Way], kinds: Collection[MetricKind], names: Collection[str], resources: Collection[str]
) -> dict[Listing, list[Way]]:
    """What to list, and which accounts each listing answers for.

    One account is asked for alone. Few names or resources narrow the listings, by whichever takes fewer of them.
    """
    spaces = [(kind, namespace) for kind in MetricKind if kind in kinds for namespace in NAMESPACES[kind]]
    narrow = _narrowest(spaces, names, resources)
    wanted: dict[Listing, list[Way]] = {}
    for asked, own in _by_asked(ways).items():
        owner = "" if not any(w.linked for w in own) else own[0].account.id if len(own) == 1 else EVERYBODY
        for namespace, name, dimension in narrow:
            listing = Listing(asked.account, asked.region, namespace, name, dimension, owner)
            wanted[listing] = own
    return wanted


def _by_asked(ways: Sequence[Way]) -> dict[Target, list[Way]]:
    by_asked: dict[Target, list[Way]] = {}
    for way in ways:
        by_asked.setdefault(way.asked, []).append(way)
    return by_asked


_Narrow = tuple[str, str, tuple[str, str] | None]


def _narrowest(
    spaces: Sequence[tuple[MetricKind, str]], names: Collection[str], resources: Collection[str]
) -> list[_Narrow]:
    """(namespace, name, dimension) of each listing."""
    by_name: list[_Narrow] = [(space, name, None) for (_, space), name in product(spaces, sorted(set(names)))]
    name = next(iter(names)) if len(names) == 1 else ""
    by_resource: list[_Narrow] = [
        (space, name, (dimension, resource))
        for (kind, space), resource in product(spaces, sorted(set(resources)))
        for dimension in _dimensions(kind, space)
    ]
    narrow = min((way for way in (by_name, by_resource) if way), key=len, default=[])
    return narrow if 0 < len(narrow) <= MOST_NARROW else [(space, "", None) for _, space in spaces]


def _dimensions(kind: MetricKind, namespace: str) -> tuple[str, ...]:
    """Those that may name an endpoint or a schedule there: a batch transform has no endpoint."""
    if kind not in MONITORED:
        return ("EndpointName",)
    batch = "/ModelMonitoring/" in namespace
    if kind is MetricKind.DATA_QUALITY:
        return SCHEDULE if batch else (*RESOURCE, *SCHEDULE)
    return SCHEDULE[:1] if batch else (RESOURCE[0], SCHEDULE[0])


class Listings:
    """Lists metrics, for everybody who asks."""

    def __init__(self, cloudwatch: CloudWatch, fanout: Fanout) -> None:
        self._cloudwatch = cloudwatch
        self._fanout = fanout
        self._shared: Shared[Listing, tuple[Metric, ...]] = Shared(KEPT_METRICS, lambda metrics: 1 + len(metrics))

    def read(
        self, ask: Ask, wanted: Iterable[Listing], *, share: float = 1.0
    ) -> dict[Listing, tuple[Metric, ...] | SourceError]:
        """What each gives; `share` is how much of the time that is left may be waited."""
        return self._shared.answers(ask, wanted, ask.now + KEPT_FOR, partial(self._fetch, ask), share=share)

    def _fetch(
        self, ask: Ask, wanted: Sequence[Listing], settle: Settle[Listing, tuple[Metric, ...]], share: float
    ) -> None:
        jobs = [Job(x.asked, x.region, partial(self._list, ask, x, settle)) for x in wanted]
        answers = self._fanout.answers(ask, jobs, share=share)
        settle({x: a for x, a in zip(wanted, answers, strict=True) if isinstance(a, SourceError)})

    def _list(self, ask: Ask, listing: Listing, settle: Settle[Listing, tuple[Metric, ...]]) -> None:
        pages = self._cloudwatch.listed(ask, Target(listing.asked, listing.region), **listing.params)
        settle({listing: tuple(metric for page in pages for metric in _metrics(page, listing))})


def _metrics(page: Answer, listing: Listing) -> Iterator[Metric]:
    """Those of a page. Owners are named beside the metrics, one for one, where linked accounts were asked for."""
    rows = page.get("Metrics", ())
    owners = page.get("OwningAccounts") or [listing.asked.id] * len(rows)
    for row, owner in zip(rows, owners, strict=True):
        dimensions = tuple(sorted((str(d["Name"]), str(d["Value"])) for d in row.get("Dimensions", ())))
        yield Metric(str(owner), listing.region, str(row["Namespace"]), str(row["MetricName"]), dimensions)
