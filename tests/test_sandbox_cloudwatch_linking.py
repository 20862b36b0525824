"""How ListMetrics follows time and links: pages, silence, new metrics, filters of a link."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.aws.cloudwatch.stage import (
    ALONE,
    AUC,
    CALLS,
    DAY,
    HOUR,
    HUB,
    METRIC,
    MINUTE,
    PROD,
    QUALITY,
    hour,
    link,
    observed,
    query,
    read,
)


@pytest.fixture
def aws() -> Iterator[AwsSandbox]:
    """A stage of one's own: time passes and links change."""
    with observed() as sandbox:
        yield sandbox


def listed(aws: AwsSandbox, account: CloudAccount = PROD, **params: Any) -> list[str]:
    """The names of the metrics on all pages, with the owner's id where one is told."""
    found = []
    for page in aws.client("cloudwatch", account.id).get_paginator("list_metrics").paginate(**params):
        names = [each["MetricName"] for each in page["Metrics"]]
        owners = page.get("OwningAccounts", [""] * len(names))
        found += [f"{owner}:{name}".lstrip(":") for owner, name in zip(owners, names, strict=True)]
    return found


def test_five_hundred_are_a_page(aws: AwsSandbox) -> None:
    """A token goes on where the page ended, also when a metric came in between."""
    at, store = hour(aws) - HOUR, aws.metrics(PROD.id)
    for number in range(1_001):
        store.put(MetricKey.of("many", f"m{number:04}"), at, 1.0)
    cloudwatch = aws.client("cloudwatch", PROD.id)
    first = cloudwatch.list_metrics(Namespace="many")
    assert len(first["Metrics"]) == 500
    store.put(MetricKey.of("many", "m0000-new"), at, 1.0)
    second = cloudwatch.list_metrics(Namespace="many", NextToken=first["NextToken"])
    third = cloudwatch.list_metrics(Namespace="many", NextToken=second["NextToken"])
    names = [each["MetricName"] for page in (first, second, third) for each in page["Metrics"]]
    assert names == [f"m{number:04}" for number in range(1_001)]
    assert "NextToken" not in third
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        cloudwatch.list_metrics(Namespace="other", NextToken=first["NextToken"])


def test_silent_metrics_are_not_listed_and_still_read(aws: AwsSandbox) -> None:
    """Two weeks without samples; RecentlyActive asks for those of the last three hours."""
    now, store = aws.clock.now(), aws.metrics(PROD.id)
    for days in (0.1, 1, 13, 15):
        store.put(MetricKey.of("ages", f"d{days}"), now - timedelta(days=days), 1.0)
    assert listed(aws) == ["d0.1", "d1", "d13"]
    assert listed(aws, RecentlyActive="PT3H") == ["d0.1"]
    old = query(MetricKey.of("ages", "d15"), "Sum", 300)
    assert len(read(aws, PROD, old, now - 16 * DAY, now)) == 1


def test_a_new_metric_is_listed_after_fifteen_minutes(aws: AwsSandbox) -> None:
    """However old its samples say they are; it can be read at once."""
    now = aws.clock.now()
    datum = {"MetricName": "new", "Value": 1.0, "Timestamp": now - HOUR}
    aws.client("cloudwatch", PROD.id).put_metric_data(Namespace="custom", MetricData=[datum])
    assert listed(aws) == []
    key = MetricKey.of("custom", "new")
    assert len(read(aws, PROD, query(key, "Sum", 60), now - 2 * HOUR, now)) == 1
    aws.clock.advance_to(now + 16 * MINUTE)
    assert listed(aws) == ["new"]


def test_names_of_a_source_appear_with_samples_after_linking(aws: AwsSandbox) -> None:
    """What it measured before can be read."""
    now = aws.clock.now()
    aws.metrics(ALONE.id).put(AUC, now - HOUR, 1.0)
    sink = aws.client("oam", HUB.id).list_sinks()["Items"][0]["Arn"]
    link(aws, ALONE, sink)
    assert listed(aws, HUB, IncludeLinkedAccounts=True) == []
    assert len(read(aws, HUB, query(AUC, AccountId=ALONE.id), now - 2 * HOUR, now)) == 1
    aws.clock.advance_to(now + HOUR)
    aws.metrics(ALONE.id).put(AUC, aws.clock.now(), 1.0)
    assert listed(aws, HUB, IncludeLinkedAccounts=True) == ["444444444444:auc"]


def test_a_source_that_unlinks_is_gone(aws: AwsSandbox) -> None:
    """Its metrics can neither be listed nor read."""
    end = hour(aws)
    aws.metrics(PROD.id).put(AUC, end - HOUR, 1.0)
    assert listed(aws, HUB, IncludeLinkedAccounts=True) == ["222222222222:auc"]
    oam = aws.client("oam", PROD.id)
    oam.delete_link(Identifier=oam.list_links()["Items"][0]["Arn"])
    assert listed(aws, HUB, IncludeLinkedAccounts=True) == []
    with pytest.raises(ClientError, match="is not linked"):
        read(aws, HUB, query(AUC, AccountId=PROD.id), end - HOUR, end)


def test_a_link_for_other_telemetry_shares_no_metrics(aws: AwsSandbox) -> None:
    """AWS::CloudWatch::Metric must be among its resource types."""
    sink = aws.client("oam", HUB.id).list_sinks()["Items"][0]["Arn"]
    aws.client("oam", ALONE.id).create_link(
        LabelTemplate="$AccountName", ResourceTypes=["AWS::Logs::LogGroup"], SinkIdentifier=sink
    )
    with pytest.raises(ClientError, match="is not linked"):
        read(aws, HUB, query(AUC, AccountId=ALONE.id), hour(aws) - HOUR, hour(aws))


@pytest.mark.parametrize(
    ("metric_filter", "seen"),
    [
        (f"Namespace = '{QUALITY}'", ["auc"]),
        (f"Namespace != '{QUALITY}'", ["Invocations", "heartbeat"]),
        ("Namespace LIKE 'AWS/%'", ["Invocations"]),
        ("Namespace NOT LIKE 'AWS/%'", ["auc", "heartbeat"]),
        ("Namespace IN ('AWS/SageMaker', 'hub')", ["Invocations", "heartbeat"]),
        ("Namespace NOT IN ('AWS/SageMaker','hub')", ["auc"]),
        (
            f"Namespace = 'hub' OR Namespace LIKE 'AWS/%' OR Namespace = '{QUALITY}'",
            ["Invocations", "auc", "heartbeat"],
        ),
        ("Namespace NOT LIKE 'AWS/%' AND Namespace != 'hub'", ["auc"]),
        ("Namespace = 'hub' OR Namespace = 'x' AND Namespace = 'y'", []),
        ("*", ["Invocations", "auc", "heartbeat"]),
    ],
)
def test_a_links_filter_decides_which_namespaces_are_seen(aws: AwsSandbox, metric_filter: str, seen: list[str]) -> None:
    """In listings and data; where AND and OR could bind either way only what passes both is shared."""
    end = hour(aws)
    keys = {"auc": AUC, "Invocations": CALLS, "heartbeat": MetricKey.of("hub", "heartbeat")}
    for key in keys.values():
        aws.metrics(PROD.id).put(key, end - HOUR, 1.0)
    oam = aws.client("oam", PROD.id)
    arn = oam.list_links()["Items"][0]["Arn"]
    configuration = {"MetricConfiguration": {"Filter": metric_filter}}
    oam.update_link(Identifier=arn, ResourceTypes=[METRIC], LinkConfiguration=configuration)
    kept = oam.get_link(Identifier=arn).get("LinkConfiguration")
    assert kept == (None if metric_filter == "*" else configuration)
    assert sorted(listed(aws, HUB, IncludeLinkedAccounts=True)) == [f"222222222222:{name}" for name in seen]
    for name, key in keys.items():
        found = read(aws, HUB, query(key, AccountId=PROD.id), end - HOUR, end)
        assert bool(found) == (name in seen)


@pytest.mark.parametrize(
    "wrong",
    [
        "Namespace",
        "Namespace = AWS/EC2",
        "Namespace LIKE '%SageMaker'",
        "Namespace LIKE 'AWS/'",
        "Namespace IN ()",
        "LogGroupName = 'x'",
        "Namespace = 'a' AND",
        "Namespace = 'a' XOR Namespace = 'b'",
        " OR ".join(f"Namespace = '{n}'" for n in range(7)),
    ],
)
def test_a_wrong_filter_is_refused(aws: AwsSandbox, wrong: str) -> None:
    """What the documented grammar does not have, and more than five AND and OR."""
    sink = aws.client("oam", HUB.id).list_sinks()["Items"][0]["Arn"]
    with pytest.raises(ClientError) as error:
        link(aws, ALONE, sink, wrong)
    assert error.value.response["Error"]["Code"] == "InvalidParameterException"
    five = " OR ".join(f"Namespace = '{n}'" for n in range(6))
    assert link(aws, ALONE, sink, five)


def test_a_filter_is_at_most_two_thousand_characters_long(aws: AwsSandbox) -> None:
    """OAM's own limit."""
    sink = aws.client("oam", HUB.id).list_sinks()["Items"][0]["Arn"]
    with pytest.raises(ClientError, match="2000"):
        link(aws, ALONE, sink, f"Namespace = '{'a' * 2000}'")
