"""Which policies of a queue let topics in, whoever wrote them."""

import json
from typing import Any

import pytest

from bot.logic.queue_policies import lets_topics_in

QUEUE, TOPIC = "arn:aws:sqs:us-west-2:111111111111:sagewatch", "arn:aws:sns:us-west-2:222222222222:ml-alarms"
RULE = "arn:aws:events:us-west-2:111111111111:rule/monitors/sagewatch"
EVENTS, SNS = {"Service": "events.amazonaws.com"}, {"Service": "sns.amazonaws.com"}


def policy(principal: object, condition: object = None, action: object = "sqs:SendMessage", **more: Any) -> str:
    """Of one statement."""
    said = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": QUEUE, **more}
    return json.dumps({"Statement": [said if condition is None else {**said, "Condition": condition}]})


def by_source(*arns: str, operator: str = "ArnEquals") -> dict[str, Any]:
    """A condition on whom the service sends for."""
    return {operator: {"aws:SourceArn": list(arns) if len(arns) > 1 else arns[0]}}


@pytest.mark.parametrize(
    ("said", "lets_in"),
    [
        ("", False),
        (policy(EVENTS, by_source(RULE)), False),
        (policy(EVENTS), False),
        (policy({"AWS": "arn:aws:iam::222222222222:root"}), False),
        (policy("*", by_source(RULE)), False),
        (policy({"AWS": "*"}, by_source(RULE, RULE, operator="ArnLike")), False),
        (policy("*", action=["sqs:ReceiveMessage", "sqs:GetQueue*"]), False),
        (policy("*", Effect="Deny"), False),
        (policy(SNS, by_source(TOPIC)), True),
        (policy({"Service": ["events.amazonaws.com", "sns.me-south-1.amazonaws.com"]}), True),
        (policy("*", by_source(TOPIC)), True),
        (policy("*", by_source(RULE, TOPIC, operator="StringLike")), True),
        (policy("*", by_source("arn:aws:*:us-west-2:*", operator="ArnLike")), True),
        (policy("*", by_source("*", operator="StringLike")), True),
        (policy("*", by_source(RULE, operator="ArnNotEquals")), True),
        (policy("*", {"StringEquals": {"aws:SourceAccount": "222222222222"}}), True),
        (policy({"AWS": ["*"]}), True),
        (policy("*", action="SQS:*"), True),
        (policy(SNS, action=["sqs:Send*"]), True),
        (json.dumps({"Statement": {"Effect": "Allow", "NotPrincipal": EVENTS, "NotAction": "sqs:Tag*"}}), True),
        (json.dumps({"Statement": ["?"]}), True),
        ("{", True),
        ("[]", True),
    ],
)
def test_whether_a_policy_lets_topics_in(said: str, lets_in: bool) -> None:
    """By name, as anybody, by a condition; what cannot be read may."""
    assert lets_topics_in(said) is lets_in
