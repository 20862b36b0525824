"""The trail from Slack and back: the auditor's alone wherever it is asked, by form, with a way to end it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.model.person import Grant, Role
from bot.model.question import Questions
from bot.ports import Trail
from bot.questions.load import load
from sandbox.driver import text_of, until
from sandbox.fakes_office import ACCOUNT, Office, office
from sandbox.fakes_trail import PRODUCTION
from sandbox.fakes_trail_port import FakeTrail, Trailed
from sandbox.fakes_trail_story import story
from sandbox.slack import payloads

LOADED = load(given={"operate_role": "sagewatch-operate"}, known_settings=["trail.about_people"])


def recorded() -> list[dict[str, Any]]:
    """The bank's story in the office's first account."""
    place = {"recipientAccountId": ACCOUNT.id, "awsRegion": ACCOUNT.regions[0]}
    return [{**body, **place} for body in story(datetime.now(UTC)) if body["recipientAccountId"] == PRODUCTION]


@pytest.fixture
def trailed() -> Trailed:
    """What the trail has."""
    return Trailed(recorded(), rows=(("2026-11-20T09:00:00Z", "ana", "IAM user", ACCOUNT.id, 3.0),))


@pytest.fixture
def there(tmp_path: Path, trailed: Trailed) -> Iterator[Office]:
    """Maya is an auditor, Sam is not."""
    grant = Grant(Role.AUDITOR, ("U0MAYA",))
    with office(
        str(tmp_path / "sagewatch.db"),
        grant,
        more=lambda ask: {Trail: FakeTrail(trailed, ask), Questions: LOADED},
    ) as made:
        yield made


def said(there: Office, who: str, word: str) -> dict[str, Any]:
    """The newest message to somebody that has the word."""
    return until(
        lambda: next((m for m in reversed(there.drive.messages(who)) if word in text_of(m)), None), f"{word} is said"
    )


def test_an_answer_is_the_auditor_s_alone_and_cannot_be_shared(there: Office) -> None:
    """Nobody else sees it; there is no such button; whoever is no auditor is refused."""
    there.drive.say("maya", "/ml who CreateEndpoint since=30d")
    answer = said(there, "maya", "CreateEndpoint: 3 calls")
    assert "Share Here" not in repr(answer)
    assert "192.0.2.17" not in repr(answer)
    assert not any("CreateEndpoint: 3" in text_of(m) for m in there.drive.messages("sam"))
    there.drive.say("sam", "/ml who CreateEndpoint")
    said(there, "sam", "auditor")
    lines = [(e.person_id, e.line, e.outcome) for e in there.audit.tail(2)]
    assert ("U0MAYA", "who CreateEndpoint since=30d", "done") in lines
    assert ("U0SAM", "who CreateEndpoint", "refused") in lines


def test_a_mention_is_answered_to_the_asker_alone(there: Office) -> None:
    """In the thread, where others read on without it."""
    bot = there.slack.workspace.app.user_id
    there.drive.say("maya", f"<@{bot}> who DeleteEndpoint since=30d")
    asked = until(lambda: next((m for m in there.drive.messages("maya") if "who Delete" in text_of(m)), None), "asked")
    thread = until(
        lambda: [m for m in there.drive.messages("maya", thread_ts=asked["ts"]) if "DeleteEndpoint:" in text_of(m)],
        "it is answered",
    )
    assert thread
    others = there.drive.messages("sam", thread_ts=asked["ts"])
    assert not any("DeleteEndpoint:" in text_of(m) for m in others)


def test_a_press_to_share_it_shows_it_to_nobody(there: Office) -> None:
    """Though no button of ours says so: what comes of it is the presser's alone."""
    there.drive.say("maya", "/ml who CreateEndpoint since=30d")
    shown = said(there, "maya", "CreateEndpoint: 3 calls")
    there.take(there.on_loop(lambda: forged(there, shown["ts"], "who DeleteEndpoint since=30d")))
    said(there, "maya", "DeleteEndpoint: 2 calls")
    assert not any("DeleteEndpoint: 2" in text_of(m) for m in there.drive.messages("sam"))


def forged(there: Office, ts: str, line: str) -> dict[str, Any]:
    """A press on *Share Here* of a message that has none."""
    slack = there.slack
    maya, channel = slack.workspace.users["U0MAYA"], slack.workspace.channels["C0ALERTS"]
    message = slack.workspace.message(channel.id, ts)
    assert message is not None
    url = f"{slack.base_url}/actions/{slack.responses.for_message(message, maya.id).id}"
    action = {"type": "button", "block_id": "b", "action_ts": "1.1", "action_id": "ml:share:1", "value": line}
    return {
        **payloads.interaction(slack, "block_actions", maya),
        **payloads.on_message(message, channel, url),
        "state": {"values": {}},
        "actions": [action],
    }


def test_a_record_opens_in_a_form_that_is_only_read(there: Office) -> None:
    """With addresses, without a button to send it."""
    there.drive.say("maya", "/ml who DeleteEndpoint churn since=30d")
    there.drive.press("maya", said(there, "maya", "DeleteEndpoint of churn: 1 call"), "Record")
    (view,) = until(lambda: there.drive.views("maya"), "the record opens")
    assert "192.0.2.17" in repr(view)
    assert "submit" not in view or view["submit"] is None


def test_a_missing_value_is_asked_by_a_form_whose_answer_is_private(there: Office, trailed: Trailed) -> None:
    """Also where the bot is no member: by the command's own address."""
    there.drive.say("maya", "/ml ask timeline", channel="general")
    (view,) = until(lambda: there.drive.views("maya"), "the form opens")
    there.drive.submit("maya", view, {"name": "bank's", "since": "3d"})
    until(
        lambda: [m for m in there.drive.messages("maya", channel="general") if "Everything about" in text_of(m)],
        "it is answered",
    )
    assert not any("Everything about" in text_of(m) for m in there.drive.messages("sam", channel="general"))
    query, _ = trailed.asked[-1]
    assert getattr(query, "values", ()) == ("bank's",)
    assert any(e.line == "ask timeline name=bank's since=3d" for e in there.audit.tail(3))


def test_whoever_waits_hears_how_far_it_is_and_may_end_it(there: Office, trailed: Trailed) -> None:
    """After two seconds, with what was read so far and a button."""
    trailed.gate.clear()
    there.drive.say("maya", "/ml ask denied")
    waiting = said(there, "maya", "Athena has read 2 GB so far")
    there.drive.press("maya", waiting, "Cancel")
    until(lambda: trailed.stopped == ["run-1"], "it is stopped")
    said(there, "maya", "being cancelled")
    trailed.gate.set()
    said(there, "maya", "Calls to SageMaker that were denied")


def test_the_list_of_questions_leads_to_each(there: Office) -> None:
    """By a menu; one that wants a value opens its form."""
    there.drive.say("maya", "/ml ask")
    listed = said(there, "maya", "27 questions to CloudTrail")
    there.drive.press("maya", listed, "Calls to SageMaker that were denied")
    said(there, "maya", "Calls to SageMaker that were denied: 1 row")
