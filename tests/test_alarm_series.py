"""Series and alarms are told apart whatever alarms are called, and series that earlier versions kept are known."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from bot.alerts.alarm_net import AlarmNet, Mesh
from bot.alerts.placing import Placing
from bot.incidents import record
from bot.logic import alarms, links
from bot.logic.alarm_page import alarm_url
from bot.logic.card_subjects import in_alarm
from bot.logic.lifecycle import fold
from bot.logic.succession import is_same
from bot.model.account import Account, Scope
from bot.model.alarm import Alarm, AlarmGone, AlarmState, Contributor
from bot.model.alarm_series import alarm_and_series, former_arn, renewed, series_arn
from bot.model.incident import Incident, Status
from bot.model.observation import Observation, Subject
from bot.ports import Alarms, Incidents
from bot.store.incidents import SqlIncidents
from commands._alarm_meant import alarms_of
from sandbox.fakes import FakeIncidents, FakeRoutes, at
from sandbox.fakes_alarm import FINE, HUB, LOW, OWNER, REGION, alarm
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_inbox import FakeAlarms, Sky

QUERY = 'SELECT AVG(accuracy) FROM "aws/sagemaker/Endpoints/model-metrics" GROUP BY Endpoint'
SERIES = Contributor("6d442278dba546f6", (("Endpoint", "bank-1"),), at(0), LOW)
OK = AlarmState.OK
ARN = alarm().arn.removesuffix(alarm().name)


def many(name: str) -> Alarm:
    """An alarm over many series, which fires for some."""
    reason = "1 out of 3 time series evaluated to ALARM"
    return alarm(name, kind="insights", watched=(), expression=QUERY, reason=reason)


class Net:
    """The poll of alarms in memory."""

    def __init__(self, incidents: Incidents, *held: Alarm) -> None:
        self.incidents, self.routes, inventory = incidents, FakeRoutes(), FakeInventory()
        self.sky = Sky()
        self.sky.hold(*held)
        self.placing = Placing(inventory, self.routes)
        self.net = AlarmNet(
            lambda ask: {Alarms: FakeAlarms(self.sky, ask)},
            incidents,
            inventory,
            self.routes,
            self.placing,
            mesh=Mesh(),
            stopped=lambda: False,
        )

    def poll(self, hour: float) -> Incident:
        """The only incident there is after it."""
        self.net.take(Scope((Account(HUB, "hub", (REGION,), own=True), Account(OWNER, "prod", (REGION,)))), at(hour))
        (found,) = self.incidents.list(at(hour), resolved_since=at(-9))
        return found


@pytest.mark.parametrize("name", ["acc", "acc#1", "gpu #1", "acc#6d442278dba546f6", "a:b#", "ä#\N{NO-BREAK SPACE}"])
def test_an_alarm_and_each_of_its_series_are_told_apart_by_their_arns(name: str) -> None:
    """Nothing that an alarm may be called looks like one of its series, or like a series of another alarm."""
    of_all = f"{ARN}{name}"
    one = series_arn(of_all, SERIES.id)
    assert (alarm_and_series(of_all), alarm_and_series(one)) == ((of_all, ""), (of_all, SERIES.id))
    assert alarm_url(one) == alarm_url(of_all) != alarm_url(f"{ARN}acc#2")
    assert is_same(one, one.replace(name, f"{name}-2026-11-02-0914"))
    assert not is_same(of_all, one)


def test_an_alarm_named_as_another_and_a_number_is_no_series_of_it() -> None:
    """It fires on though the other is good, is the one to be muted, has its own page, and outlives the other."""
    fires, good = alarm("acc#1"), alarm("acc", state=OK)
    net = Net(FakeIncidents(fold), good, fires)
    net.poll(1)
    found = net.poll(2)
    assert found.state.status is Status.OPEN
    assert alarms_of(found) == (fires.arn,)
    assert [alarm_url(one.arn).rpartition("/")[2] for one in in_alarm(found.state)] == ["acc%231"]
    del net.sky.alarms[good.arn]
    assert net.poll(3).state.status is Status.OPEN
    net.sky.hold(replace(fires, state=OK, state_at=at(3.5), reason=FINE))
    assert net.poll(4).state.status is Status.RESOLVED


def test_a_series_of_an_alarm_with_a_number_in_its_name_ends_with_it() -> None:
    """When it fires no more, and when its alarm is deleted."""
    whole = many("acc#1")
    net = Net(FakeIncidents(fold), whole)
    net.sky.firing[whole.arn] = (SERIES,)
    found = net.poll(1)
    assert (found.state.status, alarms_of(found)) == (Status.OPEN, (whole.arn,))
    assert [one.name for one in in_alarm(found.state)] == ["acc#1 (bank-1)"]
    net.sky.firing[whole.arn] = ()
    assert net.poll(2).state.status is Status.RESOLVED
    gone = alarms.gone_subject(AlarmGone(whole, at(3)), found.state.subjects[0])
    assert gone.id.endswith(f":{SERIES.id}")


@pytest.mark.parametrize(
    ("arn", "name", "is_series"),
    [
        ("acc#6d442278dba546f6", "acc", True),
        ("acc#6d442278dba546f6", "acc (bank-1)", True),
        ("acc#1#6d442278dba546f6", "acc#1 (bank-1)", True),
        ("acc#1", "acc#1", False),
        ("acc#6d442278dba546f6", "acc#6d442278dba546f6", False),
        ("acc (bank-1)#1", "acc (bank-1)#1", False),
        ("acc", "acc", False),
    ],
)
def test_what_earlier_versions_kept_is_known_by_its_name(arn: str, name: str, is_series: bool) -> None:
    """An alarm is called what its ARN says, a series never; what is no alarm's is left as it is."""
    kept = Subject(f"{ARN}{arn}", name)
    found = renewed(kept)
    assert bool(alarm_and_series(found.arn)[1]) is is_series
    assert former_arn(found.arn) == kept.arn
    assert renewed(found) == found
    other = Subject(f"{ARN.replace(':alarm:', ':endpoint/')}{arn}", name)
    assert renewed(other) == other


def _as_before(engine: Engine) -> None:
    """Its rows as an earlier version wrote them."""
    with engine.begin() as conn:
        conn.execute(text("UPDATE log SET body = replace(body, :mark, '#')"), {"mark": "\\u001f"})
        conn.execute(text("UPDATE incidents SET queued = replace(queued, :mark, '#')"), {"mark": "\\u001f"})
        conn.execute(text("UPDATE heard SET arn = replace(arn, :mark, '#')"), {"mark": "\x1f"})


Ending = Callable[[Net, Incident], None]


def _fires_no_more(net: Net, _: Incident) -> None:
    net.sky.firing.clear()


def _is_told_good(net: Net, found: Incident) -> None:
    last = next(e for e in found.log if isinstance(e, Observation))
    elsewhere = replace(found.place, service="another")
    record(net.incidents, [(elsewhere, found.service, alarms.quiet_series(last, at(1.5)))], net.routes.route, at(1.5))


@pytest.mark.parametrize("ending", [_fires_no_more, _is_told_good])
def test_a_series_that_an_earlier_version_kept_goes_on_in_its_row_and_resolves(engine: Engine, ending: Ending) -> None:
    """Though it was marked otherwise: it is the same subject, and its incident still its home."""
    whole = many("many")
    before = Net(SqlIncidents(engine, fold), whole)
    before.sky.firing[whole.arn] = (SERIES,)
    before.poll(0.5)
    _as_before(engine)
    net = Net(SqlIncidents(engine, fold), whole)
    net.sky.firing[whole.arn] = (SERIES,)
    found = net.poll(1)
    assert (len(found.state.rows), found.state.status) == (1, Status.OPEN)
    assert [one.arn for one in found.state.subjects] == [series_arn(whole.arn, SERIES.id)]
    assert net.incidents.places_of([one.arn for one in found.state.subjects]).keys() == {found.state.subjects[0].arn}
    ending(net, found)
    assert net.poll(2).state.status is Status.RESOLVED


def test_a_series_that_an_earlier_version_said_to_be_blind_is_not_said_again(engine: Engine) -> None:
    """Nor that it can judge again."""
    whole, gone = many("many"), Account(HUB, "hub", (REGION,))
    net = Net(SqlIncidents(engine, fold), whole)
    net.sky.firing[whole.arn] = (SERIES,)
    found = net.poll(1)
    said = links.blinded(found.state.subjects[0], gone, at(1), at(9), timedelta(hours=1))
    record(net.incidents, [(found.place, found.service, said)], net.routes.route, at(9))
    was = net.incidents.get(found.number, at(9))
    assert was.queued.blind == (series_arn(whole.arn, SERIES.id),)
    _as_before(engine)
    now = SqlIncidents(engine, fold).get(found.number, at(9))
    assert (now.queued, now.state) == (was.queued, was.state)
