"""Who did it, in the demo: typed as a new user would, answered from the world's own trail."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sandbox import governed
from sandbox.demo import Demo
from sandbox.driver import Driver, fetched, text_of, until
from sandbox.world import fleet, trail

HISTORY = timedelta(hours=2)
Json = dict[str, Any]


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """One for all, which goes on from test to test."""
    running = Demo(0, history=HISTORY, monitors=("ModelQuality",), trail=True)
    running.start()
    drive = Driver(running.url)
    until(lambda: drive.state()["ready"] and drive.exchanges(text="ListAttachedLinks"), "the bot knows the accounts")
    yield running
    running.stop()


@pytest.fixture
def drive(demo: Demo) -> Driver:
    """Its page."""
    return Driver(demo.url)


def said(drive: Driver, line: str, *words: str, who: str = "ingrid") -> Json:
    """The answer to a command, which has all of the words."""
    before = {m["ts"] for m in drive.messages(who)}
    drive.say(who, line)

    def answer() -> Json | None:
        fresh = [m for m in drive.messages(who) if m["ts"] not in before]
        return next((m for m in fresh if all(word in text_of(m) for word in words)), None)

    try:
        found = until(answer, f"{line} says {', '.join(words)}", within_s=30)
    except AssertionError as error:
        told = [text_of(m) for m in drive.messages(who) if m["ts"] not in before]
        raise AssertionError(f"{error}; it was told {told}") from error
    assert found is not None
    return found


def rows(message: Json) -> list[list[str]]:
    """The cells of its table as texts."""
    table = next(block for block in message["blocks"] if block["type"] == "data_table")
    return [[text_of({"blocks": [cell]}).strip() for cell in row] for row in table["rows"][1:]]


def test_an_auditor_asks_who_and_opens_the_record(drive: Driver) -> None:
    """Persons and how they are known, the denied call too; addresses stand in the record alone."""
    answer = said(drive, "/ml who CreateEndpoint since=30d", "CreateEndpoint: 4 calls in 30 d", "fraud-try", "denied")
    text = text_of(answer)
    for word in ("maya.okafor@example.com", "Identity Center user", "diego-ramirez", "source identity", "churn-try"):
        assert word in text
    assert "session name, role ml-deploy-pipeline" in text
    assert "Mozilla" not in text
    drive.press("ingrid", answer, "Record")
    (view,) = until(lambda: drive.views("ingrid"), "the record opens")
    assert "Mozilla/5.0" in text_of(view)
    assert "sourceIPAddress" in text_of(view)
    drive.post("/_sandbox/close", user=drive.user("ingrid"), view_id=view["id"])


def test_a_question_is_answered_and_a_missing_value_asked(drive: Driver) -> None:
    """By words and by form; a whole table is a file."""
    answer = said(drive, "/ml ask endpoint-created since=7d", "Endpoints created: 2 rows in 7 d", "fraud-try")
    assert "CSV" in text_of(answer)
    drive.say("ingrid", "/ml ask timeline")
    (view,) = until(lambda: drive.views("ingrid"), "the form opens")
    assert view["title"]["text"] == "Everything about one…"
    drive.submit("ingrid", view, {"name": "churn-try", "since": "30d"})
    until(
        lambda: [m for m in drive.messages("ingrid") if "Everything about one resource: 9 rows" in text_of(m)],
        "it is answered",
    )


def sheet(drive: Driver, answer: Json) -> list[list[str]]:
    """The file that its button CSV brings into Ingrid's conversation with the bot."""
    user = drive.user("ingrid")

    def files() -> list[Json]:
        found = drive.get("/_sandbox/messages", user=user, channel=f"D{user[1:]}")["messages"]
        return [file for message in found for file in message.get("files", [])]

    before = len(files())
    drive.press("ingrid", answer, "CSV")
    (file,) = until(lambda: files()[before:], "the file comes")
    status, text = fetched(file["url_private"])
    assert status == 200
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_answers_come_as_files_too(drive: Driver) -> None:
    """Of who and of a question: every column, the person in full, no address."""
    head, *calls = sheet(drive, said(drive, "/ml who CreateEndpoint since=30d", "CreateEndpoint: 4 calls"))
    assert len(calls) == 4
    assert {"maya.okafor@example.com", "diego-ramirez"} <= {cell for call in calls for cell in call}
    assert {"When", "Who", "Resource", "Result"} <= set(head)
    assert not any("Mozilla" in cell for call in calls for cell in call)
    _, *rows_ = sheet(drive, said(drive, "/ml ask endpoint-created since=7d", "Endpoints created: 2 rows"))
    assert len(rows_) == 2
    assert "fraud-try" in {cell for row in rows_ for cell in row}


def test_all_is_well_to_the_doctor(drive: Driver) -> None:
    """No failure and no warning: layout, freshness, rights of the bot's role and of the read role."""
    text = text_of(said(drive, "/ml doctor", "a question was answered", who="priya"))
    assert "Control Tower, landing zone 3.0 and later" in text
    assert text.startswith("Nothing failed, 2 untested")
    assert "warning" not in text


def test_what_somebody_just_did_is_provisional_until_its_file_comes(demo: Demo, drive: Driver) -> None:
    """Once, by name, though newer files come before its own; where a role is shared, nobody is made up."""
    for account in (fleet.TEST, fleet.PRODUCTION):
        drive.post("/_sandbox/fault", aws="late", account=account, operation="PutObject", times=9)
    drive.world("shared_role_as", "ml-test")
    drive.world("delete_endpoint_as")
    answer = said(
        drive,
        "/ml who DeleteEndpoint bank-marketing since=1h",
        "DeleteEndpoint of bank-marketing: 1 call, 1 provisional",
    )
    assert "diego-ramirez" in text_of(answer)
    said(
        drive,
        "/ml who StopMonitoringSchedule since=1h",
        "cannot be told",
        "source identity is off in that Studio domain",
    )
    demo.aws.mend()
    drive.world("next_hour")
    drive.world("next_hour")
    settled = said(
        drive, "/ml who DeleteEndpoint bank-marketing since=4h", "DeleteEndpoint of bank-marketing: 1 call in 4 h"
    )
    assert "provisional" not in text_of(settled)
    assert demo.world.journal[1]["person"] == "diego"


def test_an_account_that_left_keeps_its_history(drive: Driver) -> None:
    """It is told as it was, and who cut the link."""
    drive.world("unlink", "ml-test")
    answer = said(drive, "/ml who CreateEndpoint since=30d account=ml-test", "CreateEndpoint: 1 call in 30 d")
    assert "deploy-bank-marketing" in text_of(answer)
    drive.world("relink", "ml-test")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/ml who CreateEndpont", ("did you mean CreateEndpoint?",)),
        ("/ml who CreateHub", ("CreateHub: 0 calls in 7 d", "Looked for CreateHub in 3 accounts, us-west-2")),
        ("/ml who CreateRole", ("recorded in us-east-1, which was not looked at",)),
        ("/ml who CreateEndpoint since=200d", ("200 d is longer than the trail may be asked for", "since=90d")),
        ("/ml ask endpoint-creatd", ("did you mean endpoint-created?",)),
        ("/ml ask person person=maya", ("off here", "trail.about_people = true")),
        ("/ml ask alert-threshold since=1h", ("Nothing of that in 3 accounts, us-west-2",)),
    ],
)
def test_what_cannot_be_answered_says_why(drive: Driver, line: str, words: tuple[str, ...]) -> None:
    """And what to do."""
    said(drive, line, *words)


def test_damaged_files_are_counted_and_accounts_that_the_table_lacks_named(demo: Demo, drive: Driver) -> None:
    """With the line that adds them; the other files and accounts answer."""
    drive.post("/_sandbox/fault", aws="damage", account=fleet.TEST, operation="PutObject", times=1)
    drive.world("next_hour", "ml-test")
    answer = said(drive, "/ml who DeleteEndpoint since=30d", "1 damaged log file left out", "DeleteEndpoint: ")
    assert "churn-try" in text_of(answer)
    client = demo.aws.client("athena", fleet.OBSERVABILITY)
    listed = f"{fleet.OBSERVABILITY},{fleet.PRODUCTION}"
    governed.run(client, f"ALTER TABLE {governed.TABLE} SET TBLPROPERTIES ('projection.account.values' = '{listed}')")
    drive.world("next_hour")
    told = text_of(said(drive, "/ml who CreateModel since=30d", "Not in the trail's table", fleet.TEST))
    assert (
        f"ALTER TABLE {governed.TABLE} SET TBLPROPERTIES ('projection.account.values' = '{listed},{fleet.TEST}')"
        in told
    )
    assert trail.COPY not in told
