"""Where incidents are shown."""

from typing import Protocol

from bot.model.place import Place
from bot.model.route import Route


class Routes(Protocol):
    """The settings' routes."""

    def route(self, place: Place) -> Route:
        """The route of a place; there is always one."""
        ...
