"""Whatever bytes come to the signed HTTP edge: a status, never a trace, and Slack is served as ever afterwards."""

import json
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from threading import Barrier, Event
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.dispatch import Dispatch
from bot.kit import ATTRIBUTE, Rest, command
from bot.model.account import Account
from bot.model.reply import Reply
from bot.ports import Ask
from bot.registry import Registry
from bot.slack.answers import Answers
from bot.slack.bolt import build
from bot.slack.chat import SlackChat, client
from bot.slack.desk import Desk
from bot.slack.edge import Edge
from bot.slack.handling import Handling
from bot.slack.listener import Listener
from bot.slack.people import SlackPeople
from bot.slack.pools import Pools
from bot.slack.signed_requests import MOST_BYTES, PATH, SignedRequests
from sandbox.control import create_app
from sandbox.fakes import FakeAudit, FakeSeen
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK
from sandbox.slack.signed_http import headers
from sandbox.slack.tiny import TEAM, StillAws, StillWorld, workspace

TIMES = float(os.environ.get("FUZZ_TIMES", "1"))
"""How many times as much is tried: `FUZZ_TIMES=20 pytest tests/test_fuzz_headers.py`."""
SECRET = workspace().app.signing_secret
FAST = 4
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
NOTED: list[str] = []


@command("keep", role="viewer")
def keep(ask: Ask, *, text: Rest = "") -> Reply:
    """Keeps a text."""
    NOTED.append(text)
    return Reply((f"{ask.person.name} kept {text}",))


class Fleet:
    """A clock and an inventory of one account."""

    def now(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Never sleeps."""

    def accounts(self) -> tuple[Account, ...]:
        """One."""
        return (Account("222222222222", "ml-production", ("us-west-2",)),)


class Door:
    """The edge of a bot of one command, and raw bytes to it."""

    def __init__(self) -> None:
        self._server = SlackServer(served := create_app(workspace(), StillWorld(), StillAws()))
        url = self._server.start()
        self.pools = Pools(fast=FAST)
        web, fleet = client(served[SLACK].workspace.app.bot_token, f"{url}/api/"), Fleet()
        people = SlackPeople(web, TEAM)
        registry = Registry({"keep": getattr(keep, ATTRIBUTE)}, {})
        dispatch = Dispatch(registry, lambda _: {}, people, FakeAudit(), fleet, fleet, ())  # type: ignore[arg-type]
        desk = Desk(dispatch, self.pools, people, Answers(SlackChat(web, hooks=(f"{url}/",))))
        seen = FakeSeen()
        handling = Handling(build(web, desk, "/ml", {}), self.pools, seen, fleet.now)
        routes = SignedRequests(handling, fleet.now, signing_secret=SECRET).routes()
        line = Listener("127.0.0.1", 0, routes, settings="http.host and http.port", most_bytes=MOST_BYTES)
        self._edge = Edge(line)
        self._edge.start()
        self._address = (urlsplit(line.url).hostname, urlsplit(line.url).port)

    def stop(self) -> None:
        """In the order of the product."""
        self._edge.stop()
        self.pools.close()
        self._server.stop()

    def raw(self, request: bytes, patience_s: float = 20) -> bytes:
        """Everything that comes back. Without an answer in time our side is closed: no more body will come."""
        with socket.create_connection(self._address, timeout=patience_s) as line:
            try:
                line.sendall(request)
                first = self._first(line)
                return first + b"".join(iter(lambda: line.recv(65_536), b""))
            except (ConnectionResetError, BrokenPipeError):
                return b""  # refused before all of it was read

    @staticmethod
    def _first(line: socket.socket) -> bytes:
        try:
            return line.recv(65_536)
        except TimeoutError:
            line.settimeout(20)
            line.shutdown(socket.SHUT_WR)
            return b""

    def post(self, body: bytes, given: dict[str, str], more: bytes = b"") -> tuple[int, bytes]:
        """(status, body) of what answers a well-formed request."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in given.items()).encode() + more
        start = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n".encode()
        head, _, said = self.raw(start + lines + b"\r\n" + body).partition(b"\r\n\r\n")
        return int(head.split()[1]), said


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    """One for all."""
    made = Door()
    yield made
    made.stop()


@pytest.fixture
def still_open(door: Door, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """After a test a command is answered as ever, all workers live, and no failure of ours was logged."""
    yield
    meet = Barrier(FAST)
    for future in [door.pools.fast.submit(partial(meet.wait, 20)) for _ in range(FAST)]:
        future.result(timeout=30)
    word = f"{time.time_ns()}"
    assert typed(door, f"keep {word}", word) == (200, b"")
    assert word in NOTED
    assert "request failed" not in "".join(capsys.readouterr()) + caplog.text


def typed(door: Door, text: str, trigger: str) -> tuple[int, bytes]:
    """A slash command of Maya's."""
    fields = {"command": "/ml", "text": text, "user_id": "U0MAYA", "team_id": TEAM, "trigger_id": trigger}
    body = urlencode({**fields, "channel_id": "C0ALERTS", "response_url": "http://127.0.0.1:9/none"}).encode()
    return door.post(body, headers(SECRET, body, time.time(), kind=FORM))


def thorough(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The same cases each time, unless more are asked for."""
    return settings(
        max_examples=round(examples * TIMES),
        deadline=None,
        derandomize=TIMES == 1,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=(HealthCheck.too_slow,),
    )


NAMES = st.one_of(
    st.sampled_from(
        [
            *(b"X-Slack-Signature", b"x-slack-signature", b"X-Slack-Request-Timestamp", b"X-Slack-Retry-Num"),
            *(b"Content-Type", b"Content-Encoding", b"Content-Length", b"Transfer-Encoding", b"Host", b"Connection"),
            *(b"Expect", b"Upgrade", b"Range", b"Cookie", b"Authorization", b"Accept-Encoding", b"X-Forwarded-For"),
        ]
    ),
    st.binary(max_size=12),
)
VALUES = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=30).map(str.encode),
    st.sampled_from(
        [
            *(
                b"v0=" + b"0" * 64,
                b"v0=",
                b"0" * 5_000,
                b"9" * 400,
                b"-1",
                b"1e9",
                b"0x10",
                b"18446744073709551616",
                b"NaN",
            ),
            *(
                b"gzip",
                b"deflate, gzip",
                b"br",
                b"chunked",
                b"chunked, chunked",
                b"identity",
                b"100-continue",
                b"websocket",
            ),
            *(
                b"application/json",
                b"multipart/form-data; boundary=x",
                b"text/plain;=;",
                b"text/plain; charset=\xff",
                b"keep-alive",
            ),
            *(b"bytes=0-1", b"\x00", b"\r", b"\n evil: 1", b"\x7f\x80\xff", b"a" * 20_000),
        ]
    ),
)
STARTS = st.one_of(
    st.just(f"POST {PATH} HTTP/1.1".encode()),
    st.sampled_from([b"POST", b"GET", b"PUT", b"HEAD", b"OPTIONS", b"CONNECT", b"TRACE", b"PRI", b"\xff", b"get"]).map(
        lambda method: method + f" {PATH} HTTP/1.1".encode()
    ),
    st.sampled_from(
        [b"/", b"*", b"//", b"/%", b"/%ff%00", b"/slack/events/..", b"http://x/slack/events", b"/" + b"a" * 9_000]
    ).map(lambda path: b"POST " + path + b" HTTP/1.1"),
    st.sampled_from([b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b"HTTP/1", b"http/1.1", b"X", b""]).map(
        lambda version: f"POST {PATH} ".encode() + version
    ),
    st.binary(max_size=40),
)
STATUS = re.compile(rb"^HTTP/1\.[01] (\d+)", re.MULTILINE)


@pytest.mark.usefixtures("still_open")
def test_no_bytes_of_a_stranger_are_an_error_of_ours(door: Door) -> None:
    """Any start, any headers, doubled or binary, any body: refused with 4xx, or the line is closed."""
    refused: list[int] = []

    @thorough(1_500)
    @given(STARTS, st.lists(st.tuples(NAMES, VALUES), max_size=6), st.booleans(), st.binary(max_size=100))
    def stranger(start: bytes, given_headers: list[tuple[bytes, bytes]], sized: bool, body: bytes) -> None:
        size = b"Content-Length: %d\r\n" % len(body) if sized else b""
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in given_headers)
        answered = door.raw(start + b"\r\nHost: x\r\nConnection: close\r\n" + size + lines + b"\r\n" + body, 0.05)
        statuses = [int(status) for status in STATUS.findall(answered)]
        fine = {100, 505, *((500,) if misquoted(given_headers) else ())}
        assert all(400 <= status < 500 or status in fine for status in statuses), answered
        assert not traced(answered), answered
        refused.extend(statuses)

    stranger()
    assert len(refused) > 1_000 * TIMES


def misquoted(given_headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether aiohttp's own refusal of an `Expect` fails, since it quotes bytes that are no text: a bare 500."""
    expected = [value for name, value in given_headers if name.strip().lower() == b"expect"]
    return any(value.decode(errors="ignore").encode() != value for value in expected)


def traced(answered: bytes) -> bool:
    """Whether it tells of our insides."""
    return bool(re.search(rb"Traceback|File \"|\.py\b|(?:[a-z]Error|Exception)\b", answered))


TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "{",
            "[]",
            "null",
            "1e999",
            "9" * 5_000,
            "-" * 3_000,
            '"\\ud800"',
            '{"type":NaN}',
            "[" * 50_000,
            "\x00",
            "\ufeff{}",
        ]
    ),
    st.dictionaries(
        st.sampled_from(["type", "event", "event_id", "command", "trigger_id", "actions", "view", "challenge", "user"]),
        st.one_of(st.none(), st.integers(), st.text(max_size=9), st.lists(st.integers(), max_size=2)),
        max_size=5,
    ).map(json.dumps),
    st.sampled_from(["block_actions", "view_submission", "event_callback", "url_verification", "ssl_check", "x"]).map(
        lambda kind: json.dumps({"type": kind, "ssl_check": 1, "challenge": "<!here>"})
    ),
)
BODIES = st.one_of(
    st.binary(max_size=200),
    TEXTS.map(lambda text: text.encode(errors="surrogatepass")),
    TEXTS.map(lambda text: urlencode({"payload": text.encode(errors="surrogatepass")}).encode()),
    st.lists(
        st.tuples(st.sampled_from(["payload", "command", "text", "ssl_check", "user_id"]), st.text(max_size=9)),
        max_size=6,
    ).map(lambda pairs: urlencode(pairs).encode()),
    st.just(b"command=%2Fml&text=" + b"%00%ff" * 3_000),
)
EXTRA = st.lists(
    st.tuples(
        st.sampled_from(
            [b"X-Slack-Retry-Num", b"X-Slack-Retry-Reason", b"Content-Encoding", b"Cookie", b"X-Slack-Bolt-Lazy-Only"]
        ),
        st.one_of(
            st.sampled_from([b"1", b"9" * 99, b"-1", b"http_timeout", b"gzip", b"a" * 4_000]),
            st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=20).map(str.encode),
        ),
    ),
    max_size=4,
)


@pytest.mark.usefixtures("still_open")
def test_no_signed_body_brings_a_trace_back(door: Door) -> None:
    """Signed as Slack signs, of whatever it never sends: acknowledged or refused, with nothing else in the answer."""
    answered: set[int] = set()

    @thorough(900)
    @given(BODIES, st.sampled_from([FORM, JSON, "", "text/plain", "application/json; charset=x", "a/b/c;;"]), EXTRA)
    def odd(body: bytes, kind: str, more: list[tuple[bytes, bytes]]) -> None:
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in more)
        status, said = door.post(body, headers(SECRET, body, time.time(), kind=kind), lines)
        assert status in {200, 400, 401, 500}, (status, said)
        assert not traced(said), said
        assert status != 500 or not said
        answered.add(status)

    odd()
    assert {200, 400} <= answered


@pytest.mark.usefixtures("still_open")
@pytest.mark.parametrize("size", [3_000, 200_000, MOST_BYTES - 400])
def test_long_texts_are_commands_all_the_same(door: Door, size: int) -> None:
    """Up to the edge's cap."""
    assert typed(door, "keep " + "x" * size, f"long{size}") == (200, b"")
    assert len(NOTED[-1]) == size
