"""The functions by name, and the DuckDB macros that carry the scalar ones' meanings."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sandbox.athena.casts import CASTS
from sandbox.athena.functions import AGGREGATES, SCALARS, SUBSCRIPTS, WINDOWS, WRITTEN_OUT
from sandbox.athena.signatures import Signature
from sandbox.athena.sql_types import SqlType

Kind = Literal["scalar", "aggregate", "window"]
_ARGUMENTS = "abcd"


@dataclass(frozen=True, slots=True)
class Function:
    """One way to call one function; `duck` is what DuckDB calls it, empty where it is written out."""

    signature: Signature
    kind: Kind
    duck: str


@cache
def functions() -> dict[str, tuple[Function, ...]]:
    """Every way to call each, the narrowest first."""
    found: defaultdict[str, list[Function]] = defaultdict(list)
    for number, text in enumerate(SCALARS):
        signature = Signature.of(text)
        found[signature.name].append(Function(signature, "scalar", _macro(signature, number)))
    for text in WRITTEN_OUT:
        signature = Signature.of(text)
        found[signature.name].append(Function(signature, "scalar", ""))
    kinds: tuple[tuple[Kind, dict[str, str]], ...] = (("aggregate", AGGREGATES), ("window", WINDOWS))
    for kind, table in kinds:
        for text, duck in table.items():
            signature = Signature.of(text)
            found[signature.name].append(Function(signature, kind, duck))
    return {name: tuple(ways) for name, ways in found.items()}


def chosen(name: str, given: Sequence[SqlType]) -> tuple[Function, SqlType] | None:
    """(the way to call it with these arguments, what that gives); an exact fit goes before one with coercion."""
    ways = [(way, way.signature.result(given)) for way in functions().get(name, ())]
    fitting = [(way, gives) for way, gives in ways if gives is not None]
    exact = [str(each) for each in given]
    return next((each for each in fitting if [*each[0].signature.takes] == exact), fitting[0] if fitting else None)


def macros() -> str:
    """The SQL that teaches DuckDB the scalar functions."""
    statements = [f"CREATE MACRO {cast.macro}(a) AS {cast.meaning};" for cast in CASTS.values() if cast.meaning]
    statements += [f"CREATE MACRO {head} AS {meaning};" for head, meaning in SUBSCRIPTS.items()]
    for number, (text, meaning) in enumerate(SCALARS.items()):
        signature = Signature.of(text)
        arguments = ", ".join(_ARGUMENTS[: len(signature.takes)])
        statements.append(f"CREATE MACRO {_macro(signature, number)}({arguments}) AS {meaning};")
    return "\n".join(statements)


def _macro(signature: Signature, number: int) -> str:
    return f"athena_{signature.name}_{number}"
