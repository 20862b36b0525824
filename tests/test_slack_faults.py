"""What people meet when Slack itself is slow, refuses or does not say who they are."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from slack_bolt import App as Bolt

from bot.dispatch import Dispatch
from bot.errors import BadRequest, BotError
from bot.kit import ATTRIBUTE, Rest, command, form
from bot.model.account import Account
from bot.model.monitor import Schedule
from bot.model.person import Grant, Role
from bot.model.reply import Actions, ChoiceField, Form, Press, Reply, TextField
from bot.ports import Ask
from bot.registry import Registry
from bot.slack.answers import Answers
from bot.slack.bolt import build
from bot.slack.chat import SlackChat, client
from bot.slack.desk import Desk
from bot.slack.edge import Edge
from bot.slack.handling import Handling
from bot.slack.identity import who_am_i
from bot.slack.people import SlackPeople
from bot.slack.pools import Pools
from bot.slack.socket_line import SocketLine
from sandbox.control import create_app
from sandbox.driver import Driver, text_of, until
from sandbox.fakes import FakeAudit, FakeSeen
from sandbox.slack.records import App, Command
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack, Timing
from sandbox.slack.tiny import TEAM, StillAws, StillWorld, workspace

SAVED: list[str] = []


@command("quick", role="viewer")
def quick(ask: Ask) -> Reply:
    """Answers with buttons."""
    forms = (Press("Open", "save-with", does="form"), Press("Open Another", "huge-with", does="form"))
    buttons = Actions((*forms, Press("Share Here", "quick", does="share")))
    return Reply((f"quick for {ask.person.name}",), (buttons,))


@command("save", role="responder")
def save(ask: Ask, *, word: Rest = "") -> Reply | Form:
    """Takes `right` only; `more` asks for more than Slack shows."""
    if word == "more":
        return huge()
    if word != "right":
        raise BadRequest(f"{word} is wrong", "Say right.")
    SAVED.append(ask.id)
    return Reply((word,), quiet=True)


@command("huge", role="viewer")
def huge() -> Form:
    """Asks for what has no room in a form of Slack."""
    return Form("Huge", "save", (ChoiceField("word", "Word", (("long", "x" * 151),)),))


@form("huge-with", role="responder", submits="save")
def huge_with() -> Form:
    """The same, by a button."""
    return huge()


@form("save-with", role="responder", submits="save")
def save_with(ask: Ask) -> Form:
    """Asks for the word."""
    return Form("Save", "save", (TextField("word", "Word", hint=ask.person.name),))


@dataclass
class Fleet:
    """An inventory and a clock; `breaks` is how often reading it hits a bug."""

    breaks: int = 0

    def accounts(self) -> tuple[Account, ...]:
        """One account."""
        if self.breaks:
            self.breaks -= 1
            raise ZeroDivisionError
        return (Account("222222222222", "ml-production", ("us-west-2",)),)

    def remember(self, accounts: Iterable[Account], now: datetime) -> None:
        """Not needed."""

    def seen_at(self) -> datetime | None:
        """Never."""
        return None

    def name_service(self, schedule: Schedule) -> None:
        """Not needed."""

    def names(self) -> tuple[str, ...]:
        """None."""
        return ()

    def resources(self) -> Mapping[tuple[str, str, str], str]:
        """None."""
        return {}

    def schedules(self) -> tuple[Schedule, ...]:
        """None."""
        return ()

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Never sleeps."""


@dataclass
class Office:
    """A bot on the strict sandbox, in a workspace of few people."""

    slack: Slack
    bolt: Bolt
    drive: Driver
    fleet: Fleet = field(default_factory=Fleet)
    audit: FakeAudit = field(default_factory=FakeAudit)

    def told(self, who: str = "maya", channel: str = "ml-alerts", **thread: Any) -> list[str]:
        """What a person sees there."""
        return [text_of(m) for m in self.drive.messages(who, channel=channel, **thread)]

    def sees(self, word: str, channel: str = "ml-alerts") -> str:
        """The first message with that word, once Maya sees it."""
        return until(lambda: next((t for t in self.told(channel=channel) if word in t), ""), f"“{word}” is said")

    def outcomes(self) -> list[tuple[str, str]]:
        """What was audited, oldest first, with causes."""
        return [(e.outcome, e.detail) for e in self.audit.entries.values()]


@pytest.fixture
def office() -> Iterator[Office]:
    """Responders are whom the group holds."""
    app = App(commands=(Command("/ml", "Machine learning on AWS"),))
    web = create_app(workspace(app=app), StillWorld(), StillAws(), timing=Timing(ack_s=1.0, retries_s=(0.1, 0.1)))
    server = SlackServer(web)
    url = server.start()
    slack, fleet, audit, pools = client(app.bot_token, f"{url}/api/"), Fleet(), FakeAudit(), Pools()
    people = SlackPeople(slack, TEAM)
    declared = {d.name: d for d in (getattr(f, ATTRIBUTE) for f in (quick, save, huge))}
    forms = {d.name: d for d in (getattr(f, ATTRIBUTE) for f in (save_with, huge_with))}
    ports: Mapping[type, object] = {}
    dispatch = Dispatch(
        Registry(declared, forms),
        lambda _: ports,
        people,
        audit,
        fleet,
        fleet,
        (Grant(Role.RESPONDER, (), ("S0ONCALL",), ()),),
    )
    desk = Desk(dispatch, pools, people, Answers(SlackChat(slack, hooks=(f"{url}/",))))
    bolt = build(slack, desk, "/ml", who_am_i(slack))
    handling = Handling(bolt, pools, FakeSeen(), fleet.now)
    edge = Edge(SocketLine(handling, app_token=app.app_token, base_url=f"{url}/api/"))
    edge.start()
    SAVED.clear()
    yield Office(web[SLACK], bolt, Driver(url), fleet, audit)
    edge.stop()
    pools.close()
    server.stop()


def a_form(office: Office) -> dict[str, Any]:
    """Maya's open form."""
    office.drive.say("maya", "/ml quick")
    office.sees("quick for Maya")
    shown = office.drive.messages("maya")[-1]
    office.drive.press("maya", shown, "Open")
    return until(lambda: office.drive.views("maya"), "the form opens")[-1]


def test_a_corrected_form_is_saved(office: Office) -> None:
    """The first try is marked as wrong and the form stays; the second one has the same view and hash."""
    view = a_form(office)
    wrong = office.drive.submit("maya", view, {"word": "wrong"})
    assert not wrong["ok"]
    assert office.drive.views("maya") != []
    assert office.drive.submit("maya", view, {"word": "right"})["ok"]
    assert office.drive.views("maya") == []
    assert len(SAVED) == 1


def test_a_form_whose_wrong_marks_were_lost_shows_them_at_the_next_try(office: Office) -> None:
    """It must not close as if it were saved."""
    view = a_form(office)
    office.slack.faults.add("lose_ack", 1)
    for _ in range(2):
        assert not office.drive.submit("maya", view, {"word": "wrong"})["ok"]
    assert office.drive.views("maya") != []
    assert SAVED == []


def test_an_event_whose_handling_broke_is_answered_when_it_comes_again(office: Office) -> None:
    """It is not acknowledged, so Slack sends it again; then it is answered once."""
    office.fleet.breaks = 1
    office.drive.say("maya", f"<@{office.slack.workspace.bot_id}> quick")
    asked = office.drive.messages("maya")[-1]

    def replies() -> list[str]:
        return office.told(thread_ts=asked["ts"])[1:]

    until(replies, "an answer")
    Event().wait(0.5)
    assert len(replies()) == 1
    assert office.fleet.breaks == 0


@pytest.mark.parametrize("fault", ["429", "500"])
def test_whom_slack_does_not_know_just_now_is_no_stranger(office: Office, fault: str) -> None:
    """Nothing is remembered of Maya, so nothing is done; that is no refusal."""
    office.slack.faults.add(fault, 1)
    office.drive.say("maya", "/ml quick")
    said = office.sees("Slack does not say who you are just now")
    assert "Try again in a moment" in said
    assert [outcome for outcome, _ in office.outcomes()] == ["failed"]


def test_a_responder_is_not_refused_because_slack_does_not_name_the_group(office: Office) -> None:
    """The role depends on a group that cannot be read."""
    office.drive.say("maya", "/ml quick")
    office.sees("quick for Maya")
    office.slack.faults.add("500", 1)
    office.drive.say("maya", "/ml save right")
    office.sees("Slack does not say who you are just now")
    assert [outcome for outcome, _ in office.outcomes()] == ["done", "failed"]
    assert SAVED == []


@pytest.mark.parametrize("fault", ["429", "500"])
def test_an_answer_that_slack_does_not_take_is_sent_again(office: Office, fault: str) -> None:
    """To a response_url and to a thread, once each."""
    office.drive.say("maya", "/ml quick")
    office.sees("quick for Maya")
    before = len(office.told())
    office.slack.faults.add(fault, 1)
    office.drive.say("maya", "/ml quick")
    until(lambda: len(office.told()) > before, "the answer comes after all")
    assert "response_url" in office.slack.faults.state()["struck"][-1]

    people = office.drive
    people.say("maya", f"<@{office.slack.workspace.bot_id}> quick")
    first = next(m for m in reversed(people.messages("maya")) if m["user"] == "U0MAYA")
    until(lambda: office.told(thread_ts=first["ts"])[1:], "a mention is answered")
    office.slack.faults.add(fault, 1)
    people.say("maya", f"<@{office.slack.workspace.bot_id}> quick")
    asked = next(m for m in reversed(people.messages("maya")) if m["user"] == "U0MAYA")
    until(lambda: office.told(thread_ts=asked["ts"])[1:], "the thread's answer comes after all")
    assert "chat.postMessage" in office.slack.faults.state()["struck"][-1]


@pytest.mark.parametrize("fault", ["429", "500"])
def test_whoever_pressed_is_told_that_a_form_did_not_open(office: Office, fault: str) -> None:
    """A press without any effect looks like a dead bot."""
    view = a_form(office)
    office.drive.post("/_sandbox/close", user="U0MAYA", view_id=view["id"])
    shown = office.drive.messages("maya")[-1]
    office.slack.faults.add(fault, 1)
    office.drive.press("maya", shown, "Open")
    assert "Try again in a moment" in office.sees("The form did not open")
    assert office.drive.views("maya") == []


def test_whoever_asked_for_a_form_that_cannot_be_drawn_is_told_with_an_id(office: Office) -> None:
    """By a command, by a button and by a form that leads to it: silence would look like a dead bot."""
    broke = r"Something broke, id \S+\. *Tell whoever runs this bot"
    office.drive.say("maya", "/ml huge")
    assert re.search(broke, office.sees("Something broke").replace("\n", " "))
    view = a_form(office)
    office.drive.press("maya", office.drive.messages("maya")[-1], "Open Another")
    until(lambda: sum("Something broke" in said for said in office.told()) == 2, "the button's presser is told")
    office.drive.submit("maya", view, {"word": "more"})
    assert "Something broke, id" in str(office.drive.views("maya")[-1])


def test_nothing_is_shared_with_another_company_and_the_try_is_audited(office: Office) -> None:
    """By a button; and where the bot cannot see whose channel it is, it says so."""
    for channel, cause in (("partner", "shared with another company"), ("secret", "I cannot tell whether")):
        office.drive.say("maya", "/ml quick", channel=channel)
        office.sees("quick for Maya", channel)
        office.drive.press("maya", office.drive.messages("maya", channel=channel)[-1], "Share Here", channel=channel)
        office.sees(cause, channel)
        seen_by_all = [m for m in office.drive.messages("maya", channel=channel) if "Shared by" in text_of(m)]
        assert seen_by_all == []
    (_, partner), (_, secret) = [o for o in office.outcomes() if o[0] != "done"]
    assert "another company" in partner
    assert "cannot tell" in secret


def test_a_mention_in_a_shared_channel_is_refused_by_what_the_event_says(office: Office) -> None:
    """Slack's payload says whose channel it is: no call is needed that could fail."""
    office.slack.faults.add("429", 1)
    office.drive.say("maya", f"<@{office.slack.workspace.bot_id}> quick", channel="partner")
    until(lambda: [o for o in office.outcomes() if o[0] == "refused"], "the refusal is audited")
    asked = office.drive.messages("maya", channel="partner")[-1]["ts"]
    said = until(lambda: office.told(channel="partner", thread_ts=asked)[1:], "Maya is told")
    assert "Nothing is posted to a channel" in said[0]
    assert office.told("pat", "partner", thread_ts=asked)[1:] == []


def test_a_wrong_app_token_is_told_as_what_it_is(office: Office) -> None:
    """At once, instead of trying for ever; stopping afterwards is harmless."""
    pools = Pools()
    for token in ("xapp-wrong", office.slack.workspace.app.bot_token):
        url = f"{office.slack.base_url}/api/"
        handling = Handling(office.bolt, pools, FakeSeen(), office.fleet.now)
        edge = Edge(SocketLine(handling, app_token=token, base_url=url))
        with pytest.raises(BotError, match="Slack opens no socket") as told:
            edge.start()
        assert "SLACK_APP_TOKEN" in told.value.next_step
        edge.stop()
    pools.close()
