"""Brings a database to this version's tables."""

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine

from bot.errors import StoreDown
from bot.store.transaction import serialise, writing

_LOCK = 7_243_001
"""Any number of our own: it keeps two starting processes from migrating at once."""


def migrate(engine: Engine) -> None:
    """Apply the migrations that lack, all or none. Raises StoreDown, also for a database of a newer version."""
    config = Config()
    config.set_main_option("script_location", "bot.store:migrations")
    with writing(engine) as conn:
        serialise(conn, _LOCK)
        config.attributes["connection"] = conn
        try:
            command.upgrade(config, "head")
        except CommandError as err:
            raise StoreDown(
                "The database was made by a newer Sagewatch; nothing was changed.",
                "Run that version, or bring back the backup made before it.",
            ) from err
