"""Records as CloudTrail writes them, dated back from a moment, by the bank's people.

Members are the API's with the first letter in small (CloudTrail User Guide: record contents); who calls is one of the
bank's people in one of the ways that userIdentity has for them.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

PRODUCTION: Final = "222222222222"
TEST: Final = "333333333333"
OBSERVABILITY: Final = "111111111111"
LOG_ARCHIVE: Final = "444444444444"
REGION: Final = "us-west-2"
Json = dict[str, Any]
Who = Callable[[str, datetime], Json]
"""From an account and a time to a `userIdentity`."""
DENIED: Final = "AccessDeniedException"


def session(role: str, name: str, *, source: str = "", mfa: str = "", center: str = "") -> Who:
    """Of an assumed role."""

    def identity(account: str, at: datetime) -> Json:
        unique = f"AROA{hashlib.sha256(f'{account}{role}'.encode()).hexdigest()[:17].upper()}"
        issuer = {
            "type": "Role",
            "principalId": unique,
            "arn": f"arn:aws:iam::{account}:role/{role}",
            "accountId": account,
            "userName": role,
        }
        attributes = {
            "creationDate": f"{at - timedelta(minutes=20):%Y-%m-%dT%H:%M:%SZ}",
            "mfaAuthenticated": mfa or "false",
        }
        context = {"sessionIssuer": issuer, "attributes": attributes, **({"sourceIdentity": source} if source else {})}
        store = "arn:aws:identitystore::999999999999:identitystore/d-9067f5c1a2"
        behalf = {"onBehalfOf": {"userId": center, "identityStoreArn": store}} if center else {}
        return {
            "type": "AssumedRole",
            "principalId": f"{unique}:{name}",
            "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
            "accountId": account,
            "accessKeyId": f"ASIA{unique[4:20]}",
            "sessionContext": context,
            **behalf,
        }

    return identity


def iam_user(name: str) -> Who:
    """With keys, and no second factor."""

    def identity(account: str, _: datetime) -> Json:
        return {
            "type": "IAMUser",
            "principalId": "AIDA4EXAMPLEUSER00001",
            "arn": f"arn:aws:iam::{account}:user/{name}",
            "accountId": account,
            "accessKeyId": "AKIA4EXAMPLEKEY000001",
            "userName": name,
        }

    return identity


def root(account: str, _: datetime) -> Json:
    """The account's root user."""
    return {"type": "Root", "principalId": account, "arn": f"arn:aws:iam::{account}:root", "accountId": account}


def by_service(_: str, __: datetime) -> Json:
    """SageMaker itself."""
    return {"type": "AWSService", "invokedBy": "sagemaker.amazonaws.com"}


CENTER_ROLE: Final = "AWSReservedSSO_MLEngineer_0a1b2c3d4e5f6a7b"
STUDIO_ROLE: Final = "AmazonSageMaker-ExecutionRole-20260301T101500"
MAYA: Final = session(CENTER_ROLE, "maya.okafor@example.com", center="94482488-3041-7026-18e3-e19fa0ed9d76")
INGRID: Final = session(CENTER_ROLE, "ingrid.solberg@example.com", center="94482488-3041-7026-18e3-e19fa0ed9d77")
DIEGO: Final = session(STUDIO_ROLE, "SageMaker", source="diego-ramirez")
STUDIO: Final = session(STUDIO_ROLE, "SageMaker")
PIPELINE: Final = session("ml-deploy-pipeline", "deploy-4711")
BOT: Final = session("sagewatch-operate", "U0PRIYANAT", source="U0PRIYANAT")
PRIYA: Final = iam_user("priya")


@dataclass(frozen=True, slots=True)
class Told:
    """One call: how many days before now, in which account, by whom."""

    days: float
    account: str
    who: Who
    event: str
    request: Mapping[str, Any]
    response: Mapping[str, Any] | None = None
    service: str = "sagemaker"
    error: str = ""
    message: str = ""
    read_only: bool = False


def record(told: Told, now: datetime) -> Json:
    """As it stands in a log file; its id follows from what it is."""
    at = now - timedelta(days=told.days)
    seed = f"{told.days}{told.account}{told.event}{sorted(told.request)}{told.message}"
    digest = hashlib.sha256(seed.encode()).hexdigest()
    wrong = {"errorCode": told.error, "errorMessage": told.message} if told.error else {}
    return {
        "eventVersion": "1.11",
        "userIdentity": told.who(told.account, at),
        "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": f"{told.service}.amazonaws.com",
        "eventName": told.event,
        "awsRegion": REGION,
        "sourceIPAddress": "192.0.2.17",
        "userAgent": "aws-cli/2.31.0",
        **wrong,
        "requestParameters": dict(told.request) or None,
        "responseElements": None if told.error else (dict(told.response) if told.response else None),
        "requestID": f"{digest[32:40]}-{digest[40:44]}-4{digest[45:48]}-a{digest[49:52]}-{digest[52:64]}",
        "eventID": f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-9{digest[17:20]}-{digest[20:32]}",
        "readOnly": told.read_only,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": told.account,
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": f"api.sagemaker.{REGION}.amazonaws.com"},
    }
