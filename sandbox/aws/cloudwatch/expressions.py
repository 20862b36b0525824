"""An expression of a query: a Metrics Insights query, or metric math with its searches."""

from sandbox.aws.cloudwatch import insights, metric_math
from sandbox.aws.cloudwatch.expression import Context, Flaw, Result
from sandbox.aws.cloudwatch.insights_syntax import is_query


def evaluate(expression: str, context: Context) -> Result:
    """What it comes to. Raises Flaw where it is wrong, AwsError for what it names and is not there."""
    if is_query(expression):
        return insights.evaluate(expression, context)
    return metric_math.evaluate(expression, context)


def uses(expression: str) -> frozenset[str]:
    """The ids of the queries that it is computed from; none of what is wrong, which `evaluate` tells."""
    try:
        return frozenset() if is_query(expression) else metric_math.names(expression)
    except Flaw:
        return frozenset()
