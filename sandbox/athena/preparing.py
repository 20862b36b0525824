"""What is to be done for a statement: read at once, so that what cannot be read is refused, done in a worker."""

import re
from collections.abc import Callable

from sandbox.athena.ddl import act
from sandbox.athena.ddl_words import Words
from sandbox.athena.engine import Asked
from sandbox.athena.executions import Execution, Executions
from sandbox.athena.failures import QueryFailed, StatementRefused, at
from sandbox.athena.parameters import bound
from sandbox.athena.progress import Column
from sandbox.athena.results import csv
from sandbox.athena.reuse import asked_age, key, latest
from sandbox.athena.running import Runner
from sandbox.athena.showing import told
from sandbox.athena.sql_types import SqlType
from sandbox.athena.statements import select, words
from sandbox.athena.workgroups import WorkGroup
from sandbox.aws.errors import AwsError
from sandbox.aws.objects import NoSuchObject

Work = Callable[[], None]
_READ = frozenset({"SELECT", "WITH", "("})
_CATALOG = frozenset({"CREATE", "DROP", "ALTER"})
_TOLD = frozenset({"SHOW", "DESCRIBE", "DESC"})
_OTHER = frozenset(
    (
        *("ANALYZE", "CALL", "DEALLOCATE", "DELETE", "EXECUTE", "EXPLAIN", "GRANT", "INSERT", "MERGE", "MSCK"),
        *("OPTIMIZE", "PREPARE", "REVOKE", "TABLE", "UNLOAD", "UPDATE", "USE", "VACUUM", "VALUES"),
    )
)
"""How statements begin that Athena may have and the sandbox has not."""
_FIRST = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(\w+|\()?", re.DOTALL)


def prepared(made: Execution, group: WorkGroup, output: str, executions: Executions, runner: Runner) -> Work:
    """The work of a statement, whose execution learns what kind it is and where its result goes.

    Raises StatementRefused of one that cannot be read.
    """
    found = _FIRST.match(made.text)
    first = (found[1] if found else None) or "<EOF>"
    if first.upper() in _READ:
        return _selecting(made, group, output, executions, runner)
    made.output = f"{output.rstrip('/')}/{made.id}.txt"
    try:
        if first.upper() in _CATALOG:
            return _acting(made, runner)
        if first.upper() in _TOLD:
            return _telling(made, runner)
    except QueryFailed as failed:
        return _failing(failed)
    known = first.upper() in _OTHER
    raise StatementRefused(
        "Queries of this type are not supported" if known else at(1, 1, f"mismatched input '{first}'")
    )


def _selecting(made: Execution, group: WorkGroup, output: str, executions: Executions, runner: Runner) -> Work:
    words(made.text)
    made.output = f"{output.rstrip('/')}/{made.id}.csv"
    try:
        asked = _asked(made, group, runner)
    except QueryFailed as failed:
        return _failing(failed)
    made.reuse_key, age = key(made, output), asked_age(made, group, asked.tree)

    def work() -> None:
        earlier = latest(executions.newest_first(made.request), made, age) if age is not None else None
        if earlier is None or not _taken(made, earlier, runner):
            _answer(made, asked, runner)

    return work


def _acting(made: Execution, runner: Runner) -> Work:
    made.kind = "DDL"
    made.substatement, change = act(Words(made.text), made.database)

    def work() -> None:
        change(runner.tables(made.request))
        runner.storage(made.request).write(made.output, b"")

    return work


def _telling(made: Execution, runner: Runner) -> Work:
    made.kind = "UTILITY"
    made.substatement, names, tell = told(Words(made.text), made.database)

    def work() -> None:
        lines = tell(runner.tables(made.request))
        runner.storage(made.request).write(made.output, "".join(f"{line}\n" for line in lines).encode())
        made.columns = [Column(name, SqlType("string")) for name in names]
        made.rows = [(line,) for line in lines]

    return work


def _failing(failed: QueryFailed) -> Work:
    def fail() -> None:
        raise failed

    return fail


def _asked(made: Execution, group: WorkGroup, runner: Runner) -> Asked:
    statement = bound(made.text, made.request.params.get("ExecutionParameters", []))
    tables, storage = runner.tables(made.request), runner.storage(made.request)
    return Asked(
        bound=statement,
        tree=select(statement),
        database=made.database,
        now=runner.now(),
        find=tables.find,
        registered=tables.registered,
        listed=storage.listed,
        fetch=storage.fetch,
        stop=made.stop,
        cutoff_bytes=group.cutoff_bytes,
    )


def _answer(made: Execution, asked: Asked, runner: Runner) -> None:
    """Run it, and write its result with the caller's rights."""
    made.columns, rows = runner.engine().run(asked, made.progress)
    made.mark("executing")
    body = csv([column.name for column in made.columns], rows)
    made.mark("writing")
    runner.storage(made.request).write(made.output, body)


def _taken(made: Execution, earlier: Execution, runner: Runner) -> bool:
    """Whether an earlier result could be taken: it is still there, and the caller may read it and the tables."""
    try:
        for name in earlier.progress.tables:
            runner.tables(made.request).find(*name.split(".", 1))
        runner.storage(made.request).read(earlier.output)
    except (QueryFailed, AwsError, NoSuchObject):
        return False
    made.columns, made.output, made.reused = earlier.columns, earlier.output, True
    return True
