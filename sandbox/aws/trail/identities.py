"""`userIdentity`: who called, in the forms that CloudTrail has for it.

Source: CloudTrail User Guide, "CloudTrail userIdentity element"; IAM User Guide, "Logging IAM and AWS STS API calls"
(the same call seen by the account that owns a role).
"""

from datetime import UTC, datetime
from typing import Any

from sandbox.aws.accounts import Principal

Identity = dict[str, Any]


def stamp(at: datetime) -> str:
    """As `2026-11-20T09:14:00Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def of(principal: Principal) -> Identity:
    """An IAM user's, or that of a role's session with who issued it and since when it is."""
    found: Identity = {
        "type": "AssumedRole" if principal.role_arn else "IAMUser",
        "principalId": principal.user_id,
        "arn": principal.arn,
        "accountId": principal.account,
        "accessKeyId": principal.access_key_id,
    }
    if principal.role_arn is None:
        return {**found, "userName": principal.user_name}
    found["sessionContext"] = _session(principal)
    if principal.on_behalf_of:
        found["onBehalfOf"] = dict(principal.on_behalf_of)
    if principal.invoked_by:
        found["invokedBy"] = principal.invoked_by
    return found


def _session(principal: Principal) -> Identity:
    role_arn = str(principal.role_arn)
    context: Identity = {
        "sessionIssuer": {
            "type": "Role",
            "principalId": principal.user_id.partition(":")[0],
            "arn": role_arn,
            "accountId": principal.account,
            "userName": role_arn.rpartition("/")[2],
        },
        "attributes": {
            "creationDate": stamp(principal.created_at) if principal.created_at else "",
            "mfaAuthenticated": "true" if principal.mfa else "false",
        },
    }
    if principal.source_identity:
        context["sourceIdentity"] = principal.source_identity
    return context


def root(account: str, created_at: datetime, *, mfa: bool = False) -> Identity:
    """The account's root user in the console."""
    attributes = {"creationDate": stamp(created_at), "mfaAuthenticated": "true" if mfa else "false"}
    return {
        "type": "Root",
        "principalId": account,
        "arn": f"arn:aws:iam::{account}:root",
        "accountId": account,
        "accessKeyId": "",
        "sessionContext": {"attributes": attributes},
    }


def service(name: str) -> Identity:
    """A service of AWS, by its principal's name."""
    return {"type": "AWSService", "invokedBy": name}


def saml(provider: str, user: str) -> Identity:
    """Somebody who signs in through an identity provider, as Identity Center does for its users."""
    return {"type": "SAMLUser", "principalId": f"{provider}:{user}", "userName": user, "identityProvider": provider}


def center(account: str, user_id: str, store_arn: str) -> Identity:
    """An Identity Center user at the access portal; `account` has the Identity Center instance."""
    return {
        "type": "IdentityCenterUser",
        "accountId": account,
        "onBehalfOf": {"userId": user_id, "identityStoreArn": store_arn},
    }


def another_account(caller: Identity) -> Identity:
    """The caller as the account sees it whose role or bucket was used: no name, no ARN."""
    return {"type": "AWSAccount", "principalId": caller["principalId"], "accountId": caller["accountId"]}
