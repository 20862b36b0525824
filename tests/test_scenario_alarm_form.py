"""Operators and alarms end to end: one is made by the form, fires and joins its card; one is muted from the card."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sandbox.demo import Demo
from sandbox.driver import Declined, Driver, text_of, until

Json = dict[str, Any]
NAME = "sagewatch-bank-marketing-accuracy"


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """Drives a world whose production broke its accuracy hours ago."""
    demo = Demo(0, tmp_path_factory.mktemp("alarm"), history=timedelta(hours=3))
    demo.start()
    yield Driver(demo.url)
    demo.stop()


def card(drive: Driver, says: str) -> Json:
    """Production's card of model quality, once it says so."""

    def look() -> Json | None:
        found = [m for m in drive.messages("priya") if "model quality" in text_of(m) and "ml-production" in text_of(m)]
        return next((m for m in found if m["blocks"][0]["type"] == "header" and says in text_of(m)), None)

    return until(look, f"a card that says {says!r}") or {}


def press(drive: Driver, who: str, says: str, label: str) -> None:
    """Press that on the card, as it is then: it may be drawn anew just before."""

    def done() -> bool:
        try:
            return bool(drive.press(who, card(drive, says), label))
        except Declined:
            return False

    until(done, f"{label} is pressed")


def form(drive: Driver, who: str, title: str) -> Json:
    """The form that lies on top, once it has that title."""

    def look() -> Json | None:
        views = drive.views(who)
        return views[-1] if views and views[-1]["title"]["text"] == title else None

    return until(look, f"the form {title}") or {}


def said(drive: Driver, who: str, what: str) -> Json:
    """The newest message to somebody that says it."""

    def look() -> Json | None:
        return next((m for m in reversed(drive.messages(who)) if what in text_of(m)), None)

    return until(look, f"{what!r} told to {who}") or {}


def test_an_alarm_made_by_the_form_fires_and_joins_its_monitors_card(drive: Driver) -> None:
    """Asked for, corrected at its field, told in words, made across accounts, fired, and one row of the same card."""
    before = card(drive, "accuracy")
    drive.say("priya", "/ml alarm new bank-marketing accuracy account=ml-production")
    page = form(drive, "priya", "New alarm")
    (choice,) = (option["value"] for option in page["blocks"][0]["element"]["options"])
    sent = {"watch": choice, "evaluation": "1/1", "period": "run", "missing": "ignore"}
    refused = drive.submit("priya", page, {**sent, "limit": "0.95"})
    assert list(refused["errors"]) == ["reason"], "at the field that was left empty"
    drive.submit("priya", page, {**sent, "limit": "0.95", "reason": "we promised it"})

    asked = form(drive, "priya", "Make this alarm?")
    assert "accuracy is below 0.9500 in 1 run" in text_of(asked)
    drive.submit("priya", asked, {})
    assert drive.views("priya") == [], "both pages close"
    made = said(drive, "priya", f"{NAME} is made")
    assert "It lives in ml-observability (111111111111)" in text_of(made), "where production's metrics are linked"

    drive.world("next_hour")
    joined = card(drive, "2 alarms fired")
    assert NAME in text_of(joined)
    assert joined["ts"] == before["ts"], "a row of the same card"
    assert f"{NAME} is blind" not in text_of(joined), "before it was judged nothing is said of it"
    drive.press("priya", made, "Delete…")
    drive.press("priya", said(drive, "priya", f"Delete {NAME}"), "Delete")
    said(drive, "priya", f"{NAME} is deleted")


def test_an_alarm_is_muted_from_its_card_which_says_by_whom_until_it_is_heard_again(drive: Driver) -> None:
    """Told what it silences; CloudWatch has a rule of it meanwhile; the thread tells of both."""
    name = "BANKING_MODEL_QUALITY_ACCURACY_SCORE"
    first = card(drive, name)
    press(drive, "diego", name, "Mute in CloudWatch…")
    said(drive, "diego", "operator")
    press(drive, "priya", name, "Mute in CloudWatch…")
    page = form(drive, "priya", "Mute in CloudWatch")
    assert "nothing, since this alarm has no action in CloudWatch" in text_of(page)
    fields = {"until": "4h", "reason": "we deploy"}
    if any(block["block_id"] == "name" for block in page["blocks"]):
        options = next(block for block in page["blocks"] if block["block_id"] == "name")["element"]["options"]
        fields["name"] = next(option["value"] for option in options if option["text"]["text"] == name)
    assert drive.submit("priya", page, {**fields, "day": "2020-01-01"})["errors"].keys() == {"day"}
    drive.submit("priya", page, fields)
    said(drive, "priya", f"{name} is muted from")
    muted = f"{name} is muted in CloudWatch by Priya Natarajan until"
    press(drive, "priya", muted, "Unmute in CloudWatch")
    said(drive, "priya", f"{name} is heard again")
    until(lambda: "is muted in" not in text_of(card(drive, name)), "the card tells of no mute")
    told = (f"{name} is muted in CloudWatch by", f"{name} was unmuted in CloudWatch by")

    def thread() -> bool:
        text = "\n".join(text_of(m) for m in drive.messages("priya", thread_ts=first["ts"]))
        return all(part in text for part in told)

    until(thread, "the thread tells of both")


def test_who_is_no_operator_is_told_so_and_a_mention_offers_the_form(drive: Driver) -> None:
    """A mention has nothing that could open a form: its button has."""
    drive.say("diego", "/ml alarm new")
    said(drive, "diego", "operator")
    assert drive.views("diego") == []
    asked = drive.say("priya", "@Sagewatch alarm new bank-marketing accuracy")
    del asked
    parent = said(drive, "priya", "alarm new bank-marketing")

    def offered() -> Json | None:
        thread = drive.messages("priya", thread_ts=parent["ts"])
        return next((m for m in thread if "a form is needed" in text_of(m)), None)

    drive.press("priya", until(offered, "the button is offered") or {}, "Open the Form")
    form(drive, "priya", "New alarm")
