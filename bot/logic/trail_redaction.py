"""A record for people: its members by path, secrets taken out."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

REMOVED: Final = "removed by Sagewatch"
MOST_CHARS: Final = 600
"""Of a value: policies and scripts are long."""
_SECRET_NAME: Final = re.compile(
    r"passw|secret|token|credential|authori[sz]|private.?key|signature|presigned|plaintext|api.?key|cookie|otp"
    r"|^content$|^script$|connection.?string",
    re.IGNORECASE,
)
_ENVIRONMENT: Final = re.compile(r"^(environment|env|environmentvariables|variables)$", re.IGNORECASE)
_SECRET_VALUE: Final = re.compile(
    r"X-Amz-(Signature|Security-Token|Credential)=|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}|\bxox[abeprs]-|\bgh[opsu]_[A-Za-z0-9]{20,}|//[^/\s:@]+:[^/\s@]+@",
    re.IGNORECASE,
)
"""Signed addresses, private keys, JSON web tokens, tokens of Slack and GitHub, addresses with a password."""


def members(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(path, text) of every value, in the record's order; empty ones are left out."""
    for path, value in _flat("", body, secret=False):
        text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
        if text:
            yield path, text if len(text) <= MOST_CHARS else f"{text[: MOST_CHARS - 1]}…"


def _flat(path: str, value: Any, *, secret: bool) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            hidden = secret or bool(_SECRET_NAME.search(str(name)))
            # Of an environment the names tell something, the values are nobody's business.
            inside = hidden or bool(_ENVIRONMENT.match(path.rpartition(".")[2]))
            yield from _flat(f"{path}.{name}" if path else str(name), inner, secret=inside)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _flat(f"{path}[{number}]", inner, secret=secret)
    elif value is not None:
        yield path, _shown(value, secret=secret)


def _shown(value: Any, *, secret: bool) -> Any:
    if isinstance(value, bool):
        return value
    return REMOVED if secret or (isinstance(value, str) and _SECRET_VALUE.search(value)) else value
