"""How the product is started, and what is said when it cannot be."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.errors import BadRequest, BotError
from sandbox.demo import Demo
from sandbox.driver import Driver, until

ROOT = Path(__file__).parent.parent


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings, no tokens, no AWS."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("AWS_", "SLACK_", "SAGEWATCH_")):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", ""),
        ("fly", ""),
        ("run fast", ""),
        ("iam everything", ""),
        ("redrive all", "all is not understood"),
        ("redrive --limit", "--limit is not understood"),
        ("redrive --limit 0", "--limit is not understood"),
        ("redrive --limit=ten", "--limit is not understood"),
        ("redrive --reason", "--reason is not understood"),
        ("manifest carrier-pigeon", "carrier-pigeon is no transport"),
        ("manifest http", ""),
        ("manifest socket https://ml.example.com", ""),
        ("manifest http https://ml.example.com twice", ""),
        ("manifest http http://ml.example.com", "http://ml.example.com is no address that Slack can call"),
    ],
)
@pytest.mark.usefixtures("bare")
def test_wrong_words_get_the_usage(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And exit status 2; where one of them cannot be, it is named."""
    assert main(words.split()) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(said)
    usage = next(line for line in told.err.splitlines() if line.startswith("usage: python -m bot "))
    for name in ("run", "demo", "docs", "iam", "manifest [socket|http URL]"):
        assert name in usage


@pytest.mark.usefixtures("bare")
def test_policies_are_printed_without_aws_and_with_the_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A heading and a policy document, five times."""
    monkeypatch.setenv("SAGEWATCH_AWS__READ_ROLE", "ml-reader")
    monkeypatch.setenv("SAGEWATCH_AWS__EXTERNAL_ID", "shared-word")
    assert main(["iam"]) == 0
    said = capsys.readouterr().out
    trust, read, _, operate, own = (json.loads(part.split("\n", 1)[1]) for part in said.split("# ")[1:])
    assert trust["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] == "shared-word"
    assert "sagemaker:ListMonitoringExecutions" in str(read)
    assert ["sagemaker:StartMonitoringSchedule", "sagemaker:StopMonitoringSchedule"] in [
        s["Action"] for s in operate["Statement"]
    ]
    assert all("StopMonitoringSchedule" not in str(one) for one in (read, own))
    (assumed,) = (s["Resource"] for s in own["Statement"] if s["Action"] == "sts:AssumeRole")
    assert assumed == ["arn:aws:iam::*:role/ml-reader", "arn:aws:iam::*:role/sagewatch-operate"]


@pytest.mark.usefixtures("bare")
def test_operators_policies_are_printed_with_their_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their role's trust and policy, and the bot's right to become it in a person's name."""
    monkeypatch.setenv("SAGEWATCH_AWS__OPERATE_ROLE", "ml-operator")
    assert main(["iam"]) == 0
    parts = (part.split("\n", 1) for part in capsys.readouterr().out.split("# ")[1:])
    printed = {title.partition(",")[0]: json.loads(document) for title, document in parts}
    allowed = [statement["Action"] for statement in printed["Policy of role ml-operator"]["Statement"]]
    assert ["sagemaker:StartMonitoringSchedule", "sagemaker:StopMonitoringSchedule"] in allowed
    (trusted,) = printed["Trust policy of role ml-operator"]["Statement"]
    assert trusted["Condition"]["StringEquals"]["aws:PrincipalArn"].endswith(":role/sagewatch-bot")
    becoming = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
    assert trusted["Action"] == becoming
    own = printed["Policy of role sagewatch-bot"]["Statement"]
    assert [s["Action"] for s in own if s["Resource"] == "arn:aws:iam::*:role/ml-operator"] == [becoming[1:]]
    elsewhere = [document for title, document in printed.items() if title != "Policy of role ml-operator"]
    assert "StopMonitoringSchedule" not in str(elsewhere)


@pytest.mark.usefixtures("bare")
def test_the_manifest_is_printed_for_either_transport(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the settings' slash command; Socket Mode unless said otherwise."""
    monkeypatch.setenv("SAGEWATCH_SLACK__COMMAND", "/models")
    printed = []
    for words in ("manifest", "manifest socket", "manifest http https://ml.example.com"):
        assert main(words.split()) == 0
        printed.append(json.loads(capsys.readouterr().out))
    assert printed[0] == printed[1]
    assert [p["settings"]["socket_mode_enabled"] for p in printed] == [True, True, False]
    assert {p["features"]["slash_commands"][0]["command"] for p in printed} == {"/models"}


@pytest.mark.usefixtures("bare")
def test_unusable_settings_are_told_not_taken_for_wrong_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1, no usage."""
    monkeypatch.setenv("SAGEWATCH_SLACK__COMMAND", "models")
    assert main(["manifest"]) == 1
    told = capsys.readouterr().err
    assert "slack.command" in told
    assert "usage" not in told


@pytest.mark.parametrize(
    ("kind", "transport", "lacks"),
    [
        ("run", "socket", "SLACK_BOT_TOKEN, SLACK_APP_TOKEN"),
        ("serve", "http", "SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET"),
        ("work", "socket", "SLACK_BOT_TOKEN"),
        ("work", "http", "SLACK_BOT_TOKEN"),
    ],
)
@pytest.mark.usefixtures("bare")
def test_missing_secrets_are_named(
    kind: str, transport: str, lacks: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those that this kind of process needs on this transport, and no other, before anything is connected."""
    monkeypatch.setenv("SAGEWATCH_SLACK__TRANSPORT", transport)
    before = signal.getsignal(signal.SIGINT)
    assert main([kind]) == 1
    assert capsys.readouterr().err.splitlines()[0] == f"Not set: {lacks}."
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("port", ["abc", "70000", "-1"])
def test_a_bad_port_is_told(port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to say instead."""
    monkeypatch.setenv("SAGEWATCH_DEMO_PORT", port)
    assert main(["demo"]) == 1
    assert "is no port" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            {"TRANSPORT": "carrier-pigeon"},
            "SAGEWATCH_DEMO_TRANSPORT=carrier-pigeon is no transport.\nSay socket or http.",
        ),
        ({"DATABASE": "mysql://u:secret@h/d", "KEEP": "kept"}, "SAGEWATCH_DEMO_DATABASE is no PostgreSQL's URL."),
        ({"DATABASE": "postgresql://u:secret@h/d"}, "SAGEWATCH_DEMO_KEEP"),
    ],
)
@pytest.mark.usefixtures("bare")
def test_what_a_demo_cannot_be_is_told_with_the_way_out(
    said: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything starts; a password is not repeated."""
    for name, value in said.items():
        monkeypatch.setenv(f"SAGEWATCH_DEMO_{name}", value)
    assert main(["demo"]) == 1
    errors = capsys.readouterr().err
    assert told in errors
    assert "secret" not in errors


def test_a_demo_whose_bot_cannot_start_leaves_nothing_running() -> None:
    """The page's port is free again, and what is wrong is the bot's own sentence."""
    before = {t.name for t in threading.enumerate()}
    demo = Demo(0, settings={"slack": {"transport": "http", "bot_token": "xoxb-nobody", "signing_secret": ""}})
    with pytest.raises(BotError, match="invalid_auth"):
        demo.start()
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", int(demo.url.split(":")[2]))):
        pass
    until(lambda: {t.name for t in threading.enumerate()} <= before, "its threads end")


def test_a_port_in_use_is_told_and_leaves_nothing_running() -> None:
    """Another demo can start at once."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for _ in range(2):
            with pytest.raises(BadRequest, match=f"Port {port} is in use") as told:
                Demo(port).start()
            assert "SAGEWATCH_DEMO_PORT" in told.value.next_step


@pytest.mark.parametrize("transport", ["socket", "http"])
def test_the_demo_starts_prints_one_address_and_ends_with_ctrl_c(transport: str) -> None:
    """As `make demo` runs it; settings of the environment do not reach it."""
    said = {"SAGEWATCH_DEMO_PORT": "0", "SAGEWATCH_DEMO_TRANSPORT": transport}
    environ = {**os.environ, **said, "AWS_PROFILE": "nobody", "SAGEWATCH_NONSENSE": "x"}
    started = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo"],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert started.stdout is not None
        line = started.stdout.readline()
        assert line.startswith("Sagewatch is at http://127.0.0.1:")
        ways = {"socket": 1, "http": 0}
        bot = Driver(line.split()[3]).state()["bot"]
        assert (bot["connected"], bot["connections"]) == (True, ways[transport])
        started.send_signal(signal.SIGINT)
        _, errors = started.communicate(timeout=30)
    finally:
        started.kill()
    assert started.returncode == 0, errors
    assert "Traceback" not in errors
    assert '"level": "info"' not in errors, "what nobody need read would push the address out of sight"


@pytest.mark.usefixtures("bare")
def test_redrive_without_a_queue_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Before it asks anybody."""
    assert main(["redrive", "--list"]) == 1
    assert "inbox.queue_url is not set" in capsys.readouterr().err
