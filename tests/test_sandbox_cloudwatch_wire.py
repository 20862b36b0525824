"""How CloudWatch is spoken to: protocols, errors, faults and rights; the AWS CLI reads what boto3 reads."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, ReadTimeoutError

from sandbox.aws import AwsSandbox
from sandbox.aws.cloudwatch.series import MetricKey
from sandbox.aws.cloudwatch.stage import AUC, HOUR, HUB, MINUTE, PROD, REGION, hour, observed, query, read

SPACE = {"m": "http://monitoring.amazonaws.com/doc/2010-08-01/"}


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """Production with a metric of two hours, linked to the hub."""
    with observed() as sandbox:
        end = hour(sandbox)
        sandbox.metrics(PROD.id).put_many(
            AUC, [(end - 2 * HOUR).timestamp(), (end - HOUR).timestamp()], [0.91, 0.852], "None"
        )
        yield sandbox


def signed(aws: AwsSandbox, body: str, headers: dict[str, str] | None = None, path: str = "/") -> Any:
    """The answer to a request of production's administrator; raises urllib's HTTPError."""
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = AWSRequest("POST", f"{aws.endpoint_url}{path}", headers=headers or kind, data=body.encode())
    SigV4Auth(Credentials(PROD.access_key_id, PROD.secret_access_key), "monitoring", REGION).add_auth(request)
    return urllib.request.urlopen(  # noqa: S310  # ours
        urllib.request.Request(request.url, body.encode(), dict(request.headers), method="POST")  # noqa: S310
    )


def form(**params: str) -> str:
    """A query-protocol body."""
    named = {key.replace("_", "."): value for key, value in params.items()}
    return urllib.parse.urlencode({"Version": "2010-08-01"} | named)


def test_the_query_protocol_reads_the_same_numbers(aws: AwsSandbox) -> None:
    """Flat parameters in, XML out: what older SDKs and CLIs speak."""
    end, metric = hour(aws), "MetricDataQueries.member.1.MetricStat"
    params = {
        "Action": "GetMetricData",
        "StartTime": f"{end - 2 * HOUR:%Y-%m-%dT%H:%M:%SZ}",
        "EndTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "MaxDatapoints": "10",
        "MetricDataQueries.member.1.Id": "m1",
        "MetricDataQueries.member.1.ReturnData": "true",
        f"{metric}.Metric.Namespace": AUC.namespace,
        f"{metric}.Metric.MetricName": AUC.name,
        f"{metric}.Period": "3600",
        f"{metric}.Stat": "Average",
    }
    for number, (name, value) in enumerate(AUC.dimensions, 1):
        params[f"{metric}.Metric.Dimensions.member.{number}.Name"] = name
        params[f"{metric}.Metric.Dimensions.member.{number}.Value"] = value
    with signed(aws, form(**params)) as answer:
        found = ET.fromstring(answer.read())  # noqa: S314  # ours
    (result,) = found.findall("m:GetMetricDataResult/m:MetricDataResults/m:member", SPACE)
    times = [datetime.fromisoformat(each.text or "") for each in result.findall("m:Timestamps/m:member", SPACE)]
    values = [float(each.text or "") for each in result.findall("m:Values/m:member", SPACE)]
    assert sorted(zip(times, values, strict=True)) == read(aws, PROD, query(AUC), end - 2 * HOUR, end)
    assert result.findtext("m:StatusCode", namespaces=SPACE) == "Complete"


def test_the_query_protocol_puts_and_reads_maps(aws: AwsSandbox) -> None:
    """Numbers with a point, arrays, an answer without members, and ExtendedStatistics as entries."""
    datum = {"MetricData.member.1.MetricName": "flat", "MetricData.member.1.Counts.member.1": "3"}
    put = form(Action="PutMetricData", Namespace="wire", **datum, **{"MetricData.member.1.Values.member.1": "2.5"})
    with signed(aws, put) as answer:
        assert b"<PutMetricDataResponse" in answer.read()
    now = aws.clock.now()
    asked = form(
        Action="GetMetricStatistics",
        Namespace="wire",
        MetricName="flat",
        Period="60",
        StartTime=(now - 5 * MINUTE).isoformat(),
        EndTime=(now + MINUTE).isoformat(),
        **{"ExtendedStatistics.member.1": "p90"},
    )
    with signed(aws, asked) as answer:
        found = ET.fromstring(answer.read())  # noqa: S314  # ours
    entry = found.find(".//m:ExtendedStatistics/m:entry", SPACE)
    assert entry is not None
    assert [each.text for each in entry] == ["p90", "2.5"]


def test_an_error_has_its_old_code_and_in_json_its_shape(aws: AwsSandbox) -> None:
    """Clients of either protocol see one code; JSON names the shape, as `awsQueryCompatible` says."""
    with pytest.raises(urllib.error.HTTPError) as error:
        signed(aws, form(Action="GetMetricStatistics", Namespace="wire"))
    assert b"<Code>ValidationError</Code>" in error.value.read()
    error.value.close()
    target = {"X-Amz-Target": "GraniteServiceVersion20100801.ListMetrics", "Content-Type": "application/x-amz-json-1.0"}
    with pytest.raises(urllib.error.HTTPError) as error:
        signed(aws, '{"OwningAccount": "222222222222"}', target)
    assert json.loads(error.value.read())["__type"] == "InvalidParameterValueException"
    assert error.value.headers["x-amzn-query-error"] == "InvalidParameterValue;Sender"
    error.value.close()
    cloudwatch = aws.client("cloudwatch", PROD.id)
    with pytest.raises(cloudwatch.exceptions.InvalidParameterValueException) as modelled:
        cloudwatch.list_metrics(OwningAccount=PROD.id)
    assert modelled.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_alarms_and_dashboards_are_told_in_the_query_protocol(aws: AwsSandbox) -> None:
    """Lists of structures in and out, and what an error has beside its message."""
    key = "Metrics.member.1"
    put = {"Action": "PutMetricAlarm", "AlarmName": "wired", "Threshold": "0.8", "EvaluationPeriods": "1"}
    put |= {"ComparisonOperator": "LessThanThreshold", f"{key}.Id": "m1", f"{key}.MetricStat.Stat": "Average"}
    put |= {f"{key}.MetricStat.Period": "3600", f"{key}.MetricStat.Metric.MetricName": AUC.name}
    put |= {f"{key}.MetricStat.Metric.Namespace": AUC.namespace, "Tags.member.1.Key": "a", "Tags.member.1.Value": "b"}
    signed(aws, form(**put)).close()
    with signed(aws, form(Action="DescribeAlarms", AlarmNamePrefix="wired")) as answer:
        (alarm,) = ET.parse(answer).getroot().findall(".//m:MetricAlarms/m:member", SPACE)  # noqa: S314  # ours
    told = [alarm.findtext(f"m:{name}", None, SPACE) for name in ("AlarmName", "StateValue", "Threshold")]
    assert told == ["wired", "INSUFFICIENT_DATA", "0.8"]
    assert alarm.findtext(".//m:MetricStat/m:Metric/m:MetricName", None, SPACE) == AUC.name
    with pytest.raises(urllib.error.HTTPError) as error:
        signed(aws, form(Action="PutDashboard", DashboardName="wired", DashboardBody="{}"))
    said = ET.fromstring(error.value.read())  # noqa: S314  # ours
    error.value.close()
    assert said.findtext(".//Code") == "InvalidParameterInput"
    assert said.findtext(".//dashboardValidationMessages/member/Message") == "Should have required property 'widgets'"


def test_json_tells_times_in_seconds(aws: AwsSandbox) -> None:
    """As numbers, not texts."""
    end = hour(aws)
    body = {"MetricDataQueries": [query(AUC)], "StartTime": (end - HOUR).timestamp(), "EndTime": end.timestamp()}
    headers = {
        "X-Amz-Target": "GraniteServiceVersion20100801.GetMetricData",
        "Content-Type": "application/x-amz-json-1.0",
    }
    with signed(aws, json.dumps(body), headers) as answer:
        (found,) = json.loads(answer.read())["MetricDataResults"]
    assert (found["Timestamps"], found["Values"]) == ([(end - HOUR).timestamp()], [0.852])


def test_cbor_is_refused_by_name(aws: AwsSandbox) -> None:
    """Clients that speak nothing else are told so, and do not try again."""
    path = "/service/GraniteServiceVersion20100801/operation/ListMetrics"
    with pytest.raises(urllib.error.HTTPError) as error:
        signed(aws, "", {"Smithy-Protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}, path)
    assert error.value.code == 501
    assert b"does not implement cloudwatch" in error.value.read()
    error.value.close()


def test_a_long_request_may_come_compressed(aws: AwsSandbox) -> None:
    """The botocore client compresses PutMetricData from ten kilobytes on."""
    data = [{"MetricName": f"compressed-{n}", "Value": float(n)} for n in range(400)]
    aws.client("cloudwatch", PROD.id).put_metric_data(Namespace="wire", MetricData=data)
    now = aws.clock.now()
    found = read(aws, PROD, query(MetricKey.of("wire", "compressed-399"), "Sum", 60), now - 5 * MINUTE, now + MINUTE)
    assert [value for _, value in found] == [399.0]


def user(aws: AwsSandbox, name: str, statement: dict[str, Any]) -> Any:
    """CloudWatch as a user of production with one statement speaks to it."""
    iam = aws.client("iam", PROD.id)
    iam.create_user(UserName=name)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | statement]})
    iam.put_user_policy(UserName=name, PolicyName="one", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return boto3.client(
        "cloudwatch",
        region_name=REGION,
        endpoint_url=aws.endpoint_url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(retries={"max_attempts": 0}, read_timeout=0.3),
    )


def test_actions_are_allowed_one_by_one_and_on_everything(aws: AwsSandbox) -> None:
    """Reading metrics has no resources (Service Authorization Reference): only `*` allows."""
    end = hour(aws)
    lists = user(aws, "lists", {"Action": "cloudwatch:ListMetrics", "Resource": "*"})
    assert lists.list_metrics()["Metrics"]
    with pytest.raises(ClientError) as error:
        lists.get_metric_data(MetricDataQueries=[query(AUC)], StartTime=end - HOUR, EndTime=end)
    said = error.value.response["Error"]
    assert said["Code"] == "AccessDenied"
    assert "is not authorized to perform: cloudwatch:GetMetricData on resource: *" in said["Message"]
    narrow = user(aws, "narrow", {"Action": "cloudwatch:*", "Resource": f"arn:aws:cloudwatch:{REGION}:{PROD.id}:*"})
    with pytest.raises(ClientError, match="AccessDenied"):
        narrow.list_metrics()
    for each in (lists, narrow):
        each.close()


def test_an_alarm_and_a_dashboard_are_resources_of_their_own(aws: AwsSandbox) -> None:
    """Allowed by their ARNs where one is named; composite alarms need `*` (API: PutCompositeAlarm)."""
    arns = [f"arn:aws:cloudwatch:{REGION}:{PROD.id}:alarm:ours-*", f"arn:aws:cloudwatch::{PROD.id}:dashboard/ours-*"]
    narrow = user(aws, "alarms", {"Action": "cloudwatch:*", "Resource": arns})
    narrow.put_dashboard(DashboardName="ours-1", DashboardBody='{"widgets": []}')
    metric: dict[str, Any] = {"MetricName": "auc", "Namespace": "wire", "Statistic": "Sum", "Period": 60}
    limit: dict[str, Any] = {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "LessThanThreshold"}
    narrow.put_metric_alarm(AlarmName="ours-1", **metric, **limit)
    narrow.set_alarm_state(AlarmName="ours-1", StateValue="OK", StateReason="")
    refused = (
        lambda: narrow.put_metric_alarm(AlarmName="theirs", **metric, **limit),
        lambda: narrow.put_composite_alarm(AlarmName="ours-2", AlarmRule="TRUE"),
        lambda: narrow.get_dashboard(DashboardName="theirs"),
    )
    for call in refused:
        with pytest.raises(ClientError, match="AccessDenied"):
            call()
    narrow.close()


def test_faults_on_order_are_met(aws: AwsSandbox) -> None:
    """Denied, throttled, never answered; then all is well."""
    cloudwatch = user(aws, "poller", {"Action": "cloudwatch:*", "Resource": "*"})
    for kind, code in (("deny", "AccessDenied"), ("throttle", "Throttling")):
        aws.fault(kind, PROD.id, "cloudwatch:ListMetrics")
        with pytest.raises(ClientError) as error:
            cloudwatch.list_metrics()
        assert error.value.response["Error"]["Code"] == code
    aws.fault("timeout", PROD.id, "ListMetrics")
    with pytest.raises(ReadTimeoutError):
        cloudwatch.list_metrics()
    assert cloudwatch.list_metrics()["Metrics"]
    cloudwatch.close()


def test_the_aws_cli_reads_what_boto3_reads(aws: AwsSandbox) -> None:
    """In the monitoring account, of a source: `aws cloudwatch get-metric-data` as anybody types it.

    The CLI's first version tells times as they came: in seconds.
    """
    pytest.importorskip("awscli")
    end = hour(aws)
    asked = [query(AUC, AccountId=PROD.id, Label="${PROP('AccountLabel')}")]
    command = [sys.executable, "-m", "awscli", "cloudwatch", "get-metric-data", "--output", "json"]
    window = ["--start-time", (end - 2 * HOUR).isoformat(), "--end-time", end.isoformat()]
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_ACCESS_KEY_ID": HUB.access_key_id,
        "AWS_SECRET_ACCESS_KEY": HUB.secret_access_key,
        "AWS_DEFAULT_REGION": REGION,
    }
    done = subprocess.run(
        [*command, *window, "--metric-data-queries", json.dumps(asked)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)["MetricDataResults"]
    assert found["Label"] == "ml-production"
    times = [datetime.fromtimestamp(each, UTC) for each in found["Timestamps"]]
    points = sorted(zip(times, found["Values"], strict=True))
    assert points == read(aws, HUB, asked[0], end - 2 * HOUR, end)
    assert [value for _, value in points] == [0.91, 0.852]
