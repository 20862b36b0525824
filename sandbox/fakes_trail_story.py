"""A trail that answers every question: what a governance lead would want to hear of, over three months."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sandbox.fakes_trail import (
    BOT,
    CENTER_ROLE,
    DENIED,
    DIEGO,
    INGRID,
    LOG_ARCHIVE,
    MAYA,
    OBSERVABILITY,
    PIPELINE,
    PRIYA,
    PRODUCTION,
    REGION,
    STUDIO,
    STUDIO_ROLE,
    TEST,
    Json,
    Told,
    by_service,
    record,
    root,
    session,
)


def _arn(kind: str, name: str, account: str = PRODUCTION) -> str:
    return f"arn:aws:sagemaker:{REGION}:{account}:{kind}/{name}"


def _role(name: str, account: str = PRODUCTION) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


_PACKAGE: Final = _arn("model-package", "bank-marketing/7")
_OLD: Final = _arn("model-package", "bank-marketing/6")
_ALERT: Final = {"monitoringScheduleName": "bank-marketing-quality", "monitoringAlertName": "ModelQuality"}
_FULL: Final = {
    "enableCapture": True,
    "initialSamplingPercentage": 100,
    "destinationS3Uri": "s3://sagemaker-us-west-2-222222222222/capture",
}
_POLICY: Final = '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::333333333333:root"}}]}'

STORY: Final = (
    # Endpoints
    Told(
        21,
        PRODUCTION,
        PIPELINE,
        "CreateModel",
        {"modelName": "bank-marketing-1", "executionRoleArn": _role("bank-serving")},
    ),
    Told(
        20.99,
        PRODUCTION,
        PIPELINE,
        "CreateEndpointConfig",
        {"endpointConfigName": "bank-marketing-1", "dataCaptureConfig": _FULL},
    ),
    Told(
        20.98,
        PRODUCTION,
        PIPELINE,
        "CreateEndpoint",
        {"endpointName": "bank-marketing-2026", "endpointConfigName": "bank-marketing-1"},
        {"endpointArn": _arn("endpoint", "bank-marketing-2026")},
    ),
    Told(
        5,
        PRODUCTION,
        DIEGO,
        "CreateEndpoint",
        {"endpointName": "churn-try", "endpointConfigName": "churn-try"},
        {"endpointArn": _arn("endpoint", "churn-try")},
    ),
    Told(
        4.9,
        PRODUCTION,
        MAYA,
        "CreateEndpoint",
        {"endpointName": "fraud-try", "endpointConfigName": "fraud"},
        None,
        "sagemaker",
        DENIED,
        f"User: arn:aws:sts::{PRODUCTION}:assumed-role/{CENTER_ROLE}/maya.okafor@example.com is not authorized to "
        f"perform: sagemaker:CreateEndpoint on resource: {_arn('endpoint', 'fraud-try')} because no identity-based "
        "policy allows the sagemaker:CreateEndpoint action",
    ),
    Told(
        3,
        PRODUCTION,
        DIEGO,
        "CreateEndpointConfig",
        {"endpointConfigName": "bank-marketing-2", "productionVariants": [{"variantName": "AllTraffic"}]},
    ),
    Told(
        2.9,
        PRODUCTION,
        DIEGO,
        "UpdateEndpoint",
        {"endpointName": "bank-marketing-2026", "endpointConfigName": "bank-marketing-2"},
        {"endpointArn": _arn("endpoint", "bank-marketing-2026")},
    ),
    Told(
        2.5,
        PRODUCTION,
        PIPELINE,
        "UpdateEndpointWeightsAndCapacities",
        {
            "endpointName": "loan-default-2026",
            "desiredWeightsAndCapacities": [{"variantName": "AllTraffic", "desiredInstanceCount": 3}],
        },
    ),
    Told(1.5, PRODUCTION, DIEGO, "DeleteEndpoint", {"endpointName": "churn-try"}),
    Told(1.4, TEST, STUDIO, "DeleteModel", {"modelName": "bank-marketing-old"}),
    # Monitors
    Told(
        20.9,
        PRODUCTION,
        PIPELINE,
        "CreateModelQualityJobDefinition",
        {
            "jobDefinitionName": "bank-marketing-quality-job",
            "modelQualityBaselineConfig": {
                "constraintsResource": {"s3Uri": "s3://models/bank-marketing/constraints.json"}
            },
            "modelQualityJobInput": {"groundTruthS3Input": {"s3Uri": "s3://models/bank-marketing/labels"}},
            "roleArn": _role("bank-monitoring"),
        },
    ),
    Told(
        20.8,
        PRODUCTION,
        PIPELINE,
        "CreateMonitoringSchedule",
        {
            "monitoringScheduleName": "bank-marketing-quality",
            "monitoringScheduleConfig": {
                "scheduleConfig": {"scheduleExpression": "cron(0 * ? * * *)"},
                "monitoringType": "ModelQuality",
            },
        },
    ),
    Told(6, PRODUCTION, MAYA, "StopMonitoringSchedule", {"monitoringScheduleName": "bank-marketing-quality"}),
    Told(5.9, PRODUCTION, BOT, "StartMonitoringSchedule", {"monitoringScheduleName": "bank-marketing-quality"}),
    Told(2.2, TEST, STUDIO, "StopMonitoringSchedule", {"monitoringScheduleName": "bank-marketing-data-quality"}),
    Told(12, PRODUCTION, INGRID, "UpdateMonitoringAlert", {**_ALERT, "datapointsToAlert": 1, "evaluationPeriod": 1}),
    Told(2.1, PRODUCTION, DIEGO, "UpdateMonitoringAlert", {**_ALERT, "datapointsToAlert": 5, "evaluationPeriod": 5}),
    # Models
    Told(
        30,
        PRODUCTION,
        MAYA,
        "CreateModelPackage",
        {"modelPackageGroupName": "bank-marketing"},
        {"modelPackageArn": _OLD},
    ),
    Told(
        29,
        PRODUCTION,
        INGRID,
        "UpdateModelPackage",
        {"modelPackageArn": _OLD, "modelApprovalStatus": "Approved", "approvalDescription": "reviewed"},
    ),
    Told(
        8,
        PRODUCTION,
        MAYA,
        "CreateModelPackage",
        {"modelPackageGroupName": "bank-marketing"},
        {"modelPackageArn": _PACKAGE},
    ),
    Told(
        7.9,
        PRODUCTION,
        MAYA,
        "UpdateModelPackage",
        {"modelPackageArn": _PACKAGE, "modelApprovalStatus": "Approved", "approvalDescription": "urgent"},
    ),
    Told(
        14,
        PRODUCTION,
        INGRID,
        "PutModelPackageGroupPolicy",
        {"modelPackageGroupName": "bank-marketing", "resourcePolicy": _POLICY},
    ),
    # Studio
    Told(
        4,
        PRODUCTION,
        session(CENTER_ROLE, "diego.ramirez@example.com"),
        "CreatePresignedDomainUrl",
        {"domainId": "d-prod00000001", "userProfileName": "diego-ramirez", "sessionExpirationDurationInSeconds": 43200},
        {"authorizedUrl": "HIDDEN_DUE_TO_SECURITY_REASONS"},
    ),
    Told(
        3.9,
        PRODUCTION,
        MAYA,
        "CreatePresignedDomainUrl",
        {"domainId": "d-prod00000001", "userProfileName": "diego-ramirez"},
        {"authorizedUrl": "HIDDEN_DUE_TO_SECURITY_REASONS"},
    ),
    Told(
        60,
        PRODUCTION,
        PRIYA,
        "UpdateDomain",
        {"domainId": "d-prod00000001", "domainSettingsForUpdate": {"executionRoleIdentityConfig": "USER_PROFILE_NAME"}},
    ),
    Told(
        58,
        TEST,
        PRIYA,
        "CreateDomain",
        {
            "domainName": "test-studio",
            "appNetworkAccessType": "PublicInternetOnly",
            "defaultUserSettings": {"executionRole": _role(STUDIO_ROLE, TEST)},
        },
    ),
    Told(
        2,
        TEST,
        STUDIO,
        "CreateTrainingJob",
        {"trainingJobName": "bank-marketing-retrain", "roleArn": _role("bank-training")},
    ),
    # Access
    Told(1.2, TEST, STUDIO, "DescribeEndpoint", {"endpointName": "bank-marketing-2026"}, read_only=True),
    Told(
        9,
        TEST,
        root,
        "CreateNotebookInstance",
        {
            "notebookInstanceName": "scratch",
            "directInternetAccess": "Enabled",
            "rootAccess": "Enabled",
            "roleArn": _role(STUDIO_ROLE, TEST),
        },
    ),
    # Governance
    Told(
        2.8,
        OBSERVABILITY,
        DIEGO,
        "DisableAlarmActions",
        {"alarmNames": ["bank-marketing-accuracy"]},
        service="monitoring",
    ),
    Told(
        10,
        OBSERVABILITY,
        INGRID,
        "PutMetricAlarm",
        {"alarmName": "bank-marketing-accuracy", "threshold": 0.8, "comparisonOperator": "LessThanThreshold"},
        service="monitoring",
    ),
    Told(40, TEST, PRIYA, "DeleteLink", {"identifier": f"arn:aws:oam:{REGION}:{TEST}:link/a1b2c3"}, service="oam"),
    Told(
        35,
        LOG_ARCHIVE,
        root,
        "PutBucketPolicy",
        {"bucketName": "aws-controltower-logs-444444444444-us-west-2"},
        service="s3",
    ),
    Told(
        34,
        PRODUCTION,
        PRIYA,
        "StopLogging",
        {"name": "own-trail"},
        service="cloudtrail",
        error="AccessDenied",
        message="User is not authorized to perform: cloudtrail:StopLogging with an explicit deny in a service "
        "control policy",
    ),
    Told(1.1, PRODUCTION, by_service, "DeleteEndpoint", {"endpointName": "canary-0f3a"}),
)
"""By account and time what a governance lead would want to hear of."""


def story(now: datetime) -> Iterator[Json]:
    """Every record of it, as of now."""
    return (record(told, now) for told in STORY)
