"""Who may do what: the bot's identity in the observability account, its read and operate roles in the others."""

import json
from typing import Any, Final

from sandbox.aws import AwsSandbox
from sandbox.world import fleet, trail

READ_ROLE: Final = "sagewatch-read"
OPERATE_ROLE: Final = "sagewatch-operate"
PIPELINE_ROLE: Final = "ml-deploy-pipeline"
"""Who deploys in a source account, and takes old endpoints away."""
BOT: Final = "sagewatch-bot"
"""The bot's role in AWS, and the user whose keys it has where it runs outside; both under the same policy."""

_SAGEMAKER_READS: Final = (
    "sagemaker:DescribeDataQualityJobDefinition",
    "sagemaker:DescribeEndpoint",
    "sagemaker:DescribeEndpointConfig",
    "sagemaker:DescribeModelBiasJobDefinition",
    "sagemaker:DescribeModelExplainabilityJobDefinition",
    "sagemaker:DescribeModelPackage",
    "sagemaker:DescribeModelQualityJobDefinition",
    "sagemaker:DescribeMonitoringSchedule",
    "sagemaker:DescribeProcessingJob",
    "sagemaker:ListEndpoints",
    "sagemaker:ListModelPackages",
    "sagemaker:ListMonitoringExecutions",
    "sagemaker:ListMonitoringSchedules",
    "sagemaker:ListTags",
)
_TRAIL_READ: Final = "cloudtrail:LookupEvents"
_METRIC_READS: Final = ("cloudwatch:GetMetricData", "cloudwatch:ListMetrics")
_ALARM_READS: Final = (
    "cloudwatch:DescribeAlarmContributors",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetAlarmMuteRule",
    "cloudwatch:ListAlarmMuteRules",
    "cloudwatch:ListTagsForResource",
    "tag:GetResources",
)
_QUEUE: Final = (
    "sqs:ReceiveMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
)
_QUERIES: Final = ("StartQueryExecution", "GetQueryExecution", "GetQueryResults", "StopQueryExecution")
_RESULTS: Final = ("GetObject", "PutObject", "AbortMultipartUpload", "ListMultipartUploadParts")
CENTER_PATH: Final = "/aws-reserved/sso.amazonaws.com/us-west-2/"
"""Where roles of permission sets are (IAM Identity Center User Guide: referencing permission sets)."""
ENGINEER: Final = "AWSReservedSSO_MLEngineer_0a1b2c3d4e5f6a7b"
STUDIO_PATH: Final = "/service-role/"
STUDIO_ROLE: Final = "AmazonSageMaker-ExecutionRole-20260301T101500"
_OPERATIONS: Final = ("sagemaker:StartMonitoringSchedule", "sagemaker:StopMonitoringSchedule")
_OF_OWN_ALARMS: Final = ("DeleteAlarms", "PutMetricAlarm", "TagResource")
MADE_HERE: Final = "sagewatch-*"
"""Names of the alarms and mute rules that the bot makes, and may change."""
_SHARED: Final = ("AWS::CloudWatch::Metric", "AWS::Logs::LogGroup")
"""Telemetry that source accounts share."""
_DEPLOYED: Final = ("Endpoint", "EndpointConfig", "MonitoringSchedule", "*JobDefinition")
_PIPELINE_ALARMS: Final = ("cloudwatch:PutMetricAlarm", "cloudwatch:PutCompositeAlarm", "cloudwatch:DeleteAlarms")
_BECOME: Final = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
"""Becoming a role with the person's name on the session (IAM User Guide: source identity, session tags)."""


def give_read_role(aws: AwsSandbox, account_id: str) -> None:
    """Make `sagewatch-read` in a source account: only the bot may assume it, and it only reads monitors."""
    trust = _trust("sts:AssumeRole")
    reads = (_allow("oam:GetLink", Resource="arn:aws:oam:*:*:link/*"), *_reads(account_id))
    _role(aws, account_id, READ_ROLE, trust, {"read-monitors": _document(*reads)})


def give_operate_role(aws: AwsSandbox, account_id: str) -> None:
    """Make `sagewatch-operate` in an account: the bot assumes it for a person.

    To start and stop monitors, to make alarms and delete those, to mute any alarm, to decide on model packages.
    """
    schedules = f"arn:aws:sagemaker:{fleet.REGION}:{account_id}:monitoring-schedule/*"
    packages = f"arn:aws:sagemaker:{fleet.REGION}:{account_id}:model-package/*"
    alarms, mutes = (f"arn:aws:cloudwatch:{fleet.REGION}:{account_id}:{kind}" for kind in ("alarm", "alarm-mute-rule"))
    policy = _document(
        _allow(list(_OPERATIONS), Resource=schedules),
        _allow("sagemaker:UpdateModelPackage", Resource=packages),
        _allow([f"cloudwatch:{act}" for act in _OF_OWN_ALARMS], Resource=f"{alarms}:{MADE_HERE}"),
        _allow("cloudwatch:PutAlarmMuteRule", Resource=[f"{alarms}:*", f"{mutes}:{MADE_HERE}"]),
        _allow("cloudwatch:DeleteAlarmMuteRule", Resource=f"{mutes}:{MADE_HERE}"),
    )
    _role(aws, account_id, OPERATE_ROLE, _trust(list(_BECOME)), {"operate-monitors": policy})


def give_pipeline_role(aws: AwsSandbox, account_id: str) -> None:
    """Make the role under which a source account's own pipeline deploys."""
    trust = _allow("sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{account_id}:root"})
    rights = [f"sagemaker:{verb}{thing}" for verb in ("Create", "Delete") for thing in _DEPLOYED]
    policy = _document(
        _allow(
            [*rights, "sagemaker:CreateModel", "sagemaker:CreateModelPackage", "sagemaker:AddTags", *_PIPELINE_ALARMS]
        )
    )
    _role(aws, account_id, PIPELINE_ROLE, trust, {"deploy-models": policy})


def give_people(aws: AwsSandbox) -> None:
    """Make the roles that people have in source accounts: of a permission set, and of Studio."""
    statement = _allow("sts:AssumeRole", Principal={"Service": "sagemaker.amazonaws.com"})
    rights = _document(_allow(["sagemaker:*", "cloudwatch:*"]))
    for account_id in fleet.LINKED:
        iam = aws.client("iam", account_id, fleet.REGION)
        for path, name in ((CENTER_PATH, ENGINEER), (STUDIO_PATH, STUDIO_ROLE)):
            iam.create_role(Path=path, RoleName=name, AssumeRolePolicyDocument=_document(statement))
            iam.put_role_policy(RoleName=name, PolicyName="machine-learning", PolicyDocument=rights)


def give_bot(aws: AwsSandbox, *, trailed: bool = False) -> dict[str, str | None]:
    """Make the bot's role and user; returns the user's keys, which never expire, with an empty session token."""
    iam = aws.client("iam", fleet.OBSERVABILITY, fleet.REGION)
    policy = _document(
        _allow(["oam:ListSinks", "oam:ListAttachedLinks"]),
        _allow(list(_QUEUE), Resource=f"arn:aws:sqs:{fleet.REGION}:{fleet.OBSERVABILITY}:*"),
        _allow("sts:AssumeRole", Resource=f"arn:aws:iam::*:role/{READ_ROLE}"),
        _allow(list(_BECOME), Resource=f"arn:aws:iam::*:role/{OPERATE_ROLE}"),
        *_reads(fleet.OBSERVABILITY),
        *(_asks() if trailed else ()),
    )
    arn = iam.create_policy(PolicyName=BOT, PolicyDocument=policy)["Policy"]["Arn"]
    trust = _allow("sts:AssumeRole", Principal={"Service": "ecs-tasks.amazonaws.com"})
    iam.create_role(RoleName=BOT, AssumeRolePolicyDocument=_document(trust))
    iam.attach_role_policy(RoleName=BOT, PolicyArn=arn)
    iam.create_user(UserName=BOT)
    iam.attach_user_policy(UserName=BOT, PolicyArn=arn)
    key = iam.create_access_key(UserName=BOT)["AccessKey"]
    return {
        "access_key_id": key["AccessKeyId"],
        "secret_access_key": key["SecretAccessKey"],
        "session_token": None,
    }


def link(aws: AwsSandbox) -> None:
    """Make the sink, open it to the organisation for metrics and logs, and link the source accounts to it."""
    oam = aws.client("oam", fleet.OBSERVABILITY, fleet.REGION)
    sink = oam.create_sink(Name="ml-observability")["Arn"]
    types = list(_SHARED)
    statement = _allow(["oam:CreateLink", "oam:UpdateLink"], Principal="*", Resource="*")
    statement["Condition"] = {
        "StringEquals": {"aws:PrincipalOrgID": aws.org_id},
        "ForAllValues:StringEquals": {"oam:ResourceTypes": types},
    }
    oam.put_sink_policy(SinkIdentifier=sink, Policy=_document(statement))
    for account_id in fleet.LINKED:
        share(aws, account_id, linked=True)


def share(aws: AwsSandbox, account_id: str, *, linked: bool) -> None:
    """Let a source account be linked to the sink, or not: what it is already it stays."""
    source = aws.client("oam", account_id, fleet.REGION)
    links = source.list_links()["Items"]
    if linked and not links:
        (sink,) = aws.client("oam", fleet.OBSERVABILITY, fleet.REGION).list_sinks()["Items"]
        source.create_link(LabelTemplate="$AccountName", ResourceTypes=list(_SHARED), SinkIdentifier=sink["Arn"])
    elif links and not linked:
        for link in links:
            source.delete_link(Identifier=link["Arn"])


def _asks() -> tuple[dict[str, Any], ...]:
    """Asking the trail by Athena in one work group: the table, the log files, the results (docs/iam.md)."""
    start = f"arn:aws:glue:{fleet.REGION}:{fleet.OBSERVABILITY}"
    levels = ["catalog", "database/observability", "table/observability/trail"]
    group = f"arn:aws:athena:{fleet.REGION}:{fleet.OBSERVABILITY}:workgroup/{trail.WORKGROUP}"
    logs, results = f"arn:aws:s3:::{trail.COPY}", f"arn:aws:s3:::{trail.RESULTS}"
    return (
        _allow([f"athena:{act}" for act in _QUERIES], Resource=group),
        _allow(["glue:GetDatabase", "glue:GetTable", "glue:GetPartitions"], Resource=[f"{start}:{x}" for x in levels]),
        _allow("s3:ListBucket", Resource=logs),
        _allow("s3:GetObject", Resource=f"{logs}/*"),
        _allow("s3:GetBucketLocation", Resource=results),
        _allow([f"s3:{act}" for act in _RESULTS], Resource=f"{results}/*"),
    )


def _reads(account_id: str) -> tuple[dict[str, Any], ...]:
    """Reading an account's monitors, their reports, metrics and alarms, and nothing else there."""
    bucket = f"arn:aws:s3:::{fleet.bucket(account_id)}"
    return (
        _allow([*_METRIC_READS, *_ALARM_READS, *_SAGEMAKER_READS, _TRAIL_READ]),
        _allow("s3:ListBucket", Resource=bucket),
        _allow("s3:GetObject", Resource=f"{bucket}/*"),
    )


def _trust(action: str | list[str]) -> dict[str, Any]:
    """Only the bot, as its role or its user, may become the role."""
    trust = _allow(action, Principal={"AWS": f"arn:aws:iam::{fleet.OBSERVABILITY}:root"})
    trust["Condition"] = {"StringEquals": {"aws:PrincipalArn": [_bot_arn("role"), _bot_arn("user")]}}
    return trust


def _role(aws: AwsSandbox, account_id: str, name: str, trust: dict[str, Any], policies: dict[str, str]) -> None:
    """A role with its inline policies."""
    iam = aws.client("iam", account_id, fleet.REGION)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust), MaxSessionDuration=3600)
    for policy, document in policies.items():
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=document)


def _bot_arn(kind: str) -> str:
    """The bot's role or user."""
    return f"arn:aws:iam::{fleet.OBSERVABILITY}:{kind}/{BOT}"


def _allow(action: str | list[str], **parts: Any) -> dict[str, Any]:
    """A statement; on every resource unless told otherwise (a trust or sink policy names a principal instead)."""
    scope = parts if "Principal" in parts else {"Resource": "*", **parts}
    return {"Effect": "Allow", "Action": action, **scope}


def _document(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
