"""The doctor against the sandbox: in Slack by command, and as a process of its own beside the one that runs.

Each trouble is made real in AWS, in Slack or in the database, and taken back.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from sqlalchemy import Engine

from bot.__main__ import examine
from bot.app import aws_settings
from bot.aws.layer import AwsLayer
from bot.checking import apart
from bot.model.account import Scope
from bot.model.checkup import Check
from bot.model.person import Person
from bot.outside import World
from bot.ports import Ask
from bot.render.escape import EMPTY
from bot.settings import Fixed
from sandbox.demo import Demo
from sandbox.driver import Driver, text_of, until
from sandbox.troubles import LOGS, METRIC, channel, closed, linked, policy, scopes, without_sink_rights
from sandbox.world import fleet, people

Json = dict[str, Any]
TROUBLE = {"bad", "warn"}
AREAS = {"AWS rights", "links", "telemetry", "Slack", "channels", "roles", "clock", "database", "outbox", "processes"}
AREAS |= {"routes"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One world, workspace and running bot for all of these tests."""
    started = Demo(
        0,
        tmp_path_factory.mktemp("doctor"),
        history=timedelta(hours=3),
        monitors=("ModelQuality",),
        settings={"reports": ()},
    )
    started.start()
    yield started
    started.stop()


@pytest.fixture
def drive(demo: Demo) -> Driver:
    """Drives it; the bot has polled once."""
    driver = Driver(demo.url)
    until(lambda: driver.state()["ready"], "the bot connects")
    until(lambda: any("bank-marketing" in text_of(m) for m in driver.messages("maya")), "the first card")
    return driver


@dataclass(frozen=True, slots=True)
class Skewed(World):
    """A machine whose clock is off."""

    off: timedelta = timedelta()

    def wall(self) -> datetime:
        """Its time."""
        return datetime.now(UTC) + self.off


def outside(demo: Demo, off: timedelta = timedelta()) -> World:
    """The sandbox, for a process beside the bot."""
    keys = demo.world.bot_credentials()
    session = boto3.Session(keys["access_key_id"], keys["secret_access_key"], region_name=fleet.REGION)
    return Skewed(demo.clock, session, demo.aws.endpoint_url, f"{demo.url}/api/", off=off)


def look(demo: Demo, *, off: timedelta = timedelta(), missing: tuple[str, ...] = (), **said: Any) -> list[Check]:
    """What the doctor finds, beside the running bot.

    By HTTP, and without groups unless `said` names some: Slack takes those questions a few times a minute only.
    """
    base = demo.settings()
    said.setdefault("roles", {"admin": {"users": [people.PRIYA.id]}})
    slack = base.slack.model_copy(update={"transport": "http", **said.pop("slack", {})})
    settings = Fixed(**{**dict(base), "slack": slack, **said})
    world = outside(demo, off)
    return list(apart(settings, world, aws_settings(settings, world), missing))


def troubles(checks: list[Check]) -> dict[str, str]:
    """By area, what fails or is warned of, but for the pace of this machine's disk; each with a next step."""
    found = [c for c in checks if c.status in TROUBLE and "a write took" not in c.said]
    assert all(c.next_step for c in found)
    return {c.area: f"{c.subject}: {c.said}" for c in found}


def test_an_admin_gets_every_area_and_can_run_it_again(demo: Demo, drive: Driver) -> None:
    """Good throughout, but for what there is nothing to try on in the bot's own account."""
    told = drive.answer("priya", "/ml doctor")
    text = text_of(told)
    assert "Nothing failed, 1 untested," in text
    assert all(area in text for area in AREAS)
    assert "4 more rights to be tried on a finished run" in text
    (_, *rows) = next(block for block in told["blocks"] if block["type"] == "data_table")["rows"]
    steps = {(row[0]["text"], row[-1].get("text") == EMPTY) for row in rows}
    assert steps == {("untested", False), ("good", True)}
    assert "ml-production (222222222222) in us-west-2, ml-test" in text
    with scopes(demo, "groups:history"):
        drive.press("priya", told, "Run Again")
        until(
            lambda: any(
                "1 failed, 1 untested," in text_of(m) for m in drive.messages("priya") if m["ts"] == told["ts"]
            ),
            "the answer is replaced by what is true now",
        )


def test_it_can_be_asked_of_one_account(drive: Driver) -> None:
    """Then nothing of the others is told, and running it again asks the same."""
    told = drive.answer("priya", "/ml doctor account=ml-test")
    assert "ml-test (333333333333)" in text_of(told)
    assert "222222222222" not in text_of(told)
    values = [e.get("value") for b in told["blocks"] for e in b.get("elements", ())]
    assert any("doctor account=ml-test" in str(value) for value in values)


@pytest.mark.parametrize(
    ("who", "line", "said"),
    [
        ("maya", "/ml doctor", "role admin"),
        ("priya", "/ml doctor account=nowhere", "no account is called nowhere"),
        ("priya", "/ml doctor region=mars-1", "no account here has the Region mars-1"),
        ("priya", "/ml doctor thoroughly", "is not understood here"),
        ("priya", "/ml doctor depth=3", "there is no depth= here"),
    ],
)
def test_who_may_not_and_what_cannot_be_is_told(drive: Driver, who: str, line: str, said: str) -> None:
    """With the usage, where words were wrong."""
    text = text_of(drive.answer(who, line))
    assert said.lower() in text.lower()
    assert ("/ml doctor [account=…] [region=…]" in text) == (who == "priya")


def test_a_process_of_its_own_finds_the_same_beside_the_running_one(
    demo: Demo, drive: Driver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 0, the app token tried; the bot goes on."""
    app = demo.workspace.app
    monkeypatch.setenv("DATABASE_URL", demo.settings().database_url)
    monkeypatch.setenv("SLACK_BOT_TOKEN", app.bot_token)
    monkeypatch.setenv("SLACK_APP_TOKEN", app.app_token)
    monkeypatch.setenv("SAGEWATCH_ROLES", json.dumps({"admin": {"users": [people.PRIYA.id]}}))
    assert examine(outside(demo)) == 0
    printed = capsys.readouterr().out
    assert printed.endswith("good\n")
    assert "app token: Slack opens a socket for it" in printed
    assert "`run` of version" in printed
    assert app.bot_token not in printed
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-of-another")
    assert examine(outside(demo)) == 1
    failed = capsys.readouterr().out.splitlines()
    assert failed[0].startswith("failed    Slack")
    assert "SLACK_APP_TOKEN" in failed[1]
    assert drive.state()["bot"]["connected"]


MEMBERS = list(people.MEMBERS)
Breaking = Callable[[Demo], AbstractContextManager[None]]


@pytest.mark.parametrize(
    ("breaking", "area", "said"),
    [
        (lambda d: closed(d, fleet.PRODUCTION), "AWS rights", "cannot assume role sagewatch-read in ml-production"),
        (
            lambda d: policy(d, fleet.TEST, "sagemaker:DescribeProcessingJob"),
            "AWS rights",
            "role sagewatch-read in ml-test (333333333333) lacks sagemaker:DescribeProcessingJob",
        ),
        (lambda d: policy(d, fleet.TEST, "s3:GetObject"), "AWS rights", "lacks s3:GetObject"),
        (lambda d: policy(d, fleet.TEST, "oam:GetLink"), "telemetry", "lacks oam:GetLink"),
        (without_sink_rights, "links", "lacks oam:ListSinks"),
        (
            lambda d: linked(d, LOGS),
            "telemetry",
            "ml-production (222222222222) in us-west-2: the link shares no metrics",
        ),
        (lambda d: linked(d, METRIC, metric_filter="Namespace IN ('AWS/SageMaker')"), "telemetry", "hides all"),
        (lambda d: linked(d, METRIC, metric_filter="Namespace LIKE 'aws/%'"), "telemetry", "data quality"),
        (lambda d: scopes(d, "groups:history", "commands"), "Slack", "lacks commands, groups:history"),
        (lambda d: channel(d, members=MEMBERS), "channels", "#ml-alerts: the bot is no member"),
        (lambda d: channel(d, is_archived=True), "channels", "archived"),
        (lambda d: channel(d, is_ext_shared=True), "channels", "another company"),
    ],
)
@pytest.mark.usefixtures("drive")
def test_each_trouble_is_found_where_it_is(demo: Demo, breaking: Breaking, area: str, said: str) -> None:
    """And everybody else still answers."""
    with breaking(demo):
        checks = look(demo)
    found = troubles(checks)
    assert said in found[area]
    assert {c.area for c in checks} >= AREAS - {area}
    assert set(found) <= {area, "Slack"}, "one trouble is not told as several"
    assert troubles(look(demo)) == {}, "and it is gone when it is mended"


@pytest.mark.parametrize(
    ("said", "area", "told"),
    [
        ({"slack": {"bot_token": "xoxb-revoked"}}, "Slack", "invalid_auth"),
        ({"slack": {"channel": "no-such-channel"}}, "channels", "#no-such-channel"),
        ({"slack": {"channel": "C0GENERAL1"}}, "channels", "#general: the bot is no member"),
        ({"roles": {"admin": {"groups": ["@nobody"]}}}, "roles", "there is no user group @nobody"),
        ({"roles": {"admin": {"users": ["U0GONE"]}}}, "roles", "nobody with the id U0GONE"),
        ({"roles": {"admin": {"users": [people.LEILA.id]}}}, "roles", "a guest"),
        ({"roles": {}}, "roles", "admin: nobody is named"),
        ({"aws": {"regions": ["us-west-2", "eu-west-1"]}}, "links", "eu-west-1: there is no sink"),
        ({"aws": {"read_role": "nobody"}}, "AWS rights", "cannot assume role nobody"),
        ({"aws": {"own_label": "ml-test"}}, "links", "ml-test: 2 accounts bear this label"),
        ({"aws": {"accounts": [{"id": "444444444444", "label": "log-archive"}]}}, "AWS rights", "log-archive"),
        ({"database_url": "postgresql://sagewatch:secret@127.0.0.1:1/none"}, "database", "does not answer"),
        ({"missing": ("SLACK_SIGNING_SECRET",)}, "settings", "SLACK_SIGNING_SECRET: not set"),
        ({"off": timedelta(minutes=10)}, "clock", "10 min ahead of"),
        ({"off": timedelta(seconds=-60)}, "clock", "behind"),
    ],
)
@pytest.mark.usefixtures("drive")
def test_wrong_settings_are_found(demo: Demo, said: Mapping[str, Any], area: str, told: str) -> None:
    """By what comes of them; no secret is repeated."""
    checks = look(demo, **{name: dict(v) if isinstance(v, dict) else v for name, v in said.items()})
    assert told in "\n".join(f"{c.subject}: {c.said}" for c in checks if c.area == area and c.status in TROUBLE)
    assert all(c.next_step for c in checks if c.status != "good")
    assert {c.area for c in checks} >= AREAS - {area, "clock"}
    assert not any(secret in str(checks) for secret in ("secret@", "xoxb"))


def test_groups_that_may_not_be_read_are_told_by_the_roles_that_lack_them(demo: Demo) -> None:
    """Beside the scope that is missing."""
    roles_named = {"admin": {"groups": ["ml-platform"]}, "auditor": {"groups": ["ml-governance"]}}
    with scopes(demo, "usergroups:read"):
        found = troubles(look(demo, roles=roles_named))
    assert "admin, auditor: the user groups cannot be read" in found["roles"]
    assert "usergroups:read" in found["Slack"]


def test_a_dead_token_leaves_the_other_lines(demo: Demo) -> None:
    """What needs Slack is untested, not good."""
    checks = look(demo, slack={"bot_token": "xoxb-revoked"})
    told = {(c.area, c.subject): c.status for c in checks}
    assert told["Slack", "request URL"] == "unknown", "only Slack can say whether it reaches the bot"
    assert (told["Slack", "bot token"], told["channels", "all"], told["roles", "all"]) == ("bad", "unknown", "unknown")
    assert any(c.area == "AWS rights" and c.status == "good" for c in checks)
    assert any(c.area == "database" and c.status == "good" for c in checks)


def test_accounts_that_left_are_told(demo: Demo, drive: Driver) -> None:
    """From what the bot once saw; an account that answers for itself is not among them."""
    oam = demo.aws.client("oam", fleet.TEST, fleet.REGION)
    (link,) = oam.list_links()["Items"]
    oam.delete_link(Identifier=link["Arn"])
    found = troubles(look(demo))
    oam.create_link(LabelTemplate="$AccountName", ResourceTypes=link["ResourceTypes"], SinkIdentifier=link["SinkArn"])
    assert found == {"links": "ml-test (333333333333): was linked once and is no longer"}
    assert drive.state()["bot"]["connected"]


def test_an_account_that_hangs_does_not_hide_the_others(demo: Demo, drive: Driver) -> None:
    """Within the question's time the others' rights and links are tried."""
    demo.aws.fault("timeout", fleet.TEST, "sagemaker:ListMonitoringExecutions")
    world = outside(demo)
    assert world.session is not None
    layer = AwsLayer(world.session, aws_settings(demo.settings(), world))
    ask = Ask(Person("U1", "T1", "Ana"), demo.clock.now(), Scope(()), time.monotonic() + 6)
    ask = replace(ask, scope=Scope(layer.directory(ask).accounts().items))
    checks = layer.health(ask).checks(())
    layer.close()
    assert [(c.subject, c.status) for c in checks if "did not answer" in c.said] == [
        ("ml-test (333333333333) in us-west-2", "bad")
    ]
    assert sum(c.status == "good" and "ml-production" in c.subject for c in checks) == 3
    assert drive.state()["bot"]["connected"]


@pytest.mark.parametrize("regions", [["eu-west-1"], ["eu-west-1", "us-west-2"]])
def test_what_the_bots_own_role_could_not_try_is_not_called_good(demo: Demo, regions: list[str]) -> None:
    """Without a sink there are no links to list and no accounts whose role could be assumed."""
    (own,) = [c for c in look(demo, aws={"regions": regions}) if "own role has" in c.said]
    assert own.status == ("good" if "us-west-2" in regions else "unknown")
    assert own.status == "good" or "untried: oam:ListAttachedLinks and sts:AssumeRole" in own.said


def test_a_database_that_nobody_works_on_is_told(demo: Demo, engine: Engine) -> None:
    """Nobody polls, posts or answers; nothing was ever listed. A server's clock is looked at too."""
    checks = look(demo, database_url=engine.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    told = {c.subject: c.status for c in checks if c.area == "processes"}
    assert told == {"work": "bad", "serve": "bad", "last poll": "warn"}
    (clock,) = [c.subject for c in checks if c.area == "clock"]
    assert ("PostgreSQL" in clock) == (engine.dialect.name == "postgresql")


def test_a_file_that_is_not_there_is_not_made_and_one_that_is_none_is_told(demo: Demo, tmp_path: Path) -> None:
    """The rest is looked at all the same."""
    absent = tmp_path / "absent.db"
    assert "no database file absent.db" in troubles(look(demo, database_url=f"sqlite:///{absent}"))["database"]
    assert not absent.exists()
    absent.write_bytes(b"no database at all, but some bytes" * 100)
    checks = look(demo, database_url=f"sqlite:///{absent}")
    assert "damaged" in troubles(checks)["database"]
    assert {c.status for c in checks if c.area in {"outbox", "processes"}} == {"unknown"}


def test_a_mistaken_routes_file_is_named_with_its_line_and_a_lost_channel_by_its_name(
    demo: Demo, drive: Driver, tmp_path: Path
) -> None:
    """The other areas have their lines all the same."""
    file = tmp_path / "routes.toml"
    file.write_text("[[route]]\nchannel = 'ml-alerts'\nzone = 'Mars'\n")
    found = look(demo, routes_file=str(file))
    assert "line 3: zone: there is no time zone Mars" in troubles(found)["routes"]
    assert {check.area for check in found} >= AREAS - {"roles"}
    file.write_text("[[route]]\nteam = 'x'\nchannel = 'nowhere'\n")
    found = look(demo, routes_file=str(file))
    assert troubles(found)["channels"] == "#nowhere: the bot is no member, or there is no such channel"
