"""One MetricDatum of PutMetricData: whether AWS takes it, and how it goes into a store.

Source: CloudWatch API reference, PutMetricData, MetricDatum, Dimension, StatisticSet.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from sandbox.aws.cloudwatch.keys import MetricKey
from sandbox.aws.cloudwatch.samples import StatisticSet
from sandbox.aws.cloudwatch.series import MetricStore
from sandbox.aws.errors import AwsError

MOST_VALUES = 150
OLDEST, NEWEST = timedelta(days=14), timedelta(hours=2)
"""Before and after now."""
_LARGEST = 2.0**360
_WORD = re.compile(r"[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*")
"""ASCII without control characters, not all of it space."""
_WAYS = ("Value", "Values", "StatisticValues")

Faults = Iterator[tuple[str, str]]
"""(error code, sentence)."""


def check(datum: Mapping[str, Any], name: str, now: datetime) -> None:
    """Raises AwsError for the first rule that a datum breaks; `name` is the member's, `MetricData.member.1`."""
    for code, said in _faults(datum, name, now):
        raise AwsError(code, said)


def _faults(datum: Mapping[str, Any], name: str, now: datetime) -> Faults:
    yield from _way_faults(datum, name)
    yield from _dimension_faults(datum.get("Dimensions", ()), f"{name}.Dimensions")
    at: datetime = datum.get("Timestamp", now)
    if at < now - OLDEST:
        yield _wrong(f"The parameter {name}.Timestamp must specify a time no more than two weeks in the past.")
    if at > now + NEWEST:
        yield _wrong(f"The parameter {name}.Timestamp must specify a time within two hours of now.")
    if datum.get("StorageResolution", 60) not in {1, 60}:
        yield _wrong(f"The value {datum['StorageResolution']} for parameter {name}.StorageResolution is not 1 or 60.")


def _way_faults(datum: Mapping[str, Any], name: str) -> Faults:
    """Exactly one of a value, an array of values and a set of statistics."""
    given = [f"{name}.{way}" for way in _WAYS if datum.get(way) not in (None, [])]
    if len(given) > 1:
        said = f"The parameters {' and '.join(given)} are mutually exclusive and you have specified both."
        yield "InvalidParameterCombination", said
    if not given:
        ways = f"{name}.Value, {name}.Values and {name}.StatisticValues"
        yield "InvalidParameterCombination", f"At least one of the parameters {ways} must be specified."
    if "Value" in datum:
        yield from _number_faults([datum["Value"]], f"{name}.Value")
    if "Values" in datum:
        yield from _array_faults(datum, name)
    if "StatisticValues" in datum:
        yield from _set_faults(datum["StatisticValues"], f"{name}.StatisticValues")


def _array_faults(datum: Mapping[str, Any], name: str) -> Faults:
    values, counts = datum["Values"], datum.get("Counts")
    if len(values) > MOST_VALUES:
        yield _wrong(f"The collection {name}.Values must not have a size greater than {MOST_VALUES}.")
    yield from _number_faults(values, f"{name}.Values")
    if counts is None:
        return
    if len(counts) != len(values):
        yield _wrong(f"The parameters {name}.Values and {name}.Counts must be of the same size.")
    yield from _number_faults(counts, f"{name}.Counts")
    if any(count <= 0 for count in counts):
        yield _wrong(f"The values of {name}.Counts must be greater than 0.")


def _set_faults(found: Mapping[str, float], name: str) -> Faults:
    for member, value in found.items():
        yield from _number_faults([value], f"{name}.{member}")
    if found["SampleCount"] <= 0:
        yield _wrong(f"The value {found['SampleCount']} for parameter {name}.SampleCount must be greater than 0.")
    if found["Minimum"] > found["Maximum"]:
        yield _wrong(f"The parameter {name}.Maximum must be greater than {name}.Minimum.")


def _number_faults(values: Sequence[float], name: str) -> Faults:
    """NaN, infinities, and what is beyond ±2^360."""
    for value in values:
        if not isfinite(value) or abs(value) > _LARGEST:
            yield _wrong(f"The value {value} for parameter {name} is invalid.")


def _dimension_faults(dimensions: Sequence[Mapping[str, str]], name: str) -> Faults:
    for number, each in enumerate(dimensions, 1):
        for member, text in each.items():
            if not _WORD.fullmatch(text) or (member == "Name" and text.startswith(":")):
                yield _wrong(f"The value {text} for parameter {name}.member.{number}.{member} is invalid.")
    names = [each["Name"] for each in dimensions]
    if len(set(names)) < len(names):
        yield _wrong(f"The collection {name} names a dimension twice.")


def _wrong(said: str) -> tuple[str, str]:
    return "InvalidParameterValue", said


def put(store: MetricStore, namespace: str, datum: Mapping[str, Any], at: datetime, received_s: float) -> None:
    """Add a datum that was checked."""
    key = MetricKey.asked(namespace, datum["MetricName"], datum.get("Dimensions", ()))
    unit, resolution_s = datum.get("Unit", "None"), datum.get("StorageResolution", 60)
    if found := datum.get("StatisticValues"):
        summed = StatisticSet(found["SampleCount"], found["Sum"], found["Minimum"], found["Maximum"])
        store.put_set(key, at, summed, unit, resolution_s=resolution_s, received_s=received_s)
        return
    values = datum.get("Values") or [datum["Value"]]
    counts = datum.get("Counts") or [1.0] * len(values)
    store.put_counted(key, at, values, counts, unit, resolution_s=resolution_s, received_s=received_s)
