"""What the doctor calls good, a warning and failed: tables of facts, without anybody being asked."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.logic.check_clock import clock_check, header_checks
from bot.logic.check_fleet import METRICS, NAMESPACES, label_checks, left_checks, sink_checks, telemetry_check
from bot.logic.check_routes import MOST_TOLD, file_checks, tag_checks
from bot.logic.check_slack import (
    Named,
    admin_check,
    channel_check,
    group_checks,
    groups_untold,
    person_check,
    scope_check,
)
from bot.logic.check_store import (
    LITTLE_BYTES,
    database_checks,
    last_poll_check,
    outbox_checks,
    parked_checks,
    process_checks,
)
from bot.model.account import Account
from bot.model.checkup import Check, ClockReading, Database, LinkFacts, Queue, Status
from bot.model.incident import Reason
from bot.model.place import ServiceRule
from bot.model.post import CardKey, OutboxRow, Outgoing
from bot.model.route import Match, Route, RouteBook, RouteRule
from bot.model.worker import Kind, Lease, Worker
from bot.setup.doctor import counts, in_order, text

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def bad(checks: Iterable[Check], *statuses: Status) -> dict[str, str]:
    """What is said by subject, of those statuses; every such line has a next step."""
    found = [c for c in checks if c.status in (statuses or ("bad", "warn"))]
    assert all(c.next_step for c in found)
    return {c.subject: c.said for c in found}


@pytest.mark.parametrize(
    ("ahead_s", "status", "side"),
    [
        (0, "good", ""),
        (30, "good", ""),
        (-30, "good", ""),
        (31, "warn", "ahead of"),
        (-240, "warn", "behind"),
        (241, "bad", "ahead of"),
        (-86_400, "bad", "behind"),
    ],
)
def test_a_clock_is_bad_before_slack_and_aws_refuse_it(ahead_s: int, status: Status, side: str) -> None:
    """They do at five minutes."""
    check = clock_check(ClockReading("Slack", NOW, NOW + ahead_s * SECOND))
    assert check.status == status
    assert side in check.said
    assert bool(check.next_step) == (status != "good")


@pytest.mark.parametrize(
    ("date", "status"),
    [
        ("Fri, 20 Nov 2026 09:00:00 GMT", "good"),
        ("Fri, 20 Nov 2026 08:59:00 -0000", "warn"),
        ("today", None),
        ("", None),
    ],
)
def test_a_clock_is_read_from_an_answers_header(date: str, status: Status | None) -> None:
    """An answer without a readable one says nothing of clocks."""
    assert [c.status for c in header_checks("AWS", date, NOW)] == ([status] if status else [])


def link(metric_filter: str = "", types: tuple[str, ...] = (METRICS, "AWS::Logs::LogGroup")) -> LinkFacts:
    """Production's."""
    return LinkFacts("ml-production (222222222222)", "us-west-2", types, metric_filter)


@pytest.mark.parametrize(
    ("facts", "status", "said"),
    [
        (link(), "good", "shared"),
        (link("Namespace NOT LIKE 'AWS/%'"), "good", "shared"),
        (link(types=("AWS::Logs::LogGroup",)), "bad", "shares no metrics"),
        (link("Namespace LIKE 'AWS/%'"), "bad", "hides all"),
        (link("Namespace = 'AWS/SageMaker'"), "bad", "hides all"),
        (link("Namespace = 'aws/sagemaker/Endpoints/model-metrics'"), "warn", "model quality, data quality, bias"),
        (link("Namespace LIKE 'aws/sagemaker/%'"), "warn", "hides metrics of data quality"),
        (link("Namespace LIKE 'aws/sagemaker/%' OR Namespace LIKE '/aws/sagemaker/%'"), "good", "shared"),
        (link("Namespace ~ 'x'"), "warn", "cannot be judged: Namespace ~ 'x'"),
        (link(f"Namespace ~ '{'x' * 1900}'"), "warn", f"'{'x' * 187}…"),
    ],
)
def test_a_link_is_judged_by_what_of_model_monitor_comes_through(facts: LinkFacts, status: Status, said: str) -> None:
    """Every namespace that AWS's pages name counts."""
    check = telemetry_check(facts)
    assert (check.status, said in check.said) == (status, True), check
    assert bool(check.next_step) == (status != "good")
    assert len(NAMESPACES) == 12


def test_sinks_labels_and_accounts_that_left() -> None:
    """A Region without a sink stops the fleet's being found, unless the settings name accounts."""
    sinks = {"eu-west-1": None, "us-west-2": 2, "us-east-1": 0}
    assert [c.status for c in sink_checks(sinks, named=False)] == ["bad", "good", "warn"]
    assert next(sink_checks(sinks, named=True)).status == "warn"
    fleet = [Account("222222222222", "Prod", ()), Account("333333333333", "prod", ()), Account("444444444444", "x", ())]
    assert bad(label_checks(fleet)) == {"Prod": "2 accounts bear this label: 222222222222, 333333333333"}
    assert bad(left_checks(fleet, fleet[:2])) == {"x (444444444444)": "was linked once and is no longer"}


@pytest.mark.parametrize(
    ("granted", "status"), [("b,a, c", "good"), ("a", "bad"), ("", "bad"), (None, "unknown"), ("ab", "bad")]
)
def test_scopes_that_lack_are_named(granted: str | None, status: Status) -> None:
    """More than is wanted is no trouble; what Slack does not say is not taken for good."""
    check = scope_check(granted, ("a", "b"))
    assert check.status == status
    assert status != "bad" or check.said.endswith(", ".join(s for s in "ab" if s not in str(granted).split(",")))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"is_member": True, "is_archived": True}, "archived"),
        ({"is_member": True, "is_ext_shared": True}, "another company"),
        ({"is_member": True, "is_pending_ext_shared": True}, "another company"),
        ({"is_member": False}, "no member"),
    ],
)
def test_a_channel_where_nothing_can_be_posted_fails(told: dict[str, Any], said: str) -> None:
    """And a good one does not."""
    good = {"name": "ml-alerts", "is_member": True}
    assert channel_check("ml-alerts", good, "sagewatch").status == "good"
    assert said in bad([channel_check("ml-alerts", {**good, **told}, "sagewatch")])["#ml-alerts"]


def test_groups_and_people_that_the_settings_name() -> None:
    """Groups by id or handle; a free plan has none; guests and those who left have no role."""
    named = [Named("admin", "@ml-platform"), Named("responder", "S1"), Named("auditor", "gone")]
    found = list(group_checks(named, {"ml-platform", "S1"}))
    assert bad(found) == {"auditor": "there is no user group gone: nobody is auditor by it"}
    free = groups_untold(named, "Slack says `plan_upgrade_required`.", "")
    assert "free plan" in free.said
    assert "roles.ROLE.users" in free.next_step
    assert "missing_scope" in groups_untold(named, "Slack says `missing_scope`.", "Add it.").said
    one = Named("admin", "U1")
    states = [None, {"deleted": True}, {"is_restricted": True}, {"is_bot": True}, {}]
    assert [person_check(one, user).status for user in states] == ["warn"] * 4 + ["good"]
    assert admin_check(1) is None
    assert admin_check(0) is not None


def test_a_slow_database_and_a_full_disk_are_warned_of() -> None:
    """Presses wait for a write."""
    good = Database("SQLite", "0002", 0.004, free_bytes=10**12)
    assert bad(database_checks(good)) == {}
    assert "900 ms" in bad(database_checks(replace(good, wrote_s=0.9)))["SQLite"]
    assert "199 MB" in bad(database_checks(replace(good, free_bytes=LITTLE_BYTES - 1)))["disk"]


QUEUE = Queue("ml-alerts", 3, 17, None, 0, "w1", NOW + 20 * SECOND)


@pytest.mark.parametrize(
    ("queue", "unheld", "status", "said"),
    [
        (QUEUE, False, "good", "3 messages wait to be shown"),
        (replace(QUEUE, owner="", held_until=None), False, "good", "3 messages wait"),
        (replace(QUEUE, owner="", held_until=None), True, "bad", "nobody posts"),
        (replace(QUEUE, held_until=NOW - SECOND), True, "bad", "nobody posts"),
        (replace(QUEUE, owner="w2"), False, "warn", "w2, which is gone, for another 20 s"),
        (replace(QUEUE, rows=1, tried_at=NOW - 6 * MINUTE, attempts=4), False, "warn", "tried 6 min ago, 4 times"),
        (replace(QUEUE, tried_at=NOW - 4 * MINUTE, attempts=4), False, "good", "wait to be shown"),
    ],
)
def test_what_waits_is_told_by_who_should_show_it(queue: Queue, unheld: bool, status: Status, said: str) -> None:
    """Waiting is no trouble; waiting for nobody is."""
    (check,) = outbox_checks([queue], frozenset({"ml-alerts"} if unheld else ()), frozenset({"w1"}), NOW)
    assert (check.subject, check.status) == ("#ml-alerts", status)
    assert said in check.said


def test_parked_messages_are_told_with_their_cause() -> None:
    """Those of one cause and channel in one line."""
    out = Outgoing("card", CardKey(1, 1), 1, Reason.FIRST, "ml-alerts")
    rows = [(OutboxRow(n, out, "parked"), "Slack says `invalid_blocks`.") for n in (1, 2)]
    assert bad(parked_checks(rows)) == {"#ml-alerts": "2 messages given up: Slack says `invalid_blocks`."}
    assert outbox_checks([], frozenset(), frozenset(), NOW)[0].status == "good"


def worker(kind: Kind, name: str = "", version: str = "1", ago: timedelta = SECOND) -> Worker:
    """A process, heard of so long ago."""
    return Worker(name or kind, kind, version, NOW - MINUTE, NOW - ago)


POLL = Lease("poll", "work", NOW + SECOND)


@pytest.mark.parametrize(
    ("workers", "lease", "told"),
    [
        ([worker("run", "work")], POLL, set()),
        ([worker("work"), worker("serve")], POLL, set()),
        ([], None, {"work", "serve"}),
        ([worker("serve")], None, {"work"}),
        ([worker("work")], POLL, {"serve"}),
        ([worker("run", ago=31 * SECOND)], POLL, {"work", "serve", "1 process"}),
        ([worker("run")], None, {"poll"}),
        ([worker("run")], replace(POLL, held_until=NOW), {"poll"}),
        ([worker("run")], POLL, {"poll"}),
        ([worker("work"), worker("serve", version="2")], POLL, {"versions"}),
        ([worker("work"), worker("serve"), worker("serve", "old", "0", MINUTE)], POLL, {"1 process"}),
    ],
)
def test_processes_are_told_by_what_nobody_does(workers: list[Worker], lease: Lease | None, told: set[str]) -> None:
    """Alive is who told so within half a minute; a version counts while it is alive."""
    assert set(bad(process_checks(workers, lease, NOW))) == told


@pytest.mark.parametrize(
    ("seen_at", "every_s", "status"),
    [
        (NOW - MINUTE, 60, "good"),
        (NOW - 4 * MINUTE, 60, "warn"),
        (NOW - 4 * MINUTE, 3600, "good"),
        (NOW + MINUTE, 60, "good"),
        (None, 60, "warn"),
    ],
)
def test_a_late_poll_is_warned_of_by_its_own_rhythm(seen_at: datetime | None, every_s: int, status: Status) -> None:
    """Two periods and a round."""
    assert last_poll_check(seen_at, NOW, timedelta(seconds=every_s)).status == status


CHECKS = (
    Check("AWS rights", "a", "good", "works"),
    Check("Slack", "scopes", "unknown", "Slack did not say", "Ask."),
    Check("AWS rights", "b", "good", "works"),
    Check("links", "evil\x1b[2J\nlabel", "warn", "doubles", "Rename."),
    Check("clock", "AWS", "bad", "is off", "Set it."),
)


def test_the_worst_comes_first_and_what_is_alike_is_one_line() -> None:
    """In the order in which it was found else."""
    checks = in_order(CHECKS)
    assert [c.status for c in checks] == ["bad", "warn", "unknown", "good"]
    assert checks[-1].subject == "a, b"
    assert counts(checks) == "1 failed, 1 warning, 1 untested, 1 good"
    assert counts(checks[3:]) == "Nothing failed, 1 good"


def test_the_terminal_gets_aligned_lines_with_next_steps_and_no_control_characters() -> None:
    """Labels belong to others."""
    assert text(in_order(CHECKS)) == (
        "failed    clock       AWS: is off\n"
        "                      -> Set it.\n"
        "warning   links       evil?[2J?label: doubles\n"
        "                      -> Rename.\n"
        "untested  Slack       scopes: Slack did not say\n"
        "                      -> Ask.\n"
        "good      AWS rights  a, b: works\n"
        "\n"
        "1 failed, 1 warning, 1 untested, 1 good\n"
    )


@pytest.mark.parametrize(
    ("source", "problem", "status", "said"),
    [
        ("", "", "good", "no routes file is set: everything goes to slack.channel"),
        ("routes.toml", "", "good", "1 route and 1 entry on services"),
        ("routes.toml", "routes.toml, line 7: zone: …", "bad", "routes.toml, line 7: zone: …"),
    ],
)
def test_a_routes_file_is_good_when_it_is_in_force_as_it_is(
    source: str, problem: str, status: Status, said: str
) -> None:
    """What stays in force meanwhile stands in the next step."""
    rules = (RouteRule(Match(teams=("x",)), Route("x")), RouteRule(Match(), Route("y")))
    (check,) = file_checks(RouteBook(rules, (ServiceRule("", "s"),), source, NOW, problem))
    assert (check.status, check.said) == (status, said)
    assert ("stays in force" in check.next_step) == (status == "bad")


def test_tags_that_contradict_the_settings_are_told_once_for_each_name() -> None:
    """Of many the first, and how many more."""
    rules = (ServiceRule("^prod-", "b"),)
    tags = {"sagewatch:service": "a"}
    resources = [(f"prod-{n}", tags) for n in range(MOST_TOLD + 3)] * 2
    told = bad(tag_checks([*resources, ("test-1", tags)], rules))
    assert told["prod-0"] == "the tag sagewatch:service says a, the settings say b: the tag holds"
    assert (len(told), told["3 more names"]) == (MOST_TOLD + 1, "their tags contradict the settings too")
