"""What a changed alarm says, of whom, and which alarms are nobody's news."""

from datetime import timedelta
from typing import Any

import pytest

from bot.logic.alarms import as_polled, filled, gone, is_same, observed, row
from bot.model.alarm import Alarm, AlarmChange, AlarmGone, AlarmState, Contributor
from bot.model.alarm_series import series_arn
from bot.model.around import Around
from bot.model.observation import DELETED, NO_DATA, Finding, Observation, Reading, Row, Verdict
from bot.model.place import Family, Place, ServiceRule
from sandbox.fakes import at
from sandbox.fakes_alarm import (
    ENDPOINT,
    HUB,
    NOTHING,
    OWNER,
    REGION,
    SCHEDULE,
    alarm,
    by_monitor,
    change,
    metric,
    schedule,
    watched,
)

NOBODY = Around()
TRAFFIC = {"namespace": "AWS/SageMaker", "EndpointName": ENDPOINT, "VariantName": "AllTraffic"}


def said(told: AlarmChange, around: Around = NOBODY) -> Observation:
    """The observation."""
    found = observed(told, around)
    assert isinstance(found, tuple), found
    return found[2]


def finding(told: AlarmChange, around: Around = NOBODY) -> Finding:
    """Its only finding."""
    (found,) = said(told, around).findings
    return found


def place(told: AlarmChange, around: Around = NOBODY) -> tuple[str, str, Family]:
    """Account, service and family."""
    found = observed(told, around)
    assert isinstance(found, tuple), found
    return found[0].account_id, found[0].service, found[0].family


def of(*metrics: Any, **more: Any) -> AlarmChange:
    """An alarm on these metrics fired."""
    return change(watched=tuple(watched(m) for m in metrics), **more)


def test_an_alarm_is_a_row_of_its_own_in_the_incident_of_its_metrics_owner() -> None:
    """Of the account, service and family of what it watches, wherever the alarm itself lives."""
    told = change(hour=2)
    assert place(told) == (OWNER, "bank-marketing", Family.MODEL_QUALITY)
    found = said(told)
    assert (found.subject.arn, found.subject.name, found.subject.resource) == (
        told.alarm.arn,
        told.alarm.name,
        ENDPOINT,
    )
    assert (found.id, found.at, found.complete, found.cadence) == (told.id, at(2), True, timedelta(hours=1))
    expected = Reading(0.7521, 0.8734)
    assert finding(told) == Finding(
        Row("alarm: bank-marketing-accuracy", "LessThanThreshold"), Verdict.BAD, expected, told.alarm.reason, "accuracy"
    )


@pytest.mark.parametrize(
    ("state", "verdict", "whole"),
    [
        (AlarmState.ALARM, Verdict.BAD, True),
        (AlarmState.OK, Verdict.GOOD, True),
        (AlarmState.INSUFFICIENT_DATA, Verdict.BLIND, False),
    ],
)
def test_each_state_has_its_verdict(state: AlarmState, verdict: Verdict, whole: bool) -> None:
    """Without data nothing is judged."""
    found = said(change(state))
    assert (found.findings[0].verdict, found.complete) == (verdict, whole)
    assert (found.findings[0].row == NO_DATA) is (verdict is Verdict.BLIND)


def test_what_it_was_before_tells_whether_something_older_may_come() -> None:
    """Good news of what was not good; a new alarm's first state, and what a poll finds, come from nowhere."""
    ok, alarm_, unknown = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA
    assert said(change(ok, previous=alarm_)).turned
    assert said(change(ok, previous=unknown)).turned
    assert not said(change(ok, previous=None)).turned
    assert not said(change(alarm_, previous=ok)).turned
    assert not said(as_polled(alarm(state=ok))).turned


def test_what_fired_on_missing_data_says_so() -> None:
    """It saw nothing: no number stands for that."""
    found = finding(change(reason=NOTHING, values=(), missing="breaching"))
    assert found.reading == Reading(None, 0.8734, missing=True)
    assert not finding(change(AlarmState.OK, reason=NOTHING, values=())).reading.missing


def test_a_made_anew_alarm_has_the_row_of_the_old_one() -> None:
    """Its name without its stamp; a series' endpoint without its own."""
    assert row(alarm("accuracy-2026-11-02-0914"), None) == row(alarm("accuracy-2026-11-20-1450"), None)
    one, next_ = (
        Contributor(str(n), (("Endpoint", name),))
        for n, name in enumerate((ENDPOINT, "bank-marketing-2026-11-20-1450"))
    )
    assert row(alarm("any"), one) == row(alarm("any"), next_) == Row("alarm: any (bank-marketing)", "LessThanThreshold")


@pytest.mark.parametrize(
    ("period_s", "periods", "datapoints", "expected"),
    [
        (300, 3, 2, timedelta(minutes=10)),
        (300, 3, None, timedelta(minutes=15)),
        (300, None, None, timedelta(minutes=5)),
        (None, None, None, None),
    ],
)
def test_it_changes_as_soon_as_its_periods_allow(
    period_s: int | None, periods: int | None, datapoints: int | None, expected: timedelta | None
) -> None:
    """Period times the data points that must breach."""
    told = change(period_s=period_s, evaluation_periods=periods, datapoints=datapoints)
    assert said(told).cadence == expected


FAMILIES = [
    (metric(), Family.MODEL_QUALITY),
    (metric("feature_baseline_drift_age", "aws/sagemaker/Endpoints/data-metrics"), Family.DATA_QUALITY),
    (metric("feature_data_age", "/aws/sagemaker/Endpoints/data-metric"), Family.DATA_QUALITY),
    (metric("bias_metric_CI", "aws/sagemaker/ModelMonitoring/bias-metrics"), Family.BIAS),
    (metric("feature_age", "aws/sagemaker/Endpoints/explainability-metrics"), Family.EXPLAINABILITY),
    (metric("Invocation5XXErrors", **TRAFFIC), Family.OPERATIONS),
    (metric("DiskUtilization", "/aws/sagemaker/Endpoints", EndpointName=ENDPOINT), Family.OPERATIONS),
    (
        metric("CPUUtilization", "/aws/sagemaker/ProcessingJobs", Host="bank-marketing-2026-11-02-0914/algo-1"),
        Family.OPERATIONS,
    ),
    (
        metric("ExecutionFailed", "AWS/Sagemaker/ModelBuildingPipeline", PipelineName="bank-marketing"),
        Family.OPERATIONS,
    ),
]


@pytest.mark.parametrize(("found", "family"), FAMILIES, ids=[m.namespace + m.name for m, _ in FAMILIES])
def test_the_family_and_service_follow_from_the_metric(found: Any, family: Family) -> None:
    """Each of SageMaker's namespaces, in its every spelling."""
    assert place(of(found)) == (OWNER, "bank-marketing", family)


def test_math_is_of_its_first_metric_of_models() -> None:
    """Whatever else stands in the expression."""
    foreign = metric("Requests", "AWS/ApplicationELB", LoadBalancer="x")
    told = of(foreign, metric("Invocation5XXErrors", **TRAFFIC), kind="math", expression="100*(a/b)")
    assert place(told)[2] is Family.OPERATIONS
    assert finding(told).measured == "100*(a/b)"


def composite(*children: str) -> AlarmChange:
    """Of these."""
    rule = " OR ".join(f"ALARM({child})" for child in children)
    return change(name="any-critical", kind="composite", watched=(), children=children, expression=rule, comparison="")


def test_a_composite_alarm_is_of_its_first_child_that_watches_a_model() -> None:
    """By name or by ARN, through other composite alarms too, which may go round in a circle."""
    foreign = alarm("queue", watched=(watched(metric("Age", "AWS/SQS", QueueName="q")),))
    drift = alarm(
        "drift", watched=(watched(metric("feature_baseline_drift_age", "aws/sagemaker/Endpoints/data-metrics")),)
    )
    inner = alarm("inner", kind="composite", watched=(), children=("any-critical", "inner", drift.arn))
    around = Around(
        alarms={a.arn: a for a in (foreign, drift, inner, alarm("any-critical", watched=(), children=("inner",)))}
    )
    assert place(composite("queue", "inner"), around) == (OWNER, "bank-marketing", Family.DATA_QUALITY)
    assert observed(composite("queue"), around) == "watching nothing of models"
    assert observed(composite("unheard-of"), around) == "watching nothing of models"


def test_a_model_far_below_a_composite_alarm_is_found_by_the_shortest_way() -> None:
    """Also where a longer one, that leads too deep, was tried before; thousands in a row are no trouble."""
    below = {
        "low": ("bank-marketing-accuracy",),
        **{f"l{n}": (f"l{n + 1}",) for n in range(2, 3000)},
        "l4": ("low", "l5"),
    }
    known = [alarm(name, kind="composite", watched=(), children=children) for name, children in below.items()]
    around = Around(alarms={a.arn: a for a in (alarm(), *known)})
    for children, found in ((("l4",), True), (("l3",), True), (("l2",), True), (("l1",), False), (("l5",), False)):
        assert isinstance(observed(composite(*children), around), str) is not found
    longer = alarm("longer", kind="composite", watched=(), children=("l2",))
    around = Around(alarms={**around.alarms, longer.arn: longer})
    assert observed(composite("longer"), around) == "watching nothing of models"
    assert place(composite("longer", "l4"), around)[2] is Family.MODEL_QUALITY


def test_a_series_is_of_the_account_and_endpoint_that_tell_it_apart() -> None:
    """One alarm may speak of many services."""
    select = 'SELECT MIN(accuracy) FROM SCHEMA("aws/sagemaker/Endpoints/model-metrics", Endpoint, MonitoringSchedule)'
    series = Contributor(
        "6d442278dba546f6", (("AWS.AccountId", "333333333333"), ("Endpoint", "loan-default-2026-10-12-1352"))
    )
    more = {"kind": "insights", "watched": (), "expression": f"{select} GROUP BY AWS.AccountId, Endpoint"}
    told = change(contributor=series, name="any-accuracy", **more)
    assert place(told) == ("333333333333", "loan-default", Family.MODEL_QUALITY)
    assert said(told).subject.arn == series_arn(told.alarm.arn, "6d442278dba546f6")
    assert observed(change(name="any-accuracy", **more), NOBODY) == "told by its series"
    one = {**more, "expression": f"{select} WHERE Endpoint = '{ENDPOINT}' AND \"AWS.AccountId\" = '{OWNER}'"}
    assert place(change(**one)) == (OWNER, "bank-marketing", Family.MODEL_QUALITY)


MANY = {
    "name": "any-accuracy",
    "kind": "insights",
    "watched": (),
    "expression": 'SELECT MIN(accuracy) FROM "aws/sagemaker/Endpoints/model-metrics" GROUP BY Endpoint',
}
SUMMED = "1 out of 2 time series evaluated to ALARM"


def test_an_alarm_over_many_series_tells_of_itself_that_there_was_nothing_to_judge() -> None:
    """Blind where that is no state, bad where missing data breaches; what its series say, they say."""
    (blind,) = said(change(AlarmState.INSUFFICIENT_DATA, **MANY)).findings
    assert (blind.row, blind.verdict) == (NO_DATA, Verdict.BLIND)
    missing = finding(change(values=(), reason=NOTHING, **MANY))
    assert (missing.row.metric, missing.verdict, missing.reading.missing) == ("alarm: any-accuracy", Verdict.BAD, True)
    assert observed(change(reason=SUMMED, **MANY), NOBODY) == "told by its series"


def test_an_alarm_over_many_series_that_can_judge_again_is_good_itself() -> None:
    """Whatever its series say then; that one of them fires no more is not kept as news of the alarm."""
    again = said(change(previous=AlarmState.INSUFFICIENT_DATA, reason=SUMMED, **MANY))
    assert (again.findings, again.complete, again.turned) == ((), True, True)
    polled = said(change(previous=None, heard="poll", reason=SUMMED, **MANY))
    assert (polled.findings, polled.complete, polled.turned) == ((), True, False)
    well = said(change(AlarmState.OK, previous=AlarmState.ALARM, **MANY))
    assert ([f.verdict for f in well.findings], well.turned) == ([Verdict.GOOD], False)
    assert said(change(AlarmState.OK, previous=AlarmState.INSUFFICIENT_DATA, **MANY)).turned


PASSED = [
    (change(name="TargetTracking-endpoint/bank/variant/AllTraffic-AlarmLow-3f"), "made by Auto Scaling"),
    (change(description="DO NOT EDIT OR DELETE. For TargetTrackingScaling policy arn:aws:…"), "made by Auto Scaling"),
    (change(actions=("arn:aws:autoscaling:us-west-2:1:scalingPolicy:7:resource/sagemaker/x",)), "made by Auto Scaling"),
    (of(metric("CPUUtilization", "AWS/EC2", InstanceId="i-1")), "watching nothing of models"),
    (change(kind="log", watched=()), "watching nothing of models"),
]


@pytest.mark.parametrize(("told", "why"), PASSED, ids=[str(n) for n in range(len(PASSED))])
def test_what_scales_and_what_watches_nothing_of_models_is_counted_only(told: AlarmChange, why: str) -> None:
    """In ALARM by design, or nobody's here."""
    assert observed(told, NOBODY) == why
    assert gone(AlarmGone(told.alarm, at(1)), NOBODY) == why


def test_a_tag_and_the_settings_say_which_others_are_of_models() -> None:
    """A namespace with its family, a name, the alarm's own tag."""
    drift = of(metric("drift", "FraudDetection/DriftMonitoring", Endpoint="fraud-2026-11-02-0914"), name="fraud-drift")
    assert place(drift, Around(namespaces={"FraudDetection/DriftMonitoring": Family.DATA_QUALITY})) == (
        OWNER,
        "fraud",
        Family.DATA_QUALITY,
    )
    assert place(drift, Around(names=("fraud-*",))) == (HUB, "fraud", Family.OPERATIONS)
    tagged = of(metric("x", "AWS/SQS", Q="q"), tags=(("sagewatch:service", "fraud"),))
    assert place(tagged) == (HUB, "fraud", Family.OPERATIONS)


def test_the_service_is_what_is_known_of_the_endpoint_then_a_rules_then_the_names() -> None:
    """As of any other finding on it."""
    known = Around(resources={(OWNER, REGION, ENDPOINT): "marketing"})
    ruled = Around(rules=(ServiceRule(r"^(bank)-", r"\1"),))
    assert place(change(), known)[1] == "marketing"
    assert place(change(), ruled)[1] == "bank"
    assert place(change(tags=(("sagewatch:service", "campaigns"),)), known)[1] == "campaigns"


def test_the_owner_is_looked_up_where_the_event_does_not_tell_it() -> None:
    """EventBridge's samples have no account beside a metric: the only account with that endpoint has it."""
    untold = of(metric(account=HUB))
    one = Around(owners={(REGION, ENDPOINT): (OWNER,)})
    two = Around(owners={(REGION, ENDPOINT): (OWNER, "333333333333")})
    assert place(untold, one)[0] == OWNER
    assert [place(untold, around)[0] for around in (two, NOBODY)] == [HUB, HUB]


def test_a_deletion_says_that_its_subject_is_gone() -> None:
    """In the incident that heard it."""
    found = gone(AlarmGone(alarm(), at(3)), NOBODY)
    assert isinstance(found, tuple)
    assert found[0] == Place(OWNER, REGION, "bank-marketing", Family.MODEL_QUALITY)
    assert (found[2].findings, found[2].at, found[2].complete) == ((Finding(DELETED, Verdict.GONE),), at(3), False)


def test_numbers_are_told_in_the_unit_that_people_read() -> None:
    """CloudWatch's latency is in microseconds."""
    slow = watched(metric("ModelLatency", **TRAFFIC), "p90", 300)
    found = finding(change(watched=(slow,), threshold=250_000, comparison="GreaterThanThreshold", values=(412_000.0,)))
    assert found.reading == Reading(412.0, 250.0)
    assert found.measured == "ModelLatency (p90, ms)"


def test_a_band_is_told_by_the_edge_that_decided() -> None:
    """It has no threshold."""
    told = change(
        kind="anomaly", threshold=None, comparison="LessThanLowerOrGreaterThanUpperThreshold", values=(537.0,)
    )
    found = finding(AlarmChange(told.alarm, None, "sns", values=(537.0,), limit=531.4))
    assert found.reading == Reading(537.0, 531.4)


def test_what_the_event_lacks_is_filled_from_the_alarms_description() -> None:
    """Owner, treatment of missing data, actions, tags; what the event says stands."""
    bare: dict[str, Any] = {
        "missing": "",
        "actions": (),
        "evaluation_periods": None,
        "comparison": "",
        "threshold": None,
    }
    told = change(watched=(watched(metric(account=HUB)),), datapoints=None, **bare)
    known = alarm(missing="breaching", tags=(("team", "risk"),), changed_at=at(-5), state=AlarmState.OK)
    found = filled(told, known)
    assert found.alarm == alarm(missing="breaching", tags=(("team", "risk"),), changed_at=at(-5))
    assert filled(told, None) == told
    other = alarm(watched=(watched(metric("recall")),))
    assert filled(told, other).alarm.watched == told.alarm.watched


def test_the_same_state_since_the_same_second_is_the_same_change() -> None:
    """Clocks of three ways."""
    told = change(hour=1)
    assert is_same(told, alarm(hour=1 + 0.5 / 3600))
    assert not is_same(told, alarm(hour=1 + 2 / 3600))
    assert not is_same(told, alarm(hour=1, state=AlarmState.OK))


def test_how_it_was_heard_is_told_where_that_matters() -> None:
    """A topic's word alone; a mute rule, under which the alarm's own actions said nothing."""
    rule = "arn:aws:cloudwatch:us-west-2:111111111111:alarm-mute-rule:maintenance"
    muted = AlarmChange(alarm(), None, "eventbridge", muted_by=rule)
    assert said(muted).detail == "The mute rule maintenance held the alarm's actions back."
    assert said(change(heard="sns")).detail.startswith("Only a topic told it")
    assert said(change()).detail == ""


def test_the_articles_own_alarm_is_told_with_what_is_wrong_with_it() -> None:
    """Ten minutes over an hourly metric, missing data breaching: most of the time it is in ALARM for nothing."""
    article: dict[str, Any] = {"reason": NOTHING, "values": (), "missing": "breaching", "period_s": 600}
    told = change(watched=(watched(metric(), period_s=600),), **article)
    hint = finding(told, Around(schedules=by_monitor(schedule()))).hint
    assert hint.startswith("It counts missing data as breaching, and the metric comes hourly.")
    assert "Set the period to 1 h." in hint
    assert SCHEDULE not in hint
    assert finding(change()).hint == ""


def test_a_card_tells_what_makes_one_doubt_that_it_fires() -> None:
    """How far a query looks back is such; that nobody else is told, or that it is good again, is not."""
    daily = Around(schedules=by_monitor(schedule(timedelta(days=1))))
    select = 'SELECT MIN(accuracy) FROM "aws/sagemaker/Endpoints/model-metrics"'
    query: dict[str, Any] = {"kind": "insights", "expression": select, "watched": (), "period_s": 86_400}
    assert finding(change(**query), daily).hint.startswith("It looks back 3 h and the monitor runs every 1 d.")
    assert finding(change(AlarmState.OK, **query), daily).hint == ""
    assert finding(change(actions=(), changed_at=at(0)), Around(schedules=by_monitor(schedule()))).hint == ""


def test_an_alarm_that_is_known_by_nothing_but_its_name_is_still_counted() -> None:
    """Not one field of an alarm is needed to pass it."""
    bare = Alarm(
        "arn:aws:cloudwatch:us-west-2:111111111111:alarm:x", "x", HUB, REGION, "metric", AlarmState.ALARM, at(0)
    )
    assert observed(as_polled(bare), NOBODY) == "watching nothing of models"
