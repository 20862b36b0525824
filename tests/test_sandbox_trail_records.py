"""What CloudTrail writes of a call: who, what, where, how it ended."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.shapes import operation_model
from sandbox.aws.stage import deploy
from sandbox.aws.trail import identities, names
from sandbox.aws.trail.events import Event, record
from sandbox.aws.trail.members import lowered, moment, written
from sandbox.aws.trail.stage import ARCHIVE, HUB, LOGS, PROD, REGION, Staged, trailed

REAL = Path(__file__).parent.parent / "../shared/data/cloudtrail"
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other/*"}
AT = datetime(2026, 11, 20, 13, 5, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def stage() -> Iterator[Staged]:
    """A day in the life of the organisation, delivered."""
    with trailed() as staged:
        bot = staged.user(HUB, "bot", "sts:AssumeRole", "sts:SetSourceIdentity")
        allowed = ("sagemaker:ListEndpoints", "sagemaker:DeleteEndpoint", "sagemaker:CreatePresignedDomainUrl")
        role = staged.role(PROD, "operate", HUB, *allowed)
        deploy(staged.aws, "bank-1")
        maya = staged.session(bot, role, "U0MAYAOKAF", SourceIdentity="maya@example.com", DurationSeconds=900)
        sagemaker = staged.client("sagemaker", maya)
        sagemaker.list_endpoints(NameContains="bank")
        sagemaker.delete_endpoint(EndpointName="bank-1")
        for call, given in (
            (sagemaker.create_endpoint, {"EndpointName": "mine", "EndpointConfigName": "bank-1"}),
            (sagemaker.delete_endpoint, {"EndpointName": "never"}),
            (sagemaker.list_pipelines, {}),
        ):
            with pytest.raises(ClientError):
                call(**given)
        with pytest.raises(ClientError):
            staged.session(bot, role.replace("operate", "nobody"), "U0MAYAOKAF")
        staged.client("sts", bot).get_caller_identity()
        queue = staged.aws.client("sqs", PROD).create_queue(QueueName="work")["QueueUrl"]
        staged.aws.client("sqs", PROD).send_message(QueueUrl=queue, MessageBody="secret")
        archive = staged.aws.client("s3", ARCHIVE)
        archive.list_objects_v2(Bucket=LOGS)
        archive.create_bucket(Bucket="other", CreateBucketConfiguration={"LocationConstraint": REGION})
        document = json.dumps({"Version": "2012-10-17", "Statement": [ANYBODY]})
        archive.put_bucket_policy(Bucket="other", Policy=document)
        staged.later()
        yield staged


def only(stage: Staged, name: str, account: str = PROD) -> dict[str, Any]:
    """The one record of that name."""
    (found,) = stage.records(account, name)
    return found


def test_a_session_tells_its_role_and_whose_it_is(stage: Staged) -> None:
    """Who issued the session, since when it is, and the source identity that was set when the role was assumed."""
    who = only(stage, "ListEndpoints")["userIdentity"]
    assert who["type"] == "AssumedRole"
    assert who["arn"] == f"arn:aws:sts::{PROD}:assumed-role/operate/U0MAYAOKAF"
    issuer, context = who["sessionContext"]["sessionIssuer"], who["sessionContext"]
    assert issuer == {
        "type": "Role",
        "principalId": who["principalId"].partition(":")[0],
        "arn": f"arn:aws:iam::{PROD}:role/operate",
        "accountId": PROD,
        "userName": "operate",
    }
    assert who["principalId"].startswith("AROA")
    assert context["sourceIdentity"] == "maya@example.com"
    assert context["attributes"]["creationDate"] <= only(stage, "ListEndpoints")["eventTime"]
    assert context["attributes"] == {"creationDate": ANY, "mfaAuthenticated": "false"}


def test_a_change_tells_what_was_asked_and_answered(stage: Staged) -> None:
    """Members begin in small, nested ones too; what only reads has no response."""
    made = only(stage, "CreateEndpointConfig")
    assert made["requestParameters"]["dataCaptureConfig"]["initialSamplingPercentage"] == 100
    assert made["requestParameters"]["productionVariants"][0]["variantName"] == "AllTraffic"
    arn = f"arn:aws:sagemaker:{REGION}:{PROD}:endpoint-config/bank-1"
    assert made["responseElements"] == {"endpointConfigArn": arn}
    assert (made["readOnly"], made["managementEvent"], made["eventCategory"]) == (False, True, "Management")
    listed = only(stage, "ListEndpoints")
    assert (listed["requestParameters"], listed["responseElements"]) == ({"nameContains": "bank"}, None)
    assert listed["readOnly"] is True


def test_a_change_that_answers_nothing_has_null(stage: Staged) -> None:
    """As DeleteEndpoint does."""
    done = next(each for each in stage.records(name="DeleteEndpoint") if "errorCode" not in each)
    assert done["requestParameters"] == {"endpointName": "bank-1"}
    assert done["responseElements"] is None


def test_what_was_denied_is_told_without_its_parameters(stage: Staged) -> None:
    """CloudTrail's code is AccessDenied, and requestParameters are null: only the message names the resource."""
    (denied,) = (each for each in stage.records(name="CreateEndpoint") if each.get("errorCode") == "AccessDenied")
    assert "sagemaker:CreateEndpoint on resource: arn:aws:sagemaker" in denied["errorMessage"]
    assert (denied["requestParameters"], denied["responseElements"]) == (None, None)


def test_what_failed_is_told_with_its_parameters(stage: Staged) -> None:
    """Under the service's own code."""
    failed = next(each for each in stage.records(name="DeleteEndpoint") if "errorCode" in each)
    assert (failed["errorCode"], failed["errorMessage"]) == ("ValidationException", 'Could not find endpoint "never".')
    assert failed["requestParameters"] == {"endpointName": "never"}


def test_assuming_a_role_is_told_to_both_accounts(stage: Staged) -> None:
    """The caller's with the caller, the role's with the account and an id alone; both with one sharedEventID."""
    theirs, ours = _succeeded(stage, HUB), only(stage, "AssumeRole")
    assert theirs["userIdentity"]["userName"] == "bot"
    assert ours["userIdentity"] == {
        "type": "AWSAccount",
        "principalId": theirs["userIdentity"]["principalId"],
        "accountId": HUB,
    }
    assert theirs["sharedEventID"] == ours["sharedEventID"]
    assert theirs["eventID"] != ours["eventID"]
    assert (theirs["recipientAccountId"], ours["recipientAccountId"]) == (HUB, PROD)
    assert theirs["requestParameters"]["sourceIdentity"] == "maya@example.com"
    assert theirs["responseElements"]["sourceIdentity"] == "maya@example.com"
    assert theirs["readOnly"] is True
    assert theirs["resources"] == [
        {"ARN": f"arn:aws:iam::{PROD}:role/operate", "accountId": PROD, "type": "AWS::IAM::Role"}
    ]


def _succeeded(stage: Staged, account: str) -> dict[str, Any]:
    (found,) = (each for each in stage.records(account, "AssumeRole") if "errorCode" not in each)
    return found


def test_no_record_makes_its_reader_somebody_else(stage: Staged) -> None:
    """No secret key is in it, and the token is not the one that was given out."""
    assumed = _succeeded(stage, HUB)
    given = assumed["responseElements"]["credentials"]
    assert set(given) == {"accessKeyId", "sessionToken", "expiration"}
    assert given["expiration"] == moment(datetime.fromisoformat(assumed["eventTime"]) + timedelta(minutes=15))
    keys = {
        "aws_access_key_id": given["accessKeyId"],
        "aws_secret_access_key": "unknown",
        "aws_session_token": given["sessionToken"],
    }
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        stage.client("sagemaker", keys).list_endpoints()
    made = only(stage, "CreateAccessKey", HUB)["responseElements"]["accessKey"]
    assert set(made) == {"userName", "accessKeyId", "status", "createDate"}


def test_a_denied_role_is_told_to_the_caller_alone(stage: Staged) -> None:
    """The account of a role that nobody could assume hears nothing."""
    assert [each.get("errorCode") for each in stage.records(HUB, "AssumeRole")].count("AccessDenied") == 1
    assert [each.get("errorCode") for each in stage.records(PROD, "AssumeRole")] == [None]


def test_global_services_are_recorded_in_us_east_1(stage: Staged) -> None:
    """IAM is; STS is recorded where it was called."""
    assert {each["awsRegion"] for each in stage.records() if each["eventSource"] == "iam.amazonaws.com"} == {
        "us-east-1"
    }
    assert only(stage, "AssumeRole")["awsRegion"] == REGION
    assert only(stage, "CreateRole")["tlsDetails"]["clientProvidedHostHeader"] == "iam.amazonaws.com"


def test_data_events_and_what_nobody_serves_are_in_no_file(stage: Staged) -> None:
    """Messages and objects are data events; what the sandbox refuses by name is no call of AWS."""
    seen = {each["eventName"] for account in (HUB, PROD, ARCHIVE) for each in stage.records(account)}
    assert "CreateQueue" in seen
    assert not seen & {"SendMessage", "ListObjects", "ListObjectsV2"}


def test_a_bucket_s_policy_is_told_as_s3_does(stage: Staged) -> None:
    """The sub-resource, the document, the bucket; the agent in brackets."""
    put = only(stage, "PutBucketPolicy", ARCHIVE)
    asked = put["requestParameters"]
    assert (asked["bucketName"], asked["policy"], asked["Host"]) == ("other", "", f"other.s3.{REGION}.amazonaws.com")
    assert asked["bucketPolicy"]["Statement"] == [ANYBODY]
    assert put["responseElements"] is None
    assert put["userAgent"][0] + put["userAgent"][-1] == "[]"
    assert put["additionalEventData"]["AuthenticationMethod"] == "AuthHeader"
    assert put["resources"][0]["type"] == "AWS::S3::Bucket"


def test_the_lifecycle_has_its_old_name() -> None:
    """S3's events are named by their first versions."""
    assert names.event_name("s3", "PutBucketLifecycleConfiguration") == "PutBucketLifecycle"
    assert names.event_name("s3", "PutBucketPolicy") == "PutBucketPolicy"
    assert names.event_name("sagemaker", "DeleteEndpoint") == "DeleteEndpoint"


@pytest.mark.parametrize(
    ("operation", "reads"),
    [
        ("ListEndpoints", True),
        ("DescribeEndpoint", True),
        ("AssumeRole", True),
        ("LookupEvents", True),
        ("Search", True),
        ("BatchGetMetrics", True),
        ("GetFederationToken", False),
        ("StartQueryExecution", False),
        ("CreatePresignedDomainUrl", False),
        ("UpdateMonitoringAlert", False),
    ],
)
def test_what_reads_and_what_changes(operation: str, reads: bool) -> None:
    """As records of CloudTrail say it, not as the names do."""
    assert names.is_read(operation) is reads


@pytest.mark.parametrize(
    ("service", "operation", "output", "value", "wanted"),
    [
        (
            "athena",
            "StartQueryExecution",
            False,
            {"QueryString": "SELECT 1", "WorkGroup": "primary"},
            {"queryString": "***OMITTED***", "workGroup": "primary"},
        ),
        (
            "sagemaker",
            "CreatePresignedDomainUrl",
            True,
            {"AuthorizedUrl": "https://d-1.studio.example"},
            {"authorizedUrl": "HIDDEN_DUE_TO_SECURITY_REASONS"},
        ),
        (
            "sagemaker",
            "CreateModelCard",
            False,
            {"ModelCardName": "bank", "Content": "{}", "ModelCardStatus": "Draft"},
            {"modelCardName": "bank", "content": "HIDDEN_DUE_TO_SECURITY_REASONS", "modelCardStatus": "Draft"},
        ),
        (
            "sagemaker",
            "CreateModel",
            False,
            {"ModelName": "m", "PrimaryContainer": {"Environment": {"Log_Level": "1"}}},
            {"modelName": "m", "primaryContainer": {"environment": {"Log_Level": "1"}}},
        ),
        (
            "iam",
            "CreateLoginProfile",
            False,
            {"UserName": "u", "Password": "hunter2"},
            {"userName": "u", "password": "HIDDEN_DUE_TO_SECURITY_REASONS"},
        ),
        ("sagemaker", "ListEndpoints", False, {}, None),
        (
            "sagemaker",
            "ListEndpoints",
            False,
            {"CreationTimeAfter": AT},
            {"creationTimeAfter": "Nov 20, 2026, 1:05:09 PM"},
        ),
    ],
)
def test_members_are_written_in_small_and_secrets_hidden(
    service: str, operation: str, output: bool, value: dict[str, Any], wanted: dict[str, Any] | None
) -> None:
    """Keys of maps stay as they are; what a model marks as sensitive, queries and links that sign in are hidden."""
    model = operation_model(service, operation)
    assert written(service, model.output_shape if output else model.input_shape, value) == wanted


@pytest.mark.parametrize(
    ("hour", "wanted"), [(0, "12:05:09 AM"), (9, "9:05:09 AM"), (12, "12:05:09 PM"), (23, "11:05:09 PM")]
)
def test_times_within_are_written_as_java_does(hour: int, wanted: str) -> None:
    """With twelve hours a half."""
    assert moment(AT.replace(hour=hour)) == f"Nov 20, 2026, {wanted}"


def test_large_members_are_left_out_and_long_texts_cut() -> None:
    """100 KB of a request, 1 KB of a message (CloudTrail User Guide, record contents)."""
    event = Event(
        AT,
        PROD,
        REGION,
        identities.service("sagemaker.amazonaws.com"),
        "sagemaker",
        "CreateModel",
        {"ModelName": "m" * 110_000},
        error_code="ValidationException",
        error_message="x" * 5_000,
    )
    found = record(event, "id")
    assert found["requestParameters"] is None
    assert len(found["errorMessage"]) == 1024


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        (identities.root(PROD, AT), "Root"),
        (identities.service("sagemaker.amazonaws.com"), "AWSService"),
        (identities.saml("provider", "maya@example.com"), "SAMLUser"),
        (
            identities.center(HUB, "94482488-3041-7026", "arn:aws:identitystore::1:identitystore/d-1"),
            "IdentityCenterUser",
        ),
    ],
)
def test_who_is_not_a_principal_of_iam(who: dict[str, Any], kind: str) -> None:
    """Services say who they are in place of an address; root has no user name."""
    found = record(Event(AT, PROD, REGION, who, "sagemaker", "ListEndpoints", address="192.0.2.1", agent="cli"), "id")
    assert found["userIdentity"]["type"] == kind
    expected = ("sagemaker.amazonaws.com",) * 2 if kind == "AWSService" else ("192.0.2.1", "cli")
    assert (found["sourceIPAddress"], found["userAgent"]) == expected
    assert ("tlsDetails" in found) is (kind != "AWSService")
    assert "userName" not in found["userIdentity"] or kind == "SAMLUser"


def test_names_keep_all_but_their_first_letter() -> None:
    """Whatever the rest is."""
    assert [lowered(name) for name in ("RoleArn", "SAMLAssertionID", "name", "")] == [
        "roleArn",
        "sAMLAssertionID",
        "name",
        "",
    ]


def _real() -> list[dict[str, Any]]:
    """Real records of the versions that are written today."""
    found: list[dict[str, Any]] = []
    for path in sorted(REAL.glob("**/*")):
        if path.suffix not in {".json", ".gz"}:
            continue
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        told = json.loads(raw)
        found += told.get("Records", [told]) if isinstance(told, dict) else told
    return [each for each in found if str(each.get("eventVersion", "")) >= "1.08"]


@pytest.mark.skipif(not REAL.exists(), reason="real logs are not part of the project")
def test_records_have_the_members_that_real_ones_have(stage: Staged) -> None:
    """No member that no real record has, none missing that all have, and the same types; identities too."""
    real = _real()
    of_calls = [each for each in real if each["eventType"] == "AwsApiCall"]
    known = {name for each in real for name in each} | {"sharedEventID", "serviceEventDetails"}
    always = set.intersection(*(set(each) for each in of_calls))
    types = {name: {type(each[name]) for each in real if name in each} for name in known}
    made = [each for account in (HUB, PROD, ARCHIVE) for each in stage.records(account)]
    for each in made:
        assert set(each) <= known
        assert always <= set(each)
        assert all(type(value) in types[name] | {type(None)} for name, value in each.items() if types[name])
    for kind in ("IAMUser", "AssumedRole"):
        shapes = [set(each["userIdentity"]) for each in real if each.get("userIdentity", {}).get("type") == kind]
        ours = [set(each["userIdentity"]) for each in made if each["userIdentity"]["type"] == kind]
        assert all(mine in shapes for mine in ours)
