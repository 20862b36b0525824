"""The Web API, asked by the real slack_sdk client over HTTP."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import RetryHandler

from sandbox.control import create_app
from sandbox.slack import tiny
from sandbox.slack.records import SCOPES, App
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack
from sandbox.slack.workspace import Workspace

Json = dict[str, Any]
NO_RETRIES: list[RetryHandler] = []
TAG = {"event_type": "sagewatch_card", "event_payload": {"card": "12/1", "revision": 3, "row": 7}}


class Office:
    """A served workspace and a client with the bot's token."""

    def __init__(self, workspace: Workspace, slack: Slack, url: str) -> None:
        self.workspace = workspace
        self.slack = slack
        self.url = url
        self.client = self.with_token(workspace.app.bot_token)

    def with_token(self, token: str) -> WebClient:
        """A client with another token."""
        return WebClient(token, base_url=f"{self.url}/api/", retry_handlers=NO_RETRIES, timeout=5)


@pytest.fixture
def make() -> Iterator[Callable[..., Office]]:
    """Makes served workspaces, of other scopes if wished."""
    servers: list[SlackServer] = []

    def made(**app: Any) -> Office:
        workspace = tiny.workspace(app=App(**app))
        served = create_app(workspace, tiny.StillWorld(), tiny.StillAws())
        server = SlackServer(served)
        url = server.start()
        servers.append(server)
        return Office(workspace, served[SLACK], url)

    yield made
    for server in servers:
        server.stop()


@pytest.fixture
def office(make: Callable[..., Office]) -> Office:
    """A served workspace."""
    return make()


def error_of(call: Callable[..., Any], **arguments: Any) -> str:
    """The error with which Slack refuses a call."""
    with pytest.raises(SlackApiError) as refused:
        call(**arguments)
    return str(refused.value.response["error"])


def flood(call: Callable[..., Any], **arguments: Any) -> None:
    """Call as fast as can be, up to a hundred times."""
    for number in range(100):
        call(**arguments, text=str(number))


def section(text: str) -> Json:
    """A section block."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def test_the_token_decides_who_asks(office: Office) -> None:
    """auth.test with an empty JSON body; no token, a wrong one, the other kind."""
    assert office.client.auth_test()["user_id"] == office.workspace.bot_id
    assert error_of(office.with_token("").auth_test) == "not_authed"
    assert error_of(office.with_token("xoxb-other").auth_test) == "invalid_auth"
    assert error_of(office.with_token(office.workspace.app.app_token).auth_test) == "not_allowed_token_type"
    assert error_of(office.client.apps_connections_open, app_token="xoxb-other") == "invalid_auth"
    assert error_of(office.client.api_call, api_method="chat.shout") == "unknown_method"


def test_a_message_is_posted_edited_and_deleted(office: Office) -> None:
    """By the channel's name or id; text and blocks; the edit keeps the ts; ts only grow."""
    posted = office.client.chat_postMessage(channel="ml-alerts", text="broken", blocks=[section("broken")])
    assert posted["channel"] == "C0ALERTS"
    assert posted["message"]["blocks"][0]["block_id"]
    later = office.client.chat_postMessage(channel="C0ALERTS", text="later")
    assert float(later["ts"]) > float(posted["ts"])
    edited = office.client.chat_update(channel="C0ALERTS", ts=posted["ts"], text="fixed", blocks=[section("fixed")])
    assert edited["ts"] == posted["ts"]
    assert edited["message"]["blocks"][0]["text"]["text"] == "fixed"
    assert "edited" not in edited["message"]
    office.client.chat_delete(channel="C0ALERTS", ts=posted["ts"])
    gone = error_of(office.client.chat_update, channel="C0ALERTS", ts=posted["ts"], text="x")
    assert gone == "message_not_found"


def test_text_alone_takes_the_blocks_away_and_marks_the_edit(office: Office) -> None:
    """As docs.slack.dev says of chat.update."""
    posted = office.client.chat_postMessage(channel="C0ALERTS", text="a", blocks=[section("a")])
    edited = office.client.chat_update(channel="C0ALERTS", ts=posted["ts"], text="b")["message"]
    assert "blocks" not in edited
    assert edited["edited"]["user"] == office.workspace.bot_id


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0GENERAL", "text": "x"}, "not_in_channel"),
        ({"channel": "G0SECRET", "text": "x"}, "channel_not_found"),
        ({"channel": "C0OLD", "text": "x"}, "is_archived"),
        ({"channel": "U0PAT", "text": "x"}, "channel_not_found"),
        ({"channel": "C0ALERTS", "text": "  "}, "no_text"),
        ({"channel": "C0ALERTS", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "C0ALERTS", "text": "x", "blocks": [{"type": "shout"}]}, "invalid_blocks"),
        ({"channel": "C0ALERTS", "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel": "C0ALERTS", "text": "x", "attachments": [{"text": "y"}]}, "invalid_arguments"),
        ({"channel": "C0ALERTS", "text": "x", "metadata": {"event_type": "a b"}}, "invalid_metadata_format"),
        (
            {"channel": "C0ALERTS", "text": "x", "metadata": {"event_type": "a", "event_payload": {"b": [1]}}},
            "invalid_metadata_schema",
        ),
        (
            {"channel": "C0ALERTS", "text": "x", "metadata": {"event_type": "a", "event_payload": {"b": "x" * 16_000}}},
            "metadata_too_large",
        ),
    ],
)
def test_posts_that_slack_refuses(office: Office, arguments: Json, error: str) -> None:
    """The bot must be a member, the channel open, the content sound."""
    assert error_of(office.client.api_call, api_method="chat.postMessage", json=arguments) == error
    assert not any(office.workspace.messages.values())


def test_others_messages_cannot_be_changed(office: Office) -> None:
    """Only the bot's own."""
    channel = office.workspace.channels["C0ALERTS"]
    typed = office.workspace.post(channel, {"type": "message", "user": "U0MAYA", "text": "hi"})
    assert error_of(office.client.chat_update, channel="C0ALERTS", ts=typed.ts, text="x") == "cant_update_message"
    assert error_of(office.client.chat_delete, channel="C0ALERTS", ts=typed.ts) == "cant_delete_message"


def test_ephemeral_messages_are_out_of_the_apis_reach(office: Office) -> None:
    """Not in the history, not to be updated; only to members."""
    posted = office.client.chat_postEphemeral(channel="C0ALERTS", user="U0MAYA", text="psst")
    update = {"channel": "C0ALERTS", "ts": posted["message_ts"], "text": "x"}
    assert error_of(office.client.chat_update, **update) == "message_not_found"
    assert office.client.conversations_history(channel="C0ALERTS")["messages"] == []
    stranger = {"channel": "C0ALERTS", "user": "U0GUS", "text": "psst"}
    assert error_of(office.client.chat_postEphemeral, **stranger) == "user_not_in_channel"


def test_metadata_is_found_again_only_when_asked_for(office: Office) -> None:
    """The mark of a card survives an edit that does not name it, and goes with an empty one."""
    posted = office.client.chat_postMessage(channel="C0ALERTS", text="card", metadata=TAG)
    office.client.chat_update(channel="C0ALERTS", ts=posted["ts"], text="card 2")
    plain = office.client.conversations_history(channel="C0ALERTS")["messages"]
    marked = office.client.conversations_history(channel="C0ALERTS", include_all_metadata=True)["messages"]
    assert "metadata" not in plain[0]
    assert marked[0]["metadata"] == TAG
    office.client.chat_update(channel="C0ALERTS", ts=posted["ts"], text="card 3", metadata={})
    emptied = office.client.conversations_history(channel="C0ALERTS", include_all_metadata=True)["messages"]
    assert "metadata" not in emptied[0]


def test_threads_stay_out_of_the_channel_unless_broadcast(office: Office) -> None:
    """The parent counts its replies; a broadcast stands in both."""
    client = office.client
    parent = client.chat_postMessage(channel="C0ALERTS", text="card")["ts"]
    quiet = client.chat_postMessage(channel="C0ALERTS", text="worse", thread_ts=parent)["ts"]
    loud = client.chat_postMessage(channel="C0ALERTS", text="again", thread_ts=quiet, reply_broadcast=True)
    assert loud["message"]["subtype"] == "thread_broadcast"
    history = client.conversations_history(channel="C0ALERTS")["messages"]
    assert [one["ts"] for one in history] == [loud["ts"], parent]
    assert history[1]["reply_count"] == 2
    replies = client.conversations_replies(channel="C0ALERTS", ts=parent)["messages"]
    assert [one["text"] for one in replies] == ["card", "worse", "again"]
    client.chat_delete(channel="C0ALERTS", ts=quiet)
    assert client.conversations_history(channel="C0ALERTS")["messages"][1]["reply_count"] == 1
    assert error_of(client.conversations_replies, channel="C0ALERTS", ts="1.000001") == "thread_not_found"


def test_history_is_paged_and_bounded(office: Office) -> None:
    """Newest first, by cursor; oldest and latest are excluded unless inclusive."""
    client = office.client
    ts = [client.chat_postMessage(channel="C0ALERTS", text=str(n))["ts"] for n in range(5)]
    first = client.conversations_history(channel="C0ALERTS", limit=2)
    assert [one["text"] for one in first["messages"]] == ["4", "3"]
    second = client.conversations_history(channel="C0ALERTS", limit=2, cursor=first["response_metadata"]["next_cursor"])
    assert [one["text"] for one in second["messages"]] == ["2", "1"]
    within = client.conversations_history(channel="C0ALERTS", oldest=ts[1], latest=ts[3])["messages"]
    assert [one["text"] for one in within] == ["2"]
    inclusive = client.conversations_history(channel="C0ALERTS", oldest=ts[1], latest=ts[3], inclusive=True)
    assert [one["text"] for one in inclusive["messages"]] == ["3", "2", "1"]
    assert error_of(client.conversations_history, channel="C0ALERTS", cursor="zz") == "invalid_cursor"
    assert error_of(client.conversations_history, channel="C0ALERTS", limit=1000) == "invalid_limit"
    assert error_of(client.conversations_history, channel="C0ALERTS", oldest="noon") == "invalid_ts_oldest"


def test_reading_needs_membership_and_the_scope_of_the_channels_kind(make: Callable[..., Office]) -> None:
    """channels:history reads no private channel; an unknown private channel is not said to be there."""
    office = make(scopes=SCOPES - {"groups:history", "im:write", "usergroups:read"})
    client = office.client
    assert error_of(client.conversations_history, channel="C0GENERAL") == "not_in_channel"
    assert error_of(client.conversations_history, channel="G0SECRET") == "channel_not_found"
    with pytest.raises(SlackApiError) as refused:
        client.conversations_history(channel="G0TEAM")
    assert refused.value.response["error"] == "missing_scope"
    assert refused.value.response["needed"] == "groups:history"
    assert "channels:history" in refused.value.response["provided"]
    assert error_of(client.usergroups_list) == "missing_scope"
    assert error_of(client.conversations_open, users="U0MAYA") == "missing_scope"


def test_channels_people_and_groups_are_described(office: Office) -> None:
    """What the bot needs to refuse guests, strangers and external channels."""
    client = office.client
    assert client.conversations_info(channel="C0PARTNER")["channel"]["is_ext_shared"] is True
    listed = client.conversations_list(types="public_channel,private_channel", exclude_archived=True)["channels"]
    assert {one["name"]: one["is_member"] for one in listed} == {
        "ml-alerts": True, "general": False, "partner": True, "ml-team": True,
    }  # fmt: skip
    assert "U0MAYA" in client.conversations_members(channel="C0ALERTS")["members"]
    maya = client.users_info(user="U0MAYA")["user"]
    assert (maya["tz"], maya["profile"]["email"], maya["is_restricted"]) == ("Europe/London", "maya@example.com", False)
    assert client.users_info(user="U0GUS")["user"]["is_restricted"] is True
    pat = client.users_info(user="U0PAT")["user"]
    assert (pat["team_id"], pat["is_stranger"]) == (tiny.PARTNER_TEAM, False)
    assert len(client.users_list()["members"]) == 5
    assert [one["handle"] for one in client.usergroups_list()["usergroups"]] == ["ml-oncall"]
    assert client.usergroups_users_list(usergroup="S0ONCALL")["users"] == ["U0MAYA"]
    assert error_of(client.users_info, user="U0NOBODY") == "user_not_found"
    assert error_of(client.usergroups_users_list, usergroup="S0NONE") == "no_such_subteam"


def test_direct_messages_open_by_posting_to_a_person(office: Office) -> None:
    """The channel is the person's own, and the bot can read it."""
    posted = office.client.chat_postMessage(channel="U0MAYA", text="hello")
    assert posted["channel"].startswith("D")
    history = office.client.conversations_history(channel=posted["channel"])["messages"]
    assert [one["text"] for one in history] == ["hello"]


def test_a_permalink_names_the_message(office: Office) -> None:
    """And there is none for what is not there."""
    posted = office.client.chat_postMessage(channel="C0ALERTS", text="x")
    link = office.client.chat_getPermalink(channel="C0ALERTS", message_ts=posted["ts"])["permalink"]
    assert link.startswith(office.url)
    assert posted["ts"] in link
    assert error_of(office.client.chat_getPermalink, channel="C0ALERTS", message_ts="1.0") == "message_not_found"


def test_uploads_take_the_three_documented_steps(office: Office) -> None:
    """files_upload_v2 of slack_sdk: announced, sent, completed into a thread; the bytes come back."""
    parent = office.client.chat_postMessage(channel="C0ALERTS", text="card")["ts"]
    done = office.client.files_upload_v2(
        channel="C0ALERTS", thread_ts=parent, filename="rows.csv", content="a,b\n1,2\n", title="All rows"
    )
    assert done["files"][0]["title"] == "All rows"
    reply = office.client.conversations_replies(channel="C0ALERTS", ts=parent)["messages"][1]
    file = reply["files"][0]
    assert (file["name"], file["mimetype"], file["size"]) == ("rows.csv", "text/csv", 8)
    found = office.workspace.files[file["id"]]
    assert found.data == b"a,b\n1,2\n"
    assert error_of(office.client.files_info, file=file["id"]) == "missing_scope"
    again = {"files": [{"id": file["id"]}]}
    assert error_of(office.client.files_completeUploadExternal, **again) == "file_not_found"


def test_posting_too_fast_is_429_with_retry_after(office: Office) -> None:
    """A burst into one channel, then the pace of one a second; other channels are not meant."""
    for number in range(12):
        assert office.client.chat_postMessage(channel="C0ALERTS", text=str(number))["ok"]
    with pytest.raises(SlackApiError) as refused:
        flood(office.client.chat_postMessage, channel="C0ALERTS")
    assert refused.value.response.status_code == 429
    assert refused.value.response["error"] == "ratelimited"
    assert int(refused.value.response.headers["Retry-After"]) == 1
    assert office.client.chat_postMessage(channel="C0PARTNER", text="x")["ok"]


def test_updating_too_often_is_429(office: Office) -> None:
    """Tier 3: about fifty a minute, whatever the channel."""
    ts = office.client.chat_postMessage(channel="C0ALERTS", text="x")["ts"]
    with pytest.raises(SlackApiError) as refused:
        flood(office.client.chat_update, channel="C0ALERTS", ts=ts)
    assert refused.value.response.status_code == 429


def test_a_lost_reply_has_done_its_work(office: Office) -> None:
    """The connection drops; the message is there, to be found by its mark."""
    office.slack.faults.add("lose_reply", 1)
    with pytest.raises((OSError, SlackApiError)):
        office.client.chat_postMessage(channel="C0ALERTS", text="once", metadata=TAG)
    found = office.client.conversations_history(channel="C0ALERTS", include_all_metadata=True)["messages"]
    assert [one["metadata"] for one in found] == [TAG]
    assert office.client.chat_postMessage(channel="C0ALERTS", text="two")["ok"]


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500)])
def test_a_refusal_by_fault_has_done_nothing(office: Office, kind: str, status: int) -> None:
    """So often as ordered; the log says where it struck."""
    office.slack.faults.add(kind, 1)
    with pytest.raises(SlackApiError) as refused:
        office.client.chat_postMessage(channel="C0ALERTS", text="x")
    assert refused.value.response.status_code == status
    assert not any(office.workspace.messages.values())
    assert office.slack.faults.state() == {"left": {}, "struck": [f"{kind} at chat.postMessage"]}
    assert office.client.chat_postMessage(channel="C0ALERTS", text="x")["ok"]


def test_blocks_can_be_refused_by_fault(office: Office) -> None:
    """What has no blocks still passes, so a fallback can be seen to work."""
    office.slack.faults.add("invalid_blocks", 1)
    assert office.client.chat_postMessage(channel="C0ALERTS", text="plain")["ok"]
    arguments: Json = {"channel": "C0ALERTS", "text": "x", "blocks": [section("x")]}
    assert error_of(office.client.chat_postMessage, **arguments) == "invalid_blocks"
    assert office.client.chat_postMessage(**arguments)["ok"]


def test_a_channel_can_be_archived_for_some_attempts(office: Office) -> None:
    """Posts and edits there are refused; other channels go on."""
    posted = office.client.chat_postMessage(channel="C0ALERTS", text="before")
    office.slack.faults.add("archive", 2, "C0ALERTS")
    assert error_of(office.client.chat_postMessage, channel="C0ALERTS", text="x") == "is_archived"
    assert office.client.chat_postMessage(channel="C0PARTNER", text="elsewhere")["ok"]
    assert error_of(office.client.chat_update, channel="C0ALERTS", ts=posted["ts"], text="y") == "is_archived"
    assert office.client.chat_update(channel="C0ALERTS", ts=posted["ts"], text="y")["ok"]
    office.slack.faults.add("archive", 1)
    assert error_of(office.client.chat_postMessage, channel="C0PARTNER", text="x") == "is_archived"
