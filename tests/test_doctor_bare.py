"""The doctor where nothing is set up yet."""

import os
from pathlib import Path

import pytest

from bot.__main__ import main


@pytest.mark.parametrize(("words", "status"), [(["doctor"], 1), (["doctor", "quickly"], 2)])
def test_with_nothing_set_it_says_what_it_could_not_look_at(
    words: list[str], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No token, no Region, no database: a line each, and no stack trace."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("AWS_", "SLACK_", "SAGEWATCH_", "DATABASE_")):
            monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    assert main(words) == status
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    if status == 1:
        for part in (
            "SLACK_BOT_TOKEN, SLACK_APP_TOKEN: not set",
            "Slack was not looked at",
            "No AWS Region",
            "no database file",
        ):
            assert part in told.out
    assert list(tmp_path.iterdir()) == []
