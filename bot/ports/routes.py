"""Where incidents go."""

from typing import Protocol

from bot.model.place import About, Place
from bot.model.route import Route, RouteBook


class Routes(Protocol):
    """The settings' routes; they may be read anew at any time."""

    def route(self, place: Place, about: About) -> Route:
        """The route of a place; there always is one."""
        ...

    def all(self) -> tuple[Route, ...]:
        """Every route that is in force, the default one last."""
        ...

    def problem(self) -> str:
        """What is wrong with the routes' file, by line, while the last good ones stay in force; empty for nothing."""
        ...

    def book(self) -> RouteBook:
        """All of that together, from one reading: the routes, what they take, and what the file says of services."""
        ...
