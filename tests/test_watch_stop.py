"""The end of the process while AWS hangs: real calls over HTTP that nobody answers."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event

import boto3
import pytest

from bot.alerts.watch import Pace, Watch
from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.ports import Ask, Directory
from sandbox.fakes import FakeIncidents, FakeRoutes, at
from sandbox.fakes_fleet import FakeDirectory, FakeInventory, Fleet, StillClock

OWN, REGION = "100000000000", "us-west-2"
IDENTITY = f"""<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{OWN}:user/x</Arn>
<UserId>x</UserId><Account>{OWN}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""
RUN = {
    "MonitoringScheduleName": "bank-quality",
    "EndpointName": "bank",
    "MonitoringType": "ModelQuality",
    "MonitoringExecutionStatus": "CompletedWithViolations",
    "ScheduledTime": at(8).timestamp(),
    "CreationTime": at(8).timestamp(),
    "LastModifiedTime": at(9).timestamp(),
}


class Aws(ThreadingHTTPServer):
    """STS answers; of SageMaker one operation and what comes after it hang."""

    daemon_threads = True

    def __init__(self, hangs: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hangs = hangs
        self.reached = Event()
        self.release = Event()


class Handler(BaseHTTPRequestHandler):
    """One call."""

    server: Aws

    def do_POST(self) -> None:
        """STS speaks XML, SageMaker names its operation in a header."""
        self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if operation == self.server.hangs:
            self.server.reached.set()
            self.server.release.wait(30)
            return
        body = json.dumps({"MonitoringExecutionSummaries": [RUN]}) if operation else IDENTITY
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name that http.server gives it
        """Nothing."""


@pytest.fixture(params=["ListMonitoringExecutions", "DescribeMonitoringSchedule"])
def aws(request: pytest.FixtureRequest) -> Iterator[Aws]:
    """Hanging while runs are listed, or while one is read."""
    server = Aws(request.param)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_stop_waits_for_no_account(aws: Aws) -> None:
    """Neither the poll nor the layer's end: two seconds, though the call itself may take ten."""
    session = boto3.Session(f"AKIA{OWN}", "secret", region_name=REGION)
    layer = AwsLayer(session, AwsSettings(endpoint_url=f"http://127.0.0.1:{aws.server_port}"))
    fleet = Fleet((Account(OWN, "own", (REGION,), own=True),))

    def bind(ask: Ask) -> Mapping[type, object]:
        return {**layer.bind(ask), Directory: FakeDirectory(fleet)}

    incidents = FakeIncidents(fold)
    watch = Watch(bind, incidents, FakeInventory(), FakeRoutes(), StillClock(at(10)), pace=Pace(), changed=lambda: None)
    stop = Event()
    polling = threading.Thread(target=watch.run, args=(stop,))
    polling.start()
    assert aws.reached.wait(10)
    began = time.monotonic()
    stop.set()
    polling.join(10)
    layer.close()
    assert time.monotonic() - began < 2
    assert not polling.is_alive()
    assert incidents.list(at(10)) == ()
