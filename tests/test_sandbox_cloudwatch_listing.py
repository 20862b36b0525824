"""ListMetrics, and what a monitoring account sees of its sources."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.aws.cloudwatch.stage import (
    ALONE,
    AUC,
    CALLS,
    HOUR,
    HUB,
    PROD,
    QUALITY,
    TEST,
    hour,
    observed,
    query,
    read,
)

OWN = MetricKey.of("hub", "heartbeat")


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Each account with metrics of an hour ago."""
    with observed() as sandbox:
        at = hour(sandbox) - HOUR
        for account, keys in ((HUB, [OWN]), (PROD, [AUC, CALLS]), (TEST, [AUC]), (ALONE, [AUC])):
            for key in keys:
                sandbox.metrics(account.id).put(key, at, 1.0)
        yield sandbox


def listed(aws: AwsSandbox, account: CloudAccount = PROD, **params: Any) -> list[str]:
    """The names of the metrics on all pages, with the owner's id where one is told."""
    found = []
    for page in aws.client("cloudwatch", account.id).get_paginator("list_metrics").paginate(**params):
        names = [each["MetricName"] for each in page["Metrics"]]
        owners = page.get("OwningAccounts", [""] * len(names))
        found += [f"{owner}:{name}".lstrip(":") for owner, name in zip(owners, names, strict=True)]
    return found


def test_filters_match_exactly(aws: AwsSandbox) -> None:
    """Namespace, name, and dimensions by name or by name and value; other dimensions may be there."""
    assert listed(aws) == ["Invocations", "auc"]
    assert listed(aws, Namespace=QUALITY) == ["auc"]
    assert listed(aws, Namespace="aws/sagemaker") == []
    assert listed(aws, MetricName="Invocations") == ["Invocations"]
    assert listed(aws, Dimensions=[{"Name": "Endpoint"}]) == ["auc"]
    assert listed(aws, Dimensions=[{"Name": "Endpoint", "Value": "bank-1"}]) == ["auc"]
    assert listed(aws, Dimensions=[{"Name": "Endpoint", "Value": "bank"}]) == []
    assert listed(aws, Dimensions=[{"Name": "endpoint"}]) == []
    both = [{"Name": "Endpoint"}, {"Name": "MonitoringSchedule", "Value": "bank-quality"}]
    assert listed(aws, Dimensions=both) == ["auc"]


def test_linked_accounts_come_with_their_owners_one_to_one(aws: AwsSandbox) -> None:
    """Only when asked for; an account that is not linked is not among them."""
    assert listed(aws, HUB) == ["heartbeat"]
    linked = ["111111111111:heartbeat", "222222222222:Invocations", "222222222222:auc", "333333333333:auc"]
    assert listed(aws, HUB, IncludeLinkedAccounts=True) == linked
    assert listed(aws, HUB, IncludeLinkedAccounts=True, OwningAccount=TEST.id) == ["333333333333:auc"]
    assert listed(aws, PROD, IncludeLinkedAccounts=True) == ["222222222222:Invocations", "222222222222:auc"]
    assert "OwningAccounts" not in aws.client("cloudwatch", HUB.id).list_metrics()


def test_an_owner_that_is_not_linked_is_refused(aws: AwsSandbox) -> None:
    """And one that is asked for without IncludeLinkedAccounts."""
    for params in ({"OwningAccount": ALONE.id, "IncludeLinkedAccounts": True}, {"OwningAccount": PROD.id}):
        with pytest.raises(ClientError) as error:
            listed(aws, HUB, **params)
        assert error.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_data_of_a_linked_account_is_read_by_its_id(aws: AwsSandbox) -> None:
    """AccountId says whose metric it is; without it one's own. Sources see nobody else's."""
    end = hour(aws)
    for account in (PROD, TEST):
        found = read(aws, HUB, query(AUC, AccountId=account.id), end - HOUR, end)
        assert found == [(end - HOUR, 1.0)]
    assert read(aws, HUB, query(AUC), end - HOUR, end) == []
    assert read(aws, HUB, query(OWN, AccountId=HUB.id), end - HOUR, end) == [(end - HOUR, 1.0)]
    for asking, owner in ((HUB, ALONE), (PROD, TEST), (PROD, HUB), (ALONE, PROD)):
        with pytest.raises(ClientError, match=f"The account {owner.id} is not linked"):
            read(aws, asking, query(AUC, AccountId=owner.id), end - HOUR, end)


def test_another_region_is_another_world(aws: AwsSandbox) -> None:
    """Metrics and links are of one Region."""
    assert aws.client("cloudwatch", PROD.id, "eu-west-1").list_metrics()["Metrics"] == []
    said = aws.client("cloudwatch", HUB.id, "eu-west-1").list_metrics(IncludeLinkedAccounts=True)
    assert (said["Metrics"], said["OwningAccounts"]) == ([], [])
