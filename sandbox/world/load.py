"""What serving costs an endpoint: each request's latency, and its one instance's CPU and memory by the minute.

Physical load, which nothing else in the world decides: as of a small tree model in a Python container. The same hour
has the same load whenever it is asked.
"""

import functools
import math
from array import array
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Final

from sandbox.world import traffic

MINUTES: Final = 60
CORES: Final = 4
"""Of an ml.m5.xlarge; CPUUtilization counts 100 for each (Developer Guide: endpoint instance metrics)."""

_MODEL_US: Final = (4_800.0, 0.35)
_OVERHEAD_US: Final = (14_000.0, 0.25)
"""Median in microseconds and the deviation of the logarithm."""
_IDLE_CPU: Final = (5.0, 0.3)
_REQUEST_CPU_S: Final = 0.35
"""Of one core, for parsing, predicting, capturing and logging."""
_IDLE_MEMORY: Final = (18.5, 0.1)
_REQUEST_MEMORY: Final = 0.06


@dataclass(frozen=True, slots=True)
class Hour:
    """Requests that came in the hour from `start`, and which of them this endpoint served."""

    start: datetime
    total: int
    served: slice

    def edges(self) -> list[int]:
        """61 numbers of requests: those of minute m are from the m-th until before the next."""
        between = traffic.gap(self.total) // timedelta(microseconds=1)
        low, high = self.served.start, self.served.stop
        return [min(high, max(low, -(-minute * 60_000_000 // between))) for minute in range(MINUTES + 1)]

    def counts(self) -> list[int]:
        """How many requests were served in each minute."""
        return [after - before for before, after in pairwise(self.edges())]


def model_latency(endpoint: str, hour: Hour) -> "array[float]":
    """Of each of the hour's requests, in microseconds, served here or not."""
    return _latency(f"{endpoint}/{hour.start:%Y-%m-%dT%H}/model", hour.total, *_MODEL_US)


def overhead_latency(endpoint: str, hour: Hour) -> "array[float]":
    """What SageMaker adds to each of the hour's requests, in microseconds."""
    return _latency(f"{endpoint}/{hour.start:%Y-%m-%dT%H}/overhead", hour.total, *_OVERHEAD_US)


def cpu(endpoint: str, hour: Hour) -> list[float]:
    """CPUUtilization of each minute, 0 to 100 for each core."""
    busy = [100 * _REQUEST_CPU_S * count / 60 for count in hour.counts()]
    return [min(100.0 * CORES, at) for at in _noisy(f"{endpoint}/{hour.start:%Y-%m-%dT%H}/cpu", busy, *_IDLE_CPU)]


def memory(endpoint: str, hour: Hour) -> list[float]:
    """MemoryUtilization of each minute, 0 to 100."""
    held = [_REQUEST_MEMORY * count for count in hour.counts()]
    return [min(100.0, at) for at in _noisy(f"{endpoint}/{hour.start:%Y-%m-%dT%H}/memory", held, *_IDLE_MEMORY)]


@functools.lru_cache(maxsize=256)
def _latency(name: str, total: int, median_us: float, spread: float) -> "array[float]":
    rng, middle = Random(name), math.log(median_us)
    return array("d", (round(rng.lognormvariate(middle, spread)) for _ in range(total)))


def _noisy(name: str, load: list[float], idle: float, noise: float) -> list[float]:
    """Each minute's load on top of what idles, never below nothing."""
    rng = Random(name)
    return [max(0.0, round(idle + rng.gauss(0.0, noise) + each, 3)) for each in load]
