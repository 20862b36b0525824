"""Endpoints and what is captured of them, asked with plain boto3."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox
from sandbox.aws.stage import HOUR, PROD, ROLE, SPARE, define, deploy, monitored


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """What all tests share."""
    with monitored() as sandbox:
        yield sandbox


def test_an_endpoint_shows_what_is_captured(aws: AwsSandbox) -> None:
    """Whether capture runs, how much it takes, where it goes; dated by the world."""
    deploy(aws, "half", 50)
    deploy(aws, "off", capture=False)
    client = aws.client("sagemaker", PROD)
    half, off = (client.describe_endpoint(EndpointName=name) for name in ("half", "off"))
    capture = half["DataCaptureConfig"]
    assert (capture["CaptureStatus"], capture["CurrentSamplingPercentage"]) == ("Started", 50)
    assert capture["DestinationS3Uri"] == "s3://bucket/capture"
    assert off["DataCaptureConfig"]["CaptureStatus"] == "Stopped"
    assert half["EndpointStatus"] == "InService"
    assert half["ProductionVariants"][0]["CurrentWeight"] == 1.0
    assert abs(half["CreationTime"] - aws.clock.now()) < timedelta(minutes=1)
    with pytest.raises(ClientError, match="Could not find endpoint"):
        client.describe_endpoint(EndpointName="nobody")
    names = {each["EndpointName"] for each in client.list_endpoints()["Endpoints"]}
    assert {"bank-1", "half", "off"} <= names


def test_capture_that_halts_by_itself_is_told_as_stopped(aws: AwsSandbox) -> None:
    """It stays enabled; the configuration says what was wished."""
    deploy(aws, "full-disk", account=SPARE)
    client = aws.client("sagemaker", SPARE)
    seen = []
    for works in (False, True):
        aws.monitoring(SPARE).capture("full-disk", works=works)
        capture = client.describe_endpoint(EndpointName="full-disk")["DataCaptureConfig"]
        seen.append((capture["EnableCapture"], capture["CaptureStatus"]))
    assert seen == [(True, "Stopped"), (True, "Started")]
    config = client.describe_endpoint_config(EndpointConfigName="full-disk")
    assert config["DataCaptureConfig"]["InitialSamplingPercentage"] == 100
    assert (config["ProductionVariants"][0]["InstanceType"], config["ProductionVariants"][0]["ModelName"]) == (
        "ml.m5.large",
        "full-disk",
    )
    assert abs(config["CreationTime"] - aws.clock.now()) < timedelta(minutes=1)
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        client.describe_endpoint_config(EndpointConfigName="nobody")


def test_endpoints_are_listed_newest_first_in_pages_by_name_and_by_time(aws: AwsSandbox) -> None:
    """Made hours ago, an hour apart."""
    client, made = (
        aws.client("sagemaker", PROD, "eu-central-1"),
        (aws.clock.now() - timedelta(days=30)).replace(microsecond=0),
    )
    client.create_model(ModelName="m", PrimaryContainer={"Image": "image"}, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "A", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    for number in range(12):
        with aws.at(made + number * HOUR):
            client.create_endpoint(EndpointName=f"churn-{number:02}", EndpointConfigName="c")

    def names(**params: Any) -> list[str]:
        pages = client.get_paginator("list_endpoints").paginate(**params)
        return [each["EndpointName"] for page in pages for each in page["Endpoints"]]

    assert len(client.list_endpoints()["Endpoints"]) == 10
    assert names() == [f"churn-{number:02}" for number in reversed(range(12))]
    assert names(SortBy="Name", SortOrder="Ascending", MaxResults=5) == sorted(names())
    assert names(NameContains="N-1") == ["churn-11", "churn-10"]
    assert names(CreationTimeAfter=made + 10 * HOUR) == ["churn-11"]
    assert names(StatusEquals="Failed") == []
    assert client.describe_endpoint(EndpointName="churn-03")["CreationTime"] == made + 3 * HOUR


def test_an_endpoint_goes_after_the_schedules_that_watch_it(aws: AwsSandbox) -> None:
    """Refused by the schedule's name; then it is gone."""
    client = aws.client("sagemaker", SPARE, "eu-central-1")
    client.create_model(ModelName="m", PrimaryContainer={"Image": "image"}, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "A", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    client.create_endpoint(EndpointName="watched", EndpointConfigName="c")
    body = define(aws, "watching", "DataQuality", SPARE)
    source = {"EndpointName": "watched", "LocalPath": "/opt/ml/processing/input"}
    client.create_data_quality_job_definition(**{**body, "DataQualityJobInput": {"EndpointInput": source}})
    client.create_monitoring_schedule(
        MonitoringScheduleName="watch",
        MonitoringScheduleConfig={
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinitionName": "watching",
            "MonitoringType": "DataQuality",
        },
    )
    with pytest.raises(ClientError, match="still has monitoring schedule watch"):
        client.delete_endpoint(EndpointName="watched")
    client.delete_monitoring_schedule(MonitoringScheduleName="watch")
    client.delete_endpoint(EndpointName="watched")
    for call in (client.describe_endpoint, client.delete_endpoint):
        with pytest.raises(ClientError, match="Could not find endpoint"):
            call(EndpointName="watched")
