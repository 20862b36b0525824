"""Customers: the same for a seed, healthy within the limits, broken as the levels say."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.world import baseline, merge, quality, traffic
from sandbox.world.quality import Json
from sandbox.world.traffic import BANK_MARKETING, LOAN_DEFAULT, Classifier

START = datetime(2026, 11, 6, tzinfo=UTC)
ACCOUNT = "222222222222"


def judged(model: Classifier, stream: str, hour: datetime, level: int, limits: Json) -> tuple[Json, set[str]]:
    """An hour's metrics and the names that break their limits."""
    pairs = traffic.pairs(traffic.hour_of(model, stream, hour, level))
    report = quality.statistics(pairs, traffic.DECISION, hour, hour + timedelta(hours=1), hour)
    broken = {violation["metric_name"] for violation in quality.compare(report, limits)["violations"]}
    return report["binary_classification_metrics"], broken


def limits_of(model: Classifier, stream: str) -> Json:
    """The team's constraints."""
    return baseline.constraints(baseline.statistics(model, stream, START), model)


def test_an_hour_is_the_same_each_time_it_is_told_and_differs_by_seed_hour_account_and_level() -> None:
    """Nothing but (seed, account, service, hour, level) decides it."""
    hour = traffic.hour_of(BANK_MARKETING, "7/1", START, 0)
    assert hour == traffic.hour_of(BANK_MARKETING, "7/1", START, 0)
    others = [
        traffic.hour_of(BANK_MARKETING, "8/1", START, 0),
        traffic.hour_of(BANK_MARKETING, "7/2", START, 0),
        traffic.hour_of(BANK_MARKETING, "7/1", START + timedelta(hours=1), 0),
        traffic.hour_of(BANK_MARKETING, "7/1", START, 1),
    ]
    assert all(other != hour for other in others)


def test_a_day_has_some_468_requests_an_hour_more_at_noon_than_at_night() -> None:
    """The article's number is the mean."""
    sizes = [len(traffic.hour_of(BANK_MARKETING, "7/1", START + timedelta(hours=h), 0)) for h in range(24)]
    assert sum(sizes) / 24 == pytest.approx(468, rel=0.02)
    assert min(sizes) >= traffic.quietest_hour(BANK_MARKETING)
    assert sizes[20] > sizes[8]


@pytest.mark.parametrize("seed", [1, 7, 42])
@pytest.mark.parametrize("model", [BANK_MARKETING, LOAN_DEFAULT], ids=lambda model: model.service)
def test_no_healthy_hour_of_two_weeks_breaks_a_limit(model: Classifier, seed: int) -> None:
    """An hour that does is somebody's deed."""
    stream = f"{seed}/{ACCOUNT}"
    limits = limits_of(model, stream)
    hours = (START + timedelta(hours=h) for h in range(14 * 24))
    assert [hour for hour in hours if judged(model, stream, hour, 0, limits)[1]] == []


def test_the_first_level_breaks_the_articles_number_of_metrics_at_an_accuracy_near_three_quarters() -> None:
    """Recall and what hangs on it; who says no is still known."""
    stream = f"7/{ACCOUNT}"
    limits = limits_of(BANK_MARKETING, stream)
    for h in range(24):
        metrics, broken = judged(BANK_MARKETING, stream, START + timedelta(hours=h), 1, limits)
        assert 0.65 < metrics["accuracy"]["value"] < 0.8
        assert {"accuracy", "recall", "auc", "f1", "f2", "false_negative_rate", "true_positive_rate"} <= broken
        assert "true_negative_rate" not in broken


def test_the_second_level_is_worse_beyond_noise_than_every_hour_of_the_first() -> None:
    """Farther than 1.25 times the first level's worst distance and that plus 3 standard errors."""
    stream = f"7/{ACCOUNT}"
    limits = limits_of(BANK_MARKETING, stream)
    limit = limits["binary_classification_constraints"]["accuracy"]["threshold"]
    hours = [START + timedelta(hours=h) for h in range(24)]
    first = [judged(BANK_MARKETING, stream, hour, 1, limits)[0]["accuracy"] for hour in hours]
    second = [judged(BANK_MARKETING, stream, hour, 2, limits)[0]["accuracy"] for hour in hours]
    worst = max(limit - metric["value"] for metric in first)
    error = max(metric["standard_deviation"] for metric in first)
    least = min(limit - metric["value"] for metric in second)
    assert least > max(1.25 * worst, worst + 3 * error)
    assert sum(metric["value"] for metric in second) / 24 == pytest.approx(0.33, abs=0.03)


def test_hours_of_one_level_do_not_look_worse_than_each_other() -> None:
    """Else a standing incident would cry out again without a deed."""
    stream = f"7/{ACCOUNT}"
    limits = limits_of(BANK_MARKETING, stream)
    limit = limits["binary_classification_constraints"]["accuracy"]["threshold"]
    hours = [START + timedelta(hours=h) for h in range(48)]
    seen = [judged(BANK_MARKETING, stream, hour, 1, limits)[0]["accuracy"] for hour in hours]
    distances = [limit - metric["value"] for metric in seen]
    assert max(distances) < 1.25 * distances[0] + 3 * seen[0]["standard_deviation"]


def test_the_written_lines_merge_back_to_the_pairs_they_were_written_from() -> None:
    """So an hour whose captures were not kept is judged exactly as one whose captures were."""
    customers = traffic.hour_of(BANK_MARKETING, f"7/{ACCOUNT}", START, 1)
    captured = list(traffic.captured_lines(customers, START, "2026110600"))
    truths = list(traffic.truth_lines(customers, "2026110600"))
    records = merge.merged(captured, truths)
    assert merge.pairs(records, merge.Attributes()) == traffic.pairs(customers)
    assert records[0]["eventMetadata"]["inferenceTime"] == "2026-11-06T00:00:00Z"
    assert len({record["eventMetadata"]["eventId"] for record in records}) == len(customers)


def test_the_answer_follows_from_the_features_sent() -> None:
    """Equal features never get different answers."""
    answers: dict[str, float] = {}
    for customer in traffic.hour_of(BANK_MARKETING, f"7/{ACCOUNT}", START, 2):
        assert answers.setdefault(customer.features, customer.probability) == customer.probability
        assert customer.features.count(",") == 29


def test_the_teams_limits_are_looser_than_the_baseline_by_the_stated_tolerance() -> None:
    """Counted in standard errors of a quiet hour, not of the larger validation set."""
    report = baseline.statistics(BANK_MARKETING, f"7/{ACCOUNT}", START)
    limits = baseline.constraints(report, BANK_MARKETING)["binary_classification_constraints"]
    accuracy = report["binary_classification_metrics"]["accuracy"]["value"]
    quiet = (accuracy * (1 - accuracy) / traffic.quietest_hour(BANK_MARKETING)) ** 0.5
    assert (accuracy - limits["accuracy"]["threshold"]) / quiet == pytest.approx(baseline.TOLERANCE, abs=0.02)
    assert set(limits) == set(quality.METRICS)
    assert limits["false_positive_rate"]["comparison_operator"] == "GreaterThanThreshold"
