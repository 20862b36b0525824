"""The product as several processes on one PostgreSQL: what each kind does, and what another takes over."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.store.engine import connect
from bot.store.migrate import migrate
from bot.store.workers import SqlWorkers
from sandbox.demo import Demo
from sandbox.driver import Driver, text_of, until
from sandbox.world import people

ROOT = Path(__file__).parent.parent
LEASE_S = 6.0
LEADS_S = LEASE_S / 2
"""For so long a process that died still leads."""
LOOK_S = 5.0
"""How often one that does not lead looks whether it should."""
Json = dict[str, Any]


class Stage(Demo):
    """The world and the workspace; the bot's processes are started one by one."""

    def start_bot(self, aws_url: str) -> None:
        """Nobody yet."""


class Process:
    """One process of the product, known to AWS by its name."""

    def __init__(self, stage: Stage, name: str, log: Path, url: str, **said: str) -> None:
        kind = name.partition("-")[0]
        keys, app = stage.world.bot_credentials(), stage.workspace.app
        environ = {
            "AWS_ACCESS_KEY_ID": str(keys["access_key_id"]),
            "AWS_SECRET_ACCESS_KEY": str(keys["secret_access_key"]),
            "AWS_DEFAULT_REGION": "us-west-2",
            "AWS_EXECUTION_ENV": name,  # botocore puts it into the User-Agent
            "SLACK_BOT_TOKEN": app.bot_token,
            "SLACK_APP_TOKEN": app.app_token,
            "SLACK_SIGNING_SECRET": app.signing_secret,
            "DATABASE_URL": url,
            "SAGEWATCH_HTTP__HOST": "127.0.0.1",
            "SAGEWATCH_HTTP__PORT": "0",
            "SAGEWATCH_WATCH__POLL_SECONDS": "10",
            "SAGEWATCH_ROLES": json.dumps({"responder": {"groups": [group.id for group in people.GROUPS]}}),
        }
        self.name, self.log = name, log / f"{name}.log"
        with self.log.open("w") as stream:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "sandbox.apart", kind, stage.url, str(LEASE_S)],
                cwd=ROOT,
                env={**bare(), **environ, **said},
                stdout=stream,
                stderr=stream,
            )
        self.pid = self._popen.pid

    def events(self) -> list[Json]:
        """What it logged so far."""
        lines = [line for line in self.log.read_text().splitlines(keepends=True) if line.endswith("\n")]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def ready(self) -> Json:
        """What it says once it stands."""
        return until(self._ready, f"{self.name} is ready: {self.log}", within_s=30)

    def _ready(self) -> Json:
        assert self._popen.poll() is None, self.log.read_text()
        return next((e for e in self.events() if e["event"] == "ready"), {})

    def stop(self) -> float:
        """SIGTERM; how many seconds it takes to end well."""
        began = time.monotonic()
        self._popen.terminate()
        assert self._popen.wait(timeout=30) == 0, self.log.read_text()
        return time.monotonic() - began

    def kill(self) -> None:
        """SIGKILL; no error when it ended before."""
        self._popen.kill()
        self._popen.wait(timeout=10)

    def ended(self) -> tuple[int, str]:
        """Its status and its last words, of one that cannot start."""
        return self._popen.wait(timeout=30), self.log.read_text()


def bare() -> dict[str, str]:
    """The environment without settings, tokens and AWS."""
    ours = ("AWS_", "SLACK_", "SAGEWATCH_", "DATABASE_URL", "PORT")
    return {k: v for k, v in os.environ.items() if not k.startswith(ours)}


class Company:
    """The stage, a migrated database of its own and the processes on them."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.engine: Engine = connect(url, statement_timeout_s=20)
        migrate(self.engine)
        self.workers = SqlWorkers(self.engine)
        self.stage = Stage(0, history=timedelta(hours=30))
        self.drive = Driver(self.stage.start())
        self.processes: list[Process] = []

    def start(self, *names: str, **said: str) -> list[Process]:
        """Start them all at once and wait until each stands; a name begins with its kind."""
        new = [Process(self.stage, name, self.folder, self.url, **said) for name in names]
        self.processes += new
        for process in new:
            process.ready()
        return new

    def refused(self, name: str, **said: str) -> tuple[int, str]:
        """Status and last words of one that cannot start."""
        process = Process(self.stage, name, self.folder, self.url, **said)
        self.processes.append(process)
        return process.ended()

    def polls(self) -> Counter[str]:
        """Polls by process."""
        calls = [c for c in tuple(self.stage.aws.calls) if c.operation == "ListSinks"]
        return Counter(c.user_agent.partition("exec-env/")[2].partition(" ")[0] for c in calls if not c.administrator)

    def leader(self) -> Process | None:
        """Who polls, as the store has it."""
        owners = [lease.owner for lease in self.workers.leases()]
        return next((p for p in self.processes for owner in owners if f":{p.pid}:" in owner), None)

    def cards(self) -> list[Json]:
        """Of incidents, in #ml-alerts."""
        found = [m for m in self.drive.messages("maya") if (m.get("blocks") or [{}])[0].get("type") == "header"]
        return [m for m in found if "waits for approval" not in str(m["text"])]

    def end(self) -> None:
        """Nothing is left running."""
        for process in self.processes:
            process.kill()
        self.stage.stop()
        self.engine.dispose()


@pytest.fixture
def company(tmp_path: Path, new_database: Callable[[], str]) -> Iterator[Company]:
    """Nobody works there yet."""
    made = Company(tmp_path, new_database())
    yield made
    made.end()


def answered(company: Company, line: str) -> Callable[[], bool]:
    """Types a line at each look; true once it was acknowledged and answered."""

    def look() -> bool:
        before = {m["ts"] for m in company.drive.messages("maya")}
        if not company.drive.say("maya", line)["ok"]:
            return False
        new = [m for m in company.drive.messages("maya") if m["ts"] not in before]
        return bool(until(lambda: new or [m for m in company.drive.messages("maya") if m["ts"] not in before], line))

    return look


def test_one_serve_and_two_workers_show_one_card_and_one_polls(company: Company) -> None:
    """By signed HTTP; a click reaches the card through the database, and a stop leaves nothing behind."""
    serve, *_ = company.start("serve-1", "work-1", "work-2", SAGEWATCH_SLACK__TRANSPORT="http")
    company.drive.post("/_sandbox/request_url", url=f"{serve.ready()['url']}/slack/events")
    card = until(company.cards, "a card")[0]
    company.drive.press("maya", card, "Acknowledge")
    until(lambda: "Maya Okafor" in text_of(company.cards()[0]), "the card says who has it")
    for _ in range(3):
        polls = company.polls().total()
        company.drive.world("next_hour")
        until(lambda polls=polls: company.polls().total() > polls, "a poll of the next hour")
    leader = company.leader()
    assert leader is not None
    assert set(company.polls()) == {leader.name}
    assert len(company.cards()) == 1
    assert [w.kind for w in company.workers.workers()] == ["serve", "work", "work"]
    took_s = [process.stop() for process in company.processes]
    assert max(took_s) < 5
    assert company.workers.leases() == company.workers.workers() == ()
    with company.engine.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM channels WHERE owner <> ''")).scalar() == 0
    for process in company.processes:
        assert [e for e in process.events() if e["level"] in {"error", "critical"}] == []


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_another_worker_polls_when_the_one_that_did_is_gone(company: Company, end: str) -> None:
    """Killed: once its lease ran out; stopped: at the next look. What breaks meanwhile arrives, once."""
    company.start("work-1", "work-2")
    until(company.cards, "a card")
    first = until(company.leader, "one leads")
    other = next(p for p in company.processes if p is not first)
    company.drive.world("drift", "ml-test")
    assert not company.polls()[other.name]
    began = time.monotonic()
    getattr(first, end)()
    until(lambda: company.polls()[other.name], "the other polls", within_s=30)
    took_s = time.monotonic() - began
    assert took_s < LOOK_S + 2 + (LEADS_S if end == "kill" else 0)
    until(lambda: len(company.cards()) == 2, "the card of what broke meanwhile", within_s=30)
    time.sleep(1.5)
    assert len(company.cards()) == 2
    assert company.leader() is other


def test_another_serve_answers_when_one_is_killed(company: Company) -> None:
    """Each has its own connection to Slack; people type again at most."""
    first, second = company.start("serve-1", "serve-2")
    until(answered(company, "/ml incidents"), "an answer")
    first.kill()
    until(answered(company, "/ml incidents"), "an answer of the other", within_s=10)
    assert [e for e in second.events() if e["event"] == "command"]


def test_a_taken_port_is_named(company: Company) -> None:
    """The one for Slack's requests, and the one for probes; exit status 1, and nobody stays listed."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        at = {"SAGEWATCH_SLACK__TRANSPORT": "http", "SAGEWATCH_HTTP__PORT": port}
        for name, said, settings in (
            ("serve-1", at, "http.host and http.port"),
            ("work-1", {"SAGEWATCH_TELEMETRY__PORT": port}, "telemetry.host and telemetry.port"),
        ):
            status, told = company.refused(name, **said)
            assert status == 1
            assert f"Nothing can listen on 127.0.0.1:{port}" in told
            assert settings in told
            assert "Traceback" not in told
    assert company.workers.workers() == ()


def test_one_process_at_a_time_runs_on_a_file(company: Company, tmp_path: Path) -> None:
    """A second is refused while the first lives, and only then: a killed one leaves no lock."""
    company.url = f"sqlite:///{tmp_path / 'sagewatch.db'}"
    (first,) = company.start("run-1")
    status, told = company.refused("run-2")
    assert status == 1
    assert "Another Sagewatch runs on sagewatch.db." in told
    assert "Several processes need PostgreSQL: set DATABASE_URL." in told
    first.kill()
    (third,) = company.start("run-3")
    assert third.stop() < 5


def bot(*words: str, **said: str) -> tuple[int, str]:
    """`python -m bot …` to its end: status and what it says."""
    ran = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=ROOT,
        env={**bare(), "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", **said},
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize("kind", ["serve", "work"])
def test_several_processes_need_postgresql(kind: str, tmp_path: Path) -> None:
    """A file is for one; the sentence says both ways out."""
    status, told = bot(kind, DATABASE_URL=f"sqlite:///{tmp_path / 'sagewatch.db'}")
    assert (status, told.splitlines()) == (
        1,
        [
            f"`{kind}` needs PostgreSQL: several processes share the database.",
            "Set DATABASE_URL to a PostgreSQL, or start everything in one process with `python -m bot run`.",
        ],
    )


def test_a_database_is_migrated_before_several_processes_use_it(new_database: Callable[[], str]) -> None:
    """They never migrate themselves; to migrate twice is harmless."""
    url = new_database()
    for kind in ("serve", "work"):
        status, told = bot(kind, DATABASE_URL=url)
        assert status == 1
        assert "The database has the tables of nobody, not of this program." in told
        assert "Run `python -m bot migrate` once" in told
    assert [bot("migrate", DATABASE_URL=url) for _ in range(2)] == [(0, "The database is up to date.\n")] * 2
    status, told = bot("work", DATABASE_URL=url, AWS_DEFAULT_REGION="")
    assert status == 1
    assert "No AWS Region is named." in told


def test_a_stop_waits_for_nobody_who_hangs(company: Company) -> None:
    """AWS answers nothing while a poll asks every account: the process ends within seconds and gives up its lease."""
    (worker,) = company.start("work-1")
    until(company.cards, "a card")
    for account in company.drive.state()["accounts"]:
        order = {"account": account["id"], "operation": "ListMonitoringExecutions", "times": 3}
        company.drive.post("/_sandbox/fault", aws="timeout", **order)
    polls = company.polls().total()
    company.drive.world("next_hour")
    until(lambda: company.polls().total() > polls, "a poll begins")
    time.sleep(0.5)
    assert worker.stop() < 8
    assert company.workers.leases() == company.workers.workers() == ()


def test_a_signal_during_the_start_ends_it(company: Company) -> None:
    """At whatever moment it comes, the process ends within seconds and nobody stays listed."""
    for after_s in (0.0, 0.4, 0.8, 1.2):
        process = Process(company.stage, "work-1", company.folder, company.url)
        company.processes.append(process)
        time.sleep(after_s)
        os.kill(process.pid, signal.SIGTERM)
        status, told = process.ended()
        assert status in {0, -signal.SIGTERM}, told
    assert company.workers.leases() == company.workers.workers() == ()
