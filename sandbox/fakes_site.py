"""Production's bank-marketing in the sandbox's world, from which tests take data away."""

import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3

from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.model.account import Account, Scope
from bot.model.blind import RunFacts
from bot.model.monitor import Execution, RunStatus, Schedule
from bot.model.person import Person
from bot.model.place import Family, Service
from bot.ports import Ask
from sandbox.aws import AwsSandbox
from sandbox.world import fleet, story
from sandbox.world.addresses import Objects, hour_path, split
from sandbox.world.world import World

HOUR = timedelta(hours=1)
PRODUCTION = Account(fleet.PRODUCTION, "ml-production", (fleet.REGION,))


class Site:
    """Production's bank-marketing: its data by hours, and questions about its runs."""

    def __init__(self, aws: AwsSandbox, world: World) -> None:
        self.aws = aws
        self.world = world
        self.named = fleet.names(fleet.DEPLOYMENTS[0], world.started_at)
        self.objects = Objects(aws, fleet.PRODUCTION)
        self.hour = story.full_hour(world.now())
        self.captures = f"{self.named.uri('datacapture')}/{self.named.endpoint}/AllTraffic"
        self.truth = self.named.uri("ground-truth")

    def layer(self, **settings: Any) -> AwsLayer:
        """As the bot's user."""
        keys = self.world.bot_credentials()
        session = boto3.Session(keys["access_key_id"], keys["secret_access_key"], region_name=fleet.REGION)
        return AwsLayer(session, AwsSettings(endpoint_url=self.aws.endpoint_url, **settings))

    def ask(self, seconds: float = 30) -> Ask:
        """The poll's question."""
        scope = Scope((PRODUCTION,))
        return Ask(Person("U1", "T1", "Ana", bot=True), self.world.now(), scope, time.monotonic() + seconds)

    def schedule(self, **other: Any) -> Schedule:
        """As the poll knows it."""
        name = self.named.schedule("ModelQuality")
        arn = f"arn:aws:sagemaker:{fleet.REGION}:{fleet.PRODUCTION}:monitoring-schedule/{name}"
        known: dict[str, Any] = {
            "arn": arn,
            "name": name,
            "endpoint": self.named.endpoint,
        }
        known |= {"family": Family.MODEL_QUALITY, "definition": self.named.definition("ModelQuality"), "cadence": HOUR}
        place = {"account_id": fleet.PRODUCTION, "region": fleet.REGION, "service": Service("bank-marketing")}
        return Schedule(**{**known, **place, **other})

    def run(self, **other: Any) -> Execution:
        """That of the last full hour, which failed before it had a job."""
        known = Execution(
            PRODUCTION,
            fleet.REGION,
            self.named.schedule("ModelQuality"),
            self.named.endpoint,
            Family.MODEL_QUALITY,
            self.hour,
            self.hour + timedelta(minutes=9),
            RunStatus.FAILED,
            failure="Job inputs had no data",
        )
        return replace(known, **other)

    def folder(self, of: str, ago: int = 1) -> str:
        """An hour's."""
        return f"{of}/{hour_path(self.hour - ago * HOUR)}/"

    def without(self, *folders: str) -> dict[str, bytes]:
        """Take their files away; what was taken."""
        taken = {uri: self.objects.get(uri) for folder in folders for uri in self.objects.under(folder)}
        for uri in taken:
            self.aws.delete_object(fleet.PRODUCTION, *split(uri))
        return taken

    def called(self) -> Counter[str]:
        """What the bot called, by action."""
        return Counter(c.action for c in self.aws.calls if not c.administrator and not c.action.startswith("sts:"))


def facts(site: Site, layer: AwsLayer, run: Execution | None = None, schedule: Schedule | None = None) -> RunFacts:
    """What the layer finds out."""
    return layer.data_health(site.ask()).facts(run or site.run(), schedule or site.schedule())
