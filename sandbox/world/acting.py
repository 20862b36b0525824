"""Clients of boto3 for somebody of the story, whose calls are made again when it is told again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config

from sandbox.aws import AwsSandbox
from sandbox.aws.calls import BACKSTAGE
from sandbox.world import fleet, roles
from sandbox.world.callers import Caller
from sandbox.world.fleet import Names

Keys = dict[str, str]


def pipeline(aws: AwsSandbox, named: Names, at: datetime) -> Keys:
    """Keys of the deployment pipeline's run that makes an endpoint."""
    with aws.at(at):
        given = aws.client("sts", named.account_id, fleet.REGION).assume_role(
            RoleArn=f"arn:aws:iam::{named.account_id}:role/{roles.PIPELINE_ROLE}",
            RoleSessionName=run_of(named),
        )["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


def run_of(named: Names) -> str:
    """What the pipeline calls the run that makes an endpoint."""
    return f"deploy-{named.service}-{named.deployed}"


def person(aws: AwsSandbox, account_id: str, who: Caller, at: datetime) -> Keys:
    """Keys of somebody's session that no call of theirs began: Identity Center or Studio gave it."""
    return aws.sign_in(who.principal(account_id, at))


@contextmanager
def client(aws: AwsSandbox, service: str, keys: Keys, agent: str = "") -> Iterator[Any]:
    """One that is closed at the end; `agent` is how their tool calls itself."""
    config = Config(retries={"max_attempts": 0}, user_agent=agent or None, user_agent_extra=BACKSTAGE)
    made = boto3.client(service, region_name=fleet.REGION, endpoint_url=aws.endpoint_url, config=config, **keys)
    try:
        yield made
    finally:
        made.close()
