"""Model packages of two accounts over HTTP: what waits, what helps to decide, and the decision in somebody's name."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.aws.layer import AwsLayer
from bot.errors import AccessDenied, Missing, NotAllowed
from bot.model.package import Approval, ModelPackage, PackageRef
from sandbox.fakes_accounts import ANA, PRODUCTION, REGION, T0, TEST, Stage, causes, served
from sandbox.world import fleet

BUCKET = fleet.bucket(PRODUCTION)
METRICS = {"binary_classification_metrics": {"auc": {"value": 0.9}, "accuracy": {"value": 0.8}, "roc": {"x": []}}}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A group in each account."""
    with served() as made:
        made.aws.client("s3", PRODUCTION).create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        for account in (PRODUCTION, TEST):
            made.aws.client("sagemaker", account).create_model_package_group(ModelPackageGroupName="bank")
        yield made


@pytest.fixture(scope="module")
def layer(stage: Stage) -> Iterator[AwsLayer]:
    """The layer under test, which reads reports of at most 2 kB."""
    made = stage.layer(report_cap_bytes=2_000)
    yield made
    made.close()


def register(stage: Stage, report: bytes | None, account: str = PRODUCTION, **more: Any) -> str:
    """A version that waits; its ARN."""
    given: dict[str, Any] = {}
    if report is not None:
        key = f"bank/{len(more)}{hash(report)}/evaluation.json"
        stage.aws.put_object(PRODUCTION, BUCKET, key, report, T0)
        source = {"ContentType": "application/json", "S3Uri": f"s3://{BUCKET}/{key}"}
        given = {"ModelMetrics": {"ModelQuality": {"Statistics": source}}}
    made = stage.aws.client("sagemaker", account).create_model_package(
        ModelPackageGroupName="bank", ModelApprovalStatus="PendingManualApproval", **given, **more
    )
    return str(made["ModelPackageArn"])


def decided(stage: Stage, arn: str, status: str, account: str = PRODUCTION) -> None:
    """By the account's administrator."""
    stage.aws.client("sagemaker", account).update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)


def waiting(stage: Stage, layer: AwsLayer, arn: str) -> PackageRef:
    """As it is listed."""
    found = layer.packages(stage.ask()).waiting()
    return next(ref for sweep in found.items for ref in sweep.items if ref.arn == arn)


def described(stage: Stage, layer: AwsLayer, arn: str) -> ModelPackage:
    """As it is described."""
    (found,) = layer.packages(stage.ask()).described([waiting(stage, layer, arn)]).items
    return found


def test_what_waits_is_one_listing_an_account_and_is_read_beside_the_approved_version(
    stage: Stage, layer: AwsLayer
) -> None:
    """With who registered it; the best known metrics first, what is no number left out."""
    decided(stage, register(stage, json.dumps(METRICS).encode()), "Approved")
    made = {"GeneratedBy": "arn:aws:sagemaker:us-west-2:222222222222:pipeline/x/execution/y"}
    arn = register(stage, json.dumps(METRICS).encode(), MetadataProperties=made)
    stage.heard()
    ref = waiting(stage, layer, arn)
    assert stage.heard() == {"ListModelPackages": 2}
    assert (ref.name, ref.version, ref.account_id) == ("bank", 2, PRODUCTION)
    found = described(stage, layer, arn)
    assert [(s.name, s.value) for s in found.scores.items] == [("accuracy", 0.8), ("auc", 0.9)]
    assert (found.against and found.against.version, found.approved) == (1, found.scores)
    assert found.registrant.user
    assert found.registrant.pipeline == made["GeneratedBy"]
    decided(stage, arn, "Rejected")


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (None, "none were registered with it"),
        (b"x" * 2_001, "evaluation.json cannot be read: it is larger than 2000 bytes"),
        (b"[]", "evaluation.json cannot be read: it holds no JSON object"),
        (b'{"regression_metrics": {"mse": {"value": "NaN"}}}', "its report holds no metric that is known here"),
        (b'{"regression_metrics": 7}', "its report holds no metric that is known here"),
    ],
)
def test_a_report_that_cannot_be_had_is_said(stage: Stage, layer: AwsLayer, report: bytes | None, said: str) -> None:
    """The other account wrote it; the package is shown all the same."""
    arn = register(stage, report)
    found = described(stage, layer, arn)
    assert (found.scores.items, found.scores.lacking) == ((), said)
    decided(stage, arn, "Rejected")


def test_a_decision_is_written_in_the_operators_name_for_that_package_alone(stage: Stage, layer: AwsLayer) -> None:
    """By a session that may do nothing else; a second one finds the first, and writes nothing."""
    arn = register(stage, None)
    ref = waiting(stage, layer, arn)
    stage.aws.calls.clear()
    assert layer.package_operations(stage.ask()).decide(ref, Approval.APPROVED, "Approved in Slack") is None
    (call,) = [c for c in stage.aws.calls if c.operation == "UpdateModelPackage"]
    assert call.source_identity == ANA.id
    assumed = next(c for c in stage.aws.calls if c.operation == "AssumeRole" and c.params.get("Policy"))
    (statement,) = json.loads(assumed.params["Policy"])["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["sagemaker:UpdateModelPackage"], [arn])
    assert {tag["Key"]: tag["Value"] for tag in assumed.params["Tags"]}["slack-user"] == ANA.id
    stage.aws.calls.clear()
    state = layer.package_operations(stage.ask()).decide(ref, Approval.REJECTED, "too late")
    assert state is not None
    assert (state.approval, state.text, state.by.source_identity) == (Approval.APPROVED, "Approved in Slack", ANA.id)
    assert not [c for c in stage.aws.calls if c.operation == "UpdateModelPackage"]
    with pytest.raises(NotAllowed):
        layer.package_operations(stage.ask(TEST)).decide(ref, Approval.REJECTED, "not mine")


def test_one_account_that_refuses_hides_nothing_of_the_other(stage: Stage, layer: AwsLayer) -> None:
    """Listing, describing, deciding; what was deleted is missing."""
    arn = register(stage, None)
    ref = waiting(stage, layer, arn)
    stage.aws.fault("deny", TEST, "ListModelPackages")
    found = layer.packages(stage.ask()).waiting()
    assert [ref.arn for sweep in found.items for ref in sweep.items] == [arn]
    assert causes(found) == ["role sagewatch-read in ml-test (333333333333) lacks sagemaker:ListModelPackages"]
    stage.aws.fault("deny", PRODUCTION, "UpdateModelPackage")
    with pytest.raises(AccessDenied, match=r"sagewatch-operate in ml-production .* lacks sagemaker:UpdateModelPackage"):
        layer.package_operations(stage.ask()).decide(ref, Approval.APPROVED, "no")
    gone = PackageRef(f"{arn}9", PRODUCTION, REGION, "bank", 99, T0)
    with pytest.raises(Missing):
        layer.packages(stage.ask()).state(gone)
