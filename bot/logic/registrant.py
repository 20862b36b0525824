"""Whether somebody registered a model package: pure, and careful in both directions.

A name that may be theirs keeps a person from deciding; only an address that AWS or an identity provider set, and that
Slack knows as a colleague's, shows that it was somebody else. What lies between needs two people.
"""

import re
import unicodedata
from collections.abc import Callable
from enum import Enum

from bot.model.package import Registrant
from bot.model.person import Person

_ADDRESS = re.compile(r"([^@\s]{1,64})@([^@\s]{1,255}\.[^@\s.]{1,63})")


class Standing(Enum):
    """How somebody stands to a package."""

    OWN = "own"
    """They registered it, or may have."""
    OTHER = "other"
    """A known colleague registered it."""
    UNKNOWN = "unknown"
    """A pipeline did, or it cannot be told who."""


def standing(registrant: Registrant, person: Person, colleague: Callable[[str], Person | None]) -> Standing:
    """How a person stands to what was registered; `colleague` finds somebody of the workspace by address."""
    names = _names(registrant)
    known = frozenset(form for word in (person.id, person.email, person.handle, person.name) for form in forms(word))
    if any(form in known for name in names for form in forms(name)):
        return Standing.OWN
    if registrant.pipeline:
        return Standing.UNKNOWN
    # A session's name is chosen by whoever assumes the role: it may tell on its person, not speak for them.
    vouched = (address(name) for name in (registrant.source_identity, registrant.center_user))
    for found in filter(None, map(colleague, filter(None, vouched))):
        if found.id == person.id:
            return Standing.OWN
        if not (found.bot or found.stranger):
            return Standing.OTHER
    return Standing.UNKNOWN


def forms(word: str) -> frozenset[str]:
    """Under which a name may be met: case, separators, a domain before or after it and a plus tag do not count."""
    plain = _plain(word)
    if whole := address(plain):
        return frozenset({whole, _squeezed(whole.partition("@")[0])} - {""})
    return frozenset({_squeezed(plain.rpartition("\\")[2])} - {""})


def address(word: str) -> str:
    """An e-mail address without its plus tag, in lower case; empty for what is none."""
    found = _ADDRESS.fullmatch(_plain(word))
    if found is None:
        return ""
    local = found[1].partition("+")[0] or found[1]
    return f"{local}@{found[2]}"


def said(registrant: Registrant) -> str:
    """Who it was, in words; untrusted. A role alone is nobody."""
    for name in _names(registrant):
        return f"{name}, by a pipeline" if registrant.pipeline else name
    if registrant.pipeline:
        return "a pipeline"
    return f"somebody with the role {registrant.role}" if registrant.role else "somebody whom SageMaker does not name"


def _names(registrant: Registrant) -> list[str]:
    """The surest first."""
    known = (registrant.source_identity, registrant.center_user, registrant.session, registrant.profile)
    return [name for name in (*known, registrant.user) if name]


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().strip()


def _squeezed(word: str) -> str:
    """Letters and digits alone, accents off, without a plus tag: `Maya Okafor` and `maya-okafor+dev` are one."""
    apart = unicodedata.normalize("NFKD", word.partition("+")[0])
    return "".join(each for each in apart if each.isalnum())
