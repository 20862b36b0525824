"""Statements whose text is worked out once: SQLAlchemy's ordinary way does so at each execution, for each row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Dialect, Executable, bindparam, tuple_

from bot.store.tables import UtcTime

Values = Mapping[str, Any]
Turn = Callable[[Any], Any]
SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500)
"""How many keys a text may name: 500 of one column, fewer of several. SQLite of before 3.32 takes 999 values."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement in a database's own words."""

    sql: str
    values: tuple[tuple[str, Turn | None], ...]
    """Each by its name, and what the driver takes in another form, such as times; in the driver's order."""
    fixed: Values
    """The values that are the statement's own."""
    by_place: bool
    """Whether the driver takes them by their places, not by their names."""

    def given(self, values: Values) -> Any:
        """All that the driver wants."""
        every = {**self.fixed, **values} if self.fixed else values
        if self.by_place:
            return tuple([every[name] if turn is None else turn(every[name]) for name, turn in self.values])
        return {name: every[name] if turn is None else turn(every[name]) for name, turn in self.values}


class Prepared:
    """A statement that takes its values by the names of its parameters; of an INSERT `columns` are those it fills.

    What it reads comes as the driver gives it: texts and whole numbers as such, JSON and times perhaps as text.
    """

    def __init__(self, statement: Callable[[Connection], Executable], columns: Sequence[str] | None = None) -> None:
        """`statement` is asked once for each kind of database, and expands no parameter by the values given."""
        self._statement = statement
        self._columns = columns
        self._texts: dict[str, _Text] = {}

    def many(self, conn: Connection, rows: Sequence[Values]) -> None:
        """Once for each row; nothing where there is none."""
        if rows:
            text = self._text(conn)
            conn.exec_driver_sql(text.sql, [text.given(row) for row in rows])

    def rows(self, conn: Connection, values: Values) -> Sequence[Sequence[Any]]:
        """What it finds, column after column."""
        text = self._text(conn)
        return conn.exec_driver_sql(text.sql, text.given(values)).all()

    def _text(self, conn: Connection) -> _Text:
        known = self._texts.get(conn.dialect.name)
        if known is None:
            known = _text(self._statement(conn), self._columns, conn.dialect)
            self._texts[conn.dialect.name] = known
        return known


class Among:
    """A statement about any number of keys: of one column's values, or of several columns' together."""

    def __init__(self, columns: Sequence[Column[Any]], statement: Callable[[ColumnElement[bool]], Executable]) -> None:
        """`statement` gets the condition that the columns are one of the keys."""
        self._columns = columns
        self._statement = statement
        self._sized: dict[int, tuple[list[str], Prepared]] = {}

    def rows(self, conn: Connection, keys: Sequence[tuple[Any, ...]]) -> list[Sequence[Any]]:
        """What is found of them; in the statement's order where that is the keys' own."""
        return [row for part in self._parts(keys) for row in self._rows(conn, part)]

    def _parts(self, keys: Sequence[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
        most = SIZES[-1] // len(self._columns)
        return (keys[first : first + most] for first in range(0, len(keys), most))

    def _rows(self, conn: Connection, keys: Sequence[tuple[Any, ...]]) -> Sequence[Sequence[Any]]:
        """So that there are few texts the last key is named again: that finds nothing twice."""
        size = min(next(size for size in SIZES if size >= len(keys)), SIZES[-1] // len(self._columns))
        if size not in self._sized:
            self._sized[size] = self._made(size)
        names, prepared = self._sized[size]
        every = list(keys) + [keys[-1]] * (size - len(keys))
        return prepared.rows(conn, dict(zip(names, chain.from_iterable(every), strict=True)))

    def _made(self, size: int) -> tuple[list[str], Prepared]:
        names = [[f"{column.name}_{n}" for column in self._columns] for n in range(size)]
        binds = [[bindparam(name, type_=c.type) for name, c in zip(key, self._columns, strict=True)] for key in names]
        if len(self._columns) == 1:
            among = self._columns[0].in_([bind for key in binds for bind in key])
        else:
            among = tuple_(*self._columns).in_([tuple_(*key) for key in binds])
        return [name for key in names for name in key], Prepared(lambda _: self._statement(among))


def _text(statement: Any, columns: Sequence[str] | None, dialect: Dialect) -> _Text:
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    turns = {name: _turn(bind.type, dialect) for name, bind in binds.items()}
    own = {name: bind.value for name, bind in binds.items() if not bind.required and bind.value is not None}
    return _Text(
        str(compiled),
        tuple((name, None if name in own else turns[name]) for name in compiled.positiontup or binds),
        {name: value if (turn := turns[name]) is None else turn(value) for name, value in own.items()},
        by_place=compiled.positional,
    )


def _turn(kind: Any, dialect: Dialect) -> Turn | None:
    """The same as SQLAlchemy's own; of a time on SQLite in one step instead of three."""
    if isinstance(kind, UtcTime) and dialect.name == "sqlite":
        return kind.text
    turn: Turn | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return turn
