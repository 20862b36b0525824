"""The accounts' CloudWatch alarms, and how they reach the bot's queue in the observability account.

Each account's bus hands its alarms' and SageMaker's events on to a bus of the observability account, whose rule puts
them into the queue (EventBridge user guide, "Sending and receiving events between AWS accounts").
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from sandbox.aws import AwsSandbox
from sandbox.aws.cloudwatch.evaluating import FIRST
from sandbox.world import acting, fleet, story
from sandbox.world.story import Serving

QUEUE: Final = "sagewatch-inbox"
QUEUE_ARN: Final = f"arn:aws:sqs:{fleet.REGION}:{fleet.OBSERVABILITY}:{QUEUE}"
DEAD_LETTERS: Final = f"{QUEUE}-dead"
MOST_RECEIVES: Final = 5
"""As docs/reports.md recommends: `maxReceiveCount`, after which a message is a dead letter."""
BUS: Final = "sagewatch"
SOURCES: Final = ("aws.cloudwatch", "aws.sagemaker", "aws.monitoring", "aws.oam", "aws.cloudtrail", "aws.s3")
ARTICLE: Final = "BANKING_MODEL_QUALITY_ACCURACY_SCORE"
"""As the article's notebook names it: made by hand, so it has no stamp."""
TOPIC: Final = "ml-alarms"
"""Whom the alarms call."""


def queue_url(aws: AwsSandbox) -> str:
    """The bot's queue."""
    url: str = aws.client("sqs", fleet.OBSERVABILITY, fleet.REGION).get_queue_url(QueueName=QUEUE)["QueueUrl"]
    return url


def lay_out(aws: AwsSandbox, started_at: datetime) -> None:
    """Queue, buses and rules, and the alarms as each account's team made them."""
    with aws.at(started_at - FIRST):
        _receive(aws)
        for account_id in fleet.LINKED:
            _forward(aws, account_id)
            aws.client("sns", account_id, fleet.REGION).create_topic(Name=TOPIC)
    for deployment in fleet.DEPLOYMENTS:
        (serving,) = story.servings(deployment, started_at, ())
        keys = acting.pipeline(aws, serving.names, serving.since)
        with aws.at(serving.watched_at), acting.client(aws, "cloudwatch", keys) as client:
            watch(client, serving)


def watch(client: Any, serving: Serving) -> None:
    """The alarms of one endpoint. Names carry its stamp, as pipelines that make alarms give them."""
    names = serving.names
    for name, settings in _alarms(serving).items():
        client.put_metric_alarm(AlarmName=name, **settings)
    if _is_main(serving):
        rule = f'ALARM("{names.service}-errors-{names.deployed}") OR ALARM("{names.service}-disk-{names.deployed}")'
        client.put_composite_alarm(
            AlarmName=f"{names.service}-endpoint-{names.deployed}",
            AlarmRule=rule,
            AlarmDescription="The endpoint itself is in trouble",
            AlarmActions=[topic(names.account_id)],
        )


def retire(client: Any, serving: Serving) -> None:
    """Away with the alarms of an endpoint that is no more."""
    names = serving.names
    if _is_main(serving):
        client.delete_alarms(AlarmNames=[f"{names.service}-endpoint-{names.deployed}"])
    client.delete_alarms(AlarmNames=[name for name in _alarms(serving) if name != ARTICLE])


def _is_main(serving: Serving) -> bool:
    return serving.deployment.account_id == fleet.PRODUCTION and story.movable(serving.deployment)


def _alarms(serving: Serving) -> Mapping[str, dict[str, Any]]:
    """By name. The first is the article's own: it fires on missing data, since its period is shorter than the hour."""
    names, stamp = serving.names, serving.names.deployed
    endpoint = {"EndpointName": names.endpoint, "VariantName": "AllTraffic"}
    quality = {"Endpoint": names.endpoint, "MonitoringSchedule": names.schedule("ModelQuality")}
    actions = {"AlarmActions": [topic(names.account_id)]}
    found: dict[str, dict[str, Any]] = {
        f"{names.service}-errors-{stamp}": {
            **_metric("AWS/SageMaker", "Invocation5XXErrors", endpoint, "Sum", 300),
            **_held("GreaterThanThreshold", 5.0, periods=3, datapoints=2, missing="notBreaching"),
            "AlarmDescription": "Errors of the endpoint",
            **actions,
        },
        f"{names.service}-disk-{stamp}": {
            **_metric("/aws/sagemaker/Endpoints", "DiskUtilization", endpoint, "Maximum", 300),
            **_held("GreaterThanThreshold", 70.0, periods=2, datapoints=2, missing="missing"),
            "AlarmDescription": "Data capture stops at 75 %",
            **actions,
        },
    }
    if _is_main(serving):
        namespace = "aws/sagemaker/Endpoints/model-metrics"
        found[ARTICLE] = {
            **_metric(namespace, "accuracy", quality, "Average", 600),
            **_held("LessThanOrEqualToThreshold", 0.91, periods=1, datapoints=1, missing="breaching"),
            "AlarmDescription": "The accuracy drifts away from the baseline constraints",
        }
        found |= {
            f"TargetTracking-endpoint/{names.endpoint}/variant/AllTraffic-{way}": scaled
            for way, scaled in _scaling(names.account_id, endpoint)
        }
    return found


def _scaling(account_id: str, endpoint: Mapping[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """As Application Auto Scaling makes them: the low one is in ALARM by design, and both do nothing but scale."""
    variant = f"endpoint/{endpoint['EndpointName']}/variant/AllTraffic"
    policy, maker = uuid5(NAMESPACE_URL, variant), uuid5(NAMESPACE_URL, f"{variant}/alarms")
    start = f"arn:aws:autoscaling:{fleet.REGION}:{account_id}:scalingPolicy:{policy}"
    scale = f"{start}:resource/sagemaker/{variant}:policyName/requests-per-instance:createdBy/{maker}"
    metric = _metric("AWS/SageMaker", "InvocationsPerInstance", endpoint, "Sum", 60)
    high = _held("GreaterThanThreshold", 700.0, periods=3, datapoints=3, missing="missing")
    low = _held("LessThanThreshold", 630.0, periods=15, datapoints=15, missing="missing")
    about: dict[str, Any] = {"AlarmDescription": f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {start}."}
    about |= {"AlarmActions": [scale]}
    return [("AlarmHigh", {**metric, **high, **about}), ("AlarmLow", {**metric, **low, **about})]


def _metric(namespace: str, name: str, dimensions: Mapping[str, str], stat: str, period_s: int) -> dict[str, Any]:
    pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": pairs, "Statistic": stat, "Period": period_s}


def _held(comparison: str, threshold: float, *, periods: int, datapoints: int, missing: str) -> dict[str, Any]:
    return {
        "ComparisonOperator": comparison,
        "Threshold": threshold,
        "EvaluationPeriods": periods,
        "DatapointsToAlarm": datapoints,
        "TreatMissingData": missing,
    }


def topic(account_id: str) -> str:
    """Whom an account's alarms call."""
    return f"arn:aws:sns:{fleet.REGION}:{account_id}:{TOPIC}"


def _bus() -> str:
    return f"arn:aws:events:{fleet.REGION}:{fleet.OBSERVABILITY}:event-bus/{BUS}"


def _receive(aws: AwsSandbox) -> None:
    """The observability account's bus, open to the linked accounts, and the queue that its rule fills.

    What the bot cannot take goes to a dead-letter queue, where the doctor sees it and `redrive` brings it back.
    """
    sqs = aws.client("sqs", fleet.OBSERVABILITY, fleet.REGION)
    sqs.create_queue(QueueName=DEAD_LETTERS)
    redrive = {"deadLetterTargetArn": f"{QUEUE_ARN}-dead", "maxReceiveCount": MOST_RECEIVES}
    url = sqs.create_queue(QueueName=QUEUE, Attributes={"RedrivePolicy": json.dumps(redrive)})["QueueUrl"]
    sends = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": _document({**sends, "Resource": QUEUE_ARN})})
    events = aws.client("events", fleet.OBSERVABILITY, fleet.REGION)
    events.create_event_bus(Name=BUS)
    principals = [f"arn:aws:iam::{account_id}:root" for account_id in fleet.LINKED]
    opened = {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "events:PutEvents", "Resource": _bus()}
    events.put_permission(EventBusName=BUS, Policy=_document(opened))
    pattern = json.dumps({"source": list(SOURCES)})
    for bus in (BUS, "default"):
        events.put_rule(Name="to-sagewatch", EventBusName=bus, EventPattern=pattern)
        events.put_targets(Rule="to-sagewatch", EventBusName=bus, Targets=[{"Id": "inbox", "Arn": QUEUE_ARN}])


def _forward(aws: AwsSandbox, account_id: str) -> None:
    """An account's own events, to the observability account."""
    events = aws.client("events", account_id, fleet.REGION)
    events.put_rule(Name="to-observability", EventPattern=json.dumps({"source": list(SOURCES)}))
    role = f"arn:aws:iam::{account_id}:role/sagewatch-forward"
    events.put_targets(Rule="to-observability", Targets=[{"Id": "observability", "Arn": _bus(), "RoleArn": role}])


def _document(*statements: dict[str, Any]) -> str:
    named = [{"Sid": f"allow{n}", **statement} for n, statement in enumerate(statements)]
    return json.dumps({"Version": "2012-10-17", "Statement": named})
