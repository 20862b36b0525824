"""One id from a delivery to AWS, what is counted, and what is told to whoever watches a process."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

import commands
from bot.aws.actions import declared
from bot.ports import Monitors
from bot.registry import discover
from sandbox.demo import Demo
from sandbox.driver import Driver, fetched, free_port, text_of, until
from sandbox.slack.signed_http import headers

Json = dict[str, Any]
ID = re.compile(r"[0-9a-f]{8}")


def events(log: StringIO, name: str = "") -> list[Json]:
    """What was logged, in order."""
    found = [json.loads(line) for line in log.getvalue().splitlines()]
    return [e for e in found if not name or e["event"] == name]


def answer(drive: Driver, line: str, who: str = "maya") -> str:
    """What a person is told after typing a line."""
    return text_of(drive.answer(who, line))


class Breaks:
    """An adapter with a bug in every method."""

    def __getattr__(self, name: str) -> Any:
        """The bug."""
        raise ZeroDivisionError(name)


@dataclass(frozen=True, slots=True)
class Watched:
    """A demo and where its bot tells of itself."""

    demo: Demo
    drive: Driver
    at: str

    def series(self) -> dict[str, list[tuple[dict[str, str], float]]]:
        """Samples by name, as Prometheus reads them."""
        status, text = fetched(f"{self.at}/metrics")
        assert status == 200
        found: dict[str, list[tuple[dict[str, str], float]]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found.setdefault(sample.name, []).append((dict(sample.labels), sample.value))
        return found

    def count(self, name: str, **labels: str) -> float:
        """Of all series that have these labels."""
        return sum(v for found, v in self.series().get(name, []) if labels.items() <= found.items())


Start = Callable[..., Watched]


@pytest.fixture
def start(tmp_path: Path, demo_of: Callable[..., Demo]) -> Iterator[Start]:
    """Starts a demo on a transport, with SQLite; it is stopped at the end."""
    demos: list[Demo] = []

    def started(transport: str = "socket", **settings: Any) -> Watched:
        port = free_port()
        told = {"telemetry": {"port": port}, "database_url": f"sqlite:///{tmp_path / 'sagewatch.db'}"}
        demos.append(demo_of(transport, tmp_path, **told, **settings))
        drive = Driver(demos[-1].start())
        until(lambda: [m for m in drive.messages("maya") if "blocks" in m], "a card")
        return Watched(demos[-1], drive, f"http://127.0.0.1:{port}")

    yield started
    for demo in demos:
        demo.stop()


def test_one_id_leads_from_a_delivery_to_the_calls_that_aws_received(log: StringIO, start: Start) -> None:
    """It stands at the acknowledgement, in each line of the log and in each call's User-Agent; another's differs."""
    watched = start("http")
    ids = []
    for line in ("/ml violations since=2d", "/ml violations since=1d"):
        answer(watched.drive, line)
        ids.append(watched.drive.exchanges(kind="delivery")[-1]["id"])
    assert len(set(ids)) == 2
    for one in ids:
        assert ID.fullmatch(one)
        (command,) = [e for e in events(log, "command") if e["id"] == one]
        assert command["command"] == "violations"
        logged = sorted(e["action"] for e in events(log, "aws call") if e["id"] == one)
        received = sorted(c.action for c in tuple(watched.demo.aws.calls) if f" id/{one}" in c.user_agent)
        assert logged == received
        assert "sagemaker:ListMonitoringExecutions" in logged
    polls = {e["id"] for e in events(log, "aws call") if e["action"] == "oam:ListSinks"}
    assert polls
    assert not polls & set(ids)
    told = [c for c in tuple(watched.demo.aws.calls) if not c.backstage]
    assert [c.operation for c in told if not re.search(r" id/[0-9a-f]{8}$", c.user_agent)] == []


def test_what_breaks_is_told_with_the_id_of_the_log(log: StringIO, tmp_path: Path) -> None:
    """The same one as the delivery's, and the trace stands in the log alone."""
    demo = Demo(0, tmp_path, transport="http", wrap=lambda port, adapter: Breaks() if port is Monitors else adapter)
    drive = Driver(demo.start())
    try:
        until(lambda: drive.state()["ready"], "the bot connects")
        told = answer(drive, "/ml violations")
    finally:
        demo.stop()
    found = re.search(r"Something broke, id ([0-9a-f]{8})\.", told)
    assert found, told
    assert "ZeroDivisionError" not in told
    (broke,) = events(log, "something broke")
    assert broke["id"] == found[1]
    assert "ZeroDivisionError" in broke["exception"]


HOSTILE = (
    "/ml <script>",
    '/ml a"b\\n{} 1',
    "/ml violations;drop",
    "/ml " + "x" * 500,
    "/ml ünï😀",
    "/ml arn:aws:iam::1:x",
)
TYPES = ({"type": "hostile-\n-type"}, {"type": "x" * 300}, {"type": ["list"]}, {"command": 7})
WORDS: dict[str, set[str]] = {
    "type": {"events_api", "interactive", "slash_commands", "other"},
    "command": {c.name for c in discover(commands).visible()} | {"none"},
    "action": set(declared()),
    "does": {"post", "edit", "note", "notice", "storm"},
    "state": {"waiting", "sending", "ambiguous", "parked"},
}
"""What these labels may be; others are an error's name or a few words."""


def unknown(watched: Watched) -> list[str]:
    """Labels that are no words of ours or of AWS."""
    ours = ((name, found) for name, found in watched.series().items() if name.startswith("sagewatch_"))
    labels = {(name, *pair) for name, found in ours for series, _ in found for pair in series.items()}
    return [
        f"{name} {label}={value}"
        for name, label, value in sorted(labels)
        if label != "le"
        and not (value in WORDS[label] if label in WORDS else re.fullmatch(r"[A-Za-z .-]{1,60}", value))
    ]


def test_metrics_are_few_and_go_up(start: Start) -> None:
    """Parsed as Prometheus does; whatever people type or strangers send, labels are words of ours and of AWS."""
    watched = start("http")
    names = ("sagewatch_deliveries_total", "sagewatch_requests_refused_total")
    deliveries, refused = (watched.count(name) for name in names)
    strange = set(unknown(watched))
    for line in (*HOSTILE, "/ml violations since=1d"):
        answer(watched.drive, line)
    url, secret = f"{slack_side(watched)}/slack/events", watched.demo.workspace.app.signing_secret
    for payload in TYPES:
        body = json.dumps(payload).encode()
        for key in (secret, "wrong"):
            sent = headers(key, body, time.time(), kind="application/json")
            assert (fetched(url, body, sent)[0] == 401) is (key == "wrong")
    assert set(unknown(watched)) <= strange, "only what this process's other tests left"
    assert watched.count(names[0]) > deliveries + len(HOSTILE)
    assert watched.count(names[1]) >= refused + len(TYPES)
    for name in ("acknowledge", "command", "aws_call", "poll"):
        assert watched.count(f"sagewatch_{name}_seconds_count") > 0
    assert watched.count("sagewatch_shown_total", does="post", outcome="ok") > 0
    assert watched.count("sagewatch_runs_recorded_total") > 0
    assert watched.count("sagewatch_poll_last_success_timestamp_seconds") > time.time() - 60
    until(lambda: not watched.count("sagewatch_outbox_rows"), "everything is shown")


def slack_side(watched: Watched) -> str:
    """Where Slack reaches the bot."""
    listener = watched.demo.bot.listener if watched.demo.bot else None
    assert listener is not None
    return listener.url


def test_what_is_counted_is_not_for_the_address_that_slack_reaches(start: Start) -> None:
    """There are probes beside Slack's path and nothing else; the telemetry's port takes nothing of Slack's."""
    watched = start("http")
    slack = slack_side(watched)
    for at in (slack, watched.at):
        assert fetched(f"{at}/healthz") == (200, "alive")
        assert fetched(f"{at}/readyz") == (200, "ready")
    assert fetched(f"{slack}/metrics")[0] == 404
    assert fetched(f"{watched.at}/slack/events", b"{}")[0] == 404
    assert fetched(f"{watched.at}/metrics", b"{}")[0] == 405
    for path in ("/", "/debug", "/metrics/../slack/events", "/metrics.txt"):
        assert fetched(f"{watched.at}{path}")[0] == 404


def ready(watched: Watched) -> tuple[int, str]:
    """What `/readyz` says."""
    return fetched(f"{watched.at}/readyz")


def test_not_ready_while_the_database_is_gone(start: Start, tmp_path: Path) -> None:
    """It lives all the same, counts go on, and it is ready again by itself."""
    watched = start()
    assert ready(watched) == (200, "ready")
    file = tmp_path / "sagewatch.db"
    hidden = file.with_suffix(".hidden")
    file.rename(hidden)
    try:
        status, why = ready(watched)
        assert status == 503
        assert why.startswith("not ready: The database cannot be opened; its file may be gone")
        assert fetched(f"{watched.at}/healthz") == (200, "alive")
        assert fetched(f"{watched.at}/metrics")[0] == 200
    finally:
        hidden.rename(file)
    until(lambda: ready(watched) == (200, "ready"), "it is ready again")


def test_not_ready_while_slack_refuses_the_token(start: Start) -> None:
    """The poster meets it first, and everything else goes on."""
    watched = start()
    good = watched.demo.workspace.app
    watched.demo.workspace.app = replace(good, bot_token="xoxb-another")
    watched.drive.world("drift", "ml-test")
    until(lambda: ready(watched) == (503, "not ready: Slack refuses the bot's token"), "it says why")
    assert fetched(f"{watched.at}/healthz") == (200, "alive")
    watched.demo.workspace.app = good


def test_not_ready_without_a_line_to_slack(start: Start) -> None:
    """Slack is gone altogether, and the probes still answer."""
    watched = start()
    watched.demo.server.stop()
    until(lambda: ready(watched) == (503, "not ready: not connected to Slack"), "it says why", within_s=30)
    assert fetched(f"{watched.at}/healthz") == (200, "alive")
