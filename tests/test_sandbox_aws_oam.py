"""Sinks, links, and the policy between them, asked with plain boto3."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.clock import WorldClock

HUB, REGION, ORG = "111111111111", "us-west-2", "o-a1b2c3d4e5"
METRIC, LOGS, TRACE = "AWS::CloudWatch::Metric", "AWS::Logs::LogGroup", "AWS::XRay::Trace"
SOURCES = tuple(
    CloudAccount(f"{number}" * 12, f"source-{number}", f"AKIASOURCE0000000000{number}", "secret") for number in "234567"
)
PROD, TEST = SOURCES[0].id, SOURCES[1].id


@pytest.fixture
def aws() -> Iterator[AwsSandbox]:
    """A monitoring account and six sources."""
    hub = CloudAccount(HUB, "hub", "AKIAHUB0000000000001", "secret", email="ml+hub@example.org")
    with AwsSandbox(WorldClock(), (hub, *SOURCES), org_id=ORG) as sandbox:
        sandbox.start()
        yield sandbox


def sink(aws: AwsSandbox, region: str = REGION, **statement: Any) -> str:
    """A sink at the hub with a policy of one statement; returns its ARN."""
    oam = aws.client("oam", HUB, region)
    arn = str(oam.create_sink(Name="sink")["Arn"])
    if statement:
        allow = {"Effect": "Allow", "Resource": "*", "Action": ["oam:CreateLink", "oam:UpdateLink"], **statement}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        assert json.loads(oam.put_sink_policy(SinkIdentifier=arn, Policy=policy)["Policy"]) == json.loads(policy)
    return arn


def only(*types: str) -> dict[str, Any]:
    """The condition on shared resource types."""
    return {"ForAllValues:StringEquals": {"oam:ResourceTypes": list(types)}}


def link(aws: AwsSandbox, account: str, sink_arn: str, *types: str, template: str = "$AccountName") -> dict[str, Any]:
    """A link from a source account."""
    oam = aws.client("oam", account)
    made = oam.create_link(LabelTemplate=template, ResourceTypes=list(types or (METRIC,)), SinkIdentifier=sink_arn)
    return dict(made)


def test_a_sink_is_one_per_account_and_region(aws: AwsSandbox) -> None:
    """Another Region has its own."""
    arn = sink(aws)
    oam = aws.client("oam", HUB)
    with pytest.raises(oam.exceptions.ConflictException):
        oam.create_sink(Name="second")
    assert oam.list_sinks()["Items"] == [{"Arn": arn, "Id": arn.rpartition("/")[2], "Name": "sink"}]
    assert oam.get_sink(Identifier=arn)["Name"] == "sink"
    assert aws.client("oam", HUB, "eu-west-1").list_sinks()["Items"] == []
    assert sink(aws, "eu-west-1") != arn
    assert aws.client("oam", PROD).list_sinks()["Items"] == []


def test_without_a_policy_nobody_may_link(aws: AwsSandbox) -> None:
    """A sink is closed until its policy opens it; one that is not there looks the same."""
    arn = sink(aws)
    oam = aws.client("oam", HUB)
    with pytest.raises(oam.exceptions.ResourceNotFoundException):
        oam.get_sink_policy(SinkIdentifier=arn)
    for target in (arn, arn[:-1] + "0"):
        with pytest.raises(ClientError) as error:
            link(aws, PROD, target)
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"
        assert "is not authorized to perform: oam:CreateLink on resource: " + target in str(error.value)


def test_a_policy_by_account_ids_lets_these_in(aws: AwsSandbox) -> None:
    """And no others."""
    arn = sink(aws, Principal={"AWS": [PROD]}, Condition=only(METRIC, LOGS))
    made = link(aws, PROD, arn, METRIC, LOGS)
    assert made["Label"] == "source-2"
    assert made["Arn"].split(":")[4] == PROD
    with pytest.raises(ClientError, match="AccessDeniedException"):
        link(aws, TEST, arn)


def test_a_policy_by_organisation_lets_every_account_of_it_in(aws: AwsSandbox) -> None:
    """`*` with aws:PrincipalOrgID; another organisation's id lets nobody in."""
    condition = {"StringEquals": {"aws:PrincipalOrgID": ORG}, **only(METRIC)}
    arn = sink(aws, Principal="*", Condition=condition)
    assert link(aws, PROD, arn)["SinkArn"] == arn
    other = sink(aws, "eu-west-1", Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-other"}})
    oam = aws.client("oam", PROD, "eu-west-1")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        oam.create_link(LabelTemplate="x", ResourceTypes=[METRIC], SinkIdentifier=other)


def test_a_link_that_asks_for_more_types_than_the_sink_takes_fails_whole(aws: AwsSandbox) -> None:
    """Also when an existing link is widened."""
    arn = sink(aws, Principal="*", Condition=only(METRIC, LOGS))
    with pytest.raises(ClientError, match="AccessDeniedException"):
        link(aws, PROD, arn, METRIC, TRACE)
    made = link(aws, PROD, arn, METRIC)
    oam = aws.client("oam", PROD)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        oam.update_link(Identifier=made["Arn"], ResourceTypes=[METRIC, TRACE])
    assert oam.update_link(Identifier=made["Arn"], ResourceTypes=[METRIC, LOGS])["ResourceTypes"] == [METRIC, LOGS]
    assert oam.get_link(Identifier=made["Arn"])["ResourceTypes"] == [METRIC, LOGS]


def test_a_sink_of_another_region_cannot_be_linked_to(aws: AwsSandbox) -> None:
    """OAM is regional."""
    arn = sink(aws, "eu-west-1", Principal="*")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        link(aws, PROD, arn)


@pytest.mark.parametrize(
    ("template", "label"),
    [
        ("$AccountName", "source-2"),
        ("$AccountEmail", "source-2@example.com"),
        ("$AccountEmailNoDomain", "source-2"),
        ("prod of $AccountName", "prod of source-2"),
        ("plain", "plain"),
    ],
)
def test_labels_come_from_the_template(aws: AwsSandbox, template: str, label: str) -> None:
    arn = sink(aws, Principal="*")
    made = link(aws, PROD, arn, template=template)
    assert (made["Label"], made["LabelTemplate"]) == (label, template)


def test_the_hub_sees_attached_links_and_sources_their_own(aws: AwsSandbox) -> None:
    """With labels and types; only the source account can unlink; a sink in use cannot be deleted."""
    arn = sink(aws, Principal="*")
    made = {account: link(aws, account, arn)["Arn"] for account in (PROD, TEST)}
    hub = aws.client("oam", HUB)
    attached = hub.list_attached_links(SinkIdentifier=arn)["Items"]
    assert [(each["Label"], each["ResourceTypes"]) for each in attached] == [
        ("source-2", [METRIC]),
        ("source-3", [METRIC]),
    ]
    assert {each["LinkArn"] for each in attached} == set(made.values())
    source = aws.client("oam", PROD)
    assert [each["Arn"] for each in source.list_links()["Items"]] == [made[PROD]]
    with pytest.raises(hub.exceptions.ResourceNotFoundException):
        hub.delete_link(Identifier=made[PROD])
    with pytest.raises(hub.exceptions.ResourceNotFoundException):
        source.list_attached_links(SinkIdentifier=arn)
    with pytest.raises(hub.exceptions.ConflictException):
        hub.delete_sink(Identifier=arn)
    source.delete_link(Identifier=made[PROD])
    aws.client("oam", TEST).delete_link(Identifier=made[TEST])
    hub.delete_sink(Identifier=arn)
    assert hub.list_sinks()["Items"] == []


def test_attached_links_come_in_pages(aws: AwsSandbox) -> None:
    """boto3's own paginator gathers them; a token of another question is refused."""
    arn = sink(aws, Principal="*")
    for source in SOURCES:
        link(aws, source.id, arn)
    hub = aws.client("oam", HUB)
    pages = list(
        hub.get_paginator("list_attached_links").paginate(SinkIdentifier=arn, PaginationConfig={"PageSize": 4})
    )
    assert [len(page["Items"]) for page in pages] == [4, 2]
    assert {item["Label"] for page in pages for item in page["Items"]} == {source.label for source in SOURCES}
    with pytest.raises(ClientError, match="ValidationException"):
        hub.list_attached_links(SinkIdentifier=arn, NextToken="bm9uZQ==")
    with pytest.raises(ClientError, match="ValidationException"):
        hub.list_attached_links(SinkIdentifier=arn, MaxResults=1001)


def test_a_source_links_once_to_a_sink(aws: AwsSandbox) -> None:
    arn = sink(aws, Principal="*")
    link(aws, PROD, arn)
    with pytest.raises(ClientError, match="ConflictException"):
        link(aws, PROD, arn)


def test_tags_of_sinks_and_links(aws: AwsSandbox) -> None:
    """Set at creation or later, taken away by key."""
    oam = aws.client("oam", HUB)
    arn = oam.create_sink(Name="tagged", Tags={"team": "ml"})["Arn"]
    oam.tag_resource(ResourceArn=arn, Tags={"owner": "platform", "team": "ml-platform"})
    assert oam.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"team": "ml-platform", "owner": "platform"}
    oam.untag_resource(ResourceArn=arn, TagKeys=["owner"])
    assert oam.get_sink(Identifier=arn)["Tags"] == {"team": "ml-platform"}


def test_filters_are_kept_and_arns_are_the_same_in_every_world(aws: AwsSandbox) -> None:
    """A metric filter comes back as it was given; a world built twice has the same link."""
    arn = sink(aws, Principal="*")
    configuration = {"MetricConfiguration": {"Filter": "Namespace = 'AWS/SageMaker'"}}
    made = aws.client("oam", PROD).create_link(
        LabelTemplate="$AccountName", ResourceTypes=[METRIC], SinkIdentifier=arn, LinkConfiguration=configuration
    )
    assert aws.client("oam", PROD).get_link(Identifier=made["Arn"])["LinkConfiguration"] == configuration
    aws.stop()
    with AwsSandbox(WorldClock(), aws.accounts.values(), org_id=ORG) as again:
        again.start()
        assert link(again, PROD, sink(again, Principal="*"))["Arn"] == made["Arn"]
