"""Tables as CSV: in full, with the presser's rights, where they belong, once for each press."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.dispatch import Answer
from bot.model.reply import Column, Reply, Table
from bot.render import plain_text
from bot.slack.filing import MOST_ROWS, Filing
from bot.slack.payload import Click
from sandbox.driver import fetched, text_of, until
from sandbox.fakes_office import Office, office
from sandbox.slack import payloads
from sandbox.slack.tiny import TEAM


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Office]:
    """An office in which nothing is wrong yet."""
    with office(str(tmp_path / "sagewatch.db")) as made:
        yield made


def answer(there: Office, line: str, who: str = "maya", word: str = "") -> dict[str, Any]:
    """Type a line; the message that answers it."""
    there.drive.say(who, line)
    return until(
        lambda: next((m for m in reversed(there.drive.messages(who)) if word in text_of(m)), None), f"{word} is said"
    )


def filed(there: Office, who: str = "maya", **where: Any) -> list[dict[str, Any]]:
    """Every file in somebody's conversation with the bot, or there."""
    user = there.drive.user(who)
    place = {"channel": f"D{user[1:]}", **where}
    found = there.drive.get("/_sandbox/messages", user=user, **place)["messages"]
    return [file for message in found for file in message.get("files", [])]


def sheet(file: dict[str, Any]) -> list[list[str]]:
    """Its rows, as a spreadsheet reads them."""
    status, text = fetched(file["url_private"])
    assert status == 200
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_whole_table_comes_and_not_what_the_answer_shows(there: Office) -> None:
    """More rows than a message takes, every column, nothing that a spreadsheet would run; told privately."""
    there.fleet.violations_there = 250
    asked = answer(there, "/ml violations", word="250 broken constraints")
    there.drive.press("maya", asked, "CSV")
    (file,) = until(lambda: filed(there), "the file comes")
    head, *rows = sheet(file)
    assert head[:3] == ["Service", "Account", "Metric"]
    assert len(rows) == 250
    assert rows[7][0] == "'=service-7"
    assert float(rows[7][head.index("Seen")]) == 7 / 100_000
    assert file["name"].startswith("sagewatch-violations-20")
    assert file["name"].endswith("Z.csv")
    until(lambda: any("in your messages" in text_of(m) for m in there.drive.messages("maya")), "it is said")
    assert not any("in your messages" in text_of(m) for m in there.drive.messages("sam"))
    assert there.audit.tail(1)[0].origin == "click"


def test_anybody_may_press_a_shared_answer_and_gets_their_own_file(there: Office) -> None:
    """With their own rights: a guest gets a sentence and no file."""
    there.breaks()
    asked = answer(there, "/ml incidents", word="1 open")
    there.drive.press("maya", asked, "Share Here")
    shown = until(
        lambda: next((m for m in there.drive.messages("sam") if "Shared by" in text_of(m)), None), "it is shared"
    )
    there.drive.press("sam", shown, "CSV")
    (file,) = until(lambda: filed(there, "sam"), "the file comes")
    head, row = sheet(file)
    assert "Act" not in head
    assert row[head.index("Service")] == "bank-marketing"
    assert filed(there, "maya") == []


def test_a_card_with_more_rows_than_it_shows_brings_all_into_its_thread(there: Office) -> None:
    """For everybody there; a second press may bring it again."""
    there.breaks(rows=40)
    there.posts()
    card = next(m for m in there.drive.messages("maya") if "25 more of 40 are not shown" in text_of(m))
    there.drive.press("maya", card, "All 40 Rows (CSV)")
    (file,) = until(lambda: filed(there, "sam", channel="C0ALERTS", thread_ts=card["ts"]), "the file comes")
    head, *rows = sheet(file)
    assert [row[head.index("Metric")] for row in rows] == [f"metric-{number:03d}" for number in range(40)]
    assert "Since" in head
    assert filed(there, "maya") == []
    there.drive.press("sam", card, "All 40 Rows (CSV)")
    until(lambda: len(filed(there, "maya", channel="C0ALERTS", thread_ts=card["ts"])) == 2, "it comes again")


def test_a_redelivered_press_brings_one_file(there: Office) -> None:
    """An acknowledgement that was lost: Slack's client says so, and the press comes in a new envelope."""
    there.breaks()
    payload = pressed(there, "incidents")
    for _ in range(3):
        there.take(payload)
    until(lambda: filed(there), "the file comes")
    there.settle()
    assert len(filed(there)) == 1


def pressed(there: Office, line: str, **where: Any) -> dict[str, Any]:
    """Maya's press of a CSV button, as Slack delivers it."""
    user = there.slack.workspace.users["U0MAYA"]
    base = there.on_loop(lambda: payloads.interaction(there.slack, "block_actions", user))
    url = there.on_loop(lambda: there.slack.responses.for_command("C0ALERTS", "U0MAYA").id)
    place = {"type": "message", "message_ts": "1.1", "channel_id": "C0ALERTS", "is_ephemeral": True, **where}
    return {
        **base,
        "container": place,
        "channel": {"id": place["channel_id"], "name": "x"},
        "response_url": f"{there.drive.url}/actions/{url}",
        "actions": [{"type": "button", "action_id": "ml:file:1", "block_id": "b", "value": line, "action_ts": "1.1"}],
    }


def told(there: Office, word: str) -> str:
    """What Maya alone is told with that word."""
    return until(
        lambda: next((text_of(m) for m in there.drive.messages("maya") if word in text_of(m)), ""), f"{word} is said"
    )


def test_without_the_scope_the_presser_is_told_what_slack_said(there: Office) -> None:
    """An older installation lacks it."""
    there.breaks()
    app = there.slack.workspace.app
    there.slack.workspace.app = replace(app, scopes=app.scopes - {"im:write"})
    there.take(pressed(there, "incidents"))
    assert "The CSV did not come. Slack says `missing_scope`, im:write" in told(there, "CSV").replace("\u02cb", "`")
    assert filed(there) == []


@pytest.mark.parametrize(("fault", "said"), [("500", "HTTP 500"), ("429", "asks to wait")])
def test_what_slack_does_not_take_is_told_with_a_next_step(there: Office, fault: str, said: str) -> None:
    """A busy Slack, or a broken one: nothing came, and the next press works."""
    there.breaks()
    there.take(pressed(there, "incidents"))  # who Maya is, is known from now on
    until(lambda: filed(there), "the file comes")
    there.settle()
    payload = pressed(there, "incidents")
    there.slack.faults.add(fault, 1)
    there.take(payload)
    words = told(there, "The CSV did not come")
    assert said in words
    assert "Press it again" in words
    there.take(pressed(there, "incidents"))
    until(lambda: len(filed(there)) == 2, "the next one comes")


def test_a_file_whose_end_nobody_knows_is_looked_for_by_the_presser(there: Office) -> None:
    """Slack shared it and its reply was lost: nothing is repeated."""
    there.breaks()
    there.take(pressed(there, "incidents"))
    until(lambda: filed(there), "the file comes")
    there.settle()
    payload = pressed(there, "incidents")
    there.slack.faults.add("lose_reply", 1)
    there.take(payload)
    assert "Look for it before you press again" in told(there, "may or may not have come")
    assert len(filed(there)) == 2


def test_an_address_that_is_not_slacks_gets_no_file(there: Office) -> None:
    """Whoever answers in Slack's place must not be sent the table."""
    there.breaks()
    there.slack.base_url = "http://127.0.0.1:9"
    payload = pressed(there, "incidents")
    there.take(payload)
    assert "is not Slack's" in told(there, "is not Slack's")
    there.settle()
    assert [file for file in there.slack.workspace.files.values() if file.data] == []


def test_nothing_goes_into_a_thread_that_another_company_reads(there: Office) -> None:
    """Whatever the card's button says there; the presser is told."""
    there.breaks(rows=40)
    there.take(pressed(there, "rows 1", channel_id="C0PARTNER", is_ephemeral=False))
    assert told(there, "shared with another company")
    assert filed(there, channel="C0PARTNER") == []


def test_a_guest_is_refused_and_a_row_that_is_gone_is_said(there: Office) -> None:
    """No file, a sentence; the audit has the refusal."""
    there.breaks()
    guest = {**pressed(there, "incidents"), "user": {"id": "U0GUS", "team_id": TEAM}}
    there.take(guest)
    until(lambda: there.audit.tail(1) and there.audit.tail(1)[0].outcome == "refused", "it is refused")
    there.take(pressed(there, "help"))
    assert told(there, "no table in that answer")
    there.settle()
    assert there.slack.workspace.files == {}


def test_several_tables_are_several_files_and_what_is_over_the_cap_is_said(there: Office) -> None:
    """A hundred thousand rows are an answer; nothing that others wrote is in a file's name."""
    long = Table("../=a:b", (Column("n"),), tuple((str(n),) for n in range(MOST_ROWS + 1)))
    parts = (long, Table("none", (Column("n"),), ()), Table("b", (Column("c"),), (("d",),)))
    press = Click("file", "x", "click:1", "U0MAYA", TEAM, "C0ALERTS", "", "", private=True)
    answer = Answer(Reply(("Two",), parts), name="violations", at=datetime(2026, 11, 25, 9, 2, tzinfo=UTC))
    said = Filing(there.chat, lambda _: None).bring(press, answer)
    first, second = filed(there)
    assert [first["name"], second["name"]] == [f"sagewatch-violations-2026-11-25T0902Z-{n}.csv" for n in (1, 2)]
    assert (len(sheet(first)), sheet(second)) == (MOST_ROWS + 1, [["c"], ["d"]])
    assert "100,000 of 100,001 rows" in plain_text(said)
