"""The audit on SQL: nothing here changes or removes a line."""

from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import Engine, select

from bot.model.audit import AuditEntry
from bot.store.tables import audit, insert
from bot.store.together import Together
from bot.store.transaction import reading, writing

_FIELDS = tuple(field.name for field in fields(AuditEntry))
_COLUMNS = tuple(audit.c[name] for name in _FIELDS)


class SqlAudit:
    """`Audit` on SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writes: Together[AuditEntry, None] = Together(self._write)

    def write(self, entry: AuditEntry) -> None:
        """Keep one act; an id that is kept already changes nothing."""
        self._writes.do(entry)

    def tail(self, limit: int) -> tuple[AuditEntry, ...]:
        """The newest first, in the order in which they were written."""
        newest = select(*_COLUMNS).order_by(audit.c.seq.desc()).limit(limit)
        with reading(self._engine) as conn:
            return tuple(AuditEntry(**row) for row in conn.execute(newest).mappings())

    def _write(self, entries: Sequence[AuditEntry]) -> list[None]:
        with writing(self._engine) as conn:
            new = insert(conn, audit).on_conflict_do_nothing(index_elements=[audit.c.id])
            conn.execute(new, [_row(entry) for entry in entries])
        return [None] * len(entries)


def _row(entry: AuditEntry) -> dict[str, object]:
    """Not by `asdict`: that copies each time of an entry, which took a quarter of a quick command."""
    return {name: getattr(entry, name) for name in _FIELDS}
