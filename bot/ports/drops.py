"""Reports that other monitors drop in S3. Adapters are bound to an `Ask`; every method stays within its deadline."""

from datetime import datetime
from typing import Protocol

from bot.model.report import Document, Drop
from bot.ports.ask import Found


class Drops(Protocol):
    """The sources that the settings name."""

    def listed(self, since: datetime) -> Found[Drop]:
        """What was written since then, oldest first; sources whose account is not in the ask's scope are failures."""
        ...

    def read(self, drop: Drop) -> Document:
        """The object as JSON. Raises SourceError: Missing, Malformed, or why its account does not hand it out."""
        ...
