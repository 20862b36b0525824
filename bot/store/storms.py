"""Storms on SQL: who is shown on which, and what their drawings offered."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from sqlalchemy import ColumnElement, Engine, RowMapping, Table, select, tuple_

from bot.errors import NotFound
from bot.model.post import CardKey
from bot.model.storm import Storm
from bot.store.tables import storm_drawings, storm_members, storms
from bot.store.transaction import reading

_AT_ONCE = 400
"""Keys of two columns in one statement; SQLite of before 3.32 takes 999 values."""
T = TypeVar("T")


class SqlStorms:
    """`Storms` on SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, cards: Iterable[CardKey]) -> Mapping[CardKey, Storm]:
        """Which storm stands for which of these."""
        found: dict[CardKey, Storm] = {}
        with reading(self._engine) as conn:
            for some in chunks(sorted(set(cards))):
                members = select(storm_members.c.incident, storm_members.c.episode, storms)
                joined = members.join_from(storm_members, storms).where(of_cards(storm_members, some))
                rows = conn.execute(joined).mappings()
                found.update({CardKey(row["incident"], row["episode"]): storm_of(row) for row in rows})
        return found

    def get(self, number: int) -> Storm:
        """Raises NotFound."""
        with reading(self._engine) as conn:
            row = conn.execute(select(storms).where(storms.c.number == number)).mappings().first()
        if row is None:
            raise NotFound(f"There is no storm {number}.", "/ml incidents says which incidents are in one.")
        return storm_of(row)

    def members(self, number: int) -> tuple[CardKey, ...]:
        """By incident and episode."""
        c = storm_members.c
        mine = select(c.incident, c.episode).where(c.storm == number).order_by(c.incident, c.episode)
        with reading(self._engine) as conn:
            return tuple(CardKey(*row) for row in conn.execute(mine))

    def drawing(self, number: int, revision: int) -> Mapping[int, int]:
        """Raises NotFound."""
        c = storm_drawings.c
        with reading(self._engine) as conn:
            body = conn.scalar(select(c.body).where(c.storm == number, c.revision == revision))
        if body is None:
            raise NotFound(f"That drawing of storm {number} is not known any more.", "Look at the card again.")
        return {int(incident): shown for incident, shown in json.loads(body).items()}


def of_cards(table: Table, keys: Sequence[CardKey]) -> ColumnElement[bool]:
    """The rows of these cards, in a table with `incident` and `episode`."""
    return tuple_(table.c.incident, table.c.episode).in_([(k.incident, k.episode) for k in keys])


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """So many as one statement takes."""
    left = iter(items)
    while some := list(islice(left, _AT_ONCE)):
        yield some


def storm_of(row: RowMapping) -> Storm:
    """The storm in these columns."""
    names = ("number", "key", "channel", "started_at", "revision", "channel_id", "ts", "drawn_at", "said_at")
    return Storm(*(row[name] for name in names))
