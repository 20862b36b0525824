"""Structured logs: one JSON object a line, one id from a command to the calls that it makes."""

import logging
import sys
from typing import TextIO

import structlog

LOG = structlog.get_logger()
"""The product's log: events are named in words, values are keyword arguments."""


def configure(stream: TextIO = sys.stderr, *, level: int = logging.INFO) -> None:
    """Send our events and the libraries' warnings to `stream`."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    # It writes a traceback for each role that cannot be assumed; we tell that ourselves, by role and account.
    logging.getLogger("botocore.credentials").setLevel(logging.ERROR)
    logging.basicConfig(stream=stream, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", force=True)
