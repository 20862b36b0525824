"""What a destination is sent, where it may be, and what its answer means."""

import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.handoff import pagerduty, webhook
from bot.handoff.request import judged, waits
from bot.logic.handing import Links, shown
from bot.model.handoff import Destination, HandOffRow, Recipient
from bot.model.incident import Act
from bot.model.place import About, Severity
from bot.model.route import Route
from sandbox.fakes import run
from sandbox.fakes_incident import Story

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PAGER = Destination("pager", "pagerduty", "https://events.pagerduty.com/v2/enqueue", "r" * 32)
HOOK = Destination("tickets", "webhook", "https://tickets.example.com/in/t0k3n", "a secret of some length")
LINKS = Links("https://northbank.slack.com/archives/C1/p17", "https://runbooks.example/x", "ml-production")
SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "handoff.schema.json").read_text(encoding="utf-8"))


def rows(severity: Severity | None = Severity.HIGH) -> list[HandOffRow]:
    """A life: triggered, acknowledged, resolved."""
    story = Story(Route("c", hand_off=(Recipient("pager", ""),)), About("campaigns", severity, owner="maya"))
    story.hears(run(1, {"accuracy": 0.7}))
    story.does(Act.ACKNOWLEDGE, 1.5, "U7", reason="looking")
    story.hears(run(2, good={"accuracy": 0.95}))
    return [HandOffRow(n, out, "waiting") for n, out in enumerate(story.store.handed, 1)]


def paged(row: HandOffRow, links: Links = LINKS) -> dict[str, Any]:
    """The event for PagerDuty."""
    found: dict[str, Any] = json.loads(pagerduty.request(PAGER, row, links).body)
    return found


def test_pagerduty_is_sent_what_its_events_api_takes() -> None:
    """Required names, lengths and words as "Send an Alert Event" has them; only a trigger carries a payload."""
    trigger, held, over = map(paged, rows())
    assert trigger["routing_key"] == "r" * 32
    assert trigger["dedup_key"] == held["dedup_key"] == over["dedup_key"]
    assert set(held) == set(over) == {"routing_key", "event_action", "dedup_key"}
    payload = trigger["payload"]
    assert payload["severity"] == "error"
    assert payload["component"] == "bank-marketing"
    assert payload["custom_details"]["account"].startswith("ml-production (")
    worst = payload["custom_details"]["worst"]
    assert (worst["metric"], worst["seen"]) == ("accuracy", 0.7)
    assert worst["limit"] is not None
    assert {link["text"]: link["href"] for link in trigger["links"]}["Slack card"] == LINKS.slack
    assert trigger["client_url"] == LINKS.slack
    assert "client_url" not in paged(rows()[0], Links())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Severity.CRITICAL, "critical"),
        (Severity.HIGH, "error"),
        (Severity.MEDIUM, "warning"),
        (Severity.LOW, "info"),
        (None, "warning"),
    ],
)
def test_severities_are_pagerdutys(ours: Severity | None, theirs: str) -> None:
    """PD-CEF has four words; a service of which nobody said one is of medium severity."""
    assert paged(rows(ours)[0])["payload"]["severity"] == theirs


def test_a_webhook_gets_what_the_schema_says() -> None:
    """Every action, links or none."""
    check = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for links in (LINKS, Links()):
        for row in rows():
            found = webhook.event(row, links)
            assert [e.message for e in check.iter_errors(found)] == []
    said = webhook.event(rows()[1], LINKS)
    incident = said["incident"]
    assert isinstance(incident, dict)
    assert (said["action"], incident["person"], incident["why"], incident["status"]) == (
        "acknowledge",
        "U7",
        "looking",
        "acknowledged",
    )
    assert list(check.iter_errors({**said, "action": "page"}))


def test_a_webhook_is_signed_over_its_moment_and_body() -> None:
    """As docs/handoff.md tells receivers to check it; another moment or body has another signature."""
    asked = webhook.request(HOOK, rows()[0], LINKS, NOW)
    stamp = asked.headers["Sagewatch-Timestamp"]
    assert stamp == str(int(NOW.timestamp()))
    expected = hmac.new(HOOK.secret.encode(), f"{stamp}.".encode() + asked.body, sha256).hexdigest()
    assert asked.headers["Sagewatch-Signature"] == f"v1={expected}"
    later = webhook.request(HOOK, rows()[0], LINKS, NOW + timedelta(seconds=1))
    assert later.body == asked.body
    assert later.headers["Sagewatch-Signature"] != asked.headers["Sagewatch-Signature"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "sent"),
        (202, "sent"),
        (204, "sent"),
        (301, "dead"),
        (307, "dead"),
        (400, "dead"),
        (401, "dead"),
        (404, "dead"),
        (410, "dead"),
        (408, "again"),
        (425, "again"),
        (429, "again"),
        (500, "again"),
        (503, "again"),
    ],
)
def test_answers(status: int, outcome: str) -> None:
    """Taken, asked again, or refused for good."""
    assert judged(status, None, NOW).outcome == outcome


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        (" 5 ", 5),
        ("999999999999", 3600),
        ("Fri, 20 Nov 2026 09:00:40 GMT", 40),
        ("Fri, 20 Nov 2026 08:00:00 GMT", 0),
        ("Fri, 20 Nov 2026 08:00:00", None),
        ("soon", None),
        ("-3", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    """Seconds or a date (RFC 9110), at most an hour."""
    found = waits(header, NOW)
    assert (found.total_seconds() if found is not None else None) == seconds


def test_nothing_secret_is_shown() -> None:
    """Kind and host; not even the path, which may hold a token."""
    assert shown(HOOK) == "webhook (tickets.example.com)"
    assert shown(PAGER) == "PagerDuty (events.pagerduty.com)"
    asked = webhook.request(HOOK, rows()[0], LINKS, NOW)
    assert "t0k3n" not in f"{HOOK!r}{asked!r}{shown(HOOK)}"
    assert "secret of" not in f"{HOOK!r}{asked!r}"
