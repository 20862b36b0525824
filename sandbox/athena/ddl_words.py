"""Hive's DDL word by word: keywords, names with or without backticks, quoted text."""

import re
from dataclasses import dataclass

from sandbox.athena.failures import StatementRefused, at

_WORD = re.compile(
    r"(?P<space>\s+|--[^\n]*|/\*.*?\*/)"
    r"""|(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"|(?P<name>`[^`]+`)|(?P<plain>\w+)|(?P<sign>.)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Word:
    """One, without its quotes; `kind` is `text`, `name`, `plain` or `sign`."""

    kind: str
    text: str
    start: int


def _words(sent: str) -> list[Word]:
    found = []
    for match in _WORD.finditer(sent):
        kind, text = str(match.lastgroup), match[0]
        if kind == "text":
            text = re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
        elif kind == "name":
            text = text[1:-1]
        if kind != "space":
            found.append(Word(kind, text, match.start()))
    return found


class Words:
    """A statement that is read from left to right. Every method raises StatementRefused where it meets other words."""

    def __init__(self, sent: str) -> None:
        self._sent = sent
        self._left = _words(sent)
        while self._left and self._left[-1].text == ";":
            self._left.pop()
        if any(word.kind == "sign" and word.text == ";" for word in self._left):
            raise StatementRefused(f"Only one sql statement is allowed. Got: {sent}")

    @property
    def over(self) -> bool:
        """Whether all is read."""
        return not self._left

    def met(self, *keywords: str) -> bool:
        """Read these keywords if they come next."""
        next_ones = self._left[: len(keywords)]
        if [word.text.upper() for word in next_ones if word.kind in {"plain", "sign"}] != list(keywords):
            return False
        del self._left[: len(keywords)]
        return True

    def expect(self, *keywords: str) -> None:
        """Read these keywords."""
        if not self.met(*keywords):
            raise self.wrong()

    def name(self) -> str:
        """A name, in lower case."""
        return self._next("plain", "name").text.lower()

    def table(self, database: str) -> tuple[str, str]:
        """(database, table)."""
        first = self.name()
        return (first, self.name()) if self.met(".") else (database, first)

    def text(self) -> str:
        """A literal."""
        return self._next("text", "plain").text

    def pairs(self) -> list[tuple[str, str]]:
        """`('a'='b', …)` or `(a='b', …)`."""
        self.expect("(")
        found = []
        while True:
            key = self._next("text", "plain", "name").text
            self.expect("=")
            found.append((key, self.text()))
            if self.met(")"):
                return found
            self.expect(",")

    def type(self) -> str:
        """A column's type, up to the comma, parenthesis or comment after it."""
        found, depth = "", 0
        while self._left:
            text = self._left[0].text.lower()
            if depth == 0 and (text == "comment" or text in {",", ")"}):
                break
            depth += {"<": 1, "(": 1, ">": -1, ")": -1}.get(text, 0)
            found += self._next("plain", "name", "sign").text.lower()
        return found

    def finish(self) -> None:
        """Nothing may follow."""
        if self._left:
            raise self.wrong()

    def wrong(self) -> StatementRefused:
        """What is not expected here."""
        start = self._left[0].start if self._left else len(self._sent)
        line, column = self._sent.count("\n", 0, start) + 1, start - self._sent.rfind("\n", 0, start)
        return StatementRefused(at(line, column, f"mismatched input '{self._left[0].text if self._left else '<EOF>'}'"))

    def _next(self, *kinds: str) -> Word:
        if not self._left or self._left[0].kind not in kinds:
            raise self.wrong()
        return self._left.pop(0)
