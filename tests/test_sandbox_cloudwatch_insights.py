"""Metrics Insights: the SQL, which metrics it takes, and how observations of many are one."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.aws.cloudwatch.answering import Answering, Window
from sandbox.aws.cloudwatch.expression import Flaw, Note
from sandbox.aws.cloudwatch.expressions import evaluate
from sandbox.aws.cloudwatch.insights_syntax import is_query, parse
from sandbox.aws.cloudwatch.queries import checked
from sandbox.aws.cloudwatch.series import MetricKey, MetricStore
from sandbox.aws.cloudwatch.visible import Sight
from sandbox.aws.errors import AwsError, NotImplementedInSandbox
from sandbox.aws.links import Link

HUB, PROD = "111111111111", "222222222222"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LINK = Link("arn", PROD, "us-west-2", "ml-production", "", (), "sink", NOW - timedelta(days=40))
LATENCY = "AWS/SageMaker"


def asked(expression: str, stores: dict[str, MetricStore], *more: dict[str, Any], hours: float = 1) -> Answering:
    """A query in the monitoring account, of five-minute points."""
    sight = Sight(HUB, "us-west-2", NOW, lambda account, _: stores[account], lambda *_: (LINK,))
    window = Window(NOW.timestamp() - 3600 * hours, NOW.timestamp())
    queries = checked([{"Id": "q", "Expression": expression, "Period": 300}, *more])
    return Answering(queries, window, sight, evaluate)


def fleet() -> dict[str, MetricStore]:
    """Latencies of three endpoints' variants, one of them at home; `a` has two observations, the second is 40."""
    found = {HUB: MetricStore(), PROD: MetricStore()}
    for account, endpoint, variant, values in (
        (PROD, "a", "blue", [10.0, 40.0]),
        (PROD, "b", "blue", [20.0]),
        (HUB, "c", "green", [30.0]),
    ):
        key = MetricKey.of(LATENCY, "ModelLatency", {"EndpointName": endpoint, "VariantName": variant})
        found[account].put_many(key, [(NOW - timedelta(minutes=30)).timestamp()] * len(values), values)
    whole = MetricKey.of(LATENCY, "ModelLatency")
    found[PROD].put(whole, NOW - timedelta(minutes=20), 5.0)
    return found


def answered(expression: str) -> list[tuple[str, list[float]]]:
    """(label, values) of each series."""
    result = asked(expression, fleet()).result("q")
    series = result if isinstance(result, tuple) else (result,)
    return [(one.label, list(one.values)) for one in series]


FROM = f'FROM "{LATENCY}"'
SCHEMA = f'FROM SCHEMA("{LATENCY}", VariantName, EndpointName)'


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"SELECT AVG(ModelLatency) {SCHEMA}", [("", [25.0])]),  # of four observations, not of three averages
        (f"SELECT SUM(ModelLatency) {SCHEMA}", [("", [100.0])]),
        (f"select count(ModelLatency) {SCHEMA}", [("", [4.0])]),
        (f"SELECT MAX(ModelLatency) {FROM}", [("", [40.0, 5.0])]),
        (f"SELECT MIN(ModelLatency) {FROM}", [("", [10.0, 5.0])]),
        ('SELECT MIN(ModelLatency) FROM SCHEMA("AWS/SageMaker")', [("", [5.0])]),
        (f"SELECT SUM(modellatency) {FROM}", [("", [])]),
        (f"SELECT SUM(ModelLatency) {FROM} WHERE EndpointName = 'a'", [("", [50.0])]),
        (f"SELECT SUM(ModelLatency) {SCHEMA} WHERE EndpointName != 'a' AND VariantName = 'blue'", [("", [20.0])]),
        (f"SELECT SUM(ModelLatency) {FROM} WHERE AWS.AccountId = '{PROD}'", [("", [70.0, 5.0])]),
        (f"SELECT SUM(ModelLatency) {FROM} WHERE AWS.AccountId = CURRENT_ACCOUNT_ID()", [("", [30.0])]),
        (f"SELECT SUM(ModelLatency) {FROM} GROUP BY AWS.AccountId", [(HUB, [30.0]), (PROD, [70.0, 5.0])]),
        (
            f"SELECT SUM(ModelLatency) {FROM} GROUP BY VariantName",
            [("Other", [5.0]), ("blue", [70.0]), ("green", [30.0])],
        ),
        (
            f"SELECT SUM(ModelLatency) {SCHEMA} GROUP BY VariantName, EndpointName ORDER BY MAX() DESC",
            [("blue a", [50.0]), ("green c", [30.0]), ("blue b", [20.0])],
        ),
        (f"SELECT SUM(ModelLatency) {SCHEMA} GROUP BY EndpointName ORDER BY SUM() LIMIT 1", [("b", [20.0])]),
        (f"SELECT SUM(ModelLatency) {SCHEMA} GROUP BY EndpointName LIMIT 2", [("a", [50.0]), ("b", [20.0])]),
    ],
)
def test_a_query_aggregates_what_it_matches(query: str, expected: list[tuple[str, list[float]]]) -> None:
    """Functions over observations, namespaces and exact schemas, conditions, groups and their order."""
    assert answered(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        "SELECT",
        "SELECT AVG",
        "SELECT MEDIAN(a) FROM b",
        "SELECT AVG(a)",
        "SELECT AVG(a) FROM AWS/EC2",
        "SELECT AVG(a b) FROM c",
        "SELECT AVG(precision) FROM b",  # a reserved keyword wants double quotes, in any case
        "SELECT AVG(a) FROM Data",
        "SELECT AVG(a) FROM b WHERE",
        "SELECT AVG(a) FROM b WHERE c = d",
        "SELECT AVG(a) FROM b WHERE c = 5",
        "SELECT AVG(a) FROM b WHERE c = 'd' OR c = 'e'",
        "SELECT AVG(a) FROM b WHERE c IN ('d')",
        "SELECT AVG(a) FROM b WHERE AWS.Region = 'd'",
        "SELECT AVG(a) FROM b GROUP c",
        "SELECT AVG(a) FROM b ORDER BY AVG(a)",
        "SELECT AVG(a) FROM b LIMIT 0",
        "SELECT AVG(a) FROM b LIMIT 501",
        "SELECT AVG(a) FROM b LIMIT x",
        "SELECT AVG(a) FROM b ORDER BY AVG() GROUP BY c",
        "SELECT AVG(a) FROM b;",
    ],
)
def test_what_is_no_query_is_refused(query: str) -> None:
    """Only what the guide lists: no OR, no IN, quotes where it wants them, clauses in their order."""
    with pytest.raises(Flaw):
        parse(query)


def test_identifiers_may_stand_between_quotes() -> None:
    """Names with other characters, reserved keywords, and quotes escaped by a backslash."""
    query = parse(r"""SELECT AVG("Bytes\"Input\"") FROM "a/b" WHERE "LIMIT" = 'it\'s' GROUP BY "my key" """)
    assert (query.metric, query.namespace, query.group) == ('Bytes"Input"', "a/b", ("my key",))
    assert (query.conditions[0].key, query.conditions[0].value) == ("LIMIT", "it's")
    assert parse('SELECT AVG("precision") FROM b').metric == "precision"


@pytest.mark.parametrize(
    "query", ["SELECT AVG(a) FROM b WHERE tag.env = 'prod'", "SELECT AVG(a) FROM b GROUP BY tag.team"]
)
def test_tags_are_refused_by_name(query: str) -> None:
    """The sandbox keeps no tags of the resources behind metrics."""
    with pytest.raises(NotImplementedInSandbox, match="tags in Metrics Insights"):
        asked(query, fleet()).result("q")


def test_a_query_is_an_array_to_metric_math_if_it_has_groups() -> None:
    """Without GROUP BY it is one series; both can be used by id."""
    groups = f"SELECT SUM(ModelLatency) {SCHEMA} GROUP BY EndpointName"
    found = asked(groups, fleet(), {"Id": "x", "Expression": "MAX(q) / 10"}).result("x")
    assert not isinstance(found, tuple)
    assert list(found.values) == [5.0]
    one = asked(f"SELECT SUM(ModelLatency) {SCHEMA}", fleet(), {"Id": "x", "Expression": "q - MAX(q)"}).result("x")
    assert not isinstance(one, tuple)
    assert list(one.values) == [0.0]


def test_a_request_has_one_query_and_a_query_a_period() -> None:
    """Documented limits of GetMetricData."""
    query = f"SELECT SUM(ModelLatency) {FROM}"
    with pytest.raises(AwsError, match="only one Metrics Insights query"):
        asked(query, fleet(), {"Id": "r", "Expression": query, "Period": 300})
    with pytest.raises(AwsError, match=r"Error in expression 'r' \[The parameter Period is required"):
        asked("TIME_SERIES(1)", fleet(), {"Id": "r", "Expression": query}).result("r")


def test_two_weeks_are_looked_back_and_told() -> None:
    """Older points are left out with a message; so are series beyond 500, metrics beyond 10,000."""
    stores = {HUB: MetricStore(), PROD: MetricStore()}
    key = MetricKey.of("Ages", "m", {"Id": "0"})
    for days in (15, 13, 1):
        stores[HUB].put(key, NOW - timedelta(days=days), days)
    answering = asked("SELECT MAX(m) FROM Ages", stores, hours=24 * 20)
    result = answering.result("q")
    assert not isinstance(result, tuple)
    assert (list(result.values), list(answering.notes)) == ([13.0, 1.0], [Note.TIME_RANGE])
    for number in range(10_001):
        stores[HUB].put(MetricKey.of("Many", "m", {"Id": f"{number:05}"}), NOW - timedelta(minutes=30), 1)
    answering = asked("SELECT SUM(m) FROM Many GROUP BY Id", stores)
    groups = answering.result("q")
    assert isinstance(groups, tuple)
    assert (len(groups), set(answering.notes)) == (500, {Note.MATCHES, Note.RESULTS})


def test_points_are_a_minute_wide_at_least() -> None:
    """High-resolution data is aggregated at one minute, whatever Period says."""
    stores = {HUB: MetricStore(), PROD: MetricStore()}
    start = NOW.timestamp() - 120
    stores[HUB].put_many(MetricKey.of("Fine", "m"), [start, start + 1, start + 2], [1, 2, 3], resolution_s=1)
    stores[HUB].put(MetricKey.of("Fine", "m"), NOW - timedelta(minutes=20), 0)
    query = {"Id": "r", "Expression": "SELECT SUM(m) FROM Fine", "Period": 1}
    result = asked("TIME_SERIES(1)", stores, query, hours=0.1).result("r")
    assert not isinstance(result, tuple)
    assert (result.period_s, list(result.values)) == (60, [6.0])


_BITS = ["SELECT ", "AVG", "(", ")", "a", "FROM ", "SCHEMA", '"b"', "WHERE ", "=", "!=", "'c'", "AND ", "GROUP ", "BY "]
_BITS += ["ORDER ", "LIMIT ", "5", "AWS", ".", "AccountId", ",", "\\", '"', "'", " ", "SELECT AVG(a) FROM b "]


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_BITS), max_size=25).map("".join)))
@example("(" * 1000)
@example("SELECT AVG(a) FROM b GROUP BY " + "c," * 900 + "c")
@example("SELECT AVG(a) FROM b LIMIT " + "9" * 1000)
def test_hostile_queries_raise_nothing_but_aws_errors(query: str) -> None:
    """Whatever stands after SELECT, the answer is a result or an error that AWS could give."""
    whole = query if is_query(query) else f"SELECT {query}"
    with suppress(AwsError):
        asked(whole, fleet()).result("q")
