"""What `doctor` asks of the world. No method raises for what it checks unless it says so: trouble is a line."""

from collections.abc import Iterable
from typing import Protocol

from bot.model.account import Account
from bot.model.checkup import Check, Database, Queue
from bot.model.route import Route


class FleetHealth(Protocol):
    """AWS: the bot's own role, the sinks, and each account of the ask's scope."""

    def checks(self, remembered: Iterable[Account]) -> tuple[Check, ...]:
        """Rights, links, telemetry and AWS's clock. `remembered` are all accounts ever seen."""
        ...


class ChatHealth(Protocol):
    """Slack: the installation, the channels that cards go to, and who the roles name."""

    def checks(self, channels: Iterable[str], routes: Iterable[Route]) -> tuple[Check, ...]:
        """`channels`, by id or name, are looked at besides the default one; and where `routes` lead, whom they call."""
        ...


class StoreHealth(Protocol):
    """The database."""

    def database(self) -> Database:
        """Reads and writes it once. Raises StoreDown or Unsaved."""
        ...

    def queues(self) -> tuple[Queue, ...]:
        """By channel. Raises StoreDown."""
        ...


class Checkup(Protocol):
    """All of it together, in the order in which it was looked at."""

    def checks(self) -> tuple[Check, ...]:
        """Whoever does not answer is a line among those of the others."""
        ...
