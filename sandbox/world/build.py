"""Making the accounts' resources, through the same APIs that a platform team would use."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sandbox.aws import AwsSandbox
from sandbox.world import (
    acting,
    addresses,
    alarms,
    baseline,
    batch,
    data_quality,
    features,
    fleet,
    packages,
    past,
    roles,
    story,
    trail,
    watch,
)
from sandbox.world.addresses import Objects
from sandbox.world.deploy import EXECUTION_ROLE, deploy, expiring, retire
from sandbox.world.fleet import Monitor
from sandbox.world.story import Serving
from sandbox.world.telling import stream


def lay_out(
    aws: AwsSandbox, seed: int, started_at: datetime, monitors: Collection[Monitor], *, trailed: bool = False
) -> dict[str, str | None]:
    """Buckets, roles, links and deployments of every account; returns the bot's credentials."""
    if trailed:
        trail.found(aws, started_at)
    with aws.at(started_at - fleet.FOUNDED_SINCE):
        keys = _accounts(aws, trailed=trailed, peopled=trailed or "Packages" in monitors)
    with aws.at(started_at - fleet.LINKED_SINCE):
        roles.link(aws)
    for deployment in fleet.DEPLOYMENTS:
        (serving,) = story.servings(deployment, started_at, ())
        _limit(aws, serving, seed, monitors)
        _deploy(aws, serving, monitors)
    with aws.at(started_at - fleet.FOUNDED_SINCE):
        let_expire(aws, [story.servings(deployment, started_at, ())[0] for deployment in fleet.DEPLOYMENTS])
    if "Batch" in monitors:
        _watch_batch(aws, seed, started_at)
    if "Alarms" in monitors:
        alarms.lay_out(aws, started_at)
    if "Packages" in monitors:
        packages.lay_out(aws, seed, started_at)
    if trailed:
        past.tell(aws, started_at)
    return keys


def _accounts(aws: AwsSandbox, *, trailed: bool, peopled: bool) -> dict[str, str | None]:
    """What the platform team made before anything was deployed; returns the bot's credentials."""
    for account_id in (fleet.OBSERVABILITY, *fleet.LINKED):
        _bucket(aws, account_id)
    roles.give_operate_role(aws, fleet.OBSERVABILITY)
    for account_id in fleet.LINKED:
        roles.give_read_role(aws, account_id)
        roles.give_operate_role(aws, account_id)
        roles.give_pipeline_role(aws, account_id)
        _execution_role(aws, account_id)
    if peopled:
        roles.give_people(aws)
    return roles.give_bot(aws, trailed=trailed)


def _deploy(aws: AwsSandbox, serving: Serving, monitors: Collection[Monitor]) -> None:
    """As the pipeline did it then."""
    with acting.client(aws, "sagemaker", acting.pipeline(aws, serving.names, serving.since)) as client:
        deploy(aws, client, serving, monitors)


def redeploy(aws: AwsSandbox, old: Serving, new: Serving, monitors: Collection[Monitor], *, gone: bool = False) -> None:
    """What a pipeline does on a Friday: the new endpoint and its schedules, then the old ones away, as its role.

    `gone`: somebody deleted the old endpoint with its schedules already.
    """
    keys = acting.pipeline(aws, new.names, new.since)
    with acting.client(aws, "sagemaker", keys) as client:
        deploy(aws, client, new, monitors)
        retire(aws, client, old, new.since, monitors, gone=gone)
    if "Alarms" in monitors:
        with aws.at(new.since), acting.client(aws, "cloudwatch", keys) as client:
            alarms.watch(client, new)
            alarms.retire(client, old)


def let_expire(aws: AwsSandbox, servings: Iterable[Serving]) -> None:
    """The buckets' lifecycle: rows go after a day, reports stay."""
    rules: dict[str, dict[str, dict[str, Any]]] = {}
    for named in (serving.names for serving in servings):
        for folder in expiring(named):
            prefix = addresses.split(folder)[1]
            rules.setdefault(named.account_id, {})[prefix] = {
                "ID": prefix.replace("/", "-"),
                "Status": "Enabled",
                "Filter": {"Prefix": f"{prefix}/"},
                "Expiration": {"Days": 1},
            }
    for account_id, of_account in rules.items():
        aws.client("s3", account_id, fleet.REGION).put_bucket_lifecycle_configuration(
            Bucket=fleet.bucket(account_id), LifecycleConfiguration={"Rules": list(of_account.values())}
        )


def _bucket(aws: AwsSandbox, account_id: str) -> None:
    """SageMaker's default bucket."""
    where = {"LocationConstraint": fleet.REGION}
    s3 = aws.client("s3", account_id, fleet.REGION)
    s3.create_bucket(Bucket=fleet.bucket(account_id), CreateBucketConfiguration=where)


def _execution_role(aws: AwsSandbox, account_id: str) -> None:
    """The role that endpoints and monitors run as."""
    statement = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = aws.client("iam", account_id, fleet.REGION)
    iam.create_role(RoleName=EXECUTION_ROLE, AssumeRolePolicyDocument=trust)


def _limit(aws: AwsSandbox, serving: Serving, seed: int, monitors: Collection[Monitor]) -> None:
    """The baseline jobs' statistics and the team's constraints, of each monitor that the deployment has."""
    named, model, at = serving.names, serving.deployment.model, serving.since
    objects, kinds = Objects(aws, named.account_id), fleet.watched(serving.deployment, monitors)
    for folder, files in baseline.files(model, stream(seed, named.account_id), at, kinds).items():
        for name, content in files.items():
            objects.put(f"{named.uri(folder)}/{name}.json", json.dumps(content).encode(), at)


def _watch_batch(aws: AwsSandbox, seed: int, started_at: datetime) -> None:
    """The batch transform's baseline and its nightly data-quality schedule."""
    named, at = batch.names(started_at), batch.made_at(started_at)
    objects = Objects(aws, named.account_id)
    columns = features.table([data_quality.row(each) for each in batch.training(seed)], (batch.ANSWER, *batch.COLUMNS))
    files = {"statistics": features.statistics(columns), "constraints": features.suggested(columns)}
    for name, content in files.items():
        objects.put(f"{named.uri(watch.DATA_BASELINE)}/{name}.json", json.dumps(content).encode(), at)
    role = f"arn:aws:iam::{named.account_id}:role/{EXECUTION_ROLE}"
    keys = acting.pipeline(aws, named, at)
    with aws.at(at), acting.client(aws, "sagemaker", keys) as client:
        watch.schedule(client, watch.Watch("DataQuality", named, role, batch.source(named), batch.NIGHT), [])
