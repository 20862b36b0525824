"""The names of events, as botocore's models have them: AWS is not asked."""

from functools import cached_property
from typing import Final

from bot.aws.hub import Hub

SERVICES: Final = (
    "sagemaker",
    "cloudwatch",
    "oam",
    "cloudtrail",
    "events",
    "s3",
    "sns",
    "sqs",
    "iam",
    "sts",
    "kms",
    "logs",
    "lambda",
    "athena",
    "glue",
    "organizations",
)
"""Those that models, monitors, alarms and the trail itself are made with."""
OTHERS: Final = frozenset({"ConsoleLogin", "SwitchRole", "RotateKey", "PutLogAlarm"})
"""Events that are no operation of these (CloudTrail User Guide: console sign-in events, non-API events)."""


GLOBAL: Final = ("iam", "organizations")
GLOBAL_REGION: Final = "us-east-1"
"""Where calls of global services are recorded in the partition aws (CloudTrail User Guide: global service events)."""


class Events:
    """Read once, when they are first asked for."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def names(self) -> frozenset[str]:
        """Spelt as CloudTrail spells them."""
        return self._names

    def of_global_services(self) -> frozenset[str]:
        """Those that no other service has by the same name."""
        return self._global

    @cached_property
    def _global(self) -> frozenset[str]:
        elsewhere = (self._hub.operations(service) for service in SERVICES if service not in GLOBAL)
        found = frozenset[str]().union(*(self._hub.operations(service) for service in GLOBAL))
        return found.difference(*elsewhere)

    @cached_property
    def _names(self) -> frozenset[str]:
        return OTHERS.union(*(self._hub.operations(service) for service in SERVICES))
