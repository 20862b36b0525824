"""Accounts that leave the fleet and come back: what is said of the account, and of the monitors that it took along."""

from collections.abc import Iterable
from datetime import datetime

from bot.model.account import Account
from bot.model.monitor import Schedule
from bot.model.observation import LEFT, SILENT, Finding, Observation, Subject, Verdict
from bot.model.place import Family, Place, Service


def left(known: Iterable[Account], found: Iterable[Account]) -> tuple[Account, ...]:
    """Those that were linked and are not among the found; `found` must be all there are."""
    there = {account.id for account in found}
    return tuple(account for account in known if account.linked and account.id not in there)


def came_back(known: Iterable[Account], found: Iterable[Account]) -> tuple[Account, ...]:
    """Those that were known without a link and have one; as they were known, since the label may be another now."""
    there = {account.id for account in found if account.linked}
    return tuple(account for account in known if not account.linked and account.id in there)


def place_of(account: Account) -> Place:
    """Where the incident of an account's link lives."""
    return Place(account.id, next(iter(account.regions), ""), service_of(account).name, Family.OPERATIONS)


def service_of(account: Account) -> Service:
    """An account's link is its own service, under the account's label."""
    return Service(account.label)


def link(account: Account, verdict: Verdict, since: datetime | None, now: datetime) -> Observation:
    """That the link is gone (bad) or there again (good); `since` is when the fleet was seen last."""
    note = (
        f"{_name(account)} is no longer linked: its link was removed, or the sink refuses it. "
        "If that was not meant, create the link in that account again."
    )
    return Observation(
        id=f"link:{account.id}:{verdict.value}:{_stamp(since)}",
        subject=Subject(f"account:{account.id}", account.label),
        at=now,
        findings=(Finding(LEFT, verdict, note=note if verdict is Verdict.BAD else ""),),
        complete=True,
    )


def blinded(schedule: Schedule, account: Account, since: datetime | None, now: datetime) -> Observation:
    """That nothing of a monitor is read any more, since its account left."""
    note = f"{_name(account)} is no longer linked: nothing of its monitors is read."
    return Observation(
        id=f"unlinked:{schedule.arn}:{_stamp(since)}",
        subject=Subject(schedule.arn, schedule.name, schedule.endpoint),
        at=now,
        findings=(Finding(SILENT, Verdict.BLIND, note=note),),
        complete=False,
        cadence=schedule.cadence,
    )


def _name(account: Account) -> str:
    return f"The account {account.label} ({account.id})" if account.label != account.id else f"The account {account.id}"


def _stamp(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""
