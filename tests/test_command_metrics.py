"""`/ml metrics` over a measured fleet: a service, one metric over accounts, what is wrong, what is empty."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.errors import AccessDenied, BadRequest
from bot.model.account import Account, Scope
from bot.model.fleet import Endpoint, Variant
from bot.model.metric import Limit, Metric, Query
from bot.model.monitor import Schedule
from bot.model.observation import Row
from bot.model.person import Person
from bot.model.place import Family, Service
from bot.model.reply import Actions, Bold, Chart, Link, Menu, Note, Number, Paragraph, Press, Reply, Table
from bot.ports import Ask, Sweep
from bot.render import message
from commands.metrics import metrics
from sandbox.fakes import at
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_metrics import FakeBaselines, FakeMetrics, Measured, Point
from sandbox.slack.check_surface import problems_of

REGION = "us-west-2"
PROD = Account("111122223333", "ml-production", (REGION,))
TEST = Account("444455556666", "ml-test", (REGION,))
HOUR = timedelta(hours=1)
NOW = at(48 * 60)
DAY = timedelta(days=1)


def hourly(*values: float) -> tuple[Point, ...]:
    """One point an hour, the last one an hour ago."""
    return tuple(((NOW - HOUR * (len(values) - i)).timestamp(), value) for i, value in enumerate(values))


def quality(name: str, account: Account = PROD, stamp: str = "1000", service: str = "bank") -> Query:
    """A metric of a model-quality monitor."""
    dimensions = (
        ("Endpoint", f"{service}-2026-11-01-{stamp}"),
        ("MonitoringSchedule", f"{service}-quality-2026-11-01-{stamp}"),
    )
    return Query(Metric(account.id, REGION, "aws/sagemaker/Endpoints/model-metrics", name, dimensions), "Average")


def infra(name: str, stat: str, namespace: str, account: Account = PROD, stamp: str = "1000") -> Query:
    """A metric of an endpoint."""
    dimensions = (("EndpointName", f"bank-2026-11-01-{stamp}"), ("VariantName", "AllTraffic"))
    return Query(Metric(account.id, REGION, namespace, name, dimensions), stat)


def schedule(account: Account = PROD, stamp: str = "1000", service: str = "bank") -> Schedule:
    """The monitor of those metrics."""
    name = f"{service}-quality-2026-11-01-{stamp}"
    arn = f"arn:aws:sagemaker:{REGION}:{account.id}:monitoring-schedule/{name}"
    endpoint = f"{service}-2026-11-01-{stamp}"
    return Schedule(arn, name, account.id, REGION, Family.MODEL_QUALITY, endpoint, HOUR, Service(service))


def endpoint(account: Account = PROD, stamp: str = "1000") -> Endpoint:
    """What is watched."""
    name = f"bank-2026-11-01-{stamp}"
    arn = f"arn:aws:sagemaker:{REGION}:{account.id}:endpoint/{name}"
    variants = (Variant("AllTraffic", "ml.m4.xlarge", 1),)
    return Endpoint(arn, name, account.id, REGION, "InService", at(0), at(0), "c", variants, None, Service("bank"))


@dataclass
class Office:
    """Somebody who asks."""

    measured: Measured = field(default_factory=Measured)
    inventory: FakeInventory = field(default_factory=FakeInventory)
    tz: str = "UTC"

    def knows(self, schedules: Sequence[Schedule], endpoints: Sequence[Endpoint] = ()) -> None:
        """The inventory holds these."""
        for account in (PROD, TEST):
            mine = tuple(s for s in schedules if s.account_id == account.id)
            served = tuple(e for e in endpoints if e.account_id == account.id)
            self.inventory.keep_schedules([Sweep(account.id, REGION, mine)], NOW)
            self.inventory.keep_endpoints([Sweep(account.id, REGION, served)], NOW)
        for one in schedules:
            self.inventory.name_service(one)

    def ask(self, about: str = "", since: timedelta = DAY, *, whole: bool = False) -> Reply:
        """The answer, which Slack takes."""
        ask = Ask(Person("U1", "T1", "Ana", self.tz), NOW, Scope((PROD, TEST)), time.monotonic() + 9, whole=whole)
        ports = (FakeMetrics(self.measured, ask), FakeBaselines(self.measured, ask))
        reply = metrics(*ports, self.inventory, ask, service=about, since=since)
        assert whole or problems_of(message(reply).blocks, "message") == []
        return reply


def limit(row: str, value: float, of: Schedule, check: str = "LessThanThreshold") -> Limit:
    """Of a baseline."""
    return Limit(of.monitor, Row(row, check), value)


@pytest.fixture
def office() -> Office:
    """Bank in production fell, in test it is well; two endpoints with load."""
    made = Office()
    prod, test = schedule(), schedule(TEST)
    made.knows([prod, test], [endpoint(), endpoint(TEST)])
    made.measured.points = {
        quality("accuracy"): hourly(*[0.92] * 20, *[0.33] * 4),
        quality("auc"): hourly(*[0.93] * 24),
        quality("accuracy", TEST): hourly(*[0.91] * 24),
        infra("Invocations", "Sum", "AWS/SageMaker"): hourly(*[468.0] * 24),
        infra("ModelLatency", "p90", "AWS/SageMaker"): hourly(*[12_300.0] * 24),
        infra("CPUUtilization", "Average", "/aws/sagemaker/Endpoints"): hourly(*[120.0] * 24),
        infra("DiskUtilization", "Maximum", "/aws/sagemaker/Endpoints"): hourly(*[79.0] * 24),
    }
    made.measured.limits = tuple(limit(row, 0.88, one) for one in (prod, test) for row in ("accuracy", "auc"))
    return made


def shown(reply: Reply) -> dict[str, list[str]]:
    """The table's columns by title."""
    table = next(p for p in reply.parts if isinstance(p, Table))
    cells = [[c.text if isinstance(c, Number) else str(c) for c in row] for row in table.rows]
    return {column.title: [row[i] for row in cells] for i, column in enumerate(table.columns)}


def charts(reply: Reply) -> list[Chart]:
    """In order."""
    return [p for p in reply.parts if isinstance(p, Chart)]


def said(reply: Reply) -> str:
    """Every paragraph and note."""
    parts = (p for p in reply.parts if isinstance(p, Paragraph | Note))
    return "\n".join("".join(str(i) if isinstance(i, str) else "" for i in p.text) for p in parts)


def test_a_service_tells_its_worst_first_with_limit_and_course(office: Office) -> None:
    """In words, as a chart with the limit, in a table; units are people's."""
    reply = office.ask("bank")
    assert reply.text[0] == "bank: 2 of 4 metrics beyond the limit"
    assert "accuracy in ml-production 0.3300, below 0.8800 for 4 h" in said(reply)
    first = charts(reply)[0]
    assert [(line.role, line.values[-1]) for line in first.lines if line.role == "limit"] == [("limit", 0.88)]
    columns = shown(reply)
    assert columns["Metric"][:2] == ["accuracy", "disk"]
    assert columns["Now"][columns["Metric"].index("model latency p90")] == "12.3 ms"
    assert columns["Now"][columns["Metric"].index("CPU")] == "30 %"
    assert "Above 75 % of its disk" in said(reply)


def test_one_metric_over_the_fleet_is_told_by_account(office: Office) -> None:
    """The worst account first; production and test are lines of one chart, with the limit that both have."""
    reply = office.ask("accuracy")
    assert reply.text[0] == "accuracy: 1 of 2 metrics beyond the limit"
    (chart,) = charts(reply)
    assert [(line.name, line.role) for line in chart.lines] == [
        ("ml-production", "seen"),
        ("ml-test", "seen"),
        ("limit at least", "limit"),
    ]
    assert shown(reply)["Account"] == ["ml-production", "ml-test"]
    assert office.measured.discovered[-1][1] == ("accuracy",)


def test_without_a_word_the_fleet_tells_its_headline(office: Office) -> None:
    """What classifiers and regressions are asked for first."""
    assert shown(office.ask())["Account"] == ["ml-production", "ml-test"]
    assert office.measured.discovered[-1][1] == ("accuracy", "rmse")


def test_a_service_goes_on_over_its_redeployment(office: Office) -> None:
    """The old endpoint's points and the new one's are one line; what was never seen by its tag is found by its stem."""
    new = quality("accuracy", stamp="2000")
    office.measured.points[quality("accuracy")] = hourly(*[0.92] * 24)[:12]
    office.measured.points[new] = hourly(*[0.95] * 24)[12:]
    office.knows([schedule(stamp="2000"), schedule(TEST)], [endpoint(stamp="2000")])
    reply = office.ask("bank accuracy", DAY)
    production = next(line for line in charts(reply)[0].lines if "production" in line.name)
    assert (production.values[0], production.values[-1]) == (0.92, 0.95)
    assert len(shown(reply)["Account"]) == 2


def test_a_silent_account_is_named_and_hides_nobody(office: Office) -> None:
    """The others answer."""
    office.measured.refused[TEST.id, REGION] = AccessDenied("role R lacks cloudwatch:GetMetricData", "Grant it.")
    reply = office.ask("accuracy")
    assert reply.text[0].endswith("; 1 account did not answer")
    assert reply.footer[1][0] == Bold("ml-test did not answer")
    assert len(charts(reply)) == 1


@pytest.mark.parametrize(
    ("typed", "cause"),
    [
        ("bnak", "no service, endpoint or metric is called bnak; did you mean bank?"),
        ("acuracy", "no service, endpoint or metric is called acuracy; did you mean accuracy?"),
        ("bank acuracy", "bank has no metric acuracy; did you mean accuracy?"),
        ("bank 7d", "bank has no metric 7d"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(office: Office, typed: str, cause: str) -> None:
    """And with what there is."""
    with pytest.raises(BadRequest) as told:
        office.ask(typed)
    assert told.value.cause == cause
    assert "accuracy" in told.value.next_step or "bank" in told.value.next_step


def test_an_empty_window_says_when_the_last_point_was_and_whether_the_monitor_runs(office: Office) -> None:
    """Longer windows are offered."""
    yesterday = (((NOW - DAY).timestamp(), 0.9),)
    worst = replace(quality("accuracy"), stat="Minimum")  # of a window with more than one run in a period
    office.measured.points = {quality("accuracy"): yesterday, worst: yesterday}
    office.knows([replace(schedule(), status="Stopped")])
    reply = office.ask("bank accuracy", timedelta(hours=3))
    assert reply.text[0] == "No point of bank accuracy in the last 3 h"
    assert "The last one was " in said(reply)
    assert "it is stopped" in said(reply)
    (actions,) = (p for p in reply.parts if isinstance(p, Actions))
    assert [p.line for p in actions.items if isinstance(p, Press)] == [
        "metrics bank accuracy since=7d",
        "metrics bank accuracy since=30d",
    ]


def test_accounts_that_do_not_answer_are_not_called_empty(office: Office) -> None:
    """Nobody knows whether there is a point."""
    no = AccessDenied("no right", "Grant it.")
    office.measured.unread = {(account.id, REGION): no for account in (PROD, TEST)}
    reply = office.ask("bank accuracy")
    assert reply.text[0] == "bank accuracy: nobody could say; 2 accounts did not answer"
    assert "none in the last" not in said(reply)


def test_a_service_that_never_published_says_what_makes_metrics(office: Office) -> None:
    """It is no slip: the service is known."""
    office.measured.points.clear()
    assert "published no metrics in the last two weeks" in said(office.ask("bank"))


def test_a_file_holds_every_point(office: Office) -> None:
    """Not twenty of them."""
    (table,) = (p for p in office.ask("bank accuracy", whole=True).parts if isinstance(p, Table))
    assert len(table.rows) == 48
    assert [c.title for c in table.columns][-3:] == ["Value", "Unit", "Limit"]


def test_buttons_ask_again_for_other_times_and_metrics(office: Office) -> None:
    """As they were asked, narrowing too."""
    reply = office.ask("bank")
    (actions,) = (p for p in reply.parts if isinstance(p, Actions))
    assert [p.line for p in actions.items if isinstance(p, Press)][:2] == [
        "metrics bank since=3h",
        "metrics bank since=24h",
    ]
    (menu,) = (p for p in actions.items if isinstance(p, Menu))
    assert [p.line for p in menu.items][1] == "metrics bank drift since=86400s"
    links = [i for p in reply.parts if isinstance(p, Note) for i in p.text if isinstance(i, Link)]
    assert [link.text for link in links] == ["Open in CloudWatch"]


def test_charts_are_labelled_in_the_readers_zone(office: Office) -> None:
    """And say which."""
    office.tz = "Europe/London"
    assert charts(office.ask("accuracy"))[0].x_label == "Europe/London"


def test_a_metric_beyond_and_one_of_an_unknown_instance_say_so(office: Office) -> None:
    """CPU of an instance that nobody knows stays as CloudWatch counts it."""
    office.knows([schedule(), schedule(TEST)])
    assert "100 % is one vCPU" in said(office.ask("bank cpu"))
