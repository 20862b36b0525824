"""Athena's operations on queries.

Source: Athena API reference; messages as its clients have reported them.
"""

from collections.abc import Callable

from sandbox.athena import results
from sandbox.athena.describing import described
from sandbox.athena.executions import Execution, Executions
from sandbox.athena.failures import StatementRefused
from sandbox.athena.progress import Cells
from sandbox.athena.rights import Rights
from sandbox.athena.running import Runner
from sandbox.athena.storage import Storage
from sandbox.athena.workgroups import PRIMARY, WorkGroup, WorkGroups, refused
from sandbox.aws.errors import AwsError
from sandbox.aws.ground import Ground
from sandbox.aws.objects import NoSuchObject
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.paging import page

CATALOG = "AwsDataCatalog"
PAGE = 50


class Queries:
    """Start, look, read, stop."""

    def __init__(self, ground: Ground, groups: WorkGroups, executions: Executions, runner: Runner) -> None:
        self._ground = ground
        self._groups = groups
        self._executions = executions
        self._runner = runner

    @operation("athena", "StartQueryExecution")
    def start(self, request: Request) -> Values:
        """Queues a statement, when it can be read and its result has a place."""
        group = self._group(request, request.params.get("WorkGroup", PRIMARY))
        output = self._output(request, group)
        context = request.params.get("QueryExecutionContext", {})
        if context.get("Catalog", CATALOG).lower() != CATALOG.lower():
            raise refused(f"Catalog {context['Catalog']} is not here: the sandbox has {CATALOG} alone")
        made = Execution(request, group.name, context.get("Database", "default").lower(), "", self._ground.now())
        work = self._prepared(made, group, output)
        started = self._executions.start(made, lambda each: self._runner.finish(each, work))
        return {"QueryExecutionId": started.id}

    @operation("athena", "GetQueryExecution")
    def get(self, request: Request) -> Values:
        """One query."""
        return {"QueryExecution": described(self._one(request, request.params["QueryExecutionId"]))}

    @operation("athena", "BatchGetQueryExecution")
    def batch(self, request: Request) -> Values:
        """Up to fifty; those that there are not are told."""
        found, missing = [], []
        for each in request.params["QueryExecutionIds"]:
            try:
                found.append(described(self._one(request, each)))
            except AwsError as error:
                if error.code != "InvalidRequestException":
                    raise
                told = {"QueryExecutionId": each, "ErrorCode": "INVALID_INPUT", "ErrorMessage": error.message}
                missing.append(told)
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}

    @operation("athena", "ListQueryExecutions")
    def listed(self, request: Request) -> Values:
        """Of one work group, newest first."""
        group = self._group(request, request.params.get("WorkGroup", PRIMARY))
        found = [each.id for each in self._executions.newest_first(request) if each.workgroup == group.name]
        part, token = page(found, request.params, str, PAGE)
        return {"QueryExecutionIds": list(part), "NextToken": token}

    @operation("athena", "StopQueryExecution")
    def stop(self, request: Request) -> Values:
        """Of one that is over nothing changes."""
        self._one(request, request.params["QueryExecutionId"]).stop.set()
        return {}

    @operation("athena", "GetQueryResults")
    def rows(self, request: Request) -> Values:
        """Read from S3, with the caller's rights there."""
        execution = self._one(request, request.params["QueryExecutionId"])
        if not execution.over:
            raise refused(
                f"Query has not yet finished. Current state: {execution.state}", "INVALID_QUERY_EXECUTION_STATE"
            )
        if execution.state != "SUCCEEDED":
            words = f"Query did not finish successfully. Final query state: {execution.state}"
            raise refused(words, "INVALID_QUERY_EXECUTION_STATE")
        rows, token = self._page(request, execution)
        columns = {"ColumnInfo": results.described(execution.columns)}
        found = {"Rows": results.shown(rows), "ResultSetMetadata": columns}
        return {"UpdateCount": 0, "ResultSet": found, "NextToken": token}

    def _prepared(self, made: Execution, group: WorkGroup, output: str) -> Callable[[], None]:
        """What is to be done for a statement. Raises AwsError of one that cannot be read."""
        from sandbox.athena.preparing import prepared

        try:
            return prepared(made, group, output, self._executions, self._runner)
        except StatementRefused as error:
            raise refused(str(error), "MALFORMED_QUERY") from None

    def _page(self, request: Request, execution: Execution) -> tuple[list[Cells], str | None]:
        most = request.params.get("MaxResults", results.MOST_ROWS)
        given = request.params.get("NextToken")
        if given is not None and given not in execution.pages:
            raise refused("Invalid NextToken")
        start = execution.pages[given] if given is not None else 0
        if execution.kind == "DML":
            text = self._text(request, execution)
            rows, after = results.page(text, start, len(execution.columns), most)
        else:
            rows = execution.rows[start : start + most]
            after = start + most if start + most < len(execution.rows) else None
        if after is None:
            return rows, None
        token = f"{execution.id}:{after}"
        execution.pages[token] = after
        return rows, token

    def _text(self, request: Request, execution: Execution) -> str:
        try:
            return Storage(self._ground, request).read(execution.output).decode()
        except NoSuchObject:
            raise refused(f"Could not find results. Please verify the S3 location {execution.output}") from None
        except AwsError:
            raise refused(f"Access denied when reading results from {execution.output}") from None

    def _one(self, request: Request, execution_id: str) -> Execution:
        found = self._executions.get(request, execution_id)
        Rights(self._ground.authoriser, request).workgroup(found.workgroup)
        return found

    def _group(self, request: Request, name: str) -> WorkGroup:
        Rights(self._ground.authoriser, request).workgroup(name)
        found = self._groups.of(request, name)
        if request.operation == "StartQueryExecution" and not found.enabled:
            raise refused(f"WorkGroup {name} is disabled.")
        return found

    def _output(self, request: Request, group: WorkGroup) -> str:
        """Raises AwsError where there is none, or its bucket cannot be found by the caller."""
        found = group.output(request.params.get("ResultConfiguration", {}).get("OutputLocation"))
        if not found:
            raise refused(
                "No output location provided. An output location is required either through the Workgroup result"
                " configuration setting or as an API input."
            )
        if not Storage(self._ground, request).may_write_to(found):
            bucket = found.removeprefix("s3://").partition("/")[0]
            raise refused(f"Unable to verify/create output bucket {bucket}")
        return found
