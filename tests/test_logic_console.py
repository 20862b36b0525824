"""Links to CloudWatch's console: right for each partition, short enough for Slack, and nothing breaks out of them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logic.console import console_link, jsurl
from bot.model.metric import Metric, Query
from bot.model.observation import Window
from bot.render.inline import web_address

WINDOW = Window(datetime(2026, 11, 20, 6, tzinfo=UTC), datetime(2026, 11, 20, 9, tzinfo=UTC))


def query(endpoint: str = "bank-1", account: str = "111122223333") -> Query:
    """Latency of an endpoint."""
    dimensions = (("EndpointName", endpoint), ("VariantName", "AllTraffic"))
    return Query(Metric(account, "eu-west-1", "AWS/SageMaker", "ModelLatency", dimensions), "p90")


def link(*queries: Query, region: str = "eu-west-1", partition: str = "aws", **more: Any) -> str:
    """The address."""
    made = console_link(queries, WINDOW, 300, region, partition, **more)
    assert made is not None
    return made.url


def test_a_link_shows_the_metric_its_window_and_its_statistic() -> None:
    """As the console itself writes its address."""
    assert link(query()) == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#metricsV2:graph="
        "~(metrics~(~(~'AWS*2fSageMaker~'ModelLatency~'EndpointName~'bank-1~'VariantName~'AllTraffic~(stat~'p90)))"
        "~view~'timeSeries~stacked~false~region~'eu-west-1"
        "~start~'2026-11-20T06*3a00*3a00.000Z~end~'2026-11-20T09*3a00*3a00.000Z~period~300)"
    )


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "ap-southeast-1", "https://ap-southeast-1.console.aws.amazon.com/cloudwatch/"),
        ("aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/cloudwatch/"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/cloudwatch/"),
    ],
)
def test_each_partition_has_its_own_console(partition: str, region: str, host: str) -> None:
    """Which it is comes from the account's ARNs."""
    assert link(query(), region=region, partition=partition).startswith(host)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws-iso"), ("eu-west-1.evil.example/", "aws"), ("", "aws"), ("eu-west-1\n", "aws"), ("x", "aws")],
)
def test_there_is_no_link_to_what_is_no_known_console(region: str, partition: str) -> None:
    """A Region's name is part of the host."""
    assert console_link([query()], WINDOW, 300, region, partition) is None


def test_in_the_observers_console_metrics_of_others_name_their_account() -> None:
    """Its own do not."""
    own, other = query(), query(account="444455556666")
    url = link(own, other, observer="111122223333")
    assert url.count("accountId") == 1
    assert "(stat~'p90~accountId~'444455556666)" in url
    assert "accountId" not in link(other)


def test_a_limit_is_a_line_in_the_graph() -> None:
    """With its value."""
    assert "~annotations~(horizontal~(~(label~'limit~value~0.8792)))" in link(query(), limit=0.8792)


def test_what_does_not_fit_slacks_urls_is_left_out_and_counted() -> None:
    """3,000 characters; the first ones stay."""
    many = [query(f"endpoint-{n:03}-with-a-name-of-some-length") for n in range(100)]
    made = console_link(many, WINDOW, 300, "eu-west-1")
    assert made is not None
    assert 2_800 < len(made.url) <= 3_000
    assert made.url.count("SageMaker") == made.shown < 100
    assert "endpoint-000" in made.url
    assert console_link([query("x" * 3_000)], WINDOW, 300, "eu-west-1") is None
    assert console_link([], WINDOW, 300, "eu-west-1") is None


HOSTILE = st.text(max_size=40) | st.sampled_from(
    ["~'", ")~(", "'~", "$", "*", "🦊", "\ud800", "a|b>", "%0a", "é\u20ac"]
)


@given(HOSTILE, HOSTILE)
def test_a_value_can_end_nothing_and_comes_back_as_it_was(name: str, other: str) -> None:
    """Read as the console reads it; nothing in the address needs more quoting for Slack."""
    url = link(query(name), query(other))
    assert re.fullmatch(r"[A-Za-z0-9_.~'()*!:/?=#-]+", url)
    assert web_address(url) == url
    graph = read(url.partition("graph=")[2])
    assert [metric[3] for metric in graph["metrics"]] == [name, other]
    assert all(metric[-1] == {"stat": "p90"} for metric in graph["metrics"])


VALUES = st.recursive(
    st.booleans() | st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6) | HOSTILE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(HOSTILE.filter(bool), inner, min_size=1, max_size=4),
)


@given(VALUES)
def test_every_value_can_be_read_back(value: Any) -> None:
    """Lists, objects, numbers and words within each other."""
    assert read(jsurl(value)) == value


def read(text: str) -> Any:
    """The value of a JSURL."""
    found, rest = _value(text)
    assert rest == ""
    return found


def _value(text: str) -> tuple[Any, str]:
    assert text[0] == "~"
    if text[1] == "'":
        end = re.search(r"[~)]", text[2:])
        stop = 2 + end.start() if end else len(text)
        return _decoded(text[2:stop]), text[stop:]
    if text.startswith("~(~)"):
        return [], text[4:]
    if text[1] == "(":
        return _items(text[2:]) if text[2] == "~" else _members(text[2:])
    word = re.match(r"~([^~)]*)", text)
    assert word
    simple = {"true": True, "false": False}
    return simple[word[1]] if word[1] in simple else float(word[1]), text[word.end() :]


def _items(text: str) -> tuple[list[Any], str]:
    found = []
    while text[0] == "~":
        one, text = _value(text)
        found.append(one)
    return found, text[1:]


def _members(text: str) -> tuple[dict[str, Any], str]:
    found = {}
    while text[0] != ")":
        key = re.match(r"~?([^~)]*)", text)
        assert key
        one, text = _value(text[key.end() :])
        found[_decoded(key[1])] = one
    return found, text[1:]


def _decoded(text: str) -> str:
    return b"".join(_units(text)).decode("utf-16-be", errors="surrogatepass")


def _units(text: str) -> Iterator[bytes]:
    for one in re.finditer(r"\*\*([0-9a-f]{4})|\*([0-9a-f]{2})|(.)", text):
        code = int(one[1] or one[2], 16) if one[1] or one[2] else ord("$" if one[3] == "!" else one[3])
        yield code.to_bytes(2)
