"""From a call that the front has served to the event that CloudTrail makes of it."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from xml.etree import ElementTree as ET

from sandbox.aws import behind
from sandbox.aws.calls import BACKSTAGE, Call
from sandbox.aws.reading import read
from sandbox.aws.trail import identities, names
from sandbox.aws.trail.events import Event

_NOT_SERVED: Final = frozenset({"NotImplementedInSandbox", "InvalidSandboxAnswer", "RequestTimeout"})
"""Outcomes of the sandbox's own: AWS has no such call, or nothing was done."""
_NETS: Final = ("192.0.2", "198.51.100", "203.0.113")
"""Addresses for documentation (RFC 5737)."""
_S3_BODY: Final = {
    "PutBucketPolicy": ("policy", "bucketPolicy"),
    "PutBucketReplication": ("replication", "ReplicationConfiguration"),
    "PutBucketLifecycleConfiguration": ("lifecycle", "LifecycleConfiguration"),
    "PutBucketEncryption": ("encryption", "ServerSideEncryptionConfiguration"),
    "PutBucketVersioning": ("versioning", "VersioningConfiguration"),
    "CreateBucket": ("", "CreateBucketConfiguration"),
}
"""Operations whose body stands in requestParameters: its sub-resource and its name there."""


def is_recorded(call: Call) -> bool:
    """Whether a trail of management events has it."""
    served = call.principal is not None and call.error_code not in _NOT_SERVED
    return served and names.is_management(call.service, call.operation)


def as_recorded(call: Call) -> Call:
    """The call without an answer that its record will not tell of; answers can be long."""
    return call if _tells(call) or call.service == "s3" else replace(call, answer=None)


def heard(call: Call) -> Event:
    """The event of a call that is recorded. Raises ValueError for one that nobody signed."""
    if call.principal is None:
        raise ValueError(call)
    answer = _answer(call)
    failed = call.error_code or ""
    return Event(
        at=call.at,
        account=call.account,
        region=names.recorded_in(call.service, call.region),
        who=identities.of(call.principal),
        service=call.service,
        operation=call.operation,
        params=call.params,
        response=None if failed else answer,
        error_code=failed,
        error_message=str(answer.get("Error", {}).get("Message", "")) if failed else "",
        resources=_resources(call),
        extra=_extra(call),
        address=address(call.principal_arn),
        agent=_agent(call),
        request_id="" if BACKSTAGE in call.user_agent else call.request_id,
        by_hand=_s3_parameters(call) if call.service == "s3" else None,
    )


def address(principal_arn: str) -> str:
    """The address from which somebody calls, always the same: on loopback all have one."""
    number = int(hashlib.sha256(principal_arn.encode()).hexdigest()[:8], 16)
    return f"{_NETS[number % 3]}.{number // 3 % 254 + 1}"


def _agent(call: Call) -> str:
    """S3 writes it in brackets. Of the story's calls without botocore's list of features, whose order is by chance."""
    plain = call.user_agent.replace(BACKSTAGE, "").strip()
    if call.of_the_story:
        plain = re.sub(r" m/[\w,]+", "", plain)
    return f"[{plain}]" if call.service == "s3" else plain


def _tells(call: Call) -> bool:
    """Whether a record tells of the answer."""
    return bool(call.error_code) or call.service == "sts" or not names.is_read(call.operation)


def _answer(call: Call) -> dict[str, Any]:
    """What was answered, where a record tells anything of it."""
    if call.answer is None or not _tells(call) or (call.service == "s3" and not call.error_code):
        return {}
    found = read(call.service, call.operation, call.answer)
    if not isinstance(found, dict):
        return {}
    return _dated(found, call) if call.service in {"sts", "iam"} else found


def _dated(found: Any, call: Call) -> Any:
    """Times by the world's clock: credentials expire by the wall's, and moto dates by it.

    The token is another than the one that was given: whoever reads a trail must not become who it tells of.
    """
    match found:
        case dict():
            return {name: _dated(each, call) for name, each in found.items()} | _token(found, call)
        case list():
            return [_dated(each, call) for each in found]
        case datetime():
            return call.at
        case _:
            return found


def _token(found: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """What stands in the place of a token and its end."""
    if "SessionToken" not in found:
        return {}
    seconds = int(call.params.get("DurationSeconds") or 3600)
    text = b"".join(hashlib.sha512(f"{found['AccessKeyId']}{part}".encode()).digest() for part in range(5))
    return {
        "SessionToken": "IQoJb3JpZ2luX2VjE" + base64.b64encode(text).decode(),
        "Expiration": call.at + timedelta(seconds=seconds),
    }


def _resources(call: Call) -> tuple[Mapping[str, str], ...]:
    """The role that is assumed, the bucket that is worked on."""
    if call.error_code:
        return ()
    if call.service == "sts" and (arn := str(call.params.get("RoleArn") or "")):
        return ({"ARN": arn, "accountId": arn.split(":")[4], "type": "AWS::IAM::Role"},)
    if call.service == "s3" and (bucket := call.params.get("Bucket")):
        with behind.LOCK:
            owner = behind.bucket_owner(str(bucket)) or call.account
        return ({"accountId": owner, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"},)
    return ()


def _extra(call: Call) -> dict[str, Any] | None:
    """What S3 tells beside."""
    if call.service != "s3":
        return None
    return {
        "SignatureVersion": "SigV4",
        "CipherSuite": "TLS_AES_128_GCM_SHA256",
        "bytesTransferredIn": len(call.body),
        "AuthenticationMethod": "AuthHeader",
        "bytesTransferredOut": len(call.answer.body) if call.answer else 0,
    }


def _s3_parameters(call: Call) -> dict[str, Any]:
    """The bucket, the host, the sub-resource, and the document in the body."""
    host = names.host("s3", call.region)
    bucket = call.params.get("Bucket")
    found: dict[str, Any] = {"bucketName": bucket, "Host": f"{bucket}.{host}"} if bucket else {"Host": host}
    sub, member = _S3_BODY.get(call.operation, (_sub_resource(call.operation), ""))
    if sub:
        found[sub] = ""
    if member and call.body:
        found[member] = _document(call.body)
    return found


def _sub_resource(operation: str) -> str:
    """`policy` for GetBucketPolicy."""
    found = re.fullmatch(r"(?:Get|Put|Delete)Bucket(\w+?)(?:Configuration)?", operation)
    return found[1][:1].lower() + found[1][1:] if found else ""


def _document(body: bytes) -> Any:
    """A body of JSON or XML as members; empty when it is neither."""
    text = body.decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return _element(ET.fromstring(text))  # noqa: S314  # the sandbox's own callers wrote it
    except ET.ParseError:
        return {}


def _element(found: ET.Element) -> Any:
    """Children by name, many of one name as a list."""
    if not len(found):
        return found.text or ""
    members: dict[str, Any] = {}
    for child in found:
        name, value = child.tag.rpartition("}")[2], _element(child)
        if name in members:
            before = members[name]
            members[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            members[name] = value
    return members
