"""Which source an event is of: every file in `sources/` is one."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol, cast

from bot.alerts import sources
from bot.model.event import Event
from bot.model.news import News


class EventSource(Protocol):
    """What a file in `sources/` declares."""

    NAME: str
    SAMPLE: Mapping[str, Any]
    """An event as it arrives: the tests' and the documents' example."""

    def recognises(self, event: Event) -> bool:
        """Whether it is one of its kind."""
        ...

    def parse(self, event: Event) -> News | None:
        """None where it tells nothing that anybody wants to know. Raises Malformed, naming the place."""
        ...


@cache
def known() -> tuple[EventSource, ...]:
    """Every source, by name. Raises AttributeError where a file lacks what makes it one."""
    names = sorted(module.name for module in pkgutil.iter_modules(sources.__path__, f"{sources.__name__}."))
    found = [importlib.import_module(name) for name in names]
    for module in found:
        for part in ("NAME", "SAMPLE", "recognises", "parse"):
            getattr(module, part)
    return tuple(cast("EventSource", module) for module in found)


def source_of(event: Event) -> EventSource | None:
    """The first that recognises it."""
    return next((source for source in known() if source.recognises(event)), None)
