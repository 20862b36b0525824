"""The fleet's accounts: those that link to the observability account, its own, and those that the settings name."""

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from bot.aws.actions import needs
from bot.aws.errors import where
from bot.aws.fanout import Fanout, Job, failures_of, gather
from bot.aws.hub import Hub, Target
from bot.aws.identity import UNKNOWN_SELF
from bot.errors import AccessDenied, SourceError
from bot.model.account import Account
from bot.ports.ask import Ask, Failure, Found

LINK_ACCOUNT = 4
"""Which field of `arn:aws:oam:REGION:ACCOUNT:link/…` holds the account; a link lives in the source account."""
ID_DIGITS = 12


class AwsDirectory:
    """`bot.ports.fleet.Directory` over CloudWatch's observability access manager."""

    def __init__(self, hub: Hub, fanout: Fanout, extra: tuple[Account, ...], ask: Ask) -> None:
        """`extra` are the accounts named in the settings."""
        self._hub = hub
        self._fanout = fanout
        self._extra = extra
        self._ask = ask

    @needs("oam:ListSinks", "oam:ListAttachedLinks", holder="bot")
    def accounts(self) -> Found[Account]:
        """By label, then id. Raises SourceError when nobody can say who the bot itself is."""
        began = time.monotonic()
        jobs = [Job(UNKNOWN_SELF, region, partial(self._linked, region)) for region in self._hub.regions]
        answers = self._fanout.answers(self._ask, jobs)
        failed = failures_of(jobs, answers)
        own = self._hub.own_if_known()
        if own is None:
            raise failed[0].error
        failures = tuple(Failure(own, f.region, f.error) for f in failed)
        linked = [account for answer in answers if not isinstance(answer, SourceError) for account in answer]
        return Found(self._fleet(own, linked), failures, len(jobs), time.monotonic() - began)

    @needs("sts:GetCallerIdentity")
    def reachable(self) -> Found[Account]:
        """Asks each account of the scope who the bot is there, in the first of its Regions asked for."""
        began = time.monotonic()
        first = {account.id: (account, region) for account, region in reversed(self._ask.scope.targets())}
        targets = [first[a.id] for a in self._ask.scope.accounts if a.id in first]
        jobs = [Job(a, region, partial(self._reach, Target(a, region))) for a, region in targets]
        answers = self._fanout.answers(self._ask, jobs)
        return gather(jobs, answers, began)

    def _linked(self, region: str) -> tuple[Account, ...]:
        own = Target(self._hub.own_account(), region)
        return tuple(self._links(own))

    def _links(self, own: Target) -> Iterator[Account]:
        for sinks in self._hub.pages(self._ask, own, "oam", "ListSinks", MaxResults=100):
            for sink in sinks["Items"]:
                listing = {"SinkIdentifier": sink["Arn"], "MaxResults": 1000}
                for page in self._hub.pages(self._ask, own, "oam", "ListAttachedLinks", **listing):
                    yield from filter(None, (account_of(link, own.region) for link in page["Items"]))

    def _reach(self, target: Target) -> Account:
        said = self._hub.call(target, "sts", "GetCallerIdentity")
        if said["Account"] != target.account.id:
            raise AccessDenied(
                f"the role for {where(target.account)} belongs to another account", "Check the account's id."
            )
        return target.account

    def _fleet(self, own: Account, linked: list[Account]) -> tuple[Account, ...]:
        fleet = {own.id: replace(own, own=True)}
        for account in linked:
            fleet[account.id] = _joined(fleet[account.id], account) if account.id in fleet else account
        for account in self._extra:
            regions = account.regions or self._hub.regions
            named = Account(account.id, account.label or account.id, regions, linked=False)
            fleet[account.id] = _joined(fleet[account.id], named) if account.id in fleet else named
        return tuple(sorted(fleet.values(), key=lambda a: (a.label, a.id)))


def account_of(link: dict[str, object], region: str) -> Account | None:
    """The account of a link; None when its ARN has no account, which AWS never writes."""
    fields = str(link.get("LinkArn", "")).split(":")
    if len(fields) <= LINK_ACCOUNT or len(fields[LINK_ACCOUNT]) != ID_DIGITS or not fields[LINK_ACCOUNT].isdigit():
        return None
    account_id = fields[LINK_ACCOUNT]
    shared = link.get("ResourceTypes")
    telemetry = tuple(sorted(str(t) for t in shared)) if isinstance(shared, list) else ()
    return Account(account_id, str(link.get("Label") or account_id), (region,), telemetry)


def _joined(first: Account, second: Account) -> Account:
    """One account seen twice (in two Regions, or linked and named): the first's label, everything else of both."""
    regions = tuple(dict.fromkeys((*first.regions, *second.regions)))
    telemetry = tuple(sorted({*first.telemetry, *second.telemetry}))
    return Account(first.id, first.label, regions, telemetry, linked=first.linked, own=first.own)
