"""A query as GetQueryExecution tells it."""

from typing import Any

from sandbox.athena.executions import Execution


def described(execution: Execution) -> dict[str, Any]:
    """The API's QueryExecution."""
    params = execution.request.params
    context = {name: value for name, value in params.get("QueryExecutionContext", {}).items() if value}
    return {
        "QueryExecutionId": execution.id,
        "Query": execution.text,
        "StatementType": execution.kind,
        "SubstatementType": execution.substatement,
        "ResultConfiguration": {"OutputLocation": execution.output},
        "ResultReuseConfiguration": params.get("ResultReuseConfiguration")
        or {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": context,
        "Status": _status(execution),
        "Statistics": execution.statistics(),
        "WorkGroup": execution.workgroup,
        "EngineVersion": {
            "SelectedEngineVersion": "AUTO",
            "EffectiveEngineVersion": "Athena engine version 3",
        },
        "ExecutionParameters": list(params["ExecutionParameters"]) if params.get("ExecutionParameters") else None,
    }


def _status(execution: Execution) -> dict[str, Any]:
    failure = execution.failure
    return {
        "State": execution.state,
        "SubmissionDateTime": execution.submitted_at,
        "CompletionDateTime": execution.completed_at if execution.over else None,
        "StateChangeReason": failure.reason if failure else None,
        "AthenaError": {
            "ErrorCategory": failure.category,
            "ErrorType": failure.kind,
            "Retryable": failure.category == 1,
            "ErrorMessage": failure.reason,
        }
        if failure
        else None,
    }
