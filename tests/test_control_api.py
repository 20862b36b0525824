"""The control API: every path, every bad argument, who may use it, what its watchers hear."""

import asyncio
import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from slack_sdk import WebClient

from sandbox.control import create_app
from sandbox.slack import tiny
from sandbox.slack.scripted import IGNORE, ScriptedApp
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Timing

Json = dict[str, Any]


class Office:
    """A served workspace with a scripted bot, asked as the page asks."""

    def __init__(self) -> None:
        self.workspace = tiny.workspace()
        self.world, self.aws = tiny.StillWorld(), tiny.StillAws()
        served = create_app(self.workspace, self.world, self.aws, timing=Timing(ack_s=0.3))
        self.slack = served[SLACK]
        self.server = SlackServer(served)
        self.url = self.server.start()
        self.host = self.url.removeprefix("http://")
        self.bot = ScriptedApp(self.url, self.workspace.app.app_token)
        self.client = WebClient(self.workspace.app.bot_token, base_url=f"{self.url}/api/")

    def close(self) -> None:
        """Stop it all."""
        self.bot.stop()
        self.server.stop()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Json]:
        """Status and answer of a request."""
        connection = HTTPConnection(self.host, timeout=5)
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, path, sent, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        status, text = response.status, response.read()
        connection.close()
        return status, json.loads(text)

    def get(self, path: str) -> Json:
        """A good answer."""
        status, answer = self.ask("GET", f"/_sandbox/{path}")
        assert status == 200, answer
        return answer

    def post(self, path: str, **body: Any) -> tuple[int, Json]:
        """Status and answer of an act."""
        return self.ask("POST", f"/_sandbox/{path}", body)


@pytest.fixture
def office() -> Iterator[Office]:
    """A served workspace whose bot is connected."""
    made = Office()
    made.bot.start()
    yield made
    made.close()


BUTTON = {"type": "button", "action_id": "go", "value": "ack 12", "text": {"type": "plain_text", "text": "Go"}}
OVERFLOW = {"type": "overflow", "action_id": "more", "options": [
    {"text": {"type": "plain_text", "text": one}, "value": one} for one in ("snooze", "assign")]}  # fmt: skip
CARD = [{"type": "actions", "block_id": "b1", "elements": [BUTTON, OVERFLOW]}]


def card(office: Office) -> str:
    """A card's ts."""
    return str(office.client.chat_postMessage(channel="C0ALERTS", text="card", blocks=CARD)["ts"])


def test_state_says_what_a_script_needs() -> None:
    """Ready once the bot is there; accounts with keys, people with groups, channels, AWS."""
    office = Office()
    assert office.get("state")["ready"] is False
    office.bot.start()
    state = office.get("state")
    assert state["ready"] is True
    assert state["accounts"][0]["access_key_id"] == "AKIATINY"
    assert {one["id"]: one["groups"] for one in state["users"]}["U0MAYA"] == ["ml-oncall"]
    assert {"id", "name"} <= set(state["channels"][0])
    assert (state["aws_endpoint_url"], state["region"]) == (office.aws.endpoint_url, "us-west-2")
    assert state["now"].endswith("+00:00")
    office.close()


def test_a_person_is_described_with_what_they_see(office: Office) -> None:
    """A partner sees the shared channel and no conversation with the bot."""
    mine = office.get("me?user=U0MAYA")["channels"]
    assert {one["name"] for one in mine} >= {"ml-alerts", "secret", ""}
    assert [one["name"] for one in office.get("me?user=U0PAT")["channels"]] == ["partner"]


def test_saying_a_command_answers_with_the_acknowledgements_time(office: Office) -> None:
    """By the channel's name or id; what went wrong is said."""
    status, answer = office.post("say", user="U0MAYA", channel="ml-alerts", text="/ml help")
    assert (status, answer["ok"]) == (200, True)
    assert 0 <= answer["ack_ms"] < 300
    office.bot.answers["slash_commands"] = lambda _: IGNORE
    status, answer = office.post("say", user="U0MAYA", channel="C0ALERTS", text="/ml help")
    assert (status, answer) == (200, {"ok": False, "ack_ms": None, "error": "operation_timeout"})


def test_messages_are_those_that_the_person_sees(office: Office) -> None:
    """Ephemeral ones are their reader's; a thread has its own list; a hidden channel is refused."""
    ts = card(office)
    office.client.chat_postEphemeral(channel="C0ALERTS", user="U0MAYA", text="psst")
    office.post("say", user="U0SAM", channel="C0ALERTS", text="mine", thread_ts=ts)
    seen = office.get("messages?channel=ml-alerts&user=U0MAYA")["messages"]
    assert [(one["text"], one["is_ephemeral"]) for one in seen] == [("card", False), ("psst", True)]
    assert seen[0]["blocks"][0]["elements"][0]["action_id"] == "go"
    assert [one["text"] for one in office.get("messages?channel=C0ALERTS&user=U0SAM")["messages"]] == ["card"]
    thread = office.get(f"messages?channel=C0ALERTS&user=U0SAM&thread_ts={ts}")["messages"]
    assert [one["text"] for one in thread] == ["card", "mine"]
    assert office.ask("GET", "/_sandbox/messages?channel=secret&user=U0SAM")[0] == 403
    assert office.ask("GET", "/_sandbox/messages?channel=nowhere&user=U0SAM")[0] == 404
    assert office.ask("GET", "/_sandbox/messages?channel=C0ALERTS&user=U0SAM&thread_ts=1.0")[0] == 404


def test_a_click_needs_an_element_that_is_there(office: Office) -> None:
    """Another message, id, value: 404. What is there reaches the bot."""
    ts = card(office)
    place = {"user": "U0MAYA", "channel": "C0ALERTS", "ts": ts}
    assert office.post("click", **place, action_id="go")[1]["ok"] is True
    assert office.post("click", **place, action_id="go", block_id="b1", value="ack 12")[1]["ok"] is True
    assert office.post("click", **place, action_id="more", value="assign")[1]["ok"] is True
    assert office.bot.heard[-1]["payload"]["actions"][0]["selected_option"]["value"] == "assign"
    for wrong in (
        {**place, "action_id": "stop"},
        {**place, "action_id": "go", "block_id": "b2"},
        {**place, "action_id": "go", "value": "ack 13"},
        {**place, "action_id": "more", "value": "delete"},
        {**place, "action_id": "go", "ts": "1.0"},
        {**place, "action_id": "go", "user": "U0NOBODY"},
    ):
        status, answer = office.post("click", **wrong)
        assert (status, answer["ok"]) == (404, False), wrong
        assert answer["error"].startswith(("there is no", "the button", "'more' has no"))
    assert office.post("click", **{**place, "user": "U0PAT"}, action_id="go")[0] == 403
    assert len(office.bot.heard) == 3


def test_a_form_is_opened_filled_and_sent(office: Office) -> None:
    """views, submit with what is missing, submit, and what was chosen before comes along."""
    field = {"type": "plain_text_input", "action_id": "why"}
    modal = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Acknowledge"},
        "submit": {"type": "plain_text", "text": "Save"},
        "blocks": [
            {"type": "input", "block_id": "reason", "label": {"type": "plain_text", "text": "Why"}, "element": field},
            *CARD,
        ],
    }
    office.post("click", user="U0MAYA", channel="C0ALERTS", ts=card(office), action_id="go")
    trigger = office.bot.wait("interactive")["payload"]["trigger_id"]
    view_id = office.client.views_open(trigger_id=trigger, view=modal)["view"]["id"]
    assert [one["id"] for one in office.get("views?user=U0MAYA")["views"]] == [view_id]
    assert office.get("views?user=U0SAM")["views"] == []
    assert office.post("submit", user="U0SAM", view_id=view_id, values={"why": "x"})[0] == 404
    status, answer = office.post("submit", user="U0MAYA", view_id=view_id, values={})
    assert (status, list(answer["errors"])) == (422, ["reason"])
    on_view = {"user": "U0MAYA", "view_id": view_id, "action_id": "go", "values": {"why": "late"}}
    assert office.post("click", **on_view)[1]["ok"] is True
    state = office.bot.heard[-1]["payload"]["view"]["state"]["values"]
    assert state["reason"]["why"]["value"] == "late"
    assert office.post("submit", user="U0MAYA", view_id=view_id, values={"reason": "late label"})[1]["ok"] is True
    sent = office.bot.heard[-1]["payload"]["view"]["state"]["values"]
    assert sent["reason"]["why"]["value"] == "late label"
    assert office.post("close", user="U0MAYA", view_id=view_id)[0] == 404


def test_opening_home_tells_the_bot(office: Office) -> None:
    """app_home_opened; a partner has none."""
    assert office.post("home", user="U0MAYA")[1]["ok"] is True
    assert office.bot.heard[-1]["payload"]["event"]["type"] == "app_home_opened"
    assert office.post("home", user="U0PAT")[0] == 403


def test_a_verb_moves_the_world(office: Office) -> None:
    """What happened is answered; unknown verbs get the sentence with the valid ones."""
    status, answer = office.post("world", do="drift", account="222222222222")
    assert (status, answer["said"]) == (200, "drift was done")
    assert office.world.done == [("drift", "222222222222")]
    status, answer = office.post("world", do="explode")
    assert (status, answer["error"]) == (400, "no verb 'explode': next_hour, drift, recover")


def test_a_storm_has_a_size_and_any_message_can_be_put_on_the_queue(office: Office) -> None:
    """Both are the world's to do."""
    office.post("world", do="drift", count=12, channels=3)
    assert office.world.counts == {"count": 12, "channels": 3}
    assert office.post("queue", body='{"half') == (200, {"ok": True})
    assert office.world.sent == ['{"half']


def test_faults_are_ordered_by_name(office: Office) -> None:
    """Slack's count down, one of them in a channel alone; AWS's are handed on."""
    assert office.post("fault", slack="429", times=2)[1]["faults"]["left"] == {"429": 2}
    left = office.post("fault", slack="archive", channel="C0ALERTS", times=3)[1]["faults"]["left"]
    assert left == {"429": 2, "archive in C0ALERTS": 3}
    office.post("fault", aws="deny", account="222222222222", operation="ListMonitoringExecutions", times=3)
    assert office.aws.faults == [("deny", "222222222222", "ListMonitoringExecutions", 3)]


BAD: list[tuple[str, Json, int, str]] = [
    ("say", {"user": "U0MAYA", "channel": "C0ALERTS"}, 400, "text is missing"),
    ("say", {"user": "U0MAYA", "channel": "C0ALERTS", "text": 5}, 400, "text must be a text"),
    ("say", {"user": "U0MAYA", "channel": "C0ALERTS", "text": "   "}, 400, "text must have 1 to 40000 characters"),
    ("say", {"user": "U0MAYA", "channel": "C0ALERTS", "text": "x", "ts": "1"}, 400, "unknown: ts; known: "),
    ("say", {"user": "U0NOBODY", "channel": "C0ALERTS", "text": "x"}, 404, "there is no person 'U0NOBODY'"),
    ("say", {"user": "U0SAGEWATCH", "channel": "C0ALERTS", "text": "x"}, 404, "there is no person"),
    ("say", {"user": "U0MAYA", "channel": "nowhere", "text": "x"}, 404, "there is no channel 'nowhere'"),
    ("say", {"user": "U0SAM", "channel": "secret", "text": "x"}, 403, "sam cannot see #secret"),
    ("say", {"user": "U0SAM", "channel": "partner", "text": "x"}, 403, "sam is not a member of #partner"),
    ("say", {"user": "U0MAYA", "channel": "old", "text": "x"}, 403, "#old is archived"),
    ("say", {"user": "U0MAYA", "channel": "C0ALERTS", "text": "x", "thread_ts": "1.0"}, 404, "there is no message"),
    ("click", {"user": "U0MAYA", "channel": "C0ALERTS", "ts": "1.0"}, 400, "action_id is missing"),
    ("click", {"user": "U0MAYA", "action_id": "go"}, 400, "channel is missing"),
    ("click", {"user": "U0MAYA", "view_id": "V0", "action_id": "go"}, 404, "maya has no view 'V0' open"),
    ("submit", {"user": "U0MAYA", "view_id": "V0", "values": []}, 404, "maya has no view"),
    ("world", {}, 400, "do is missing"),
    ("world", {"do": "drift", "count": "many"}, 400, "count must be a whole number from 1 to 5000"),
    ("queue", {"body": ""}, 400, "body is missing"),
    ("queue", {"body": {}}, 400, "body must be a text"),
    ("fault", {"slack": "429", "channel": "C0ALERTS"}, 400, "channel is a channel's id, and archive's alone"),
    ("fault", {"slack": "archive", "channel": "C0NOWHERE"}, 400, "channel is a channel's id"),
    ("fault", {}, 400, "name exactly one of slack and aws"),
    ("fault", {"slack": "429", "aws": "deny"}, 400, "name exactly one"),
    ("fault", {"slack": "meteor"}, 400, "slack must be one of lose_reply, lose_ack"),
    ("fault", {"slack": "429", "times": 0}, 400, "times must be a whole number from 1 to 1000"),
    ("fault", {"slack": "429", "times": "2"}, 400, "times must be a whole number"),
    ("fault", {"aws": "deny"}, 400, "account is missing"),
    ("fault", {"aws": "deny", "account": "1", "operation": "x"}, 400, "that fault cannot be ordered"),
    ("fault", {"aws": "burn", "account": "222222222222", "operation": "x"}, 400, "no fault 'burn'"),
]


def test_bad_arguments_get_a_sentence(office: Office) -> None:
    """Each names what is wrong; nothing happens."""
    for path, body, status, sentence in BAD:
        answered, answer = office.ask("POST", f"/_sandbox/{path}", body)
        assert (answered, answer["ok"]) == (status, False), (path, body, answer)
        assert sentence in answer["error"], (path, body, answer)
    assert office.ask("POST", "/_sandbox/say", b"{")[1]["error"] == "the body must be JSON"
    assert office.ask("POST", "/_sandbox/say", [1])[1]["error"] == "the body must be a JSON object"
    assert not any(office.workspace.messages.values())
    assert not any((office.world.done, office.world.sent, office.aws.faults, office.bot.heard))


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Host": "localhost"}, True),
        ({"Host": "evil.example"}, False),
        ({"Host": "127.0.0.1.evil.example"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Host": "localhost:1", "Origin": "http://localhost:1"}, True),
        ({"Host": "localhost:1", "Origin": "http://localhost:2"}, False),
    ],
)
def test_only_this_machine_and_its_own_page_may_ask(office: Office, headers: dict[str, str], allowed: bool) -> None:
    """A foreign page's request is 403, whatever the path."""
    body = {"user": "U0MAYA", "channel": "C0ALERTS", "text": "hi"}
    status, _ = office.ask("POST", "/_sandbox/say", body, **headers)
    assert status == (200 if allowed else 403)
    assert bool(office.workspace.messages) is allowed
    assert office.ask("GET", "/_sandbox/state", **headers)[0] == (200 if allowed else 403)


async def _news(url: str, act: Any, wanted: int, **headers: str) -> list[Json]:
    async with ClientSession() as session, session.ws_connect(url, headers=headers) as line:
        await asyncio.to_thread(act)
        news: list[Json] = []
        while len(news) < wanted:
            note = await line.receive_json(timeout=5)
            news += [note] if note["kind"] != "exchange" else []
        return news


def test_watchers_hear_what_happens(office: Office) -> None:
    """Messages, ephemeral ones, deletions, verbs; a person only what they see."""

    def act() -> None:
        ts = card(office)
        office.client.chat_postEphemeral(channel="C0ALERTS", user="U0MAYA", text="psst")
        office.client.chat_delete(channel="C0ALERTS", ts=ts)
        office.post("world", do="drift")

    url = f"{office.url}/_sandbox/events".replace("http", "ws", 1)
    everything = asyncio.run(_news(url, act, 4))
    assert [one["kind"] for one in everything] == ["message", "ephemeral", "delete", "world"]
    assert everything[0]["message"]["text"] == "card"
    assert everything[1]["user"] == "U0MAYA"
    assert (everything[3]["do"], everything[3]["said"]) == ("drift", "drift was done")
    sams = asyncio.run(_news(f"{url}?user=U0SAM", act, 3))
    assert [one["kind"] for one in sams] == ["message", "delete", "world"]


def test_foreign_pages_cannot_watch(office: Office) -> None:
    """The Origin decides for WebSockets too; an unknown person is 404."""
    url = f"{office.url}/_sandbox/events".replace("http", "ws", 1)
    with pytest.raises(WSServerHandshakeError, match="403"):
        asyncio.run(_news(url, lambda: None, 0, Origin="http://evil.example"))
    with pytest.raises(WSServerHandshakeError, match="404"):
        asyncio.run(_news(f"{url}?user=U0NOBODY", lambda: None, 0))


def test_the_page_is_served_at_the_root(office: Office) -> None:
    """index.html and what stands beside it, with headers that keep it to itself; nothing outside the folder."""
    connection = HTTPConnection(office.host, timeout=5)
    for path, status in (("/", 200), ("/index.html", 200), ("/../control.py", 404), ("/%2e%2e/control.py", 404)):
        connection.request("GET", path)
        response = connection.getresponse()
        text = response.read()
        assert response.status == status, path
        if status == 200:
            assert b"<!doctype html>" in text.lower()
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    connection.close()


def test_uploads_never_run_as_a_page(office: Office) -> None:
    """HTML is handed out as a download in a sandbox."""
    office.client.files_upload_v2(channel="C0ALERTS", filename="a.html", content="<script>alert(1)</script>")
    message = office.get("messages?channel=C0ALERTS&user=U0MAYA")["messages"][0]
    connection = HTTPConnection(office.host, timeout=5)
    connection.request("GET", message["files"][0]["url_private"].removeprefix(office.url))
    response = connection.getresponse()
    assert response.read() == b"<script>alert(1)</script>"
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == "attachment"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    connection.close()
