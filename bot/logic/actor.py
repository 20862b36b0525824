"""Who is behind a call: one ladder, once for records that were fetched, once as SQL for those that Athena reads.

Source identity, Identity Center user, session name, IAM user, root, service (userIdentity element, CloudTrail User
Guide). A session whose name no person chose is a shared role's: whoever used it cannot be told.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from bot.model.trail import Actor, KnownBy

NAMELESS: Final = (
    r"^(SageMaker|sagemaker|AWSCLI-Session|botocore-session-[0-9]+|aws-sdk-[a-z0-9]+-[0-9]+|aws-go-sdk-[0-9]+"
    r"|i-[0-9a-f]{8,17}|[0-9a-f]{32}|[0-9]{10,19}|AutoScaling|StepFunctions|ecs-[0-9a-f]{8,64})$"
)
"""Session names that SDKs and services make up: `SageMaker` is every Studio user's of an execution role."""
CENTER: Final = "AWSReservedSSO_"
"""How roles of Identity Center's permission sets begin; their sessions bear the user's name (IAM Identity Center)."""
SOURCE_IDENTITY: Final = "useridentity.sessioncontext.sourceidentity"
ON_BEHALF: Final = "useridentity.onbehalfof.userid"


def actor(identity: Mapping[str, Any], bot_role: str) -> Actor:
    """Of a record's `userIdentity`; `bot_role` is the role that this bot acts with for somebody."""
    arn = str(identity.get("arn") or "")
    parts = arn.split("/")
    assumed = ":assumed-role/" in arn
    role = parts[1] if assumed else ""
    session = parts[-1] if len(parts) > 1 and (assumed or ":federated-user/" in arn) else ""
    name, known_by = _named(identity, role, session)
    if known_by is KnownBy.SOURCE_IDENTITY and role == bot_role:
        known_by = KnownBy.THIS_BOT
    return Actor(name, known_by, role, session)


def _named(identity: Mapping[str, Any], role: str, session: str) -> tuple[str, KnownBy]:
    steps = (
        (_inner(identity, "sessionContext", "sourceIdentity"), KnownBy.SOURCE_IDENTITY),
        (session if role.startswith(CENTER) else "", KnownBy.IDENTITY_CENTER),
        (_inner(identity, "onBehalfOf", "userId"), KnownBy.IDENTITY_CENTER),
        (role if session and re.search(NAMELESS, session) else "", KnownBy.SHARED_ROLE),
        (session, KnownBy.SESSION_NAME),
        (*_by_type(identity),),
        (str(identity.get("invokedBy") or ""), KnownBy.SERVICE),
    )
    return next(((name, how) for name, how in steps if name), ("unknown", KnownBy.UNKNOWN))


def _by_type(identity: Mapping[str, Any]) -> tuple[str, KnownBy]:
    user, account = str(identity.get("userName") or ""), str(identity.get("accountId") or "")
    match identity.get("type"):
        case "IAMUser":
            return user, KnownBy.IAM_USER
        case "SAMLUser" | "WebIdentityUser":
            return user, KnownBy.SESSION_NAME
        case "Root":
            return "root", KnownBy.ROOT
        case "AWSAccount":
            return account, KnownBy.ACCOUNT
        case _:
            return "", KnownBy.UNKNOWN


def _inner(identity: Mapping[str, Any], outer: str, inner: str) -> str:
    found = identity.get(outer)
    return str(found.get(inner) or "") if isinstance(found, Mapping) else ""


def identity_columns(has: Collection[str]) -> str:
    """SELECT items that the two below build on; a field that the table lacks (`has` are its paths) is NULL."""
    source = _blank(SOURCE_IDENTITY) if SOURCE_IDENTITY in has else "CAST(NULL AS varchar)"
    behalf = _blank(ON_BEHALF) if ON_BEHALF in has else "CAST(NULL AS varchar)"
    assumed = "useridentity.arn LIKE '%:assumed-role/%'"
    return (
        f"{source} AS source_identity, {behalf} AS on_behalf_of, "
        f"CASE WHEN {assumed} THEN split_part(useridentity.arn, '/', 2) END AS role_name, "
        f"CASE WHEN {assumed} THEN split_part(useridentity.arn, '/', 3) "
        "WHEN useridentity.arn LIKE '%:federated-user/%' THEN split_part(useridentity.arn, '/', 2) END AS session_name"
    )


def _blank(column: str) -> str:
    return f"nullif({column}, '')"


_STEPS: Final = (
    ("source_identity IS NOT NULL", "source_identity", KnownBy.SOURCE_IDENTITY),
    (f"role_name LIKE '{CENTER.replace('_', '$_')}%' ESCAPE '$'", "session_name", KnownBy.IDENTITY_CENTER),
    ("on_behalf_of IS NOT NULL", "on_behalf_of", KnownBy.IDENTITY_CENTER),
    (f"role_name IS NOT NULL AND regexp_like(session_name, '{NAMELESS}')", "role_name", KnownBy.SHARED_ROLE),
    ("session_name IS NOT NULL", "session_name", KnownBy.SESSION_NAME),
    ("useridentity.type = 'IAMUser' AND useridentity.username <> ''", "useridentity.username", KnownBy.IAM_USER),
    (
        "useridentity.type IN ('SAMLUser', 'WebIdentityUser') AND useridentity.username <> ''",
        "useridentity.username",
        KnownBy.SESSION_NAME,
    ),
    ("useridentity.type = 'Root'", "'root'", KnownBy.ROOT),
    ("useridentity.type = 'AWSAccount' AND useridentity.accountid <> ''", "useridentity.accountid", KnownBy.ACCOUNT),
    ("useridentity.invokedby <> ''", "useridentity.invokedby", KnownBy.SERVICE),
)


def actor_columns(bot_role: str) -> str:
    """`actor` and `known_by`, over the columns of `identity_columns`; `bot_role` as a literal."""
    names = " ".join(f"WHEN {when} THEN {name}" for when, name, _ in _STEPS)
    hows = " ".join(f"WHEN {when} THEN '{how.value}'" for when, _, how in _STEPS)
    hows = f"WHEN source_identity IS NOT NULL AND role_name = {bot_role} THEN '{KnownBy.THIS_BOT.value}' {hows}"
    return f"CASE {names} ELSE 'unknown' END AS actor, CASE {hows} ELSE '{KnownBy.UNKNOWN.value}' END AS known_by"
