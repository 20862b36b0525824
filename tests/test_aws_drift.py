"""How far features drifted, as CloudWatch has it, beside what reports say; over HTTP."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.aws.layer import AwsLayer
from bot.model.account import Scope
from bot.model.monitor import Execution, Report
from bot.model.observation import Reading, Row, Verdict
from bot.ports import Ask
from sandbox.aws.cloudwatch.keys import MetricKey
from sandbox.fakes_measured import ACCOUNTS, DATA, DRIFT, drifted
from sandbox.fakes_monitoring import ENDPOINT
from sandbox.fakes_organisation import HOUR, OBSERVABILITY, PRODUCTION, TEST, Fleet

NOTEBOOK = ("aws/sagemaker/Endpoints/data-metrics", {"Endpoint": ENDPOINT, "MonitoringSchedule": DATA})
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def organisation() -> Iterator[Fleet]:
    """Made once, with a monitor of data quality in production."""
    with Fleet.served() as made:
        made.schedule(PRODUCTION, DATA, {"sagewatch:service": "bank-marketing"}, kind="DataQuality")
        yield made


@pytest.fixture
def fleet(organisation: Fleet) -> Fleet:
    """The organisation forty days on."""
    return organisation.later()


@pytest.fixture
def layer(fleet: Fleet) -> Iterator[AwsLayer]:
    """One that remembers nothing."""
    made = fleet.layer()
    yield made
    made.close()


def ask(fleet: Fleet, seconds: float = 30, now: datetime | None = None) -> Ask:
    """About production, which is linked, and the test account."""
    scope = Scope((ACCOUNTS[PRODUCTION], ACCOUNTS[TEST]))
    return replace(fleet.ask(seconds=seconds), scope=scope, now=now or fleet.now)


def emit(
    fleet: Fleet, at: datetime, drifts: Mapping[str, float], spelled: tuple[str, Mapping[str, str]] = NOTEBOOK
) -> None:
    """What a run published of its features, as of a time."""
    namespace, dimensions = spelled
    for name, value in drifts.items():
        fleet.aws.metrics(PRODUCTION).put(
            MetricKey.of(namespace, f"feature_baseline_drift_{name}", dict(dimensions)), at, value
        )


def newest(fleet: Fleet, layer: AwsLayer, asked: Ask) -> Execution:
    """Production's run of data quality that ended last."""
    runs = layer.monitors(asked).executions(fleet.now - timedelta(days=3)).items
    return next(r for r in reversed(runs) if r.schedule_name == DATA)


def read(fleet: Fleet, layer: AwsLayer, asked: Ask | None = None) -> Report:
    """The newest run's report."""
    given = asked or ask(fleet)
    return layer.monitors(given).report(newest(fleet, layer, given))


def seen(report: Report) -> dict[str, float | None]:
    """How far each feature drifted."""
    return {f.row.metric: f.reading.seen for f in report.findings if f.row.check == DRIFT}


@pytest.mark.parametrize(
    "spelled",
    [
        NOTEBOOK,
        ("/aws/sagemaker/Endpoints/data-metric", {"EndpointName": ENDPOINT, "ScheduleName": DATA}),
        ("/aws/sagemaker/Endpoint/data-metrics", {"Endpoint": ENDPOINT, "MonitoringSchedule": DATA}),
        (NOTEBOOK[0], {**NOTEBOOK[1], "Feature": "age"}),
    ],
    ids=["notebooks", "guide", "own containers", "dashboards"],
)
def test_a_drift_has_the_number_that_cloudwatch_has_in_whichever_spelling(
    fleet: Fleet, layer: AwsLayer, spelled: tuple[str, Mapping[str, str]]
) -> None:
    """One call for the run, through the link; limit and note stay, and there is no standard error."""
    drifted(fleet, 2, "age")
    emit(fleet, fleet.at(3), {"age": 0.39}, spelled)
    report = read(fleet, layer)
    assert (report.findings[0].row, report.findings[0].reading) == (Row("age", DRIFT), Reading(0.39, 0.1))
    assert report.findings[0].note == f"age: {DRIFT}"
    assert report.findings[1].reading == Reading()
    assert [c.account for c in fleet.aws.calls if c.operation == "GetMetricData"] == [OBSERVABILITY]


def test_a_runs_own_point_is_told_from_those_of_the_runs_around_it(fleet: Fleet, layer: AwsLayer) -> None:
    """It is of the window's start, or it was published after the window; one within the limit is another run's."""
    drifted(fleet, 2, "age", "balance", "campaign")
    for hour, value in ((4, 0.7), (3, 0.3), (2, 0.8)):
        emit(fleet, fleet.at(hour), {"age": value})
        emit(fleet, fleet.at(hour - 1) + 12 * MINUTE, {"balance": value})
    emit(fleet, fleet.at(3), {"campaign": 0.05})
    assert seen(read(fleet, layer)) == {"age": 0.3, "balance": 0.3, "campaign": None}


def test_features_without_a_metric_stay_as_they_were(fleet: Fleet, layer: AwsLayer) -> None:
    """The report is the same but for the number."""
    drifted(fleet, 2, "age", "balance")
    emit(fleet, fleet.at(3), {"age": 0.39})
    report = read(fleet, layer)
    assert seen(report) == {"age": 0.39, "balance": None}
    assert {f.verdict for f in report.findings} == {Verdict.BAD}
    assert report.readable


@pytest.mark.parametrize(("fault", "times"), [("deny", 1), ("throttle", 3), ("timeout", 1)])
def test_no_verdict_depends_on_cloudwatch(fleet: Fleet, layer: AwsLayer, fault: str, times: int) -> None:
    """Whatever it does the report is there, in time; nobody who is silent is asked again for each run."""
    drifted(fleet, 3, "age")
    drifted(fleet, 2, "age")
    emit(fleet, fleet.at(3), {"age": 0.39})
    fleet.aws.fault(fault, OBSERVABILITY, "cloudwatch:GetMetricData", times=times)
    asked = ask(fleet, seconds=6)
    runs = [r for r in layer.monitors(asked).executions(fleet.now - 9 * HOUR).items if r.schedule_name == DATA]
    reports = [layer.monitors(asked).report(run) for run in runs]
    assert [seen(r) for r in reports] == [{"age": None}] * 2
    assert all(r.readable for r in reports)
    assert asked.left_s() > 0
    assert len({c.params["StartTime"] for c in fleet.aws.calls if c.operation == "GetMetricData"}) < 2
    later = ask(fleet, now=fleet.now + 5 * MINUTE)
    assert seen(layer.monitors(later).report(runs[-1])) == {"age": 0.39}


def test_a_metric_that_comes_late_is_looked_for_again_ever_more_seldom(fleet: Fleet, layer: AwsLayer) -> None:
    """Five minutes later at the earliest, later as long as it took; found, it is kept with the report."""
    drifted(fleet, 1, "age")
    ended = newest(fleet, layer, ask(fleet)).ended_at
    looks = []
    for minutes in (1, 4, 6, 9, 11, 12, 20, 22, 23, 30):
        before = fleet.called("GetMetricData")
        assert seen(read(fleet, layer, ask(fleet, now=ended + minutes * MINUTE))) == {"age": None}
        looks += [minutes] * (fleet.called("GetMetricData") - before)
    assert looks == [1, 6, 12, 30]
    emit(fleet, fleet.at(2), {"age": 0.39})
    for minutes in (59, 60, 600):
        expected = {"age": None if minutes == 59 else 0.39}
        assert seen(read(fleet, layer, ask(fleet, now=ended + minutes * MINUTE))) == expected
    assert fleet.called("GetMetricData") == 5


def test_violations_are_shown_with_the_number_of_their_newest_run_and_no_other_is_asked_for(
    fleet: Fleet, layer: AwsLayer
) -> None:
    """One call for each run that stands for a row."""
    drifted(fleet, 5, "age", "campaign")
    for ago, value in ((4, 0.5), (3, 0.4), (2, 0.3)):
        drifted(fleet, ago, "age", "balance")
        emit(fleet, fleet.at(ago + 1), {"age": value, "balance": value})
    emit(fleet, fleet.at(6), {"campaign": 0.9})
    found = layer.monitors(ask(fleet)).violations(None, timedelta(days=1))
    rows = {v.row.metric: v.finding.reading.seen for v in found.items if v.row.check == DRIFT}
    assert rows == {"age": 0.3, "balance": 0.3, "campaign": 0.9}
    assert found.failures == ()
    assert fleet.called("GetMetricData") == 2
    layer.monitors(ask(fleet)).violations(None, timedelta(days=1))
    assert fleet.called("GetMetricData") == 2


def test_monitors_of_transform_jobs_are_told_by_their_schedule_alone(fleet: Fleet, layer: AwsLayer) -> None:
    """In their own namespaces."""
    drifted(fleet, 2, "age")
    run = replace(newest(fleet, layer, ask(fleet)), endpoint="")
    for namespace in ("aws/sagemaker/ModelMonitoring/data-metrics", "/aws/sagemaker/ModelMonitoring/data-metric"):
        emit(fleet, fleet.at(3), {"age": 0.42}, (namespace, {"MonitoringSchedule": DATA}))
    assert seen(layer.monitors(ask(fleet)).report(run)) == {"age": 0.42}
