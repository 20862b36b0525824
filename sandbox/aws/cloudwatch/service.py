"""CloudWatch's operations on metrics, put together."""

from collections.abc import Callable
from datetime import datetime

from sandbox.aws.cloudwatch.data import MetricData
from sandbox.aws.cloudwatch.expression import Context, Evaluate, Result
from sandbox.aws.cloudwatch.listing import Listing
from sandbox.aws.cloudwatch.series import Stores
from sandbox.aws.cloudwatch.visible import Links, Sight
from sandbox.aws.errors import NotImplementedInSandbox


def services(
    stores: Stores, links: Links, now: Callable[[], datetime], evaluate: Evaluate | None = None
) -> tuple[object, ...]:
    """What declares CloudWatch's operations; `evaluate` computes expressions."""

    def see(account_id: str, region: str) -> Sight:
        return Sight(account_id, region, now(), stores, links)

    return MetricData(stores, see, evaluate or _refused), Listing(see)


def _refused(expression: str, context: Context) -> Result:  # noqa: ARG001  # it stands for an evaluator
    raise NotImplementedInSandbox("cloudwatch:GetMetricData", f"the expression {expression}")
