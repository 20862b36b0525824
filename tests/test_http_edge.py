"""The signed HTTP edge: strangers get 401 and nothing more, Slack gets what Socket Mode gives it."""

import json
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from threading import Event
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_bolt import App
from slack_bolt.request import BoltRequest
from slack_sdk import WebClient

from bot.dispatch import Dispatch
from bot.errors import BotError
from bot.kit import ATTRIBUTE, Rest, command, form
from bot.model.account import Account
from bot.model.reply import Actions, Form, Press, Reply, TextField
from bot.ports import Ask
from bot.registry import Registry
from bot.slack.answers import Answers
from bot.slack.bolt import build
from bot.slack.chat import SlackChat, client
from bot.slack.desk import Desk
from bot.slack.edge import Edge
from bot.slack.handling import Handling
from bot.slack.health import Health
from bot.slack.listener import Listener
from bot.slack.people import SlackPeople
from bot.slack.pools import Pools
from bot.slack.signature import Replays, Stamp
from bot.slack.signed_requests import MOST_BYTES, PATH, SignedRequests
from sandbox.control import create_app
from sandbox.demo import workspace
from sandbox.driver import Declined, Driver, text_of, until
from sandbox.fakes import FakeAudit, FakeSeen
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack, Timing
from sandbox.slack.signed_http import headers
from sandbox.slack.tiny import StillAws, StillWorld

SECRET = workspace().app.signing_secret
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
CANARY = "canary-7f3a"
NOTED: list[str] = []


@command("keep", role="viewer")
def keep(ask: Ask, *, text: Rest = "") -> Reply:
    """Keeps a text, and says so with buttons."""
    NOTED.append(text)
    buttons = (Press("Again", f"keep again {text}"), Press("In a Form", "keep-with", does="form"))
    return Reply((f"{ask.person.name} kept {text}",), (Actions(buttons),))


@form("keep-with", role="viewer", submits="keep")
def keep_with(ask: Ask) -> Form:
    """Asks for the text."""
    return Form("Keep", "keep", (TextField("text", "Text"),), "Keep")


class Fleet:
    """A clock and an inventory."""

    def now(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Never sleeps."""

    def accounts(self) -> tuple[Account, ...]:
        """One account."""
        return (Account("222222222222", "ml-production", ("us-west-2",)),)


async def _up() -> bool:
    return True


class HttpEdge:
    """The edge with its one line, as the app puts it together."""

    def __init__(
        self, app: App, pools: Pools, seen: FakeSeen, *, ready: Callable[[], str], host: str, port: int, secret: str
    ) -> None:
        now = Fleet().now
        requests = SignedRequests(Handling(app, pools, seen, now), now, signing_secret=secret)
        health = Health(pools, ready, _up, lambda: None)
        routes = [*requests.routes(), *health.probes()]
        self.line = Listener(host, port, routes, settings="http.host and http.port", most_bytes=MOST_BYTES)
        self._edge = Edge(self.line)
        self.start, self.stop, self.is_connected = self._edge.start, self._edge.stop, self._edge.is_connected

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.line.url


class Post:
    """The edge, on the strict sandbox, and raw requests to it."""

    def __init__(self) -> None:
        sandbox = create_app(workspace(), StillWorld(), StillAws(), timing=Timing(1.0, (0.0, 0.1, 0.1)))
        self.slack: Slack = sandbox[SLACK]
        self.server = SlackServer(sandbox)
        self.drive = Driver(self.server.start())
        self.pools = Pools()
        self.blocked = ""
        fleet = Fleet()
        slack = client(self.slack.workspace.app.bot_token, f"{self.drive.url}/api/")
        self.edge = HttpEdge(
            build(slack, self.desk(slack, fleet), "/ml", {}),
            self.pools,
            FakeSeen(),
            secret=SECRET,
            host="127.0.0.1",
            port=0,
            ready=lambda: self.blocked,
        )
        self.edge.start()
        self.host = urlsplit(self.edge.url).netloc

    def desk(self, slack: WebClient, fleet: Fleet) -> Desk:
        """Of one command with its form."""
        people = SlackPeople(slack, self.slack.workspace.team_id)
        registry = Registry({"keep": getattr(keep, ATTRIBUTE)}, {"keep-with": getattr(keep_with, ATTRIBUTE)})
        dispatch = Dispatch(registry, lambda _: {}, people, FakeAudit(), fleet, fleet, ())  # type: ignore[arg-type]
        return Desk(dispatch, self.pools, people, Answers(SlackChat(slack, hooks=(f"{self.drive.url}/",))))

    def stop(self) -> None:
        """In the order of the product."""
        self.edge.stop()
        self.pools.close()
        self.server.stop()

    def send(
        self, body: bytes, given: Mapping[str, str], *, method: str = "POST", path: str = PATH
    ) -> tuple[int, bytes]:
        """(status, body) of the answer."""
        line = HTTPConnection(self.host, timeout=20)
        try:
            line.request(method, path, body, dict(given))
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def raw(self, request: bytes) -> bytes:
        """Everything that comes back for these bytes until the edge closes the line."""
        host, _, port = self.host.partition(":")
        with socket.create_connection((host, int(port)), timeout=20) as line:
            line.sendall(request)
            return b"".join(iter(lambda: line.recv(65_536), b""))


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    """Served, with the sandbox delivering to it."""
    made = Post()
    made.drive.post("/_sandbox/request_url", url=made.edge.url + PATH)
    yield made
    made.stop()


def signed(body: bytes, *, kind: str = FORM, ago_s: float = 0, retry: int = 0) -> dict[str, str]:
    """Headers as Slack makes them, so many seconds ago."""
    again = {"retry_attempt": retry, "retry_reason": "timeout"}
    return headers(SECRET, body, time.time() - ago_s, kind=kind, retry=again)


def typed(text: str, trigger: str) -> bytes:
    """A slash command."""
    maya = next(u for u in workspace().users.values() if u.name == "maya")
    fields = {"command": "/ml", "text": text, "user_id": maya.id, "team_id": maya.team_id, "trigger_id": trigger}
    return urlencode({**fields, "channel_id": "C1", "response_url": "http://127.0.0.1:9/none"}).encode()


def event(event_id: str, inner: Mapping[str, Any]) -> bytes:
    """An event's envelope."""
    return json.dumps({"type": "event_callback", "team_id": "T1", "event_id": event_id, "event": inner}).encode()


def test_a_request_that_slack_signed_is_handled_once_and_its_replay_refused(post: Post) -> None:
    """Also when sixteen copies come at once."""
    body = typed("keep once", "1.1")
    given_headers = signed(body)
    with ThreadPoolExecutor(16) as many:
        statuses = sorted(many.map(lambda _: post.send(body, given_headers)[0], range(16)))
    assert statuses == [200] + [401] * 15
    assert post.send(body, {**given_headers, "X-Slack-Retry-Num": "1"})[0] == 401
    assert NOTED.count("once") == 1


@pytest.mark.parametrize(("ago_s", "status"), [(310, 401), (-310, 401), (280, 200), (-280, 200)])
def test_a_request_older_or_newer_than_five_minutes_is_refused(post: Post, ago_s: float, status: int) -> None:
    """Its signature is right all the same."""
    body = typed(f"keep aged{ago_s}", f"2.{ago_s}")
    assert post.send(body, signed(body, ago_s=ago_s)) == (status, b"" if status == 200 else b"401: Unauthorized")
    assert NOTED.count(f"aged{ago_s}") == (status == 200)


def without(name: str) -> Callable[[dict[str, str]], dict[str, str]]:
    """The headers less one."""
    return lambda given: {k: v for k, v in given.items() if k != name}


def with_(name: str, value: str) -> Callable[[dict[str, str]], dict[str, str]]:
    """The headers with one changed."""
    return lambda given: {**given, name: value}


@pytest.mark.parametrize(
    "change",
    [
        without("X-Slack-Signature"),
        without("X-Slack-Request-Timestamp"),
        with_("X-Slack-Signature", ""),
        with_("X-Slack-Signature", "v0="),
        with_("X-Slack-Signature", "v0=" + "0" * 64),
        with_("X-Slack-Signature", "v0=\xe9" + "0" * 63),
        with_("X-Slack-Signature", "v1=" + "0" * 64),
        with_("X-Slack-Request-Timestamp", ""),
        with_("X-Slack-Request-Timestamp", "soon"),
        with_("X-Slack-Request-Timestamp", "1e9"),
        with_("X-Slack-Request-Timestamp", "-1"),
        with_("X-Slack-Request-Timestamp", "\xb2\xb2"),
        with_("X-Slack-Request-Timestamp", "9" * 400),
    ],
)
def test_headers_that_are_not_slacks_are_unauthorized(
    post: Post, change: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    """Missing, malformed, non-ASCII: never an error of ours."""
    body = typed("keep forged", "3.1")
    assert post.send(body, change(signed(body)))[0] == 401
    assert "forged" not in NOTED


def test_an_altered_body_and_a_doubled_header_are_unauthorized(post: Post) -> None:
    """The signature covers every byte; two signatures are none."""
    body = typed("keep mine", "4.1")
    given_headers = signed(body)
    assert post.send(body.replace(b"mine", b"mini"), given_headers)[0] == 401
    doubled = "".join(f"{k}: {v}\r\n" for k, v in [*given_headers.items(), ("X-Slack-Signature", "v0=" + "0" * 64)])
    request = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{doubled}\r\n"
    assert post.raw(request.encode() + body).startswith(b"HTTP/1.1 401 ")
    assert {"mine", "mini"}.isdisjoint(NOTED)


def test_a_large_body_is_refused_however_it_comes(post: Post) -> None:
    """By its declared length, unread; and in chunks, at the cap."""
    body = b"x" * (MOST_BYTES + 1)
    assert post.send(b"", {"Content-Length": str(MOST_BYTES + 1)})[0] == 413
    host, _, port = post.host.partition(":")
    line = HTTPConnection(host, int(port), timeout=20)
    parts = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    line.request("POST", PATH, parts, signed(body), encode_chunked=True)
    assert line.getresponse().status == 413
    line.close()


@pytest.mark.parametrize("broken", [b"zz\r\n", b"5\r\nab", b"-1\r\n\r\n", b"ffffffffffffffffffffff\r\n"])
def test_a_broken_body_is_no_error_of_ours(post: Post, broken: bytes) -> None:
    """Chunks that are none, with headers that look right."""
    lines = "".join(f"{k}: {v}\r\n" for k, v in signed(b"").items())
    request = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n{lines}\r\n"
    host, _, port = post.host.partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as sent:
        sent.sendall(request.encode() + broken)
        sent.shutdown(socket.SHUT_WR)
        answered = b"".join(iter(lambda: sent.recv(65_536), b""))
    assert not answered or re.match(rb"HTTP/1\.[01] 4", answered)
    assert post.send(b"", {}, method="GET", path="/healthz")[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", PATH, 405), ("PUT", PATH, 405), ("POST", "/", 404), ("POST", "/healthz", 405), ("GET", "/%00", 404)],
)
def test_there_is_nothing_else(post: Post, method: str, path: str, status: int) -> None:
    """One path for Slack, one for health."""
    assert post.send(b"", signed(b""), method=method, path=path)[0] == status


def test_signed_rubbish_is_a_bad_request(post: Post) -> None:
    """Only who has the secret gets so far."""
    for kind, body in [
        (JSON, b"{"),
        (JSON, b"[1]"),
        (JSON, b"[" * 100_000),
        (JSON, b"\xff"),
        (FORM, b""),
        (FORM, b"payload=no"),
        (FORM, b"payload=7"),
    ]:
        assert post.send(body, signed(body, kind=kind))[0] == 400


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


NAMES = st.sampled_from(
    ["X-Slack-Signature", "X-Slack-Request-Timestamp", "X-Slack-Retry-Num", "Content-Type", "Content-Encoding", "Host"]
)
VALUES = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=40).map(str.encode),
    st.just(b"v0=" + b"0" * 64),
    st.just(str(int(time.time())).encode()),
    st.sampled_from([b"gzip", b"deflate", b"application/json", b"multipart/form-data; boundary=x", b"text/plain;=;"]),
)


def test_no_request_of_a_stranger_is_an_error_of_ours(
    post: Post, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Any headers, any body: 4xx without a trace, there or in the log."""

    @settings(max_examples=400, deadline=None)
    @given(st.lists(st.tuples(NAMES, VALUES), max_size=6), st.binary(max_size=200))
    def stranger(given_headers: list[tuple[str, bytes]], body: bytes) -> None:
        start = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n".encode()
        lines = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in given_headers)
        answered = post.raw(start + lines + b"\r\n" + body)
        statuses = re.findall(rb"^HTTP/1\.[01] (\d+)", answered, re.MULTILINE)
        assert statuses
        assert all(400 <= int(status) < 500 for status in statuses)
        assert b"Traceback" not in answered

    stranger()
    assert "Traceback" not in "".join(capsys.readouterr()) + caplog.text


WORDS = st.sampled_from(
    ["type", "event", "user", "actions", "view", "team", "team_id", "trigger_id", "event_id", "channel", "command"]
)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
PAYLOADS = st.builds(
    lambda kind, rest: {**rest, "type": kind},
    st.sampled_from(["event_callback", "block_actions", "view_submission", "url_verification", "shortcut"]),
    st.dictionaries(WORDS, JSONS, max_size=6),
)


def test_no_signed_payload_brings_a_trace_back_or_ends_a_worker(post: Post) -> None:
    """Nor does whatever its shape is keep the next command from being answered."""

    @settings(max_examples=200, deadline=None)
    @given(PAYLOADS, st.booleans(), st.integers(0, 250))
    def odd(payload: dict[str, Any], is_json: bool, ago_s: int) -> None:
        text = json.dumps(payload)
        body = text.encode() if is_json else urlencode({"payload": text}).encode()
        status, said = post.send(body, signed(body, kind=JSON if is_json else FORM, ago_s=ago_s))
        assert status in {200, 400, 401, 500}
        assert said == b"" or status in {200, 401}
        assert b"Traceback" not in said

    odd()
    body = typed("keep going", "9.1")
    assert post.send(body, signed(body)) == (200, b"")
    assert "going" in NOTED


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
    """503 with the reason while not; also when no thread is free to say; it lives all the while."""
    assert post.send(b"", {}, method="GET", path="/readyz") == (200, b"ready")
    post.blocked = "Slack refuses the bot's token"
    assert post.send(b"", {}, method="GET", path="/readyz") == (503, b"not ready: Slack refuses the bot's token")
    post.blocked = ""
    go = Event()
    for _ in range(16):
        post.pools.fast.submit(go.wait, 20)
    assert post.send(b"", {}, method="GET", path="/readyz") == (503, b"not ready: no answer in time")
    assert post.send(b"", {}, method="GET", path="/healthz") == (200, b"alive")
    go.set()
    until(lambda: post.send(b"", {}, method="GET", path="/readyz")[0] == 200, "it is ready again")


def edge(post: Post, app: App | None = None, seen: FakeSeen | None = None, **other: Any) -> HttpEdge:
    """Another one, on the same pools."""
    given_: dict[str, Any] = {"secret": SECRET, "host": "127.0.0.1", "port": 0, **other}
    app = app or build(WebClient("xoxb-1"), None, "/ml", {})  # type: ignore[arg-type]  # it answers nobody here
    return HttpEdge(app, post.pools, seen or FakeSeen(), ready=str, **given_)


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


def test_a_replay_is_refused_while_the_store_is_down() -> None:
    """By the process that took it, for as long as the same stamp could be timely."""
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    moments = iter([now, now, now + timedelta(minutes=10), now + timedelta(minutes=11)])
    alone = Replays(lambda: next(moments))
    assert [alone.first("sig:1") for _ in range(4)] == [True, False, False, True]


def test_what_is_kept_of_a_stamp_is_not_its_signature() -> None:
    """What lies in a database must not be good for a request; each stamp has its own."""
    stamps = [Stamp("1", "v0=" + "a" * 64), Stamp("2", "v0=" + "a" * 64), Stamp("1", "v0=" + "b" * 64)]
    assert len({stamp.id for stamp in stamps}) == 3
    assert "a" * 64 not in stamps[0].id


def test_a_replay_is_refused_by_every_process_on_the_store(post: Post) -> None:
    """Another edge that shares what was seen."""
    seen = FakeSeen()
    first, second = edge(post, seen=seen), edge(post, seen=seen)
    body = event("Ev9", {"type": "emoji_changed"})
    given_headers = signed(body, kind=JSON)
    statuses = []
    for listening in (first, second, first):
        if not listening.is_connected():
            listening.start()
        line = HTTPConnection(urlsplit(listening.url).netloc, timeout=20)
        line.request("POST", PATH, body, given_headers)
        statuses.append(line.getresponse().status)
        line.close()
    first.stop()
    second.stop()
    assert statuses == [200, 401, 401]
