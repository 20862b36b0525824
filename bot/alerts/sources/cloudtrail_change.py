"""Somebody changed what governance rests on: a monitor, data capture, an alarm, a link, the trail."""

from typing import Any, Final

from bot.errors import Malformed
from bot.logic.changes import API_CALL, SOURCES, change_of
from bot.model.event import Event
from bot.model.news import Change

NAME: Final = "cloudtrail_change"
KIND: Final = API_CALL
SAMPLE: Final[dict[str, Any]] = {
    "version": "0",
    "id": "36eb8523-97d0-4518-b33d-ee3579ff19f0",
    "detail-type": KIND,
    "source": "aws.sagemaker",
    "account": "222222222222",
    "time": "2026-11-20T15:41:10Z",
    "region": "us-west-2",
    "resources": [],
    "detail": {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEROLEID0001:diego.ramos@example.com",
            "arn": "arn:aws:sts::222222222222:assumed-role/AWSReservedSSO_MLEngineer_0123456789abcdef/"
            "diego.ramos@example.com",
            "accountId": "222222222222",
            "accessKeyId": "ASIAEXAMPLEKEYID0001",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROAEXAMPLEROLEID0001",
                    "arn": "arn:aws:iam::222222222222:role/aws-reserved/sso.amazonaws.com/"
                    "AWSReservedSSO_MLEngineer_0123456789abcdef",
                    "accountId": "222222222222",
                    "userName": "AWSReservedSSO_MLEngineer_0123456789abcdef",
                },
                "attributes": {"creationDate": "2026-11-20T15:02:44Z", "mfaAuthenticated": "false"},
            },
        },
        "eventTime": "2026-11-20T15:41:10Z",
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": "StopMonitoringSchedule",
        "awsRegion": "us-west-2",
        "sourceIPAddress": "192.0.2.17",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": {"monitoringScheduleName": "bank-marketing-quality-2026-11-02-0941"},
        "responseElements": None,
        "requestID": "5b0f2a6e-8a2d-4f3c-9d57-0c6c5a3ef0b1",
        "eventID": "b6a0c7de-2f6e-4b0e-a0a5-6e3c1f4d9e77",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "222222222222",
        "eventCategory": "Management",
    },
}


def recognises(event: Event) -> bool:
    """By EventBridge's word."""
    return event.vouched and event.kind == KIND and event.source in SOURCES


def parse(event: Event) -> Change | None:
    """None of a call that changes nothing of the kind. Raises Malformed."""
    if event.detail.get("recipientAccountId", event.account_id) != event.account_id:
        raise Malformed("detail.recipientAccountId is not the sender")
    return change_of(event.detail, event.account_id, event.region)
