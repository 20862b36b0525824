"""How the product is started, and what is said when it cannot be."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.errors import BadRequest
from sandbox.demo import Demo

ROOT = Path(__file__).parent.parent


def test_a_wrong_word_gets_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """And exit status 2."""
    assert main(["fly"]) == 2
    assert "usage: python -m bot {run|demo|docs}" in capsys.readouterr().err


def test_missing_tokens_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is connected."""
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SAGEWATCH_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    assert main(["run"]) == 1
    said = capsys.readouterr().err
    assert "SLACK_BOT_TOKEN" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("port", ["abc", "70000", "-1"])
def test_a_bad_port_is_told(port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to say instead."""
    monkeypatch.setenv("SAGEWATCH_DEMO_PORT", port)
    assert main(["demo"]) == 1
    assert "is no port" in capsys.readouterr().err


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


def test_the_demo_starts_prints_one_address_and_ends_with_ctrl_c() -> None:
    """As `make demo` runs it; settings of the environment do not reach it."""
    environ = {**os.environ, "SAGEWATCH_DEMO_PORT": "0", "AWS_PROFILE": "nobody", "SAGEWATCH_NONSENSE": "x"}
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
        started.send_signal(signal.SIGINT)
        _, errors = started.communicate(timeout=30)
    finally:
        started.kill()
    assert started.returncode == 0, errors
    assert "Traceback" not in errors
