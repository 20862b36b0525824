"""The past of people: who signed in and opened Studio, what root did, what was done to the trail and to links."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sandbox.aws.trail.events import Event
from sandbox.world import callers, fleet, roles, trail
from sandbox.world.callers import DIEGO_SIGNED_IN, INGRID, MAYA, PRIYA, SHARED, Caller
from sandbox.world.then import Then, arn, call, refused, role_arn, root

PROD, TEST, HUB, ARCHIVE = fleet.PRODUCTION, fleet.TEST, fleet.OBSERVABILITY, fleet.LOG_ARCHIVE
DOMAIN: Final = "d-prod2kq7xw1m"
_WEEKEND: Final = 5
_DAYS: Final = 90


def told(then: Then) -> Iterator[Event]:
    """All of it."""
    yield from _signed_in(then)
    yield from _studio(then)
    yield from _as_root(then)
    yield from _governed(then)
    yield from _recorded(then)


def _signed_in(then: Then) -> Iterator[Event]:
    """On each working day, some of them, and what they looked at first."""
    looks = ("ListEndpoints", "ListMonitoringSchedules", "ListModelPackages")
    for days in range(1, _DAYS):
        if then.on(days, "08:00").weekday() >= _WEEKEND:
            continue
        for number, who in enumerate((MAYA, DIEGO_SIGNED_IN, INGRID)):
            if (days * 7 + number * 3) % 5 < 2:
                at = then.on(days, f"0{7 + number}:{(days * 13 + number * 7) % 60:02}")
                yield _console(at, who)
                yield call(at + timedelta(minutes=2), PROD, who, looks[number], {})


def _recorded(then: Then) -> Iterator[Event]:
    """In the hours before the start, so that each account has fresh log files as it would have at any time."""
    looks = ("ListEndpoints", "ListModels", "ListNotebookInstances")
    for number, account in enumerate((PROD, TEST, HUB)):
        for step in range(1, 10):
            at = then.ago(step / 3 + number / 20)
            yield call(at, account, callers.RECORDER, looks[step % 3])


def _console(at: datetime, who: Caller) -> Event:
    """As the sign-in of the Region tells it (CloudTrail User Guide, "AWS Management Console sign-in events")."""
    extra = {"MobileVersion": "No", "MFAUsed": "No", "LoginTo": "https://console.aws.amazon.com/sagemaker/home"}
    return call(
        at,
        PROD,
        who,
        "ConsoleLogin",
        None,
        {"ConsoleLogin": "Success"},
        service="signin",
        kind="AwsConsoleSignIn",
        extra=extra,
    )


def _studio(then: Then) -> Iterator[Event]:
    """Studio's domains, and who opened it under which profile."""
    by_profile = {"ExecutionRoleIdentityConfig": "USER_PROFILE_NAME"}
    changed = {"DomainId": DOMAIN, "DomainSettingsForUpdate": by_profile}
    made = {
        "DomainName": "ml-test-studio",
        "AuthMode": "SSO",
        "AppNetworkAccessType": "PublicInternetOnly",
        "DefaultUserSettings": {"ExecutionRole": role_arn(f"service-role/{roles.STUDIO_ROLE}", TEST)},
    }
    domain = {"DomainArn": arn("domain", DOMAIN)}
    yield call(then.on(60, "11:15"), PROD, PRIYA, "UpdateDomain", changed, domain)
    test_domain = {"DomainArn": arn("domain", "d-testb4c9z0ve", TEST)}
    yield call(then.on(58, "09:33"), TEST, PRIYA, "CreateDomain", made, test_domain)
    opened = {"DomainId": DOMAIN, "UserProfileName": "diego-ramirez"}
    url = {"AuthorizedUrl": f"https://{DOMAIN}.studio.us-west-2.sagemaker.aws/auth?token=eyJ"}
    long = {**opened, "SessionExpirationDurationInSeconds": 43200}
    yield call(then.on(6, "09:58"), PROD, DIEGO_SIGNED_IN, "CreatePresignedDomainUrl", long, url)
    yield call(then.on(3, "17:28"), PROD, MAYA, "CreatePresignedDomainUrl", opened, url)
    training = {"TrainingJobName": "bank-marketing-retrain", "RoleArn": role_arn("SageMakerExecutionRole", PROD)}
    job = {"TrainingJobArn": arn("training-job", "bank-marketing-retrain", TEST)}
    yield call(then.on(2, "11:48"), TEST, SHARED, "CreateTrainingJob", training, job)


def _as_root(then: Then) -> Iterator[Event]:
    """Once, and undone the same day."""
    at = then.on(9, "18:02")
    yield call(
        at,
        TEST,
        root,
        "ConsoleLogin",
        None,
        {"ConsoleLogin": "Success"},
        service="signin",
        kind="AwsConsoleSignIn",
        extra={"MobileVersion": "No", "MFAUsed": "No", "LoginTo": "https://console.aws.amazon.com/console/home"},
    )
    notebook = {
        "NotebookInstanceName": "scratch",
        "InstanceType": "ml.t3.medium",
        "DirectInternetAccess": "Enabled",
        "RootAccess": "Enabled",
        "RoleArn": role_arn(f"service-role/{roles.STUDIO_ROLE}", TEST),
    }
    named = {"NotebookInstanceName": "scratch"}
    made = {"NotebookInstanceArn": arn("notebook-instance", "scratch", TEST)}
    yield call(at + timedelta(minutes=6), TEST, root, "CreateNotebookInstance", notebook, made)
    yield call(at + timedelta(minutes=88), TEST, root, "StopNotebookInstance", named)
    yield call(at + timedelta(minutes=94), TEST, root, "DeleteNotebookInstance", named)


def _governed(then: Then) -> Iterator[Event]:
    """Test's link, gone for half an hour; the trail, which no member account stops; the buckets of its log files."""
    link = f"arn:aws:oam:{fleet.REGION}:{TEST}:link/6a3f8c1e-77b2-4d0a-9c55-1be0a2f4d913"
    yield call(then.on(40, "10:03"), TEST, PRIYA, "DeleteLink", {"Identifier": link}, service="oam")
    sink = f"arn:aws:oam:{fleet.REGION}:{HUB}:sink/2d9b7e40-5c1f-4b6d-8a3e-f07c6e1d2b98"
    again = {
        "LabelTemplate": "$AccountName",
        "ResourceTypes": ["AWS::CloudWatch::Metric", "AWS::Logs::LogGroup"],
        "SinkIdentifier": sink,
    }
    yield call(then.on(40, "10:31"), TEST, PRIYA, "CreateLink", again, service="oam")
    whole = f"arn:aws:cloudtrail:{fleet.REGION}:{trail.MANAGEMENT}:trail/{trail.NAME}"
    reason = "with an explicit deny in a service control policy"
    yield refused(then.on(34, "16:50"), PROD, PRIYA, "StopLogging", whole, service="cloudtrail", because=reason)
    policy = {"bucketName": trail.COPY, "Host": f"{trail.COPY}.s3.{fleet.REGION}.amazonaws.com", "policy": ""}
    yield call(then.on(33, "09:20"), HUB, PRIYA, "PutBucketPolicy", service="s3", by_hand=policy)
    logs = {**policy, "bucketName": trail.LOGS, "Host": f"{trail.LOGS}.s3.{fleet.REGION}.amazonaws.com"}
    yield call(then.on(33, "09:05"), ARCHIVE, root, "PutBucketPolicy", service="s3", by_hand=logs)
