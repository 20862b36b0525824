"""Access keys and whose they are: administrators' static ones, IAM users', and the temporary ones that STS gave out.

The signature itself is not computed again: a key that exists, and for a temporary one its token, is enough here.
"""

import hashlib
import hmac
import itertools
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock

from sandbox.aws import behind
from sandbox.aws.accounts import CloudAccount, Principal
from sandbox.aws.errors import AwsError

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ADMINISTRATOR = "administrator"
"""The IAM user whose static keys an account has; a root user could not assume roles (STS API: AssumeRole)."""


@dataclass(frozen=True, slots=True)
class TemporaryKey:
    """What AssumeRole hands out; `expires_at` is by the wall clock, which botocore and AWS both judge by."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expires_at: datetime
    principal: Principal


class Keys:
    """Every key of the organisation."""

    def __init__(self, accounts: Mapping[str, CloudAccount]) -> None:
        self._administrators = {account.access_key_id: _administrator(account) for account in accounts.values()}
        self._accounts = accounts
        self._temporary: dict[str, TemporaryKey] = {}
        self._lock = Lock()

    def principal(self, key_id: str, token: str | None, protocol: str, service: str) -> Principal:
        """Who has this key. Raises AwsError with the code that AWS uses in that protocol."""
        if key_id in self._administrators:
            return self._administrators[key_id]
        if key_id in self._temporary:
            return self._session(self._temporary[key_id], token, protocol, service)
        return _iam_user(key_id) or _raise(unknown_key(protocol, service))

    def account_of(self, key_id: str) -> str | None:
        """The account a key belongs to, expired or not (STS GetAccessKeyInfo)."""
        held = self._administrators.get(key_id) or getattr(self._temporary.get(key_id), "principal", None)
        if held is not None:
            return str(held.account)
        found = behind.access_key(key_id)
        return found[0] if found else None

    def issue(self, principal: Principal, expires_at: datetime) -> TemporaryKey:
        """New temporary credentials for a session; the principal's key id is set to theirs.

        The id follows from the session, so that a story told again has the same; secret and token do not.
        """
        with self._lock:
            key_id = next(each for each in _ids(principal) if each not in self._temporary)
            key = TemporaryKey(
                access_key_id=key_id,
                secret_access_key=secrets.token_urlsafe(30),
                session_token=secrets.token_urlsafe(180),
                expires_at=expires_at,
                principal=replace(principal, access_key_id=key_id),
            )
            self._temporary[key_id] = key
        return key

    def _session(self, key: TemporaryKey, token: str | None, protocol: str, service: str) -> Principal:
        if not hmac.compare_digest(token or "", key.session_token):
            raise wrong_token(protocol, service)
        if datetime.now(UTC) >= key.expires_at:
            raise expired_token(protocol, service)
        return key.principal


def _ids(principal: Principal) -> Iterator[str]:
    """The ids that a session's keys may have."""
    for number in itertools.count():
        digest = hashlib.sha256(f"{principal.arn}|{principal.created_at}|{number}".encode()).digest()
        yield "ASIA" + "".join(_ALPHABET[byte % 32] for byte in digest[:16])


def _raise(error: AwsError) -> Principal:
    raise error


def _administrator(account: CloudAccount) -> Principal:
    return Principal(
        account=account.id,
        arn=f"arn:aws:iam::{account.id}:user/{ADMINISTRATOR}",
        user_id=f"AIDA{account.id}ADMN"[:20],
        access_key_id=account.access_key_id,
        administrator=True,
        user_name=ADMINISTRATOR,
    )


def _iam_user(key_id: str) -> Principal | None:
    """A user that was made through IAM, if the key is active."""
    with behind.LOCK:
        found = behind.access_key(key_id)
        if found is None or found[1].status != "Active" or not found[1].user_name:
            return None
        account, key = found
        user = behind.iam(account).get_user(key.user_name)
        return Principal(
            account=account,
            arn=user.arn,
            # The prefix of users' ids (IAM User Guide, "IAM identifiers"), which moto's lack.
            user_id=f"AIDA{str(user.id).upper()[:17]}",
            access_key_id=key_id,
            user_name=str(key.user_name),
        )


def unknown_key(protocol: str, service: str) -> AwsError:
    """A key that nobody has, in each protocol's words (AWS docs: common errors; S3 error responses)."""
    if service == "s3":
        return AwsError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403)
    message = "The security token included in the request is invalid."
    if protocol == "query":
        return AwsError("InvalidClientTokenId", message, 403)
    return AwsError("UnrecognizedClientException", message, 403 if protocol == "rest-json" else 400)


def wrong_token(protocol: str, service: str) -> AwsError:
    """A session token that is missing or is not this key's."""
    if service == "s3":
        return AwsError("InvalidToken", "The provided token is malformed or otherwise invalid.")
    return unknown_key(protocol, service)


def expired_token(protocol: str, service: str) -> AwsError:
    """Credentials whose time is over."""
    if service == "s3":
        return AwsError("ExpiredToken", "The provided token has expired.")
    code, status = ("ExpiredToken", 403) if protocol == "query" else ("ExpiredTokenException", 400)
    return AwsError(code, "The security token included in the request is expired", status)
