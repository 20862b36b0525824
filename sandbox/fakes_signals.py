"""Two thousand signals of services that break and recover, and what must be known of them: a fold of its own.

Whoever folds here knows the truth in its order and nothing of the product's lifecycle.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, Literal

from bot.alerts.sources import cloudwatch_alarm, sagemaker_schedule, sns_alarm
from bot.model.monitor import RunStatus
from sandbox.mortal import ACCOUNT, REGION

Kind = Literal["eventbridge", "sns", "runs", "both"]
"""Who speaks of a service: its alarm by one way, its monitor, or alarm by both ways and monitor."""
KINDS: Final[tuple[Kind, ...]] = ("eventbridge", "sns", "runs", "both")
CYCLE_H: Final = (0.0, 1.0, 1.5, 8.0)
"""When an alarm fires, is well, returns within two periods, and is well for good; a cycle lasts 20 hours.

Of four changes no more than three fall within six periods: an alarm that flaps would be another story.
"""
TWO_CADENCES: Final = timedelta(hours=2)
DOUBLED, MALFORMED, SPREAD = 0.2, 0.05, 120.0
"""Shares of messages that come twice and that nobody can read; how many places a message may come too late by."""


@dataclass(frozen=True, slots=True)
class Happening:
    """A change of an alarm, or a finished run."""

    service: str
    what: Literal["alarm", "run"]
    id: str
    """Of the observation that it makes."""
    at: datetime
    bad: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of a service once all is told."""

    must: frozenset[str]
    """Ids that its log holds; of a run that was clean the log need hold nothing, nor of good news that is outdated."""
    may: frozenset[str]
    bad_rows: frozenset[str]
    """The metrics of the rows that are bad at the end."""
    episodes: int | None
    """None where outdated good news may be passed over."""


@dataclass(slots=True)
class Plan:
    """Services by name, and what happens to them; `epoch` is when the bot starts."""

    services: Sequence[str]
    epoch: datetime
    random: Random
    happened: list[Happening] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)

    def kind(self, service: str) -> Kind:
        """In turn."""
        return KINDS[self.services.index(service) % len(KINDS)]

    def steps(self, messages: int) -> Iterator["Step"]:
        """Until about so many messages are sent; each step happens, then messages come, late and in any order."""
        late: list[tuple[float, str]] = []
        turn = sent = 0
        while sent < messages:
            step = self._happen(self.services[turn % len(self.services)])
            late += [(turn + self.random.uniform(0, SPREAD), body) for body in step.bodies]
            if self.random.random() < MALFORMED * max(1, len(step.bodies)):
                self.malformed.append(broken(self.random))
                late.append((turn + self.random.uniform(0, SPREAD), self.malformed[-1]))
            due = sorted((at, body) for at, body in late if at <= turn)
            late = [one for one in late if one[0] > turn]
            sent += len(due)
            yield Step(step.run, step.event, tuple(body for _, body in due))
            turn += 1
        yield Step(None, "", tuple(body for _, body in sorted(late)))

    def facts(self) -> dict[str, Fact]:
        """Of each service to which anything happened."""
        return {service: self._fact(service) for service in dict.fromkeys(h.service for h in self.happened)}

    def _happen(self, service: str) -> "Step":
        kind = self.kind(service)
        if kind == "runs" or (kind == "both" and self.random.random() < 0.5):  # every other
            return self._run(service)
        return self._alarm(service, kind)

    def _run(self, service: str) -> "Step":
        """A run, and the hint that a schedule ran, sometimes twice."""
        nth = sum(h.service == service and h.what == "run" for h in self.happened)
        at = self.epoch - timedelta(hours=20) + timedelta(minutes=20 * nth)
        status = RunStatus.VIOLATED if self.random.random() < 0.6 else RunStatus.CLEAN  # mostly
        hint = json.dumps(sagemaker_schedule.SAMPLE | {"account": ACCOUNT.id, "resources": []})
        bodies = (hint,) * self.random.choice((0, 1, 1, 2))
        return Step(Run(service, at, status), "", bodies)

    def ran(self, run: "Run", id_: str) -> None:
        """A run is there for all to see, as this id."""
        self.happened.append(Happening(run.service, "run", id_, run.at, run.status is RunStatus.VIOLATED))

    def _alarm(self, service: str, kind: Kind) -> "Step":
        nth = sum(h.service == service and h.what == "alarm" for h in self.happened)
        cycle, part = divmod(nth, len(CYCLE_H))
        at = self.epoch.replace(microsecond=0) - timedelta(days=30) + timedelta(hours=20 * cycle + CYCLE_H[part])
        bad = part % 2 == 0
        arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT.id}:alarm:{service}-accuracy"
        self.happened.append(Happening(service, "alarm", f"alarm:{arn}:{at:%Y-%m-%dT%H:%M:%S.%f}", at, bad))
        event, hint = by_eventbridge(service, at, bad=bad), by_topic(service, at, bad=bad)
        ways = {"eventbridge": [event], "sns": [hint], "both": [event, hint]}[kind]
        twice = [body for body in ways if self.random.random() < DOUBLED]
        return Step(None, event, (*ways, *twice))

    def _fact(self, service: str) -> Fact:
        here = sorted((h for h in self.happened if h.service == service), key=lambda h: h.at)
        last = {h.what: h for h in here}
        rows = {"alarm": {f"alarm: {service}-accuracy"}, "run": {"accuracy", "recall"}}
        bad = {row for what, h in last.items() if h.bad for row in rows[what]}
        surely = {h.id for h in here if h.bad or (h.what == "alarm" and self.kind(service) != "sns")}
        counted = self.kind(service) == "eventbridge"
        return Fact(
            frozenset(surely), frozenset(h.id for h in here), frozenset(bad), episodes(here) if counted else None
        )


@dataclass(frozen=True, slots=True)
class Run:
    """Of a service's monitor."""

    service: str
    at: datetime
    status: RunStatus


@dataclass(frozen=True, slots=True)
class Step:
    """A run that ends or an alarm that changes, as EventBridge tells it; and the messages that come meanwhile."""

    run: Run | None
    event: str
    bodies: tuple[str, ...]


def episodes(changes: Sequence[Happening]) -> int:
    """How often one alarm fired after it had been well for two periods, or for the first time."""
    found, well_since, fires = 0, None, False
    for change in changes:
        if change.bad and not fires and (well_since is None or change.at - well_since >= TWO_CADENCES):
            found += 1
        if not change.bad and fires:
            well_since = change.at
        fires = change.bad
    return found


def by_eventbridge(service: str, at: datetime, *, bad: bool) -> str:
    """An alarm of that service on its accuracy came to another state."""
    event: dict[str, Any] = json.loads(json.dumps(cloudwatch_alarm.SAMPLE).replace("bank-marketing", service))
    text = json.dumps(event).replace("111111111111", ACCOUNT.id).replace("us-west-2", REGION)
    event = json.loads(text)
    detail = event["detail"]
    del detail["muteDetail"]
    before = detail["previousState"]
    if not bad:
        detail["state"], before = before, detail["state"]
    detail["state"]["timestamp"], detail["previousState"] = _stamp(at), {**before, "timestamp": _stamp(at)}
    return json.dumps(event)


def by_topic(service: str, at: datetime, *, bad: bool) -> str:
    """The same by a topic."""
    text = json.dumps(sns_alarm.BODY).replace("bank-marketing", service).replace("111111111111", ACCOUNT.id)
    body = json.loads(text) | {"StateChangeTime": _stamp(at)}
    if not bad:
        reason = body["NewStateReason"].replace("0.7521", "0.9104").replace("was less", "was not less")
        body |= {"NewStateValue": "OK", "OldStateValue": "ALARM", "NewStateReason": reason}
    return json.dumps(sns_alarm.SAMPLE | {"Message": json.dumps(body)})


def broken(random: Random) -> str:
    """Something that nobody can read, or that nobody may send."""
    whole = by_eventbridge("stranger", datetime.fromisoformat("2026-11-20T09:00:00+00:00"), bad=True)
    said = json.loads(whole)
    return random.choice(
        (
            "{",
            "null",
            "[" * 5_000,
            whole[: random.randrange(1, len(whole))],
            whole.replace(ACCOUNT.id, "999999999999"),
            json.dumps({**said, "detail": []}),
            json.dumps({**said, "detail": {**said["detail"], "state": {"value": "\ud800\u0000"}}}),
            json.dumps({**said, "resources": [said["resources"][0] + "-another"]}),
        )
    )


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"
