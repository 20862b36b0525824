"""Who may do what: identity policies kept in IAM, session policies, permissions boundaries and bucket policies.

Source: IAM User Guide, "Policy evaluation logic" and "Troubleshoot access denied error messages".
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.aws import behind
from sandbox.aws.accounts import Principal
from sandbox.aws.actions import action_of, further, resource_of
from sandbox.aws.errors import AwsError
from sandbox.aws.policies import Act, Context, Document, Verdict, as_list, judge, parsed

FREE = frozenset({"sts:GetCallerIdentity", "sts:GetAccessKeyInfo", "sts:GetSessionToken"})
"""Calls that need no permission (STS API: "No permissions are required")."""

THEIR_OWN_JUDGES = frozenset({"athena", "glue"})
"""They alone know what a call is about: a query's id does not say its work group, one table needs three rights."""


class Authoriser:
    """Decides each call that is not an administrator's in their own account."""

    def __init__(self, org_id: str) -> None:
        self._org_id = org_id

    def context(self, principal: Principal, region: str, params: Mapping[str, Any]) -> Context:
        """The condition keys of a request, in lower case."""
        found: dict[str, str | tuple[str, ...]] = {
            "aws:principalarn": principal.principal_arn,
            "aws:principalaccount": principal.account,
            "aws:principalorgid": self._org_id,
            "aws:principaltype": "AssumedRole" if principal.role_arn else "User",
            "aws:userid": principal.user_id,
            "aws:requestedregion": region,
        }
        if principal.user_name:
            found["aws:username"] = principal.user_name
        if principal.source_identity:
            found["aws:sourceidentity"] = principal.source_identity
        found.update({f"aws:principaltag/{key.lower()}": value for key, value in principal.tags.items()})
        found.update({f"s3:{name.lower()}": str(params[name]) for name in ("Prefix", "Delimiter") if name in params})
        return found

    def check(self, principal: Principal, service: str, operation: str, region: str, params: Mapping[str, Any]) -> None:
        """Raises AwsError when the call is not allowed. Some services judge their calls themselves."""
        action = action_of(service, operation)
        if action in FREE or action == "sts:AssumeRole" or service in THEIR_OWN_JUDGES:
            return
        what = (service, operation, params, principal.account, region)
        resource = resource_of(*what)
        act = Act(action, resource, self.context(principal, region, params))
        if service == "s3" and "Bucket" in params:
            _check_bucket(principal, act, str(params["Bucket"]))
            if source := params.get("CopySource"):
                bucket, _, _ = str(source).partition("/")
                _check_bucket(principal, Act("s3:GetObject", f"arn:aws:s3:::{source}", act.context), bucket)
        else:
            for one in (act, *(Act(*asked, act.context) for asked in further(*what))):
                require(principal, one, service)


def require(principal: Principal, act: Act, service: str) -> None:
    """Raises AwsError unless the principal's own policies allow the act."""
    if (reason := refusal_reason(principal, act)) is not None:
        raise denied(principal, act, service, reason)


def refusal_reason(principal: Principal, act: Act) -> str | None:
    """Why the principal's own policies do not allow it, in AWS's words; None when they do."""
    if principal.administrator:
        return None
    layers = [("identity-based policy", identity_documents(principal)), *_limits(principal)]
    verdicts = [(name, judge(documents, act)) for name, documents in layers]
    for name, verdict in verdicts:
        if verdict is Verdict.DENY:
            return f"with an explicit deny in {'an' if name[0] in 'aeiou' else 'a'} {name}"
    for name, verdict in verdicts:
        if verdict is Verdict.SILENT:
            return f"because no {name} allows the {act.action} action"
    return None


def denied(principal: Principal, act: Act, service: str, reason: str = "") -> AwsError:
    """Access denied in the words and under the code that the service uses."""
    quoted = f'"{act.resource}"' if service == "s3" else act.resource
    message = f"User: {principal.arn} is not authorized to perform: {act.action} on resource: {quoted}"
    message = f"{message} {reason}" if reason else message
    if service in {"s3", "iam", "sts", "cloudwatch"}:
        return AwsError("AccessDenied", message, 403)
    return AwsError("AccessDeniedException", message, 403 if service == "oam" else 400)


def identity_documents(principal: Principal) -> list[Document]:
    """Inline and attached policies of the role or user (and the user's groups); none when it is gone."""
    with behind.LOCK:
        holders = _holders(principal)
        texts = [text for holder in holders for text in _texts(holder)]
    return [parsed(text) for text in texts]


def _holders(principal: Principal) -> list[Any]:
    backend = behind.iam(principal.account)
    if principal.role_arn:
        return [role for role in backend.get_roles() if role.arn == principal.role_arn]
    user = backend.users.get(principal.user_name or "")
    if user is None:
        return []
    return [user, *(group for group in backend.groups.values() if user in group.users)]


def _texts(holder: Any) -> Iterable[str]:
    yield from holder.policies.values()
    yield from (behind.document(policy) for policy in holder.managed_policies.values())


def _limits(principal: Principal) -> list[tuple[str, list[Document]]]:
    """What intersects with the identity policies: session policy and permissions boundary, where there are any."""
    limits = []
    if principal.session_policies:
        limits.append(("session policy", [parsed(text) for text in principal.session_policies]))
    with behind.LOCK:
        boundaries = [getattr(holder, "permissions_boundary_arn", None) for holder in _holders(principal)]
        for arn in filter(None, boundaries):
            held = behind.iam(principal.account).managed_policies.get(arn)
            limits.append(("permissions boundary", [parsed(behind.document(held))] if held else []))
    return limits


def _bucket_policy(bucket: str) -> tuple[str | None, list[Document]]:
    """(the bucket's owner, its policy)."""
    with behind.LOCK:
        owner = behind.bucket_owner(bucket)
        policy = behind.s3(owner).get_bucket(bucket).policy if owner else None
    return owner, [parsed(policy.decode())] if policy else []


def _check_bucket(principal: Principal, act: Act, bucket: str) -> None:
    """Within an account either policy may allow; across accounts both must (S3: "How Amazon S3 authorizes")."""
    owner, documents = _bucket_policy(bucket)
    said = judge(documents, act, lambda statement: names(statement.get("Principal"), principal))
    if said is Verdict.DENY:
        raise denied(principal, act, "s3", "with an explicit deny in a resource-based policy")
    if said is Verdict.SILENT and owner not in {None, principal.account}:
        raise denied(principal, act, "s3", f"because no resource-based policy allows the {act.action} action")
    own = refusal_reason(principal, act)
    if own and ("explicit deny" in own or said is Verdict.SILENT or owner != principal.account):
        raise denied(principal, act, "s3", own)


def names(principal_element: Any, principal: Principal) -> bool:
    """Whether a policy's Principal element is this caller: by `*`, account, user, role or session."""
    if principal_element == "*":
        return True
    wanted = as_list(principal_element.get("AWS", [])) if isinstance(principal_element, dict) else []
    accepted = {
        "*",
        principal.account,
        f"arn:aws:iam::{principal.account}:root",
        principal.arn,
        principal.principal_arn,
    }
    return any(item in accepted for item in wanted)
