"""Reads the question files: ours from the package `queries`, a team's own from the folder that the settings name."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from bot.model.question import Fault, Question, Questions
from bot.questions.header import header
from bot.questions.shape import Shape, placed
from bot.questions.tokens import Token, Unreadable

MOST_BYTES: Final = 100_000
"""Of a file: Athena takes 262,144 bytes of SQL (StartQueryExecution), and what we put before it is SQL too."""
MOST_FILES: Final = 500
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,39}\.sql")


def load(
    folder: str = "",
    *,
    given: Mapping[str, str] | None = None,
    settings: Iterable[str] = (),
    known_settings: Iterable[str] = (),
) -> Questions:
    """Every file that is whole. `given` are the words that defaults may name, `settings` those that are true.

    A file that asks for a setting which is not among `known_settings` is at fault.
    """
    found: dict[str, Question] = {}
    faults: list[Fault] = []
    known = frozenset(known_settings)
    for file, own in (*((f, False) for f in _ours()), *((f, True) for f in _folder(folder, faults))):
        try:
            one = question(file.name, _text(file), given or {}, own=own)
            _refuse(one, found, known)
            found[one.name] = one
        except Unreadable as error:
            faults.append(Fault(file.name, error.line, error.reason))
    return Questions(found, tuple(faults), frozenset(settings) & known)


def _refuse(one: Question, found: Mapping[str, Question], known: Collection[str]) -> None:
    """Raises Unreadable for a question that cannot stand beside the others."""
    if one.setting and one.setting not in known:
        raise Unreadable(f"there is no setting {one.setting} for questions", 1)
    if one.name in found:
        raise Unreadable(f"there is a question {one.name} already", 1)


def question(file: str, text: str, given: Mapping[str, str], *, own: bool = False) -> Question:
    """One file's question. Raises Unreadable."""
    if not _NAME.fullmatch(file):
        raise Unreadable("a file is named in small letters, digits and _, and ends in .sql", 1)
    head, shape = header(text), Shape(text)
    parameters = head.parameters(given)
    name = file.removesuffix(".sql").replace("_", "-")
    typed, _, example = head.text("example").partition(" ")
    if typed != name:
        raise Unreadable(f"the example begins with the question's name, {name}", head.once["example"][1])
    _used(shape.parameters, {p.name for p in parameters})
    return Question(
        name=name,
        title=head.text("title"),
        group=head.text("group"),
        asks=head.text("question"),
        select=placed(text, shape.tokens),
        slots=tuple(t.text for t in shape.parameters),
        parameters=parameters,
        limit=head.limit(),
        since=head.since(),
        setting=head.text("setting"),
        example=example,
        expected=head.expected(),
        reads=shape.reads,
        own=own,
    )


def _used(placeholders: Sequence[Token], declared: AbstractSet[str]) -> None:
    """Each declared parameter is used, and none other. Raises Unreadable."""
    for token in placeholders:
        if token.text not in declared:
            raise Unreadable(
                f":{token.text} is not declared; write -- param: {token.text} kind - what it is", token.line
            )
    if unused := declared - {token.text for token in placeholders}:
        raise Unreadable(f"the parameter {min(unused)} is never used", 1)


def _ours() -> Iterator[Traversable]:
    """Those that come with the bot, by name."""
    here = [file for file in files("queries").iterdir() if file.name.endswith(".sql")]
    yield from sorted(here, key=lambda file: file.name)


def _folder(folder: str, faults: list[Fault]) -> Iterator[Traversable]:
    """The team's own; a folder that cannot be read is a fault itself."""
    if not folder:
        return
    try:
        found = sorted(path for path in Path(folder).iterdir() if path.suffix == ".sql")
    except OSError as error:
        faults.append(Fault(folder, 1, f"the folder cannot be read: {error.strerror}"))
        return
    if len(found) > MOST_FILES:
        faults.append(Fault(folder, 1, f"it has {len(found):,} files, of which the first {MOST_FILES} are read"))
    yield from found[:MOST_FILES]


def _text(file: Traversable) -> str:
    """Raises Unreadable."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise Unreadable(f"it is larger than {MOST_BYTES:,} bytes", 1)
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("it is not UTF-8", raw[: error.start].count(b"\n") + 1) from None
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}", 1) from None
