"""Dynamic labels of GetMetricData."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox
from sandbox.aws.cloudwatch.expression import Located, Series
from sandbox.aws.cloudwatch.labels import Labels, zone
from sandbox.aws.cloudwatch.stage import AUC, HOUR, HUB, PROD, hour, observed, query

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
TIMES = [NOON - 3600 * n for n in (4, 3, 2, 1)]
AUCS = Series("auc", 3600, TIMES, [0.9, 0.7, 0.95, 0.85], Located(PROD.id, "ml-production", AUC), "Average")
NOTHING = Series("auc", 3600, (), (), AUCS.source, "Average")
COMPUTED = Series("e1", 3600, TIMES, [1.0, 2.0, 3.0, 4.0])


@pytest.mark.parametrize(
    ("template", "label"),
    [
        (None, "auc"),
        ("as it stands", "as it stands"),
        ("${LABEL} now", "auc now"),
        ("${PROP('MetricName')} of ${PROP('Dim.Endpoint')}", "auc of bank-1"),
        ("${PROP('AccountLabel')}/${PROP('AccountId')}", "ml-production/222222222222"),
        (
            "${PROP('Namespace')} ${PROP('Stat')} ${PROP('Period')} ${PROP('Region')}",
            f"{AUC.namespace} Average 3600 us-west-2",
        ),
        ("${PROP('Dim.endpoint')}", "${PROP('Dim.endpoint')}"),
        ("${PROP('Owner')} ${MEDIAN}", "${PROP('Owner')} ${MEDIAN}"),
        ("${MIN} ${MAX} ${AVG} ${SUM} ${DATAPOINT_COUNT}", "0.7 0.95 0.85 3.4 4"),
        ("${FIRST} ${LAST} ${FIRST_LAST_RANGE} ${MIN_MAX_RANGE}", "0.9 0.85 0.05 0.25"),
        ("${FIRST_TIME} ${LAST_TIME}", "2026-11-20T08:00:00+00:00 2026-11-20T11:00:00+00:00"),
        ("${MIN_TIME} ${MAX_TIME}", "2026-11-20T09:00:00+00:00 2026-11-20T10:00:00+00:00"),
        ("${FIRST_TIME_RELATIVE} ${LAST_TIME_RELATIVE}", "4:00:00 1:00:00"),
        ("${MIN_TIME_RELATIVE} ${MAX_TIME_RELATIVE}", "3:00:00 2:00:00"),
        ("${FIRST_LAST_TIME_RANGE} ${MIN_MAX_TIME_RANGE}", "3:00:00 1:00:00"),
    ],
)
def test_a_label_tells_of_its_metric(template: str | None, label: str) -> None:
    """Properties, values, times and spans; what is not documented is left as it stands."""
    assert Labels("us-west-2", NOON).of(template, AUCS, "m1") == label


def test_a_label_of_nothing_says_so() -> None:
    """Properties are there, values are not."""
    labels = Labels("us-west-2", NOON)
    template = "${PROP('MetricName')} ${MAX} ${LAST_TIME} ${DATAPOINT_COUNT}"
    assert labels.of(template, NOTHING, "m1") == "auc -- -- 0"


def test_what_was_computed_of_several_has_no_metric() -> None:
    """Its values are told, its properties are left as they stand; its default label is the id's unless it has one."""
    labels = Labels("us-west-2", NOON)
    assert labels.of("${MAX} ${PROP('MetricName')} ${PROP('Period')}", COMPUTED, "e1") == "4 ${PROP('MetricName')} 3600"
    assert labels.of(None, Series("", 60, (), ()), "e1") == "e1"


def test_times_are_told_in_the_zone_that_is_asked_for() -> None:
    """LabelOptions gives hours and minutes ahead or behind."""
    for text, told in (("+0130", "2026-11-20T12:30:00+01:30"), ("-0800", "2026-11-20T03:00:00-08:00")):
        assert Labels("us-west-2", NOON, zone(text)).of("${LAST_TIME}", AUCS, "m1") == told


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Production with one metric, seen from the hub."""
    with observed() as sandbox:
        sandbox.metrics(PROD.id).put(AUC, hour(sandbox) - HOUR, 0.91)
        yield sandbox


def asked(aws: AwsSandbox, *queries: dict[str, Any], **more: Any) -> list[str]:
    """The labels of the results."""
    end = hour(aws)
    said = aws.client("cloudwatch", HUB.id).get_metric_data(
        MetricDataQueries=list(queries), StartTime=end - HOUR, EndTime=end, **more
    )
    return [each["Label"] for each in said["MetricDataResults"]]


def test_an_accounts_label_is_its_links(aws: AwsSandbox) -> None:
    """In the monitoring account; time zones come with LabelOptions."""
    mine = query(AUC, AccountId=PROD.id, Label="${PROP('AccountLabel')}: ${LAST}")
    assert asked(aws, mine) == ["ml-production: 0.91"]
    timed = query(AUC, AccountId=PROD.id, Label="${LAST_TIME}")
    (label,) = asked(aws, timed, LabelOptions={"Timezone": "+0100"})
    assert label.endswith("+01:00")


def test_a_label_applies_to_every_metric_that_a_search_finds(aws: AwsSandbox) -> None:
    """Each with its own properties."""
    search = "SEARCH('{\"aws/sagemaker/Endpoints/model-metrics\",Endpoint,MonitoringSchedule} auc', 'Average', 3600)"
    found = asked(aws, {"Id": "s", "Expression": search, "Label": "${PROP('AccountLabel')} ${PROP('Dim.Endpoint')}"})
    assert found == ["ml-production bank-1"]


@pytest.mark.parametrize("wrong", ["CET", "0100", "+2400", "+0160", "+01:00"])
def test_a_time_zone_is_a_sign_and_four_digits(aws: AwsSandbox, wrong: str) -> None:
    """Nothing else is taken."""
    with pytest.raises(ClientError, match="Timezone"):
        asked(aws, query(AUC), LabelOptions={"Timezone": wrong})
