"""The front: keys, refusals by name, faults on order, what observers hear, S3 over HTTP and in the process."""

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from sandbox.aws import AwsSandbox, Call, CloudAccount, NoSuchObject, front
from sandbox.aws.errors import BadAnswer
from sandbox.aws.front import Front
from sandbox.aws.operations import handlers, operation
from sandbox.aws.routing import Target
from sandbox.aws.server import LoopbackServer
from sandbox.aws.shapes import Moments, Numbers
from sandbox.clock import WorldClock

HOME, PROD, REGION = "111111111111", "222222222222", "us-west-2"
BUCKET = "reports-222222222222"


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Two accounts and a bucket in production; the world is a day ahead."""
    accounts = [
        CloudAccount(HOME, "home", "AKIAHOME000000000001", "secret"),
        CloudAccount(PROD, "prod", "AKIAPROD000000000001", "secret"),
    ]
    with AwsSandbox(WorldClock(timedelta(days=1)), accounts) as sandbox:
        sandbox.start()
        sandbox.client("s3", PROD).create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield sandbox


@pytest.fixture(scope="module")
def user(aws: AwsSandbox) -> dict[str, Any]:
    """Keys of an IAM user of production who may do everything: faults spare administrators."""
    iam = aws.client("iam", PROD)
    iam.create_user(UserName="poller")
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    iam.put_user_policy(UserName="poller", PolicyName="all", PolicyDocument=policy)
    made = iam.create_access_key(UserName="poller")["AccessKey"]
    return {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}


def client(
    aws: AwsSandbox,
    service: str,
    *,
    attempts: int = 0,
    read_s: float = 5,
    signature_version: str | None = None,
    **keys: Any,
) -> Any:
    """A boto3 client that does not retry unless told."""
    config = Config(retries={"max_attempts": attempts}, read_timeout=read_s, signature_version=signature_version)
    return boto3.client(service, region_name=REGION, endpoint_url=aws.endpoint_url, config=config, **keys)


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    """(code, HTTP status)."""
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("sts", "get_caller_identity", ("InvalidClientTokenId", 403)),
        ("iam", "list_roles", ("InvalidClientTokenId", 403)),
        ("sagemaker", "list_endpoints", ("UnrecognizedClientException", 400)),
        ("oam", "list_sinks", ("UnrecognizedClientException", 403)),
        ("s3", "list_buckets", ("InvalidAccessKeyId", 403)),
    ],
)
def test_a_key_that_nobody_has_is_refused_as_each_protocol_does(
    aws: AwsSandbox, service: str, call: str, code: tuple[str, int]
) -> None:
    """The codes that the error translation of a real client meets."""
    stranger = client(aws, service, aws_access_key_id="AKIASTRANGER00000001", aws_secret_access_key="x")
    with pytest.raises(ClientError) as error:
        getattr(stranger, call)()
    assert refusal(error) == code


def test_a_temporary_key_needs_its_own_token_and_ends(aws: AwsSandbox) -> None:
    """By the wall clock: the world is a day ahead and the keys are good."""
    iam = aws.client("iam", HOME)
    statement = {"Effect": "Allow", "Principal": {"AWS": HOME}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_role(RoleName="brief", AssumeRolePolicyDocument=trust)
    found = aws.client("sts", HOME).assume_role(RoleArn=f"arn:aws:iam::{HOME}:role/brief", RoleSessionName="tests")
    credentials = found["Credentials"]
    left = credentials["Expiration"] - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    keys: dict[str, Any] = {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
    }
    assert client(aws, "sts", **keys, aws_session_token=credentials["SessionToken"]).get_caller_identity()
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        client(aws, "sts", **keys).get_caller_identity()
    with pytest.raises(ClientError, match="InvalidToken"):
        client(aws, "s3", **keys, aws_session_token="another").list_buckets()


def test_an_unsigned_request_is_refused(aws: AwsSandbox) -> None:
    """Without a credential there is no account to speak in."""
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(f"{aws.endpoint_url}/{BUCKET}/key")  # noqa: S310  # ours
    assert error.value.code == 403
    assert b"MissingAuthenticationToken" in error.value.read()
    error.value.close()


@pytest.mark.parametrize(
    ("service", "call", "params", "name"),
    [
        ("sagemaker", "list_hubs", {}, "sagemaker:ListHubs"),
        ("sagemaker", "update_endpoint", {"EndpointName": "x", "EndpointConfigName": "x"}, "sagemaker:UpdateEndpoint"),
        ("cloudformation", "list_stacks", {}, "cloudformation:ListStacks"),
        ("cloudwatch", "describe_insight_rules", {}, "cloudwatch:DescribeInsightRules"),
        ("sts", "get_session_token", {}, "sts:GetSessionToken"),
        ("eks", "list_clusters", {}, "eks:ListClusters"),
        ("oam", "list_sinks", {}, None),
    ],
)
def test_what_nobody_implements_is_refused_by_name_and_not_retried(
    aws: AwsSandbox, service: str, call: str, params: dict[str, Any], name: str | None
) -> None:
    """One call even of a client that retries; what is implemented is answered."""
    account = aws.accounts[PROD]
    keys: dict[str, Any] = {
        "aws_access_key_id": account.access_key_id,
        "aws_secret_access_key": account.secret_access_key,
    }
    asked = client(aws, service, attempts=3, **keys)
    if name is None:
        assert getattr(asked, call)(**params)["Items"] == []
        return
    with pytest.raises(ClientError) as error:
        getattr(asked, call)(**params)
    assert refusal(error) == ("NotImplementedInSandbox", 501)
    assert error.value.response["Error"]["Message"] == f"the sandbox does not implement {name}"
    assert error.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_an_answer_that_aws_would_not_send_is_a_named_error() -> None:
    """Every own answer is held against botocore's model."""
    target = Target("oam", "ListSinks", "rest-json", REGION, "AKIA", None)
    wrong: list[dict[str, Any]] = [{"Items": "none"}, {"Sinks": []}, {}, {"Items": [{"Arn": 7}]}]
    for bad in wrong:
        with pytest.raises(BadAnswer, match="oam:ListSinks is not what AWS sends"):
            front._checked(target, bad, "id")
    assert front._checked(target, {"Items": [], "NextToken": None}, "id").body == b'{"Items": []}'


def test_a_long_list_is_checked_by_its_first() -> None:
    """Points by the thousand are right by construction, or all wrong; they are written as they are."""
    target = Target("cloudwatch", "GetMetricData", "json", REGION, "AKIA", None)
    answer: dict[str, Any] = {"MetricDataResults": [{"Timestamps": Moments([1.5]), "Values": Numbers([0.5, 2.0])}]}
    found = json.loads(front._checked(target, answer, "id").body)
    assert found == {"MetricDataResults": [{"Timestamps": [1.5], "Values": [0.5, 2.0]}]}
    with pytest.raises(BadAnswer, match="Values"):
        front._checked(target, {"MetricDataResults": [{"Values": Numbers(["0.5"])}]}, "id")


def test_two_handlers_of_one_operation_are_refused() -> None:
    """Nothing is shadowed in silence."""

    class Twice:
        @operation("oam", "ListSinks")
        def one(self, _: Any) -> dict[str, Any]:
            return {}

        @operation("oam", "ListSinks")
        def two(self, _: Any) -> dict[str, Any]:
            return {}

    with pytest.raises(ValueError, match="two handlers for oam:ListSinks"):
        handlers(Twice())


def test_a_second_sandbox_in_the_process_is_refused(aws: AwsSandbox) -> None:
    """There is one state of moto; the first goes on undisturbed."""
    with pytest.raises(RuntimeError, match="stop the other"):
        AwsSandbox(WorldClock(), [])
    assert aws.client("s3", PROD).head_bucket(Bucket=BUCKET)


def test_a_port_that_is_taken_is_an_error_and_nothing_more(aws: AwsSandbox) -> None:
    """The caller says so in its own words."""
    port = int(aws.endpoint_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        LoopbackServer(Front(aws._parts())).start(port)


def test_connections_are_kept_between_calls(aws: AwsSandbox) -> None:
    """Two requests, one socket: HTTP/1.1 as AWS speaks it, also after a refusal."""
    host = aws.endpoint_url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=5)
    scope = "Credential=AKIAPROD000000000001/20261120/us-west-2/sagemaker/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}", "X-Amz-Target": "SageMaker.ListMonitoringSchedules"}
    statuses = []
    for body in ("{}", '{"MaxResults": 1000}', "not json", "{}"):
        connection.request("POST", "/", body=body, headers=headers)
        opened = connection.sock
        answer = connection.getresponse()
        answer.read()
        statuses.append((answer.status, connection.sock is opened))
    connection.close()
    assert statuses == [(200, True), (400, True), (400, True), (200, True)]


def test_deny_and_throttle_come_as_often_as_ordered(aws: AwsSandbox, user: dict[str, Any]) -> None:
    """Counted down, by bare name or with the service; administrators and other operations are spared."""
    sagemaker = client(aws, "sagemaker", **user)
    aws.fault("deny", PROD, "ListMonitoringExecutions", 2)
    aws.fault("throttle", PROD, "sagemaker:ListMonitoringExecutions", 1)
    assert aws.client("sagemaker", PROD).list_monitoring_executions()["MonitoringExecutionSummaries"] == []
    assert sagemaker.list_monitoring_schedules()["MonitoringScheduleSummaries"] == []
    codes = []
    for _ in range(3):
        with pytest.raises(ClientError) as error:
            sagemaker.list_monitoring_executions()
        codes.append(refusal(error)[0])
    assert codes == ["AccessDeniedException", "AccessDeniedException", "ThrottlingException"]
    assert sagemaker.list_monitoring_executions()["MonitoringExecutionSummaries"] == []


def test_a_throttled_client_that_retries_gets_through(aws: AwsSandbox, user: dict[str, Any]) -> None:
    """The code is one that botocore waits and asks again for."""
    aws.fault("throttle", PROD, "ListMonitoringExecutions", 1)
    found = client(aws, "sagemaker", attempts=2, **user).list_monitoring_executions()
    assert found["ResponseMetadata"]["RetryAttempts"] == 1


def test_s3_and_sts_are_refused_in_their_own_words(aws: AwsSandbox, user: dict[str, Any]) -> None:
    """AssumeRole counts for the account of the role."""
    aws.fault("deny", PROD, "s3:GetObject", 1)
    aws.fault("throttle", PROD, "GetObject", 1)
    aws.fault("deny", HOME, "AssumeRole", 1)
    s3, sts = client(aws, "s3", **user), client(aws, "sts", **user)
    for code in ("AccessDenied", "SlowDown"):
        with pytest.raises(ClientError, match=code):
            s3.get_object(Bucket=BUCKET, Key="x")
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=f"arn:aws:iam::{HOME}:role/any", RoleSessionName="tests")
    assert aws.calls[-1].error_code == "AccessDenied"


def test_a_timeout_holds_the_call(aws: AwsSandbox, user: dict[str, Any]) -> None:
    """The client's own patience ends first; the next call is answered."""
    aws.fault("timeout", PROD, "ListMonitoringExecutions", 1)
    sagemaker, began = client(aws, "sagemaker", read_s=0.3, **user), time.monotonic()
    with pytest.raises(ReadTimeoutError):
        sagemaker.list_monitoring_executions()
    assert 0.25 < time.monotonic() - began < 3
    assert sagemaker.list_monitoring_executions()["MonitoringExecutionSummaries"] == []


@pytest.mark.parametrize(
    ("kind", "account", "times", "error"),
    [("explode", PROD, 1, ValueError), ("deny", PROD, 0, ValueError), ("deny", "999999999999", 1, KeyError)],
)
def test_faults_that_cannot_be_ordered(
    aws: AwsSandbox, kind: str, account: str, times: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        aws.fault(kind, account, "ListMonitoringExecutions", times)


def test_observers_hear_of_every_call(aws: AwsSandbox, user: dict[str, Any]) -> None:
    """Who, where, what, with which parameters, under which IAM action, and how it ended; in world time."""
    heard: list[Call] = []
    aws.on_call(heard.append)
    with pytest.raises(ClientError):
        client(aws, "sagemaker", **user).describe_monitoring_schedule(MonitoringScheduleName="nobody")
    client(aws, "s3", **user).list_objects_v2(Bucket=BUCKET, Prefix="a/")
    first, second = heard
    assert (first.service, first.operation, first.error_code) == (
        "sagemaker",
        "DescribeMonitoringSchedule",
        "ResourceNotFound",
    )
    assert (first.account, first.region) == (PROD, REGION)
    assert first.principal_arn == f"arn:aws:iam::{PROD}:user/poller"
    assert first.params == {"MonitoringScheduleName": "nobody"}
    assert abs(first.at - aws.clock.now()) < timedelta(seconds=10)
    assert (second.action, second.error_code) == ("s3:ListBucket", None)
    assert second.params["Prefix"] == "a/"
    assert list(aws.calls)[-2:] == heard


def test_objects_go_in_and_out_with_and_without_http(aws: AwsSandbox) -> None:
    """Dated by the world, whichever way they came; keys with spaces, plus and other letters too."""
    s3, at = aws.client("s3", PROD), datetime(2026, 11, 20, 9, 12, tzinfo=UTC)
    key = "monitor/ünï x+y/2026/11/20/09/report.json"
    aws.put_object(PROD, BUCKET, key, b'{"a": 1}', at)
    found = s3.get_object(Bucket=BUCKET, Key=key)
    assert (found["Body"].read(), found["LastModified"]) == (b'{"a": 1}', at)
    s3.put_object(Bucket=BUCKET, Key="monitor/b.json", Body=b"b")
    assert aws.get_object(PROD, BUCKET, "monitor/b.json") == b"b"
    head = s3.head_object(Bucket=BUCKET, Key="monitor/b.json")
    assert abs(head["LastModified"] - aws.clock.now()) < timedelta(minutes=1)
    assert aws.list_objects(PROD, BUCKET, "monitor/") == ("monitor/b.json", key)
    aws.delete_object(PROD, BUCKET, key)
    with pytest.raises(NoSuchObject):
        aws.get_object(PROD, BUCKET, key)
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket=BUCKET, Key=key)


def test_keys_are_listed_by_prefix_from_a_key_on_and_in_pages(aws: AwsSandbox) -> None:
    """As ListObjectsV2 is asked for what was captured lately: dated by the world, nothing twice."""
    at = datetime(2026, 11, 2, 9, tzinfo=UTC)
    s3 = aws.client("s3", HOME)
    s3.create_bucket(Bucket="paged", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    for hour in range(6):
        aws.put_object(HOME, "paged", f"capture/{hour:02}/a.jsonl", b"{}", at + timedelta(hours=hour))
    aws.put_object(HOME, "paged", "other", b"", at)
    asked = {"Bucket": "paged", "Prefix": "capture/", "StartAfter": "capture/02/", "MaxKeys": 3}
    first = s3.list_objects_v2(**asked)
    second = s3.list_objects_v2(**asked, ContinuationToken=first["NextContinuationToken"])
    found = [each["Key"] for page in (first, second) for each in page["Contents"]]
    assert found == [f"capture/{hour:02}/a.jsonl" for hour in range(2, 6)]
    assert (first["IsTruncated"], second["IsTruncated"]) == (True, False)
    assert second["Contents"][0]["LastModified"] == at + timedelta(hours=5)
    assert s3.list_objects_v2(Bucket="paged", Prefix="nothing/")["KeyCount"] == 0


def test_a_bucket_belongs_to_its_account(aws: AwsSandbox) -> None:
    """Neither another account nor a bucket that is not there can be written to in the process."""
    for account, bucket in ((HOME, BUCKET), (PROD, "no-such-bucket")):
        with pytest.raises(NoSuchObject):
            aws.put_object(account, bucket, "key", b"", aws.clock.now())


def test_a_streamed_and_a_large_body_arrive_whole(aws: AwsSandbox) -> None:
    """Signed chunks with a trailing checksum, as boto3 sends them."""
    body = bytes(range(256)) * 4096
    aws.client("s3", PROD).put_object(Bucket=BUCKET, Key="large", Body=body, ChecksumAlgorithm="SHA256")
    assert aws.get_object(PROD, BUCKET, "large") == body
    assert aws.client("s3", PROD).get_object(Bucket=BUCKET, Key="large")["Body"].read() == body


def test_a_presigned_url_opens_one_object_for_a_while(aws: AwsSandbox, user: dict[str, Any]) -> None:
    """The credential stands in the query, and the URL runs out by the wall clock."""
    aws.put_object(PROD, BUCKET, "shared.txt", b"shared", aws.clock.now())
    s3 = client(aws, "s3", **user, signature_version="s3v4")
    asked = {"Bucket": BUCKET, "Key": "shared.txt"}
    with urllib.request.urlopen(s3.generate_presigned_url("get_object", Params=asked)) as answer:  # noqa: S310  # ours
        assert answer.read() == b"shared"
    brief = s3.generate_presigned_url("get_object", Params=asked, ExpiresIn=1)
    time.sleep(2)
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(brief)  # noqa: S310  # ours
    assert b"Request has expired" in error.value.read()
    error.value.close()


def test_threads_share_the_sandbox(aws: AwsSandbox) -> None:
    """Eight at once, S3 and SageMaker: every answer is the right one."""
    s3, sagemaker = aws.client("s3", PROD), aws.client("sagemaker", PROD)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(5):
                key, body = f"threads/{number}/{turn}", f"{number}-{turn}".encode()
                s3.put_object(Bucket=BUCKET, Key=key, Body=body)
                assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == body
                assert sagemaker.list_monitoring_executions()["MonitoringExecutionSummaries"] == []
        except BaseException as error:  # noqa: BLE001  # handed to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(aws.list_objects(PROD, BUCKET, "threads/")) == 40


def test_motos_own_paths_are_not_reachable(aws: AwsSandbox) -> None:
    """A bucket of that name would reset every account."""
    with pytest.raises(ClientError, match="NotImplementedInSandbox"):
        aws.client("s3", PROD).list_objects_v2(Bucket="moto-api")
