"""A message of its own on the strict sandbox: found by its mark, plainer or elsewhere where it must be."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.model.reply import Bold, Column, Paragraph, Reply, Table
from sandbox.driver import text_of, until
from sandbox.fakes_office import Office, office

DIGEST = Reply(
    ("3 open, 1 run out",),
    (Paragraph((Bold("3 open"),)), Table("Open", (Column("#"), Column("Service")), (("1", "churn"),))),
    shareable=False,
)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Office]:
    """An office in which nothing is wrong."""
    with office(str(tmp_path / "sagewatch.db")) as made:
        yield made


def put(there: Office, channel: str = "ml-alerts", key: str = "digest:ml-alerts:2026-11-25") -> datetime:
    """Queue it."""
    now = there.fleet.now()
    assert there.notices.put(key, channel, DIGEST, now)
    return now


def said(there: Office, channel: str = "ml-alerts", who: str = "maya") -> list[dict[str, Any]]:
    """The channel's messages."""
    return there.drive.messages(who, channel=channel)


def test_a_message_whose_reply_was_lost_is_found_by_its_key_and_not_repeated(there: Office) -> None:
    """In Slack's own history; once done, its key is not taken again."""
    now = put(there)
    there.slack.faults.add("lose_reply", 1)
    there.posts()
    assert there.notices.counts()["ambiguous"] == 1
    until(lambda: there.posts() or not there.notices.channels(), "it is found")
    (message,) = said(there)
    assert "churn" in text_of(message)
    assert message["metadata"]["event_payload"]["card"] == "notice:digest:ml-alerts:2026-11-25"
    assert not there.notices.put("digest:ml-alerts:2026-11-25", "ml-alerts", DIGEST, now)


def test_blocks_that_slack_refuses_come_plainer(there: Office) -> None:
    """As a card's would."""
    put(there)
    there.slack.faults.add("invalid_blocks", 1)
    there.posts()
    (message,) = said(there)
    assert not [block for block in message["blocks"] if block["type"] == "data_table"]


@pytest.mark.parametrize("channel", ["partner", "old", "nowhere"])
def test_what_belongs_in_a_lost_channel_is_shown_in_the_default_one(there: Office, channel: str) -> None:
    """Shared with another company, archived, never there: said, and why."""
    put(there, channel)
    until(lambda: there.posts() or not there.notices.channels(), "it is shown")
    moved, message = said(there)
    assert "is shown here" in text_of(moved)
    assert "churn" in text_of(message)
    assert channel == "nowhere" or said(there, channel) == []
