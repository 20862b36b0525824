"""Nothing that opens a door, nobody's words and no report's content reaches the log, whatever goes wrong.

Canaries stand in all those places; then the story is played with every failure in it, at the log's lowest level. A mask
is the last net: where it catches something, that is a leak too.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import IntegrityError

from bot.__main__ import main
from bot.model.audit import AuditEntry
from bot.store.engine import connect
from bot.store.tables import audit
from bot.store.transaction import writing
from sandbox.aws.calls import Call
from sandbox.demo import Demo
from sandbox.driver import Driver, fetched, free_port, text_of, until
from sandbox.slack.signed_http import headers
from sandbox.world import fleet

PASSWORD, EXTERNAL_ID = "canary-database-password", "canary-external-id"
ROUTING_KEY, SIGNED_WITH, PATH = "canaryROUTINGkey0123456789abcdef", "canary-signing-secret", "canary-webhook-path"
NOBODY = "http://127.0.0.1:9"
"""Where no receiver listens: what is handed off there is tried again and again, and each failure logged."""
HAND_OFF = {
    "pager": {"kind": "pagerduty", "url": f"{NOBODY}/", "secret": ROUTING_KEY},
    "tickets": {"kind": "webhook", "url": f"{NOBODY}/{PATH}", "secret": SIGNED_WITH},
}
TYPED, REPORT = "canary-typed", "canary-report"
PLAYERS = ("maya", "diego", "kenji")
Json = dict[str, Any]


class Planted(Demo):
    """A demo whose reports hold canaries before the bot reads the first of them."""

    def start_bot(self, aws_url: str) -> None:
        """First the reports, and an ear for the keys that AWS hands out."""
        self.secrets: set[str] = set()
        self.aws.on_call(self._keys)
        bucket = fleet.bucket(fleet.PRODUCTION)
        for key in self.aws.list_objects(fleet.PRODUCTION, bucket):
            if key.endswith("constraint_violations.json"):
                self._plant(bucket, key)
        super().start_bot(aws_url)

    def _plant(self, bucket: str, key: str) -> None:
        report = json.loads(self.aws.get_object(fleet.PRODUCTION, bucket, key))
        for one in report["violations"]:
            one["description"] = f"{one['description']} {REPORT}"
        self.aws.put_object(fleet.PRODUCTION, bucket, key, json.dumps(report).encode(), self.clock.now())

    def _keys(self, call: Call) -> None:
        if call.operation == "AssumeRole" and call.answer is not None:
            body = call.answer.body.decode()
            for name in ("SecretAccessKey", "SessionToken"):
                self.secrets |= {body.partition(f"<{name}>")[2].partition(f"</{name}>")[0]} - {""}


@dataclass
class Stage:
    """The demo, its driver, and what was heard of it from outside."""

    demo: Planted
    drive: Driver
    log: StringIO
    telemetry: str
    database: str
    admin: str
    heard: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """To the probes and the metrics, as they are now."""
        self.heard += [fetched(f"{self.telemetry}{path}")[1] for path in ("/readyz", "/metrics", "/healthz")]

    def say(self, line: str, who: str = "maya", channel: str = "ml-alerts") -> str:
        """Type a line and wait for whatever is answered."""
        found = text_of(self.drive.answer(who, line, channel=channel, within_s=30))
        self.listen()
        return found

    def unanswered(self, kind: str, times: int) -> bool:
        """Order a fault and ask; whether it was met, and not by a poll."""
        order = {"account": fleet.TEST, "operation": "ListMonitoringExecutions", "times": times}
        self.drive.post("/_sandbox/fault", aws=kind, **order)
        return "did not answer" in self.say("/ml violations since=2d")

    def card(self, label: str = "ml-production") -> Json:
        """The newest card of an account."""
        found = [m for m in self.drive.messages("maya") if (m.get("blocks") or [{}])[0].get("type") == "header"]
        return next((m for m in reversed(found) if f"in {label}" in text_of(m)), {})

    def post(self, secret: str) -> int:
        """A request to the bot that this secret signed."""
        body = json.dumps({"type": "event_callback", "event": {"type": "nothing", "text": f"{TYPED} body"}}).encode()
        sent = headers(secret, body, time.time(), kind="application/json")
        self.sent.append(sent["X-Slack-Signature"])
        bot = self.demo.bot
        assert bot is not None
        assert bot.listener is not None
        return fetched(f"{bot.listener.url}/slack/events", body, sent)[0]

    @contextmanager
    def database_down(self) -> Iterator[None]:
        """Nobody may connect, and whoever was connected is not any more."""
        name, admin = make_url(self.database).database, connect(self.admin)
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
            conn.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :n"), {"n": name})
            try:
                yield
            finally:
                conn.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
        admin.dispose()

    def secrets(self) -> set[str]:
        """What opens a door."""
        app, keys = self.demo.workspace.app, self.demo.world.bot_credentials()
        doors = {app.bot_token, app.app_token, app.signing_secret, str(keys["secret_access_key"])}
        return {*doors, *self.demo.secrets, EXTERNAL_ID, PASSWORD, ROUTING_KEY, SIGNED_WITH, PATH}


@pytest.fixture
def stage(
    log: StringIO, postgres: str, new_database: Callable[[], str], demo_of: Callable[..., Demo], tmp_path: Path
) -> Iterator[Stage]:
    """Signed HTTP, a database with a password, an external id; the first card stands."""
    port = free_port()
    database = make_url(new_database()).set(password=PASSWORD).render_as_string(hide_password=False)
    routes = tmp_path / "routes.toml"
    routes.write_text('[[route]]\nchannel = "ml-alerts"\nhand_off = ["pager", "tickets"]\n')
    demo = demo_of(
        "http",
        tmp_path,
        Planted,
        database_url=database,
        telemetry={"port": port},
        aws={"own_label": "ml-observability", "external_id": EXTERNAL_ID},
        answer_seconds=6,
        routes_file=str(routes),
        hand_off=HAND_OFF,
    )
    drive = Driver(demo.start())
    made = Stage(demo, drive, log, f"http://127.0.0.1:{port}", database, postgres)
    until(made.card, "a card")
    yield made
    demo.stop()


def play(stage: Stage) -> None:
    """What people do on a good day."""
    stage.drive.press("maya", stage.card(), "With reason and end…")
    view = until(lambda: stage.drive.views("maya"), "the form opens")[-1]
    stage.drive.submit("maya", view, {"reason": f"{TYPED} reason", "end": "4h"})
    until(lambda: f"{TYPED} reason" in text_of(stage.card()), "the card shows it")
    assert TYPED in stage.say(f"/ml violations {TYPED}-service")
    assert "bank-marketing" in stage.say("/ml violations since=2d")
    stage.say(f"/ml ack 1 {TYPED} reason", who="diego")
    stage.drive.say("maya", f"@Sagewatch {TYPED} mention", channel="ml-platform")
    stage.drive.say("kenji", f"/ml resolve 1 {TYPED} reason")


def fail(stage: Stage) -> None:
    """What goes wrong: AWS refuses, Slack does, strangers knock, the token dies, the database is gone."""
    for kind, times in (("deny", 1), ("throttle", 3)):
        until(partial(stage.unanswered, kind, times), f"an account is told that does not answer: {kind}")
    assert stage.post("canary-wrong-secret") == 401
    assert stage.post(stage.demo.workspace.app.signing_secret) == 200
    for kind in ("lose_reply", "429", "500", "invalid_blocks"):
        stage.drive.post("/_sandbox/fault", slack=kind, times=1)
    stage.drive.world("drift", "ml-test")
    until(lambda: stage.card("ml-test"), "a card in spite of it", within_s=40)
    good = stage.demo.workspace.app
    stage.demo.workspace.app = replace(good, bot_token="xoxb-another")
    stage.drive.world("drift")
    until(lambda: fetched(f"{stage.telemetry}/readyz")[0] == 503, "the poster meets the dead token", within_s=30)
    stage.say(f"/ml incidents {TYPED}")
    stage.demo.workspace.app = good
    with stage.database_down():
        assert "database" in stage.say(f"/ml ack 1 {TYPED} reason").lower()
        assert "database" in stage.say("/ml incidents").lower()
        stage.drive.world("next_hour")
        until(lambda: '"poll failed"' in stage.log.getvalue(), "a poll meets it too")
    assert "open" in stage.say("/ml incidents")


def test_no_canary_sings(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    """Not in the log, on standard output or error, in metrics or probes, nor a secret in any message."""
    play(stage)
    fail(stage)
    secrets = stage.secrets()
    assert len(stage.demo.secrets) >= 4
    shown = "\n".join(text_of(m) for who in PLAYERS for m in stage.drive.messages(who))
    written = capfd.readouterr()
    words = {TYPED, REPORT, f"{stage.demo.url}/actions/", "canary-wrong-secret", *stage.sent}
    told = {"log": stage.log.getvalue(), "output": written.out + written.err, "telemetry": "\n".join(stage.heard)}
    assert [(where, c) for where, said in told.items() for c in secrets | words if c in said] == []
    assert [c for c in secrets if c in shown] == []
    assert TYPED in shown
    lines = [json.loads(line) for line in told["log"].splitlines()]
    assert [line for line in lines if "[masked]" in str(line)] == []
    events = {line["event"] for line in lines}
    assert events >= {
        "command",
        "aws call",
        "request refused",
        "not shown",
        "audit not stored",
        "poll failed",
        "hand-off not taken",
    }
    assert {line["outcome"] for line in lines if line["event"] == "aws call"} > {"ok"}


def test_a_line_that_breaks_tells_no_token(log: StringIO, demo: Demo, drive: Driver) -> None:
    """Cut, refused with another token, gone altogether: Socket Mode's client logs that itself."""
    assert drive.say("maya", "/ml incidents")["ok"]
    good = demo.workspace.app
    demo.workspace.app = replace(good, app_token="xapp-1-another")
    drive.post("/_sandbox/fault", slack="cut", times=1)
    until(lambda: "invalid_auth" in log.getvalue(), "the token is refused")
    demo.server.stop()
    logged = len(log.getvalue())
    until(lambda: len(log.getvalue()) > logged, "nobody answers", within_s=30)
    told = log.getvalue()
    assert [c for c in (good.app_token, good.bot_token, "xapp-", "xoxb-", "ticket=", "[masked]") if c in told] == []


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        (f"postgresql://sagewatch:{PASSWORD}@127.0.0.1:1/sagewatch", "The database does not answer"),
        (f"postgresql://sagewatch:{PASSWORD}@127.0.0.1:port/sagewatch", "The database URL is none"),
        (f"mysql://sagewatch:{PASSWORD}@127.0.0.1/sagewatch", "setting database_url: starts with"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_without_its_password(
    url: str, cause: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nobody there, no address, another kind."""
    monkeypatch.setenv("DATABASE_URL", url)
    assert main(["migrate"]) == 1
    told = capfd.readouterr()
    assert cause in told.err
    assert "canary" not in told.out + told.err
    assert "Traceback" not in told.err


def test_a_statement_that_fails_does_not_show_its_values(engine: Engine) -> None:
    """What somebody typed may be among them, and the trace of what broke is logged."""
    entry = AuditEntry(
        "same", datetime.now(UTC), "U1", "T1", "C1", "command", f"{TYPED} line", "done", f"{TYPED} detail"
    )
    with pytest.raises(IntegrityError) as failed, writing(engine) as conn:
        conn.execute(audit.insert(), [asdict(entry)] * 2)
    assert TYPED not in str(failed.value)
