"""The installation as the doctor looks at it, by a Slack that answers what a test says."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from bot.logic.check_slack import Named
from bot.model.checkup import Check
from bot.model.route import Route
from bot.slack.installation import MOST_PEOPLE, SlackInstallation, Wanted
from bot.slack.web import client

Json = dict[str, Any]
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
ME: Json = {"ok": True, "user": "sagewatch", "team": "Northbank", "user_id": "U0", "team_id": "T0"}
CHANNEL: Json = {"id": "C0ALERTS", "name": "ml-alerts", "is_member": True}
GOOD: Mapping[str, Json] = {
    "auth.test": ME,
    "users.conversations": {"ok": True, "channels": [CHANNEL]},
    "conversations.info": {"ok": True, "channel": CHANNEL},
    "usergroups.list": {"ok": True, "usergroups": [{"id": "S0PLATFORM", "handle": "ml-platform"}]},
    "users.info": {"ok": True, "user": {"id": "U0PRIYA"}},
    "apps.connections.open": {"ok": True, "url": "wss://127.0.0.1/never-used"},
}
WANTED = Wanted(
    ("chat:write", "commands"), "ml-alerts", (Named("admin", "ml-platform"),), (Named("admin", "U0PRIYA"),), "xapp-1"
)


@dataclass(slots=True)
class Slack:
    """Answers by method; what has none is cut off. `asked` are the methods in order."""

    url: str = ""
    answers: dict[str, Json] = field(default_factory=lambda: dict(GOOD))
    headers: dict[str, str] = field(default_factory=lambda: {"X-OAuth-Scopes": "chat:write,commands"})
    asked: list[str] = field(default_factory=list)

    def look(
        self, wanted: Wanted = WANTED, channels: tuple[str, ...] = (), routes: tuple[Route, ...] = ()
    ) -> tuple[Check, ...]:
        """What the doctor finds at the moment that the tests are set in."""
        return SlackInstallation(client("xoxb-1", self.url), wanted, lambda: NOW).checks(channels, routes)


@pytest.fixture
def slack() -> Iterator[Slack]:
    """Serves on loopback."""
    answering = Slack()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            method = self.path.rsplit("/", 1)[-1]
            answering.asked.append(method)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            said = answering.answers.get(method)
            if said is None:
                self.close_connection = True
                return
            body = json.dumps(said).encode()
            self.send_response_only(429 if said.get("error") == "ratelimited" else 200)
            for name, value in {"Date": format_datetime(NOW, usegmt=True), **answering.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    answering.url = f"http://127.0.0.1:{server.server_port}/api/"
    yield answering
    server.shutdown()
    thread.join()
    server.server_close()


def by(checks: tuple[Check, ...], status: str) -> dict[str, str]:
    """What is said by area and subject, of that status."""
    return {f"{c.area} {c.subject}": c.said for c in checks if c.status == status}


def test_a_good_installation_is_good_throughout(slack: Slack) -> None:
    """Each method is asked once, the token first."""
    checks = slack.look()
    assert {c.status for c in checks} == {"good"}
    assert {c.area for c in checks} == {"Slack", "channels", "roles", "clock"}
    assert slack.asked[0] == "auth.test"
    assert sorted(slack.asked) == sorted(GOOD)


Change = Callable[[dict[str, Json]], object]


def refused(method: str, code: str) -> Change:
    """Slack refuses a method."""
    return lambda answers: answers.update({method: {"ok": False, "error": code}})


def silent(method: str) -> Change:
    """Slack ends the connection at a method."""
    return lambda answers: answers.pop(method)


@pytest.mark.parametrize(
    ("change", "status", "subject", "said"),
    [
        (refused("auth.test", "account_inactive"), "bad", "Slack bot token", "account_inactive"),
        (refused("apps.connections.open", "invalid_auth"), "bad", "Slack app token", "invalid_auth"),
        (refused("apps.connections.open", "ratelimited"), "unknown", "Slack app token", "asks to wait"),
        (refused("usergroups.list", "plan_upgrade_required"), "bad", "roles admin", "free plan has no user groups"),
        (refused("usergroups.list", "missing_scope"), "bad", "roles admin", "missing_scope"),
        (refused("usergroups.list", "ratelimited"), "unknown", "roles user groups", "asks to wait"),
        (refused("users.info", "user_not_found"), "warn", "roles admin", "nobody with the id U0PRIYA"),
        (refused("users.info", "missing_scope"), "bad", "roles admin", "missing_scope"),
        (refused("conversations.info", "channel_not_found"), "bad", "channels #ml-alerts", "no member"),
        (refused("users.conversations", "missing_scope"), "bad", "channels #ml-alerts", "missing_scope"),
        (silent("auth.test"), "bad", "Slack bot token", "did not arrive"),
        (silent("users.conversations"), "bad", "Slack all", "did not arrive"),
        (silent("usergroups.list"), "bad", "Slack all", "did not arrive"),
    ],
)
def test_what_slack_refuses_is_told_where_it_matters(
    slack: Slack, change: Change, status: str, subject: str, said: str
) -> None:
    """Each with its next step."""
    change(slack.answers)
    checks = slack.look()
    assert said in by(checks, status)[subject]
    assert all(c.next_step for c in checks if c.status != "good")
    assert "xoxb" not in str(checks)


def test_a_slack_that_falls_silent_is_not_asked_on(slack: Slack) -> None:
    """Somebody waits; what it said before stays."""
    silent("users.conversations")(slack.answers)
    checks = slack.look()
    assert "Slack scopes" in by(checks, "good")
    assert slack.asked[-1] == "users.conversations"


def test_scopes_that_slack_does_not_list_are_not_taken_for_granted(slack: Slack) -> None:
    """Nor is a clock that it does not tell."""
    slack.headers = {"Date": "soon"}
    checks = slack.look()
    assert "Slack scopes" in by(checks, "unknown")
    assert "clock" not in {c.area for c in checks}


def test_every_channel_with_messages_is_looked_at_once(slack: Slack) -> None:
    """By id or name, with or without `#`."""
    slack.answers["conversations.info"] = {"ok": True, "channel": {**CHANNEL, "is_member": False}}
    slack.look(channels=("#ml-alerts", "C0OTHER", "C0OTHER"))
    assert slack.asked.count("conversations.info") == 2


def test_a_channel_that_has_two_names_is_told(slack: Slack) -> None:
    """By name in the settings and by id in a route: storms would count them apart."""
    checks = slack.look(routes=(Route(CHANNEL["id"], name="first"), Route("#ml-alerts", name="second")))
    assert by(checks, "warn")[f"channels #{CHANNEL['id']}"].startswith("it is #ml-alerts by another name")
    assert slack.asked.count("conversations.info") == 1


def test_a_long_list_of_people_is_cut_and_that_is_said(slack: Slack) -> None:
    """Each costs a call."""
    people = tuple(Named("viewer", f"U{n}") for n in range(MOST_PEOPLE + 3))
    checks = slack.look(Wanted((), "ml-alerts", people=people))
    assert slack.asked.count("users.info") == MOST_PEOPLE
    assert by(checks, "unknown")["roles people"].startswith("3 people more")


def test_where_routes_lead_and_whom_they_call_is_looked_at(slack: Slack) -> None:
    """A group that there is not is told by the route's name; Slack lists groups once for roles and routes."""
    routes = (
        Route("ml-alerts", name="first", group="S0PLATFORM"),
        Route("#lost", name="second", group="S0NOBODY"),
        Route("lost", name="third"),
    )
    checks = slack.look(routes=routes)
    assert by(checks, "bad") == {
        "routes second": "there is no user group S0NOBODY: nobody is called",
        "channels #lost": "the bot is no member, or there is no such channel",
    }
    assert "routes first" in by(checks, "good")
    assert slack.asked.count("usergroups.list") == 1
    slack.answers["usergroups.list"] = {"ok": False, "error": "missing_scope"}
    nobody = by(slack.look(Wanted((), "ml-alerts"), routes=routes), "bad")
    assert "nobody is called: the user groups cannot be read" in nobody["routes first"]
    assert "roles" not in str(nobody.keys())
