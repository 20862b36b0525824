"""The routes' file on its disk: looked at when it is used, in force once it is whole."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Final

from bot.errors import BadRequest
from bot.log import LOG
from bot.logic.handing import PAGERDUTY, shown
from bot.logic.routing import route_of
from bot.model.handoff import Destination, Recipient
from bot.model.place import About, Place
from bot.model.route import Match, Route, RouteBook, RouteRule
from bot.routing.reading import MOST_BYTES, NOBODY, read
from bot.settings import Settings

LOOK_S: Final = 2.0
"""So often it is looked at, at most; and a file that was last written so long ago is no half save."""
Stamp = tuple[int, ...]


class OneRoute:
    """`bot.ports.Routes` without a file: everything goes where the settings say."""

    def __init__(self, default: Route) -> None:
        self._book = RouteBook((RouteRule(Match(), default),))

    def book(self) -> RouteBook:
        """What is in force."""
        return self._book

    def route(self, place: Place, about: About) -> Route:
        """The first that fits."""
        return route_of(self.book().routes, place, about).route

    def all(self) -> tuple[Route, ...]:
        """In their order, the settings' last."""
        return tuple(rule.route for rule in self.book().routes)

    def problem(self) -> str:
        """Why the file as it is now is not in force."""
        return self.book().problem


class RoutingFile(OneRoute):
    """With a file. What changed is taken once it is old enough, or the same at two looks: half a save never holds."""

    def __init__(
        self,
        path: Path,
        default: Route,
        now: Callable[[], datetime],
        wall_s: Callable[[], float] = time.time,
        *,
        known: Mapping[str, Recipient] = NOBODY,
    ) -> None:
        """`wall_s` is the clock that files are dated by, `known` are the destinations that routes may name.

        Raises BadRequest: nothing good could stay in force yet.
        """
        super().__init__(default)
        self._known = known
        self._path = path
        self._default = default
        self._now = now
        self._wall_s = wall_s
        self._lock = Lock()
        self._looked_at = wall_s()
        self._stamp: Stamp = self._stamped()
        self._last_seen: Stamp = self._stamp
        self._book = self._read(self._text())

    def book(self) -> RouteBook:
        """What is in force; whoever comes first looks at the file, nobody waits for them."""
        if abs(self._wall_s() - self._looked_at) >= LOOK_S and self._lock.acquire(blocking=False):
            try:
                self._look()
                self._looked_at = self._wall_s()
            finally:
                self._lock.release()
        return self._book

    def _look(self) -> None:
        try:
            seen, before = self._stamped(), self._last_seen
            self._last_seen = seen
            settled = seen == before or self._wall_s() - seen[0] / 1e9 >= LOOK_S
            if seen == self._stamp or not settled:
                return
            text = self._text()
            if self._stamped() == seen:
                self._stamp = seen
                self._book = self._read(text)
                LOG.info("routes read anew", file=str(self._path), routes=len(self._book.routes))
        except BadRequest as error:
            if error.cause != self._book.problem:
                LOG.error("routes not read: the former ones stay in force", cause=error.cause)
            self._book = replace(self._book, problem=error.cause)

    def _stamped(self) -> Stamp:
        """What tells one state of the file from the next. Raises BadRequest."""
        try:
            found = self._path.stat()
        except OSError as error:
            raise self._unread(error) from None
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino

    def _text(self) -> str:
        try:
            with self._path.open("rb") as file:
                found = file.read(MOST_BYTES + 1)
            text = found.decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise self._unread(error) from None
        if len(found) > MOST_BYTES:
            step = "Name another file in routes_file, or take more services with one route."
            raise BadRequest(f"{self._path} is larger than {MOST_BYTES // 1024} KiB", step)
        return text

    def _read(self, text: str) -> RouteBook:
        return read(text, self._default, str(self._path), self._now(), self._known)

    def _unread(self, error: OSError | UnicodeDecodeError) -> BadRequest:
        """As it may be readable again without a change, it is read at the next look."""
        self._stamp = ()
        if isinstance(error, FileNotFoundError):
            return BadRequest(f"there is no file {self._path}", "Write it, or correct routes_file.")
        said = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        return BadRequest(f"{self._path} cannot be read: {said}", "Make it readable, or correct routes_file.")


def routes_of(settings: Settings, now: Callable[[], datetime]) -> OneRoute:
    """The file that the settings name, else their own route alone. Raises BadRequest that names a mistake's line."""
    acknowledge_for = timedelta(hours=settings.incidents.acknowledge_hours)
    default = Route(settings.slack.channel, acknowledge_for=acknowledge_for)
    if not settings.routes_file:
        return OneRoute(default)
    return RoutingFile(Path(settings.routes_file), default, now, known=recipients(settings))


def destinations(settings: Settings) -> Mapping[str, Destination]:
    """The pagers and webhooks of the settings, by name."""
    return {
        name: Destination(
            name,
            part.kind,
            part.url.get_secret_value() or PAGERDUTY,
            part.secret.get_secret_value(),
            part.private,
            part.seconds,
        )
        for name, part in settings.hand_off.items()
    }


def recipients(settings: Settings) -> Mapping[str, Recipient]:
    """The same as people may see them."""
    return {name: Recipient(name, shown(to)) for name, to in destinations(settings).items()}
