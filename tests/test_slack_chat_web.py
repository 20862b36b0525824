"""Slack's Web API as the Chat port, against the strict sandbox over HTTP."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

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
from bot.slack.respond import permitted, respond
from sandbox.fakes_web import Office, canned, served

TAG = Tag("12:1", 3, 7)
CARD = Reply(
    ("eight broken",),
    (
        Paragraph(("eight are broken",)),
        Table("Rows", (Column("a"), Column("")), (("x", Press("Take", "ack 12.1", "act")),)),
        Actions((Press("Acknowledge", "ack 12", "act", "primary"),)),
    ),
)


@pytest.fixture
def office() -> Iterator[Office]:
    """Each test's own."""
    with served() as made:
        yield made


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
