"""What is measured of a service, over all the names that its endpoints and monitors had."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.logic.measures import (
    ENDPOINTS_OWN,
    METRICS,
    MONITORED,
    RESOURCE,
    SCHEDULE,
    Measure,
    canonical,
    endpoint_of,
    kind_of,
    measure_of,
    schedule_of,
)
from bot.logic.services import stem, unstamped
from bot.model.metric import Metric, MetricKind

Resources = Mapping[tuple[str, str, str], str]
"""The service of an endpoint or schedule, by account id, Region and name."""


@dataclass(frozen=True, slots=True, order=True)
class GaugeKey:
    """What stays the same when a deployment gives endpoint and monitor new names."""

    account_id: str
    region: str
    service: str
    kind: MetricKind
    monitor: str
    """The schedule's name without its stamp, since two monitors measure apart; empty for an endpoint's own metrics."""
    name: str
    rest: tuple[tuple[str, str], ...]
    """The other dimensions: variant, facet, label."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """Metrics that are one to whoever looks at the service."""

    key: GaugeKey
    metrics: tuple[Metric, ...]

    @property
    def measure(self) -> Measure:
        """How it is told."""
        return measure_of(self.metrics[0])


def gauges(metrics: Iterable[Metric], resources: Resources) -> tuple[Gauge, ...]:
    """Metrics joined by service; those of no kind that is known are left out."""
    found: dict[GaugeKey, list[Metric]] = {}
    for metric in metrics:
        kind = kind_of(metric)
        if kind is not None and is_of_service(metric):
            found.setdefault(_key(metric, kind, resources), []).append(metric)
    return tuple(Gauge(key, tuple(sorted(each))) for key, each in sorted(found.items()))


def is_of_service(metric: Metric) -> bool:
    """Whether it speaks of an endpoint or a monitor; CloudWatch also has sums over all of them."""
    return bool(endpoint_of(metric) or schedule_of(metric))


def service_of_metric(metric: Metric, resources: Resources) -> str:
    """By what its endpoint or schedule is known to belong to, else by its name's stem."""
    names = [name for name in (endpoint_of(metric), schedule_of(metric)) if name]
    for name in names:
        if known := resources.get((metric.account_id, metric.region, name)):
            return known
    return stem(names[0])


def named(found: Sequence[Gauge], word: str) -> tuple[Gauge, ...]:
    """Those that somebody means by a word: the metric's name or title, a feature's name, else a kind."""
    folded = word.casefold()
    exact = [g for g in found if folded in {g.key.name.casefold(), g.measure.title.casefold()}]
    features = [g for g in found if g.key.kind in MONITORED and g.key.name.casefold().endswith(f"_{folded}")]
    kinds = [g for g in found if g.key.kind in kinds_of(word)]
    return tuple(exact or kinds or features)


_WORDS: Mapping[str, frozenset[MetricKind]] = {
    "quality": frozenset({MetricKind.MODEL_QUALITY}),
    "drift": frozenset({MetricKind.DATA_QUALITY}),
    "data": frozenset({MetricKind.DATA_QUALITY}),
    "bias": frozenset({MetricKind.BIAS}),
    "explainability": frozenset({MetricKind.EXPLAINABILITY}),
    "traffic": frozenset({MetricKind.TRAFFIC}),
    "invocations": frozenset({MetricKind.TRAFFIC}),
    "instances": frozenset({MetricKind.INSTANCES}),
}


def kinds_of(word: str) -> frozenset[MetricKind]:
    """The kinds that a word asks for; none for a word that is a metric's name."""
    return _WORDS.get(word.casefold(), frozenset())


def kinds_meant(word: str) -> frozenset[MetricKind]:
    """The kinds in which a metric that somebody names may be; all of the monitors' for a name that nobody documents."""
    name = canonical(word)
    if name in ENDPOINTS_OWN:
        return frozenset({MetricKind.TRAFFIC, MetricKind.INSTANCES})
    return kinds_of(word) or (frozenset({MetricKind.MODEL_QUALITY}) if name in METRICS else MONITORED)


def _key(metric: Metric, kind: MetricKind, resources: Resources) -> GaugeKey:
    named_by = {*RESOURCE, *SCHEDULE}
    return GaugeKey(
        metric.account_id,
        metric.region,
        service_of_metric(metric, resources),
        kind,
        unstamped(schedule_of(metric)),
        metric.name,
        tuple(pair for pair in metric.dimensions if pair[0] not in named_by),
    )
