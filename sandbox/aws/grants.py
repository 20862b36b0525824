"""What a resource's own policy lets a service of AWS, or another account, do with it.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "AWS global condition context keys".
"""

from collections.abc import Mapping
from typing import Any

from sandbox.aws.policies import Act, Context, Verdict, as_list, judge, parsed


def lets_service(policy: str | None, act: tuple[str, str], service: str, source: Mapping[str, str]) -> bool:
    """Whether `service` (as `events.amazonaws.com`) may do (action, resource); `source` says on whose behalf.

    `source` has `arn` and `account`, as the condition keys aws:SourceArn, aws:SourceAccount and AWS:SourceOwner.
    """
    context = {"aws:sourcearn": source["arn"], "aws:sourceaccount": source["account"]}
    owner = {"aws:sourceowner": source["account"]}

    def concerns(statement: Mapping[str, Any]) -> bool:
        principal = statement.get("Principal")
        if isinstance(principal, dict) and service in as_list(principal.get("Service", [])):
            return True
        return _everybody(principal)

    return _allowed(policy, act, context | owner, concerns)


def lets_account(policy: str | None, act: tuple[str, str], account: str, org_id: str) -> bool:
    """Whether another account, as a whole, may do (action, resource)."""
    context = {"aws:principalaccount": account, "aws:principalorgid": org_id}

    def concerns(statement: Mapping[str, Any]) -> bool:
        principal = statement.get("Principal")
        named = as_list(principal.get("AWS", [])) if isinstance(principal, dict) else []
        return _everybody(principal) or bool({account, f"arn:aws:iam::{account}:root"} & set(named))

    return _allowed(policy, act, context, concerns)


def _everybody(principal: Any) -> bool:
    return principal == "*" or (isinstance(principal, dict) and "*" in as_list(principal.get("AWS", [])))


def _allowed(policy: str | None, act: tuple[str, str], context: Context, concerns: Any) -> bool:
    documents = [parsed(policy)] if policy else []
    return judge(documents, Act(*act, context), concerns) is Verdict.ALLOW
