"""Dashboards: bodies that are taken and refused, and the four operations over HTTP."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.aws import AwsSandbox
from sandbox.aws.cloudwatch.dashboard_body import parsed, wrongs
from sandbox.aws.cloudwatch.stage import HUB, PROD, observed

Body = dict[str, Any]


def metric(**properties: Any) -> Body:
    """A body of one metric widget, of the Region us-west-2 unless told."""
    return {"widgets": [{"type": "metric", "properties": {"region": "us-west-2"} | properties}]}


def widget(kind: str, place: Body | None = None, **properties: Any) -> Body:
    """A body of one widget."""
    return {"widgets": [{"type": kind, "properties": properties} | (place or {})]}


CPU = ["AWS/EC2", "CPUUtilization", "InstanceId", "i-012345"]
NO_SOURCE = "The metric widget should have specified a region and a data source or an alarm annotation"
NO_METRIC = (
    'Field "metrics" has to be an array of array of strings, with an optional metricRenderer object as last element'
)
ONE_OF = "Should be equal to one of the allowed values"


@pytest.mark.parametrize(
    "body",
    [
        {"widgets": []},
        {"start": "-PT6H", "periodOverride": "inherit", **widget("text", markdown="Hello world")},
        {"start": "2018-12-17T06:00:00.000Z", "end": "2018-12-18T06:00:00.000Z", "widgets": []},
        widget("text", {"x": 0, "y": 7, "width": 3, "height": 3}, markdown="Hello", background="transparent"),
        metric(metrics=[CPU], period=300, stat="Average", title="CPU", liveData=False, legend={"position": "right"}),
        metric(metrics=[[*CPU, {"id": "m1", "yAxis": "right"}], [".", ".", ".", "i-abc"], ["...", "i-123"]]),
        metric(metrics=[["AWS/EC2", "CPUUtilization"], [{"expression": "SUM(METRICS())", "label": "all", "id": "e3"}]]),
        metric(metrics=[[{"expression": "SELECT AVG(x) FROM y"}]], view="gauge", yAxis={"left": {"min": 0, "max": 1}}),
        metric(
            metrics=[CPU],
            annotations={
                "horizontal": [
                    {"value": 20, "label": "limit", "color": "#9467bd", "fill": "above"},
                    [{"value": 200, "color": "#aaa"}, {"value": 95.5}],
                ],
                "vertical": [{"value": "2018-08-28T15:25:26Z", "fill": "after"}],
            },
        ),
        widget(
            "metric", annotations={"alarms": ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:myalarm"]}, period=60
        ),
        widget("log", region="us-east-1", query="SOURCE 'a' | fields @message", view="table"),
        widget("alarm", alarms=["arn"], sortBy="stateUpdatedTimestamp", states=["ALARM", "INSUFFICIENT_DATA"]),
        widget(
            "explorer",
            metrics=[{"metricName": "CPUUtilization", "resourceType": "AWS::EC2::Instance", "stat": "Average"}],
            labels=[{"key": "State", "value": "running"}],
            aggregateBy={"key": "InstanceType", "func": "MAX"},
            widgetOptions={"legend": {"position": "bottom"}, "view": "timeSeries", "rowsPerPage": 8},
        ),
        {
            "widgets": [],
            "variables": [
                {"type": "property", "property": "region", "inputType": "input", "id": "region", "defaultValue": "x"},
                {
                    "type": "pattern",
                    "pattern": "fn",
                    "inputType": "radio",
                    "id": "f",
                    "search": '{AWS/Lambda,FunctionName} MetricName="Duration"',
                    "populateFrom": "FunctionName",
                },
                {"type": "property", "property": "x", "inputType": "select", "id": "y", "values": [{"value": 1}]},
            ],
        },
    ],
)
def test_bodies_of_the_reference_are_taken(body: Body) -> None:
    """Every kind of widget, annotations, expressions, variables, time ranges."""
    assert wrongs(body) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("", "Should have required property 'widgets'")]),
        ({"widgets": {}}, [("/widgets", "Should be array")]),
        ({"widgets": [{}] * 501}, [("/widgets", "Should NOT have more than 500 items")]),
        ({"widgets": ["x"]}, [("/widgets/0", "Should be object")]),
        (
            {"widgets": [{}]},
            [
                ("/widgets/0", "Should have required property 'type'"),
                ("/widgets/0", "Should have required property 'properties'"),
            ],
        ),
        (widget("chart"), [("/widgets/0/type", ONE_OF)]),
        (
            widget("text", {"x": 24, "width": 0}, markdown=5),
            [
                ("/widgets/0/x", "Should be <= 23"),
                ("/widgets/0/width", "Should be >= 1"),
                ("/widgets/0", "Should have property y when property x is present"),
                ("/widgets/0/properties/markdown", "Should be string"),
            ],
        ),
        (widget("text"), [("/widgets/0/properties", "Should have required property 'markdown'")]),
        (
            metric(),
            [
                ("/widgets/0/properties", "Should have required property 'metrics'"),
                ("/widgets/0/properties", NO_SOURCE),
                ("/widgets/0/properties", "Should have required property 'annotations'"),
            ],
        ),
        (widget("metric", metrics=[CPU]), [("/widgets/0/properties", NO_SOURCE)]),
        (
            metric(metrics=["AWS/EC2"]),
            [
                ("/widgets/0/properties/metrics/0", "Should be array"),
                ("/widgets/0/properties/metrics/0", NO_METRIC),
            ],
        ),
        (metric(metrics=[["AWS/EC2"]]), [("/widgets/0/properties/metrics/0", "Should NOT have less than 2 items")]),
        (
            metric(metrics=[CPU[:3]]),
            [("/widgets/0/properties/metrics/0", "Each dimension should have a name and a value")],
        ),
        (
            metric(metrics=[["...", "x"]]),
            [("/widgets/0/properties/metrics/0", "The first metric has none before it to repeat")],
        ),
        (
            metric(metrics=[[*CPU, {"color": "red", "period": 30}]]),
            [
                ("/widgets/0/properties/metrics/0/4/color", 'Should match pattern "#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"'),
                ("/widgets/0/properties/metrics/0/4/period", "Should be a multiple of 60"),
            ],
        ),
        (
            metric(metrics=[[{"expression": "SELECT AVG(a) FROM b"}]] * 2),
            [("/widgets/0/properties/metrics", "Should NOT have more than 1 Metrics Insights query")],
        ),
        (metric(metrics=[CPU], view="map"), [("/widgets/0/properties/view", ONE_OF)]),
        (
            metric(metrics=[CPU], view="gauge"),
            [("/widgets/0/properties", "A gauge needs min and max on the left side of yAxis")],
        ),
        (
            metric(metrics=[CPU], annotations={"alarms": ["a"]}),
            [("/widgets/0/properties", "A widget can show metrics or an alarm, not both")],
        ),
        (
            metric(metrics=[CPU], annotations={"horizontal": [{"label": "limit"}]}),
            [("/widgets/0/properties/annotations/horizontal/0", "Should have required property 'value'")],
        ),
        (
            metric(metrics=[CPU], annotations={"horizontal": [[{"value": 1}]]}),
            [("/widgets/0/properties/annotations/horizontal/0", "Should NOT have less than 2 items")],
        ),
        (widget("alarm", alarms=[]), [("/widgets/0/properties/alarms", "Should NOT have less than 1 items")]),
        (widget("log", query="x"), [("/widgets/0/properties", "Should have required property 'region'")]),
        ({"widgets": [], "periodOverride": "x"}, [("/periodOverride", ONE_OF)]),
        (
            {"widgets": [], "end": "2018-12-17T06:00:00.000Z"},
            [("", "Should have property start when property end is present")],
        ),
        (
            {"widgets": [], "variables": [{"type": "property", "inputType": "select", "id": "a b"}]},
            [
                ("/variables/0/id", 'Should match pattern "[0-9A-Za-z_-]{1,32}"'),
                ("/variables/0", "Should have required property 'search'"),
                ("/variables/0", "Should have required property 'populateFrom'"),
                ("/variables/0", "Should have required property 'property'"),
            ],
        ),
    ],
)
def test_what_is_wrong_with_a_body_is_told_with_its_place(body: Body, expected: list[tuple[str, str]]) -> None:
    """All of it at once, in the words of AWS's validator."""
    assert [(one.path, one.message) for one in wrongs(body)] == expected


_JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["metric", "text", "alarm", "-PT1H"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["widgets", "type", "properties", "metrics", "annotations", "yAxis", "x", "variables"]),
            inner,
        ),
    ),
    max_leaves=30,
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), _JSON.map(json.dumps), _JSON.map(lambda one: json.dumps({"widgets": [one]}))))
def test_hostile_bodies_are_judged(body: str) -> None:
    """Whatever the text, it is no JSON object, or it is told what is wrong."""
    found = parsed(body)
    assert found is None or all(one.message for one in wrongs(found))


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Accounts with dashboards."""
    with observed() as sandbox:
        yield sandbox


TEXT = json.dumps(widget("text", markdown="Hello"))


def test_a_dashboard_is_global_to_its_account(aws: AwsSandbox) -> None:
    """Put in one Region, read in another as it was put; not in another account."""
    made = aws.client("cloudwatch", PROD.id).put_dashboard(DashboardName="fleet", DashboardBody=TEXT)
    assert made["DashboardValidationMessages"] == []
    found = aws.client("cloudwatch", PROD.id, "eu-west-1").get_dashboard(DashboardName="fleet")
    arn = "arn:aws:cloudwatch::222222222222:dashboard/fleet"
    assert (found["DashboardBody"], found["DashboardArn"], found["DashboardName"]) == (TEXT, arn, "fleet")
    other = aws.client("cloudwatch", HUB.id)
    with pytest.raises(ClientError) as caught:
        other.get_dashboard(DashboardName="fleet")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFound"


def test_a_wrong_body_is_refused_with_what_is_wrong(aws: AwsSandbox) -> None:
    """The message lists it as AWS prints it, and the error's own member has it too; nothing is kept."""
    cloudwatch = aws.client("cloudwatch", PROD.id)
    with pytest.raises(cloudwatch.exceptions.DashboardInvalidInputError) as caught:
        cloudwatch.put_dashboard(DashboardName="wrong", DashboardBody=json.dumps(widget("alarm", alarms=[])))
    answer = caught.value.response
    assert answer["Error"]["Code"] == "InvalidParameterInput"
    assert answer["Error"]["Message"] == (
        "The dashboard body is invalid, there are 1 validation errors:\n"
        '[\n  {\n    "dataPath": "/widgets/0/properties/alarms",\n'
        '    "message": "Should NOT have less than 1 items"\n  }\n]'
    )
    assert answer["dashboardValidationMessages"] == [
        {"DataPath": "/widgets/0/properties/alarms", "Message": "Should NOT have less than 1 items"}
    ]
    for name, body, said in (("wrong", "{", "must be a valid JSON object"), ("a b", TEXT, "The name of a dashboard")):
        with pytest.raises(cloudwatch.exceptions.DashboardInvalidInputError, match=said):
            cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body)
    assert cloudwatch.list_dashboards(DashboardNamePrefix="wrong")["DashboardEntries"] == []


def test_dashboards_are_listed_and_deleted(aws: AwsSandbox) -> None:
    """By prefix, a thousand to a page, with their sizes; a name that there is not is told after the others went."""
    cloudwatch, store = aws.client("cloudwatch", HUB.id), aws.dashboards(HUB.id)
    for number in range(1001):
        store.put(f"many-{number:04}", TEXT, {}, aws.clock.now())
    first = cloudwatch.list_dashboards()
    assert len(first["DashboardEntries"]) == 1000
    (last,) = cloudwatch.list_dashboards(NextToken=first["NextToken"])["DashboardEntries"]
    assert (last["DashboardName"], last["Size"]) == ("many-1000", len(TEXT))
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        cloudwatch.list_dashboards(NextToken="made up")
    with pytest.raises(ClientError, match="Dashboard gone does not exist"):
        cloudwatch.delete_dashboards(DashboardNames=["many-1000", "gone", "many-0999"])
    assert (
        cloudwatch.list_dashboards(DashboardNamePrefix="many-099")["DashboardEntries"][-1]["DashboardName"]
        == "many-0998"
    )
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        cloudwatch.delete_dashboards(DashboardNames=[f"many-{number:04}" for number in range(101)])


def test_tags_are_given_when_it_is_made(aws: AwsSandbox) -> None:
    """Those of an update are ignored; TagResource changes them."""
    cloudwatch = aws.client("cloudwatch", PROD.id)
    for team in ("risk", "bank"):
        cloudwatch.put_dashboard(DashboardName="owned", DashboardBody=TEXT, Tags=[{"Key": "team", "Value": team}])
    arn = "arn:aws:cloudwatch::222222222222:dashboard/owned"
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "risk"}]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "team", "Value": "bank"}])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "bank"}]
