"""Signed HTTP from the sandbox: what the app receives, and what Slack makes of its answers."""

import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk.signature import SignatureVerifier

from sandbox.control import create_app
from sandbox.driver import Declined, Driver, until
from sandbox.slack import tiny
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack, Timing

Answer = tuple[int, bytes, str]
FINE: Answer = (200, b"", "text/plain")
NO_ANSWER = Event()


class Listener:
    """An app at a URL: keeps what comes, checks its signature, answers as told; the handshake always."""

    def __init__(self, secret: str) -> None:
        self.heard: list[tuple[dict[str, str], str]] = []
        self.forged = 0
        self.answer: Callable[[], Answer] = lambda: FINE
        verifier, listener = SignatureVerifier(secret), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                given = {name.lower(): value for name, value in self.headers.items()}
                listener.forged += not verifier.is_valid_request(body, given)
                is_handshake = '"url_verification"' in body
                if not is_handshake:
                    listener.heard.append((given, body))
                said = (200, json.loads(body)["challenge"].encode(), "text/plain") if is_handshake else FINE
                status, text, kind = said if is_handshake else listener.answer()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's word
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/slack"

    def stop(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Office:
    """A served workspace whose app listens by HTTP."""

    def __init__(self) -> None:
        served = create_app(
            tiny.workspace(), tiny.StillWorld(), tiny.StillAws(), timing=Timing(ack_s=0.4, retries_s=(0.0, 0.05, 0.1))
        )
        self.slack: Slack = served[SLACK]
        self.server = SlackServer(served)
        self.drive = Driver(self.server.start())
        self.app = Listener(self.slack.workspace.app.signing_secret)
        self.drive.post("/_sandbox/request_url", url=self.app.url)

    def retries(self) -> list[tuple[str | None, str | None]]:
        """(number, reason) of every event that came."""
        return [(given.get("x-slack-retry-num"), given.get("x-slack-retry-reason")) for given, _ in self.app.heard]


@pytest.fixture
def office() -> Iterator[Office]:
    """With an app that acknowledges everything."""
    made = Office()
    yield made
    made.server.stop()
    made.app.stop()
    assert made.app.forged == 0


def test_a_command_is_a_signed_form_and_an_event_signed_json(office: Office) -> None:
    """slack_sdk's own verifier takes every signature; nothing says retry."""
    office.drive.say("maya", "/ml who & what=ä")
    office.drive.say("maya", "@Sagewatch help")
    (command, typed), (event, said) = office.app.heard
    assert command["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(typed)["text"] == ["who &amp; what=ä"]
    assert event["content-type"] == "application/json"
    assert json.loads(said)["event"]["type"] == "app_mention"
    assert office.retries() == [(None, None), (None, None)]
    assert office.drive.state()["bot"]["connected"]


def test_what_a_command_is_answered_with_is_shown(office: Office) -> None:
    """As JSON, or as plain text."""
    office.app.answer = lambda: (200, b'{"text": "3 open"}', "application/json")
    assert office.drive.say("maya", "/ml")["ok"]
    office.app.answer = lambda: (200, b"plain", "text/plain")
    assert office.drive.say("maya", "/ml")["ok"]
    assert [m["text"] for m in office.drive.messages("maya")] == ["3 open", "plain"]


@pytest.mark.parametrize("status", [302, 401, 500])
def test_an_event_that_is_answered_otherwise_than_with_2xx_comes_three_times_more(office: Office, status: int) -> None:
    """Numbered, with Slack's reason; a command fails at once."""
    office.app.answer = lambda: (status, b"", "text/plain")
    office.drive.say("maya", "@Sagewatch help")
    until(lambda: len(office.app.heard) == 4, "three retries")
    assert office.retries() == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
    assert len({json.loads(body)["event_id"] for _, body in office.app.heard}) == 1
    assert office.drive.say("maya", "/ml")["error"] == "dispatch_failed"


def test_silence_is_a_timeout(office: Office) -> None:
    """A command fails with it, an event comes again until it is answered."""

    def late() -> Answer:
        NO_ANSWER.wait(0.6)
        return FINE

    office.app.answer = late
    assert office.drive.say("maya", "/ml")["error"] == "operation_timeout"
    office.app.heard.clear()
    office.drive.say("maya", "@Sagewatch help")
    office.app.answer = lambda: FINE
    until(lambda: len(office.app.heard) == 2, "it comes again")
    time.sleep(0.3)
    assert office.retries() == [(None, None), ("1", "http_timeout")]


def test_a_lost_answer_is_a_timeout_too(office: Office) -> None:
    """The app handled it and Slack does not know."""
    office.drive.post("/_sandbox/fault", slack="lose_ack", times=1)
    office.drive.say("maya", "@Sagewatch help")
    until(lambda: len(office.app.heard) == 2, "it comes again")
    assert office.retries() == [(None, None), ("1", "http_timeout")]


def test_nobody_there_is_dispatch_failed(office: Office) -> None:
    """The app went away; without a URL Slack looks for a socket."""
    office.slack.http.url = "http://127.0.0.1:9/slack"
    assert office.drive.say("maya", "/ml")["error"] == "dispatch_failed"
    office.drive.post("/_sandbox/request_url", url="")
    assert not office.drive.state()["ready"]
    assert office.drive.say("maya", "/ml")["error"] == "dispatch_failed"
    assert office.app.heard == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "ftp://127.0.0.1/", 7])
def test_an_address_without_an_answer_to_the_challenge_is_refused(office: Office, url: object) -> None:
    """The old one stays."""
    with pytest.raises(Declined, match="400"):
        office.drive.post("/_sandbox/request_url", url=url)
    assert office.slack.http.url == office.app.url
