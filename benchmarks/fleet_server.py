"""An AWS of many accounts whose every answer takes its time: STS, SageMaker's endpoints and CloudWatch's points.

Run as a process of its own: `python -m benchmarks.fleet_server 50` prints its address and answers after 50 ms.
"""

import asyncio
import json
import math
import re
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

ENDPOINTS = 10
"""In each account, each with a configuration of its own."""
REGION = "us-west-2"
OWN = "100000000000"
_KEY = re.compile(r"Credential=(?:AKIA|ASIA)(\d{12})")
_BORN = 1_760_000_000
_WHO = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{0}:user/x</Arn><UserId>x</UserId>"
    "<Account>{0}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)
_ASSUMED = (
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{0}</AccessKeyId><SecretAccessKey>s"
    "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{1}</Expiration></Credentials></AssumeRoleResult>"
    "</AssumeRoleResponse>"
)


class Aws:
    """Answers, and counts what it was asked."""

    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
        self.calls: Counter[str] = Counter()

    async def answer(self, request: web.Request) -> web.Response:
        """Whatever is asked, after the latency."""
        body = await request.text()
        await asyncio.sleep(self._latency_s)
        signed = _KEY.search(request.headers.get("Authorization", ""))
        account = signed[1] if signed else OWN
        target = request.headers.get("X-Amz-Target", "")
        if not target:
            return self._sts(account, {name: values[0] for name, values in parse_qs(body).items()})
        operation = target.rpartition(".")[2]
        self.calls[operation] += 1
        said = _OPERATIONS[operation](account, json.loads(body or "{}"))
        return web.Response(text=json.dumps(said), content_type="application/x-amz-json-1.1")

    async def counted(self, _: web.Request) -> web.Response:
        """What was asked since the last look."""
        calls, self.calls = dict(self.calls), Counter()
        return web.json_response(calls)

    def _sts(self, account: str, said: dict[str, str]) -> web.Response:
        self.calls[said["Action"]] += 1
        if said["Action"] == "AssumeRole":
            until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
            return web.Response(text=_ASSUMED.format(said["RoleArn"].split(":")[4], until), content_type="text/xml")
        return web.Response(text=_WHO.format(account), content_type="text/xml")


def _row(account: str, name: str) -> dict[str, object]:
    arn = f"arn:aws:sagemaker:{REGION}:{account}:endpoint/{name}"
    dated = {"CreationTime": _BORN, "LastModifiedTime": _BORN}
    return {"EndpointName": name, "EndpointArn": arn, "EndpointStatus": "InService", **dated}


def _listed(account: str, _: dict[str, str]) -> dict[str, object]:
    return {"Endpoints": [_row(account, f"model-{n}") for n in range(ENDPOINTS)]}


def _described(account: str, asked: dict[str, str]) -> dict[str, object]:
    name = asked["EndpointName"]
    capture = {"EnableCapture": True, "CaptureStatus": "Started", "CurrentSamplingPercentage": 100}
    return {
        **_row(account, name),
        "EndpointConfigName": f"{name}-config",
        "ProductionVariants": [{"VariantName": "AllTraffic", "CurrentInstanceCount": 2}],
        "DataCaptureConfig": {**capture, "DestinationS3Uri": f"s3://bucket-{account}/capture", "KmsKeyId": ""},
    }


def _configured(account: str, asked: dict[str, str]) -> dict[str, object]:
    name = asked["EndpointConfigName"]
    variant = {"VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
    arn = f"arn:aws:sagemaker:{REGION}:{account}:endpoint-config/{name}"
    return {
        "EndpointConfigName": name,
        "EndpointConfigArn": arn,
        "ProductionVariants": [variant],
        "CreationTime": _BORN,
    }


def _tagged(_: str, asked: dict[str, str]) -> dict[str, object]:
    name = asked["ResourceArn"].rpartition("/")[2]
    return {"Tags": [{"Key": "sagewatch:service", "Value": name}, {"Key": "sagewatch:team", "Value": "risk"}]}


def _measured(_: str, asked: dict[str, Any]) -> dict[str, object]:
    """Every point of every query, with as many digits as means have."""
    return {"MetricDataResults": [_points(query, asked) for query in asked["MetricDataQueries"]], "Messages": []}


def _points(query: dict[str, Any], asked: dict[str, Any]) -> dict[str, object]:
    times = range(int(asked["StartTime"]), int(asked["EndTime"]), query["MetricStat"]["Period"])
    values = [0.9 + math.sin(time + int(query["Id"][1:])) / 10 for time in times]
    named = {"Id": query["Id"], "Label": query["MetricStat"]["Metric"]["MetricName"]}
    return {**named, "Timestamps": [float(t) for t in times], "Values": values, "StatusCode": "Complete"}


_OPERATIONS = {
    "ListEndpoints": _listed,
    "DescribeEndpoint": _described,
    "DescribeEndpointConfig": _configured,
    "ListTags": _tagged,
    "GetMetricData": _measured,
}


async def _serve(latency_s: float) -> None:
    aws = Aws(latency_s)
    app = web.Application()
    app.router.add_get("/calls", aws.counted)
    app.router.add_post("/", aws.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)  # whoever started it reads it
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]) / 1_000))
