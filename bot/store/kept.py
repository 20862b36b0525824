"""A connection of SQLite's own driver that stays open, for a small transaction many times a second."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from sqlalchemy import Engine, PoolProxiedConnection, event

from bot.store.engine import identity, turn_to_write
from bot.store.transaction import translated


class KeptConnection:
    """Pool, compiler and full synchronisation would cost five times as much.

    A commit outlives the process, however that ends; a power cut may take the last ones back. It is for what may
    then happen a second time.
    """

    def __init__(self, engine: Engine) -> None:
        """Closed when the engine is disposed of."""
        self._engine = engine
        self._fairy: PoolProxiedConnection | None = None
        event.listen(engine, "engine_disposed", lambda _: self.close())

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction. Raises StoreDown; then nothing was changed."""
        with translated(), turn_to_write(self._engine):
            raw = self._opened()
            try:
                raw.execute("BEGIN IMMEDIATE")
                yield raw
                raw.execute("COMMIT")
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Twice is no error; the next transaction opens another."""
        if self._fairy is not None:
            # Not back to the pool: others there want their commits on the disk.
            self._fairy.invalidate()
            self._fairy = None

    def _opened(self) -> sqlite3.Connection:
        """One whose file is still the one that was opened."""
        if self._fairy is not None:
            path, opened = self._fairy.info["file"]
            if identity(path) != opened:
                self.close()
        if self._fairy is None:
            self._fairy = self._engine.raw_connection()
            self._raw().execute("PRAGMA synchronous = NORMAL")
        return self._raw()

    def _raw(self) -> sqlite3.Connection:
        return cast("sqlite3.Connection", cast("PoolProxiedConnection", self._fairy).driver_connection)
