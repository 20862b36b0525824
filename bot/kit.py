"""What a command's file imports: `@command`, `@form` and the kinds of argument.

Before the `*` of a function stands what the app supplies, by type: ports bound to who asks, and the `Ask`. After it
stands what the person types. The signature is the usage line, the docstring is the help.
"""

import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

from bot import parse
from bot.errors import BadRequest
from bot.model.person import Role
from bot.model.reply import Form, Reply
from bot.parse import Number, Reader
from bot.ports import SLOW, Trail

F = TypeVar("F", bound=Callable[..., Reply | Form])
RoleName = Literal["anyone", "viewer", "responder", "auditor", "operator", "admin"]
ATTRIBUTE = "__sagewatch__"


@dataclass(frozen=True, slots=True)
class Kind:
    """How a word becomes a value; `read` raises BadRequest. A `greedy` kind takes all words that are left."""

    name: str
    read: Callable[[str, Reader], object]
    greedy: bool = False
    attempt: str = ""
    """A pattern of words that were meant as this kind, so that a slip is told and not taken for something else."""
    shown: str = "…"
    """What stands after the `=` in a usage line."""
    searches: bool = False
    """Its words narrow a list: one that names a value which there is not is a slip, and no word to look for."""


def _text(word: str, _: Reader) -> str:
    return word


TEXT = Kind("text", _text)
Rest = Annotated[str, Kind("text", _text, greedy=True)]
"""All words that are left, as one text."""
MOST_REASON = 300
"""Characters of a reason, as forms take it: buttons carry it in quotes, and SageMaker keeps 1,024 with who decided."""


def as_reason(text: str, _: Reader) -> str:
    """Raises BadRequest where it is longer."""
    if len(text) > MOST_REASON:
        raise BadRequest(f"that reason has {len(text):,} characters", f"Up to {MOST_REASON} are kept.")
    return text


Reason = Annotated[str, Kind("text", as_reason, greedy=True)]
"""All words that are left, as the reason of what a button may do later."""
Search = Annotated[str, Kind("text", _text, greedy=True, searches=True)]
"""All words that are left, to look for; one with a `=` is looked for as `text="a=b"`."""
Span = Annotated[timedelta, Kind("duration", lambda w, _: parse.span(w), attempt=r"\d+(\.\d+)?[A-Za-z]*")]
"""`15m`, `24h`, `7d`."""
Since = Annotated[timedelta, Kind("since", parse.since)]
"""A duration or a day, as how long ago."""
Until = Annotated[datetime, Kind("until", parse.until)]
"""`4h`, `tomorrow`, `2026-11-27`: when something that is put off comes up again."""
Instant = Annotated[datetime, Kind("instant", parse.instant)]
"""`2026-11-25T09:02Z`, a past day's beginning, or how long ago: `until=2h`."""
Yes = Annotated[bool, Kind("yes", lambda w, _: parse.yes(w), shown="yes")]
"""`yes` or `no`."""
Named = Annotated[str, Kind("named", _text, greedy=True)]
"""All words that are left, those that name a value too; a form's fields that no parameter takes come with them."""
Day = Annotated[datetime, Kind("day", parse.day)]
"""A day, from a form's date picker, which may be left empty."""
IncidentNumber = Annotated[Number, Kind("number", lambda w, _: parse.number(w), attempt=r"#?\d.*")]
"""`12`, `#12` or `12.3`."""
StormNumber = Annotated[int, Kind("number", lambda w, _: parse.whole(w))]
"""`3`, of a storm."""
Revision = Annotated[int, Kind("revision", lambda w, _: parse.whole(w))]
"""The revision that a card was drawn at; buttons carry it."""
Rows = Annotated[tuple[int, ...], Kind("rows", lambda w, _: parse.wholes(w))]
"""Row numbers, `1,3`."""

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Param:
    """One thing that the person types."""

    name: str
    kind: Kind
    required: bool
    default: object

    @property
    def usage(self) -> str:
        """`<number>`, `[service]`, `[since=…]`."""
        if self.required:
            return f"<{self.name}>"
        return (
            f"[{self.name}]"
            if self.kind.name in {"text", "duration", "version"}
            else f"[{self.name}={self.kind.shown}]"
        )


@dataclass(frozen=True, slots=True)
class Declared:
    """A command, how it answers live, or a form; read from its function."""

    what: Literal["command", "live", "form"]
    name: str
    role: Role
    function: Callable[..., Reply | Form]
    ports: tuple[tuple[str, type], ...]
    params: tuple[Param, ...]
    help: str
    example: str
    hidden: bool
    submits: str
    scoped: bool = False
    """It answers of accounts from the store, and takes `account=` and `region=` as those do that ask them."""
    live: "Declared | None" = None
    """How it answers with `refresh=yes`."""
    opens: bool = False
    """It may answer with a form, which opens within seconds or not at all."""
    past: bool = False
    """It tells of accounts that left the fleet too."""

    @property
    def slow(self) -> bool:
        """Whether it asks AWS: it then runs in the slow pool."""
        return any(port in SLOW for _, port in self.ports)

    @property
    def remembers(self) -> bool:
        """It reads what was, so an account that left the fleet is asked for as well."""
        return any(port is Trail for _, port in self.ports)

    @property
    def looks_back(self) -> bool:
        """Accounts that left the fleet are among those that it is about."""
        return self.past or self.remembers

    @property
    def reads(self) -> bool:
        """Reading commands take `account=` and `region=`."""
        return self.slow or self.scoped

    def asking_live(self) -> "Declared":
        """The same command, run by the function that asks AWS."""
        return replace(self, function=self.live.function, ports=self.live.ports) if self.live else self

    def usage(self, slash: str) -> str:
        """The usage line as typed, such as `/ml violations [service] [since=…]`."""
        shown = [p.usage for p in self.params if p.kind.name not in {"revision", "rows", "day"}]
        more = (["[account=…] [region=…]"] if self.reads else []) + (["[refresh=yes]"] if self.live else [])
        return " ".join([slash, self.name, *shown, *more])


class Catalogue(Protocol):
    """The commands that there are; help is written from it."""

    @property
    def slash(self) -> str:
        """The slash command's name here."""
        ...

    def visible(self) -> tuple[Declared, ...]:
        """Those that help lists, by name."""
        ...

    def command(self, name: str) -> Declared:
        """Raises BadRequest with the nearest name."""
        ...


def command(
    name: str, *, role: RoleName, example: str = "", hidden: bool = False, scoped: bool = False, past: bool = False
) -> Callable[[F], F]:
    """Declare the sub-command `name`, one word or two.

    `example` is what follows `/ml`, with `{service}` and the like filled in. `scoped`: it takes `account=` and
    `region=` though it asks no account. `past`: it tells of accounts that left the fleet too.
    """
    return _declare("command", name, role, example=example, hidden=hidden, scoped=scoped, past=past)


def live(name: str) -> Callable[[F], F]:
    """Declare how the command `name` answers with `refresh=yes`: it takes the same words and may ask AWS."""
    return _declare("live", name, "anyone", hidden=True)


def form(name: str, *, role: RoleName, submits: str, scoped: bool = False) -> Callable[[F], F]:
    """Declare a form that buttons open by `name`; sending it runs the command `submits`.

    `scoped`: it takes `account=` and `region=` though it asks no account.
    """
    return _declare("form", name, role, submits=submits, hidden=True, scoped=scoped)


def _declare(
    what: Literal["command", "live", "form"],
    name: str,
    role: RoleName,
    *,
    example: str = "",
    hidden: bool = False,
    submits: str = "",
    scoped: bool = False,
    past: bool = False,
) -> Callable[[F], F]:
    def attach(function: F) -> F:
        ports, params = _signature(function)
        doc = inspect.cleandoc(function.__doc__ or "")
        declared = Declared(
            what, name, Role(role), function, ports, params, doc, example or name, hidden, submits or name, scoped
        )
        declared = replace(declared, opens=get_type_hints(function).get("return") is not Reply, past=past)
        setattr(function, ATTRIBUTE, declared)
        return function

    return attach


def _signature(function: Callable[..., object]) -> tuple[tuple[tuple[str, type], ...], tuple[Param, ...]]:
    hints = get_type_hints(function, include_extras=True)
    ports: list[tuple[str, type]] = []
    params: list[Param] = []
    for p in inspect.signature(function).parameters.values():
        if p.kind is inspect.Parameter.KEYWORD_ONLY:
            required = p.default is inspect.Parameter.empty
            params.append(Param(p.name, _kind(hints[p.name]), required, None if required else p.default))
        else:
            ports.append((p.name, hints[p.name]))
    return tuple(ports), tuple(params)


def _kind(hint: Any) -> Kind:
    if get_origin(hint) is Annotated:
        return next(m for m in get_args(hint) if isinstance(m, Kind))
    if get_origin(hint) in {Union, types.UnionType}:
        return _kind(next(a for a in get_args(hint) if a is not type(None)))
    if hint is str:
        return TEXT
    raise TypeError(f"no kind of argument is known for {hint}")
