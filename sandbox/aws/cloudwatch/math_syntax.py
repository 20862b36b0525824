"""The grammar of metric math: text to a program for a stack machine, so that no depth of nesting exhausts Python's.

Source: CloudWatch user guide, "Using math expressions with CloudWatch metrics": functions in upper case, ids of
queries beginning with a lower-case letter, operators + - * / ^, == != <= >= < >, AND or &&, OR or ||. Precedence is
the usual one; the guide does not give it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from sandbox.aws.cloudwatch.expression import Flaw

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?|\.\d+)(?![A-Za-z_0-9.])|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")|(?P<mark>&&|\|\||[=!<>]=|[-+*/^<>()\[\],])|(?P<end>\Z))"
)
_QUERY = re.compile(r"""\s*(['"])(?P<query>.*?)\1(?=\s*,\s*['"])""", re.DOTALL)
"""A search holds quotes of the kind around it ('LOCAL'): it ends where another argument follows."""
_BINDS = {"OR": 1, "AND": 2, "==": 3, "!=": 3, "<=": 3, ">=": 3, "<": 3, ">": 3, "+": 4, "-": 4, "*": 5, "/": 5, "^": 7}
_SPELT = {"||": "OR", "&&": "AND"}
_NEGATION = 6
_CLOSES = {"(": ")", "[": "]"}
ARRAY, NEGATE = "[]", "negate"


@dataclass(frozen=True, slots=True)
class Number:
    """A literal."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """The id of another query of the request."""

    id: str


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word in capitals: REPEAT, DESC."""

    word: str


@dataclass(frozen=True, slots=True)
class Text:
    """What stood between quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Apply:
    """A function, an operator, NEGATE or ARRAY, to so many of the values before it."""

    function: str
    count: int


Step = Number | Name | Word | Text | Apply
Program = tuple[Step, ...]


@dataclass(slots=True)
class _Open:
    """What is not closed yet: a group (no function), a call, an array, or an operator waiting for its right side."""

    mark: str
    function: str = ""
    binds: int = 0
    filled: int = 0


@lru_cache(maxsize=2048)
def parse(expression: str) -> Program:
    """Steps in the order in which a stack machine takes them. Raises Flaw where the text is no expression."""
    parser = _Parser(expression)
    while not parser.ended:
        parser.step()
    return tuple(parser.steps)


class _Parser:
    """Shunting yard: operators and brackets wait until what they take is known."""

    def __init__(self, text: str) -> None:
        self.steps: list[Step] = []
        self.ended = False
        self._text, self._at = text, 0
        self._open: list[_Open] = []
        self._wants_value = True

    def step(self) -> None:
        """Take one token."""
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            rest = self._text[self._at :].lstrip()
            raise self._flaw(rest[:1], len(self._text) - len(rest))
        kind, token = str(found.lastgroup), found[str(found.lastgroup)]
        started, self._at = found.start(kind), found.end()
        if kind == "word" and token in {"AND", "OR"}:
            kind = "mark"
        if self._wants_value:
            self._value(kind, token, started)
        else:
            self._after_value(kind, _SPELT.get(token, token), started)

    def _value(self, kind: str, token: str, started: int) -> None:
        match kind, token:
            case "number", _:
                self._push(Number(float(token)))
            case "text", _:
                self._push(Text(token[1:-1]))
            case "word", _:
                self._word(token)
            case "mark", "-":
                self._open.append(_Open("operator", NEGATE, _NEGATION))
            case "mark", "(" | "[":
                self._open.append(_Open(token))
            case "mark", ")" if self._empty_call():
                self._close(")", started, 0)
            case _:
                raise self._flaw(token, started)

    def _after_value(self, kind: str, mark: str, started: int) -> None:
        if kind == "end":
            self._reduce(0)
            if self._open:
                raise Flaw(f"'{_CLOSES[self._open[-1].mark]}' is missing at the end")
            self.ended = True
        elif mark in _BINDS and kind == "mark":
            binds = _BINDS[mark]
            self._reduce(binds + 1 if mark == "^" else binds)
            self._open.append(_Open("operator", mark, binds))
            self._wants_value = True
        elif mark == ",":
            self._reduce(0)
            if not self._open or not (self._open[-1].function or self._open[-1].mark == "["):
                raise self._flaw(mark, started)
            self._open[-1].filled += 1
            self._wants_value = True
        else:
            self._close(mark, started, 1)

    def _push(self, step: Step) -> None:
        self.steps.append(step)
        self._wants_value = False

    def _word(self, word: str) -> None:
        called = re.compile(r"\s*\(").match(self._text, self._at)
        if called:
            if not word.isupper():
                raise Flaw(f"Unknown function '{word}': functions are written in upper case")
            self._at = called.end()
            self._open.append(_Open("(", word))
            self._take_query(word)
        else:
            self._push(Word(word) if word[0].isupper() or word[0] == "_" else Name(word))

    def _take_query(self, function: str) -> None:
        """SEARCH's first argument, whose quotes are not those of other strings."""
        found = _QUERY.match(self._text, self._at) if function == "SEARCH" else None
        if found:
            self._at = found.end()
            self._push(Text(found["query"]))

    def _empty_call(self) -> bool:
        """Whether the bracket just opened is a call's: METRICS()."""
        return bool(self._open and self._open[-1].function and self._open[-1].mark == "(" and not self._open[-1].filled)

    def _close(self, token: str, started: int, last: int) -> None:
        self._reduce(0)
        if token not in _CLOSES.values() or not self._open or _CLOSES[self._open[-1].mark] != token:
            raise self._flaw(token, started)
        closed = self._open.pop()
        if closed.mark == "[" or closed.function:
            self.steps.append(Apply(closed.function or ARRAY, closed.filled + last))
        self._wants_value = False

    def _reduce(self, binds: int) -> None:
        """Apply the operators that hold at least as strongly as the one to come."""
        while self._open and self._open[-1].mark == "operator" and self._open[-1].binds >= binds:
            function = self._open.pop().function
            self.steps.append(Apply(function, 1 if function == NEGATE else 2))

    def _flaw(self, token: str, started: int) -> Flaw:
        return Flaw(f"Unsupported token '{token}' at char {started}" if token else "The expression ends too early")
