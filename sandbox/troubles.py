"""What goes wrong in AWS and in Slack around a demo: each trouble is made real, and taken back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from sandbox.demo import Demo
from sandbox.world import fleet, roles

METRIC: Final = "AWS::CloudWatch::Metric"
LOGS: Final = "AWS::Logs::LogGroup"


@contextmanager
def policy(demo: Demo, account_id: str, lacking: str) -> Iterator[None]:
    """The read role without one action."""
    iam = demo.aws.client("iam", account_id, fleet.REGION)
    named = {"RoleName": roles.READ_ROLE, "PolicyName": "read-monitors"}
    before = iam.get_role_policy(**named)["PolicyDocument"]
    less = json.loads(json.dumps(before))
    for statement in less["Statement"]:
        actions = statement["Action"]
        actions = [actions] if isinstance(actions, str) else actions
        statement["Action"] = [a for a in actions if a != lacking] or ["sagemaker:ListEndpoints"]
    iam.put_role_policy(**named, PolicyDocument=json.dumps(less))
    yield
    iam.put_role_policy(**named, PolicyDocument=json.dumps(before))


@contextmanager
def closed(demo: Demo, account_id: str) -> Iterator[None]:
    """A read role that trusts nobody who asks."""
    iam = demo.aws.client("iam", account_id, fleet.REGION)
    before = iam.get_role(RoleName=roles.READ_ROLE)["Role"]["AssumeRolePolicyDocument"]
    service = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    other = {"Version": "2012-10-17", "Statement": [service]}
    iam.update_assume_role_policy(RoleName=roles.READ_ROLE, PolicyDocument=json.dumps(other))
    yield
    iam.update_assume_role_policy(RoleName=roles.READ_ROLE, PolicyDocument=json.dumps(before))


@contextmanager
def linked(demo: Demo, *types: str, metric_filter: str = "*") -> Iterator[None]:
    """Production's link as it should not be."""
    oam = demo.aws.client("oam", fleet.PRODUCTION, fleet.REGION)
    (link,) = oam.list_links()["Items"]
    narrow = {"MetricConfiguration": {"Filter": metric_filter}}
    oam.update_link(Identifier=link["Arn"], ResourceTypes=list(types), LinkConfiguration=narrow)
    yield
    everything = {"MetricConfiguration": {"Filter": "*"}}
    oam.update_link(Identifier=link["Arn"], ResourceTypes=link["ResourceTypes"], LinkConfiguration=everything)


@contextmanager
def without_sink_rights(demo: Demo) -> Iterator[None]:
    """The next listing of sinks by the bot is refused, and the doctor's own after it."""
    demo.aws.fault("deny", fleet.OBSERVABILITY, "oam:ListSinks", 2)
    yield


@contextmanager
def channel(demo: Demo, **changed: Any) -> Iterator[None]:
    """The default channel as it should not be."""
    one = demo.workspace.channel("ml-alerts")
    if one is None:
        raise AssertionError("the workspace has no such channel")
    before = {name: getattr(one, name) for name in changed}
    for name, value in changed.items():
        setattr(one, name, value)
    yield
    for name, value in before.items():
        setattr(one, name, value)


@contextmanager
def scopes(demo: Demo, *lacking: str) -> Iterator[None]:
    """The installation without some scopes."""
    before = demo.workspace.app
    demo.workspace.app = replace(before, scopes=before.scopes - set(lacking))
    yield
    demo.workspace.app = before
