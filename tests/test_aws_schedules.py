"""Monitors' schedules over HTTP: whose they are, how long they are believed, what is left when they are refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.aws.layer import AwsLayer
from bot.errors import Throttled
from bot.model.place import About, Service, ServiceRule, Severity
from sandbox.fakes_monitoring import ENDPOINT, REGION
from sandbox.fakes_organisation import HOUR, PRODUCTION, SCHEDULE, TEST, Fleet


def test_a_schedule_s_tags_name_its_service_and_go_before_the_endpoint_s(fleet: Fleet, layer: AwsLayer) -> None:
    """Cadence from the cron expression; the endpoint's tags fill in what the schedule does not say."""
    fleet.run(PRODUCTION, 1, "Completed")
    (run,) = fleet.runs(layer, PRODUCTION)
    schedule = layer.monitors(fleet.ask()).schedule(run)
    assert schedule.arn == f"arn:aws:sagemaker:{REGION}:{PRODUCTION}:monitoring-schedule/{SCHEDULE}"
    assert (schedule.cadence, schedule.endpoint) == (HOUR, ENDPOINT)
    assert schedule.service == Service("bank-marketing", "tag")
    assert dict(schedule.tags) == {
        "sagewatch:service": "bank-marketing",
        "team": "campaigns",
        "stage": "ml-production",
    }


def test_without_a_tag_the_service_is_known_by_rule_else_by_name(fleet: Fleet, layer: AwsLayer) -> None:
    """The rule is searched in the endpoint's name; rules that changed hold at once."""
    fleet.run(TEST, 1, "Completed")
    (run,) = fleet.runs(layer, TEST)
    assert layer.monitors(fleet.ask()).schedule(run).service == Service("bank-marketing", "name")
    about = About("campaigns", Severity.HIGH)
    rules = [(ServiceRule(r"^(\w+)-marketing", r"\1 campaigns", about),)]
    ruled = fleet.layer(service_rules=lambda: rules[-1])
    assert ruled.monitors(fleet.ask()).schedule(run).service == Service("bank campaigns", "rule", about)
    rules.append(())
    assert ruled.monitors(fleet.ask()).schedule(run).service == Service("bank-marketing", "name")
    ruled.close()


def test_a_schedule_is_asked_for_once_while_it_is_believed(fleet: Fleet, layer: AwsLayer) -> None:
    """Five minutes, by the product's clock."""
    fleet.run(PRODUCTION, 1, "Completed")
    (run,) = fleet.runs(layer, PRODUCTION)
    for later in (0, 4, 6):
        layer.monitors(replace(fleet.ask(), now=fleet.now + timedelta(minutes=later))).schedule(run)
    assert fleet.called("DescribeMonitoringSchedule") == 2


def test_a_deleted_schedule_is_known_by_its_names(fleet: Fleet, layer: AwsLayer) -> None:
    """Its last run still speaks; one that may not be read is a refusal all the same."""
    name = "short-lived-2026-11-02-0950"
    fleet.schedule(PRODUCTION, name, {})
    fleet.run(PRODUCTION, 1, "Completed", name=name)
    (run,) = fleet.runs(layer, PRODUCTION)
    fleet.aws.client("sagemaker", PRODUCTION).delete_monitoring_schedule(MonitoringScheduleName=name)
    known = layer.monitors(fleet.ask()).schedule(run)
    assert (known.name, known.service.by, known.cadence) == (name, "name", None)
    assert known.arn.endswith(f":monitoring-schedule/{name}")


@pytest.mark.parametrize(
    ("operation", "times", "cadence", "by"),
    [("ListTags", 2, HOUR, "name"), ("DescribeMonitoringSchedule", 1, None, "tag")],
)
def test_a_schedule_that_may_not_be_read_in_full_is_known_by_what_is_left(
    fleet: Fleet, operation: str, times: int, cadence: timedelta | None, by: str
) -> None:
    """Without its tags by its endpoint's name, without its rhythm by its tags; always as the same subject."""
    fleet.run(PRODUCTION, 1, "Completed")
    layer = fleet.layer()
    (run,) = fleet.runs(layer, PRODUCTION)
    fleet.aws.fault("deny", PRODUCTION, operation, times)
    schedule = layer.monitors(fleet.ask()).schedule(run)
    layer.close()
    assert (schedule.name, schedule.cadence) == (SCHEDULE, cadence)
    assert schedule.arn == f"arn:aws:sagemaker:{REGION}:{PRODUCTION}:monitoring-schedule/{SCHEDULE}"
    assert (schedule.service.name, schedule.service.by) == ("bank-marketing", by)


def test_a_right_that_is_taken_away_changes_nothing_of_a_schedule_that_was_read(fleet: Fleet) -> None:
    """It keeps its service and rhythm, so its incident; it is read anew when it is believed no more."""
    fleet.run(PRODUCTION, 1, "Completed")
    layer = fleet.layer()
    (run,) = fleet.runs(layer, PRODUCTION)
    read = layer.monitors(fleet.ask()).schedule(run)
    fleet.aws.fault("deny", PRODUCTION, "DescribeMonitoringSchedule")
    fleet.aws.fault("deny", PRODUCTION, "ListTags", 2)
    later = replace(fleet.ask(), now=fleet.now + timedelta(minutes=6))
    assert layer.monitors(later).schedule(run) == read
    assert fleet.called("DescribeMonitoringSchedule") == 2
    layer.close()


def test_a_throttled_schedule_is_an_error_of_the_account(fleet: Fleet, layer: AwsLayer) -> None:
    """Its names would be a poor answer when a good one comes a minute later."""
    fleet.run(PRODUCTION, 1, "Completed")
    (run,) = fleet.runs(layer, PRODUCTION)
    fleet.aws.fault("throttle", PRODUCTION, "DescribeMonitoringSchedule", 3)
    with pytest.raises(Throttled):
        layer.monitors(fleet.ask()).schedule(run)
