"""Structured logs: one JSON object a line, one id from a command to the calls that it makes."""

import logging
import random
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any, TextIO

import structlog

LOG = structlog.get_logger()
"""The product's log: events are named in words, values are keyword arguments."""
_SECRETS = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|v0=[0-9a-f]{64}|(?<=//)[^/\s:@\"]*:[^/\s@\"]+(?=@)"
    r"|(?<=hooks\.slack\.com/)[\w/-]+|(?<=ticket=)[\w-]+|(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}"
)
"""Slack's tokens, signatures, answer addresses and socket tickets, a URL's user and password, AWS key ids."""


def mask(text: str) -> str:
    """The text without what opens a door, should a library's words ever hold it."""
    return _SECRETS.sub("[masked]", text)


_ID: ContextVar[str] = ContextVar("sagewatch_id", default="")
_FACTS: ContextVar[Mapping[str, str] | None] = ContextVar("sagewatch_facts", default=None)


class traced:  # noqa: N801  # used as a function is
    """All that is logged inside bears one id, a new one unless it has one already, and these facts; gives the id.

    A context variable of our own: structlog's cost ten times as much, and every delivery passes here.
    """

    __slots__ = ("_facts", "_tokens")

    def __init__(self, **facts: str) -> None:
        self._facts = facts

    def __enter__(self) -> str:
        found = _ID.get() or f"{random.getrandbits(32):08x}"
        self._tokens = (_ID.set(found), _FACTS.set({**(_FACTS.get() or {}), **self._facts}) if self._facts else None)
        return found

    def __exit__(self, *_: object) -> None:
        mine, facts = self._tokens
        _ID.reset(mine)
        if facts is not None:
            _FACTS.reset(facts)


def current_id() -> str:
    """The id that is being traced; empty when none is."""
    return _ID.get()


def configure(stream: TextIO = sys.stderr, *, level: int = logging.INFO) -> None:
    """Send our events and the libraries' warnings to `stream`."""
    shared: list[Any] = [
        _with_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ended: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(), _masked]
    structlog.configure(
        processors=[*shared, *ended],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    # It writes a traceback for each role that cannot be assumed; we tell that ourselves, by role and account.
    logging.getLogger("botocore.credentials").setLevel(logging.ERROR)
    handler = logging.StreamHandler(stream)
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[_named, without_meta, *ended], foreign_pre_chain=shared, pass_foreign_args=False
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _with_id(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The traced id and facts, beside what the event says of itself."""
    for name, value in (("id", _ID.get()), *(_FACTS.get() or {}).items()):
        if value:
            event.setdefault(name, value)
    return event


def _named(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Which library speaks."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["logger"] = record.name
    return event


def _masked(_: object, __: str, line: str) -> str:
    return mask(line)
