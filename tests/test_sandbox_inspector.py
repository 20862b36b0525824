"""The inspector's server side: what is kept of deliveries and of calls to Slack, and how it is read."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from sandbox.control import create_app
from sandbox.driver import Declined, Driver, until
from sandbox.slack import tiny
from sandbox.slack.bus import Bus
from sandbox.slack.exchanges import MOST_BYTES, Exchange, Exchanges
from sandbox.slack.masks import Masks
from sandbox.slack.scripted import IGNORE, ScriptedApp
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack, Timing

Json = dict[str, Any]
FOREIGN = "xoxb-1111111111-2222222222-thisIsSomebodyElses"


class Office:
    """A served workspace with a scripted bot."""

    def __init__(self) -> None:
        timing = Timing(ack_s=0.3, retries_s=(0.0,))
        served = create_app(tiny.workspace(), tiny.StillWorld(), tiny.StillAws(), timing=timing)
        self.slack: Slack = served[SLACK]
        self.server = SlackServer(served)
        self.url = self.server.start()
        self.drive = Driver(self.url)
        app = self.slack.workspace.app
        self.bot = ScriptedApp(self.url, app.app_token)
        self.bot.start()
        self.client = WebClient(app.bot_token, base_url=f"{self.url}/api/", user_agent_suffix="sagewatch id/0123abcd")
        self.drive.post("/_sandbox/inspect", clear=True)

    def close(self) -> None:
        """Stop it all."""
        self.bot.stop()
        self.server.stop()

    def newest(self, **query: str) -> Json:
        """The newest exchange."""
        return self.drive.exchanges(**query)[-1]


@pytest.fixture
def office() -> Iterator[Office]:
    """Connected by Socket Mode; nothing has happened yet."""
    made = Office()
    yield made
    made.close()


def test_a_delivery_is_kept_with_its_payload_and_acknowledgement(office: Office) -> None:
    """Who did what over which way, how long it took, what the bot said; a click's name is its action."""
    office.bot.answers["slash_commands"] = lambda _: {"text": "2 broken"}
    office.drive.say("maya", "/ml violations")
    kept = office.newest()
    assert (kept["kind"], kept["name"], kept["about"]) == ("delivery", "/ml violations", "Maya Okafor")
    assert (kept["outcome"], kept["failed"], kept["id"], kept["status"]) == ("ok", False, "", None)
    assert 0 <= kept["ms"] < 300
    assert kept["facts"] == {"transport": "Socket Mode", "type": "slash_commands", "ended": "acknowledged"}
    assert (kept["request"]["text"], kept["answer"], kept["cut"]) == ("violations", {"text": "2 broken"}, {})
    began = datetime.fromisoformat(kept["at"]).timestamp()
    assert time.time() - 10 < began <= time.time()
    button = {
        "type": "button",
        "action_id": "ml:act:1",
        "value": "ack 12",
        "text": {"type": "plain_text", "text": "Go"},
    }
    card = office.client.chat_postMessage(
        channel="C0ALERTS", text="x", blocks=[{"type": "actions", "elements": [button]}]
    )
    message = {"ts": card["ts"], "blocks": card["message"]["blocks"]}
    office.bot.answers["interactive"] = lambda _: {"text": "of no use to Slack"}
    office.drive.press("maya", message, "Go")
    clicked = office.newest()
    assert clicked["name"] == "block_actions ml:act:1"
    assert clicked["answer"] == {"text": "of no use to Slack"}
    office.drive.say("maya", "@Sagewatch help")
    assert (office.newest()["name"], office.newest()["facts"]["type"]) == ("app_mention", "events_api")


def test_a_delivery_that_went_wrong_says_how(office: Office) -> None:
    """Nothing in time, an answer that Slack cannot take, nobody there; redeliveries are numbered."""
    office.bot.answers["slash_commands"] = lambda _: IGNORE
    office.drive.say("maya", "/ml silence")
    silent = office.newest()
    assert (silent["outcome"], silent["failed"], silent["answer"]) == ("timeout", True, None)
    office.bot.answers["slash_commands"] = lambda _: {"blocks": [{"type": "hologram"}]}
    office.drive.say("maya", "/ml broken")
    broken = office.newest()
    assert (broken["outcome"], broken["failed"]) == ("invalid_blocks", True)
    assert broken["facts"]["ended"] == "acknowledged with what Slack cannot take"
    assert broken["answer"] == {"blocks": [{"type": "hologram"}]}
    office.bot.answers["events_api"] = lambda _: IGNORE
    office.drive.say("maya", "@Sagewatch help")
    again = until(lambda: office.drive.exchanges(text="retry 1"), "a redelivery")[0]
    assert (again["facts"]["retry_attempt"], again["facts"]["retry_reason"]) == (1, "timeout")
    office.bot.stop()
    office.bot = ScriptedApp(office.url, office.slack.workspace.app.app_token)
    office.bot.start()
    until(lambda: office.slack.sockets.connections == 1, "the old line ends")
    office.slack.http.url = "http://127.0.0.1:9/slack"
    office.drive.say("maya", "/ml nobody")
    nobody = office.newest()
    assert (nobody["outcome"], nobody["facts"]["transport"]) == ("no_connection", "HTTP")


def test_an_acknowledgement_that_comes_too_late_is_added_to_its_delivery(office: Office) -> None:
    """The row stays one: late, after how many milliseconds, with what was said."""

    def slow(_: Json) -> Json:
        Event().wait(0.5)
        return {"text": "sorry"}

    office.bot.answers["slash_commands"] = slow
    office.drive.say("maya", "/ml slow")
    number = office.newest()["number"]
    late = until(lambda: [one for one in office.drive.exchanges() if one["outcome"] == "late"], "it comes")[0]
    assert (late["number"], late["failed"], late["answer"]) == (number, True, {"text": "sorry"})
    assert 450 < late["ms"] < 5_000
    assert late["facts"]["ended"] == "acknowledged too late"


class Listener:
    """An app at an address, which answers the handshake and then with a status and its own id."""

    def __init__(self) -> None:
        self.status, self.own_id = 200, "c0ffee0123456789"
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                asked = json.loads(body) if body.startswith("{") else {}
                text = asked.get("challenge", "").encode()
                self.send_response(200 if text else listener.status)
                self.send_header("X-Sagewatch-Id", listener.own_id)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's word
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/slack"

    def stop(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()


def test_a_delivery_by_http_has_a_status_and_the_bots_own_id(office: Office) -> None:
    """From the header X-Sagewatch-Id; what is no id is left out."""
    listener = Listener()
    office.drive.post("/_sandbox/request_url", url=listener.url)
    office.drive.say("maya", "/ml one")
    assert [office.newest()[name] for name in ("outcome", "status", "id")] == ["ok", 200, "c0ffee0123456789"]
    assert office.newest()["facts"]["transport"] == "HTTP"
    listener.status, listener.own_id = 503, "<not an id>"
    office.drive.say("maya", "/ml two")
    assert [office.newest()[name] for name in ("outcome", "status", "id")] == ["HTTP 503", 503, ""]
    assert office.newest()["failed"]
    listener.stop()


def test_a_web_api_call_is_kept_with_arguments_and_answer(office: Office) -> None:
    """The method, the channel's name, the id of the User-Agent; errors by their code; JSON in forms as JSON."""
    office.client.chat_postMessage(channel="C0ALERTS", text="hello", blocks=json.dumps([{"type": "divider"}]))
    kept = office.newest()
    assert [kept[n] for n in ("kind", "name", "about", "outcome", "status")] == [
        "slack", "chat.postMessage", "#ml-alerts", "ok", 200]  # fmt: skip
    assert kept["id"] == "0123abcd"
    assert kept["request"]["blocks"] == [{"type": "divider"}]
    assert (kept["answer"]["ok"], kept["answer"]["channel"]) == (True, "C0ALERTS")
    with pytest.raises(SlackApiError):
        office.client.chat_postMessage(channel="C0NOWHERE", text="hello")
    assert [office.newest()[n] for n in ("outcome", "failed")] == ["channel_not_found", True]
    office.drive.post("/_sandbox/fault", slack="429")
    with pytest.raises(SlackApiError):
        office.client.users_info(user="U0MAYA")
    assert [office.newest()[n] for n in ("about", "outcome", "status")] == ["Maya Okafor", "ratelimited", 429]


def test_a_reply_that_was_lost_is_told_from_an_answer(office: Office) -> None:
    """The message is there, and the bot does not know."""
    office.drive.post("/_sandbox/fault", slack="lose_reply")
    line = HTTPConnection(office.url.removeprefix("http://"), timeout=5)
    token = {"Authorization": f"Bearer {office.slack.workspace.app.bot_token}"}
    line.request("POST", "/api/chat.postMessage?channel=C0ALERTS&text=lost", headers=token)
    with pytest.raises(ConnectionError):
        line.getresponse()
    line.close()
    kept = until(lambda: office.drive.exchanges(text="lost"), "it is kept")[0]
    assert [kept[n] for n in ("name", "outcome", "status", "answer")] == ["chat.postMessage", "no_reply", None, None]


def test_a_use_of_a_response_url_is_kept_and_its_address_is_not(office: Office) -> None:
    """The beginning of the address tells which delivery gave it out; used up, it is refused by name."""
    office.drive.say("maya", "/ml help")
    told, address = office.newest()["request"]["response_url"], office.bot.heard[-1]["payload"]["response_url"]
    assert told == f"{office.url}/actions/{address.rpartition('/')[2][:6]}…"
    for _ in range(6):
        WebhookClient(address).send(text="an answer")
    first, last = office.drive.exchanges(kind="slack")[0], office.newest()
    assert (first["name"], first["outcome"], first["request"]["text"]) == ("response_url", "ok", "an answer")
    assert (last["outcome"], last["status"]) == ("used_url", 404)
    assert address.rpartition("/")[2] not in json.dumps(office.drive.exchanges())


def test_secrets_that_pass_through_slack_are_never_kept(office: Office) -> None:
    """The bot's own tokens, somebody else's that is typed, the signing secret, the ticket of a socket."""
    app = office.slack.workspace.app
    office.drive.say("maya", f"/ml say {FOREIGN} {app.signing_secret}")
    office.client.chat_postMessage(channel="C0ALERTS", text=f"careful: {FOREIGN}", token=app.bot_token)
    WebClient(app.app_token, base_url=f"{office.url}/api/").apps_connections_open(app_token=app.app_token)
    with pytest.raises(SlackApiError):
        WebClient(FOREIGN, base_url=f"{office.url}/api/").auth_test()
    line = HTTPConnection(office.url.removeprefix("http://"), timeout=5)
    line.request("GET", f"/api/auth.test?token={app.bot_token}")
    line.getresponse().read()
    line.close()
    everything = json.dumps(office.drive.exchanges(), ensure_ascii=False)
    assert "/ml say xoxb-… …" in everything
    assert "ticket=…" in everything
    assert office.newest()["request"] == {"token": "…"}
    for secret in (app.bot_token, app.app_token, app.signing_secret, FOREIGN):
        assert secret not in everything


def test_a_long_body_is_cut_and_says_so(office: Office) -> None:
    """Its beginning is kept as text, its whole size is told; a secret at the cut is masked before."""
    office.slack.exchanges.add(Exchange(0.0, "slack", "x", "ok", failed=False, ms=1, request={"text": "é" * 70_000}))
    kept = office.newest()
    assert kept["cut"] == {"request": 140_012}
    assert isinstance(kept["request"], str)
    assert kept["request"].startswith('{"text": "éé')
    assert MOST_BYTES - 2 <= len(kept["request"].encode()) <= MOST_BYTES
    edge = "-" * (MOST_BYTES - 12) + f" {FOREIGN}" + "-" * 100
    office.slack.exchanges.add(Exchange(0.0, "slack", "x", "ok", failed=False, ms=1, request=edge))
    assert "xoxb-1111" not in office.newest()["request"]


def test_the_ring_keeps_the_latest_and_counts_what_it_dropped() -> None:
    """Numbers increase over a clearing, which drops nothing; what is gone cannot be amended."""
    ring = Exchanges(Bus(), Masks(), most=3)
    for number in range(1, 6):
        assert ring.add(Exchange(0.0, "aws", f"call {number}", "ok", failed=False, ms=1)) == number
    everything = frozenset({"aws"})
    assert [one.number for one in ring.found(0, everything, "")] == [3, 4, 5]
    assert [ring.dropped(after) for after in (0, 1, 2, 5)] == [2, 1, 0, 0]
    ring.amend(1, outcome="late")
    ring.amend(4, outcome="late")
    assert [one.exchange.outcome for one in ring.found(0, everything, "")] == ["ok", "late", "ok"]
    ring.clear()
    assert (list(ring.found(0, everything, "")), ring.dropped()) == ([], 0)
    assert ring.add(Exchange(0.0, "aws", "call 6", "ok", failed=False, ms=1)) == 6
    assert ring.dropped() == 0


def test_exchanges_are_read_by_number_kind_and_text(office: Office) -> None:
    """The newest last; with `after` the next ones; text is looked for in the bodies too."""
    for text in ("one", "two", "three"):
        office.client.chat_postMessage(channel="C0ALERTS", text=f"number {text}")
    office.drive.say("maya", "/ml help")
    numbers = [one["number"] for one in office.drive.exchanges()]
    assert numbers == sorted(numbers)
    assert len(numbers) == 4
    assert [one["number"] for one in office.drive.exchanges(limit="2")] == numbers[-2:]
    found = office.drive.get("/_sandbox/inspect", after=str(numbers[0]), limit="1")
    assert ([one["number"] for one in found["exchanges"]], found["more"], found["last"]) == (
        [numbers[1]],
        2,
        numbers[-1],
    )
    assert [one["kind"] for one in office.drive.exchanges(kind="delivery")] == ["delivery"]
    assert len(office.drive.exchanges(kind="delivery,slack")) == 4
    assert [one["number"] for one in office.drive.exchanges(text="NUMBER two")] == [numbers[1]]
    line = office.newest(bodies="no")
    assert set(line) == {"number", "at", "kind", "name", "about", "outcome", "failed", "status", "ms", "id"}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"after": "x"}, "after must be a whole number"),
        ({"after": "-1"}, "after must be a whole number"),
        ({"limit": "2001"}, "limit must be a whole number up to 2000"),
        ({"kind": "smtp"}, "kind must be of delivery, slack, aws, not 'smtp'"),
        ({"bodies": "maybe"}, "bodies must be yes or no"),
        ({"before": "1"}, "unknown: before"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(office: Office, query: dict[str, str], sentence: str) -> None:
    """400, as the other calls do; clearing says true or is refused."""
    with pytest.raises(Declined, match=f"400: {sentence}"):
        office.drive.get("/_sandbox/inspect", **query)
    with pytest.raises(Declined, match="400: clear must be true"):
        office.drive.post("/_sandbox/inspect", clear=1)


def test_watchers_hear_of_exchanges_in_short(office: Office) -> None:
    """A summary on the WebSocket, whoever listens; the bodies have to be asked for."""

    async def news() -> Json:
        async with ClientSession() as session, session.ws_connect(f"{office.url}/_sandbox/events?user=U0SAM") as line:
            await asyncio.to_thread(office.drive.say, "maya", "/ml help")
            while (note := await line.receive_json(timeout=5))["kind"] != "exchange":
                pass
            return dict(note)

    assert asyncio.run(news()) == {"kind": "exchange", "exchange": office.newest(bodies="no")}
