"""What CloudWatch keeps of one account and Region: metrics and their samples. The world writes here directly."""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Protocol

from sandbox.aws.cloudwatch.grid import MINUTE_S, Grid
from sandbox.aws.cloudwatch.keys import MetricKey
from sandbox.aws.cloudwatch.samples import Samples, StatisticSet

__all__ = ["MetricKey", "MetricStore", "Recorded", "Source", "StatisticSet", "Stores"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A metric that has samples: when it was first received, and its newest sample's time (seconds since 1970)."""

    key: MetricKey
    since_s: float
    newest_s: float


class Source(Protocol):
    """Metrics that are computed when they are read, and not kept; none that is kept as well. Safe for threads."""

    def recorded(self) -> Iterable[Recorded]:
        """Every metric that has samples by now."""
        ...

    def samples(self, key: MetricKey, start_s: float, end_s: float) -> Mapping[tuple[str, int], Samples]:
        """As `MetricStore.samples`, whatever the unit; empty for a metric that is not this source's."""
        ...


@dataclass(slots=True)
class _Metric:
    since_s: float
    newest_s: float
    samples: dict[tuple[str, int], Samples] = field(default_factory=dict)
    """By unit and resolution in seconds."""


class MetricStore:
    """Safe for threads. Times are rounded down to the metric's resolution: a minute, or a second."""

    def __init__(self) -> None:
        self._metrics: dict[MetricKey, _Metric] = {}
        self._sources: tuple[Source, ...] = ()
        self._late: list[tuple[float, Callable[[], None]]] = []
        self.changes = 0
        """How often samples were put."""
        self._lock = RLock()

    def provide(self, source: Source) -> None:
        """Read these metrics, too."""
        with self._lock:
            self._sources += (source,)

    def put(self, key: MetricKey, at: datetime, value: float, unit: str = "None", *, resolution_s: int = 60) -> None:
        """Add one sample."""
        self.put_many(key, [at.timestamp()], [value], unit, resolution_s=resolution_s)

    def put_many(
        self,
        key: MetricKey,
        times_s: Sequence[float],
        values: Sequence[float],
        unit: str = "None",
        *,
        resolution_s: int = 60,
        received_s: float | None = None,
    ) -> None:
        """Add samples: `times_s` in seconds since 1970, best in order; `received_s` when not at their own time.

        Raises ValueError when there are not as many times as values.
        """
        if len(times_s) != len(values):
            raise ValueError(f"{len(times_s)} times for {len(values)} values")
        if not times_s:
            return
        rounded = array("d", (time - time % resolution_s for time in times_s))
        with self._lock:
            self._samples(key, rounded, unit, resolution_s, received_s).add(rounded, values)

    def put_counted(
        self,
        key: MetricKey,
        at: datetime,
        values: Sequence[float],
        counts: Sequence[float],
        unit: str = "None",
        *,
        resolution_s: int = 60,
        received_s: float | None = None,
    ) -> None:
        """Add values of one moment, each seen so many times (PutMetricData's Values and Counts).

        Raises ValueError when there are not as many counts as values.
        """
        if len(values) != len(counts):
            raise ValueError(f"{len(counts)} counts for {len(values)} values")
        time = at.timestamp() // resolution_s * resolution_s
        with self._lock:
            self._samples(key, [time], unit, resolution_s, received_s).add_weighted(time, values, counts)

    def put_set(
        self,
        key: MetricKey,
        at: datetime,
        found: StatisticSet,
        unit: str = "None",
        *,
        resolution_s: int = 60,
        received_s: float | None = None,
    ) -> None:
        """Add samples that were summed up before; one whose samples were all alike counts as these samples."""
        if found.alike():
            self.put_counted(
                key, at, [found.least], [found.count], unit, resolution_s=resolution_s, received_s=received_s
            )
            return
        time = at.timestamp() // resolution_s * resolution_s
        with self._lock:
            self._samples(key, [time], unit, resolution_s, received_s).add_set(time, found)

    def later(self, when: datetime, put: Callable[[], None]) -> None:
        """Have something put when `release` is told that moment."""
        with self._lock:
            self._late.append((when.timestamp(), put))

    def release(self, now_s: float) -> None:
        """Put what was to wait until now or before."""
        with self._lock:
            due = [put for when_s, put in self._late if when_s <= now_s]
            self._late = [each for each in self._late if each[0] > now_s]
            for put in due:
                put()

    def recorded(self) -> tuple[Recorded, ...]:
        """Every metric, in the order of their keys."""
        with self._lock:
            kept = [Recorded(key, held.since_s, held.newest_s) for key, held in self._metrics.items()]
        computed = (each for source in self._sources for each in source.recorded())
        return tuple(sorted((*kept, *computed), key=lambda each: each.key))

    def columns(self, key: MetricKey, spans: Grid, unit: str | None = None) -> dict[tuple[str, int], Samples]:
        """The samples that make points of the spans: metrics of regular resolution have none below a minute.

        Source: API reference, MetricStat.
        """
        found = self.samples(key, spans.start_s, spans.end_s, unit)
        if spans.period_s >= MINUTE_S:
            return found
        return {(of, resolution_s): each for (of, resolution_s), each in found.items() if resolution_s < MINUTE_S}

    def samples(
        self, key: MetricKey, start_s: float, end_s: float, unit: str | None = None
    ) -> dict[tuple[str, int], Samples]:
        """The samples from `start_s` until before `end_s` by (unit, resolution in seconds); empty for an unknown key.

        Without a unit, those of every unit.
        """
        with self._lock:
            held = self._metrics.get(key)
            if held is not None:
                return {
                    (of, resolution_s): samples.window(start_s, end_s)
                    for (of, resolution_s), samples in held.samples.items()
                    if unit in {None, of}
                }
        computed = (source.samples(key, start_s, end_s) for source in self._sources)
        found = next((each for each in computed if each), {})
        return {where: samples for where, samples in found.items() if unit in {None, where[0]}}

    def kept(self) -> int:
        """How many samples and sets of statistics are held; those that are computed are not."""
        with self._lock:
            columns = [samples for held in self._metrics.values() for samples in held.samples.values()]
            return sum(len(each.times) + len(each.sets) for each in columns)

    def _samples(
        self, key: MetricKey, times_s: Sequence[float], unit: str, resolution_s: int, received_s: float | None
    ) -> Samples:
        self.changes += 1
        oldest_s, newest_s = min(times_s), max(times_s)
        since_s = oldest_s if received_s is None else received_s
        held = self._metrics.setdefault(key, _Metric(since_s, newest_s))
        held.since_s, held.newest_s = min(held.since_s, since_s), max(held.newest_s, newest_s)
        return held.samples.setdefault((unit, resolution_s), Samples())


Stores = Callable[[str, str], MetricStore]
"""From account id and Region to what CloudWatch keeps there."""
