"""Who the bot is, and the credentials that it has in each account."""

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.credentials import Credentials, DeferredRefreshableCredentials
from botocore.exceptions import NoCredentialsError

from bot.aws.actions import needs
from bot.aws.asking import stop_when_over
from bot.aws.calls import hear
from bot.aws.errors import Call, translating
from bot.aws.mandate import Mandate
from bot.aws.routing import Route
from bot.aws.settings import AwsSettings
from bot.model.account import Account

SESSION_NAME = "sagewatch"
SESSION_SECONDS = 3600
"""Role chaining allows no more (IAM User Guide, "Roles terms and concepts")."""
SHORTEST_SECONDS = 900
"""The shortest that STS gives (STS API: AssumeRole)."""
UNKNOWN_SELF = Account("", "the bot's own account", ())


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller as STS names it."""

    account_id: str
    partition: str
    arn: str


class Identities:
    """The bot's own credentials and those of the roles it assumed, each assumed once until it runs out."""

    def __init__(self, session: boto3.Session, settings: AwsSettings, region: str, options: dict[str, Any]) -> None:
        """`session` is the bot as it was started; `region` is where STS is asked; `options` are its client's."""
        self._session = session
        self._settings = settings
        self._region = region
        self._options = options
        self.known: Identity | None = None
        self._assumed: dict[Route, Any] = {}
        self._known_lock = threading.Lock()
        self._assumed_lock = threading.Lock()

    @needs("sts:GetCallerIdentity", holder="bot")
    def own(self) -> Identity:
        """Who the bot is; STS is asked until it has answered once. Raises SourceError."""
        with self._known_lock:
            if self.known is None:
                with translating(Call(UNKNOWN_SELF, self._region, "", "sts:GetCallerIdentity")):
                    said = self._sts.get_caller_identity()
                self.known = Identity(said["Account"], said["Arn"].split(":")[1], said["Arn"])
            return self.known

    def role_of(self, account_id: str) -> str:
        """Name of the role that the account's calls are made with; empty: the bot's own. Raises SourceError."""
        own = account_id == self.own().account_id and not self._settings.assume_own
        return "" if own else self._settings.read_role

    def credentials(self, route: Route) -> Any:
        """Botocore credentials for the route; those of a role are fetched when they are first asked for keys."""
        if route.held is not None:
            return route.held
        if not self.role_of(route.account_id):
            own = self._session.get_credentials()
            if own is None:
                raise NoCredentialsError
            return own
        with self._assumed_lock:  # held for the look-up only: each set of credentials has its own lock to refresh
            if route not in self._assumed:
                self._assumed[route] = DeferredRefreshableCredentials(
                    refresh_using=lambda: self._assume(route.account_id), method="sts-assume-role"
                )
            return self._assumed[route]

    @needs("sts:AssumeRole", holder="bot")
    def for_act(self, mandate: Mandate) -> Any:
        """Credentials of the operate role for one act: no other is possible with them, and nobody else's."""
        said = self._sts.assume_role(
            **self._role(mandate.account_id, self._settings.operate_role),
            RoleSessionName=mandate.session,
            DurationSeconds=SHORTEST_SECONDS,
            SourceIdentity=mandate.session,
            Tags=mandate.tags,
            Policy=mandate.policy,
        )["Credentials"]
        return Credentials(said["AccessKeyId"], said["SecretAccessKey"], said["SessionToken"])

    def close(self) -> None:
        """Close the connection to STS."""
        if "_sts" in vars(self):
            self._sts.close()

    @cached_property
    def _sts(self) -> Any:
        """Made when it is first asked: no start waits until botocore has read what STS can do."""
        client = self._session.client("sts", region_name=self._region, **self._options)
        client.meta.events.register("before-send", stop_when_over)
        hear(client.meta.events)
        return client

    @needs("sts:AssumeRole", holder="bot")
    def _assume(self, account_id: str) -> dict[str, str]:
        said = self._sts.assume_role(
            **self._role(account_id, self._settings.read_role),
            RoleSessionName=SESSION_NAME,
            DurationSeconds=SESSION_SECONDS,
        )["Credentials"]
        return {
            "access_key": said["AccessKeyId"],
            "secret_key": said["SecretAccessKey"],
            "token": said["SessionToken"],
            "expiry_time": said["Expiration"].isoformat(),
        }

    def _role(self, account_id: str, name: str) -> dict[str, str]:
        external = {"ExternalId": self._settings.external_id} if self._settings.external_id else {}
        return {"RoleArn": f"arn:{self.own().partition}:iam::{account_id}:role/{name}", **external}
