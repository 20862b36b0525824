"""Alarms as other services' calls find them: by tags, and the series that hold one in ALARM."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox
from sandbox.aws.cloudwatch.alarm_store import Contributing
from sandbox.aws.cloudwatch.stage import PROD, TEST, observed
from sandbox.fakes_alarms import SIMPLE
from sandbox.fakes_monitoring import policy

ALARM = ["cloudwatch:alarm"]


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Production with alarms of several tags."""
    with observed() as sandbox:
        client = sandbox.client("cloudwatch", PROD.id)
        for name, tags in (("one", {"team": "risk"}), ("two", {"team": "ads", "stage": "dev"}), ("bare", {})):
            given = [{"Key": key, "Value": value} for key, value in tags.items()]
            client.put_metric_alarm(AlarmName=name, **SIMPLE, Tags=given)
        yield sandbox


def tagged(aws: AwsSandbox, *filters: dict[str, Any], account: str = PROD.id, **more: Any) -> list[str]:
    """The names that GetResources finds."""
    client = aws.client("resourcegroupstaggingapi", account)
    found = client.get_resources(**{"ResourceTypeFilters": ALARM, "TagFilters": list(filters), **more})
    assert not found.get("PaginationToken")
    return [row["ResourceARN"].rpartition(":")[2] for row in found["ResourceTagMappingList"]]


def test_alarms_are_found_by_keys_and_values(aws: AwsSandbox) -> None:
    """Every filter must fit, of its values one; what has no tag is nowhere, nor is another account's."""
    assert tagged(aws) == ["one", "two"]
    assert tagged(aws, {"Key": "team"}) == ["one", "two"]
    assert tagged(aws, {"Key": "team", "Values": ["ads", "sales"]}) == ["two"]
    assert tagged(aws, {"Key": "team"}, {"Key": "stage"}) == ["two"]
    assert tagged(aws, {"Key": "Team"}) == []
    assert tagged(aws, {"Key": "team"}, account=TEST.id) == []


def test_tagged_alarms_come_in_pages(aws: AwsSandbox) -> None:
    """An empty token ends them; one of another question is refused, as is too large a page."""
    client = aws.client("resourcegroupstaggingapi", PROD.id)
    first = client.get_resources(ResourceTypeFilters=ALARM, ResourcesPerPage=1)
    more = {"ResourcesPerPage": 1, "PaginationToken": first["PaginationToken"]}
    last = client.get_resources(ResourceTypeFilters=ALARM, **more)
    arns = [row["ResourceARN"] for page in (first, last) for row in page["ResourceTagMappingList"]]
    assert [arn.rpartition(":")[2] for arn in arns] == ["one", "two"]
    assert last["PaginationToken"] == ""
    with pytest.raises(ClientError, match="Invalid pagination token"):
        client.get_resources(ResourceTypeFilters=ALARM, TagFilters=[{"Key": "team"}], **more)
    with pytest.raises(ClientError, match="ResourcesPerPage must be between 1 and 100"):
        client.get_resources(ResourceTypeFilters=ALARM, ResourcesPerPage=101)


@pytest.mark.parametrize(
    "asked", [{"ResourceTypeFilters": ["cloudwatch"]}, {"ResourceTypeFilters": [*ALARM, "s3"]}, {"TagsPerPage": 100}]
)
def test_what_of_alarms_cannot_be_found_so_is_refused_by_name(aws: AwsSandbox, asked: dict[str, Any]) -> None:
    """Rather than answered by who knows no alarms."""
    with pytest.raises(ClientError, match="GetResources of alarms together with other resources"):
        tagged(aws, **asked)


def test_other_resources_are_left_to_who_knows_them(aws: AwsSandbox) -> None:
    """A bucket is none of CloudWatch's."""
    s3 = aws.client("s3", PROD.id)
    s3.create_bucket(Bucket="tagged-bucket", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_bucket_tagging(Bucket="tagged-bucket", Tagging={"TagSet": [{"Key": "team", "Value": "risk"}]})
    assert tagged(aws, {"Key": "team"}, ResourceTypeFilters=["s3"]) == ["tagged-bucket"]


def test_who_tags_an_alarm_needs_the_right_to(aws: AwsSandbox) -> None:
    """PutMetricAlarm alone makes untagged ones."""
    iam = aws.client("iam", PROD.id)
    iam.create_user(UserName="maker")
    allow = policy("cloudwatch:PutMetricAlarm")
    iam.put_user_policy(UserName="maker", PolicyName="make", PolicyDocument=allow)
    key = iam.create_access_key(UserName="maker")["AccessKey"]
    client = boto3.client(
        "cloudwatch",
        region_name="us-west-2",
        endpoint_url=aws.endpoint_url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    client.put_metric_alarm(AlarmName="plain", **SIMPLE)
    with pytest.raises(ClientError, match="not authorized to perform: cloudwatch:TagResource"):
        client.put_metric_alarm(AlarmName="tagged", **SIMPLE, Tags=[{"Key": "team", "Value": "risk"}])
    client.close()


def test_series_that_hold_an_alarm_are_told_until_it_is_deleted(aws: AwsSandbox) -> None:
    """As whoever evaluates it said; of what is not there AWS says so."""
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    client, store = aws.client("cloudwatch", PROD.id), aws.alarms(PROD.id)
    store.contribute("one", [Contributing("0123456789abcdef", {"Endpoint": "bank-1"}, "it is low", at)])
    (series,) = client.describe_alarm_contributors(AlarmName="one")["AlarmContributors"]
    assert series == {
        "ContributorId": "0123456789abcdef",
        "ContributorAttributes": {"Endpoint": "bank-1"},
        "StateReason": "it is low",
        "StateTransitionedTimestamp": at,
    }
    assert client.describe_alarm_contributors(AlarmName="two")["AlarmContributors"] == []
    client.delete_alarms(AlarmNames=["one"])
    client.put_metric_alarm(AlarmName="one", **SIMPLE)
    assert client.describe_alarm_contributors(AlarmName="one")["AlarmContributors"] == []
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.describe_alarm_contributors(AlarmName="none")
