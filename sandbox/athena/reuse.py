"""When an earlier result answers a query again.

Source: Athena User Guide, "Reuse query results in Athena". That a query which asks for the time is not answered from
an earlier result is the sandbox's own reading: the page names functions that are not deterministic, without a list.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from sandbox.athena.executions import Execution
from sandbox.athena.parameters import tokens
from sandbox.athena.workgroups import WorkGroup

_EXACT_FROM_BYTES = 100_000
"""Statements from here on must be the same to the letter."""
DEFAULT_AGE = timedelta(minutes=60)
_TIMES = (exp.CurrentDate, exp.CurrentTimestamp, exp.Localtimestamp)


def key(execution: Execution, output: str) -> tuple[Any, ...]:
    """What must be the same: work group, statement, parameters, database, and where results go."""
    request = execution.request
    return (
        *(request.account, request.region, execution.workgroup, execution.database, output),
        *(_words(execution.text), tuple(request.params.get("ExecutionParameters", []))),
    )


def asked_age(execution: Execution, group: WorkGroup, tree: exp.Query) -> timedelta | None:
    """How old a result may be; None where none may be taken.

    A client that overrides its group's location gets none, nor does a query that may answer otherwise each time.
    """
    params = execution.request.params
    wish = params.get("ResultReuseConfiguration", {}).get("ResultReuseByAgeConfiguration", {})
    given = params.get("ResultConfiguration", {}).get("OutputLocation")
    overridden = given and group.location and given.rstrip("/") != group.location.rstrip("/")
    if not wish.get("Enabled") or overridden or not _deterministic(tree):
        return None
    minutes = wish.get("MaxAgeInMinutes")
    return DEFAULT_AGE if minutes is None else timedelta(minutes=minutes)


def latest(earlier: Iterable[Execution], execution: Execution, age: timedelta) -> Execution | None:
    """The newest result that was computed and is not too old; `earlier` is newest first."""
    for each in earlier:
        fresh = each.completed_at is not None and execution.submitted_at - each.completed_at <= age
        same = each.reuse_key == execution.reuse_key and each is not execution
        if same and fresh and each.state == "SUCCEEDED" and not each.reused:
            return each
    return None


def _words(text: str) -> Any:
    """A statement without its white space and comments; `INNER JOIN` is `JOIN`."""
    if len(text.encode()) >= _EXACT_FROM_BYTES:
        return text
    found = [(each.token_type, each.text) for each in tokens(text) if each.token_type is not TokenType.SEMICOLON]
    pairs = zip(found, [*found[1:], (TokenType.SEMICOLON, "")], strict=True)
    inner = (TokenType.INNER, TokenType.JOIN)
    return tuple((str(kind), word) for (kind, word), (after, _) in pairs if (kind, after) != inner)


def _deterministic(tree: exp.Query) -> bool:
    for node in tree.walk():
        if isinstance(node, exp.Query) and node.args.get("limit") and not node.args.get("order"):
            return False
        if isinstance(node, _TIMES) or (isinstance(node, exp.Anonymous) and str(node.this).lower() == "now"):
            return False
    return True
