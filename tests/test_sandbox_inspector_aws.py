"""What the inspector keeps of AWS calls: whose, where, how they ended, and what boto3 was given."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from bot.aws.calls import hear
from bot.log import traced
from sandbox.aws.accounts import CloudAccount
from sandbox.aws.answers import Answer, refusal, success
from sandbox.aws.calls import Call
from sandbox.aws.errors import AwsError
from sandbox.aws.reading import read
from sandbox.aws.routing import Target
from sandbox.aws.sandbox import AwsSandbox
from sandbox.clock import WorldClock
from sandbox.control import create_app
from sandbox.driver import Driver, until
from sandbox.slack import tiny
from sandbox.slack.exchanges import id_in
from sandbox.slack.server import SlackServer

Json = dict[str, Any]
PROD, HOME, REGION = "222222222222", "111111111111", "us-west-2"
BUCKET = "reports-222222222222"
SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00"


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Two accounts; production has a bucket, and a role that home may assume."""
    accounts = [
        CloudAccount(HOME, "ml-observability", "AKIAHOME000000000001", SECRET),
        CloudAccount(PROD, "ml-production", "AKIAPROD000000000001", SECRET),
    ]
    with AwsSandbox(WorldClock(timedelta(days=1)), accounts) as sandbox:
        sandbox.start()
        place = {"LocationConstraint": REGION}
        sandbox.client("s3", PROD).create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        statement = {"Effect": "Allow", "Principal": {"AWS": HOME}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam = sandbox.client("iam", PROD)
        iam.create_role(RoleName="sagewatch-read", AssumeRolePolicyDocument=trust)
        allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_role_policy(RoleName="sagewatch-read", PolicyName="read", PolicyDocument=policy)
        yield sandbox


def client(aws: AwsSandbox, service: str, keys: Json, agent: str = "") -> Any:
    """A boto3 client that does not retry."""
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=aws.endpoint_url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
        config=Config(retries={"max_attempts": 0}, user_agent_extra=agent),
    )


def test_aws_calls_are_kept_with_account_role_and_answer(aws: AwsSandbox) -> None:
    """As boto3 gives them; the administrators' own are left out, credentials are masked."""
    iam = aws.client("iam", HOME)
    server = SlackServer(create_app(tiny.workspace(), tiny.StillWorld(), aws))
    drive = Driver(server.start())
    iam.create_user(UserName="bot")
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="bot", PolicyName="all", PolicyDocument=policy)
    keys = iam.create_access_key(UserName="bot")["AccessKey"]
    sts = client(aws, "sts", keys, "sagewatch/1.0 id/89abcdef01234567")
    role = f"arn:aws:iam::{PROD}:role/sagewatch-read"
    session = sts.assume_role(RoleArn=role, RoleSessionName="sagewatch")["Credentials"]
    aws.client("s3", PROD).put_object(Bucket=BUCKET, Key="report.json", Body=b'{"violations": []}')
    s3 = client(aws, "s3", session)
    s3.list_objects_v2(Bucket=BUCKET)
    s3.get_object(Bucket=BUCKET, Key="report.json")["Body"].read()
    with pytest.raises(ClientError):
        client(aws, "sagemaker", session).list_monitoring_executions(MaxResults=3)
    entered, listed, got, denied = until(lambda: drive.exchanges()[3:] and drive.exchanges(), "four calls")
    assert (entered["kind"], entered["name"]) == ("aws", "sts:AssumeRole")
    assert (entered["about"], entered["id"]) == ("111111111111 → ml-production", "89abcdef01234567")
    assert (entered["facts"]["account"], entered["facts"]["role"]) == (HOME, "bot")
    assert entered["answer"]["AssumedRoleUser"]["Arn"].endswith("sagewatch-read/sagewatch")
    assert entered["answer"]["Credentials"]["SecretAccessKey"] == "…"
    assert (listed["name"], listed["request"]["Bucket"], listed["status"]) == ("s3:ListObjectsV2", BUCKET, 200)
    assert (listed["facts"]["action"], listed["facts"]["role"]) == ("s3:ListBucket", "sagewatch-read")
    assert [one["Key"] for one in listed["answer"]["Contents"]] == ["report.json"]
    assert got["answer"]["Body"] == {"violations": []}
    assert (denied["about"], denied["outcome"], denied["failed"]) == ("ml-production", "AccessDeniedException", True)
    assert "is not authorized to perform: sagemaker:ListMonitoringExecutions" in denied["answer"]["Error"]["Message"]
    assert (denied["request"], denied["ms"] > 0, denied["id"]) == ({"MaxResults": 3}, True, "")
    ahead = datetime.fromisoformat(denied["facts"]["world_time"]) - datetime.fromisoformat(denied["at"])
    assert timedelta(hours=23) < ahead < timedelta(hours=25)
    everything = json.dumps(drive.exchanges())
    for secret in (SECRET, keys["SecretAccessKey"], session["SecretAccessKey"], session["SessionToken"]):
        assert secret not in everything
    assert aws.calls[-1].answer is None
    server.stop()
    client(aws, "s3", session).list_objects_v2(Bucket=BUCKET)


def test_the_bots_own_calls_bear_the_id_that_it_logs(aws: AwsSandbox) -> None:
    """Botocore writes the User-Agent anew before it sends; the id is there all the same, and not twice."""
    heard: list[Call] = []
    iam = aws.client("iam", HOME)
    iam.create_user(UserName="traced")
    keys = iam.create_access_key(UserName="traced")["AccessKey"]
    sts = client(aws, "sts", keys)
    hear(sts.meta.events)
    aws.on_call(heard.append)
    with traced() as own_id:
        sts.get_caller_identity()
    sts.get_caller_identity()
    agents = [call.user_agent for call in heard if call.operation == "GetCallerIdentity"]
    assert [id_in(agent) for agent in agents] == [own_id, ""]
    assert agents[0].count("id/") == 1


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"a,b\n1,2\n", "a,b\n1,2\n"),
        (b"\xff\x00\xfe", "(3 bytes)"),
        (b"x" * 200_000, "(200,000 bytes)"),
        (b"[1]", [1]),
    ],
)
def test_objects_are_shown_as_what_they_hold(body: bytes, shown: object) -> None:
    """JSON, text, or how much there is of it; an operation that nobody knows has its body shown too."""
    answer = Answer(200, (("Content-Type", "text/csv"),), body)
    assert read("s3", "GetObject", answer) == {"ContentType": "text/csv", "ContentLength": len(body), "Body": shown}
    assert read("s3", "GetNothing", answer) == shown
    assert read("nothing", "GetNothing", answer) == shown


def test_metrics_are_shown_in_whichever_protocol_they_were_asked() -> None:
    """JSON as boto3 asks, XML as older clients do; a long answer is left as text."""
    listed = {"Metrics": [{"Namespace": "custom", "MetricName": "auc", "Dimensions": []}]}
    for protocol in ("json", "query"):
        target = Target("cloudwatch", "ListMetrics", protocol, REGION, "AKIA", None)
        assert read("cloudwatch", "ListMetrics", success(target, listed, "id"))["Metrics"][0]["MetricName"] == "auc"
    denied = refusal("json", AwsError("AccessDenied", "no"), "id", service="cloudwatch")
    assert read("cloudwatch", "ListMetrics", denied)["Error"]["Code"] == "AccessDenied"
    long = success(
        Target("cloudwatch", "ListMetrics", "json", REGION, "AKIA", None), {"Metrics": listed["Metrics"] * 4_000}, "id"
    )
    assert read("cloudwatch", "ListMetrics", long) == long.body.decode()
