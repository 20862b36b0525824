"""What stopping leaves behind: nothing."""

import socket
import threading
import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.clock import WorldClock

HOME, REGION = "111111111111", "us-west-2"


def sandbox() -> AwsSandbox:
    """One account."""
    return AwsSandbox(WorldClock(), [CloudAccount(HOME, "home", "AKIAHOME000000000001", "secret")])


def test_stopping_ends_calls_that_are_held_and_frees_the_port() -> None:
    """A call that waits for a timeout ends with its connection."""
    with sandbox() as aws:
        url = aws.start()
        iam = aws.client("iam", HOME)
        iam.create_user(UserName="poller")
        key = iam.create_access_key(UserName="poller")["AccessKey"]
        sagemaker = boto3.client(
            "sagemaker",
            region_name=REGION,
            endpoint_url=url,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            config=Config(retries={"max_attempts": 0}),
        )
        aws.fault("timeout", HOME, "ListModels")
        ended: list[BaseException] = []

        def ask() -> None:
            try:
                sagemaker.list_models()
            except BotoCoreError as error:
                ended.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        while not any(fault.left == 0 for fault in aws._faults._ordered):
            time.sleep(0.01)
    asking.join(timeout=3)
    assert len(ended) == 1
    port = int(url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_the_next_sandbox_starts_empty_and_may_take_the_same_port() -> None:
    """Also where the first was stopped twice."""
    first = sandbox()
    port = int(first.start().rpartition(":")[2])
    bucket = {"Bucket": "left-behind", "CreateBucketConfiguration": {"LocationConstraint": REGION}}
    first.client("s3", HOME).create_bucket(**bucket)
    first.stop()
    first.stop()
    with sandbox() as second:
        assert second.start(port).endswith(str(port))
        assert second.client("s3", HOME).list_buckets()["Buckets"] == []
        second.client("s3", HOME).create_bucket(**bucket)
