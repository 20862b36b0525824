"""A connection of SQLite's own driver that stays open, for a small transaction many times a second."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from sqlalchemy import Engine, PoolProxiedConnection

from bot.store.engine import identity, turn_to_write
from bot.store.transaction import translated


class KeptConnection:
    """Pool, compiler and full synchronisation would cost five times as much.

    A commit outlives the process, however that ends; a power cut may take the last ones back. It is for what may
    then happen a second time.
    """

    def __init__(self, engine: Engine) -> None:
        """Opened by the first transaction; closed when it fails, and with this object."""
        self._engine = engine
        self._made: PoolProxiedConnection | None = None
        self._raw: sqlite3.Connection | None = None
        self._file: tuple[str, object] = ("", None)

    def __del__(self) -> None:
        """Not left to the interpreter, which warns of it."""
        self.close()

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
        if self._made is not None:
            self._made.close()
        self._made = self._raw = None

    def _opened(self) -> sqlite3.Connection:
        """One whose file is still the one that was opened."""
        path, opened = self._file
        if self._raw is not None and identity(path) != opened:
            self.close()
        if self._raw is None:
            made = self._engine.raw_connection()
            raw, self._file = cast("sqlite3.Connection", made.driver_connection), made.info["file"]
            # Out of the pool: others there want their commits on the disk.
            made.detach()
            raw.execute("PRAGMA synchronous = NORMAL")
            # Pages of such transactions are written again and again: the file gets each less often (16 MB at most).
            raw.execute("PRAGMA wal_autocheckpoint = 4000")
            self._made, self._raw = made, raw
        return self._raw
