"""An account that leaves takes along who is heard through it; once it is back, what is true by then is told."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.alerts.alarm_net import AlarmNet, Mesh
from bot.alerts.links import Links
from bot.alerts.placing import Placing
from bot.alerts.returned import Returned
from bot.incidents import record
from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.alarm import Alarm, AlarmState, Contributor
from bot.model.fleet import Endpoint
from bot.model.incident import Incident, Status
from bot.model.observation import ENDPOINT_FAILED, JOB_FAILED, ROLLED_BACK, Finding, Observation, Subject, Verdict
from bot.model.place import Family, Place, Service
from bot.ports import Alarms, Ask, Sweep
from sandbox.fakes import FakeIncidents, FakeRoutes, at
from sandbox.fakes_alarm import HUB, OWNER, REGION, alarm, metric, watched
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_inbox import FakeAlarms, Sky

OURS = Account(HUB, "ml-observability", (REGION,), own=True)
LEFT = Account(OWNER, "ml-production", (REGION,))
OTHER = Account("333333333333", "ml-test", (REGION,))
FLEET, REST = (OURS, LEFT, OTHER), (OURS, OTHER)
SAID = f"The account ml-production ({OWNER}) is no longer linked: "
THEIRS = f"arn:aws:cloudwatch:{REGION}:{OWNER}:alarm:bank-errors"
BANK = Place(OWNER, REGION, "bank", Family.OPERATIONS)
NAME = "bank-1"


class Stage:
    """Polls an hour apart unless told otherwise, over alarms in memory."""

    def __init__(self, *held: Alarm) -> None:
        self.sky = Sky()
        self.sky.hold(*held)
        self.incidents, self.inventory, self.routes = FakeIncidents(fold), FakeInventory(), FakeRoutes()
        placing = Placing(self.inventory, self.routes)
        self.net = AlarmNet(
            self.bind,
            self.incidents,
            self.inventory,
            self.routes,
            placing,
            mesh=Mesh(grace=timedelta(0)),
            stopped=lambda: False,
        )
        self.links = Links(self.incidents, self.inventory)
        self.returned = Returned(self.incidents, self.inventory, self.routes)
        self.poll(1)

    def bind(self, ask: Ask) -> Mapping[type, object]:
        """The one port that is asked."""
        return {Alarms: FakeAlarms(self.sky, ask)}

    def poll(self, hour: float, fleet: tuple[Account, ...] = FLEET) -> int:
        """The accounts, the alarms, then who came back; how many are heard again."""
        self.hear(*self.links.observed(fleet, at(hour)), hour=hour)
        self.inventory.remember(fleet, at(hour))
        self.net.take(Scope(fleet), at(hour))
        return self.returned.take(Scope(fleet), at(hour))

    def hear(self, *said: tuple[Place, Service, Observation], hour: float) -> None:
        """Something else says something."""
        record(self.incidents, said, self.routes.route, at(hour))

    def said(self, finding: Finding, arn: str, hour: float = 0) -> None:
        """A resource of the account that leaves says it, of its operations."""
        subject = Subject(arn, NAME, NAME)
        observation = Observation(f"{arn}:{hour}", subject, at(hour), (finding,), complete=False)
        self.hear((BANK, Service("bank"), observation), hour=hour)

    def listed(self, hour: float, *endpoints: Endpoint) -> None:
        """Endpoints of the account that leaves."""
        self.inventory.keep_endpoints([Sweep(OWNER, REGION, endpoints)], at(hour))

    def open(self, hour: float) -> tuple[Incident, ...]:
        """What is not resolved, apart from the link itself."""
        return tuple(i for i in self.incidents.list(at(hour)) if i.place.service != LEFT.label)


def why(incident: Incident) -> list[str]:
    """Why it cannot be judged."""
    return [spell.cause for spell in incident.state.blind]


def theirs(hour: float = 0, **more: Any) -> Alarm:
    """An alarm in the account that leaves."""
    return alarm("bank-errors", hour, arn=THEIRS, account_id=OWNER, **more)


def test_an_incident_of_an_alarm_alone_is_blind_once_the_alarm_s_account_left() -> None:
    """It is no more closed than open: what was bad is, and nobody tells whether it still is."""
    stage = Stage(theirs())
    stage.poll(2, REST)
    (incident,) = stage.open(2)
    assert why(incident) == [f"{SAID}nothing of its alarms is heard."]
    assert (incident.state.status, len(incident.state.bad_rows)) == (Status.OPEN, 1)
    revision = incident.revision
    stage.poll(3, REST)
    assert stage.open(3)[0].revision == revision, "it was said"


def test_a_central_alarm_on_its_metrics_is_blind_and_one_on_another_account_s_is_not() -> None:
    """It lives where it can be heard, and is judged on nothing."""
    elsewhere = watched(metric(account=OTHER.id))
    stage = Stage(alarm(), alarm("other-accuracy", watched=(elsewhere,)))
    stage.poll(2, REST)
    said = {i.place.account_id: why(i) for i in stage.open(2)}
    assert said == {OWNER: [f"{SAID}the alarm gets no data of it."], OTHER.id: []}


def test_one_of_several_metrics_of_a_central_alarm_that_left_leaves_it_blind() -> None:
    """An expression over both cannot be judged by one of them."""
    stage = Stage(alarm(kind="math", watched=(watched(metric(account=OTHER.id)), watched(metric()))))
    stage.poll(2, REST)
    assert why(stage.open(2)[0]) == [f"{SAID}the alarm gets no data of it."]


OK, UNKNOWN = AlarmState.OK, AlarmState.INSUFFICIENT_DATA
MEANWHILE = {
    "nothing": (theirs(), Status.OPEN, 0),
    "good again": (theirs(2.5, state=OK), Status.RESOLVED, 0),
    "without data": (theirs(2.5, state=UNKNOWN), Status.OPEN, 1),
    "good and bad again": (theirs(2.7), Status.OPEN, 0),
    "deleted": (None, Status.OPEN, 0),
}


@pytest.mark.parametrize(("there", "status", "blind"), MEANWHILE.values(), ids=MEANWHILE)
@pytest.mark.parametrize("central", [False, True])
def test_once_it_is_linked_again_what_is_true_by_then_is_told(
    there: Alarm | None, status: Status, blind: int, *, central: bool
) -> None:
    """By the poll that finds the account again; of what did not change meanwhile that it is heard."""
    home = {"arn": alarm().arn, "account_id": HUB} if central else {}
    stage = Stage(replace(theirs(), **home))
    stage.poll(2, REST)
    stage.sky.alarms.clear()
    if there:
        stage.sky.hold(replace(there, **home))
    stage.poll(3)
    (incident,) = stage.incidents.list(at(3), resolved_since=at(0))[-1:]
    assert (incident.state.status, len(incident.state.blind)) == (status, blind)
    revision = incident.revision
    assert stage.poll(4) == 0
    assert stage.incidents.get(incident.number, at(4)).revision == revision, "it was told"


def test_an_alarm_that_could_not_be_judged_before_its_account_left_still_cannot() -> None:
    """That its account is back gives it no data."""
    stage = Stage(theirs())
    stage.sky.hold(theirs(1.5, state=UNKNOWN))
    stage.poll(1.6)
    before = why(stage.open(1.6)[0])
    stage.poll(2, REST)
    assert why(stage.open(2)[0]) != before
    assert stage.poll(3) == 1
    assert why(stage.open(3)[0]) == before


@pytest.mark.parametrize(("firing", "bad"), [(True, 1), (False, 0)])
def test_a_series_of_an_alarm_over_many_is_asked_for_again(firing: bool, bad: int) -> None:
    """CloudWatch names those that fire; one that does no more is good by the next poll."""
    query = 'SELECT AVG(accuracy) FROM "aws/sagemaker/Endpoints/model-metrics" GROUP BY Endpoint'
    many = theirs(kind="insights", expression=query)
    stage = Stage()
    stage.sky.hold(many)
    stage.sky.firing[many.arn] = (Contributor("c1", (("Endpoint", NAME),), at(0), many.reason),)
    stage.poll(1.2)
    assert [len(i.state.bad_rows) for i in stage.open(1.2)] == [1]
    stage.poll(2, REST)
    assert why(stage.open(2)[0]) == [f"{SAID}nothing of its alarms is heard."]
    if not firing:
        stage.sky.firing.clear()
    stage.poll(3)
    stage.poll(4)
    (incident,) = stage.incidents.list(at(4), resolved_since=at(0))[-1:]
    assert (len(incident.state.bad_rows), incident.state.blind) == (bad, ())


ARN = f"arn:aws:sagemaker:{REGION}:{OWNER}:endpoint/{NAME}"
ENDPOINT = Endpoint(ARN, NAME, OWNER, REGION, "InService", at(-9), at(-9), "config-1", (), None, Service("bank"))
FAILED = Finding(ENDPOINT_FAILED, Verdict.BAD)
FOUND = {
    "in service": (FAILED, (ENDPOINT,), Status.RESOLVED),
    "failed": (FAILED, (replace(ENDPOINT, status="Failed", failure="no image"),), Status.OPEN),
    "on its way": (FAILED, (replace(ENDPOINT, status="Updating"),), Status.OPEN),
    "rolled back": (Finding(ROLLED_BACK, Verdict.BAD), (ENDPOINT,), Status.OPEN),
    "deployed anew": (Finding(ROLLED_BACK, Verdict.BAD), (replace(ENDPOINT, config="config-2"),), Status.RESOLVED),
}


@pytest.mark.parametrize(("bad", "endpoints", "status"), FOUND.values(), ids=FOUND)
def test_an_endpoint_is_told_as_it_is_listed_after_its_account_came_back(
    bad: Finding, endpoints: Iterable[Endpoint], status: Status
) -> None:
    """Its events were refused meanwhile; until it is listed anew it stays blind."""
    stage = Stage()
    stage.listed(1, ENDPOINT)
    stage.said(bad, ARN)
    stage.poll(2, REST)
    assert why(stage.open(2)[0]) == [f"{SAID}nothing of its endpoints and jobs is heard."]
    assert stage.poll(3) == 0
    assert stage.open(3)[0].state.blind
    stage.listed(3.5, *endpoints)
    assert stage.poll(4) == 1
    incident = stage.incidents.at(BANK, at(4))
    assert incident
    assert (incident.state.status, incident.state.blind) == (status, ())


def test_an_endpoint_that_was_deleted_meanwhile_is_gone() -> None:
    """Nobody waits for it."""
    stage = Stage()
    stage.listed(1, ENDPOINT)
    stage.said(FAILED, ARN)
    stage.poll(2, REST)
    stage.listed(2.9)
    assert stage.poll(3) == 1
    incident = stage.incidents.at(BANK, at(3))
    assert incident
    assert [d.subject.arn for d in incident.state.departures] == [ARN]
    assert stage.poll(4) == 0


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (f"arn:aws:sagemaker:{REGION}:{OWNER}:processing-job/nightly", "nothing of its endpoints and jobs is heard."),
        ("arn:aws:s3:::reports/bank/", "nothing of its reports is read."),
    ],
)
def test_what_no_list_tells_of_is_heard_again_as_it_was(arn: str, expected: str) -> None:
    """The next job, or report, tells how it is."""
    stage = Stage()
    stage.said(Finding(JOB_FAILED, Verdict.BAD), arn)
    stage.poll(2, REST)
    assert why(stage.open(2)[0]) == [f"{SAID}{expected}"]
    assert stage.poll(3) == 1
    (incident,) = stage.open(3)
    assert (incident.state.status, incident.state.blind, len(incident.state.bad_rows)) == (Status.OPEN, (), 1)


def test_what_is_over_or_gone_is_not_told() -> None:
    """Nobody waits for it, and the link's own incident is heard without the account."""
    stage = Stage(theirs())
    stage.sky.hold(theirs(1.2, state=OK))
    stage.poll(1.5)
    stage.said(FAILED, ARN)
    stage.said(Finding(JOB_FAILED, Verdict.BAD), f"{ARN}-2")
    stage.said(Finding(ENDPOINT_FAILED, Verdict.GONE), ARN, 0.5)
    stage.poll(2, REST)
    said = {spell.subject.arn for i in stage.incidents.list(at(2), resolved_since=at(0)) for spell in i.state.blind}
    assert said == {f"{ARN}-2"}


def test_an_account_that_is_back_is_waited_for_until_its_alarms_were_listed() -> None:
    """Also by a process that took over meanwhile."""
    stage = Stage(theirs())
    stage.poll(2, REST)
    again = Returned(stage.incidents, stage.inventory, stage.routes)
    stage.hear(*stage.links.observed(FLEET, at(3)), hour=3)
    stage.inventory.remember(FLEET, at(3))
    assert again.take(Scope(FLEET), at(3)) == 0, "not listed since"
    stage.net.take(Scope(FLEET), at(3.1))
    assert again.take(Scope(FLEET), at(3.1)) == 1
