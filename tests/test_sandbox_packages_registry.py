"""Model packages as SageMaker tells of them: who registered, who decided, what an update leaves, what is told."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.trail.stage import HUB, PROD, Staged, trailed

ALLOWED = ("sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage", "sagemaker:DescribeModelPackage")
CONTAINER = {"Image": "1.dkr.ecr.us-west-2.amazonaws.com/m:1"}
TYPES = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
SPECIFICATION = {"Containers": [CONTAINER], **TYPES}


@dataclass
class Registry:
    """A group in production, and two people with a role there."""

    stage: Staged
    maya: Any
    diego: Any
    admin: Any
    url: str

    def register(self, by: Any, **said: Any) -> str:
        """A version that waits; returns its ARN."""
        given = {"ModelApprovalStatus": "PendingManualApproval", "InferenceSpecification": SPECIFICATION, **said}
        return str(by.create_model_package(ModelPackageGroupName="churn", **given)["ModelPackageArn"])

    def told(self, arn: str) -> dict[str, Any]:
        """As SageMaker describes it."""
        return dict(self.admin.describe_model_package(ModelPackageName=arn))

    def heard(self) -> list[dict[str, Any]]:
        """What EventBridge told since the last look."""
        sqs = self.stage.aws.client("sqs", PROD)
        found = sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        for each in found:
            sqs.delete_message(QueueUrl=self.url, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(each["Body"])["detail"] for each in found]


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    """One for all."""
    with trailed() as stage:
        bot = stage.user(HUB, "bot", "sts:AssumeRole", "sts:SetSourceIdentity")
        role = stage.role(PROD, "train", HUB, *ALLOWED)
        sessions = [
            stage.client("sagemaker", stage.session(bot, role, name, SourceIdentity=f"{name}@example.com"))
            for name in ("maya", "diego")
        ]
        admin = stage.aws.client("sagemaker", PROD)
        admin.create_model_package_group(ModelPackageGroupName="churn")
        yield Registry(stage, *sessions, admin, _queue(stage))


def _queue(stage: Staged) -> str:
    """Where a rule puts changes of model packages."""
    sqs, events = stage.aws.client("sqs", PROD), stage.aws.client("events", PROD)
    url = str(sqs.create_queue(QueueName="packages")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**allow, "Resource": arn}]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    pattern = {"detail-type": ["SageMaker Model Package State Change"]}
    events.put_rule(Name="packages", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="packages", Targets=[{"Id": "1", "Arn": arn}])
    return url


def test_whoever_registered_a_version_is_named_with_the_source_identity(registry: Registry) -> None:
    """The session's ARN and what its source identity is; versions count up within a group."""
    first, second = registry.register(registry.maya), registry.register(registry.diego)
    assert [arn.rsplit("/", 1)[1] for arn in (first, second)] == ["1", "2"]
    made = registry.told(second)["CreatedBy"]["IamIdentity"]
    assert made["Arn"] == f"arn:aws:sts::{PROD}:assumed-role/train/diego"
    assert made["SourceIdentity"] == "diego@example.com"
    assert "LastModifiedBy" not in registry.told(second)


def test_a_decision_names_who_made_it_and_leaves_what_it_does_not_say(registry: Registry) -> None:
    """A later update without a description keeps the earlier one; whoever comes last wins."""
    arn = registry.register(registry.maya, CustomerMetadataProperties={"ticket": "4711"})
    registry.diego.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="reviewed"
    )
    told = registry.told(arn)
    assert (told["ModelApprovalStatus"], told["ApprovalDescription"]) == ("Approved", "reviewed")
    assert told["LastModifiedBy"]["IamIdentity"]["SourceIdentity"] == "diego@example.com"
    assert told["CreatedBy"]["IamIdentity"]["SourceIdentity"] == "maya@example.com"
    registry.maya.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    told = registry.told(arn)
    assert (told["ModelApprovalStatus"], told["ApprovalDescription"]) == ("Rejected", "reviewed")
    assert told["CustomerMetadataProperties"] == {"ticket": "4711"}


def test_eventbridge_hears_of_a_registration_and_of_each_decision(registry: Registry) -> None:
    """With group, version and status."""
    registry.heard()
    arn = registry.register(registry.maya)
    registry.diego.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    found = [(e["ModelPackageArn"], e["ModelApprovalStatus"]) for e in registry.heard()]
    assert sorted(found) == [(arn, "PendingManualApproval"), (arn, "Rejected")]


def test_a_version_that_is_not_there_is_refused(registry: Registry) -> None:
    """In words that name it; so is a status that there is not."""
    arn = registry.register(registry.maya)
    with pytest.raises(ClientError, match=r"churn/99 does not exist"):
        registry.admin.describe_model_package(ModelPackageName=arn.rsplit("/", 1)[0] + "/99")
    with pytest.raises(ClientError, match=r"ModelApprovalStatus|enum"):
        registry.diego.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Perhaps")
    assert registry.told(arn)["ModelApprovalStatus"] == "PendingManualApproval"
