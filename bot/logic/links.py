"""Accounts that leave the fleet and come back: what is said of the account, and of all that it took along."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.logic.alarm_rights import concerned
from bot.logic.succession import kind, tells_changes
from bot.model.account import Account
from bot.model.alarm import Alarm
from bot.model.observation import LEFT, SILENT, Finding, Observation, Subject, Verdict
from bot.model.place import Family, Place, Service
from bot.model.report import TOLD

UNLINKED: Final = "unlinked:"
"""How the ids of observations begin that say nothing but that a subject is not heard any more."""
MONITOR: Final = "sagemaker:monitoring-schedule"
"""The kind of what is read, not heard: its next run tells that it is again."""


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


def heard_through(place: Place, subject: Subject, alarm: Alarm | None) -> frozenset[str]:
    """The accounts without which a subject of that place's incident cannot be heard; of a link itself none.

    An alarm needs its own account and those whose metrics it watches: it goes on being judged without them, on nothing.
    """
    if not subject.arn.startswith("arn:"):
        return frozenset()
    if not tells_changes(subject.arn):
        return frozenset({_owner(subject) or place.account_id})
    return frozenset({_owner(subject), place.account_id}) | (concerned(alarm) if alarm else frozenset())


def lost(place: Place, subject: Subject, alarm: Alarm | None, gone: Mapping[str, Account]) -> Account | None:
    """The account that left and took a subject along: its own, else one that it watches."""
    through = heard_through(place, subject, alarm)
    return gone.get(_owner(subject)) or next((gone[id_] for id_ in sorted(through) if id_ in gone), None)


def blinded(
    subject: Subject, account: Account, since: datetime | None, now: datetime, cadence: timedelta | None = None
) -> Observation:
    """That nothing of a subject is heard any more, since an account left."""
    note = f"{_name(account)} is no longer linked: {_follows(subject, account)}."
    return Observation(
        id=f"{UNLINKED}{subject.arn}:{_stamp(since)}",
        subject=subject,
        at=now,
        findings=(Finding(SILENT, Verdict.BLIND, note=note),),
        complete=False,
        cadence=cadence,
    )


def _follows(subject: Subject, account: Account) -> str:
    if tells_changes(subject.arn):
        mine = _owner(subject) == account.id
        return "nothing of its alarms is heard" if mine else "the alarm gets no data of it"
    if subject.arn.startswith(TOLD):
        return "nothing of its reports is read"
    what = "monitors is read" if kind(subject.arn) == MONITOR else "endpoints and jobs is heard"
    return f"nothing of its {what}"


def _owner(subject: Subject) -> str:
    """The account in its ARN; empty where there is none."""
    return subject.arn.split(":", 5)[4] if subject.arn.count(":") > 4 else ""


def _name(account: Account) -> str:
    return f"The account {account.label} ({account.id})" if account.label != account.id else f"The account {account.id}"


def _stamp(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""
