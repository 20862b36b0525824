"""The poll as the net under alarms' events: what they lost is found once, and nothing is told twice."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.alerts.alarm_net import AlarmNet, Mesh
from bot.alerts.placing import Placing
from bot.errors import AccessDenied, StoreDown
from bot.incidents import record
from bot.logic import alarms
from bot.logic.alarm_event import CREATED
from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.alarm import Alarm, AlarmGone, AlarmState, Contributor, Mute
from bot.model.incident import Incident, Status
from bot.model.observation import Observation
from bot.ports import Alarms, Ask, Sweep
from sandbox.fakes import FakeIncidents, FakeRoutes, at, down
from sandbox.fakes_alarm import FINE, HUB, LOW, OWNER, REGION, UNKNOWN, alarm
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_inbox import FakeAlarms, Sky

SCOPE = Scope((Account(HUB, "ml-observability", (REGION,), own=True), Account(OWNER, "ml-production", (REGION,))))
GRACE = timedelta(seconds=10)
QUERY = 'SELECT AVG(accuracy) FROM "aws/sagemaker/Endpoints/model-metrics" GROUP BY Endpoint'


class Stage:
    """Polls over alarms in memory, an hour apart unless told otherwise."""

    def __init__(self, *held: Alarm, grace: timedelta = GRACE) -> None:
        self.sky = Sky()
        self.sky.hold(*held)
        self.incidents, self.inventory, self.routes = FakeIncidents(fold), FakeInventory(), FakeRoutes()
        self.placing = Placing(self.inventory, self.routes)
        self.mesh = Mesh(grace=grace)
        self.net = self.again()

    def again(self) -> AlarmNet:
        """One that remembers nothing, as after a restart."""
        return AlarmNet(
            self.bind,
            self.incidents,
            self.inventory,
            self.routes,
            self.placing,
            mesh=self.mesh,
            stopped=lambda: False,
        )

    def bind(self, ask: Ask) -> Mapping[type, object]:
        """The one port that is asked."""
        return {Alarms: FakeAlarms(self.sky, ask)}

    def poll(self, hour: float) -> int:
        """How much was told."""
        return self.net.take(SCOPE, at(hour))

    def event(self, found: Alarm, hour: float) -> None:
        """The same change, as an event tells it."""
        said = alarms.observed(replace(alarms.as_polled(found), heard="eventbridge"), self.placing.around({}))
        assert not isinstance(said, str)
        record(self.incidents, [self.placing.placed(said)], self.routes.route, at(hour))

    def incident(self, hour: float) -> Incident:
        """The only one that was ever open."""
        (found,) = self.incidents.list(at(hour), resolved_since=at(-9))
        return found

    def heard(self, hour: float) -> list[Observation]:
        """What its log has."""
        return [e for e in self.incident(hour).log if isinstance(e, Observation)]


def test_an_alarm_that_fired_before_anybody_listened_is_told_and_not_called_lost() -> None:
    """At the first look there was nobody whom an event could have told."""
    stage = Stage(alarm(hour=0))
    assert stage.poll(1) == 1
    incident = stage.incident(1)
    assert (incident.place.account_id, incident.state.status, incident.state.started_at) == (OWNER, Status.OPEN, at(0))
    assert stage.heard(1)[0].detail == ""
    assert stage.poll(2) == 0
    assert stage.inventory.alarms() == (alarm(hour=0),)


def test_a_lost_event_is_found_by_the_next_poll_and_marked_so() -> None:
    """Both ways: what fires, and what is good again."""
    fine = alarm(hour=0, state=AlarmState.OK)
    stage = Stage(fine)
    assert stage.poll(1) == 0, "nobody waits for what is fine"
    stage.sky.hold(alarm(hour=1.5))
    assert stage.poll(2) == 1
    assert [o.detail for o in stage.heard(2)] == ["Found by the poll: no event told of it."]
    stage.sky.hold(alarm(hour=2.5, state=AlarmState.OK))
    assert stage.poll(3) == 1
    assert stage.incident(3).state.status is Status.RESOLVED
    assert stage.poll(4) == 0


def test_what_an_event_told_too_counts_once_whoever_is_first() -> None:
    """A change that is seconds old is left to its event."""
    stage = Stage(alarm(hour=0, state=AlarmState.OK))
    stage.poll(1)
    fired = alarm(hour=2)
    stage.sky.hold(fired)
    assert stage.net.take(SCOPE, at(2) + GRACE / 2) == 0
    stage.event(fired, 2)
    assert stage.poll(3) == 0
    again = alarm(hour=3.5, state=AlarmState.OK)
    stage.sky.hold(again)
    assert stage.poll(4) == 1
    stage.event(again, 4)
    assert [o.id for o in stage.heard(4)] == [
        f"alarm:{fired.arn}:{a.state_at:%Y-%m-%dT%H:%M:%S.%f}" for a in (fired, again)
    ]


@pytest.mark.parametrize("state", [AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA])
def test_what_was_left_to_an_event_that_never_came_is_told_by_the_next_round(state: AlarmState) -> None:
    """And marked so, though people have the alarms listed in between; a restart forgets nothing of it."""
    for restarted in (False, True):
        stage = Stage(alarm(hour=0, state=AlarmState.OK))
        stage.poll(1.999)
        stage.sky.hold(alarm(hour=2, state=state))
        assert stage.net.take(SCOPE, at(2) + GRACE / 2) == 0
        if restarted:
            stage.net = stage.again()
        else:
            stage.inventory.keep_alarms([Sweep(HUB, REGION, (alarm(hour=2, state=state),))], at(2.001))
        assert stage.poll(2.01) == 1
        assert [o.detail for o in stage.heard(3)] == ["Found by the poll: no event told of it."]
        assert stage.poll(2.02) == 0
        assert stage.inventory.alarms() == (alarm(hour=2, state=state),)


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize(
    ("was", "now"),
    [
        (alarm(hour=0), None),
        (alarm(hour=0, state=AlarmState.OK), alarm(hour=1.5, state=AlarmState.INSUFFICIENT_DATA)),
        (alarm(hour=0, state=AlarmState.OK), alarm(hour=1.5)),
    ],
)
def test_a_round_that_was_not_recorded_is_made_good_by_the_next(was: Alarm, now: Alarm | None, restarted: bool) -> None:
    """What an alarm was is known until then: deleted, blind, fired; told once."""
    stage = Stage(was)
    stage.poll(1)
    stage.sky.alarms.clear()
    stage.sky.hold(*filter(None, [now]))
    stage.incidents.change = down  # type: ignore[method-assign,assignment]
    with pytest.raises(StoreDown):
        stage.poll(2)
    del stage.incidents.change
    if restarted:
        stage.net = stage.again()
    assert [stage.poll(hour) for hour in (2.01, 2.02)] == [1, 0]


def test_where_no_events_come_the_poll_is_the_way_and_nothing_is_lost() -> None:
    """At once, and without a mark."""
    stage = Stage(alarm(hour=0, state=AlarmState.OK), grace=timedelta(0))
    stage.poll(1)
    stage.sky.hold(alarm(hour=1.5))
    assert stage.net.take(SCOPE, at(1.5)) == 1
    assert stage.heard(2)[0].detail == ""


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (None, alarm(hour=0, state=AlarmState.INSUFFICIENT_DATA), 0),
        (alarm(hour=0, state=AlarmState.INSUFFICIENT_DATA), alarm(hour=1.2, state=AlarmState.INSUFFICIENT_DATA), 0),
        (None, alarm(hour=0, state=AlarmState.INSUFFICIENT_DATA, reason=CREATED), 0),
        (alarm(hour=0), alarm(hour=1.5, state=AlarmState.INSUFFICIENT_DATA, reason=CREATED), 0),
        (alarm(hour=0, state=AlarmState.OK), alarm(hour=1.5, state=AlarmState.INSUFFICIENT_DATA), 1),
        (alarm(hour=0), alarm(hour=1.5, state=AlarmState.INSUFFICIENT_DATA), 1),
    ],
)
def test_only_an_alarm_that_was_judged_before_can_be_blind(before: Alarm | None, now: Alarm, told: int) -> None:
    """One that was just made, or never had data, is no news."""
    stage = Stage(*([before] if before else []))
    stage.poll(1)
    stage.sky.hold(now)
    assert stage.poll(2) == told


def test_a_deleted_alarm_ends_what_it_said_and_is_told_once() -> None:
    """Not where an event told it before, nor where nobody waits for it."""
    fired, idle = alarm(hour=0), alarm("idle", hour=0, state=AlarmState.OK)
    stage = Stage(fired, idle)
    stage.poll(1)
    stage.sky.alarms.clear()
    assert stage.poll(2) == 1
    assert stage.heard(2)[-1].id == f"alarm:{fired.arn}:gone:{at(2):%Y-%m-%dT%H:%M:%S.%f}"
    assert stage.inventory.vanished() == ()
    assert stage.poll(3) == 0
    assert stage.incident(5).state.status is Status.RESOLVED


def test_a_deletion_that_an_event_told_is_no_second_one() -> None:
    """The incident does not have it any more."""
    fired = alarm(hour=0)
    stage = Stage(fired)
    stage.poll(1)
    gone = alarms.gone(AlarmGone(fired, at(1.5)), stage.placing.around({}))
    assert not isinstance(gone, str)
    record(stage.incidents, [gone], stage.routes.route, at(1.5))
    stage.sky.alarms.clear()
    assert stage.poll(2) == 0


def test_the_series_of_an_alarm_are_asked_for_while_it_fires() -> None:
    """Each is told by itself, at its own time; one that fires no more is good though the alarm still fires."""
    many = alarm(
        "many",
        hour=0,
        kind="insights",
        watched=(),
        expression=QUERY,
        reason="2 out of 3 time series evaluated to ALARM",
    )
    stage = Stage(many, grace=timedelta(0))
    first, second = (Contributor(i, (("Endpoint", f"{i}-1"),), at(0), LOW) for i in ("bank", "loan"))
    stage.sky.firing[many.arn] = (first, second)
    assert stage.poll(1) == 2
    by_service = {i.place.service: i for i in stage.incidents.list(at(1))}
    assert by_service.keys() == {"bank-1", "loan-1"}
    stage.sky.firing[many.arn] = (first,)
    assert stage.poll(2) == 1
    assert {i.place.service for i in stage.incidents.list(at(2))} == {"bank-1"}
    assert stage.poll(3) == 0
    stage.sky.firing[many.arn] = (first, replace(second, since=at(3.5)))
    assert stage.poll(4) == 1
    stage.sky.hold(replace(many, state=AlarmState.OK, state_at=at(4.5), reason=FINE))
    assert stage.poll(5) == 2
    assert stage.incidents.list(at(5)) == ()


def test_an_alarm_over_many_series_that_can_judge_nothing_is_blind_until_it_can() -> None:
    """Though no event told either; its series are told beside."""
    many = alarm("many", hour=0, kind="insights", watched=(), expression=QUERY, state=AlarmState.OK)
    stage = Stage(many, grace=timedelta(0))
    assert stage.poll(1) == 0
    stage.sky.hold(replace(many, state=AlarmState.INSUFFICIENT_DATA, state_at=at(1.5)))
    assert stage.poll(2) == 1
    (blind,) = stage.incidents.list(at(2))
    assert (blind.state.is_blind_only, stage.poll(3)) == (True, 0)
    fires = "1 out of 3 time series evaluated to ALARM"
    stage.sky.hold(replace(many, state=AlarmState.ALARM, state_at=at(3.5), reason=fires))
    stage.sky.firing[many.arn] = (Contributor("bank", (("Endpoint", "bank-1"),), at(3.5), LOW),)
    assert stage.poll(4) == 2
    assert [(i.place.service, i.state.status) for i in stage.incidents.list(at(4))] == [("bank-1", Status.OPEN)]
    assert stage.poll(5) == 0


def test_series_that_are_not_told_end_nothing() -> None:
    """And the others' alarms are taken all the same."""
    many = alarm("many", hour=0, kind="insights", watched=(), expression=QUERY, account_id=OWNER)
    many = replace(many, arn=many.arn.replace(HUB, OWNER))
    stage = Stage(many, grace=timedelta(0))
    stage.sky.firing[many.arn] = (Contributor("bank", (("Endpoint", "bank-1"),), at(0), LOW),)
    stage.poll(1)
    stage.sky.silent = {many.arn}
    stage.sky.hold(alarm(hour=1.5))
    assert stage.poll(2) == 1
    assert {i.place.service for i in stage.incidents.list(at(2))} == {"bank-1", "bank-marketing"}


def test_an_account_that_refuses_hides_no_other_and_loses_nothing() -> None:
    """Its alarms are as they were seen last; nothing of it is taken for deleted."""
    mine = replace(alarm("mine", hour=0), account_id=OWNER, arn=alarm("mine").arn.replace(HUB, OWNER))
    stage = Stage(mine, alarm(hour=0, state=AlarmState.OK))
    stage.poll(1)
    stage.sky.refused[OWNER, REGION] = AccessDenied("role sagewatch-read lacks cloudwatch:DescribeAlarms")
    stage.sky.hold(alarm(hour=1.5))
    assert stage.poll(2) == 1
    assert mine in stage.inventory.alarms()
    assert stage.inventory.vanished() == ()


def test_tags_and_mute_rules_are_read_now_and_then() -> None:
    """Every ten minutes, and at once after a restart."""
    mute = Mute("arn:m", "nightly", OWNER, REGION, ("low",), None, None, active=True)
    stage = Stage()
    stage.sky.mutes.append(mute)
    for minute in (0, 1, 9):
        stage.poll(minute / 60)
    assert (stage.sky.tagged, stage.inventory.mutes()) == (1, (mute,))
    stage.sky.mutes.clear()
    stage.poll(10 / 60)
    assert (stage.sky.tagged, stage.inventory.mutes()) == (2, ())
    stage.net = stage.again()
    stage.poll(11 / 60)
    assert stage.sky.tagged == 3


def test_what_is_nobodys_news_is_kept_and_not_told() -> None:
    """Auto Scaling's own alarms sit in ALARM by design."""
    scaling: Any = alarm("TargetTracking-endpoint/bank-AlarmLow", hour=0)
    foreign = alarm("queue", hour=0, watched=(), reason=UNKNOWN)
    stage = Stage(scaling, foreign)
    assert stage.poll(1) == 0
    assert len(stage.inventory.alarms()) == 2
