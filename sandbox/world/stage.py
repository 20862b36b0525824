"""A world on an AWS sandbox of its own, with eyes: what tests of the world look with."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import boto3
from botocore.config import Config

from sandbox.aws import AwsSandbox
from sandbox.clock import WorldClock
from sandbox.world import fleet
from sandbox.world.addresses import split
from sandbox.world.world import World

Keys = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Stage:
    """A world and what it stands on."""

    aws: AwsSandbox
    clock: WorldClock
    world: World

    @classmethod
    def start(cls, clock: WorldClock | None = None, **given: Any) -> Self:
        """A world that is not built yet, at half past an hour unless a clock is given; stop it by `aws.stop()`."""
        clock = clock or half_past()
        aws = AwsSandbox(clock, fleet.accounts(), org_id=fleet.ORGANISATION)
        aws.start()
        return cls(aws, clock, World(aws, clock, **given))

    def client(self, service: str, keys: Keys) -> Any:
        """A boto3 client as anybody's script would make it."""
        return boto3.client(
            service,
            region_name=fleet.REGION,
            endpoint_url=self.aws.endpoint_url,
            aws_access_key_id=keys["access_key_id"],
            aws_secret_access_key=keys["secret_access_key"],
            aws_session_token=keys["session_token"],
            config=Config(retries={"max_attempts": 0}),
        )

    def admin(self, service: str, account_id: str) -> Any:
        """A client with the keys that the control API hands out."""
        account = next(each for each in self.world.state() if each["id"] == account_id)
        keys = {"access_key_id": account["access_key_id"], "secret_access_key": account["secret_access_key"]}
        return self.client(service, {**keys, "session_token": None})

    def reader(self, service: str, account_id: str) -> Any:
        """A client as the bot reads that account."""
        sts = self.client("sts", self.world.bot_credentials())
        arn = f"arn:aws:iam::{account_id}:role/sagewatch-read"
        given = sts.assume_role(RoleArn=arn, RoleSessionName="sagewatch")["Credentials"]
        keys = {"access_key_id": given["AccessKeyId"], "secret_access_key": given["SecretAccessKey"]}
        return self.client(service, {**keys, "session_token": given["SessionToken"]})

    def runs(self, account_id: str, service: str, count: int = 100) -> list[dict[str, Any]]:
        """The newest executions of schedules whose names begin so, newest first."""
        listed = self.aws.client("sagemaker", account_id).list_monitoring_executions(
            SortBy="ScheduledTime", SortOrder="Descending", MaxResults=count
        )
        found: list[dict[str, Any]] = listed["MonitoringExecutionSummaries"]
        return [run for run in found if run["MonitoringScheduleName"].startswith(service)]

    def report(self, account_id: str, run: dict[str, Any], name: str) -> dict[str, Any]:
        """One of a run's reports, found as the product finds it: by the processing job's output."""
        job = run["ProcessingJobArn"].split("/")[-1]
        described = self.aws.client("sagemaker", account_id).describe_processing_job(ProcessingJobName=job)
        uri = described["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
        body = self.aws.get_object(account_id, *split(f"{uri}/{name}.json"))
        found: dict[str, Any] = json.loads(body)
        return found

    def told(self) -> dict[str, list[tuple[str, ...]]]:
        """Every run of the linked accounts: what telling a world again must give again."""
        return {
            account_id: sorted(
                (
                    run.schedule_name,
                    run.scheduled_at.isoformat(),
                    run.status,
                    run.modified_at.isoformat(),
                    run.failure_reason or "",
                    run.jobs[-1].name,
                )
                for run in self.aws.monitoring(account_id).executions()
            )
            for account_id in fleet.LINKED
        }


def half_past() -> WorldClock:
    """A clock that stands at half past an hour, so that no run ends while a test looks."""
    wall = datetime.now(UTC)
    later = wall.replace(minute=30, second=0, microsecond=0) + timedelta(hours=1)
    return WorldClock(later - wall)
