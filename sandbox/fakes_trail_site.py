"""An observability account with the organisation's log files, a table over them, and the bot's AWS layer on it."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from typing import Any

import boto3

from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.aws.trail_settings import TrailSettings
from bot.logic.trail_layout import Layout, ddl
from bot.model.account import Account, Scope
from bot.model.person import Person
from bot.ports import Ask, Trail
from sandbox import athena
from sandbox import fakes_trail_files as files
from sandbox.aws import AwsSandbox, CloudAccount
from sandbox.aws.trail.files import packed
from sandbox.aws.trail.history import History
from sandbox.fakes_trail import LOG_ARCHIVE, OBSERVABILITY, PRODUCTION, REGION, TEST

LABELS = {OBSERVABILITY: "ml-observability", PRODUCTION: "ml-production", TEST: "ml-test", LOG_ARCHIVE: "log-archive"}
LOGS, RESULTS, ORGANISATION = "trail-logs", "trail-results", "o-sagewatch01"
ROOT = f"{ORGANISATION}/AWSLogs/{ORGANISATION}/"
TABLE = "observability.trail"
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
DELIVERED_AFTER = timedelta(minutes=6)
DAY = timedelta(days=1)
BOT_MAY = (
    *("athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:StopQueryExecution"),
    *("glue:GetTable", "glue:GetDatabase", "glue:GetPartitions", "s3:GetObject", "s3:ListBucket", "s3:PutObject"),
    *("s3:GetBucketLocation", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "sts:AssumeRole"),
    "cloudtrail:LookupEvents",
)


@dataclass
class Calendar:
    """The sandbox's clock."""

    today: datetime = NOW

    def now(self) -> datetime:
        """As it was set."""
        return self.today


@dataclass
class Site:
    """The accounts; what is recorded is put into log files and histories by the tests."""

    aws: AwsSandbox
    calendar: Calendar
    keys: dict[str, str]
    layers: list[AwsLayer] = field(default_factory=list)

    @cached_property
    def shared(self) -> AwsLayer:
        """One layer for tests that need none of their own."""
        return self.layer()

    @property
    def _history(self) -> History:
        return self.aws.trail.recorder.history

    def remember(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Each record in the event history of its account and Region, to be looked up at once."""
        for record in records:
            place = (record["recipientAccountId"], record["awsRegion"])
            delivered_at = datetime.fromisoformat(record["eventTime"]) + DELIVERED_AFTER
            self._history.keep_packed(place, delivered_at, packed(json.dumps({"Records": [record]})))

    def deliver(self, records: Iterable[Mapping[str, Any]], after: timedelta = DELIVERED_AFTER) -> list[str]:
        """Each record in the log file of its account, Region and minute; gives the files' keys."""
        grouped: dict[tuple[str, str, datetime], list[Mapping[str, Any]]] = {}
        for record in records:
            at = datetime.fromisoformat(record["eventTime"]) + after
            place = (record["recipientAccountId"], record["awsRegion"], at.replace(second=0))
            grouped.setdefault(place, []).append(record)
        made = []
        for (account, region, at), inside in grouped.items():
            made.append(files.key(ROOT, account, region, at, str(inside[0]["eventID"])))
            self.put(made[-1], files.body(inside), at)
        return made

    def put(self, key: str, body: bytes, at: datetime) -> None:
        """A file in the logs' bucket."""
        self.aws.put_object(OBSERVABILITY, LOGS, key, body, at)

    def empty(self) -> None:
        """No log file, no history, the hour at which everything begins."""
        client = self.aws.client("s3", OBSERVABILITY)
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=LOGS):
            for each in page.get("Contents", ()):
                client.delete_object(Bucket=LOGS, Key=each["Key"])
        self._history.forget()
        self.calendar.today = NOW

    def athena(self, statement: str) -> None:
        """A statement of the table's owner, to its end. Raises RuntimeError when it fails."""
        client = self.aws.client("athena", OBSERVABILITY)
        where = {"OutputLocation": f"s3://{RESULTS}/"}
        run = client.start_query_execution(QueryString=statement, ResultConfiguration=where)["QueryExecutionId"]
        for _ in range(200):
            said = client.get_query_execution(QueryExecutionId=run)["QueryExecution"]["Status"]
            if said["State"] in {"SUCCEEDED", "FAILED", "CANCELLED"}:
                break
            time.sleep(0.02)
        if said["State"] != "SUCCEEDED":
            raise RuntimeError(said.get("StateChangeReason", said["State"]))

    def table(self, accounts: Iterable[str] = tuple(LABELS), statement: str = "") -> None:
        """The table anew: by our statement for these accounts, or by another one."""
        self.athena("DROP TABLE IF EXISTS observability.trail")
        made = ddl(Layout(LOGS, ROOT), TABLE, list(accounts), [REGION], date(2026, 1, 1))
        self.athena(statement or made)

    def layer(self, **settings: Any) -> AwsLayer:
        """The bot's, as its user; closed with the site."""
        session = boto3.Session(self.keys["AccessKeyId"], self.keys["SecretAccessKey"], region_name=REGION)
        given = {"reuse": timedelta(0), "output": f"s3://{RESULTS}/", **settings}
        trail = TrailSettings("observability", "trail", REGION, **given)
        made = AwsLayer(session, AwsSettings(endpoint_url=self.aws.endpoint_url, trail=trail))
        self.layers.append(made)
        return made

    def ask(self, *accounts: str, seconds: float = 30, **more: Any) -> Ask:
        """Of an auditor; of all accounts but the archive unless some are named."""
        named = accounts or (OBSERVABILITY, PRODUCTION, TEST)
        scope = Scope(tuple(Account(a, LABELS.get(a, a), (REGION,), own=a == OBSERVABILITY) for a in named))
        return Ask(Person("U1", "T1", "Ana"), self.calendar.now(), scope, time.monotonic() + seconds, **more)

    def trail(self, layer: AwsLayer | None = None, *accounts: str, **more: Any) -> Trail:
        """The port, for one question."""
        return (layer or self.layer()).trail(self.ask(*accounts, **more))

    def calls(self, operation: str) -> int:
        """How often the bot called it since the last look."""
        found = sum(c.operation == operation and not c.administrator for c in self.aws.calls)
        self.aws.calls.clear()
        return found


@contextmanager
def served(slots: int = 20) -> Iterator[Site]:
    """One on loopback; `slots` are Athena's."""
    calendar = Calendar()
    accounts = [CloudAccount(i, name, f"AKIA{i}SAGE", "secret") for i, name in LABELS.items()]
    with AwsSandbox(calendar, accounts, guests=partial(athena.services, slots=slots)) as aws:
        aws.start()
        aws.trail.recorder.history.seen_at = lambda at, event_id: at  # noqa: ARG005  # the signature's name
        where = {"LocationConstraint": REGION}
        for bucket in (LOGS, RESULTS):
            aws.client("s3", OBSERVABILITY).create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        for account in (PRODUCTION, TEST):
            _role(aws, account)
        made = Site(aws, calendar, _bot(aws))
        made.athena("CREATE DATABASE observability")
        made.table()
        yield made
        for layer in made.layers:
            layer.close()


def _bot(aws: AwsSandbox) -> dict[str, str]:
    iam = aws.client("iam", OBSERVABILITY)
    iam.create_user(UserName="sagewatch-bot")
    iam.put_user_policy(UserName="sagewatch-bot", PolicyName="bot", PolicyDocument=policy(*BOT_MAY))
    keys: dict[str, str] = iam.create_access_key(UserName="sagewatch-bot")["AccessKey"]
    return keys


def _role(aws: AwsSandbox, account: str) -> None:
    iam = aws.client("iam", account)
    root = {"AWS": f"arn:aws:iam::{OBSERVABILITY}:root"}
    trust = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName="sagewatch-read",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    iam.put_role_policy(RoleName="sagewatch-read", PolicyName="read", PolicyDocument=policy("cloudtrail:LookupEvents"))


def policy(*actions: str) -> str:
    """Allows them on everything."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
