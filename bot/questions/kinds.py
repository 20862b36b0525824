"""The kinds of value that a question takes, each read from a word and held to its bounds."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from bot import parse
from bot.errors import BadRequest
from bot.model.question import Parameter, Value

MOST_TEXT: Final = 200
"""Characters of a text: Athena takes an execution parameter of at most 1,024, quotes included (StartQueryExecution)."""


def _event(word: str, _: Parameter) -> Value:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{2,99}", word):
        raise BadRequest(f"{_short(word)} is no event's name", "Write it like CreateEndpoint.")
    return word


def _text(word: str, _: Parameter) -> Value:
    if not 1 <= len(word) <= MOST_TEXT or not word.isprintable():
        raise BadRequest("that text is empty, too long or holds control characters", f"Up to {MOST_TEXT} characters.")
    return word


def _account(word: str, _: Parameter) -> Value:
    if not re.fullmatch(r"[0-9]{12}", word):
        raise BadRequest(f"{_short(word)} is no account's id", "Write its twelve digits; /ml accounts lists them.")
    return word


def _day(word: str, _: Parameter) -> Value:
    try:
        return date.fromisoformat(word).isoformat()
    except ValueError:
        raise BadRequest(f"{_short(word)} is no day", "Write it like 2026-11-20.") from None


def _duration(word: str, _: Parameter) -> Value:
    return int(parse.span(word).total_seconds())


def _integer(word: str, of: Parameter) -> Value:
    if not re.fullmatch(r"-?[0-9]{1,9}", word) or not of.low <= int(word) <= of.high:
        raise BadRequest(f"{_short(word)} is no whole number from {of.low} to {of.high}", "Write it like 7.")
    return int(word)


KINDS: Final[Mapping[str, Callable[[str, Parameter], Value]]] = {
    "event": _event,
    "resource": _text,
    "person": _text,
    "account": _account,
    "day": _day,
    "duration": _duration,
    "integer": _integer,
}
"""`event`, `resource`, `person`, `account` are texts; `day` is one, as `2026-11-20`; `duration` is whole seconds."""


def read(parameter: Parameter, word: str) -> Value:
    """The value of a word. Raises BadRequest about that parameter."""
    try:
        return KINDS[parameter.kind](word, parameter)
    except BadRequest as error:
        raise error.of(parameter.name) from None


def _short(word: str) -> str:
    return word if len(word) <= 40 else f"{word[:39]}…"
