"""GetMetricData in pages."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox
from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.aws.cloudwatch.stage import HOUR, MINUTE, PROD, hour, observed, query

KEYS = {f"m{n}": MetricKey.of("paged", f"metric-{n}") for n in range(3)}


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Three metrics of an hour by the minute, in the hour before the last."""
    with observed() as sandbox:
        end = hour(sandbox) - HOUR
        times = [(end - n * MINUTE).timestamp() for n in range(60, 0, -1)]
        for number, key in enumerate(KEYS.values()):
            sandbox.metrics(PROD.id).put_many(key, times, [100.0 * number + n for n in range(60)])
        yield sandbox


def page(aws: AwsSandbox, **more: Any) -> dict[str, Any]:
    """One page of the three and of one that has no points."""
    end = hour(aws) - HOUR
    keys = {"none": MetricKey.of("paged", "none"), **KEYS}
    asked: dict[str, Any] = {
        "MetricDataQueries": [query(key, "Sum", 60, Id=id_) for id_, key in keys.items()],
        "StartTime": end - HOUR,
        "EndTime": end,
    }
    return dict(aws.client("cloudwatch", PROD.id).get_metric_data(**(asked | more)))


@pytest.mark.parametrize("order", ["TimestampDescending", "TimestampAscending"])
@pytest.mark.parametrize("size", [1, 7, 60, 61, 120, 180])
def test_pages_give_every_point_once_and_in_order(aws: AwsSandbox, order: str, size: int) -> None:
    """Whatever the page's size; a result is partial until its last point came."""
    token: dict[str, str] = {}
    found: dict[str, list[tuple[datetime, float]]] = {}
    last: dict[str, str] = {}
    while True:
        said = page(aws, MaxDatapoints=size, ScanBy=order, **token)
        assert sum(len(each["Values"]) for each in said["MetricDataResults"]) <= size
        for each in said["MetricDataResults"]:
            assert last.get(each["Id"], "PartialData") == "PartialData"
            found.setdefault(each["Id"], []).extend(zip(each["Timestamps"], each["Values"], strict=True))
            last[each["Id"]] = each["StatusCode"]
        if "NextToken" not in said:
            break
        token = {"NextToken": said["NextToken"]}
    assert last == dict.fromkeys(("none", *KEYS), "Complete")
    assert found.pop("none") == []
    for number, points in enumerate(found.values()):
        values = [100.0 * number + n for n in range(60)]
        assert [value for _, value in points] == (values if order == "TimestampAscending" else values[::-1])
        assert len({at for at, _ in points}) == 60


def test_the_newest_come_first_unless_told_otherwise(aws: AwsSandbox) -> None:
    """ScanBy is TimestampDescending when it is left out."""
    assert page(aws, MaxDatapoints=1)["MetricDataResults"][1]["Values"] == [59.0]


def test_a_token_is_good_for_the_request_that_it_was_given_for(aws: AwsSandbox) -> None:
    """Neither another request's nor a made-up one is taken."""
    token = page(aws, MaxDatapoints=10)["NextToken"]
    for wrong in ({"MaxDatapoints": 20, "NextToken": token}, {"NextToken": "made up"}, {"NextToken": "bm90IGpzb24="}):
        with pytest.raises(ClientError) as error:
            page(aws, **wrong)
        assert error.value.response["Error"]["Code"] == "InvalidNextToken"


def test_requests_with_expressions_have_no_pages(aws: AwsSandbox) -> None:
    """What does not fit is left out, and the result says that it is partial."""
    metric = query(KEYS["m0"], "Sum", 60, ReturnData=False)
    said = page(aws, MaxDatapoints=50, MetricDataQueries=[metric, {"Id": "e", "Expression": "m1 * 2"}])
    assert "NextToken" not in said
    (found,) = said["MetricDataResults"]
    assert (len(found["Values"]), found["StatusCode"]) == (50, "PartialData")
