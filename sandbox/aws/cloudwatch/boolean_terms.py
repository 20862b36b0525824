"""AND, OR, NOT and brackets over terms: read into a program for a stack machine, so that depth exhausts nothing."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
_BINDS = {"OR": 1, "AND": 2, "NOT": 3}
OPERATORS = frozenset(_BINDS)


class Yard(Generic[T]):
    """Shunting yard: operators and brackets wait until what they take is known.

    Whoever reads the text judges it: `wants_term` says what may come next.
    """

    def __init__(self) -> None:
        self.program: list[T | str] = []
        self.wants_term = True
        self._open: list[tuple[str, str]] = []

    def term(self, term: T) -> None:
        """A term, where one is wanted."""
        self.program.append(term)
        self.wants_term = False

    def operator(self, name: str) -> None:
        """NOT where a term is wanted, AND or OR where none is."""
        if name != "NOT":
            self._reduce(_BINDS[name])
        self._open.append((name, ""))
        self.wants_term = True

    def open(self, of: str = "") -> None:
        """An opening bracket, and what it belongs to."""
        self._open.append(("(", of))

    def close(self) -> bool:
        """A closing bracket, where no term is wanted; False when none is open."""
        self._reduce(0)
        return bool(self._open and self._open.pop())

    def finish(self) -> bool:
        """The end, where no term is wanted; False when a bracket is open."""
        self._reduce(0)
        return not self._open

    @property
    def owner(self) -> str:
        """What the innermost bracket that belongs to something belongs to."""
        return next((of for _, of in reversed(self._open) if of), "")

    @property
    def pending(self) -> bool:
        """Whether an operator or a bracket waits."""
        return bool(self._open)

    def _reduce(self, binds: int) -> None:
        while self._open and self._open[-1][0] != "(" and _BINDS[self._open[-1][0]] >= binds:
            self.program.append(self._open.pop()[0])


def holds(program: Sequence[T | str], test: Callable[[T], bool]) -> bool:
    """Whether the terms that `test` finds true make the whole true; an empty program is."""
    stack: list[bool] = []
    for step in program:
        if not isinstance(step, str):
            stack.append(test(step))
        elif step == "NOT":
            stack.append(not stack.pop())
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(left and right if step == "AND" else left or right)
    return stack.pop() if stack else True
