"""One process at a time on a database file."""

import os
from pathlib import Path

from sqlalchemy import Engine

from bot.errors import StoreDown


class Alone:
    """Holds the file until `release`, or until the process ends, however it ends."""

    def __init__(self, engine: Engine) -> None:
        """Raises StoreDown when another process holds it; nothing is held of a PostgreSQL database."""
        self._handle: int | None = None
        if engine.dialect.name == "sqlite":
            self._handle = _hold(Path(f"{engine.url.database}.lock"))

    @property
    def held(self) -> bool:
        """Whether nobody else can be at work on this database."""
        return self._handle is not None

    def release(self) -> None:
        """Let another process begin; twice is no error."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _hold(path: Path) -> int | None:
    try:
        import fcntl
    except ImportError:  # Windows has no such lock: there it is up to whoever starts two
        return None
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise StoreDown(
            f"Another Sagewatch runs on {path.with_suffix('').name}.",
            "Stop it first. Several processes need PostgreSQL: set DATABASE_URL.",
        ) from None
    return handle
