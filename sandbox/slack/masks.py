"""Secrets are taken out of whatever is kept for people to read: by their names, by their forms, by their values."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Any

MASK = "…"
SHORTEST = 16
"""Characters; a shorter value is no secret, and hiding it would blot out words."""

_NAMES = frozenset(
    {"token", "bottoken", "apptoken", "accesstoken", "refreshtoken", "idtoken", "sessiontoken", "awssessiontoken"}
    | {"authorization", "proxyauthorization", "cookie", "setcookie", "xslacksignature", "xamzsecuritytoken"}
    | {"password", "secret", "clientsecret", "signingsecret", "secretkey", "secretaccesskey", "awssecretaccesskey"}
    | {"apikey", "privatekey", "securitytoken"}
)
"""Of members and headers, without case, dashes and underscores. Tokens of paging are none of these."""

_IS = r"\\*[\"']?\s*[:=>]\s*\\*[\"']?"
_VALUE = r"[^\s\"'<>,&{}\\]+"
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kept)
    for pattern, kept in (
        (r"\b(xox[a-z]|xapp|xwfp)-[\w.%-]+", rf"\1-{MASK}"),
        (r"\bv0=[0-9a-f]{16,}", f"v0={MASK}"),
        (r"\b(A[SK]IA)[0-9A-Z]{16}\b", rf"\1{MASK}"),
        (r"\bAWS4-HMAC-SHA256\s+Credential=[^\"<>]+", f"AWS4-HMAC-SHA256 {MASK}"),
        (r"\b(Bearer|Basic)\s+[\w.~+/=%-]{8,}", rf"\1 {MASK}"),
        (r"\b(X-Amz-Signature|X-Amz-Security-Token|X-Amz-Credential|ticket|token)=[^&\s\"'<>]+", rf"\1={MASK}"),
        (rf"(secret_?access_?key|session_?token|signing_?secret)({_IS}){_VALUE}", rf"\1\2{MASK}"),
        (rf"(\btoken\\*[\"']\s*:\s*\\*[\"']){_VALUE}", rf"\1{MASK}"),
        (r"(/actions/[\w-]{6})[\w-]+", rf"\1{MASK}"),
    )
)
"""Of tokens, signatures, keys and addresses that are worth as much as a token, with what stays of them."""
_HINTS = (
    "xox",
    "xapp-",
    "xwfp-",
    "v0=",
    "akia",
    "asia",
    "aws4-",
    "bearer",
    "basic",
    "token",
    "x-amz-",
    "ticket=",
    "secret",
    "/actions/",
)
"""One of these, in lower case, stands in whatever has such a form: most texts need no closer look."""


class Masks:
    """Hides what looks like a secret, and the values it was told of."""

    def __init__(self, *values: str) -> None:
        self._values: frozenset[str] = frozenset()
        self.hide(*values)

    def hide(self, *values: str) -> None:
        """Hide these values too from now on, wherever they stand."""
        self._values |= {value for value in values if len(value) >= SHORTEST}

    def text(self, text: str) -> str:
        """A text without its secrets."""
        lower = text.lower()
        for pattern, kept in _FORMS if any(hint in lower for hint in _HINTS) else ():
            text = pattern.sub(kept, text)
        for value in self._values:
            text = text.replace(value, MASK)
        return text

    def value(self, value: Any) -> Any:
        """A copy of a value as JSON can hold it, without its secrets."""
        match value:
            case Mapping():
                return {self.text(str(name)): self._member(str(name), item) for name, item in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self.value(item) for item in value]
            case None | bool() | int():
                return value
            case _:
                return value if isinstance(value, float) and isfinite(value) else self.text(_written(value))

    def _member(self, name: str, item: Any) -> Any:
        return MASK if item and not isinstance(item, bool) and _is_secret(name) else self.value(item)


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    return re.sub(r"[-_\s]", "", name).lower() in _NAMES


def _written(value: Any) -> str:
    """What JSON has no form for."""
    if isinstance(value, datetime):
        return value.isoformat()
    return f"({len(value):,} bytes)" if isinstance(value, bytes) else str(value)
