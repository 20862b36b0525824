"""How a service is known."""

import time
from dataclasses import replace

import pytest

from bot.logic.services import TAG, about_of, place_of, service_of
from bot.model.monitor import Schedule
from bot.model.place import About, Family, Place, Service, ServiceRule, Severity
from sandbox.fakes import HOUR


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("BankMarketingTarget-endpoint-2024-08-18-1958", "BankMarketingTarget"),
        ("bank-marketing-2026-11-02-0914", "bank-marketing"),
        ("bank-marketing-quality-2026-11-02-0914", "bank-marketing"),
        ("bank-marketing-model-quality-monitoring-schedule", "bank-marketing"),
        ("bank_marketing_data_quality_monitor", "bank_marketing"),
        ("churn-2026-11-02-09-14-33-123", "churn"),
        ("churn-20261102T091433Z", "churn"),
        ("churn-241118-1958", "churn"),
        ("churn-1730534400", "churn"),
        ("churn-1730534400123", "churn"),
        ("churn-3f2a9c1b", "churn"),
        ("churn-0b1f2c3d-1111-4222-8333-444455556666", "churn"),
        ("churn-endpoint-3f2a9c1b-2026-11-02", "churn"),
        ("churn-v2", "churn-v2"),
        ("churn-decade", "churn-decade"),
        ("churn-2", "churn-2"),
        ("churn-2026-13-45", "churn-2026-13-45"),
        ("endpoint", "endpoint"),
        ("-endpoint", "-endpoint"),
        ("2024-08-18", "2024-08-18"),
    ],
)
def test_a_stem_lives_on_through_deployments(name: str, service: str) -> None:
    """Stamps and the words of schedules go, what is left is never empty."""
    assert service_of(name, {}) == Service(service, "name")


def test_a_tag_beats_rules_and_a_rule_beats_the_name() -> None:
    """Each says how the service is known; an empty tag and a rule that gives nothing do not count."""
    rules = (ServiceRule(r"^x(.*)$", r" "), ServiceRule(r"^prod-(?P<team>\w+)-", r"\g<team>-models"))
    assert service_of("prod-risk-churn", {TAG: "churn"}, rules) == Service("churn", "tag")
    assert service_of("prod-risk-churn", {TAG: "  "}, rules) == Service("risk-models", "rule")
    assert service_of("xchurn-2026-11-02", {}, rules) == Service("xchurn", "name")


def test_a_hostile_name_costs_no_time() -> None:
    """The stamp's pattern does not try every way to split digits."""
    began = time.perf_counter()
    service_of("a-20261102" + "1" * 5_000 + "x", {})
    assert time.perf_counter() - began < 1


def test_the_place_of_a_schedule_is_its_service_and_family() -> None:
    """Two names of one service share a place."""
    arn = "arn:aws:sagemaker:us-east-1:222222222222:monitoring-schedule/a"
    schedule = Schedule(arn, "a", "222222222222", "us-east-1", Family.MODEL_QUALITY, "e", HOUR, Service("s", "tag"))
    assert place_of(schedule) == Place("222222222222", "us-east-1", "s", Family.MODEL_QUALITY)
    assert place_of(replace(schedule, name="b", endpoint="f")) == place_of(schedule)


@pytest.mark.parametrize(
    ("tags", "about"),
    [
        ({}, About()),
        ({"team": "risk", "severity": "high"}, About()),
        ({"sagewatch:team": " risk "}, About(team="risk")),
        ({"sagewatch:severity": "High"}, About(severity=Severity.HIGH)),
        ({"sagewatch:severity": "urgent"}, About()),
        (
            {"sagewatch:runbook": "https://wiki/bank", "sagewatch:owner": "ana@example.com"},
            About(runbook="https://wiki/bank", owner="ana@example.com"),
        ),
    ],
)
def test_tags_say_more_of_a_service(tags: dict[str, str], about: About) -> None:
    """Only ours do; a severity that is none of ours says nothing."""
    assert about_of(tags) == about
    assert service_of("bank", tags).about == about
