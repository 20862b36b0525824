"""STS: who may become which role, and for how long.

Sources: the STS API reference (AssumeRole), and the IAM User Guide on trust policies, external ids and role chaining.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws import behind
from sandbox.aws.accounts import Principal
from sandbox.aws.authorise import Authoriser, denied, names, refusal_reason
from sandbox.aws.errors import AwsError
from sandbox.aws.keys import Keys
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.policies import Act, Context, Verdict, as_list, judge, parsed

DEFAULT_S = 3600
CHAINED_S = 3600
"""Longest session of a role that was assumed from a role (IAM User Guide: role chaining)."""
_ROLE = re.compile(r"arn:aws:iam::(\d{12}):role/(?:[\w+=,.@-]+/)*([\w+=,.@-]{1,64})")
_MOST_TAGS = 50


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a caller asks of STS."""

    caller: Principal
    role_arn: str
    session_name: str
    source_identity: str | None
    tags: Mapping[str, str]
    transitive: frozenset[str]
    context: Context

    @property
    def actions(self) -> tuple[str, ...]:
        """What the trust policy has to allow; a source identity that is inherited counts too (IAM: role chaining)."""
        actions = ["sts:AssumeRole"]
        if self.source_identity or self.caller.source_identity:
            actions.append("sts:SetSourceIdentity")
        if self.tags:
            actions.append("sts:TagSession")
        return tuple(actions)


class Sts:
    """AssumeRole, GetCallerIdentity and GetAccessKeyInfo."""

    def __init__(self, keys: Keys, authoriser: Authoriser, now: Callable[[], datetime]) -> None:
        """`now` dates sessions; they expire by the wall clock."""
        self._keys = keys
        self._authoriser = authoriser
        self._now = now

    @operation("sts", "GetCallerIdentity")
    def caller(self, request: Request) -> Values:
        """Needs no permission."""
        who = request.principal
        return {"UserId": who.user_id, "Account": who.account, "Arn": who.arn}

    @operation("sts", "GetAccessKeyInfo")
    def key_info(self, request: Request) -> Values:
        """The account of any key."""
        account = self._keys.account_of(request.params["AccessKeyId"])
        if account is None:
            raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        return {"Account": account}

    @operation("sts", "AssumeRole")
    def assume(self, request: Request) -> Values:
        """Temporary credentials, if the role's trust policy and the caller's own policies allow it."""
        wish = self._wish(request)
        role = self._trusting_role(wish)
        seconds = _seconds(request.params, role, wish.caller)
        policies = _session_policies(request.params, role.account_id)
        session = Principal(
            account=role.account_id,
            arn=f"arn:aws:sts::{role.account_id}:assumed-role/{role.name}/{wish.session_name}",
            user_id=f"{role.id}:{wish.session_name}",
            access_key_id="",
            role_arn=role.arn,
            source_identity=wish.source_identity or wish.caller.source_identity,
            tags=wish.tags,
            transitive_tags=wish.transitive,
            session_policies=policies,
            created_at=self._now(),
        )
        key = self._keys.issue(session, datetime.now(UTC) + timedelta(seconds=seconds))
        return {
            "Credentials": {
                "AccessKeyId": key.access_key_id,
                "SecretAccessKey": key.secret_access_key,
                "SessionToken": key.session_token,
                "Expiration": key.expires_at,
            },
            "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
            "PackedPolicySize": 6 if policies or wish.tags else None,
            "SourceIdentity": session.source_identity,
        }

    def _wish(self, request: Request) -> _Wish:
        """Transitive tags of the caller's session go on, and cannot be set anew (IAM User Guide: session tags)."""
        params, caller = request.params, request.principal
        inherited = {key: value for key, value in caller.tags.items() if key in caller.transitive_tags}
        given = {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}
        _refuse_bad_wish(params, caller, inherited, given)
        context: dict[str, str | tuple[str, ...]] = {
            **self._authoriser.context(caller, request.region, {}),
            "sts:rolesessionname": params["RoleSessionName"],
        }
        if "ExternalId" in params:
            context["sts:externalid"] = params["ExternalId"]
        if "SourceIdentity" in params:
            context["sts:sourceidentity"] = params["SourceIdentity"]
        if given:
            context["aws:tagkeys"] = tuple(given)
            context.update({f"aws:requesttag/{key.lower()}": value for key, value in given.items()})
        return _Wish(
            caller=caller,
            role_arn=params["RoleArn"],
            session_name=params["RoleSessionName"],
            source_identity=params.get("SourceIdentity"),
            tags={**inherited, **given},
            transitive=caller.transitive_tags | frozenset(params.get("TransitiveTagKeys", [])),
            context=context,
        )

    def _trusting_role(self, wish: _Wish) -> Any:
        """Return moto's role. One that is not there and one that does not trust look alike from outside."""
        role = _role(wish.role_arn)
        for action in wish.actions:
            act = Act(action, wish.role_arn, wish.context)
            reason = _refusal(role, wish.caller, act) if role is not None else ""
            if reason is not None:
                raise denied(wish.caller, act, "sts", reason)
        return role


def _role(arn: str) -> Any:
    found = _ROLE.fullmatch(arn)
    if not found:
        raise AwsError("ValidationError", f"{arn} is invalid")
    with behind.LOCK:
        roles = behind.iam(found[1]).get_roles()
        return next((role for role in roles if role.arn == arn), None)


def _refusal(role: Any, caller: Principal, act: Act) -> str | None:
    """None when it is allowed; otherwise why not, where AWS tells it: of a trust policy's silence it says nothing."""
    trust = parsed(role.assume_role_policy_document)
    said = judge([trust], act, lambda statement: names(statement.get("Principal"), caller))
    if said is not Verdict.ALLOW:
        return "with an explicit deny in a resource-based policy" if said is Verdict.DENY else ""
    own = refusal_reason(caller, act)
    enough = role.account_id == caller.account and _named(trust, caller)
    return own if own and ("explicit deny" in own or not enough) else None


def _named(trust: Mapping[str, Any], caller: Principal) -> bool:
    """Whether a trust policy names the caller itself rather than its account: then that is enough at home."""
    exact = {caller.arn, caller.principal_arn}
    wanted = (statement.get("Principal") for statement in as_list(trust["Statement"]))
    return any(item in exact for each in wanted if isinstance(each, dict) for item in as_list(each.get("AWS", [])))


def _refuse_bad_wish(
    params: Mapping[str, Any], caller: Principal, inherited: Mapping[str, str], given: Mapping[str, str]
) -> None:
    """What botocore's model does not say about the parameters."""
    source = params.get("SourceIdentity")
    if source and source.startswith("aws:"):
        raise AwsError("ValidationError", "SourceIdentity must not start with aws:")
    if source and caller.source_identity and source != caller.source_identity:
        raise denied(caller, Act("sts:SetSourceIdentity", params["RoleArn"], {}), "sts", "it is already set")
    if len(given) > _MOST_TAGS:
        raise AwsError("ValidationError", f"At most {_MOST_TAGS} session tags")
    if clash := sorted(inherited.keys() & given.keys()):
        raise AwsError(
            "InvalidParameterValue",
            f"One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
            f"from the calling session: {clash[0]}",
        )


def _seconds(params: Mapping[str, Any], role: Any, caller: Principal) -> int:
    """At least 900, at most the role's MaxSessionDuration, an hour when chained. Raises AwsError."""
    wanted = int(params.get("DurationSeconds") or DEFAULT_S)
    if caller.role_arn and wanted > CHAINED_S:
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        )
    if wanted > int(role.max_session_duration or DEFAULT_S):
        raise AwsError(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return wanted


def _session_policies(params: Mapping[str, Any], account: str) -> tuple[str, ...]:
    """The inline session policy and the managed ones. Raises AwsError for what is no policy."""
    texts = [params["Policy"]] if "Policy" in params else []
    with behind.LOCK:
        held = behind.iam(account).managed_policies
        for given in params.get("PolicyArns", []):
            if given.get("arn") not in held:
                raise AwsError("ValidationError", f"Session policy {given.get('arn')} is not in {account}")
            texts.append(behind.document(held[given["arn"]]))
    try:
        return tuple(text for text in texts if parsed(text))
    except ValueError:
        raise AwsError("MalformedPolicyDocument", "The session policy is not a valid policy document") from None
