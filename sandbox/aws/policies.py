"""IAM policy evaluation, pure: what a set of policy documents says about one request.

As the IAM User Guide's "Policy evaluation logic" has it: an explicit deny wins, then an allow, else silence. Where a
condition uses an operator or key that is not known here, an Allow does not apply and a Deny does: the stricter.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import Any

Context = Mapping[str, str | tuple[str, ...]]
"""Condition keys in lower case and their values; a key that the request does not have is absent."""

Document = Mapping[str, Any]


class Verdict(Enum):
    """What documents say together."""

    ALLOW = "allow"
    DENY = "deny"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Act:
    """What is asked for: `sagemaker:ListModels` on an ARN (or `*` where the action has no resource)."""

    action: str
    resource: str
    context: Context


Concerns = Callable[[Mapping[str, Any]], bool]
"""Whether a statement's Principal is the caller."""


def _everybody(_: Mapping[str, Any]) -> bool:
    """An identity policy has no Principal: it concerns whoever it hangs on."""
    return True


def judge(documents: Iterable[Document], act: Act, concerns: Concerns = _everybody) -> Verdict:
    """The verdict of all documents together; `concerns` looks at the Principal of resource policies."""
    verdict = Verdict.SILENT
    for statement in (statement for document in documents for statement in _statements(document)):
        denies = statement.get("Effect") == "Deny"
        if not (concerns(statement) and _covers(statement, act) and _holds(statement, act.context, unknown=denies)):
            continue
        if denies:
            return Verdict.DENY
        if statement.get("Effect") == "Allow":
            verdict = Verdict.ALLOW
    return verdict


@lru_cache(maxsize=512)
def parsed(text: str) -> Document:
    """A policy document from its JSON. Raises ValueError when it is none."""
    document = json.loads(text)
    if not isinstance(document, dict) or "Statement" not in document:
        raise ValueError("a policy document needs a Statement")
    return document


def as_list(value: Any) -> list[Any]:
    """IAM writes one thing bare and many in a list."""
    return value if isinstance(value, list) else [value]


def _statements(document: Document) -> list[Mapping[str, Any]]:
    return as_list(document["Statement"])


def _covers(statement: Mapping[str, Any], act: Act) -> bool:
    """Action and Resource, or their Not- forms; a resource policy may leave Resource out (a trust policy does)."""
    if "NotAction" in statement:
        if any(like(pattern.lower(), act.action.lower()) for pattern in as_list(statement["NotAction"])):
            return False
    elif not any(like(pattern.lower(), act.action.lower()) for pattern in as_list(statement.get("Action", []))):
        return False
    if "NotResource" in statement:
        return not any(like_arn(pattern, act.resource) for pattern in as_list(statement["NotResource"]))
    return "Resource" not in statement or any(
        like_arn(pattern, act.resource) for pattern in as_list(statement["Resource"])
    )


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """`*` any text, `?` one character, everything else itself."""
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def like(pattern: str, value: str) -> bool:
    """IAM's wildcards over the whole value."""
    return _pattern(pattern).fullmatch(value) is not None


def like_arn(pattern: str, value: str) -> bool:
    """IAM's wildcards within each of an ARN's six parts; only in the last may they run over a colon."""
    if pattern == "*":
        return True
    wanted, given = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(given) and all(like(part, found) for part, found in zip(wanted, given, strict=True))


def _holds(statement: Mapping[str, Any], context: Context, *, unknown: bool) -> bool:
    """All conditions; `unknown` is what an operator that is not known here counts as."""
    return all(
        _condition(operator, key, [str(value) for value in _texts(values)], context, unknown=unknown)
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def _texts(values: Any) -> list[str]:
    """Booleans in conditions may be written bare."""
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in as_list(values)]


_TESTS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (lambda wanted, value: wanted == value, False),
    "StringNotEquals": (lambda wanted, value: wanted == value, True),
    "StringEqualsIgnoreCase": (lambda wanted, value: wanted.lower() == value.lower(), False),
    "StringLike": (like, False),
    "StringNotLike": (like, True),
    "ArnEquals": (like_arn, False),
    "ArnLike": (like_arn, False),
    "ArnNotEquals": (like_arn, True),
    "ArnNotLike": (like_arn, True),
    "Bool": (lambda wanted, value: wanted.lower() == value.lower(), False),
}
"""Operator to (test of one wanted value, whether the result is turned round)."""


def _condition(operator: str, key: str, wanted: list[str], context: Context, *, unknown: bool) -> bool:
    """One operator on one key (IAM User Guide: "Condition operators", "Multivalued context keys")."""
    quantifier, _, plain = operator.rpartition(":")
    name = plain.removesuffix("IfExists")
    value = context.get(key.lower())
    if name == "Null":
        return all((value is None) == (text == "true") for text in wanted)
    if name not in _TESTS:
        return unknown
    test, negated = _TESTS[name]
    if value is None:
        return _absent(quantifier, if_exists=plain.endswith("IfExists"), negated=negated, known=key, unknown=unknown)
    values = (value,) if isinstance(value, str) else value
    met = [any(test(text, item) for text in wanted) is not negated for item in values]
    return any(met) if quantifier == "ForAnyValue" else all(met)


_KEYS = re.compile(
    r"aws:(principal(arn|account|orgid|type|tag/.+)|source(arn|account|owner)|requestedregion|sourceidentity|userid|username|resourceaccount)"
    r"|sts:(externalid|rolesessionname|sourceidentity|transitivetagkeys)|aws:(requesttag/.+|tagkeys)"
    r"|oam:resourcetypes|s3:(prefix|delimiter)"
)
"""Condition keys that are filled in when a request has them; any other is not known here."""


def _absent(quantifier: str, *, if_exists: bool, negated: bool, known: str, unknown: bool) -> bool:
    """A key that the request lacks: negated operators, …IfExists and ForAllValues are true of it, others are not."""
    if not _KEYS.fullmatch(known.lower()):
        return unknown
    return if_exists or (negated and quantifier != "ForAnyValue") or quantifier == "ForAllValues"
