"""SEARCH: the language, what matches, and the series found over linked accounts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.aws.cloudwatch.answering import Answering, Window
from sandbox.aws.cloudwatch.expression import Flaw, Located, Note, Series
from sandbox.aws.cloudwatch.expressions import evaluate
from sandbox.aws.cloudwatch.queries import checked
from sandbox.aws.cloudwatch.search import finder
from sandbox.aws.cloudwatch.search_syntax import parse
from sandbox.aws.cloudwatch.search_tokens import tokens, whole
from sandbox.aws.cloudwatch.series import MetricKey, MetricStore
from sandbox.aws.cloudwatch.visible import Sight
from sandbox.aws.errors import AwsError
from sandbox.aws.links import Link

HUB, PROD = "111111111111", "222222222222"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
QUALITY = "aws/sagemaker/Endpoints/model-metrics"
LINK = Link("arn", PROD, "us-west-2", "ml-production", "", (), "sink", NOW - timedelta(days=40))


def located(namespace: str, name: str, account: str = PROD, **dimensions: str) -> Located:
    """A metric of an account."""
    return Located(account, "", MetricKey.of(namespace, name, dimensions))


CPU = located("AWS/EC2", "CPUUtilization", InstanceId="i-123")
BY_TYPE = located("AWS/EC2", "CPUUtilization", InstanceType="t2.micro")
BOTH = located("AWS/EC2", "CPUUtilization", InstanceId="i-123", InstanceType="t2.micro")
READS = located("AWS/EBS", "VolumeReadOps", VolumeId="ProjectA")
ERRORS = located("AWS/Lambda", "Errors", FunctionName="ProjectA-score")
CALLS = located("AWS/Lambda", "Invocations", FunctionName="ProjectB")
CUSTOM = located("MyNamespace", "CustomCount1", account=HUB)
NETWORK = located("My Namespace", "Network-Errors-2", **{"Dimension@Name": "NetworkErrors2"})
TRAFFIC = located("MyNamespace", "Europe\\France Traffic(Network)")
EVERY = [CPU, BY_TYPE, BOTH, READS, ERRORS, CALLS, CUSTOM, NETWORK, TRAFFIC]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ('{AWS/EC2,InstanceId} MetricName="CPUUtilization"', [CPU]),
        ("{AWS/EC2, InstanceType, InstanceId}", [BOTH]),
        ("{AWS/EC2}", [CPU, BY_TYPE, BOTH]),
        ("{aws/ec2}", []),
        ('{AWS/EC2 InstanceId}, MetricName="CPUUtilization"', [CPU]),
        ('{"My Namespace", "Dimension@Name"}', [NETWORK]),
        ('"CPUUtilization"', [CPU, BY_TYPE, BOTH]),
        ('"AWS/EC2" InstanceType="t2.micro"', [BY_TYPE, BOTH]),
        ("InstanceType=micro", [BY_TYPE, BOTH]),
        ('InstanceType="micro"', []),
        ('{MyNamespace}, "CustomCount1" ', [CUSTOM]),
        ('{MyNamespace} "customcount1"', []),
        ('{MyNamespace} "Custom"', []),
        ("count", [CUSTOM]),
        ("COUNT", [CUSTOM]),
        ("couNT", []),
        ("CustomCount", [CUSTOM]),
        ("Count1", [CUSTOM]),
        ("customcount", []),
        ("count1", []),
        ("network/errors", [NETWORK]),
        ("Network_Errors", [NETWORK]),
        ('"Network-Errors-2"', [NETWORK]),
        ('"Network_Errors_2"', []),
        ('"Europe\\\\France Traffic\\(Network\\)"', [TRAFFIC]),
        ("(EC2 OR EBS) AND MetricName=ReadOps", [READS]),
        ("(EC2 OR EBS) MetricName=ReadOps", [READS]),
        ("(EC2 OR EBS) AND ReadOps AND ProjectA", [READS]),
        ("ReadOps OR Errors AND NOT Namespace=My", [READS, ERRORS]),
        ('MetricName="Errors" OR (MetricName="Invocations" AND (ProjectA OR ProjectB))', [ERRORS, CALLS]),
        ('{AWS/Lambda,FunctionName} FunctionName=("ProjectB" OR score)', [ERRORS, CALLS]),
        ("NOT Namespace=AWS", [CUSTOM, NETWORK, TRAFFIC]),
        ('MetricName="CPUUtilization" NOT "i-123"', [BY_TYPE]),
        ('Lambda NOT "ProjectB" NOT "ProjectA-score"', []),
        ("NOT NOT EBS", [READS]),
        (f":aws.AccountId = {HUB}", [CUSTOM]),
        ("MyNamespace :aws.AccountId='LOCAL'", [CUSTOM]),
        (f":aws.AccountId = ({PROD} OR 'LOCAL') count", [CUSTOM]),
        ("NOT :aws.AccountId='LOCAL' MyNamespace", [NETWORK, TRAFFIC]),
    ],
)
def test_what_a_search_finds(search: str, expected: list[Located]) -> None:
    """The guide's examples over metrics of its kind: schema, tokens, exact names, properties, accounts, operators."""
    test = finder(parse(search), HUB)
    assert [one for one in EVERY if test(one)] == expected


@pytest.mark.parametrize(
    ("name", "cut", "entire"),
    [
        ("CustomCount1", ("Custom", "Count", "1"), "customcount1"),
        ("SDBFailure", ("SDB", "Failure"), "sdbfailure"),
        ("Project2-trial333", ("Project", "2", "trial", "333"), "project2trial333"),
        ("Network-Errors_2", ("Network", "Errors", "2"), "networkerrors2"),
    ],
)
def test_names_are_cut_into_the_guides_tokens(name: str, cut: tuple[str, ...], entire: str) -> None:
    """Camel case, numbers and other characters divide them."""
    assert (tokens(name), whole(name)) == (cut, entire)


@pytest.mark.parametrize(
    "search",
    [
        "",
        "   ",
        "{}",
        "{Custom-Namespace, Name}",
        "a OR",
        "OR a",
        "a AND OR b",
        "NOT",
        "(a",
        "a)",
        "()",
        "=a",
        "MetricName=",
        "MetricName=)",
        "a=(b=c)",
        "a='LOCAL'",
        ":aws.AccountId = production",
        '"unbalanced',
        '"Traffic(Network)"',
        '"a\\b"',
        "a {b}",
        "x" * 1025,
    ],
)
def test_what_is_no_search_is_refused(search: str) -> None:
    """Faulty text is told, not guessed at."""
    with pytest.raises(Flaw):
        parse(search)


def asked(expression: str, stores: dict[str, MetricStore], **more: Any) -> Answering:
    """An expression asked in the monitoring account for the last hour."""
    sight = Sight(HUB, "us-west-2", NOW, lambda account, _: stores[account], lambda *_: (LINK,))
    window = Window(NOW.timestamp() - 3600, NOW.timestamp())
    queries = checked([{"Id": "x", "Expression": expression} | more])
    return Answering(queries, window, sight, evaluate)


def stores() -> dict[str, MetricStore]:
    """Accuracy of two endpoints in production and one at home, and one that fell silent."""
    found = {HUB: MetricStore(), PROD: MetricStore()}
    for account, endpoint, value in ((PROD, "a", 0.9), (PROD, "b", 0.8), (HUB, "c", 0.7)):
        key = MetricKey.of(QUALITY, "accuracy", {"Endpoint": endpoint, "MonitoringSchedule": "s"})
        found[account].put(key, NOW - timedelta(minutes=30), value)
    silent = MetricKey.of(QUALITY, "accuracy", {"Endpoint": "d", "MonitoringSchedule": "s"})
    found[PROD].put(silent, NOW - timedelta(days=15), 0.1)
    return found


SCHEMA = f'{{"{QUALITY}",Endpoint,MonitoringSchedule}}'


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (f"SEARCH('{SCHEMA} MetricName=\"accuracy\"', 'Average', 60)", [[0.7], [0.9], [0.8]]),
        (f"SEARCH('{SCHEMA} :aws.AccountId={PROD}', 'Maximum', 300)", [[0.9], [0.8]]),
        (f"SEARCH('{SCHEMA} :aws.AccountId = ({PROD} OR 'LOCAL') Endpoint=c', 'Average', 60)", [[0.7]]),
        (f"MAX(SEARCH('{SCHEMA}', 'Average', 60))", [0.9]),
        ("SEARCH('nothing', 'Average', 60)", []),
        (f"[SEARCH('{SCHEMA} Endpoint=a', 'Sum', 60), SEARCH('{SCHEMA} Endpoint=b', 'Sum', 60)]", [[0.9], [0.8]]),
    ],
)
def test_series_are_found_over_linked_accounts(expression: str, expected: list[Any]) -> None:
    """Own metrics first, then those of linked accounts; a metric silent for two weeks is not found."""
    result = asked(expression, stores()).result("x")
    found = [list(one.values) for one in result] if isinstance(result, tuple) else list(result.values)
    assert found == expected


def test_a_series_found_tells_its_metric() -> None:
    """What dynamic labels show of it: account, label, dimensions, statistic."""
    result = asked(f"SEARCH('{SCHEMA} Endpoint=a', 'Average')", stores(), Period=60).result("x")
    assert isinstance(result, tuple)
    (series,) = result
    assert series.source == Located(
        PROD, "ml-production", MetricKey.of(QUALITY, "accuracy", {"Endpoint": "a", "MonitoringSchedule": "s"})
    )
    assert (series.label, series.stat, series.period_s) == ("accuracy", "Average", 60)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("SEARCH('a', 'Mean', 60)", r"\['Mean' is no statistic\]"),
        ("SEARCH('a', 'Sum', 45)", "Period"),
        ("SEARCH('a', 'Sum')", "Period is required"),
        ("SEARCH('a OR', 'Sum', 60)", r"Error in expression 'x' \[The search ends too early\]"),
    ],
)
def test_a_wrong_search_is_a_validation_error(expression: str, said: str) -> None:
    """As any wrong expression, naming the query."""
    with pytest.raises(AwsError, match=said) as caught:
        asked(expression, stores()).result("x")
    assert caught.value.code == "ValidationError"


def test_more_than_five_hundred_are_cut_and_told() -> None:
    """The first 500 come, and the answer's messages say that the search was limited."""
    every = {HUB: MetricStore(), PROD: MetricStore()}
    for number in range(501):
        every[HUB].put(MetricKey.of("Many", "m", {"Id": f"{number:03}"}), NOW - timedelta(minutes=30), number)
    answering = asked("SEARCH('{Many,Id}', 'Sum', 60)", every)
    result = answering.result("x")
    assert isinstance(result, tuple)
    last = result[-1]
    assert isinstance(last, Series)
    assert (len(result), list(last.values), list(answering.notes)) == (500, [499.0], [Note.METRICS])


_BITS = ["a", "(", ")", "=", "{", "}", '"', "'", "\\", " ", "AND", "OR", "NOT", ",", ":aws.AccountId", "LOCAL", "x=y"]


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_BITS), max_size=25).map("".join)))
@example("(" * 1000)
@example("NOT " * 250 + "a")
@example("a=(" * 300)
@example('"' * 1000)
def test_hostile_searches_raise_nothing_but_flaws(search: str) -> None:
    """Whatever the text, it is a search that can be judged or told to be none."""
    try:
        test = finder(parse(search), HUB)
    except Flaw:
        return
    assert {test(one) for one in EVERY} <= {True, False}
