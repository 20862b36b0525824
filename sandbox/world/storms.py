"""Many alarms at once: a platform's services, each with five alarms, of which as many go off as somebody says.

The services are seen by their alarms alone: nothing serves behind them. Their alarms had been there since the world
began, in OK; a storm is a minute in which their metrics are beyond the limits. They stay off until `recover`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.aws import AwsSandbox
from sandbox.aws.cloudwatch.alarm_store import METRIC, Alarm, AlarmStore
from sandbox.aws.cloudwatch.keys import MetricKey
from sandbox.world import alarms, fleet
from sandbox.world.readings import INSTANCES, REQUESTS, VARIANT
from sandbox.world.story import Deed

USUAL, MOST = 20, 1_000
"""Alarms of a storm that nobody gave a size, and of the greatest."""
FAMILIES: Final = ("scores", "offers", "limits")
"""What services are called, one word for each channel that the demo's routes know."""
_SERVICES: Final = 200
_KINDS: Final = (
    ("errors", REQUESTS, "Invocation5XXErrors", "Sum", 5.0, 41.0),
    ("latency", REQUESTS, "ModelLatency", "Average", 500_000.0, 1_830_000.0),
    ("refused", REQUESTS, "Invocation4XXErrors", "Sum", 50.0, 212.0),
    ("cpu", INSTANCES, "CPUUtilization", "Average", 350.0, 397.0),
    ("memory", INSTANCES, "MemoryUtilization", "Average", 85.0, 96.5),
)
"""Word, namespace, metric, statistic, limit, and the value in a storm."""


def sized(deed: Deed, counts: Mapping[str, int]) -> Deed:
    """A storm with its `count` and `channels`. Raises ValueError for a size that it cannot have, or of another verb."""
    if deed.verb != "storm":
        if counts:
            raise ValueError("only a storm has count and channels")
        return deed
    alarmed, over = counts.get("count", USUAL), counts.get("channels", 1)
    if not 1 <= alarmed <= MOST or not 1 <= over <= len(FAMILIES):
        raise ValueError(f"a storm has 1 to {MOST} alarms, over 1 to {len(FAMILIES)} channels")
    return replace(deed, count=alarmed, channels=over)


def services(deed: Deed) -> int:
    """Of how many services a storm's alarms are."""
    return min(deed.count, _SERVICES)


def weather(aws: AwsSandbox, deed: Deed, started_at: datetime) -> None:
    """A storm's minute, or with `recover` one in which all is well again."""
    store = aws.alarms(deed.account, fleet.REGION)
    if deed.verb == "storm":
        hit = list(_hit(store, deed, started_at))
        store.existed(alarm for alarm, *_ in hit if store.alarm(alarm.name) is None)
        _measure(aws, deed, {key: high for _, key, high in hit})
    elif deed.verb == "recover":
        _measure(aws, deed, {key: 0.0 for name, key in _ever(started_at) if store.alarm(name) is not None})


def _measure(aws: AwsSandbox, deed: Deed, values: dict[MetricKey, float]) -> None:
    for key, value in values.items():
        aws.metrics(deed.account, fleet.REGION).put(key, deed.at, value)


def _hit(store: AlarmStore, deed: Deed, started_at: datetime) -> Iterator[tuple[Alarm, MetricKey, float]]:
    """The storm's alarms, each with its metric and what that comes to: first one of every service."""
    for number in range(deed.count):
        at, kind = number % _SERVICES, number // _SERVICES
        service = f"{FAMILIES[at % deed.channels]}-{at:03}"
        yield _alarm(store, service, kind, started_at), _key(service, kind, started_at), _KINDS[kind][5]


def _ever(started_at: datetime) -> Iterator[tuple[str, MetricKey]]:
    """Every alarm that a storm may have."""
    for family in FAMILIES:
        for number in range(_SERVICES):
            for kind in range(len(_KINDS)):
                service = f"{family}-{number:03}"
                yield _name(service, kind, started_at), _key(service, kind, started_at)


def _name(service: str, kind: int, started_at: datetime) -> str:
    return f"{service}-{_KINDS[kind][0]}-{_stamp(started_at)}"


def _key(service: str, kind: int, started_at: datetime) -> MetricKey:
    _, namespace, metric, *_ = _KINDS[kind]
    return MetricKey.of(namespace, metric, {"EndpointName": f"{service}-{_stamp(started_at)}", "VariantName": VARIANT})


def _stamp(started_at: datetime) -> str:
    return f"{started_at - timedelta(days=30):%Y-%m-%d-0900}"


def _alarm(store: AlarmStore, service: str, kind: int, started_at: datetime) -> Alarm:
    _, namespace, metric, stat, limit, _ = _KINDS[kind]
    key, made_at = _key(service, kind, started_at), started_at - timedelta(days=30)
    settings: dict[str, Any] = {
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in key.dimensions],
        "Statistic": stat,
        "Period": 60,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": limit,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore",
        "AlarmActions": [alarms.topic(store.account_id)],
        "AlarmDescription": f"{metric} of {service}",
    }
    name = _name(service, kind, started_at)
    calm = f"Threshold Crossed: 1 datapoint [0.0 ({made_at:%d/%m/%y %H:%M:00})] was not greater than the threshold"
    return Alarm(
        arn=store.arn(name),
        name=name,
        kind=METRIC,
        settings=settings,
        updated_at=made_at,
        actions_enabled=True,
        state="OK",
        reason=f"{calm} ({limit}).",
        reason_data=None,
        state_updated_at=made_at,
        transitioned_at=made_at,
    )
