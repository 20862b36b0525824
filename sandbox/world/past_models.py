"""The past of endpoints, monitors and the registry: deployments, what people tried, what they changed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sandbox.aws.trail.events import Event
from sandbox.world import acting, alarms, callers, fleet, people
from sandbox.world.callers import DIEGO, INGRID, MAYA, SHARED, Caller
from sandbox.world.deploy import EXECUTION_ROLE, deploy, retire
from sandbox.world.fleet import Monitor
from sandbox.world.packages import DECIDED
from sandbox.world.story import Serving
from sandbox.world.then import PREDECESSOR, Then, arn, call, refused, role_arn

PROD, TEST, HUB = fleet.PRODUCTION, fleet.TEST, fleet.OBSERVABILITY
_FULL: Final = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": f"s3://{fleet.bucket(PROD)}/churn-try/datacapture",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
}
_TRY: Final = "churn-try"


def told(then: Then) -> Iterator[Event]:
    """All of it."""
    yield from _predecessor(then)
    yield from _tried(then)
    yield from _scaled(then)
    yield from _monitors(then)
    yield from _packages(then)


class _Pen:
    """Writes down what a client of boto3 would have called; its `at` is the sandbox's."""

    def __init__(self, account: str, who: Caller) -> None:
        self._account = account
        self._who = who
        self._at = datetime.min.replace(tzinfo=UTC)
        self.written: list[Event] = []

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Date what is called meanwhile."""
        self._at = moment
        yield

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        operation = "".join(word.capitalize() for word in name.split("_"))

        def write(**params: Any) -> dict[str, Any]:
            self._at += timedelta(seconds=2)
            self.written.append(call(self._at, self._account, self._who, operation, params))
            return {}

        return write


def _predecessor(then: Then) -> Iterator[Event]:
    """The endpoint that served bank-marketing before: made by a run of the pipeline, taken away by the next one."""
    replaced = then.on(21, "09:52")
    made = PREDECESSOR.deployed_at(then.started_at)
    watched = PREDECESSOR.watched_at(then.started_at)
    serving = Serving(PREDECESSOR, then.before, made, watched)
    monitors: tuple[Monitor, ...] = ("ModelQuality",)
    first = _Pen(PROD, callers.pipeline(acting.run_of(then.before)))
    deploy(first, first, serving, monitors)
    second = _Pen(PROD, callers.pipeline(acting.run_of(then.names(0))))
    retire(second, second, serving, replaced, monitors)
    yield from first.written
    yield from second.written


def _tried(then: Then) -> Iterator[Event]:
    """An endpoint that Diego tried in production, and one that Maya was not allowed to."""
    named, other = {"EndpointName": _TRY}, f"{_TRY}-2"
    variant = {"VariantName": "AllTraffic", "ModelName": _TRY, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    config = {"EndpointConfigName": _TRY, "ProductionVariants": [variant], "DataCaptureConfig": _FULL}
    model = {"ModelName": _TRY, "ExecutionRoleArn": role_arn(EXECUTION_ROLE)}
    made = {"EndpointArn": arn("endpoint", _TRY)}
    yield call(then.on(6, "10:21"), PROD, DIEGO, "CreateModel", model, {"ModelArn": arn("model", _TRY)})
    yield call(then.on(6, "10:22"), PROD, DIEGO, "CreateEndpointConfig", config)
    yield call(then.on(6, "10:24"), PROD, DIEGO, "CreateEndpoint", {**named, "EndpointConfigName": _TRY}, made)
    bare = {"EndpointConfigName": other, "ProductionVariants": [{**variant, "InstanceType": "ml.m5.xlarge"}]}
    yield call(then.on(4, "14:08"), PROD, DIEGO, "CreateEndpointConfig", bare)
    yield call(then.on(4, "14:10"), PROD, DIEGO, "UpdateEndpoint", {**named, "EndpointConfigName": other}, made)
    for number, (operation, params) in enumerate(
        (
            ("DeleteEndpoint", named),
            ("DeleteEndpointConfig", {"EndpointConfigName": _TRY}),
            ("DeleteEndpointConfig", {"EndpointConfigName": other}),
            ("DeleteModel", {"ModelName": _TRY}),
        )
    ):
        yield call(then.on(2, f"16:4{number}"), PROD, DIEGO, operation, params)
    yield refused(then.on(5, "11:02"), PROD, MAYA, "CreateEndpoint", arn("endpoint", "fraud-try"))
    backfill = {"ProcessingJobName": "bank-marketing-backfill", "RoleArn": role_arn(EXECUTION_ROLE)}
    answer = {"ProcessingJobArn": arn("processing-job", "bank-marketing-backfill")}
    yield call(then.ago(5.4), PROD, DIEGO, "CreateProcessingJob", backfill, answer)
    gone = {"ModelName": "bank-marketing-candidate"}
    yield call(then.on(1, "15:31"), TEST, SHARED, "DeleteModel", gone)


def _scaled(then: Then) -> Iterator[Event]:
    """More instances for a campaign, and one again."""
    run = callers.pipeline("scale-loan-default")
    for days, count in ((9, 3), (8, 1)):
        weights = {"VariantName": "AllTraffic", "DesiredInstanceCount": count}
        params = {"EndpointName": then.names(1).endpoint, "DesiredWeightsAndCapacities": [weights]}
        made = {"EndpointArn": arn("endpoint", then.names(1).endpoint)}
        yield call(then.on(days, "07:30"), PROD, run, "UpdateEndpointWeightsAndCapacities", params, made)


def _monitors(then: Then) -> Iterator[Event]:
    """A monitor stopped for some minutes between two runs, alerts loosened, a monitor made, stopped and deleted."""
    quality = {"MonitoringScheduleName": then.names(0).schedule("ModelQuality")}
    yield call(then.on(6, "13:21"), PROD, MAYA, "StopMonitoringSchedule", quality)
    yield call(then.on(6, "13:48"), PROD, callers.bot(people.PRIYA), "StartMonitoringSchedule", quality)
    alert = {**quality, "MonitoringAlertName": "ModelQuality"}
    for days, who, most in ((12, INGRID, 3), (2, DIEGO, 5)):
        params = {**alert, "DatapointsToAlert": most, "EvaluationPeriod": 5}
        answer = {"MonitoringScheduleArn": arn("monitoring-schedule", quality["MonitoringScheduleName"])}
        yield call(then.on(days, "12:06"), PROD, who, "UpdateMonitoringAlert", params, answer)
    spare = {"MonitoringScheduleName": f"{then.names(2).service}-try-data-quality"}
    config = {"MonitoringJobDefinitionName": "bank-marketing-try", "MonitoringType": "DataQuality"}
    hourly = {"ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"}, **config}
    yield call(
        then.on(10, "09:40"),
        TEST,
        SHARED,
        "CreateMonitoringSchedule",
        {**spare, "MonitoringScheduleConfig": hourly},
        {"MonitoringScheduleArn": arn("monitoring-schedule", spare["MonitoringScheduleName"], TEST)},
    )
    yield call(then.on(2, "10:17"), TEST, SHARED, "StopMonitoringSchedule", spare)
    yield call(then.on(2, "10:19"), TEST, SHARED, "DeleteMonitoringSchedule", spare)
    yield from _alarms(then)


def _alarms(then: Then) -> Iterator[Event]:
    """The article's alarm, let go and taken back."""
    limit = {
        "AlarmName": alarms.ARTICLE,
        "ComparisonOperator": "LessThanOrEqualToThreshold",
        "EvaluationPeriods": 1,
        "MetricName": "accuracy",
        "Namespace": "aws/sagemaker/Endpoints/model-metrics",
        "Period": 600,
        "Statistic": "Average",
    }
    of_cloudwatch: dict[str, Any] = {"service": "cloudwatch"}
    yield call(then.on(10, "08:55"), PROD, INGRID, "PutMetricAlarm", {**limit, "Threshold": 0.8}, **of_cloudwatch)
    yield call(then.on(9, "09:12"), PROD, MAYA, "PutMetricAlarm", {**limit, "Threshold": 0.91}, **of_cloudwatch)
    names = {"AlarmNames": [alarms.ARTICLE]}
    yield call(then.on(3, "16:20"), PROD, DIEGO, "DisableAlarmActions", names, **of_cloudwatch)
    yield call(then.on(3, "17:35"), PROD, MAYA, "EnableAlarmActions", names, **of_cloudwatch)


def _packages(then: Then) -> Iterator[Event]:
    """Versions registered and approved, one of them by who had registered it; and the group shared with test."""
    for one in DECIDED:
        group = one.model.service
        package = arn("model-package", f"{group}/{one.version}")
        named = {"ModelPackageGroupName": group, "ModelApprovalStatus": "PendingManualApproval"}
        yield call(then.on(one.days, "08:05"), PROD, one.by, "CreateModelPackage", named, {"ModelPackageArn": package})
        approved = {
            "ModelPackageArn": package,
            "ModelApprovalStatus": "Approved",
            "ApprovalDescription": one.reason,
        }
        answer = {"ModelPackageArn": package}
        yield call(then.on(one.days - 1, "15:22"), PROD, one.approver, "UpdateModelPackage", approved, answer)
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},'
    policy += '"Action":"sagemaker:DescribeModelPackage","Resource":"*"}]}'
    shared = {"ModelPackageGroupName": "bank-marketing", "ResourcePolicy": policy % TEST}
    answer = {"ModelPackageGroupArn": arn("model-package-group", "bank-marketing")}
    yield call(then.on(14, "10:44"), PROD, INGRID, "PutModelPackageGroupPolicy", shared, answer)
