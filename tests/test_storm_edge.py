"""A storm in the channel, as people meet it: one message that Slack takes, one press for all, a file under it."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.driver import fetched, text_of, until
from sandbox.fakes_office import OTHER, Office, office

COUNT = 60


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Office]:
    """An office in which a hundred and twenty incidents began at once."""
    with office(str(tmp_path / "sagewatch.db")) as made:
        for n in range(COUNT - 1):
            made.breaks(f"service-{n:03d}", rows=1 + n % 3)
        made.breaks("service-other", account=OTHER)
        made.posts()
        yield made


def storm(there: Office) -> dict[str, Any]:
    """The channel's only message."""
    (message,) = there.drive.messages("maya")
    return message


def shows(there: Office, words: str) -> None:
    """Turns of the poster until the storm's card says so."""

    def shown() -> bool:
        there.posts()
        return words in text_of(storm(there))

    until(shown, f"the card says {words}")


def test_slack_takes_a_storms_card_and_its_buttons(there: Office) -> None:
    """Plain buttons for the whole, one in each row of the worst fifty for a single one."""
    card = storm(there)
    assert f"Storm: {COUNT} incidents at once, in 2 accounts" in text_of(card)
    assert card["metadata"]["event_payload"]["card"].startswith("storm/ml-alerts/")
    (table,) = [block for block in card["blocks"] if block["type"] == "data_table"]
    assert len(table["rows"]) == 51
    there.drive.press("maya", card, "Acknowledge")
    shows(there, "1 acknowledged")


def test_one_press_acknowledges_all_before_the_message_is_edited(there: Office) -> None:
    """Stored when Slack is told that it was taken; the card is edited in place, and nothing else is posted."""
    before = storm(there)
    done = there.drive.press("maya", before, f"Acknowledge All {COUNT}")
    assert (done["ok"], storm(there)["blocks"]) == (True, before["blocks"])
    there.settle()
    maya = there.drive.user("maya")
    owners = {i.state.owner_id for i in there.store.list(there.fleet.now())}
    assert owners == {maya}
    assert done["ack_ms"] < 2_000
    shows(there, f"{COUNT} acknowledged")
    after = storm(there)
    assert after["ts"] == before["ts"]
    with pytest.raises(AssertionError, match="no button"):
        there.drive.press("maya", after, f"Acknowledge All {COUNT}")


def test_sam_who_comes_second_is_told_whose_they_are(there: Office) -> None:
    """Privately."""
    card = storm(there)
    there.drive.press("maya", card, f"Acknowledge All {COUNT}")
    there.settle()
    there.drive.press("sam", card, f"Acknowledge All {COUNT}")
    until(lambda: any("somebody else has" in text_of(m) for m in there.drive.messages("sam")), "Sam is told")
    assert not any("somebody else has" in text_of(m) for m in there.drive.messages("maya"))


def test_the_file_of_all_comes_under_the_message(there: Office) -> None:
    """Every incident a row, also those that the card has no room for."""
    card = storm(there)
    there.drive.press("maya", card, f"All {COUNT} (CSV)")

    def files() -> list[Any]:
        replies = there.drive.messages("sam", thread_ts=card["ts"])
        return [file for message in replies for file in message.get("files", [])]

    (file,) = until(files, "the file comes")
    _, text = fetched(file["url_private"])
    head, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert head == ["#", "Service", "Account", "What is wrong", "State"]
    assert max(row[1] for row in rows) == "service-other"
    assert len(rows) == COUNT
