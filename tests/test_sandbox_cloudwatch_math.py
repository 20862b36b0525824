"""Metric math: what combines with what, and what it comes to, as the user guide's tables have it."""

import math
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.aws.cloudwatch.answering import Answering, Window
from sandbox.aws.cloudwatch.expression import Result
from sandbox.aws.cloudwatch.expressions import evaluate
from sandbox.aws.cloudwatch.queries import checked
from sandbox.aws.cloudwatch.series import MetricKey, MetricStore
from sandbox.aws.cloudwatch.visible import Sight
from sandbox.aws.errors import AwsError, NotImplementedInSandbox

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
START_S = START.timestamp()
Points = list[float | None]


def metric(name: str, period_s: int = 60) -> dict[str, Any]:
    """A query that reads the metric of that name."""
    return {"Id": name, "MetricStat": {"Metric": _NAMED | {"MetricName": name}, "Period": period_s, "Stat": "Average"}}


_NAMED = {"Namespace": "Test"}


def asked(metrics: dict[str, Points], *queries: dict[str, Any], slots: int | None = None) -> Answering:
    """Queries over metrics that have these points, one a minute from START."""
    store = MetricStore()
    for name, points in metrics.items():
        there = [(START_S + 60 * slot, point) for slot, point in enumerate(points) if point is not None]
        store.put_many(MetricKey.of("Test", name), [at for at, _ in there], [point for _, point in there])
    end_s = START_S + 60 * (slots or max(map(len, metrics.values()), default=1))
    sight = Sight("111111111111", "us-west-2", datetime.fromtimestamp(end_s, UTC), lambda *_: store, lambda *_: ())
    every = checked([*(metric(name) for name in metrics), *queries])
    return Answering(every, Window(START_S, end_s), sight, evaluate)


def laid(result: Result, slots: int) -> Points | list[Points]:
    """The points as they lie in the slots, None where there is none."""
    if isinstance(result, tuple):
        return [laid(series, slots) for series in result]  # type: ignore[misc]
    found = dict(zip(result.times, result.values, strict=True))
    return [found.get(START_S + 60 * slot) for slot in range(slots)]


def computed(expression: str, **metrics: Points) -> Points | list[Points]:
    """What an expression comes to over metrics of as many slots."""
    slots = max(map(len, metrics.values()), default=1)
    return laid(asked(metrics, {"Id": "x", "Expression": expression, "Period": 60}, slots=slots).result("x"), slots)


_ = None
SPARSE: dict[str, Points] = {"metric1": [30, 20, 0, 0], "metric2": [20, _, 20, _]}
CHOICE: dict[str, Points] = {"metric1": [1, 1, 0, 0, _], "metric2": [30, _, 0, 0, 30], "metric3": [0, 0, 20, _, 20]}


@pytest.mark.parametrize(
    ("expression", "metrics", "expected"),
    [
        ("metric1 < metric2", SPARSE, [0, 0, 1, 0]),
        ("metric1 >= 30", SPARSE, [1, 0, 0, 0]),
        ("metric1 > 15 AND metric2 > 15", SPARSE, [1, 0, 0, 0]),
        ("metric1 > 25 || metric2 > 15", SPARSE, [1, 0, 1, 0]),
        ("IF(metric1, metric2, metric3)", CHOICE, [30, 0, 20, 0, _]),
        ("IF(metric1, 5, metric3)", CHOICE, [5, 5, 20, _, _]),
        ("IF(metric1, metric2, 5)", CHOICE, [30, 0, 5, 5, _]),
        ("IF(metric1, metric2)", CHOICE, [30, 0, _, _, _]),
        ("IF(1, metric2, metric3)", CHOICE, [30, _, 0, 0, 30]),
        ("IF(0, metric2, metric3)", CHOICE, [0, 0, 20, _, 20]),
        ("IF(0, metric2)", CHOICE, [_, _, _, _, _]),
    ],
)
def test_the_guides_own_tables_hold(expression: str, metrics: dict[str, Points], expected: Points) -> None:
    """Comparison and logical operators, and IF, with the points that the user guide prints."""
    assert computed(expression, **metrics) == expected


A: Points = [1, _, 4, 0]
B: Points = [2, 3, _, 0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + b", [3, 3, 4, 0]),
        ("a - b", [-1, -3, 4, 0]),
        ("a / b", [0.5, 0, _, _]),  # a missing divisor is 0, and a division by 0 gives no point
        ("b / a", [2, _, 0, _]),
        ("2 * a + 1", [3, _, 9, 1]),
        ("-a ^ 2", [-1, _, -16, 0]),
        ("2 ^ -a", [0.5, _, 0.0625, 1]),
        ("2 ^ 3 ^ 2 - 511 * a / a", [1, _, 1, _]),
        ("(a - 2) ^ 0.5", [_, _, math.sqrt(2), _]),
        ("10 ^ 308 * 10 * a", [_, _, _, _]),
        ("a - AVG(a)", [-0.25, _, 2.75, -1.25]),  # AVG counts what is missing as 0
        ("a - SUM(a) / DATAPOINT_COUNT(a)", [1 - 5 / 3, _, 4 - 5 / 3, -5 / 3]),
        ("a * MAX(a) / (1 - 1)", [_, _, _, _]),
        ("TIME_SERIES(STDDEV(b))", [pytest.approx(math.sqrt(14 / 9))] * 4),
        ("TIME_SERIES(MIN(b) + 5)", [5, 5, 5, 5]),
        ("AVG([a, b])", [1.5, 1.5, 2, 0]),
        ("SUM([a, b])", [3, 3, 4, 0]),
        ("MIN([a, b])", [1, 3, 4, 0]),
        ("DATAPOINT_COUNT(METRICS())", [2, 1, 1, 2]),
        ("STDDEV(METRICS())", [0.5, 0, 0, 0]),
        ("SUM(METRICS()) / METRIC_COUNT(METRICS())", [1.5, 1.5, 2, 0]),
        ('SUM(METRICS("b"))', B),
        ("SUM([METRICS('a'), b])", [3, 3, 4, 0]),
        ("METRICS() * 10", [[10, _, 40, 0], [20, 30, _, 0]]),
        ("b - METRICS('a')", [[1, 3, -4, 0]]),
        ("-[a, b]", [[-1, _, -4, 0], [-2, -3, _, 0]]),
        ("ABS(a - 3)", [2, _, 1, 3]),
        ("CEIL(a / 3)", [1, _, 2, 0]),
        ("FLOOR([a / 3, b / 2])", [[0, _, 1, 0], [1, 1, _, 0]]),
        ("LOG10(a * 10)", [1, _, pytest.approx(math.log10(40)), _]),
        ("LOG(a)", [0, _, math.log(4), _]),
        ("DIFF(a)", [_, _, 3, -4]),
        ("DIFF_TIME(a)", [_, _, 120, 60]),
        ("RATE(a)", [_, _, 3 / 120, -4 / 60]),
        ("RUNNING_SUM(METRICS())", [[1, _, 5, 5], [2, 5, _, 5]]),
        ("FILL(a, 7)", [1, 7, 4, 0]),
        ("FILL(b, REPEAT)", [2, 3, 3, 0]),
        ("FILL(a, LINEAR)", [1, 2.5, 4, 0]),
        ("FILL(METRICS(), a)", [A, [2, 3, 4, 0]]),
        ("FILL(a, MIN(a))", [1, 0, 4, 0]),
        ("FILL(DIFF(a), LINEAR)", [_, _, 3, -4]),  # nothing before the first point
        ("FIRST(SORT(METRICS(), MAX, DESC))", A),
        ("LAST(SORT(METRICS(), AVG, DESC))", B),  # equals keep their order
        ("SORT(METRICS(), SUM, ASC, 1)", [A]),
        ("SLICE(SORT(METRICS(), SUM, ASC), 1)", [B]),
        ("SLICE(METRICS(), 0, 1)", [A]),
        ("REMOVE_EMPTY([a, a / 0])", [A]),
        ("FIRST(METRICS('nothing'))", [_, _, _, _]),
        ("PERIOD(a) * a / 60", A),
        ("MINUTE(a)", [0, 1, 2, 3]),
        ("[HOUR(a), DAY(a), DATE(a), MONTH(a), YEAR(a)]", [[12] * 4, [5] * 4, [20] * 4, [11] * 4, [2026] * 4]),
        ("EPOCH(a) - EPOCH(b)", [0, 0, 0, 0]),
        ("IF(DAY(a)<6, a)", [1, 0, 4, 0]),
        ("a>0 AND b>0 OR a==0", [1, 0, 0, 1]),
    ],
)
def test_functions_and_operators_over_points_that_are_and_are_not_there(expression: str, expected: object) -> None:
    """A missing side of two series is 0, of a series and a scalar nothing; each function as documented."""
    assert computed(expression, a=A, b=B) == expected


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("AVG(a)", "The result must be a time series or an array of time series"),
        ("5", "The result must be a time series or an array of time series"),
        ("METRICS() / METRICS()", "Unsupported operand type(s) for /: '[Array[TimeSeries], Array[TimeSeries]]'"),
        ("METRICS() > 5", "Unsupported operand type(s) for >: '[Array[TimeSeries], Scalar]'"),
        ("IF(METRICS() + 1, 1, 0)", "Unsupported arguments for IF: '[Array[TimeSeries], Scalar, Scalar]'"),
        ("IF(1, 2, 3)", "Unsupported arguments for IF: '[Scalar, Scalar, Scalar]'"),
        ("ABS(5) * a", "Unsupported arguments for ABS: '[Scalar]'"),
        ("PERIOD(a + 1) * a", "Unsupported arguments for PERIOD: '[TimeSeries]'"),
        ("FILL(a, DESC)", "Unsupported arguments for FILL: '[Metric, ASC or DESC]'"),
        ("SUM([a, 5])", "An array holds time series only, not 'Scalar'"),
        ("SLICE(METRICS(), 0.5)", "SLICE takes whole numbers from 0"),
        ("SORT(METRICS(), SUM, DESC, -1)", "SORT takes whole numbers from 0"),
        ("missing + 1", "Undefined expression name 'missing'"),
        ("a + SOMETHING", "Undefined expression name 'SOMETHING'"),
        ("sum(METRICS())", "Unknown function 'sum': functions are written in upper case"),
        ("MEDIAN(METRICS())", "Unknown function 'MEDIAN'"),
        ("a +", "The expression ends too early"),
        ("a b", "Unsupported token 'b' at char 2"),
        ("(a", "')' is missing at the end"),
        ("a)", "Unsupported token ')' at char 1"),
        ("[a, b", "']' is missing at the end"),
        ("a, b", "Unsupported token ',' at char 1"),
        ("a ; b", "Unsupported token ';' at char 2"),
        ("1e3 * a", "Unsupported token '1' at char 0"),
        ("SEARCH('a', 'Sum', 30 + 30)", "SEARCH takes its period as a whole number of seconds"),
        ("x + 1", None),
    ],
)
def test_what_the_guide_does_not_list_is_refused(expression: str, said: str | None) -> None:
    """Types that do not combine, scalar results and faulty text are AWS's ValidationError, naming the query."""
    with pytest.raises(AwsError) as caught:
        computed(expression, a=A, b=B)
    assert caught.value.code == "ValidationError"
    whole = f"Error in expression 'x' [{said}]" if said else "The expressions x depend on one another."
    assert caught.value.message == whole


@pytest.mark.parametrize("function", ["ANOMALY_DETECTION_BAND(a)", "INSIGHT_RULE_METRIC('r', 'm')", "SERVICE_QUOTA(a)"])
def test_functions_of_services_that_are_not_here_are_refused_by_name(function: str) -> None:
    """Nothing is computed in their place."""
    with pytest.raises(NotImplementedInSandbox, match=function.partition("(")[0]):
        computed(function, a=A)


def test_periods_are_not_mixed_and_must_be_known() -> None:
    """The guide says nothing of expressions over several periods, nor of a Period left out."""
    five = metric("a", 300) | {"Id": "five"}
    with pytest.raises(AwsError, match=r"The periods \[60, 300\] cannot be mixed"):
        asked({"a": A}, five, {"Id": "x", "Expression": "a + five"}).result("x")
    with pytest.raises(AwsError, match="Period is required"):
        asked({"a": A}, {"Id": "x", "Expression": "TIME_SERIES(5)"}).result("x")


def test_points_that_came_to_no_number_are_told() -> None:
    """A division by zero drops the point, and the result says so, also to what is computed from it."""
    answering = asked({"a": A, "b": B}, {"Id": "x", "Expression": "a / b"}, {"Id": "y", "Expression": "x + 1"})
    assert [getattr(answering.result(name), "dropped", None) for name in ("x", "y", "a")] == [True, True, False]


def test_a_ring_of_expressions_is_refused_and_a_long_chain_is_not() -> None:
    """Each expression may use another, five hundred deep, but never itself."""
    ring = [{"Id": "x", "Expression": "y + 1"}, {"Id": "y", "Expression": "x + 1"}]
    with pytest.raises(AwsError, match="depend on one another"):
        asked({"a": A}, *ring).result("x")
    chain = [{"Id": f"e{n}", "Expression": f"e{n - 1} + 1" if n else "a"} for n in range(499)]
    assert laid(asked({"a": A}, *reversed(chain)).result("e498"), 4) == [499, None, 502, 498]


def test_time_grows_no_faster_than_what_is_asked() -> None:
    """Four times as many expressions take about four times as long, not sixteen times."""

    def took(count: int) -> float:
        queries = [{"Id": f"e{n}", "Expression": "RUNNING_SUM(a * 2 + b)"} for n in range(count)]
        answering = asked({"a": [1.0] * 180, "b": [2.0] * 180}, *queries)
        began = time.process_time()
        for number in range(count):
            answering.result(f"e{number}")
        return time.process_time() - began

    took(10)
    assert took(480) < 10 * took(120) + 0.05


_BITS = ["a", "b", "x", "(", ")", "[", "]", ",", "+", "-", "*", "/", "^", "1", ".5", "'", '"', " ", ">", "==", "AND"]
_BITS += [
    "||",
    "METRICS",
    "IF",
    "SUM",
    "AVG",
    "FILL",
    "SORT",
    "SLICE",
    "SEARCH",
    "REPEAT",
    "DESC",
    "PERIOD",
    "RATE",
    "9" * 320,
]
_BITS += ["{Test}", "MetricName=", "SELECT ", "FROM ", "METRICS()", "a + b", "SEARCH('a', 'Sum', 60)", "10 ^ 300"]


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_BITS), min_size=1, max_size=25).map("".join)))
@example("(" * 2000)
@example("-" * 2000 + "a")
@example("a" + "+a" * 900)
@example("IF(" * 500)
@example("[" * 700 + "a" + "]" * 700)
@example("SEARCH('" * 250)
@example("10 ^ 300 * 10 ^ 300 * a")
def test_hostile_expressions_raise_nothing_but_aws_errors(expression: str) -> None:
    """Whatever the text, the answer is a result or an error that AWS could give."""
    answering = asked({"a": A, "b": B}, {"Id": "x", "Expression": expression, "Period": 60})
    try:
        result = answering.result("x")
    except AwsError:
        return
    for series in result if isinstance(result, tuple) else (result,):
        assert len(series.times) == len(series.values)
        assert all(math.isfinite(value) for value in series.values)
