"""Who may become whom and do what, asked with plain boto3."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.clock import WorldClock

HOME, PROD, REGION = "111111111111", "222222222222", "us-west-2"
BOT = f"arn:aws:iam::{HOME}:role/bot"
READ = f"arn:aws:iam::{PROD}:role/read"
ACCOUNTS = (
    CloudAccount(HOME, "home", "AKIAHOME000000000001", "home-secret"),
    CloudAccount(PROD, "prod", "AKIAPROD000000000001", "prod-secret"),
)
Credentials = dict[str, str]


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Two accounts; `bot` at home may assume `read` in production, which lists executions and reads one bucket."""
    with AwsSandbox(WorldClock(), ACCOUNTS) as sandbox:
        sandbox.start()
        role(sandbox, "bot", HOME, {"AWS": f"arn:aws:iam::{HOME}:root"}, [may("sts:AssumeRole", "*")])
        condition = {"StringEquals": {"aws:PrincipalArn": BOT}}
        reads = [
            may("sagemaker:ListMonitoringExecutions", "*"),
            may(["sagemaker:DescribeEndpoint", "sagemaker:ListTags"], f"arn:aws:sagemaker:*:{PROD}:*/bank-*"),
            may("s3:GetObject", "arn:aws:s3:::reports/*"),
            may("s3:ListBucket", "arn:aws:s3:::reports") | {"Condition": {"StringLike": {"s3:prefix": "monitor/*"}}},
        ]
        role(sandbox, "read", PROD, {"AWS": f"arn:aws:iam::{HOME}:root"}, reads, condition)
        s3 = sandbox.client("s3", PROD)
        for bucket in ("reports", "secrets"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
            s3.put_object(Bucket=bucket, Key="monitor/report.json", Body=b"{}")
        yield sandbox


def may(action: Any, resource: str) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def document(*statements: dict[str, Any]) -> str:
    """A policy document's JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def role(
    aws: AwsSandbox,
    name: str,
    account: str,
    principal: Any,
    rights: list[dict[str, Any]],
    condition: dict[str, Any] | None = None,
    *,
    actions: Any = "sts:AssumeRole",
    **extra: Any,
) -> str:
    """Make a role through IAM; returns its ARN."""
    trust = {"Effect": "Allow", "Principal": principal, "Action": actions, "Condition": condition or {}}
    iam = aws.client("iam", account)
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust), **extra)
    if rights:
        iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=document(*rights))
    return str(made["Role"]["Arn"])


def client(aws: AwsSandbox, service: str, credentials: Credentials, region: str = REGION) -> Any:
    """A boto3 client with temporary credentials."""
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=aws.endpoint_url,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials.get("SessionToken"),
        config=Config(retries={"max_attempts": 0}),
    )


def assume(aws: AwsSandbox, arn: str, by: Credentials | None = None, **params: Any) -> Credentials:
    """Credentials of a role's session, by home's administrator unless somebody else is named."""
    sts = client(aws, "sts", by) if by else aws.client("sts", HOME)
    found = sts.assume_role(RoleArn=arn, RoleSessionName="tests", **params)
    return dict(found["Credentials"])


def reader(aws: AwsSandbox) -> Credentials:
    """The read role of production, through the bot's role."""
    return assume(aws, READ, assume(aws, BOT))


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    """(code, message)."""
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_a_role_is_assumed_across_accounts_and_says_who_it_is(aws: AwsSandbox) -> None:
    """The ARN, the account and the key's form are AWS's."""
    credentials = reader(aws)
    identity = client(aws, "sts", credentials).get_caller_identity()
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert (identity["Account"], identity["Arn"]) == (PROD, f"arn:aws:sts::{PROD}:assumed-role/read/tests")
    assert aws.client("sts", HOME).get_access_key_info(AccessKeyId=credentials["AccessKeyId"])["Account"] == PROD


def test_a_condition_on_the_principal_keeps_others_out(aws: AwsSandbox) -> None:
    """The administrator of the trusted account is not the role that the trust names."""
    with pytest.raises(ClientError) as error:
        assume(aws, READ)
    code, message = refusal(error)
    assert code == "AccessDenied"
    assert message == (
        f"User: arn:aws:iam::{HOME}:user/administrator is not authorized to perform: sts:AssumeRole on resource: {READ}"
    )


def test_a_role_that_is_not_there_looks_like_one_that_does_not_trust(aws: AwsSandbox) -> None:
    """From outside one cannot find out which roles exist."""
    with pytest.raises(ClientError) as error:
        assume(aws, f"arn:aws:iam::{PROD}:role/nobody")
    assert refusal(error)[0] == "AccessDenied"
    assert refusal(error)[1].endswith(f"sts:AssumeRole on resource: arn:aws:iam::{PROD}:role/nobody")


def test_a_principal_that_is_not_named_is_refused(aws: AwsSandbox) -> None:
    """A trust policy names production only: home's administrator is a stranger."""
    arn = role(aws, "for-prod-only", PROD, {"AWS": PROD}, [])
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(aws, arn)
    service = role(aws, "for-sagemaker", PROD, {"Service": "sagemaker.amazonaws.com"}, [])
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(aws, service)


def test_the_external_id_must_be_given_and_right(aws: AwsSandbox) -> None:
    """Missing, wrong, right."""
    condition = {"StringEquals": {"sts:ExternalId": "sagewatch-7"}}
    arn = role(aws, "external", PROD, {"AWS": f"arn:aws:iam::{HOME}:root"}, [], condition)
    refused: list[dict[str, Any]] = [{}, {"ExternalId": "sagewatch-8"}]
    for params in refused:
        with pytest.raises(ClientError, match="AccessDenied"):
            assume(aws, arn, **params)
    assert assume(aws, arn, ExternalId="sagewatch-7")["SessionToken"]


def test_across_accounts_the_callers_own_policies_must_allow_it_too(aws: AwsSandbox) -> None:
    """A trusted account is not a trusted everybody."""
    weak = role(aws, "weak", HOME, {"AWS": f"arn:aws:iam::{HOME}:root"}, [])
    target = role(aws, "trusting", PROD, {"AWS": weak}, [])
    with pytest.raises(ClientError) as error:
        assume(aws, target, assume(aws, weak))
    assert refusal(error)[1].endswith("because no identity-based policy allows the sts:AssumeRole action")


def test_at_home_a_trust_that_names_the_caller_is_enough(aws: AwsSandbox) -> None:
    """Within one account either side may allow."""
    plain = role(aws, "plain", HOME, {"AWS": HOME}, [])
    named = role(aws, "names-plain", HOME, {"AWS": plain}, [])
    by_account = role(aws, "names-account", HOME, {"AWS": HOME}, [])
    credentials = assume(aws, plain)
    assert assume(aws, named, credentials)
    with pytest.raises(ClientError, match="no identity-based policy allows the sts:AssumeRole"):
        assume(aws, by_account, credentials)


def test_source_identity_and_tags_need_their_own_trust(aws: AwsSandbox) -> None:
    """Each has an action of its own, and a source identity goes along the chain and cannot change."""
    home = {"AWS": f"arn:aws:iam::{HOME}:root"}
    bare = role(aws, "bare", PROD, home, [])
    actions = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
    full = role(aws, "full", PROD, home, [may("sts:*", "*")], actions=actions)
    onward = role(aws, "onward", PROD, {"AWS": full}, [], actions=actions)
    with pytest.raises(ClientError, match="sts:SetSourceIdentity"):
        assume(aws, bare, SourceIdentity="mara@example.com")
    with pytest.raises(ClientError, match="sts:TagSession"):
        assume(aws, bare, Tags=[{"Key": "team", "Value": "ml"}])
    first = assume(aws, full, SourceIdentity="mara@example.com", Tags=[{"Key": "team", "Value": "ml"}])
    sts = client(aws, "sts", first)
    assert sts.assume_role(RoleArn=onward, RoleSessionName="again")["SourceIdentity"] == "mara@example.com"
    with pytest.raises(ClientError, match="sts:SetSourceIdentity"):
        sts.assume_role(RoleArn=onward, RoleSessionName="again", SourceIdentity="other@example.com")


@pytest.mark.parametrize(
    "params",
    [
        {"DurationSeconds": 3601},
        {"DurationSeconds": 43_201},
        {"SourceIdentity": "mara:example"},
        {"SourceIdentity": "aws-like,but=fine@x" * 4},
        {"ExternalId": "not allowed: blank"},
    ],
)
def test_parameters_outside_their_limits_are_refused(aws: AwsSandbox, params: dict[str, Any]) -> None:
    """MaxSessionDuration is an hour unless the role says more; patterns and lengths are the API's."""
    with pytest.raises(ClientError, match="ValidationError"):
        assume(aws, BOT, **params)


def test_duration_goes_up_to_the_roles_own_but_an_hour_when_chained(aws: AwsSandbox) -> None:
    """Twelve hours directly, one through another role."""
    long = role(aws, "long", HOME, {"AWS": f"arn:aws:iam::{HOME}:root"}, [may("sts:*", "*")], MaxSessionDuration=43_200)
    assert assume(aws, long, DurationSeconds=43_200)
    with pytest.raises(ClientError, match="role chaining"):
        assume(aws, long, assume(aws, BOT), DurationSeconds=3601)


def test_what_the_policy_allows_is_answered_and_the_rest_refused_by_name(aws: AwsSandbox) -> None:
    """In the words and under the code of a JSON service."""
    sagemaker = client(aws, "sagemaker", reader(aws))
    assert sagemaker.list_monitoring_executions()["MonitoringExecutionSummaries"] == []
    with pytest.raises(ClientError) as error:
        sagemaker.list_endpoints()
    code, message = refusal(error)
    assert code == "AccessDeniedException"
    assert message == (
        f"User: arn:aws:sts::{PROD}:assumed-role/read/tests is not authorized to perform: sagemaker:ListEndpoints "
        "on resource: * because no identity-based policy allows the sagemaker:ListEndpoints action"
    )


def test_rights_on_a_resource_end_at_its_name(aws: AwsSandbox) -> None:
    """Allowed and not there is another refusal than not allowed."""
    sagemaker = client(aws, "sagemaker", reader(aws))
    with pytest.raises(ClientError, match="Could not find endpoint"):
        sagemaker.describe_endpoint(EndpointName="bank-1")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        sagemaker.describe_endpoint(EndpointName="loan-1")


def test_s3_is_judged_by_bucket_key_and_prefix(aws: AwsSandbox) -> None:
    """ListObjectsV2 is s3:ListBucket, HeadObject is s3:GetObject, and a listing can be limited to a prefix."""
    s3 = client(aws, "s3", reader(aws))
    assert s3.get_object(Bucket="reports", Key="monitor/report.json")["Body"].read() == b"{}"
    assert s3.head_object(Bucket="reports", Key="monitor/report.json")["ContentLength"] == 2
    assert s3.list_objects_v2(Bucket="reports", Prefix="monitor/x")["KeyCount"] == 0
    for refused in (
        lambda: s3.list_objects_v2(Bucket="reports"),
        lambda: s3.get_object(Bucket="secrets", Key="monitor/report.json"),
        lambda: s3.put_object(Bucket="reports", Key="monitor/report.json", Body=b"x"),
        s3.list_buckets,
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            refused()
    with pytest.raises(ClientError) as error:
        s3.head_object(Bucket="secrets", Key="monitor/report.json")
    assert refusal(error)[0] == "403"


def test_who_may_not_list_a_bucket_is_not_told_that_a_key_is_missing(aws: AwsSandbox) -> None:
    """403 instead of 404, as the S3 API says of GetObject."""
    with pytest.raises(ClientError, match="AccessDenied"):
        client(aws, "s3", reader(aws)).get_object(Bucket="reports", Key="monitor/none.json")
    with pytest.raises(ClientError, match="NoSuchKey"):
        aws.client("s3", PROD).get_object(Bucket="reports", Key="monitor/none.json")


def test_another_accounts_bucket_needs_a_bucket_policy(aws: AwsSandbox) -> None:
    """Even for an administrator; with one, both sides allow."""
    home, prod = aws.client("s3", HOME), aws.client("s3", PROD)
    with pytest.raises(ClientError, match="AccessDenied"):
        home.get_object(Bucket="secrets", Key="monitor/report.json")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": HOME},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::secrets/*",
    }
    prod.put_bucket_policy(Bucket="secrets", Policy=document(statement))
    assert home.get_object(Bucket="secrets", Key="monitor/report.json")["Body"].read() == b"{}"
    with pytest.raises(ClientError, match="AccessDenied"):
        home.delete_object(Bucket="secrets", Key="monitor/report.json")
    prod.delete_bucket_policy(Bucket="secrets")


def test_a_copy_needs_rights_on_what_it_reads(aws: AwsSandbox) -> None:
    """Who may write one bucket cannot draw from another."""
    rights = [may("s3:PutObject", "arn:aws:s3:::reports/*"), may("s3:GetObject", "arn:aws:s3:::reports/*")]
    writer = role(aws, "writer", PROD, {"AWS": PROD}, rights)
    sts = aws.client("sts", PROD)
    s3 = client(aws, "s3", sts.assume_role(RoleArn=writer, RoleSessionName="tests")["Credentials"])
    source = {"Bucket": "secrets", "Key": "monitor/report.json"}
    with pytest.raises(ClientError, match=r"s3:GetObject on resource: .arn:aws:s3:::secrets/monitor"):
        s3.copy_object(Bucket="reports", Key="stolen.json", CopySource=source)
    s3.copy_object(Bucket="reports", Key="copy.json", CopySource=source | {"Bucket": "reports"})
    assert aws.get_object(PROD, "reports", "copy.json") == b"{}"


def test_a_session_policy_and_a_boundary_only_take_away(aws: AwsSandbox) -> None:
    """Both intersect with what the role has."""
    bot = assume(aws, BOT)
    nothing = document(may("s3:*", "*"))
    limited = client(aws, "sagemaker", assume(aws, READ, bot, Policy=nothing))
    with pytest.raises(ClientError, match="because no session policy allows"):
        limited.list_monitoring_executions()
    boundary = aws.client("iam", HOME).create_policy(PolicyName="edge", PolicyDocument=nothing)["Policy"]["Arn"]
    arn = role(aws, "bounded", HOME, {"AWS": HOME}, [may("oam:*", "*")], PermissionsBoundary=boundary)
    with pytest.raises(ClientError, match="because no permissions boundary allows the oam:ListSinks action"):
        client(aws, "oam", assume(aws, arn)).list_sinks()


def test_managed_policies_and_explicit_denies_count(aws: AwsSandbox) -> None:
    """An attached policy allows; an inline deny takes it back."""
    iam = aws.client("iam", HOME)
    links = document(may("oam:List*", "*"))
    policy = iam.create_policy(PolicyName="links", PolicyDocument=links)["Policy"]["Arn"]
    arn = role(aws, "linker", HOME, {"AWS": HOME}, [])
    oam = client(aws, "oam", assume(aws, arn))
    with pytest.raises(ClientError, match="AccessDeniedException"):
        oam.list_sinks()
    iam.attach_role_policy(RoleName="linker", PolicyArn=policy)
    assert oam.list_sinks()["Items"] == []
    deny = document(may("oam:*", "*") | {"Effect": "Deny"})
    iam.put_role_policy(RoleName="linker", PolicyName="no", PolicyDocument=deny)
    with pytest.raises(ClientError, match="with an explicit deny in an identity-based policy"):
        oam.list_sinks()


def test_an_iam_users_keys_work_within_its_policies_and_its_groups(aws: AwsSandbox) -> None:
    """Long-lived keys made through IAM, until they are made inactive."""
    iam = aws.client("iam", HOME)
    iam.create_user(UserName="bot-user")
    made = iam.create_access_key(UserName="bot-user")["AccessKey"]
    credentials = {"AccessKeyId": made["AccessKeyId"], "SecretAccessKey": made["SecretAccessKey"]}
    assert client(aws, "sts", credentials).get_caller_identity()["Arn"] == f"arn:aws:iam::{HOME}:user/bot-user"
    oam = client(aws, "oam", credentials)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        oam.list_sinks()
    iam.create_group(GroupName="watchers")
    listing = document(may("oam:ListSinks", "*"))
    iam.put_group_policy(GroupName="watchers", PolicyName="p", PolicyDocument=listing)
    iam.add_user_to_group(GroupName="watchers", UserName="bot-user")
    assert oam.list_sinks()["Items"] == []
    iam.update_access_key(UserName="bot-user", AccessKeyId=made["AccessKeyId"], Status="Inactive")
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        oam.list_sinks()


def test_rights_end_with_the_role(aws: AwsSandbox) -> None:
    """A session outlives its role and can do nothing."""
    arn = role(aws, "short", HOME, {"AWS": HOME}, [may("oam:*", "*")])
    oam = client(aws, "oam", assume(aws, arn))
    assert oam.list_sinks()["Items"] == []
    iam = aws.client("iam", HOME)
    iam.delete_role_policy(RoleName="short", PolicyName="rights")
    iam.delete_role(RoleName="short")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        oam.list_sinks()
