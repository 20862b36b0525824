"""A workspace of two with a scripted bot for the Slack page, and blocks for the bot to send."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from slack_sdk import WebClient

from sandbox.control import create_app
from sandbox.slack.records import App, Channel, Command, Json, User, UserGroup
from sandbox.slack.scripted import ScriptedApp
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Timing
from sandbox.slack.workspace import Workspace

TEAM, BOT, ANN, BEN = "T0TEST", "U0SAGEWATCH", "U0ANN", "U0BEN"
ALERTS, GENERAL = "C0ALERTS", "C0GENERAL"
UNIX = 1_795_424_520  # 2026-11-23 09:02 UTC


class TinyWorld:
    """A world of one account in which every verb only says that it was done."""

    def do(self, verb: str, account: str | None = None, person: str | None = None, **_: int) -> Json:
        """Say it."""
        by = f" by {person}" if person else ""
        return {"said": f"{verb} was done to {account or 'all'}{by}"}

    def send(self, body: str) -> None:
        """There is no queue."""
        raise ValueError(f"nobody takes {body[:20]!r}")

    def state(self) -> list[dict[str, str]]:
        """One account."""
        return [{"id": "222222222222", "label": "ml-production", "access_key_id": "a", "secret_access_key": "b"}]

    def now(self) -> datetime:
        """A fixed instant."""
        return datetime.fromtimestamp(UNIX, UTC)


class TinyAws:
    """An AWS that is never called."""

    endpoint_url = "http://127.0.0.1:1"
    region = "us-west-2"

    def fault(self, kind: str, account_id: str, operation: str, times: int = 1) -> None:
        """Nothing answers here, so there is nothing to break."""

    def on_call(self, callback: Callable[[Any], None]) -> None:
        """Nobody calls, so there is nothing to hear."""


class Bot:
    """A bot on Socket Mode: keeps what it hears and acknowledges it with what `answer` makes of it."""

    def __init__(self, url: str, app: App) -> None:
        self.web = WebClient(app.bot_token, base_url=f"{url}/api/")
        self.heard: list[Json] = []
        self.answer: Callable[[Json], Json | None] = lambda _: None
        self._line = ScriptedApp(url, app.app_token)
        self._line.answers = dict.fromkeys(("slash_commands", "interactive", "events_api"), self._hear)
        self._line.start()

    def _hear(self, frame: Json) -> Json | None:
        payload: Json = frame["payload"]
        answer = self.answer(payload)
        self.heard.append(payload)
        return answer

    def last(self, kind: str) -> Json:
        """The newest payload of a kind, once it has come."""
        for _ in range(100):
            found = [one for one in self.heard if one.get("type", "command") == kind]
            if found:
                return found[-1]
            time.sleep(0.03)
        raise AssertionError(f"no {kind} among {[one.get('type') for one in self.heard]}")

    def post(self, blocks: list[Json], channel: str = ALERTS, text: str = "news", **more: Any) -> str:
        """Post blocks; the message's ts."""
        return str(self.web.chat_postMessage(channel=channel, text=text, blocks=blocks or None, **more)["ts"])

    def close(self) -> None:
        """Disconnect."""
        self._line.stop()


def workspace() -> Workspace:
    """Two members in two time zones; a fresh state for each test."""
    members = [ANN, BEN, BOT]
    return Workspace(
        users=[
            User(ANN, "ann", "Ann Archer", TEAM, tz="America/New_York", role="on call"),
            User(BEN, "ben", "Ben Baker", TEAM, tz="Asia/Tokyo", is_restricted=True),
        ],
        channels=[Channel(ALERTS, "ml-alerts", list(members)), Channel(GENERAL, "general", list(members))],
        groups=[UserGroup("S0ONCALL", "ml-oncall", "On call", [ANN])],
        team_id=TEAM,
        app=App(commands=(Command("/ml", "What is wrong", "help"),)),
    )


class Stage:
    """What the tests of a file share: the workspace being served, and the bot on its connection."""

    def __init__(self) -> None:
        self._application = create_app(workspace(), TinyWorld(), TinyAws(), timing=Timing(ack_s=0.5, retries_s=()))
        self._server = SlackServer(self._application)
        self.url = self._server.start()
        self._bot = Bot(self.url, workspace().app)

    def fresh(self) -> Bot:
        """The bot as if it had heard nothing yet; channels are empty, no form is open."""
        self._bot.heard.clear()
        self._bot.answer = lambda _: None
        self._application[SLACK].workspace.messages.clear()
        self._application[SLACK].views.clear(ANN)
        return self._bot

    def stop(self) -> None:
        """The bot first."""
        self._bot.close()
        self._server.stop()


def plain(text: str) -> Json:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    """An mrkdwn object."""
    return {"type": "mrkdwn", "text": text}


def raw(text: str) -> Json:
    """A table's text cell."""
    return {"type": "raw_text", "text": text}


def number(value: float) -> Json:
    """A table's number cell."""
    return {"type": "raw_number", "value": value, "text": str(value)}


def option(label: str, value: str) -> Json:
    """An option of a select or a menu."""
    return {"text": plain(label), "value": value}


CARD = [
    {"type": "section", "block_id": "s", "text": mrkdwn("*Open*")},
    {
        "type": "actions",
        "block_id": "card",
        "elements": [
            {"type": "button", "action_id": "ml:act:1", "text": plain("Acknowledge"), "value": "ack 12"},
            {
                "type": "overflow",
                "action_id": "ml:menu:2",
                "options": [option("One Row…", "form row 12"), option("Resolve…", "form resolve 12")],
            },
        ],
    },
]
