"""Athena's SQL as sqlglot reads it here: every function call keeps its own name, none gets a meaning by sqlglot."""

from typing import Any, ClassVar

from sqlglot.dialects.trino import Trino
from sqlglot.parsers.trino import TrinoParser

_SPELLED = ("CAST", "TRY_CAST", "EXTRACT", "TRIM", "POSITION", "SUBSTRING")
"""Calls with words between their arguments."""


class _Parser(TrinoParser):
    """Calls become anonymous: which functions there are is written in `functions`."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: parse for name, parse in TrinoParser.FUNCTION_PARSERS.items() if name in _SPELLED
    }


class Query(Trino):
    """What stands in a SELECT. Subscripts are left as they are written, from 1."""

    INDEX_OFFSET = 0
    Parser = _Parser
