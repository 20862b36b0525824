"""Canned questions to the trail: what a question file declares, checked, and what somebody asks with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

Value = str | int
"""What may be bound to a placeholder: a text or a whole number."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a question wants; `kind` is one of `bot.questions.kinds.KINDS`."""

    name: str
    kind: str
    label: str
    default: Value | None = None
    """None: it must be given. An empty text stands for one that is left out."""
    low: int = 0
    high: int = 0
    """Bounds of an integer, both included."""


@dataclass(frozen=True, slots=True)
class Question:
    """One `.sql` file. `select` reads `FROM events`; it has one `?` for each of `slots`, in order."""

    name: str
    """As typed: `endpoint-created`."""
    title: str
    group: str
    asks: str
    """The question in words."""
    select: str
    slots: tuple[str, ...]
    """Names of the parameters whose values the placeholders take."""
    parameters: tuple[Parameter, ...]
    limit: int
    """Rows at most."""
    since: timedelta
    """How far it looks back unless told otherwise."""
    setting: str = ""
    """The setting that must be true before it may be asked; empty: none."""
    example: str = ""
    """The words after the question's name in an example."""
    expected: tuple[Mapping[str, str], ...] = ()
    """The example's rows in the demo's world, in order; of each the columns that are compared."""
    reads: int = 1
    """How often it reads `events`: each time is scanned, and paid, anew."""
    own: bool = False
    """From the team's own folder."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a question file, and in which line (from 1)."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Questions:
    """Those that can be asked, by name, and what is wrong with the files of the others."""

    by_name: Mapping[str, Question] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    allowed: frozenset[str] = frozenset()
    """Settings that are true, of those that questions name."""

    def off(self, question: Question) -> bool:
        """Whether the settings do not allow it."""
        return bool(question.setting) and question.setting not in self.allowed
