"""The routes' file as text into what it says; a mistake is named with its line."""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.errors import BadRequest
from bot.model.handoff import Recipient
from bot.model.route import Match, Route, RouteBook, RouteRule
from bot.parse import suggestion
from bot.routing.lines import Path, headers, line_of
from bot.routing.shapes import TABLES, File, Part

MOST_BYTES: Final = 256 * 1024
"""Far more than a thousand routes; a larger file is a slip."""
MOST_TOLD: Final = 3
Mistake = tuple[Path, str]
NOBODY: Final[Mapping[str, Recipient]] = MappingProxyType({})


def read(text: str, default: Route, source: str, now: datetime, known: Mapping[str, Recipient] = NOBODY) -> RouteBook:
    """All of it, the settings' route last. Raises BadRequest that names what is wrong, by line.

    `known` are the destinations that routes may name.
    """
    try:
        said = File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _refused(source, [_syntax(text, str(error))]) from None
    except RecursionError:
        raise _refused(source, ["it is nested too deep"]) from None
    except ValidationError as error:
        raise _refused(source, _told(text, [_complaint(one) for one in error.errors(include_url=False)])) from None
    if wrong := [*_twice(said), *_never_reached(said), *_unknown(said, known)]:
        raise _refused(source, _told(text, wrong))
    placed = zip(said.route, headers(text, "route"), strict=True)
    routes = [RouteRule(part.match, part.made(nth, default, known), at) for nth, (part, at) in enumerate(placed, 1)]
    rules = tuple(part.made() for part in said.service)
    return RouteBook((*routes, RouteRule(Match(), default)), rules, source, now)


def _refused(source: str, told: list[str]) -> BadRequest:
    more = f"; and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    step = f"Correct {source}; docs/routes.md says what may stand there."
    return BadRequest(f"{source}, {'; '.join(told[:MOST_TOLD])}{more}", step)


def _syntax(text: str, said: str) -> str:
    """The parser's own sentence, with its line in front as in every other."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", said, re.DOTALL)
    if found is None:
        return said
    line = int(found[2]) if found[2] else text.rstrip().count("\n") + 1
    return f"line {line}: {found[1]}"


def _told(text: str, mistakes: list[Mistake]) -> list[str]:
    """In the file's order; the lines of those that are told, for finding one takes a while."""
    placed = [f"line {line_of(text, path)}: {said}" for path, said in mistakes[:MOST_TOLD]]
    return [*sorted(placed, key=lambda one: int(one[5 : one.index(":")])), *(said for _, said in mistakes[MOST_TOLD:])]


def _complaint(one: ErrorDetails) -> Mistake:
    path = tuple(one["loc"])
    steps = [step for step in path if isinstance(step, str)]
    name = steps[-1] if steps else "the file"
    if one["type"] == "extra_forbidden":
        inside = next((TABLES[step] for step in reversed(steps[:-1]) if step in TABLES), File)
        return path, f"there is no {name} here{_nearest(name, inside)}"
    if one["type"] == "missing":
        return path, f"{name} is missing"
    return path, f"{name}: {one['msg'].removeprefix('Value error, ')}"


def _nearest(name: str, inside: type[Part]) -> str:
    known = [field.alias or key for key, field in inside.model_fields.items()]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f" (one of {', '.join(known)})"


def _twice(said: File) -> Iterator[Mistake]:
    """People ask for a route by its name."""
    names: set[str] = set()
    for nth, part in enumerate(said.route):
        if part.name in names:
            yield ("route", nth, "name"), f"another route is called {part.name}"
        names |= {part.name} if part.name else set()


def _unknown(said: File, known: Mapping[str, Recipient]) -> Iterator[Mistake]:
    """Somebody who counts on a pager must not learn at night that there is none."""
    for nth, part in enumerate(said.route):
        for name in part.hand_off:
            if name not in known:
                there = f"{suggestion(name, known)} (the settings have {', '.join(known) or 'none'})"
                yield ("route", nth, "hand_off"), f"the settings' hand_off has no {name}{there}"


def _never_reached(said: File) -> Iterator[Mistake]:
    """A route behind one that takes the same, or anything."""
    before: dict[Match, int] = {}
    for nth, part in enumerate(said.route):
        taken = before.get(Match()) or before.get(part.match)
        if taken:
            yield ("route", nth), f"nothing reaches this route: the file's route {taken} takes it all"
        before.setdefault(part.match, nth + 1)
