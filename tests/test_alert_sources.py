"""What each kind of event comes to, from the samples, from real bodies and from what AWS spells differently."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.alerts import events
from bot.alerts.sources import (
    cloudwatch_alarm,
    cloudwatch_configuration,
    cloudwatch_contributor,
    report,
    sagemaker_deployment,
    sagemaker_endpoint,
    sagemaker_model_package,
    sagemaker_processing_job,
    sagemaker_schedule,
    sns_alarm,
)
from bot.errors import Malformed
from bot.logic import envelope
from bot.logic.alarm_queries import selected
from bot.logic.moments import moment
from bot.model.alarm import AlarmChange, AlarmGone, AlarmState
from bot.model.news import Look, News
from bot.model.observation import ENDPOINT_FAILED, JOB_FAILED, ROLLED_BACK, Verdict

ARN = "arn:aws:cloudwatch:us-west-2:111111111111:alarm:bank-marketing-accuracy"


def news(said: dict[str, Any] | str) -> News | None:
    """What a body comes to."""
    event = envelope.event(said if isinstance(said, str) else json.dumps(said))
    source = events.source_of(event)
    assert source is not None
    return source.parse(event)


def changed(said: dict[str, Any] | str) -> AlarmChange:
    """An alarm's change."""
    found = news(said)
    assert isinstance(found, AlarmChange)
    return found


def verdict(said: dict[str, Any]) -> Any:
    """Row and verdict of an observation's only finding; None where nothing is said."""
    found = news(said)
    if found is None:
        return None
    assert isinstance(found, tuple)
    (finding,) = found[2].findings
    return finding.row, finding.verdict


def with_detail(sample: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The sample with other details; None takes one away."""
    detail = {**sample["detail"], **more}
    return {**sample, "detail": {k: v for k, v in detail.items() if v is not None}}


@pytest.mark.parametrize("source", events.known(), ids=lambda s: s.NAME)
def test_each_source_reads_its_own_sample(source: events.EventSource) -> None:
    """No other source claims it, and what it comes to is of the account that sent it, or of whose metric it is."""
    event = envelope.event(json.dumps(source.SAMPLE))
    assert [s.NAME for s in events.known() if s.recognises(event)] == [source.NAME]
    assert source.parse(event) is not None


@pytest.mark.parametrize("source", events.known(), ids=lambda s: s.NAME)
def test_nothing_that_a_topic_delivers_passes_for_an_event(source: events.EventSource) -> None:
    """Whoever may publish can write a whole event into the message, or its kind into the envelope."""
    inside = {**sns_alarm.SAMPLE, "Message": json.dumps(source.SAMPLE)}
    kind = {"Type": source.SAMPLE.get("detail-type"), "Message": "", "Timestamp": "2026-11-20T14:05:41.298Z"}
    for body in (inside, {**source.SAMPLE, **kind} if kind["Type"] else inside):
        found = events.source_of(envelope.event(json.dumps(body)))
        assert found is None or (found.NAME, source.NAME) == (sns_alarm.NAME, sns_alarm.NAME)


def test_only_eventbridge_says_that_an_event_is_awss() -> None:
    """The same detail from another source is nobody's."""
    event = envelope.event(json.dumps({**cloudwatch_alarm.SAMPLE, "source": "com.example"}))
    assert events.source_of(event) is None


def test_the_same_change_has_one_id_by_whatever_way_it_comes() -> None:
    """EventBridge, a topic's envelope, and raw."""
    ways = [cloudwatch_alarm.SAMPLE, sns_alarm.SAMPLE, sns_alarm.BODY]
    heard = [changed(way) for way in ways]
    assert {c.id for c in heard} == {f"alarm:{ARN}:2026-11-20T14:05:41.212000"}
    assert [c.heard for c in heard] == ["eventbridge", "sns", "sns"]
    assert {c.alarm.watched for c in heard} == {heard[0].alarm.watched}


def test_a_state_change_says_what_cloudwatch_saw() -> None:
    """The numbers and the comparison stand in the sentence: EventBridge names them nowhere else."""
    found = changed(cloudwatch_alarm.SAMPLE)
    alarm = found.alarm
    assert (alarm.state, found.previous, found.values) == (AlarmState.ALARM, AlarmState.OK, (0.7521,))
    assert (alarm.comparison, alarm.threshold, alarm.period_s) == ("LessThanThreshold", 0.8734, 3600)
    assert alarm.state_at == datetime(2026, 11, 20, 14, 5, 41, 212_000, UTC)
    assert alarm.watched[0].query.metric.account_id == "222222222222"
    assert found.muted_by.endswith(":alarm-mute-rule:maintenance")


def test_the_first_state_of_a_new_alarm_comes_from_nowhere() -> None:
    """That it was made is no change of what it watches."""
    before = {"value": "INSUFFICIENT_DATA", "reason": "Unchecked: Initial alarm creation"}
    assert changed(with_detail(cloudwatch_alarm.SAMPLE, previousState=before)).previous is None


def test_of_many_series_each_speaks_for_itself() -> None:
    """A contributor has its id and what tells it apart."""
    found = changed(cloudwatch_contributor.SAMPLE)
    assert found.contributor is not None
    assert found.contributor.id == "6d442278dba546f6"
    assert dict(found.contributor.attributes)["AWS.AccountId"] == "222222222222"
    assert (found.alarm.kind, found.alarm.comparison, found.values) == ("insights", "LessThanThreshold", (0.7521,))
    assert found.id.endswith(":6d442278dba546f6:2026-11-20T14:06:04.919000")


def test_a_deletion_ends_an_alarm_and_any_other_change_is_looked_at() -> None:
    """A deletion is told by the event alone, since nobody can be asked any more."""
    found = news(cloudwatch_configuration.SAMPLE)
    assert isinstance(found, AlarmGone)
    assert (found.alarm.arn, found.alarm.threshold, found.alarm.missing) == (ARN, 0.8734, "ignore")
    for operation in ("create", "update"):
        looked = news(with_detail(cloudwatch_configuration.SAMPLE, operation=operation))
        assert looked == Look("111111111111", "us-west-2", ARN, "alarm")


REAL = "alarms/shape-{}.json"


def test_real_bodies_of_each_kind_of_alarm_are_read(real: Callable[[str], Any]) -> None:
    """Metric, math, anomaly and composite, as CloudWatch writes them to SNS."""
    kinds = ("metric-accuracy", "metric-math", "cross-account-anomaly", "composite")
    metric, math, anomaly, composite = (changed(json.dumps(real(REAL.format(kind)))) for kind in kinds)
    assert [c.alarm.kind for c in (metric, math, anomaly, composite)] == ["metric", "math", "anomaly", "composite"]
    assert (metric.alarm.region, metric.alarm.missing, metric.values) == ("us-west-2", "breaching", ())
    assert (math.values, math.alarm.threshold) == ((4.2, 3.9), 1.0)
    assert {w.query.metric.account_id for w in math.alarm.watched} == {"111111111111"}
    assert (anomaly.values, anomaly.limit) == ((537.0,), 531.4406901351432)
    assert len(composite.alarm.children) == 2


def test_older_messages_are_read_too(real: Callable[[str], Any]) -> None:
    """No ARN, the Region as people call it: the topic's tells; missing data spelt as it was."""
    said = real("alarms/notify-slack-cloudwatch_alarm.json")["Records"][0]["Sns"]
    found = changed(json.dumps(said)).alarm
    assert (found.region, found.missing, found.state) == ("us-east-1", "notBreaching", AlarmState.OK)
    assert found.arn == f"arn:aws:cloudwatch:us-east-1:{found.account_id}:alarm:DBMigrationRequired"


def test_aws_own_samples_of_sagemaker_are_read(real: Callable[[str], Any]) -> None:
    """Times in milliseconds as text, a source twice, an endpoint under way."""
    in_service = news(json.dumps(real("eventbridge/04-sagemaker-endpoint-state-change.json")))
    package = news(json.dumps(real("eventbridge/06-sagemaker-model-package-state-change.json")))
    deploying = news(json.dumps(real("eventbridge/11-sagemaker-endpoint-deployment-state-change.json")))
    assert isinstance(in_service, tuple)
    assert in_service[2].findings[0].verdict is Verdict.GOOD
    assert isinstance(package, Look)
    assert package.at == "packages"
    assert isinstance(deploying, tuple)
    assert deploying[2].findings[0].row == ROLLED_BACK


@pytest.mark.parametrize(
    ("said", "row", "expected"),
    [
        ("FAILED", ENDPOINT_FAILED, Verdict.BAD),
        ("Failed", ENDPOINT_FAILED, Verdict.BAD),
        ("UPDATE_ROLLBACK_FAILED", ENDPOINT_FAILED, Verdict.BAD),
        ("UpdateRollbackFailed", ENDPOINT_FAILED, Verdict.BAD),
        ("OutOfService", ENDPOINT_FAILED, Verdict.BAD),
        ("IN_SERVICE", ENDPOINT_FAILED, Verdict.GOOD),
        ("InService", ENDPOINT_FAILED, Verdict.GOOD),
        ("ROLLING_BACK", ROLLED_BACK, Verdict.BAD),
    ],
)
def test_statuses_are_understood_in_either_spelling(said: str, row: object, expected: Verdict) -> None:
    """EventBridge's and the API's."""
    assert verdict(with_detail(sagemaker_deployment.SAMPLE, EndpointStatus=said)) == (row, expected)


def test_an_endpoint_on_its_way_says_nothing() -> None:
    """Neither good nor bad; one that is deleted is gone."""
    for said in ("UPDATING", "CREATING", "SYSTEM_UPDATING", "SOMETHING_NEW"):
        assert verdict(with_detail(sagemaker_endpoint.SAMPLE, EndpointStatus=said)) is None
    assert verdict(with_detail(sagemaker_endpoint.SAMPLE, EndpointStatus="DELETING"))[1] is Verdict.GONE


def test_a_rollback_ends_with_the_next_attempt_and_not_with_scaling() -> None:
    """Capacity is an update too, and aims at the configuration that is in service."""
    sample = sagemaker_deployment.SAMPLE
    again = with_detail(sample, EndpointStatus="UPDATING")
    same = {"EndpointConfigName": sample["detail"]["EndpointConfigName"]}
    assert verdict(again) == (ROLLED_BACK, Verdict.GOOD)
    assert verdict(with_detail(again, PendingDeploymentSummary=same)) is None
    assert verdict(with_detail(again, PendingDeploymentSummary=None)) is None
    found = news(sample)
    assert isinstance(found, tuple)
    assert found[2].findings[0].note.startswith("An alarm of the deployment")


def test_a_monitors_job_is_looked_at_and_any_other_tells_how_it_ended() -> None:
    """A monitor's is known by its schedule or by its name."""
    sample = sagemaker_processing_job.SAMPLE
    named = Look("222222222222", "us-west-2", sample["detail"]["ProcessingJobName"])
    assert news(sample) == Look("222222222222", "us-west-2", "bank-marketing-quality-2026-11-02-0941")
    assert news(with_detail(sample, MonitoringScheduleArn=None)) == named
    assert news(with_detail(sample, ProcessingJobStatus="InProgress")) is None
    own = with_detail(sample, ProcessingJobName="features-2026-11-20-02-00-00-123", MonitoringScheduleArn=None)
    assert verdict(own) == (JOB_FAILED, Verdict.GOOD)
    failed = with_detail(own, ProcessingJobStatus="FAILED", FailureReason="ClientError: no such file")
    assert verdict(failed) == (JOB_FAILED, Verdict.BAD)
    next_one = with_detail(own, ProcessingJobName="features-2026-11-21-02-00-00-456")
    subjects = [said[2].subject.arn for said in (news(failed), news(next_one)) if isinstance(said, tuple)]
    assert subjects == ["arn:aws:sagemaker:us-west-2:222222222222:processing-job/features"] * 2
    assert news(with_detail(own, ProcessingJobStatus="Stopped")) is None


def test_a_schedule_is_looked_at_whatever_its_event_holds() -> None:
    """Its payload is not documented."""
    assert news(sagemaker_schedule.SAMPLE) == news(with_detail(sagemaker_schedule.SAMPLE, MonitoringScheduleName=None))


def test_a_package_is_looked_at_once_it_is_made() -> None:
    """And at each decision: who registered it and its metrics are not in the event. Of no group, nobody decides."""
    sample = sagemaker_model_package.SAMPLE
    found = news(sample)
    assert found == Look("222222222222", "us-west-2", sample["resources"][0], "packages")
    assert news(with_detail(sample, ModelApprovalStatus="Approved")) == found
    assert news(with_detail(sample, ModelPackageStatus="InProgress")) is None
    assert news(with_detail(sample, ModelApprovalStatus=None)) is None
    assert news(with_detail(sample, ModelPackageGroupName=None)) is None


BROKEN = [
    (with_detail(cloudwatch_alarm.SAMPLE, alarmName=None), "detail.alarmName lacks"),
    (with_detail(cloudwatch_alarm.SAMPLE, alarmName="another"), "resources: .* is not the alarm"),
    (with_detail(cloudwatch_alarm.SAMPLE, state={"value": "ALARM"}), "detail.state.timestamp is no time"),
    (with_detail(cloudwatch_alarm.SAMPLE, state={"timestamp": "2026-11-20T14:05:41Z"}), "detail.state.value lacks"),
    (with_detail(cloudwatch_alarm.SAMPLE, state={"value": "RED"}), "detail.state.value is none of"),
    (with_detail(cloudwatch_alarm.SAMPLE, configuration={"metrics": 1}), "detail.configuration.metrics is no list"),
    (
        with_detail(cloudwatch_alarm.SAMPLE, configuration={"metrics": [{"metricStat": {"metric": {"name": "x"}}}]}),
        r"detail.configuration.metrics\[0\].metricStat.metric.namespace lacks",
    ),
    (with_detail(cloudwatch_contributor.SAMPLE, alarmContributor=None), "detail.alarmContributor lacks"),
    (with_detail(cloudwatch_configuration.SAMPLE, operation=None), "detail.operation lacks"),
    ({**cloudwatch_alarm.SAMPLE, "account": "222222222222"}, "resources: .* is not the alarm"),
    ({**sns_alarm.BODY, "StateChangeTime": "yesterday"}, "tells no time"),
    ({**sns_alarm.BODY, "AWSAccountId": "222222222222"}, "AWSAccountId is not the account of AlarmArn"),
    ({**sns_alarm.BODY, "AlarmName": "another"}, "AlarmArn is not the ARN of AlarmName"),
    ({k: v for k, v in sns_alarm.BODY.items() if k != "AlarmArn"}, "AlarmArn lacks"),
    ({**sns_alarm.BODY, "Trigger": {**sns_alarm.BODY["Trigger"], "Threshold": "high"}}, "Trigger.Threshold"),
    (with_detail(sagemaker_endpoint.SAMPLE, EndpointName=None), "detail.EndpointName lacks"),
    (with_detail(sagemaker_processing_job.SAMPLE, ProcessingJobName=7), "detail.ProcessingJobName is no line"),
]


@pytest.mark.parametrize(("said", "place"), BROKEN, ids=[place[:40] for _, place in BROKEN])
def test_what_does_not_fit_is_refused_with_its_place(said: dict[str, Any], place: str) -> None:
    """So that whoever looks at the dead letter knows where to look."""
    with pytest.raises(Malformed, match=place):
        news(said)


def test_a_confirmation_of_a_subscription_is_nobodys() -> None:
    """Its address is never called."""
    body = {
        **sns_alarm.SAMPLE,
        "Type": "SubscriptionConfirmation",
        "SubscribeURL": "https://example.com/",
        "Message": "x",
    }
    event = envelope.event(json.dumps(body))
    assert (event.source, event.kind, event.vouched) == ("SNS", "SubscriptionConfirmation", False)
    assert events.source_of(event) is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2025-11-14T18:40:26.838+0000", datetime(2025, 11, 14, 18, 40, 26, 838_000, UTC)),
        ("2026-11-20T15:05:03+01:00", datetime(2026, 11, 20, 14, 5, 3, 0, UTC)),
        (1_592_411_992_203.0, datetime(2020, 6, 17, 16, 39, 52, 203_000, UTC)),
        ("1583831889050", datetime(2020, 3, 10, 9, 18, 9, 50_000, UTC)),
        (1_583_831_889, datetime(2020, 3, 10, 9, 18, 9, 0, UTC)),
        (1_763_145_626.838, datetime(2025, 11, 14, 18, 40, 26, 838_000, UTC)),
        ("2026-02-30T00:00:00Z", None),
        ("Friday 14 November, 2025 18:40:26 UTC", None),
        (float("nan"), None),
        (1e300, None),
        (-5, None),
        (True, None),
        (None, None),
    ],
)
def test_times_are_read_as_aws_writes_them(said: object, expected: datetime | None) -> None:
    """Of the same moment, the same time, however it is spelt."""
    assert moment(said) == expected


def test_a_query_says_what_it_selects() -> None:
    """Namespace and metric, over one series or many."""
    found = selected(cloudwatch_contributor.SAMPLE["detail"]["configuration"]["metrics"][0]["expression"])
    assert found is not None
    assert (found.namespace, found.name, found.grouped) == ("aws/sagemaker/Endpoints/model-metrics", "accuracy", True)
    one = selected('SELECT MAX(DiskUtilization) FROM "/aws/sagemaker/Endpoints"')
    assert one is not None
    assert (one.namespace, one.name, one.grouped) == ("/aws/sagemaker/Endpoints", "DiskUtilization", False)
    assert selected("100*(errors/invocations)") is None


def test_a_query_is_found_behind_other_expressions() -> None:
    """Whatever stands in those is not its own, and a query that is written over lines is one of them."""
    queries = [
        {"id": "e1", "expression": "q1 * 100", "returnData": True},
        {
            "id": "q1",
            "expression": "SELECT MIN(accuracy)\nFROM \"aws/sagemaker/Endpoints/model-metrics\"\nWHERE a = 'b'",
        },
        {"id": "e2", "expression": "SELECT MAX(auc) FROM x GROUP BY y"},
    ]
    alarm = changed(with_detail(cloudwatch_alarm.SAMPLE, configuration={"metrics": queries})).alarm
    found = selected(alarm.expression)
    assert alarm.kind == "insights"
    assert found is not None
    assert (found.name, found.grouped, found.where) == ("accuracy", False, (("a", "b"),))


def test_a_report_is_still_a_report() -> None:
    """Its source may be anybody's."""
    found = news(report.SAMPLE)
    assert isinstance(found, tuple)
    assert found[0].service == "loan-default"


def test_every_source_is_documented() -> None:
    """By its kind of event, in the page on alarms."""
    page = (Path(__file__).parent.parent / "docs" / "alarms.md").read_text(encoding="utf-8")
    kinds = [str(source.SAMPLE.get("detail-type", "SNS message")) for source in events.known()]
    assert [kind for kind in kinds if kind not in page] == []
