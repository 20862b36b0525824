"""The signed HTTP edge: strangers get 401 and nothing more, Slack gets what Socket Mode gives it."""

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.signature import Replays, Stamp
from bot.slack.signed_requests import MOST_BYTES, PATH
from sandbox.fakes import FakeSeen
from sandbox.fakes_post import FORM, JSON, NOTED, Post, edge, event, signed, typed, without


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    """Served, with the sandbox delivering to it."""
    made = Post()
    made.drive.post("/_sandbox/request_url", url=made.edge.url + PATH)
    yield made
    made.stop()


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
