"""Finds what the commands' files declare; two of a name, or a file that declares nothing, stop the start by name."""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import ModuleType

from bot.errors import BadRequest
from bot.kit import ATTRIBUTE, Declared, Kind, Param, _kind
from bot.parse import Reader, Word, quoted, suggestion, words

SCOPE_PARAMS = tuple(Param(name, _kind(str), required=False, default=None) for name in ("account", "region"))
"""What every reading command takes besides its own."""
ALONE = "status"
"""The command that the slash command alone stands for."""


def _refreshed(word: str, _: Reader) -> bool:
    if word.lower() not in {"yes", "no"}:
        raise BadRequest(f"{word} is no answer to refresh=", "Say refresh=yes to ask the accounts now.")
    return word.lower() == "yes"


REFRESH = Param("refresh", Kind("refresh", _refreshed, shown="yes"), required=False, default=False)
"""What every command takes that can answer live."""
_NAMED_ONLY = (*SCOPE_PARAMS, REFRESH)


@dataclass(frozen=True, slots=True)
class Line:
    """A command line, understood: what to call with which values."""

    declared: Declared
    values: Mapping[str, object]
    account: str | None
    region: str | None

    def narrowing(self) -> str:
        """`account=… region=…`, as far as they were typed."""
        given = (("account", self.account), ("region", self.region))
        return " ".join(f"{name}={quoted(value)}" for name, value in given if value is not None)


@dataclass(frozen=True, slots=True)
class Registry:
    """Every command and form, by name."""

    commands: Mapping[str, Declared]
    forms: Mapping[str, Declared]
    slash: str = "/ml"

    def visible(self) -> tuple[Declared, ...]:
        """The commands that help lists, by name."""
        return tuple(c for _, c in sorted(self.commands.items()) if not c.hidden)

    def command(self, name: str) -> Declared:
        """Raises BadRequest with the nearest name."""
        found = self.commands.get(name.lower())
        if found is None:
            if subs := [c.name for c in self.visible() if c.name.startswith(f"{name.lower()} ")]:
                raise BadRequest(f"{name} is the first of two words", f"Say {self.slash} {', or '.join(subs)}.")
            near = suggestion(name, (c.name for c in self.visible()))
            raise BadRequest(f"there is no command {name}{near}", f"{self.slash} help lists them.")
        return found

    def read(self, line: str, reader: Reader, *, form: bool = False, extra: Mapping[str, str] | None = None) -> Line:
        """A button's line (or a typed one, tidy) to what to call. `extra` are a form's fields. Raises BadRequest."""
        head, rest = _parted(line)
        if form:
            declared, rest = self._opening(head, rest)
        else:
            declared, rest = self._meant(head or ALONE, rest)
        params = (*declared.params, *(SCOPE_PARAMS if declared.reads else ()), *((REFRESH,) if declared.live else ()))
        try:
            values = _values(params, words(rest, (p.name for p in params)), reader, extra or {})
        except BadRequest as error:
            raise error.explained(declared.usage(self.slash), f"{self.slash} {declared.example}") from None
        account, region = values.pop("account", None), values.pop("region", None)
        asked = declared.asking_live() if values.pop(REFRESH.name, False) else declared
        return Line(asked, values, _optional(account), _optional(region))

    def _meant(self, head: str, rest: str) -> tuple[Declared, str]:
        """The command and what follows its name, which may have two words. Raises BadRequest."""
        second, more = _parted(rest)
        two = self.commands.get(f"{head} {second}".lower())
        return (two, more) if two else (self.command(head), rest)

    def _opening(self, head: str, rest: str) -> tuple[Declared, str]:
        """The form of that name, or the command of two words that answers with one. Raises BadRequest."""
        if head in self.forms:
            return self.forms[head], rest
        second, more = _parted(rest)
        two = self.commands.get(f"{head} {second}".lower())
        if two is None or not two.opens:
            raise BadRequest(f"there is no form {head}", "The card may be from an older version: use the command.")
        return two, more


def _parted(line: str) -> tuple[str, str]:
    """Its first word, and what follows."""
    head, *rest = line.split(maxsplit=1) or [""]
    return head, "".join(rest)


def _optional(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _values(
    params: tuple[Param, ...], typed: list[Word], reader: Reader, extra: Mapping[str, str]
) -> dict[str, object]:
    values: dict[str, object] = {p.name: p.default for p in params if not p.required}
    by_name = {p.name: p for p in params}
    named = [*((w.name, w.text) for w in typed if w.name), *((k, v) for k, v in extra.items() if k in by_name and v)]
    for name, text in named:
        values[name] = _read(by_name[name], text, reader)
    given = {name for name, _ in named}
    loose = [w for w in typed if not w.name]
    if any(p.kind.name == "named" for p in params):
        loose = [Word(w.text if "=" in w.text and not w.literal else quoted(w.text)) for w in loose]
        loose += [Word(f"{k}={quoted(v)}") for k, v in extra.items() if k not in by_name and v]
    _place(loose, [p for p in params if p.name not in given], values, reader)
    for p in params:
        if p.name not in values:
            raise BadRequest(f"<{p.name}> is missing")
    return values


def _read(param: Param, text: str, reader: Reader) -> object:
    """Its value. Raises BadRequest that says which parameter it is about."""
    try:
        return param.kind.read(text, reader)
    except BadRequest as error:
        raise error.of(param.name) from None


def _place(loose: list[Word], free: list[Param], values: dict[str, object], reader: Reader) -> None:
    """Put the words without a name into the parameters in order; an optional one that does not fit is passed over."""
    for p in free:
        if not loose or p in _NAMED_ONLY:
            break
        if p.kind.greedy:
            for word in loose if p.kind.searches else ():
                _refuse_unknown_name(word, free)
            values[p.name] = _read(p, " ".join(w.text for w in loose), reader)
            return
        _refuse_unknown_name(loose[0], free)
        try:
            values[p.name] = _read(p, loose[0].text, reader)
        except BadRequest:
            meant = bool(p.kind.attempt and re.fullmatch(p.kind.attempt, loose[0].text))
            if p.required or meant or not _another_takes(free[free.index(p) + 1 :]):
                raise
            continue
        loose = loose[1:]
    if loose:
        _refuse_unknown_name(loose[0], free)
        raise BadRequest(f"{loose[0].text} is not understood here")


def _refuse_unknown_name(word: Word, free: list[Param]) -> None:
    name, equals, _ = word.text.removeprefix("--").partition("=")
    if equals and name.isidentifier() and not word.literal:
        raise BadRequest(f"there is no {name}= here{suggestion(name, (p.name for p in free))}")


def _another_takes(later: list[Param]) -> bool:
    return any(p.kind.greedy or p.kind.name == "text" for p in later if p not in _NAMED_ONLY)


def discover(package: ModuleType, slash: str = "/ml") -> Registry:
    """Import every file of the package (not those that begin with `_`) and collect what they declare."""
    found_of: dict[str, dict[str, Declared]] = {"command": {}, "live": {}, "form": {}}
    origin: dict[tuple[str, str], str] = {}
    for module in _modules(package):
        found = [d for d in (getattr(x, ATTRIBUTE, None) for x in vars(module).values()) if isinstance(d, Declared)]
        mine = [d for d in found if d.function.__module__ == module.__name__]
        if not mine:
            raise BadRequest(f"{module.__name__} declares no command", "Add @command, or begin its name with _.")
        for d in mine:
            if (d.what, d.name) in origin:
                raise BadRequest(f"{module.__name__} and {origin[d.what, d.name]} both declare the {d.what} {d.name}")
            origin[d.what, d.name] = module.__name__
            found_of[d.what][d.name] = d
    return Registry(_with_live(found_of["command"], found_of["live"]), found_of["form"], slash)


def _with_live(commands: dict[str, Declared], lives: Mapping[str, Declared]) -> dict[str, Declared]:
    """Each command with how it answers live. Raises BadRequest for one of no command, or with other words."""
    for name, live in lives.items():
        if name not in commands or commands[name].params != live.params:
            raise BadRequest(f"{live.function.__module__} declares the live {name}, which is no command of these words")
        commands[name] = replace(commands[name], live=live)
    return commands


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        if not info.name.startswith("_"):
            yield importlib.import_module(f"{package.__name__}.{info.name}")
