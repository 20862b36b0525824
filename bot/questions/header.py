"""A question file's header: `-- key: value` lines before the SQL."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from bot import parse
from bot.errors import BadRequest
from bot.model.question import Parameter
from bot.questions.kinds import KINDS, read
from bot.questions.tokens import Unreadable

_ONCE: Final = ("title", "group", "question", "limit", "since", "setting", "example")
_OFTEN: Final = ("param", "expect")
_NEEDED: Final = ("title", "group", "question", "limit", "example")
MOST_ROWS: Final = 1_000
"""Of an answer: one page of Athena's results (GetQueryResults)."""
_PARAM: Final = re.compile(
    r"(?P<name>[a-z][a-z0-9_]{0,19}) (?P<kind>[a-z]+)(?: (?P<low>-?\d{1,9})\.\.(?P<high>-?\d{1,9}))?"
    r"(?: (?P<optional>optional)| = (?P<default>\S+))? - (?P<label>.+)"
)
TAKEN: Final = frozenset({"since", "until", "account", "region", "question", "run"})
"""Names that every question has from us."""


@dataclass(slots=True)
class Header:
    """What was read; `sql_at` is the line (from 0) where the SQL begins."""

    sql_at: int
    once: dict[str, tuple[str, int]] = field(default_factory=dict)
    often: list[tuple[str, str, int]] = field(default_factory=list)

    def text(self, key: str) -> str:
        """The value of a key; empty where it is not given."""
        return self.once.get(key, ("", 0))[0]

    def limit(self) -> int:
        """Raises Unreadable."""
        word, line = self.once["limit"]
        if not re.fullmatch(r"[0-9]{1,4}", word) or not 1 <= int(word) <= MOST_ROWS:
            raise Unreadable(f"limit is a whole number from 1 to {MOST_ROWS}", line)
        return int(word)

    def since(self) -> timedelta:
        """Raises Unreadable."""
        word, line = self.once.get("since", ("7d", 0))
        try:
            return parse.span(word)
        except BadRequest as error:
            raise Unreadable(f"since: {error.cause}", line) from None

    def expected(self) -> tuple[Mapping[str, str], ...]:
        """The example's rows. Raises Unreadable."""
        return tuple(_row(text, line) for key, text, line in self.often if key == "expect")

    def parameters(self, given: Mapping[str, str]) -> tuple[Parameter, ...]:
        """`given` are words that a default may name as `{name}`. Raises Unreadable."""
        found: dict[str, Parameter] = {}
        for key, text, line in self.often:
            if key == "param":
                one = _parameter(text, line, given)
                if one.name in found or one.name in TAKEN:
                    raise Unreadable(f"the name {one.name} is taken", line)
                found[one.name] = one
        return tuple(found.values())


def header(text: str) -> Header:
    """The lines that begin with `--`, up to the first that does not. Raises Unreadable."""
    lines = text.split("\n")
    found = Header(next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines)))
    for number, line in enumerate(lines[: found.sql_at], start=1):
        key, colon, value = line.removeprefix("--").strip().partition(":")
        key, value = key.strip(), value.strip()
        if not colon or key not in {*_ONCE, *_OFTEN}:
            raise Unreadable(f"the header has no {key[:40] or 'empty line'}{_near(key)}", number)
        if not value or (key in found.once):
            raise Unreadable(f"{key} is {'said twice' if value else 'empty'}", number)
        if key in _ONCE:
            found.once[key] = (value, number)
        else:
            found.often.append((key, value, number))
    if lacking := [key for key in _NEEDED if key not in found.once]:
        raise Unreadable(f"the header lacks {' and '.join(lacking)}", 1)
    return found


def _near(key: str) -> str:
    close = difflib.get_close_matches(key, [*_ONCE, *_OFTEN], n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _row(text: str, line: int) -> Mapping[str, str]:
    pairs = [pair.partition("=") for pair in text.split(" | ")]
    if not all(name and equals for name, equals, _ in pairs):
        raise Unreadable("expect is column=value, more of them after ' | '", line)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _parameter(text: str, line: int, given: Mapping[str, str]) -> Parameter:
    found = _PARAM.fullmatch(text)
    if found is None:
        raise Unreadable("param is: name kind[ low..high][ optional| = default] - what it is", line)
    if found["kind"] not in KINDS:
        raise Unreadable(f"there is no kind {found['kind']}; there are {', '.join(KINDS)}", line)
    if (found["kind"] == "integer") != bool(found["low"]):
        raise Unreadable("bounds, as 1..30, belong to an integer", line)
    low, high = int(found["low"] or 0), int(found["high"] or 0)
    bare = Parameter(found["name"], found["kind"], found["label"], low=low, high=high)
    if found["optional"] and found["kind"] not in {"resource", "person", "event"}:
        raise Unreadable("a number, a day or an account has a default: it cannot be empty", line)
    if found["default"] is None:
        return replace(bare, default="") if found["optional"] else bare
    try:
        default = read(bare, found["default"].format_map(given))
    except (BadRequest, LookupError, ValueError) as error:
        raise Unreadable(f"the default of {bare.name} is no {bare.kind}: {error}", line) from None
    return replace(bare, default=default)
