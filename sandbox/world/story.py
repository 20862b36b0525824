"""How each account's model fares over time: pure, so that a world can be told again from its journal."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from sandbox.world import fleet, traffic
from sandbox.world.fleet import Deployment, Names

Verb = Literal[
    "next_hour",
    "drift",
    "recover",
    "redeploy",
    "no_labels",
    "no_traffic",
    "drop_capture",
    "fill_disk",
    "fail_execution",
    "stop_monitor",
    "start_monitor",
    "storm",
    "endpoint_failed",
    "unlink",
    "relink",
    "delete_endpoint_as",
    "stop_monitor_as",
    "shared_role_as",
    "register_package",
]
VERBS: Final[tuple[Verb, ...]] = get_args(Verb)
BY_HAND: Final[tuple[Verb, ...]] = ("delete_endpoint_as", "stop_monitor_as", "shared_role_as", "register_package")
"""What somebody does as themselves, with a role that many have, or a pipeline."""
NOTICED: Final = timedelta(minutes=2)
"""After which CloudTrail's event history and EventBridge have a call, and no log file has it yet."""

DRIFTING: Final = tuple(d.account_id for d in fleet.DEPLOYMENTS if d.model is traffic.BANK_MARKETING)
"""Accounts whose bank-marketing model can be moved."""

ALREADY_DRIFTED: Final = timedelta(hours=4, minutes=30)
"""How long before the last full hour production's customers had changed: five bad runs stand when a world starts."""

_BEGINS: Final[Mapping[Verb, Mapping[str, bool]]] = {
    "no_labels": {"labels": False},
    "no_traffic": {"traffic": False},
    "drop_capture": {"capture": False},
    "fill_disk": {"disk_full": True},
    "endpoint_failed": {"failed": True},
    "unlink": {"linked": False},
    "relink": {"linked": True},
}
"""What of the state each of these changes."""

SETTLED: Final = timedelta(minutes=20)
"""After a full hour by which every run of it is over, so that whoever wakes finds them all at once."""

REDEPLOYED: Final = timedelta(minutes=16)
"""After a full hour: its runs are over, and what is left of the next one is enough for a verdict without noise."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One verb as it was done: `at` is the world's time then, `account` whom it was for."""

    verb: Verb
    account: str
    at: datetime
    count: int = 0
    """How many alarms a storm has."""
    channels: int = 1
    """Over the services of how many channels it goes."""
    person: str = ""
    """Who does it, of what somebody does by hand and can be told."""

    @property
    def due(self) -> datetime:
        """The full hour that passes with it; of a storm the minute, of what somebody does by hand two."""
        if self.verb == "storm":
            return self.at.replace(second=0, microsecond=0) + timedelta(minutes=1)
        if self.verb in BY_HAND:
            return self.at + NOTICED
        return full_hour(self.at) + timedelta(hours=1)

    @property
    def settled(self) -> datetime:
        """Until when the clock goes on with it."""
        return self.due if self.verb in {"storm", *BY_HAND} else self.due + SETTLED


@dataclass(frozen=True, slots=True)
class State:
    """What holds for an account's bank-marketing: who comes, whether anybody does, what is captured and labelled."""

    level: int = 0
    traffic: bool = True
    labels: bool = True
    capture: bool = True
    disk_full: bool = False
    failed: bool = False
    """The endpoint is: it answers nobody until it is made anew."""
    linked: bool = True
    """The account is, to the monitoring account."""

    @property
    def called(self) -> bool:
        """Whether anybody is answered."""
        return self.traffic and not self.failed

    @property
    def captures(self) -> bool:
        """Whether requests are captured: not at a full disk (Developer Guide: capture data from real-time endpoint)."""
        return self.capture and not self.disk_full


@dataclass(frozen=True, slots=True)
class Serving:
    """One endpoint of a deployment with its monitors, while it takes the requests; `until` is None for today's."""

    deployment: Deployment
    names: Names
    since: datetime
    watched_at: datetime
    until: datetime | None = None


def beginning(started_at: datetime) -> Deed:
    """What had happened before the world starts: production drifted by one level."""
    return Deed("drift", fleet.PRODUCTION, full_hour(started_at) - ALREADY_DRIFTED)


def state(deeds: tuple[Deed, ...], account_id: str, at: datetime) -> State:
    """What holds in an account at a moment. An hour is as the state in force when it ends."""
    found = State()
    for deed in deeds:
        if deed.account == account_id and deed.at <= at:
            found = after(deed.verb, found)
    return found


def after(verb: Verb, before: State) -> State:
    """The state that a verb leads to; `recover` ends it, but for a link, and a new endpoint has not failed."""
    match verb:
        case "drift":
            return replace(before, level=min(traffic.LEVELS - 1, before.level + 1))
        case "recover":
            return State(linked=before.linked)
        case "redeploy":
            return replace(before, failed=False)
        case _:
            return replace(before, **_BEGINS.get(verb, {}))


def fails(deeds: tuple[Deed, ...], account_id: str, scheduled_at: datetime) -> bool:
    """Whether the run of that hour is one that `fail_execution` makes fail."""
    return any(d.verb == "fail_execution" and d.account == account_id and d.due == scheduled_at for d in deeds)


def servings(deployment: Deployment, started_at: datetime, deeds: tuple[Deed, ...]) -> tuple[Serving, ...]:
    """A deployment's endpoints one after the other, the one that serves last."""
    first = Serving(
        deployment,
        fleet.names(deployment, started_at),
        deployment.deployed_at(started_at),
        deployment.watched_at(started_at),
    )
    found = [first]
    for deed in deeds:
        if deed.verb == "redeploy" and deed.account == deployment.account_id and movable(deployment):
            at = deed.due + REDEPLOYED
            found[-1] = replace(found[-1], until=at)
            found.append(Serving(deployment, first.names.made_at(at), at, at))
    return tuple(found)


def movable(deployment: Deployment) -> bool:
    """Whether verbs are about this deployment."""
    return deployment.model is traffic.BANK_MARKETING


def deployment_of(account_id: str) -> Deployment:
    """The deployment that verbs move in an account that `account_of` gave."""
    return next(d for d in fleet.DEPLOYMENTS if d.account_id == account_id and movable(d))


def full_hour(at: datetime) -> datetime:
    """The full hour at or before a moment."""
    return at.replace(minute=0, second=0, microsecond=0)


def verb_of(word: str) -> Verb:
    """A verb by its name. Raises ValueError naming the valid ones."""
    for verb in VERBS:
        if word == verb:
            return verb
    raise ValueError(f"there is no verb {word!r}: one of {', '.join(VERBS)}")


def entry(deed: Deed) -> dict[str, str]:
    """A line of the journal."""
    size = {"count": str(deed.count), "channels": str(deed.channels)} if deed.count else {}
    who = {"person": deed.person} if deed.person else {}
    return {"verb": deed.verb, "account": deed.account, "at": deed.at.isoformat(), **size, **who}


def told_again(line: Mapping[str, str]) -> Deed:
    """What a line of the journal says."""
    size = int(line.get("count", 0)), int(line.get("channels", 1))
    return Deed(
        verb_of(line["verb"]),
        account_of(line["account"]),
        datetime.fromisoformat(line["at"]),
        *size,
        line.get("person", ""),
    )


def account_of(word: str | None) -> str:
    """An account by id or label, production for None. Raises ValueError naming the valid ones."""
    chosen = word or fleet.PRODUCTION
    for account_id in DRIFTING:
        if chosen in {account_id, fleet.LABELS[account_id]}:
            return account_id
    valid = ", ".join(f"{account_id} ({fleet.LABELS[account_id]})" for account_id in DRIFTING)
    raise ValueError(f"no model of {word!r} can be moved: one of {valid}")
