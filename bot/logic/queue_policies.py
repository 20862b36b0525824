"""Whether a queue's policy lets topics put messages in. What cannot be judged surely counts as letting them in.

IAM User Guide: "IAM JSON policy elements reference"; Amazon SNS Developer Guide: "Subscribing an Amazon SQS queue to an
Amazon SNS topic", which lets the principal `sns.amazonaws.com` in (of an opt-in Region `sns.<Region>.amazonaws.com`).
"""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

_SEND: Final = "sqs:sendmessage"
_BY_SOURCE: Final = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})
"""Operators that let nothing in but what they name; `aws:SourceArn` is what a service sends for."""


def lets_topics_in(policy: str) -> bool:
    """By the policy as `sqs:GetQueueAttributes` tells it; empty where there is none, which lets no service in."""
    if not policy:
        return False
    try:
        said = json.loads(policy)
    except ValueError:
        return True
    return any(map(_lets_in, _each(said.get("Statement")))) if isinstance(said, dict) else True


def _lets_in(statement: object) -> bool:
    """A statement that denies takes nothing from another here."""
    if not isinstance(statement, dict):
        return True
    return (
        statement.get("Effect") != "Deny" and _sends(statement) and _to_topics(statement) and not _narrowed(statement)
    )


def _sends(statement: Mapping[str, Any]) -> bool:
    return "Action" not in statement or any(
        fnmatchcase(_SEND, str(action).lower()) for action in _each(statement["Action"])
    )


def _to_topics(statement: Mapping[str, Any]) -> bool:
    """Whether it names SNS, or anybody."""
    principal = statement.get("Principal", "*")
    if not isinstance(principal, dict):
        return bool(principal == "*")
    services = (str(one) for one in _each(principal.get("Service")))
    return "*" in _each(principal.get("AWS")) or any(one == "*" or one.startswith("sns.") for one in services)


def _narrowed(statement: Mapping[str, Any]) -> bool:
    """Whether a condition names what else it is for, such as a rule of EventBridge."""
    conditions = statement.get("Condition")
    if not isinstance(conditions, dict):
        return False
    named = (
        list(_each(arns))
        for operator, keys in conditions.items()
        if operator.lower() in _BY_SOURCE and isinstance(keys, dict)
        for key, arns in keys.items()
        if key.lower() == "aws:sourcearn"
    )
    return any(arns and all(map(_of_another, arns)) for arns in named)


def _of_another(arn: object) -> bool:
    """Whether an ARN is surely of another service than SNS."""
    service = (*str(arn).split(":"), "*", "*", "*")[2]
    return service != "sns" and not {"*", "?"} & set(service)


def _each(said: object) -> Iterator[object]:
    """One or a list."""
    if said is not None:
        yield from said if isinstance(said, list) else [said]
