"""The chart in a new card's thread: once, of the rows that are bad, as soon as CloudWatch tells of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.alerts.charting import Charting
from bot.alerts.charts import FRESH, MOST_AT_ONCE, CardCharts
from bot.errors import AccessDenied, Throttled
from bot.incidents import record
from bot.logic.arns import alarm_arn
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.alarm import Alarm, Judged, Watched
from bot.model.metric import Limit, Metric, Query
from bot.model.monitor import Schedule
from bot.model.observation import Finding, Observation, Reading, Row, Subject, Verdict
from bot.model.place import Family, Place, Service
from bot.model.post import CardKey
from bot.model.reply import Actions, Chart, Paragraph, Press, Reply
from bot.ports import Alarms, Ask, Baselines, Metrics, Sweep
from sandbox.fakes import HOUR, PLACE, FakeIncidents, FakeRoutes, at, down, run
from sandbox.fakes_alarm import alarm
from sandbox.fakes_fleet import FakeInventory, StillClock
from sandbox.fakes_inbox import FakeAlarms, Sky
from sandbox.fakes_metrics import FakeBaselines, FakeMetrics, Measured
from sandbox.fakes_notices import FakeNotices

ACCOUNT = Account(PLACE.account_id, "ml-production", (PLACE.region,))
NOW = at(1)


def query(name: str, service: str = PLACE.service) -> Query:
    """A metric of the service's monitor."""
    dimensions = (("Endpoint", service), ("MonitoringSchedule", f"{service}-quality"))
    namespace = "aws/sagemaker/Endpoints/model-metrics"
    return Query(Metric(PLACE.account_id, PLACE.region, namespace, name, dimensions), "Average")


def schedule(service: str = PLACE.service) -> Schedule:
    """The monitor."""
    arn = f"arn:aws:sagemaker:{PLACE.region}:{PLACE.account_id}:monitoring-schedule/{service}-quality"
    family = Family.MODEL_QUALITY
    name = f"{service}-quality"
    return Schedule(arn, name, PLACE.account_id, PLACE.region, family, service, HOUR, Service(service))


class Desk:
    """One service whose accuracy fell."""

    def __init__(self, *services: str) -> None:
        self.incidents, self.notices, self.inventory = FakeIncidents(fold), FakeNotices(), FakeInventory()
        self.measured, self.sky = Measured(), Sky()
        self.inventory.remember([ACCOUNT], NOW)
        each = services or (PLACE.service,)
        self.inventory.keep_schedules([Sweep(ACCOUNT.id, PLACE.region, tuple(map(schedule, each)))], NOW)
        for service in each:
            self.inventory.name_service(schedule(service))
            place = Place(PLACE.account_id, PLACE.region, service, Family.MODEL_QUALITY)
            bad = run(0, {"accuracy": 0.5}, by=service)
            record(self.incidents, [(place, Service(service), bad)], FakeRoutes().route, at(0))
        self.charts = self.process()

    def process(self) -> CardCharts:
        """Another one that begins now."""
        return CardCharts(self.bind, self.incidents, self.inventory, FakeRoutes(), self.notices, lambda: False)

    def bind(self, ask: Ask) -> Mapping[type, object]:
        """Ports for one question."""
        alarms = FakeAlarms(self.sky, ask)
        return {Metrics: FakeMetrics(self.measured, ask), Baselines: FakeBaselines(self.measured, ask), Alarms: alarms}

    def publish(self, *services: str) -> None:
        """CloudWatch has the metrics."""
        for service in services or (PLACE.service,):
            for name, last in (("accuracy", 0.5), ("auc", 0.9)):
                times = [(at(-i).timestamp(), 0.92) for i in range(6, 0, -1)]
                self.measured.points[query(name, service)] = (*times, (at(0).timestamp(), last))
            self.measured.limits += (Limit(schedule(service).monitor, Row("accuracy", "LessThanThreshold"), 0.88),)

    def said(self) -> dict[str, Reply]:
        """By key."""
        return {key: reply for key, (_, reply) in self.notices.said.items()}


def parts(reply: Reply, kind: type) -> list[object]:
    """Those of a kind."""
    return [part for part in reply.parts if isinstance(part, kind)]


def test_a_new_card_gets_a_chart_of_what_is_bad_with_its_limit_in_its_thread() -> None:
    """Once, whoever polls; a button asks for the rest, privately."""
    desk = Desk()
    desk.publish()
    assert desk.charts.say(NOW)
    ((key, reply),) = desk.said().items()
    assert key == "chart:1:1"
    (row,) = desk.notices.rows("ml-alerts")
    assert row.card == CardKey(1, 1)
    (chart,) = parts(reply, Chart)
    assert isinstance(chart, Chart)
    assert [(line.role, line.values[-1]) for line in chart.lines] == [("seen", 0.5), ("limit", 0.88)]
    (told,) = parts(reply, Paragraph)
    assert isinstance(told, Paragraph)
    assert "below 0.8800" in str(told.text)
    (actions,) = parts(reply, Actions)
    assert isinstance(actions, Actions)
    (press,) = actions.items
    assert isinstance(press, Press)
    assert (press.does, press.line) == ("act", f"metrics {PLACE.service} account={ACCOUNT.id}")
    assert not desk.charts.say(NOW)
    assert not desk.process().say(NOW)


def test_metrics_that_are_not_there_yet_are_waited_for() -> None:
    """CloudWatch may be a minute late; an account may refuse."""
    desk = Desk()
    assert not desk.charts.say(NOW)
    desk.publish()
    desk.measured.refused[PLACE.account_id, PLACE.region] = AccessDenied("no", "")
    assert not desk.charts.say(NOW)
    desk.measured.refused.clear()
    assert desk.charts.say(NOW)


def test_what_began_long_ago_or_is_good_again_gets_none() -> None:
    """Nobody waits for it."""
    desk = Desk()
    desk.publish()
    assert not desk.charts.say(at(0) + FRESH + timedelta(minutes=1))
    place = Place(PLACE.account_id, PLACE.region, PLACE.service, Family.MODEL_QUALITY)
    record(
        desk.incidents,
        [(place, Service(PLACE.service), run(1, good={"accuracy": 0.95}, by=PLACE.service))],
        FakeRoutes().route,
        at(1),
    )
    assert not desk.charts.say(NOW)
    assert desk.measured.asked == []


def test_a_flood_of_cards_gets_its_charts_over_several_polls() -> None:
    """A poll is not held up by them."""
    services = [f"bank-{i}" for i in range(MOST_AT_ONCE + 2)]
    desk = Desk(*services)
    desk.publish(*services)
    assert desk.charts.say(NOW)
    assert len(desk.said()) == MOST_AT_ONCE
    assert desk.charts.say(NOW)
    assert len(desk.said()) == len(services)


def fires(desk: Desk, **changed: object) -> Alarm:
    """An alarm on an endpoint's latency, of an incident of its own."""
    latency = Metric(ACCOUNT.id, PLACE.region, "AWS/SageMaker", "ModelLatency", (("EndpointName", "bank-1"),))
    said = {"account_id": ACCOUNT.id, "region": PLACE.region, "arn": alarm_arn(PLACE.region, ACCOUNT.id, "slow")}
    watches = (Watched(Query(latency, "p90"), 300),)
    given = {"watched": watches, "comparison": "GreaterThanThreshold", "threshold": 20_000.0, **said, **changed}
    made = alarm("slow", **given)
    desk.inventory.keep_alarms([Sweep(ACCOUNT.id, PLACE.region, (made,))], NOW)
    place = Place(ACCOUNT.id, PLACE.region, "bank-1", Family.OPERATIONS)
    bad = Finding(Row("alarm: slow", made.comparison), Verdict.BAD, Reading(31.0, 20.0))
    told = Observation("alarm:1", Subject(made.arn, "slow", "bank-1"), at(0.5), (bad,), complete=True)
    record(desk.incidents, [(place, Service("bank-1"), told)], FakeRoutes().route, at(0.5))
    desk.measured.points[watches[0].query] = tuple((at(i / 12).timestamp(), 9_000.0 + 2_000 * i) for i in range(12))
    return made


def of_alarm(desk: Desk) -> Reply:
    """What the second incident's thread hears."""
    desk.charts.say(NOW)
    return desk.said()["chart:2:1"]


def test_an_alarm_s_card_gets_its_metric_with_its_limit() -> None:
    """By the alarm's own statistic and period, in the unit that people read."""
    desk = Desk()
    fires(desk)
    reply = of_alarm(desk)
    assert reply.text == ("ModelLatency (p90) was 31 ms, at most 20 ms is wanted",)
    (chart,) = parts(reply, Chart)
    assert isinstance(chart, Chart)
    assert [(line.role, line.values[-1]) for line in chart.lines] == [("seen", 31.0), ("limit", 20.0)]
    (actions,) = parts(reply, Actions)
    assert isinstance(actions, Actions)
    assert [item.line for item in actions.items if isinstance(item, Press)] == ["alarms bank-1"]


def test_an_expression_is_drawn_with_its_limit_as_its_own_account_computes_it() -> None:
    """It is of no unit, whatever its parts are."""
    desk = Desk()
    made = fires(desk, kind="math", expression="m1 / m2", threshold=0.2)
    times = tuple((at(0) + timedelta(minutes=5 * n)).timestamp() for n in range(12))
    desk.sky.judged[made.arn] = Judged(300, times, (0.1,) * 11 + (0.4,))
    reply = of_alarm(desk)
    assert reply.text == ("m1 / m2 was 0.4000, at most 0.2000 is wanted",)
    (chart,) = parts(reply, Chart)
    assert isinstance(chart, Chart)
    assert [(line.role, line.values[-1]) for line in chart.lines] == [("seen", 0.4), ("limit", 0.2)]


@pytest.mark.parametrize("refused", [False, True])
def test_an_expression_s_limit_is_not_drawn_beside_a_part_of_it(refused: bool) -> None:
    """Where it cannot be had the metric is drawn, and what the alarm judges is said."""
    desk = Desk()
    if refused:
        desk.sky.refused[ACCOUNT.id, PLACE.region] = AccessDenied("no", "")
    fires(desk, kind="math", expression="m1 / m2")
    reply = of_alarm(desk)
    (chart,) = parts(reply, Chart)
    assert isinstance(chart, Chart)
    assert [line.role for line in chart.lines] == ["seen"]
    assert "The alarm judges m1 / m2, of which this is a part." in str(reply.parts)


def test_an_expression_whose_account_may_answer_later_is_waited_for() -> None:
    """A part of it would be all that its thread ever had."""
    desk = Desk()
    made = fires(desk, kind="math", expression="m1 / m2")
    desk.sky.refused[ACCOUNT.id, PLACE.region] = Throttled("too many", "")
    assert not desk.charts.say(NOW)
    desk.sky.refused.clear()
    desk.sky.judged[made.arn] = Judged(300, (at(0).timestamp(), at(0.5).timestamp()), (0.1, 0.4))
    assert desk.charts.say(NOW)


def test_an_alarm_without_a_metric_of_its_own_has_no_chart() -> None:
    """A composite one; one whose metric has no point; one that nobody listed yet."""
    for changed in ({"kind": "composite", "watched": ()}, {"watched": ()}):
        desk = Desk()
        fires(desk, **changed)
        assert not desk.charts.say(NOW)
    desk = Desk()
    desk.measured.points.pop(fires(desk).watched[0].query)
    assert not desk.charts.say(NOW)


def test_what_cannot_be_drawn_yet_keeps_no_other_card_waiting() -> None:
    """The others are tried before it is tried again."""
    services = [f"bank-{i}" for i in range(MOST_AT_ONCE + 1)]
    desk = Desk(*services)
    desk.publish(services[0])
    for _ in range(2):
        desk.charts.say(NOW)
    assert len(desk.said()) == 1


def test_an_alarm_that_fires_is_drawn_although_a_worse_one_has_no_points() -> None:
    """Its metric may be there a minute later; a chart of what fires is none of what does not."""
    desk = Desk()
    slow = fires(desk)
    errors = Metric(ACCOUNT.id, PLACE.region, "AWS/SageMaker", "Invocation5XXErrors", (("EndpointName", "bank-1"),))
    arn = alarm_arn(PLACE.region, ACCOUNT.id, "errors")
    worse = replace(slow, arn=arn, name="errors", watched=(Watched(Query(errors, "Sum"), 300),))
    desk.inventory.keep_alarms([Sweep(ACCOUNT.id, PLACE.region, (slow, worse))], NOW)
    bad = Finding(Row("alarm: errors", worse.comparison), Verdict.BAD, Reading(900.0, 20.0))
    told = Observation("alarm:2", Subject(arn, "errors", "bank-1"), at(0.6), (bad,), complete=True)
    place = Place(ACCOUNT.id, PLACE.region, "bank-1", Family.OPERATIONS)
    record(desk.incidents, [(place, Service("bank-1"), told)], FakeRoutes().route, at(0.6))
    assert of_alarm(desk).text == ("ModelLatency (p90) was 31 ms, at most 20 ms is wanted",)


def test_a_chart_is_drawn_at_once_where_an_event_began_the_card_and_no_more_than_a_few_a_minute() -> None:
    """The poll has the others; whoever shows it is woken."""
    services = [f"bank-{i}" for i in range(2 * MOST_AT_ONCE)]
    desk = Desk(*services)
    desk.publish(*services)
    woken: list[int] = []
    charting = Charting(desk.charts, StillClock(NOW), lambda: woken.append(len(desk.said())))
    charting.turn()
    charting.turn()
    assert woken == [MOST_AT_ONCE]
    assert desk.charts.say(NOW)
    assert len(desk.said()) == 2 * MOST_AT_ONCE


class Shaky(FakeNotices):
    """A store that is down when it is asked first."""

    asked = False

    def known(self, keys: Iterable[str]) -> frozenset[str]:
        """Raises once."""
        if not self.asked:
            self.asked = True
            down()
        return super().known(keys)


def test_a_store_that_is_down_ends_no_drawing() -> None:
    """The next look tries again."""
    desk = Desk()
    desk.publish()
    desk.notices = Shaky()
    charting = Charting(desk.process(), StillClock(NOW), lambda: None)
    charting.turn()
    assert desk.said() == {}
    charting.turn()
    assert len(desk.said()) == 1
