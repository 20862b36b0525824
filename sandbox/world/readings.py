"""How each metric of an endpoint follows from an hour of its requests."""

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.world import disk, load
from sandbox.world.load import Hour
from sandbox.world.story import Serving

REQUESTS, INSTANCES = "AWS/SageMaker", "/aws/sagemaker/Endpoints"
"""Namespaces (Developer Guide: Monitor Amazon SageMaker with Amazon CloudWatch)."""
VARIANT: Final = "AllTraffic"

Minutes = tuple[list[int], list[float], list[float]]
"""Minutes of an hour, ascending, the value of each, how often it was seen."""


@dataclass(frozen=True, slots=True)
class Meter:
    """One metric of an endpoint; `read` gives a whole hour of it."""

    namespace: str
    unit: str
    read: Callable[["Endpoint", Hour], Minutes]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that is measured, from its first minute until before `end`."""

    serving: Serving
    end: datetime
    stretches: list[disk.Stretch]

    @property
    def name(self) -> str:
        """The endpoint's."""
        return self.serving.names.endpoint

    def key(self, metric: str) -> MetricKey:
        """What names one of METERS here."""
        return MetricKey.of(METERS[metric].namespace, metric, {"EndpointName": self.name, "VariantName": VARIANT})


def _each(value: float) -> Callable[[Endpoint, Hour], Minutes]:
    """The same sent with every request: 1 for each, or 0 for each that was no error."""

    def read(_: Endpoint, hour: Hour) -> Minutes:
        seen = [(minute, count) for minute, count in enumerate(hour.counts()) if count]
        return [minute for minute, _ in seen], [value] * len(seen), [float(count) for _, count in seen]

    return read


def _latency(of: Callable[[str, Hour], "array[float]"]) -> Callable[[Endpoint, Hour], Minutes]:
    """Each request's own, so that percentiles are known."""

    def read(endpoint: Endpoint, hour: Hour) -> Minutes:
        low, high = hour.served.start, hour.served.stop
        minutes = [minute for minute, count in enumerate(hour.counts()) for _ in range(count)]
        return minutes, list(of(endpoint.name, hour)[low:high]), [1.0] * (high - low)

    return read


def _instance(of: Callable[[str, Hour], list[float]]) -> Callable[[Endpoint, Hour], Minutes]:
    """The one instance's, whether anybody calls or not."""

    def read(endpoint: Endpoint, hour: Hour) -> Minutes:
        return list(range(load.MINUTES)), of(endpoint.name, hour), [1.0] * load.MINUTES

    return read


def _disk(endpoint: Endpoint, hour: Hour) -> Minutes:
    moments = (hour.start + timedelta(minutes=minute) for minute in range(load.MINUTES))
    levels = [round(disk.percent(endpoint.stretches, at), 3) for at in moments]
    return list(range(load.MINUTES)), levels, [1.0] * load.MINUTES


METERS: Final[Mapping[str, Meter]] = {
    "Invocations": Meter(REQUESTS, "None", _each(1.0)),
    "InvocationsPerInstance": Meter(REQUESTS, "None", _each(1.0)),
    "Invocation4XXErrors": Meter(REQUESTS, "None", _each(0.0)),
    "Invocation5XXErrors": Meter(REQUESTS, "None", _each(0.0)),
    "ModelLatency": Meter(REQUESTS, "Microseconds", _latency(load.model_latency)),
    "OverheadLatency": Meter(REQUESTS, "Microseconds", _latency(load.overhead_latency)),
    "CPUUtilization": Meter(INSTANCES, "Percent", _instance(load.cpu)),
    "MemoryUtilization": Meter(INSTANCES, "Percent", _instance(load.memory)),
    "DiskUtilization": Meter(INSTANCES, "Percent", _disk),
}
