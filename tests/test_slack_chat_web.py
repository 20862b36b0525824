"""Slack's Web API as the Chat and People ports, against the strict sandbox over HTTP."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiohttp import web
from slack_sdk import WebClient

from bot.errors import (
    ChannelLost,
    ChatError,
    MessageGone,
    RateLimited,
    Refused,
    ServerFailed,
    TokenDead,
    Unconfirmed,
    Unknowable,
)
from bot.model.reply import Actions, Column, Paragraph, Press, Reply, Table, User
from bot.ports import Chat, People, Tag
from bot.render import message
from bot.slack.chat import SlackChat, client
from bot.slack.people import SlackPeople
from bot.slack.respond import permitted, respond
from sandbox.slack.records import Channel, UserGroup
from sandbox.slack.records import User as Someone
from sandbox.slack.routes import ROUTES
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack
from sandbox.slack.workspace import Workspace

BOT = "U0SAGEWATCH"
TEAM = "T0SAGEWATCH"
TAG = Tag("12:1", 3, 7)
CARD = Reply(
    ("eight broken",),
    (
        Paragraph(("eight are broken",)),
        Table("Rows", (Column("a"), Column("")), (("x", Press("Take", "ack 12.1", "act")),)),
        Actions((Press("Acknowledge", "ack 12", "act", "primary"),)),
    ),
)


@dataclass
class Office:
    """A workspace that is being served, the bot's client for it and the ports on that."""

    slack: Slack
    web: WebClient
    url: str

    @property
    def chat(self) -> SlackChat:
        """The port."""
        return SlackChat(self.web, hooks=(self.url + "/",))

    def people(self, clock: Callable[[], float] = lambda: 0.0) -> SlackPeople:
        """The port, on a clock that stands still."""
        return SlackPeople(self.web, TEAM, clock=clock)

    def said(self, channel: str = "C0ALERTS00") -> list[dict[str, object]]:
        """The bodies of a channel's messages, oldest first."""
        kept = self.slack.workspace.messages.get(channel, {})
        return [one.body for one in sorted(kept.values(), key=lambda one: one.ts)]


@pytest.fixture
def office() -> Iterator[Office]:
    """Two people, a guest, a stranger, a group and three channels."""
    workspace = Workspace(
        users=[
            Someone("U0ANA00000", "ana", "Ana Costa", TEAM, tz="Europe/Lisbon"),
            Someone("U0GUEST000", "guest", "Gus Guest", TEAM, is_restricted=True),
            Someone("U0PARTNER0", "pat", "Pat Partner", "T0OTHER000"),
        ],
        channels=[
            Channel("C0ALERTS00", "ml-alerts", [BOT, "U0ANA00000"]),
            Channel("C0SHARED00", "shared", [BOT], is_ext_shared=True),
            Channel("C0OLD00000", "old", [BOT], is_archived=True),
            Channel("C0ALONE000", "alone", ["U0ANA00000"]),
        ],
        groups=[UserGroup("S0ONCALL00", "ml-oncall", "On call", ["U0ANA00000"])],
    )
    app = web.Application()
    app[SLACK] = slack = Slack(workspace)
    app.add_routes(ROUTES)
    server = SlackServer(app)
    url = server.start()
    slack.base_url = url
    yield Office(slack, client(workspace.app.bot_token, f"{url}/api/"), url)
    server.stop()


def ago(seconds: float) -> datetime:
    """A moment of the wall's clock."""
    return datetime.now(UTC) - timedelta(seconds=seconds)


def test_the_adapters_are_the_ports(office: Office) -> None:
    """The type checker reads this."""
    ports: tuple[Chat, People] = (office.chat, office.people())
    assert len(ports) == 2


def test_a_card_is_posted_by_name_edited_and_found_by_its_mark(office: Office) -> None:
    """One message; an edit keeps its place and gets new block ids."""
    where = office.chat.post("ml-alerts", CARD, TAG)
    assert where[0] == "C0ALERTS00"
    first = office.said()[0]
    office.chat.update(*where, CARD, Tag("12:1", 4, 8))
    edited = office.said()[0]
    assert len(office.said()) == 1
    assert {b["block_id"] for b in first["blocks"]}.isdisjoint({b["block_id"] for b in edited["blocks"]})  # type: ignore[attr-defined]
    assert office.chat.find("#ml-alerts", Tag("12:1", 0, 99), ago(60)) == where
    assert office.chat.find("C0ALERTS00", Tag("12:2", 3, 7), ago(60)) is None
    assert office.chat.find("ml-alerts", TAG, ago(-60)) is None


def test_a_post_whose_reply_is_lost_is_unconfirmed_sent_once_and_found(office: Office) -> None:
    """No client may repeat it by itself."""
    office.slack.faults.add("lose_reply", 1)
    with pytest.raises(Unconfirmed):
        office.chat.post("ml-alerts", CARD, TAG)
    assert len(office.said()) == 1
    assert office.chat.find("ml-alerts", TAG, ago(60)) == ("C0ALERTS00", office.said()[0]["ts"])


def test_a_note_is_found_by_its_row_in_the_thread_and_never_taken_for_the_card(office: Office) -> None:
    """A broadcast stands in the history too, with its card's key."""
    channel, ts = office.chat.post("ml-alerts", Reply(("card",)), TAG)
    note = Tag("12:1", 3, 21)
    posted = office.chat.post(channel, Reply(("note",)), note, thread_ts=ts, broadcast=True)
    assert office.chat.find(channel, note, ago(60), thread_ts=ts) == posted
    assert office.chat.find(channel, Tag("12:1", 3, 22), ago(60), thread_ts=ts) is None
    assert office.chat.find(channel, TAG, ago(60)) == (channel, ts)
    office.web.chat_delete(channel=channel, ts=ts)
    assert office.chat.find(channel, TAG, ago(60)) is None


def test_a_mark_in_somebody_elses_message_is_not_believed(office: Office) -> None:
    """Any app may write any metadata."""
    office.chat.post("ml-alerts", CARD, TAG)
    office.said()[0].update(user="U0ANA00000", bot_id="B0OTHER000")
    assert office.chat.find("ml-alerts", TAG, ago(60)) is None


def test_a_mark_is_found_behind_many_other_messages(office: Office) -> None:
    """History comes in pages, newest first."""
    where = office.chat.post("ml-alerts", CARD, TAG)
    channel = office.slack.workspace.channels["C0ALERTS00"]
    for number in range(450):
        office.slack.workspace.post(channel, {"type": "message", "user": "U0ANA00000", "text": f"talk {number}"})
    assert office.chat.find("ml-alerts", TAG, ago(60)) == where


def test_refused_blocks_are_sent_again_plainer(office: Office) -> None:
    """The card stands there with all its buttons, without the table that Slack refused."""
    office.slack.faults.add("invalid_blocks", 1)
    office.chat.post("ml-alerts", CARD, TAG)
    kinds = [block["type"] for block in office.said()[0]["blocks"]]  # type: ignore[attr-defined]
    assert "data_table" not in kinds
    assert kinds.count("actions") == 2
    office.slack.faults.add("invalid_blocks", 2)
    with pytest.raises(Refused, match="invalid_blocks"):
        office.chat.post("ml-alerts", CARD, TAG)
    assert len(office.said()) == 1


@pytest.mark.parametrize("channel", ["old", "alone", "nowhere"])
def test_a_channel_that_cannot_be_posted_to_is_lost(office: Office, channel: str) -> None:
    """Archived, not a member, not there."""
    with pytest.raises(ChannelLost):
        office.chat.post(channel, CARD, TAG)


def test_searching_where_the_bot_cannot_read_is_a_lost_channel(office: Office) -> None:
    """Not a member, or no such name."""
    for channel in ("alone", "nowhere"):
        with pytest.raises(ChannelLost):
            office.chat.find(channel, TAG, ago(60))


def test_a_deleted_message_is_gone(office: Office) -> None:
    """For an edit and for a reply to it."""
    channel, ts = office.chat.post("ml-alerts", CARD, TAG)
    office.web.chat_delete(channel=channel, ts=ts)
    with pytest.raises(MessageGone):
        office.chat.update(channel, ts, CARD, TAG)
    with pytest.raises(MessageGone):
        office.chat.post(channel, CARD, TAG, thread_ts=ts)


def test_429_says_for_how_long_and_500_leaves_it_open(office: Office) -> None:
    """Nobody sleeps in the client."""
    chat = office.chat
    where = chat.post("ml-alerts", CARD, TAG)
    office.slack.faults.add("429", 1)
    with pytest.raises(RateLimited) as limited:
        chat.update(*where, CARD, TAG)
    assert limited.value.retry_after_s == 1
    office.slack.faults.add("500", 1)
    with pytest.raises(ServerFailed):
        chat.post("ml-alerts", CARD, TAG)
    assert len(office.said()) == 1


def test_nothing_is_posted_or_edited_where_another_company_reads(office: Office) -> None:
    """Such a channel is a lost one; where Slack does not tell, nothing is posted and nothing in doubt."""
    with pytest.raises(ChannelLost, match="another company"):
        office.chat.post("shared", CARD, TAG)
    chat = office.chat
    where = chat.post("ml-alerts", CARD, TAG)
    office.slack.workspace.channels["C0ALERTS00"].is_ext_shared = True
    with pytest.raises(ChannelLost, match="another company"):
        office.chat.update(*where, CARD, TAG)
    office.slack.faults.add("500", 1)
    with pytest.raises(Unknowable):
        office.chat.post("ml-alerts", CARD, TAG)
    assert len(office.said()) == 1
    assert office.said("C0SHARED00") == []


def test_a_revoked_token_and_a_dead_line_are_told_apart(office: Office) -> None:
    """One needs a person, the other time; neither error holds the token."""
    with pytest.raises(TokenDead) as dead:
        SlackChat(client("xoxb-wrong", f"{office.url}/api/")).post("ml-alerts", CARD, TAG)
    assert "xoxb" not in str(dead.value) + dead.value.next_step
    with pytest.raises(Unconfirmed):
        SlackChat(client("xoxb-any", "http://127.0.0.1:9/api/")).say("C0ALERTS00", message(CARD))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"ok": False, "error": "internal_error"}, Unconfirmed),
        ({"ok": False, "error": "fatal_error"}, Unconfirmed),
        ({"ok": False, "error": "ratelimited"}, RateLimited),
        ({"ok": False, "error": "account_inactive"}, TokenDead),
        ({"ok": False, "error": "msg_blocks_too_long"}, Refused),
        ({"ok": False, "error": "missing_scope", "needed": "chat:write"}, Refused),
        ({"ok": False, "error": "restricted_action_read_only_channel"}, ChannelLost),
        ({"ok": False, "error": "posting_to_general_channel_denied"}, ChannelLost),
        ("<html>bad gateway</html>", Unconfirmed),
        ('{"ok": tru', Unconfirmed),
    ],
)
def test_slacks_words_mean_what_the_table_says(answer: object, error: type[ChatError]) -> None:
    """Also those that the sandbox never says, and a proxy's page."""
    body = answer if isinstance(answer, str) else json.dumps(answer)
    with canned(200, body) as url, pytest.raises(error):
        SlackChat(client("xoxb-any", url)).say("C0ALERTS00", message(CARD))


def test_the_edge_can_say_whisper_and_answer_a_response_url(office: Office) -> None:
    """To all, to one, and through the address that a command brought."""
    workspace = office.slack.workspace
    office.chat.say("C0ALERTS00", message(Reply(("to all",))))
    office.chat.whisper("C0ALERTS00", "U0ANA00000", message(Reply(("to Ana",))))
    response = office.slack.responses.for_command("C0ALERTS00", "U0ANA00000")
    url = f"{office.url}/actions/{response.id}"
    office.chat.respond(url, message(Reply(("asking",))), replace=True)
    office.slack.faults.add("invalid_blocks", 1)
    office.chat.respond(url, message(CARD), replace=True)
    office.chat.respond(url, message(Reply(("shared",))), replace=False, in_channel=True)
    kept = sorted(workspace.messages["C0ALERTS00"].values(), key=lambda one: one.ts)
    told = [(one.body["text"], one.only_for) for one in kept]
    assert told == [
        ("to all", None),
        ("to Ana", "U0ANA00000"),
        ("eight broken", "U0ANA00000"),
        ("shared", None),
    ]
    for _ in range(2):
        with pytest.raises(Refused):
            [office.chat.respond(url, message(Reply((str(n),))), replace=False) for n in range(3)]


def test_names_are_shown_without_notifying(office: Office) -> None:
    """Ana's own click does not ping Ana."""
    chat = SlackChat(office.web, names=office.people().name)
    chat.post("ml-alerts", Reply((User("U0ANA00000"), " took it")), TAG)
    assert office.said()[0]["text"] == "Ana Costa took it"


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/actions/1",
        "https://hooks.slack.com.evil.example/1",
        "https://hooks.slack.com@evil.example/1",
        "https://evil.example/?https://hooks.slack.com/",
        "https://hooks.slack.com:8443/1",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://[broken",
        "",
    ],
)
def test_a_response_url_that_is_not_slacks_is_never_called(url: str) -> None:
    """It comes with a payload; it could name anything."""
    assert not permitted(url)
    with pytest.raises(Refused):
        respond(url, message(Reply(("x",))), replace=False)


def test_slacks_own_response_url_and_the_configured_one_are_permitted() -> None:
    """Host, scheme and port decide."""
    assert permitted("https://hooks.slack.com/actions/T1/2/abc")
    assert permitted("http://127.0.0.1:4400/actions/1", ("http://127.0.0.1:4400/",))
    assert not permitted("http://127.0.0.1:4401/actions/1", ("http://127.0.0.1:4400/",))


def test_a_redirect_is_not_followed() -> None:
    """Slack does not redirect; whoever does is not Slack."""
    with canned(302, "", location="http://127.0.0.1:9/") as url, pytest.raises(Refused):
        respond(url, message(Reply(("x",))), replace=False, allowed=(url,))


def test_people_are_who_slack_says_and_strangers_else(office: Office) -> None:
    """Guest, partner, unknown, and a payload from another workspace."""
    people = office.people()
    ana = people.person("U0ANA00000", TEAM)
    assert (ana.name, ana.tz, ana.guest, ana.stranger) == ("Ana Costa", "Europe/Lisbon", False, False)
    assert people.person("U0GUEST000", TEAM).guest
    assert people.person("U0PARTNER0", TEAM).stranger
    assert people.person("U0NOBODY00", TEAM).stranger
    assert people.person("U0ANA00000", "T0OTHER000").stranger
    assert (people.name("U0ANA00000"), people.name("U0NOBODY00")) == ("Ana Costa", "")


def test_groups_are_remembered_for_a_minute_and_read_anew_when_it_matters(office: Office) -> None:
    """By id or handle; who was removed is out at the next fresh read."""
    now = [0.0]
    people = office.people(lambda: now[0])
    assert people.members("@ml-oncall") == people.members("S0ONCALL00") == {"U0ANA00000"}
    assert people.members("no-such-group") == frozenset()
    office.slack.workspace.groups["S0ONCALL00"].users.clear()
    assert people.members("S0ONCALL00") == {"U0ANA00000"}
    assert people.members("S0ONCALL00", fresh=True) == frozenset()
    office.slack.workspace.groups["S0ONCALL00"].users.append("U0GUEST000")
    now[0] = 61.0
    assert people.members("S0ONCALL00") == {"U0GUEST000"}


def test_when_slack_does_not_answer_the_known_stands_and_a_fresh_read_fails_closed(office: Office) -> None:
    """An outage lets nobody in who was not in, and nobody act where a fresh look decides."""
    now = [0.0]
    people = office.people(lambda: now[0])
    people.members("ml-oncall")
    people.person("U0ANA00000", TEAM)
    now[0] = 3600.0
    office.slack.faults.add("500", 6)
    assert people.members("ml-oncall") == {"U0ANA00000"}
    assert not people.person("U0ANA00000", TEAM).stranger
    for unknown in (
        lambda: people.members("ml-oncall", fresh=True),
        lambda: people.person("U0GUEST000", TEAM),
        lambda: people.is_external("C0SHARED00"),
    ):
        with pytest.raises(Unknowable) as told:
            unknown()
        assert told.value.next_step == "Try again in a moment."


def test_a_broken_method_is_asked_once_in_five_seconds_whoever_wants_to_know(office: Office) -> None:
    """People wait for look-ups: nobody waits for a method that just failed; other methods are asked all the same."""
    now = [0.0]
    people = office.people(lambda: now[0])
    office.slack.faults.add("500", 9)
    with pytest.raises(Unknowable):
        people.person("U0ANA00000", TEAM)
    assert {people.name(f"U0NUMBER{n:02}") for n in range(50)} == {""}
    with pytest.raises(Unknowable):
        people.members("ml-oncall")
    assert office.slack.faults.state()["left"] == {"500": 7}
    with pytest.raises(Unknowable):
        people.members("ml-oncall")
    assert office.slack.faults.state()["left"] == {"500": 7}
    now[0] = 5.1
    assert people.name("U0ANA00000") == ""
    assert office.slack.faults.state()["left"] == {"500": 6}


def test_a_429_for_one_method_is_no_silence_of_the_others(office: Office) -> None:
    """Slack counts calls by method."""
    people = office.people()
    office.slack.faults.add("429", 1)
    with pytest.raises(Unknowable):
        people.person("U0ANA00000", TEAM)
    assert people.members("ml-oncall") == {"U0ANA00000"}


def test_names_come_from_memory_for_an_hour(office: Office) -> None:
    """Who is unknown is asked once too."""
    now = [0.0]
    people = office.people(lambda: now[0])
    shown = [people.name(one) for one in ("U0ANA00000", "U0NOBODY00")]
    now[0] = 3000.0
    office.slack.faults.add("429", 5)
    assert [people.name(one) for one in ("U0ANA00000", "U0NOBODY00")] == shown == ["Ana Costa", ""]
    assert office.slack.faults.state()["left"] == {"429": 5}


@pytest.mark.parametrize(
    "called", ["@ana", "ana", "ANA", "Ana Costa", "<@U0ANA00000>", "<@U0ANA00000|ana>", "U0ANA00000"]
)
def test_somebody_is_found_by_what_they_are_called(office: Office, called: str) -> None:
    """Slash commands get `@ana` as text."""
    assert [person.id for person in office.people().named(called)] == ["U0ANA00000"]


def test_nobody_is_found_by_another_name_and_the_listing_is_remembered(office: Office) -> None:
    """It is read once an hour; a listing that fails is no answer."""
    people = office.people()
    assert people.named("@nobody") == ()
    office.slack.faults.add("429", 5)
    assert [person.id for person in people.named("@ana")] == ["U0ANA00000"]
    with pytest.raises(Unknowable):
        office.people().named("@ana")


def test_what_the_bot_may_not_read_makes_nobody_a_stranger(office: Office) -> None:
    """A missing scope is told as what it is, and leaves a group empty."""
    app = office.slack.workspace.app
    office.slack.workspace.app = replace(app, scopes=app.scopes - {"users:read", "usergroups:read"})
    with pytest.raises(Unknowable, match="missing_scope"):
        office.people().person("U0ANA00000", TEAM)
    assert office.people().members("ml-oncall") == frozenset()


def test_look_ups_give_up_before_slack_gives_up_on_us(office: Office) -> None:
    """A click must be acknowledged within three seconds."""
    with silent() as url:
        people = SlackPeople(client("xoxb-any", url), TEAM)
        began = time.monotonic()
        with pytest.raises(Unknowable):
            people.person("U0ANA00000", TEAM)
        with pytest.raises(Unknowable):
            people.members("ml-oncall", fresh=True)
        assert time.monotonic() - began < 2.9


def test_shared_channels_are_external(office: Office) -> None:
    """Of one that the bot cannot see, nobody can tell."""
    people = office.people()
    assert people.is_external("C0SHARED00")
    assert not people.is_external("C0ALERTS00")
    with pytest.raises(Unknowable, match="cannot tell") as told:
        people.is_external("C0NOWHERE0")
    assert "Invite me" in told.value.next_step


@contextmanager
def silent() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


class canned:  # noqa: N801  # read as a word in `with`
    """A server that always answers the same."""

    def __init__(self, status: int, body: str, location: str = "") -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's word
                """Quiet."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
