"""The printed policies suffice for everything that the bot calls, and nothing in them is too much.

They are attached in the sandbox's world in place of the world's own, and IAM decides.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import boto3
import pytest

from bot.aws import actions
from bot.aws.calls import Heard, listen
from bot.aws.layer import AwsLayer
from bot.aws.schedules import FAMILIES
from bot.aws.settings import AwsSettings
from bot.errors import Missing, SourceError
from bot.model.account import Account, Scope
from bot.model.alarm import Alarm, AlarmPlan, AlarmState, Mute, Watched
from bot.model.fleet import Depth
from bot.model.metric import Limit, Metric, MetricKind, Query
from bot.model.monitor import Execution, Schedule
from bot.model.observation import Window
from bot.model.package import Approval
from bot.model.person import Person
from bot.ports import Ask, Failure, Found, Sweep
from bot.setup import iam
from bot.setup.iam import Grant, Names, Rights
from sandbox.aws import AwsSandbox
from sandbox.aws.calls import Call
from sandbox.clock import WorldClock
from sandbox.furnished import KEPT, QUEUE, furnish
from sandbox.world import fleet, roles
from sandbox.world.world import World

RIGHTS = Rights(actions.declared("bot"), actions.declared("read"), actions.declared("operate"))
DAY = timedelta(days=1)
NUMBERS = count(1)


def names(account_id: str, external_id: str = "") -> Names:
    """The placeholders filled in for an account."""
    return Names(fleet.OBSERVABILITY, (fleet.bucket(account_id),), external_id=external_id, queue=QUEUE)


READ = iam.read_grants(RIGHTS, names(fleet.PRODUCTION))
OWN = iam.bot_grants(RIGHTS, names(fleet.OBSERVABILITY))
OPERATE = iam.operator_grants(RIGHTS, names(fleet.PRODUCTION))


@dataclass(frozen=True, slots=True)
class Fleet:
    """The world with violations in production and in the bot's own account, and nobody's policies but ours."""

    aws: AwsSandbox
    world: World

    def attach(
        self,
        *,
        own: Iterable[Grant] = OWN,
        production: Iterable[Grant] = READ,
        operate: Iterable[Grant] = OPERATE,
        external_id: str = "",
    ) -> None:
        """Put policies on the bot's role and on production's two; the test account's is always whole."""
        test = iam.read_grants(RIGHTS, names(fleet.TEST))
        self._put(fleet.OBSERVABILITY, roles.BOT, own)
        for account_id, grants in ((fleet.PRODUCTION, production), (fleet.TEST, test)):
            self._put(account_id, roles.READ_ROLE, grants)
            self._trust(account_id, roles.READ_ROLE, iam.trust(names(account_id, external_id)))
        for account_id, grants in ((fleet.PRODUCTION, operate), (fleet.OBSERVABILITY, OPERATE)):
            self._put(account_id, roles.OPERATE_ROLE, grants, "operate-monitors")
            trust = iam.trust(names(account_id, external_id), in_a_name=True)
            self._trust(account_id, roles.OPERATE_ROLE, trust)

    def _put(self, account_id: str, role: str, grants: Iterable[Grant], name: str = "read-monitors") -> None:
        document = json.dumps(iam.policy(grants))
        client = self.aws.client("iam", account_id)
        client.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)

    def _trust(self, account_id: str, role: str, policy: dict[str, Any]) -> None:
        client = self.aws.client("iam", account_id)
        client.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(policy))

    def session(self) -> boto3.Session:
        """The bot as its role, as whatever runs it would give it."""
        arn = f"arn:aws:iam::{fleet.OBSERVABILITY}:role/{roles.BOT}"
        given = self.aws.client("sts", fleet.OBSERVABILITY).assume_role(RoleArn=arn, RoleSessionName="task")
        keys = given["Credentials"]
        return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], fleet.REGION)

    def ask_everything(
        self, session: boto3.Session | None = None, **settings: Any
    ) -> tuple[list[Call], list[str], set[str]]:
        """Every port's every question, by a bot that remembers nothing: calls, failures told, accounts with rows."""
        heard: list[Call] = []
        self.aws.on_call(heard.append)
        queue = f"https://sqs.{fleet.REGION}.amazonaws.com/{fleet.OBSERVABILITY}/{QUEUE}"
        given = AwsSettings(endpoint_url=self.aws.endpoint_url, queue_url=queue, **settings)
        layer = AwsLayer(session or self.session(), given)
        try:
            failures, rows = _asked(layer, self.world)
        finally:
            layer.close()
        return [c for c in heard if not c.administrator], failures, rows


def _asked(layer: AwsLayer, world: World) -> tuple[list[str], set[str]]:
    ask = Ask(Person("U1", "T1", "Ana"), world.now(), Scope(()), time.monotonic() + 30)
    linked = layer.directory(ask).accounts()
    ask = replace(ask, scope=Scope(linked.items))
    reached, runs = layer.directory(ask).reachable(), layer.monitors(ask).executions(world.now() - DAY)
    violated = layer.monitors(ask).violations(None, DAY)
    looked = [layer.data_health(ask).facts(run, schedule) for run, schedule in _unclear(layer, ask, runs.items)]
    listed = layer.resources(ask).endpoints((), Depth.TAGS), layer.resources(ask).schedules((), Depth.TAGS)
    found = (linked, reached, runs, violated, *listed, *_measured(layer, ask), _held(layer, ask, listed[1]))
    found = (*found, *_alarmed(layer, ask))
    failures = [failure for each in found for failure in each.failures]
    failures += _operated(layer, ask, listed[1])
    failures += _changed(layer, ask)
    failures += _decided(layer, ask)
    health = [c.said for c in layer.health(ask).checks(()) if c.status in {"bad", "warn"}]
    unlooked = [cause for facts in looked for cause in facts.unlooked if cause != "its job definition is deleted"]
    causes = [f.error.cause for f in failures if not f.error.cause.endswith(" is gone")]
    return [*causes, *unlooked, *health], {v.account.id for v in violated.items}


def _measured(layer: AwsLayer, ask: Ask) -> tuple[Found[Any], ...]:
    """Every account's metrics as if none were linked: each is asked by its own role."""
    alone = tuple(replace(account, linked=False) for account in ask.scope.accounts)
    metrics = layer.metrics(replace(ask, scope=Scope(alone)))
    queries = [Query(Metric(a.id, fleet.REGION, "AWS/SageMaker", "Invocations", ()), "Sum") for a in alone]
    window = Window(ask.now - DAY, ask.now)
    return metrics.discover((MetricKind.MODEL_QUALITY,)), metrics.series(queries, window, 3600)


def _alarmed(layer: AwsLayer, ask: Ask) -> tuple[Found[Any], ...]:
    """Every account's alarms, and the series of one in each."""
    listed, mutes = layer.alarms(ask).listed((), tags=True), layer.alarms(ask).mutes(())
    failures = []
    for account in ask.scope.accounts:
        alarm = _alarm(account.id, KEPT)
        try:
            layer.alarms(ask).series(alarm)
        except SourceError as error:
            failures.append(Failure(account, fleet.REGION, error))
    return listed, mutes, Found((), tuple(failures))


def _held(layer: AwsLayer, ask: Ask, listed: Found[Sweep[Schedule]]) -> Found[Limit]:
    """What every monitor holds its metrics to."""
    return layer.baselines(ask).limits([s for sweep in listed.items for s in sweep.items])


def _unclear(layer: AwsLayer, ask: Ask, runs: Iterable[Execution]) -> Iterator[tuple[Execution, Schedule]]:
    """Each account's newest run, as if one of each type had failed."""
    for run in {run.account.id: run for run in runs}.values():
        schedule = layer.monitors(ask).schedule(run)
        for family in FAMILIES.values():
            yield replace(run, family=family), replace(schedule, family=family)


def _operated(layer: AwsLayer, ask: Ask, schedules: Found[Sweep[Schedule]]) -> list[Failure]:
    """One of production's monitors, stopped and started."""
    refused: list[Failure] = []
    production = Account(fleet.PRODUCTION, fleet.LABELS[fleet.PRODUCTION], (fleet.REGION,))
    for schedule in [s for sweep in schedules.items if sweep.account_id == production.id for s in sweep.items][:1]:
        for act in (layer.operations(ask).stop, layer.operations(ask).start):
            try:
                act(schedule)
            except SourceError as error:
                refused.append(Failure(production, schedule.region, error))
    return refused


def _changed(layer: AwsLayer, ask: Ask) -> list[Failure]:
    """An alarm on production's metric made, muted, heard again, deleted: there, and in the observability account."""
    refused: list[Failure] = []
    accounts = {account.id: account for account in ask.scope.accounts}
    if fleet.PRODUCTION not in accounts:
        return refused
    production, own = accounts[fleet.PRODUCTION], accounts[fleet.OBSERVABILITY]
    for home, account in ((production.id, replace(production, linked=False)), (fleet.OBSERVABILITY, production)):
        operations = layer.alarm_operations(replace(ask, scope=Scope((account, own))))
        metric = Metric(production.id, fleet.REGION, "AWS/SageMaker", "Invocations", ())
        name = f"sagewatch-{next(NUMBERS)}"
        plan = AlarmPlan(name, Query(metric, "Sum"), 300, 1, 1, "LessThanThreshold", 1.0, "ignore")
        made, kept = (replace(_alarm(home, n), watched=(Watched(plan.query, 300),)) for n in (name, KEPT))
        rule = made.arn.replace(":alarm:", ":alarm-mute-rule:")
        mute = Mute(rule, name, home, fleet.REGION, (KEPT,), None, None, active=True)
        acts: tuple[Callable[[], object], ...] = (
            partial(operations.create, plan),
            partial(operations.mute, kept, ask.now + DAY),
            partial(operations.unmute, mute),
            partial(operations.delete, made),
        )
        for act in acts:
            try:
                act()
            except Missing:
                continue  # it could not be made
            except SourceError as error:
                refused.append(Failure(production, fleet.REGION, error))
    return refused


def _decided(layer: AwsLayer, ask: Ask) -> list[Failure]:
    """Production's package that waits: listed, read with its report, written to, and it waits on."""
    found = layer.packages(ask).waiting()
    refs = [ref for sweep in found.items for ref in sweep.items]
    described = layer.packages(ask).described(refs)
    refused = [*found.failures, *described.failures]
    for one in described.items:
        if one.scores.lacking:
            cause = SourceError(one.scores.lacking)
            refused.append(Failure(Account(one.ref.account_id, "", ()), one.ref.region, cause))
    for ref in refs:
        try:
            layer.package_operations(ask).decide(ref, Approval.WAITING, "reviewed")
        except SourceError as error:
            refused.append(Failure(Account(ref.account_id, "", ()), ref.region, error))
    return refused


def _alarm(account_id: str, name: str) -> Alarm:
    arn = f"arn:aws:cloudwatch:{fleet.REGION}:{account_id}:alarm:{name}"
    return Alarm(arn, name, account_id, fleet.REGION, "metric", AlarmState.OK, datetime.now(UTC))


@pytest.fixture(scope="module")
def world() -> Iterator[Fleet]:
    """A few hours' history, then customers who change."""
    clock = WorldClock()
    with AwsSandbox(clock, fleet.accounts(), org_id=fleet.ORGANISATION, region=fleet.REGION) as aws:
        aws.start()
        built = World(aws, clock, history=timedelta(hours=2), monitors=("ModelQuality", "Packages"))
        built.build()
        for _ in range(2):
            built.do("drift")
        furnish(aws)
        own = aws.client("iam", fleet.OBSERVABILITY)
        for held in own.list_attached_role_policies(RoleName=roles.BOT)["AttachedPolicies"]:
            own.detach_role_policy(RoleName=roles.BOT, PolicyArn=held["PolicyArn"])
        task = json.dumps(_trusting(fleet.OBSERVABILITY))
        own.update_assume_role_policy(RoleName=roles.BOT, PolicyDocument=task)
        yield Fleet(aws, built)


def _trusting(account_id: str) -> dict[str, Any]:
    """A role that its account's administrator may become."""
    root = {"AWS": f"arn:aws:iam::{account_id}:root"}
    statement = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def refused(calls: Iterable[Call]) -> set[str]:
    """The actions that IAM did not allow."""
    return {c.action for c in calls if c.error_code in {"AccessDenied", "AccessDeniedException"}}


def test_the_policies_suffice_for_every_question(world: Fleet) -> None:
    """Every declared action is called, none is refused, and every account's violations are told."""
    world.attach()
    heard: list[Heard] = []
    end = listen(heard.append)
    calls, failures, rows = world.ask_everything()
    end()
    assert {h.action for h in heard} == RIGHTS.bot | RIGHTS.read | RIGHTS.operate
    assert Counter(h.action for h in heard) == Counter(c.action for c in calls), "the bot hears what AWS does"
    assert refused(calls) == set()
    assert failures == []
    assert rows >= {fleet.OBSERVABILITY, fleet.PRODUCTION}


@pytest.mark.parametrize("grant", READ, ids=" ".join)
def test_the_read_role_needs_each_of_its_grants(world: Fleet, grant: Grant) -> None:
    """Without it production is answered in part, and the failure names what lacks."""
    world.attach(production=[g for g in READ if g != grant])
    calls, failures, _ = world.ask_everything()
    assert refused(c for c in calls if c.account == fleet.PRODUCTION)
    assert failures
    assert all(f == f"role sagewatch-read in ml-production ({fleet.PRODUCTION}) lacks {grant[0]}" for f in failures)


@pytest.mark.parametrize("grant", OPERATE, ids=" ".join)
def test_the_operate_role_needs_each_of_its_grants(world: Fleet, grant: Grant) -> None:
    """Without it an operator is told what lacks, and nothing else suffers."""
    world.attach(operate=[g for g in OPERATE if g != grant])
    _, failures, _ = world.ask_everything()
    assert set(failures) == {f"role sagewatch-operate in ml-production ({fleet.PRODUCTION}) lacks {grant[0]}"}


@pytest.mark.parametrize("grant", OWN, ids=" ".join)
def test_the_bots_own_role_needs_each_of_its_grants(world: Fleet, grant: Grant) -> None:
    """What it may do itself is neither more nor less."""
    world.attach(own=[g for g in OWN if g != grant])
    calls, failures, _ = world.ask_everything()
    assert refused(c for c in calls if c.account == fleet.OBSERVABILITY)
    assert any(grant[0] in f or (grant[0].startswith("sts:") and "cannot assume" in f) for f in failures)


def test_nobody_but_the_bots_role_becomes_the_read_role(world: Fleet) -> None:
    """Not even a user of the same account with the same rights."""
    world.attach()
    keys = world.world.bot_credentials()
    user = boto3.Session(keys["access_key_id"], keys["secret_access_key"], region_name=fleet.REGION)
    calls, _, rows = world.ask_everything(user)
    assert refused(calls) >= {"sts:AssumeRole"}
    assert fleet.PRODUCTION not in rows


def test_an_external_id_is_asked_for_where_one_is_set(world: Fleet) -> None:
    """With it the bot is let in, without it not."""
    world.attach(external_id="shared-word")
    calls, failures, _ = world.ask_everything(external_id="shared-word")
    assert (refused(calls), failures) == (set(), [])
    calls, failures, _ = world.ask_everything()
    assert refused(calls) == {"sts:AssumeRole"}
    assert failures


def test_what_was_captured_cannot_be_read(world: Fleet) -> None:
    """The bucket holds customers' data beside the reports."""
    world.attach()
    arn = f"arn:aws:iam::{fleet.PRODUCTION}:role/{roles.READ_ROLE}"
    sts = world.session().client("sts", endpoint_url=world.aws.endpoint_url)
    given = sts.assume_role(RoleArn=arn, RoleSessionName="sagewatch")["Credentials"]
    reader = boto3.client(
        "s3",
        region_name=fleet.REGION,
        endpoint_url=world.aws.endpoint_url,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    bucket = fleet.bucket(fleet.PRODUCTION)
    captured = next(k for k in world.aws.list_objects(fleet.PRODUCTION, bucket) if "datacapture" in k)
    with pytest.raises(reader.exceptions.ClientError, match="not authorized to perform: s3:GetObject"):
        reader.get_object(Bucket=bucket, Key=captured)


def test_an_action_that_nobody_placed_is_allowed_everywhere_rather_than_forgotten() -> None:
    """A new adapter's policy works before its ARNs are known here; an account's buckets each get their line."""
    rights = Rights(frozenset(), frozenset({"cloudwatch:GetMetricData", "s3:GetObject", "sts:GetCallerIdentity"}))
    grants = iam.read_grants(rights, Names(buckets=("a", "b")))
    assert ("cloudwatch:GetMetricData", "*") in grants
    assert {arn for action, arn in grants if action == "s3:ListBucket"} == {"arn:aws:s3:::a", "arn:aws:s3:::b"}
    assert "sts:GetCallerIdentity" not in {action for action, _ in grants}


def test_captured_lines_may_be_opened_only_where_predictions_are_counted() -> None:
    """The policies say what the setting says."""
    opened = [
        {arn for action, arn in iam.read_grants(RIGHTS, Names(buckets=("a",), counting=counting)) if "jsonl" in arn}
        for counting in (False, True)
    ]
    assert opened == [set(), {"arn:aws:s3:::a/*.jsonl"}]
