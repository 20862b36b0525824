"""The rule of a composite alarm.

Source: CloudWatch user guide, "Composite alarms" (functions, references with and without quotes, AT_LEAST); API
reference, PutCompositeAlarm (100 children, 500 elements: children, TRUE, FALSE and brackets). The words of errors as
AWS gives them in aws/aws-cdk#13953 and #34662.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from sandbox.aws.cloudwatch.boolean_terms import Yard, holds
from sandbox.aws.cloudwatch.expression import Flaw

MOST_CHILDREN, MOST_ELEMENTS = 100, 500
STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
_TOKEN = re.compile(
    r"\s*(?:(?P<mark>[(),])|\"(?P<quoted>(?:\\.|[^\"\\])*)\"|(?P<word>[^\s(),\"][^\s(),]*)|(?P<end>\Z))", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TERM = "'(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA"
_COUNT = re.compile(r"(?P<number>[1-9][0-9]{0,3})(?P<share>%)?")


@dataclass(frozen=True, slots=True)
class Condition:
    """That at least so many of the children are in the state, or not in it; None: the constant TRUE or FALSE."""

    state: str | None
    children: tuple[str, ...] = ()
    least: int = 1
    within: bool = True
    """Of a constant: its value."""

    def holds(self, state_of: Callable[[str], str]) -> bool:
        """With each child's state."""
        if self.state is None:
            return self.within
        return sum((state_of(child) == self.state) is self.within for child in self.children) >= self.least


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as a program; `children` are the names or ARNs that it refers to, as written, each once."""

    program: tuple[Condition | str, ...]
    children: tuple[str, ...]

    def holds(self, state_of: Callable[[str], str]) -> bool:
        """Whether the composite alarm is in ALARM, from the state of each child."""
        return holds(self.program, lambda condition: condition.holds(state_of))


@lru_cache(maxsize=1024)
def parse(rule: str) -> Rule:
    """Read a rule. Raises Flaw where it is none or has too much."""
    return _Reader(rule).rule()


class _Reader:
    """One token ahead."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._began = text, 0, 0
        self._kind = self._token = ""
        self._elements = 0
        self._next()

    def rule(self) -> Rule:
        yard = Yard[Condition]()
        while self._kind != "end" or yard.wants_term:
            if yard.wants_term:
                self._term(yard)
            else:
                self._after(yard)
        if not yard.finish():
            raise self._flaw("')'")
        children = tuple(dict.fromkeys(_children(yard.program)))
        if len(children) > MOST_CHILDREN:
            raise Flaw(f"The rule has {len(children)} children, at most {MOST_CHILDREN} are allowed")
        if self._elements > MOST_ELEMENTS:
            raise Flaw(f"The rule has {self._elements} elements, at most {MOST_ELEMENTS} are allowed")
        return Rule(tuple(yard.program), children)

    def _term(self, yard: Yard[Condition]) -> None:
        word = self._token if self._kind == "word" else ""
        if self._accept("("):
            yard.open()
        elif word == "NOT":
            self._next()
            yard.operator("NOT")
        elif word.upper() in {"TRUE", "FALSE"}:
            self._next()
            self._elements += 1
            yard.term(Condition(None, within=word.upper() == "TRUE"))
        elif word in STATES:
            self._next()
            self._expect("(")
            yard.term(Condition(word, (self._child(),)))
            self._expect(")")
        elif word == "AT_LEAST":
            self._next()
            yard.term(self._at_least())
        else:
            raise self._flaw(_TERM)

    def _after(self, yard: Yard[Condition]) -> None:
        began, token = self._began, self._token
        if self._kind == "word" and token in {"AND", "OR"}:
            self._next()
            yard.operator(token)
        elif not self._accept(")") or not yard.close():
            raise Flaw(f"Unsupported token '{token}' at char {began}, must be: 'AND', 'OR' or the end of the rule")

    def _at_least(self) -> Condition:
        """AT_LEAST(M, STATE_CONDITION, (alarm1, alarm2)), M a number or a percentage."""
        self._expect("(")
        wanted = _COUNT.fullmatch(self._token) if self._kind == "word" else None
        if wanted is None:
            raise self._flaw("a number or a percentage")
        self._next()
        self._expect(",")
        within = (self._kind, self._token) != ("word", "NOT")
        if not within:
            self._next()
        state = self._token
        if self._kind != "word" or state not in STATES:
            raise self._flaw("ALARM, OK or INSUFFICIENT_DATA")
        self._next()
        self._expect(",")
        children = self._listed()
        self._expect(")")
        number = int(wanted["number"])
        least = ceil(len(children) * number / 100) if wanted["share"] else number
        if least > len(children):
            raise Flaw(f"AT_LEAST wants {wanted[0]} of {len(children)} alarms")
        return Condition(state, children, least, within)

    def _listed(self) -> tuple[str, ...]:
        self._expect("(")
        found = [self._child()]
        while self._accept(","):
            found.append(self._child())
        self._expect(")")
        return tuple(found)

    def _child(self) -> str:
        if self._kind not in {"word", "quoted"} or not self._token:
            raise self._flaw("an alarm name or ARN")
        child = self._token
        self._elements += 1
        self._next()
        return child

    def _accept(self, mark: str) -> bool:
        if (self._kind, self._token) != ("mark", mark):
            return False
        self._elements += mark in "()"
        self._next()
        return True

    def _expect(self, mark: str) -> None:
        if not self._accept(mark):
            raise self._flaw(f"'{mark}'")

    def _next(self) -> None:
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            raise Flaw(f"Unsupported token '\"' at char {self._at}, must be closed")
        self._kind = str(found.lastgroup)
        self._began, self._at = found.start(self._kind), found.end()
        self._token = _ESCAPED.sub(r"\1", found[self._kind]) if self._kind == "quoted" else found[self._kind]

    def _flaw(self, expected: str) -> Flaw:
        return Flaw(f"Unsupported token '{self._token}' at char {self._began}, must be: {expected}")


def _children(program: list[Condition | str]) -> Iterator[str]:
    for step in program:
        if isinstance(step, Condition):
            yield from step.children
