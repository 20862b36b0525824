"""How queries are packed into calls, and what is made of replies that are not whole."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.aws.cloudwatch import Way
from bot.aws.hub import Target
from bot.aws.metrics_packs import MOST_POINTS, Pack, Span, Wanted, packs, span_of
from bot.aws.metrics_replies import answers_of
from bot.errors import AccessDenied, SourceError
from bot.model.account import Account
from bot.model.metric import Metric, Query, Series
from bot.model.observation import Window

REGION = "us-west-2"
NOW = datetime(2026, 11, 2, 9, 14, 7, tzinfo=UTC)
OWN = Account("111111111111", "ml-observability", (REGION,))
PROD, TEST = Account("222222222222", "ml-production", (REGION,)), Account("333333333333", "ml-test", (REGION,))
ALONE = Account("444444444444", "ml-alone", (REGION,))
WAYS = {
    (PROD.id, REGION): Way(PROD, Target(OWN, REGION), "link"),
    (TEST.id, REGION): Way(TEST, Target(OWN, REGION), "link"),
    (ALONE.id, REGION): Way(ALONE, Target(ALONE, REGION), "role"),
}
HOURLY = Span(0, 168 * 3600, 3600)


def wanted(account: Account, n: int = 0, span: Span = HOURLY) -> Wanted:
    """The account's metric of that number."""
    return Wanted(Query(Metric(account.id, REGION, "AWS/SageMaker", f"m{n}", ()), "Sum"), span)


def packed(*each: Wanted) -> Pack:
    """All in one call."""
    (pack,) = packs(each, WAYS)
    return pack


def result(n: int, *points: tuple[float, float], code: str = "Complete", **more: Any) -> dict[str, Any]:
    """What a reply says of a query."""
    times, values = [t for t, _ in points], [v for _, v in points]
    return {"Id": f"q{n}", "Timestamps": times, "Values": values, "StatusCode": code, **more}


@pytest.mark.parametrize(
    ("span", "count", "sizes"),
    [
        (HOURLY, 1600, [500, 500, 500, 100]),
        (HOURLY, 500, [500]),
        (Span(0, 3 * 86_400, 300), 300, [116, 116, 68]),
        (Span(0, 15 * 86_400, 60), 10, [4, 4, 2]),
        (Span(0, 300_000, 1), 2, [1, 1]),
    ],
)
def test_a_call_is_as_full_as_one_reply_can_be(span: Span, count: int, sizes: list[int]) -> None:
    """Five hundred queries or 100,800 points; longer ones come in pages."""
    found = packs([wanted(PROD, n, span) for n in range(count)], WAYS)
    assert [len(p.wanted) for p in found] == sizes
    assert all(len(p.wanted) * span.points <= MOST_POINTS or len(p.wanted) == 1 for p in found)


def test_who_is_asked_is_asked_apart_and_linked_accounts_by_their_id() -> None:
    """Two accounts in one call of the observability account; one that is not linked in its own."""
    linked, alone = packs([wanted(PROD), wanted(ALONE), wanted(TEST)], WAYS)
    assert linked.way.asked.account == OWN
    assert [q["AccountId"] for q in linked.request()["MetricDataQueries"]] == [PROD.id, TEST.id]
    assert alone.way.asked.account == ALONE
    assert ["AccountId" in q for q in alone.request()["MetricDataQueries"]] == [False]
    assert [p.wanted for p in linked.by_account()] == [(wanted(PROD),), (wanted(TEST),)]


def test_a_series_is_put_together_from_its_pages() -> None:
    """In the order of the pages; a query that is through on the first is not on the second."""
    pages = [
        {"MetricDataResults": [result(0, (0, 1)), result(1, (0, 5), code="PartialData")], "NextToken": "t"},
        {"MetricDataResults": [result(1, (3600, 6))]},
    ]
    first, second = wanted(PROD, 0), wanted(TEST, 1)
    found = answers_of(packed(first, second), pages)
    assert found == {
        first: Series(first.query, 3600, (0,), (1,)),
        second: Series(second.query, 3600, (0, 3600), (5, 6)),
    }


@pytest.mark.parametrize(
    ("pages", "why"),
    [
        ([{"MetricDataResults": [result(0, (0, 1), code="PartialData")]}], "PartialData"),
        ([{"MetricDataResults": [result(0, code="InternalError")]}], "InternalError"),
        ([{"MetricDataResults": []}], "no result"),
        ([{}], "no result"),
        ([{"MetricDataResults": [], "Messages": [{"Code": "MaxMetricsExceeded", "Value": "…"}]}], "MaxMetricsExceeded"),
        ([{"MetricDataResults": [result(0, code="Odd\n`code`")]}], "Odd `code`"),
    ],
)
def test_a_series_is_whole_or_a_failure(pages: Iterable[dict[str, Any]], why: str) -> None:
    """Never fewer points than there are; it helps to ask again."""
    one = wanted(PROD)
    error = answers_of(packed(one), pages)[one]
    assert isinstance(error, SourceError)
    assert error.cause == f"CloudWatch did not give all points of ml-production ({PROD.id}): {why}"
    assert (error.next_step, error.retryable) == ("Ask again.", True)


def test_what_is_forbidden_is_the_links_matter_and_the_others_are_there() -> None:
    """One query's status says nothing of the next; what is said beside points that are whole takes nothing away."""
    first, second = wanted(PROD, 0), wanted(TEST, 1)
    said = result(1, (0, 2.0), Messages=[{"Code": "Info", "Value": "…"}])
    found = answers_of(packed(first, second), [{"MetricDataResults": [result(0, code="Forbidden"), said]}])
    assert isinstance(found[first], AccessDenied)
    assert found[second] == Series(second.query, 3600, (0,), (2.0,))


@pytest.mark.parametrize(
    ("back", "until", "period_s", "span"),
    [
        (timedelta(hours=2), timedelta(), 3600, ("07:00", "10:00", 3600)),
        (timedelta(hours=2), timedelta(minutes=14, seconds=7), 3600, ("07:00", "09:00", 3600)),
        (timedelta(minutes=2), timedelta(), 60, ("09:12", "09:15", 60)),
        (timedelta(), timedelta(), 300, ("09:10", "09:15", 300)),
        (timedelta(minutes=1), timedelta(), 10, ("09:13", "09:14", 10)),
        (timedelta(hours=4), timedelta(), 10, ("05:14", "09:15", 60)),
    ],
)
def test_a_window_is_widened_to_whole_periods(
    back: timedelta, until: timedelta, period_s: int, span: tuple[str, str, int]
) -> None:
    """So that who asks a minute later asks for the same; never for nothing."""
    found = span_of(Window(NOW - back, NOW - until), period_s, NOW)
    clock = [f"{datetime.fromtimestamp(s, UTC):%H:%M}" for s in (found.start_s, found.end_s)]
    assert (*clock, found.period_s) == span
    assert found.points >= 1


@pytest.mark.parametrize(
    ("days", "asked_s", "period_s"),
    [
        (14, 60, 60),
        (15, 60, 300),
        (62, 300, 300),
        (63, 300, 3600),
        (63, 5400, 7200),
        (454, 3600, 3600),
        (900, 60, 3600),
    ],
)
def test_periods_are_as_long_as_points_are_kept(days: int, asked_s: int, period_s: int) -> None:
    """Of one at the very edge CloudWatch might see the question too late."""
    assert span_of(Window(NOW - timedelta(days=days), NOW), asked_s, NOW).period_s == period_s
