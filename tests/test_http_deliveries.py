"""What Slack delivers over signed HTTP is handled as by Socket Mode, and the edge starts, tells how it is and stops."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_bolt.request import BoltRequest
from slack_sdk import WebClient

from bot.errors import BotError
from bot.slack.bolt import build
from bot.slack.signed_requests import PATH
from sandbox.driver import Declined, text_of, until
from sandbox.fakes_post import JSON, NOTED, Post, edge, event, signed, without

CANARY = "canary-7f3a"


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    """Served, with the sandbox delivering to it."""
    made = Post()
    made.drive.post("/_sandbox/request_url", url=made.edge.url + PATH)
    yield made
    made.stop()


def test_the_handshake_is_answered_with_its_challenge(post: Post) -> None:
    """Signed like everything else."""
    body = json.dumps({"type": "url_verification", "challenge": "3eZb", "token": "x"}).encode()
    assert post.send(body, without("X-Slack-Signature")(signed(body, kind=JSON)))[0] == 401
    status, said = post.send(body, signed(body, kind=JSON))
    assert (status, json.loads(said)) == (200, {"challenge": "3eZb"})


def test_slack_refuses_an_address_that_does_not_answer_the_challenge(post: Post) -> None:
    """And goes on delivering to the old one."""
    with pytest.raises(Declined, match="does not answer the challenge"):
        post.drive.post("/_sandbox/request_url", url=f"{post.edge.url}/elsewhere")
    assert post.slack.http.url == post.edge.url + PATH


def test_a_failed_event_is_a_bare_500_and_runs_when_slack_sends_it_again(
    post: Post, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Even in the same second with the same signature; no body and no signature is logged."""
    body = event("Ev1", {"type": "app_mention", "text": CANARY, "channel": "C1", "ts": "1.1"})
    first = signed(body, kind=JSON)
    assert post.send(body, first) == (500, b"")
    assert post.send(body, first)[0] == 401
    assert post.send(body, {**first, "X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_error"}) == (500, b"")
    unheard = event("Ev2", {"type": "emoji_changed", "text": CANARY})
    assert post.send(unheard, signed(unheard, kind=JSON)) == (200, b"")
    assert post.send(unheard, signed(unheard, kind=JSON, ago_s=5, retry=1)) == (200, b"")
    logged = "".join(capsys.readouterr()) + caplog.text
    assert "Failed to run listener function" in logged
    assert CANARY not in logged
    assert first["X-Slack-Signature"][3:] not in logged


def test_a_replayed_event_with_a_made_up_retry_is_handled_once(post: Post) -> None:
    """The retry's header is not signed; the event's own id holds."""
    maya = post.drive.user("maya")
    inner = {"type": "app_mention", "user": maya, "team": post.slack.workspace.team_id, "ts": "1.1"}
    channel = post.drive.channel("ml-alerts")
    body = event("Ev3", {**inner, "text": "<@U0SAGEWATCH> keep event", "channel": channel})
    given_headers = signed(body, kind=JSON)
    assert post.send(body, given_headers)[0] == 200
    assert post.send(body, {**given_headers, "X-Slack-Retry-Num": "1"})[0] == 200
    assert post.send(body, {**given_headers, "X-Slack-Retry-Num": "x"})[0] == 401
    assert NOTED.count("event") == 1


def told(post: Post, user: str, text: str, channel: str = "general") -> dict[str, Any]:
    """The message that says so, once it is there."""

    def look() -> dict[str, Any] | None:
        return next((m for m in post.drive.messages(user, channel=channel) if text in text_of(m)), None)

    return until(look, f"{text!r} is said") or {}


def test_command_click_and_form_go_through_the_strict_sandbox(post: Post) -> None:
    """Acknowledged in time, answered where they were asked."""
    drive = post.drive
    assert drive.state()["ready"]
    assert drive.say("kenji", "/ml keep the payload & all", channel="general")["ack_ms"] < 1000
    answer = told(post, "kenji", "kept the payload & all")
    assert drive.press("kenji", answer, "Again", channel="general")["ok"]
    answer = told(post, "kenji", "kept again the payload & all")
    assert drive.press("kenji", answer, "In a Form", channel="general")["ok"]
    view = until(lambda: drive.views("kenji"), "the form opens")[-1]
    sent = drive.submit("kenji", view, {"text": "from a form"})
    assert sent["ok"], sent
    assert NOTED[-1] == "from a form"
    shown = drive.views("kenji")
    assert "kept from a form" in json.dumps(shown), shown


def test_an_event_whose_answer_was_lost_comes_again_and_is_handled_once(post: Post) -> None:
    """Slack says which retry it is; the edge acknowledges it."""
    post.slack.faults.add("lose_ack", 1)
    post.drive.say("diego", "@Sagewatch keep heard", channel="ml-alerts")
    until(lambda: not post.slack.faults.state()["left"], "an answer was lost")
    until(lambda: "heard" in NOTED, "the event is handled")
    time.sleep(0.3)
    assert NOTED.count("heard") == 1
    found = [m for m in post.drive.messages("diego") if "@Sagewatch" in text_of(m) or "U0SAGEWATCH" in text_of(m)]
    thread = post.drive.messages("diego", thread_ts=found[-1]["ts"])
    assert sum("kept heard" in text_of(m) for m in thread) == 1


def test_health_says_whether_it_is_ready(post: Post) -> None:
    """503 while not, without a reason for strangers; also when no thread is free to say; it lives all the while."""
    assert post.send(b"", {}, method="GET", path="/readyz") == (200, b"ready")
    post.blocked = "Slack refuses the bot's token"
    assert post.send(b"", {}, method="GET", path="/readyz") == (503, b"not ready")
    post.blocked = ""
    go = Event()
    for _ in range(16):
        post.pools.fast.submit(go.wait, 20)
    assert post.send(b"", {}, method="GET", path="/readyz") == (503, b"not ready")
    assert post.send(b"", {}, method="GET", path="/healthz") == (200, b"alive")
    go.set()
    until(lambda: post.send(b"", {}, method="GET", path="/readyz")[0] == 200, "it is ready again")


def test_bolt_hears_which_retry_it_is_and_no_other_header(post: Post) -> None:
    """What is not signed could steer Bolt otherwise (`X-Slack-Bolt-Lazy-Only`)."""
    app = build(WebClient("xoxb-1"), None, "/ml", {})  # type: ignore[arg-type]  # it answers nobody here
    heard: list[Any] = []

    @app.middleware
    def look(req: BoltRequest, next: Callable[[], None]) -> None:  # noqa: A002  # Bolt's word
        heard.append(req.headers)
        next()

    listening = edge(post, app)
    listening.start()
    body = event("Ev4", {"type": "emoji_changed"})
    given_headers = {**signed(body, kind=JSON, retry=2), "X-Slack-Bolt-Lazy-Only": "1"}
    line = HTTPConnection(urlsplit(listening.url).netloc, timeout=20)
    line.request("POST", PATH, body, given_headers)
    assert line.getresponse().status == 200
    line.close()
    listening.stop()
    assert heard == [{"x-slack-retry-num": ["2"], "x-slack-retry-reason": ["http_timeout"]}]


@pytest.mark.parametrize("secret", ["", "  "])
def test_without_a_signing_secret_there_is_no_edge(post: Post, secret: str) -> None:
    """The setting is named."""
    with pytest.raises(BotError) as refused:
        edge(post, secret=secret)
    assert "SLACK_SIGNING_SECRET" in refused.value.next_step


def test_a_taken_port_is_named(post: Post) -> None:
    """And the thread ends."""
    second = edge(post, port=int(post.host.partition(":")[2]))
    with pytest.raises(BotError, match=post.host) as refused:
        second.start()
    assert "http.port" in refused.value.next_step
    assert not second.is_connected()


def test_an_edge_stops_and_answers_nobody_after(post: Post) -> None:
    """Twice does no harm, nor before a start."""
    started = edge(post)
    edge(post).stop()
    started.start()
    assert started.is_connected()
    host, _, port = urlsplit(started.url).netloc.partition(":")
    started.stop()
    started.stop()
    assert not started.is_connected()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)
