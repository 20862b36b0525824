"""Socket Mode: envelopes, acknowledgements, redelivery, a refreshed and a broken line."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from slack_sdk import WebClient
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.control import create_app
from sandbox.slack import deeds, say, tiny
from sandbox.slack.scripted import IGNORE, ScriptedApp
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack, Timing

ACK_S = 0.3


class Office:
    """A served workspace, and whoever acts in it."""

    def __init__(self, server: SlackServer, slack: Slack) -> None:
        self.server = server
        self.slack = slack
        self.url = server.start()
        self.apps: list[ScriptedApp] = []

    def app(self) -> ScriptedApp:
        """Another connection of the bot."""
        app = ScriptedApp(self.url, self.slack.workspace.app.app_token)
        app.start()
        self.apps.append(app)
        wait_until(lambda: self.slack.sockets.connections >= len(self.apps))
        return app

    def say(
        self, text: str, channel: str = "C0ALERTS", user: str = "U0MAYA", thread: str | None = None
    ) -> deeds.Outcome:
        """Somebody types."""
        person = self.slack.workspace.users[user]
        place = deeds.seen_channel(self.slack, person, channel)
        return self.server.do(say.say(self.slack, person, place, text, thread))

    def told(self, channel: str = "C0ALERTS") -> list[str]:
        """What only Maya sees in a channel."""
        found = self.slack.workspace.history(channel)
        return [one.body["text"] for one in found if one.only_for == "U0MAYA"]


def wait_until(holds: Callable[[], bool], within_s: float = 5.0) -> None:
    """Wait for something that will soon be so."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.005)


@pytest.fixture
def office() -> Iterator[Office]:
    """A served workspace with an impatient Slack."""
    timing = Timing(ack_s=ACK_S, retries_s=(0.0, 0.05, 0.1))
    served = create_app(tiny.workspace(), tiny.StillWorld(), tiny.StillAws(), timing=timing)
    made = Office(SlackServer(served), served[SLACK])
    yield made
    for app in made.apps:
        app.stop()
    made.server.stop()


def test_a_command_reaches_the_app_and_its_answer_the_person(office: Office) -> None:
    """The payload as Slack documents it; the acknowledgement's text is private."""
    app = office.app()
    app.answers["slash_commands"] = lambda _: {"text": "3 open"}
    said = office.say("/ml incidents account=prod & more")
    payload = app.wait("slash_commands")["payload"]
    assert said.error is None
    assert said.ack_ms is not None
    assert payload["command"] == "/ml"
    assert payload["text"] == "incidents account=prod &amp; more"
    assert (payload["user_id"], payload["channel_name"], payload["team_id"]) == ("U0MAYA", "ml-alerts", tiny.TEAM)
    assert payload["response_url"].startswith(f"{office.url}/actions/")
    assert office.told() == ["3 open"]


def test_an_answer_can_be_for_all(office: Office) -> None:
    """response_type in_channel in the acknowledgement."""
    office.app().answers["slash_commands"] = lambda _: {"text": "3 open", "response_type": "in_channel"}
    office.say("/ml")
    message = next(office.slack.workspace.history("C0ALERTS"))
    assert (message.only_for, message.body["text"]) == (None, "3 open")


def test_a_bad_answer_is_told_to_the_person(office: Office) -> None:
    """Blocks in an acknowledgement are checked too."""
    office.app().answers["slash_commands"] = lambda _: {"text": "x", "blocks": [{"type": "shout"}]}
    assert office.say("/ml").error == "invalid_blocks"
    assert office.told() == ['/ml failed with the error "invalid_blocks"']


def test_nobody_there_is_dispatch_failed_and_silence_is_operation_timeout(office: Office) -> None:
    """What Slack shows the person in both cases."""
    assert office.say("/ml").error == "dispatch_failed"
    app = office.app()
    app.answers["slash_commands"] = lambda _: IGNORE
    before = time.monotonic()
    assert office.say("/ml").error == "operation_timeout"
    assert time.monotonic() - before >= ACK_S
    assert office.told() == [f'/ml failed with the error "{why}"' for why in ("dispatch_failed", "operation_timeout")]


def test_a_lost_acknowledgement_counts_as_none(office: Office) -> None:
    """The app answered; Slack did not hear it."""
    app = office.app()
    office.slack.faults.add("lose_ack", 1)
    assert office.say("/ml").error == "operation_timeout"
    assert len(app.heard) == 1
    assert office.say("/ml").error is None


def test_commands_do_not_work_in_threads(office: Office) -> None:
    """Slack says so and sends nothing."""
    app = office.app()
    parent = office.slack.workspace.post(office.slack.workspace.channels["C0ALERTS"], {"user": "U0SAM", "text": "x"})
    assert office.say("/ml", thread=parent.ts).error == "not_supported_in_threads"
    assert office.told() == ["/ml is not supported in threads. Sorry!"]
    assert office.say("/other").error == "unknown_command"
    assert app.heard == []


def test_a_mention_is_an_event_where_the_bot_is_a_member(office: Office) -> None:
    """@Sagewatch becomes an id, markup typed by people is text."""
    app = office.app()
    office.say("@Sagewatch violations <!here> & co")
    envelope = app.wait("events_api")
    event = envelope["payload"]["event"]
    assert event["type"] == "app_mention"
    assert event["text"] == f"<@{office.slack.workspace.bot_id}> violations &lt;!here&gt; &amp; co"
    assert envelope["retry_attempt"] == 0
    assert envelope["payload"]["is_ext_shared_channel"] is False
    office.say("@sagewatch hello", channel="C0GENERAL")
    office.say("no mention")
    office.say("@Sagewatch from afar", channel="C0PARTNER", user="U0PAT")
    second = app.wait("events_api", 2)["payload"]
    assert second["is_ext_shared_channel"] is True
    assert second["event"]["team"] == tiny.PARTNER_TEAM


def test_a_direct_message_is_an_event(office: Office) -> None:
    """message.im, with the channel's kind."""
    app = office.app()
    office.say("help", channel="D0MAYA")
    event = app.wait("events_api")["payload"]["event"]
    assert (event["type"], event["channel_type"], event["channel"]) == ("message", "im", "D0MAYA")


def test_an_event_that_nobody_acknowledges_comes_three_times_more(office: Office) -> None:
    """Same event id, new envelope, counted, with the reason; then Slack gives up."""
    app = office.app()
    app.answers["events_api"] = lambda _: IGNORE
    assert office.say("@Sagewatch help").ack_ms is None
    app.wait("events_api", 4)
    envelopes = list(app.heard)
    assert [one["retry_attempt"] for one in envelopes] == [0, 1, 2, 3]
    assert [one["retry_reason"] for one in envelopes] == ["", "timeout", "timeout", "timeout"]
    assert len({one["payload"]["event_id"] for one in envelopes}) == 1
    assert len({one["envelope_id"] for one in envelopes}) == 4


def test_an_acknowledged_redelivery_is_the_last(office: Office) -> None:
    """The fault loses one acknowledgement; the second one ends it."""
    app = office.app()
    office.slack.faults.add("lose_ack", 1)
    office.say("@Sagewatch help")
    app.wait("events_api", 2)
    time.sleep(0.3)
    assert len(app.heard) == 2


def test_an_event_waits_for_an_app_that_is_away(office: Office) -> None:
    """Redelivered with connection_failed once somebody is there."""
    office.slack.events.retries_s = (0.3,)
    office.say("@Sagewatch help")
    envelope = office.app().wait("events_api")
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (1, "connection_failed")


def test_joining_is_an_event(office: Office) -> None:
    """/invite brings the bot in; it hears of it and can post."""
    app = office.app()
    office.say("/invite @Sagewatch", channel="C0GENERAL")
    event = app.wait("events_api")["payload"]["event"]
    assert (event["type"], event["user"]) == ("member_joined_channel", office.slack.workspace.bot_id)
    assert office.slack.workspace.bot_in(office.slack.workspace.channels["C0GENERAL"])
    office.say("/remove @Sagewatch", channel="C0GENERAL")
    assert not office.slack.workspace.bot_in(office.slack.workspace.channels["C0GENERAL"])


def test_each_envelope_goes_to_one_of_the_connections(office: Office) -> None:
    """Twenty commands, two connections: each comes once, both get some."""
    first, second = office.app(), office.app()
    for number in range(20):
        office.say(f"/ml {number}")
    texts = [one["payload"]["text"] for one in first.heard + second.heard]
    assert sorted(texts, key=int) == [str(number) for number in range(20)]
    assert first.heard
    assert second.heard


class RealClient:
    """slack_sdk's aiohttp Socket Mode client on a loop of its own, acknowledging everything."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.commands: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._connect(), self._loop).result(5)

    async def _connect(self) -> None:
        token = self._office.slack.workspace.app.app_token
        web = AsyncWebClient(token, base_url=f"{self._office.url}/api/")
        self._client = SocketModeClient(token, web_client=web, ping_interval=0.5)
        self._client.socket_mode_request_listeners.append(self._acknowledge)
        await self._client.connect()

    async def _acknowledge(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.commands.append(str(request.payload["text"]))
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    def close(self) -> None:
        """Disconnect and end the loop."""

        async def end() -> None:
            await self._client.close()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def real(office: Office) -> Iterator[RealClient]:
    """A connected client of slack_sdk."""
    client = RealClient(office)
    wait_until(lambda: office.slack.sockets.connections == 1)
    yield client
    client.close()


def misbehave(office: Office, kind: str) -> None:
    """Order a fault of the line and let it happen."""
    office.slack.faults.add(kind, 1)
    office.server.do(office.slack.sockets.misbehave())


@pytest.mark.parametrize("kind", ["refresh", "cut"])
def test_the_real_client_survives_a_refresh_and_a_cut(office: Office, real: RealClient, kind: str) -> None:
    """A new connection comes, and commands go to it."""
    assert office.say("/ml before").error is None
    misbehave(office, kind)
    wait_until(lambda: office.slack.sockets.connections == 0 or kind == "refresh")
    wait_until(lambda: office.slack.sockets.connections == 1)
    assert office.say("/ml after").error is None
    assert real.commands == ["before", "after"]


def test_a_ticket_is_good_for_one_connection(office: Office) -> None:
    """A URL used twice, or made up, is refused."""

    async def connect(url: str) -> int:
        async with ClientSession() as session:
            try:
                async with session.ws_connect(url):
                    return 101
            except WSServerHandshakeError as error:
                return error.status

    token = office.slack.workspace.app.app_token
    url = str(WebClient(token, base_url=f"{office.url}/api/").apps_connections_open(app_token=token)["url"])
    assert asyncio.run(connect(url)) == 101
    assert asyncio.run(connect(url)) == 403
    assert asyncio.run(connect(f"{url.partition('?')[0]}?ticket=mine")) == 403


def test_the_eleventh_connection_is_sent_away(office: Office) -> None:
    """Ten at most; one more is told why and takes no envelopes."""
    for _ in range(10):
        office.app()

    async def eleventh(url: str) -> Any:
        async with ClientSession() as session, session.ws_connect(url) as line:
            return await line.receive_json()

    token = office.slack.workspace.app.app_token
    url = str(WebClient(token, base_url=f"{office.url}/api/").apps_connections_open(app_token=token)["url"])
    frame = asyncio.run(eleventh(url))
    assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
    assert office.slack.sockets.connections == 10
