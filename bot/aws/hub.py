"""The clients, one for each service and Region for all accounts; every call of the layer goes through here."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import boto3
from botocore import xform_name
from botocore.config import Config

from bot.aws.actions import action_of
from bot.aws.asking import over, stop_when_over
from bot.aws.calls import hear
from bot.aws.errors import BECOMING, Call, translating
from bot.aws.identity import Identities
from bot.aws.mandate import Mandate
from bot.aws.routing import Route, routed, routed_session
from bot.aws.settings import AwsSettings
from bot.aws.unparsed import take_as_sent
from bot.errors import BotError, TimedOut
from bot.model.account import Account
from bot.model.person import Person
from bot.ports.ask import Ask

Answer = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Target:
    """An account and Region to ask."""

    account: Account
    region: str


@dataclass(frozen=True, slots=True)
class Errand:
    """An operation and what it changes; `also` are further actions, in IAM's spelling, that it takes there."""

    service: str
    operation: str
    arns: tuple[str, ...]
    also: tuple[str, ...] = ()


class Hub:
    """Calls API operations in targets; what AWS refuses is raised as a SourceError."""

    def __init__(self, session: boto3.Session, settings: AwsSettings) -> None:
        """Asks nobody yet. Raises BotError when neither the settings nor the session name a Region."""
        regions = settings.regions or ((session.region_name,) if session.region_name else ())
        if not regions:
            raise BotError("No AWS Region is named.", "Set aws.regions in the settings, such as us-west-2.")
        self.regions: tuple[str, ...] = regions
        self._label = settings.own_label
        self._operate_role = settings.operate_role
        self._options = _options(settings)
        self._identities = Identities(session, settings, regions[0], self._options)
        self._session = routed_session(self._identities.credentials)
        self._session.register("before-send", stop_when_over)
        hear(self._session)
        take_as_sent(self._session)
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def own_account(self) -> Account:
        """The bot's own account, in every Region that is watched. Raises SourceError."""
        return self._account(self._identities.own().account_id)

    def own_if_known(self) -> Account | None:
        """The same without asking AWS; None until it has answered once."""
        known = self._identities.known
        return self._account(known.account_id) if known else None

    def arn(self, target: Target, service: str, resource: str) -> str:
        """An ARN in the bot's own partition: accounts of two partitions cannot assume each other's roles."""
        partition = self._identities.own().partition
        return f"arn:{partition}:{service}:{target.region}:{target.account.id}:{resource}"

    def named(self, target: Target, service: str, operation: str) -> Call:
        """What errors of this call are told with. Raises SourceError."""
        role = self._identities.role_of(target.account.id)
        return Call(target.account, target.region, role, action_of(service, operation))

    def call(self, target: Target, service: str, operation: str, **params: object) -> Answer:
        """Call one operation, by its API name, in the target. Raises SourceError."""
        with translating(self.named(target, service, operation)), routed(Route(target.account.id, "read")):
            answer: Answer = getattr(self.client(service, target.region), xform_name(operation))(**params)
            return answer

    def act(self, target: Target, person: Person, errand: Errand, **params: object) -> Answer:
        """Call an operation that changes something, as the operate role, in the person's name. Raises SourceError."""
        action = action_of(errand.service, errand.operation)
        with translating(Call(target.account, target.region, self._operate_role, action, BECOMING)):
            mandate = Mandate(target.account.id, (action, *errand.also), errand.arns, person)
            held = self._identities.for_act(mandate)
            with routed(Route(target.account.id, "operate", held)):
                client = self.client(errand.service, target.region)
                answer: Answer = getattr(client, xform_name(errand.operation))(**params)
                return answer

    def become(self, target: Target, person: Person) -> None:
        """Assume the operate role for nothing: whether it could be. Raises SourceError."""
        action = "sts:GetCallerIdentity"
        with translating(Call(target.account, target.region, self._operate_role, "sts:AssumeRole", BECOMING)):
            self._identities.for_act(Mandate(target.account.id, (action,), ("*",), person))

    def pages(self, ask: Ask, target: Target, service: str, operation: str, **params: object) -> Iterator[Answer]:
        """Every page of a listing that pages by `NextToken`. Raises TimedOut when the question is over between two."""
        page = self.call(target, service, operation, **params)
        yield page
        while token := page.get("NextToken"):
            if over(ask):
                name = self.named(target, service, operation).where
                raise TimedOut(f"the list of {name} was too long for the time given", "Ask for a shorter time.")
            page = self.call(target, service, operation, NextToken=token, **params)
            yield page

    def client(self, service: str, region: str) -> Any:
        """The client for all accounts; made under a lock, since sessions are not thread-safe (boto3 guide)."""
        with self._lock:
            key = (service, region)
            if key not in self._clients:
                self._clients[key] = self._session.create_client(service, region, **self._options)
            return self._clients[key]

    def lend(self, make: Callable[[boto3.Session, dict[str, Any]], T]) -> T:
        """Hand our session and a client's options to what makes clients itself; under the lock, as our own."""
        with self._lock:
            options = {**self._options, "config": self._options["config"].merge(Config())}
            return make(boto3.Session(botocore_session=self._session), options)

    def operations(self, service: str) -> tuple[str, ...]:
        """The names of a service's operations, as botocore knows them; nobody is asked."""
        with self._lock:
            return tuple(self._session.get_service_model(service).operation_names)

    def _account(self, own_id: str) -> Account:
        return Account(own_id, self._label or own_id, self.regions)

    def close(self) -> None:
        """Close every connection."""
        self._identities.close()
        with self._lock:
            for client in self._clients.values():
                client.close()


def _options(settings: AwsSettings) -> dict[str, Any]:
    config = Config(
        connect_timeout=3,
        read_timeout=10,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=settings.workers,
        user_agent_appid="sagewatch",
        tcp_keepalive=True,
        s3={"addressing_style": "path"} if settings.endpoint_url else None,
    )
    return {"config": config, "endpoint_url": settings.endpoint_url}
