"""Tokens of names, which SEARCH's unquoted words match.

Source: CloudWatch user guide, "CloudWatch search expression syntax": tokenization, partial matches, non-alphanumeric
characters. A name is cut at camel case, at numbers and at what is neither; matching one token ignores case, matching
several in a row does not, unless what is neither letter nor digit stands between them in the search.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_RUN = re.compile(r"[^\W_]+")
_TOKEN = re.compile(r"[A-Z]+(?=[A-Z][^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One token of a search: in lower case to match any case."""

    text: str
    any_case: bool


@lru_cache(maxsize=1 << 16)
def tokens(name: str) -> tuple[str, ...]:
    """`SDBFailure` → SDB, Failure; `Project2-trial333` → Project, 2, trial, 333."""
    return tuple(_TOKEN.findall(name))


@lru_cache(maxsize=1 << 16)
def whole(name: str) -> str:
    """The token of all of a name: `Project2-trial333` → project2trial333."""
    return "".join(_RUN.findall(name)).lower()


def wanted(term: str) -> tuple[Wanted, ...]:
    """The tokens that must follow one another in a name; none for a term without letter or digit."""
    found: list[Wanted] = []
    for run in _RUN.findall(term):
        parts = _TOKEN.findall(run)
        found += [Wanted(part.lower() if len(parts) == 1 else part, len(parts) == 1) for part in parts]
    return tuple(found)


def matches(sought: tuple[Wanted, ...], entire: str, name: str) -> bool:
    """Whether a name has these tokens in a row, or is `entire` altogether (in lower case)."""
    if entire and whole(name) == entire:
        return True
    own = tokens(name)
    return any(
        all(_same(one, own[start + at]) for at, one in enumerate(sought))
        for start in range(len(own) - len(sought) + 1)
        if sought
    )


def _same(sought: Wanted, token: str) -> bool:
    return (token.lower() if sought.any_case else token) == sought.text
