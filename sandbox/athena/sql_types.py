"""SQL types: read from Glue's Hive spelling, told as Athena tells them, declared to DuckDB."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PLAIN = {
    "string": "varchar",
    "varchar": "varchar",
    "char": "varchar",
    "boolean": "boolean",
    "tinyint": "tinyint",
    "smallint": "smallint",
    "int": "integer",
    "integer": "integer",
    "bigint": "bigint",
    "float": "real",
    "double": "double",
    "decimal": "decimal",
    "date": "date",
    "timestamp": "timestamp",
    "binary": "varbinary",
}
"""Hive's names and Trino's (Athena User Guide: "Data types in Amazon Athena")."""
_DUCK = {
    "varchar": "VARCHAR",
    "real": "FLOAT",
    "varbinary": "BLOB",
    "json": "JSON",
    "timestamp with time zone": "TIMESTAMPTZ",
    "unknown": "VARCHAR",
}
_TOLD = {"timestamp": "timestamp(3)", "timestamp with time zone": "timestamp(3) with time zone"}
INTEGERS = ("tinyint", "smallint", "integer", "bigint")
NUMBERS = (*INTEGERS, "decimal", "real", "double")
TEMPORAL = ("date", "timestamp", "timestamp with time zone")


@dataclass(frozen=True, slots=True)
class SqlType:
    """A type by Trino's name; `parts` are a row's fields, an array's element (named ""), a map's key and value."""

    name: str
    parts: tuple[tuple[str, "SqlType"], ...] = ()
    sizes: tuple[int, ...] = ()

    def __str__(self) -> str:
        """As Athena's messages have it: `row(arn varchar)`, `array(bigint)`."""
        if self.name == "row":
            return f"row({', '.join(f'{name} {part}' for name, part in self.parts)})"
        if self.parts:
            return f"{self.name}({', '.join(str(part) for _, part in self.parts)})"
        if self.sizes:
            return f"{self.name}({','.join(map(str, self.sizes))})"
        return _TOLD.get(self.name, self.name)

    @property
    def element(self) -> "SqlType":
        """What an array holds."""
        return self.parts[0][1]

    def field(self, name: str) -> "SqlType | None":
        """A row's field."""
        return dict(self.parts).get(name) if self.name == "row" else None

    @property
    def duck(self) -> str:
        """DuckDB's spelling."""
        match self.name:
            case "row":
                return f"STRUCT({', '.join(f'{_quoted(name)} {part.duck}' for name, part in self.parts)})"
            case "array":
                return f"{self.element.duck}[]"
            case "map":
                return f"MAP({self.parts[0][1].duck}, {self.parts[1][1].duck})"
            case "decimal":
                return f"DECIMAL({', '.join(map(str, self.sizes or (38, 0)))})"
            case _:
                return _DUCK.get(self.name, self.name.upper())

    @property
    def holds_zone(self) -> bool:
        """Whether there is a timestamp with time zone in it, which Python gets only by way of pytz."""
        return self.name == "timestamp with time zone" or any(part.holds_zone for _, part in self.parts)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


VARCHAR, BOOLEAN, BIGINT, INTEGER = (SqlType(name) for name in ("varchar", "boolean", "bigint", "integer"))
DOUBLE, DECIMAL, DATE, TIMESTAMP = (SqlType(name) for name in ("double", "decimal", "date", "timestamp"))
ZONED, JSON, UNKNOWN = SqlType("timestamp with time zone"), SqlType("json"), SqlType("unknown")


def array(element: SqlType) -> SqlType:
    """Of these."""
    return SqlType("array", (("", element),))


def hive(text: str) -> SqlType:
    """The type of a Glue column, `struct<arn:string,…>`. Raises ValueError with what cannot be read."""
    tokens = re.findall(r"[\w$.-]+|[<>(),:]", text.lower())
    words = iter((*tokens, ""))
    found, rest = _hive(next(words), words)
    if rest:
        raise ValueError(f"{text!r} is no type: {rest!r} is left over")
    return found


def _hive(word: str, words: Iterator[str]) -> tuple[SqlType, str]:
    """(the type that begins with a word, the word after it)."""
    if word == "struct":
        return _struct(words)
    if word in {"array", "map"}:
        return _container(word, words)
    if word not in _PLAIN:
        raise ValueError(f"{word!r} is no type that the sandbox knows")
    after, sizes = next(words), []
    if after == "(":
        while after != ")":
            sizes.append(int(next(words)))
            after = next(words)
        after = next(words)
    return SqlType(_PLAIN[word], sizes=tuple(sizes) if word == "decimal" else ()), after


def _struct(words: Iterator[str]) -> tuple[SqlType, str]:
    _expect(next(words), "<")
    parts, after = [], ","
    while after == ",":
        name = next(words)
        _expect(next(words), ":")
        part, after = _hive(next(words), words)
        parts.append((name, part))
    _expect(after, ">")
    return SqlType("row", tuple(parts)), next(words)


def _container(kind: str, words: Iterator[str]) -> tuple[SqlType, str]:
    _expect(next(words), "<")
    first, after = _hive(next(words), words)
    if kind == "array":
        _expect(after, ">")
        return array(first), next(words)
    _expect(after, ",")
    second, after = _hive(next(words), words)
    _expect(after, ">")
    return SqlType("map", (("key", first), ("value", second))), next(words)


def _expect(word: str, wanted: str) -> None:
    if word != wanted:
        raise ValueError(f"{wanted!r} is expected where {word or 'the end'!r} is")
