"""The whole story on a laptop: the AWS world, the Slack page and the unchanged bot, started and stopped together."""

import json
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from threading import Event
from typing import Any

import boto3

from bot.app import App, build
from bot.app import World as Outside
from bot.errors import BadRequest
from bot.log import configure
from bot.outside import Wrap
from bot.settings import Fixed
from bot.setup import manifest
from sandbox import athena, governed, receiver
from sandbox.aws.sandbox import AwsSandbox
from sandbox.clock import WorldClock
from sandbox.control import create_app
from sandbox.driver import Driver
from sandbox.environment import HIGHEST_PORT, PORT, Transport, said
from sandbox.kept_trail import KeptTrail
from sandbox.northbank import workspace
from sandbox.slack.server import SlackServer
from sandbox.world import alarms, evidently, fleet, people
from sandbox.world.fleet import Monitor
from sandbox.world.world import World

TICK_S = 2.0
KEPT_VERSION = 1
ROUTES = "routes.toml"
RECENT = timedelta(hours=30)
"""The history that the bot looks back on is told before it starts, the rest day by day while it runs."""


_PRODUCTION = {"account": fleet.PRODUCTION, "region": fleet.REGION, "bucket": fleet.bucket(fleet.PRODUCTION)}
_REPORTS: tuple[dict[str, Any], ...] = (
    {"prefix": f"{evidently.FOLDER}/", "kind": "evidently", "service": "loan-default", "cadence_minutes": 24 * 60},
    {"prefix": "reports/", "kind": "sagewatch"},
)
"""What the world's own Evidently writes, and a place to drop a report by hand."""


class Demo:
    """Everything, in one process. `keep` is a folder that a later start goes on from.

    `transport` is how the sandbox's Slack reaches the bot: by Socket Mode, or by signed requests. `wrap` puts
    something around the bot's adapters, as its World does. `monitors` are what the world has. `routes` is what the
    routes' file says at first; one that a kept folder has already stays as it is. `trail`: whether there is one to ask.
    """

    def __init__(
        self,
        port: int = PORT,
        keep: Path | None = None,
        *,
        settings: Mapping[str, Any] | None = None,
        history: timedelta = timedelta(days=14),
        transport: Transport = "socket",
        wrap: Wrap | None = None,
        monitors: Collection[Monitor] = fleet.MONITORS,
        routes: str = "",
        trail: bool = False,
    ) -> None:
        self._port = port
        self._monitors = monitors
        self.folder = keep
        self._overrides = dict(settings or {})
        self._history = history
        self._transport = transport
        self._wrap = wrap
        self._routes = routes
        self._trailed = trail
        self._kept: KeptTrail | None = None
        self.bot: App | None = None
        self._stop = Event()
        self._ticker = threading.Thread(target=self._tick, name="world", daemon=True)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self.url = ""

    def start(self) -> str:
        """Start it all; returns the page's address. Raises BadRequest when the port is taken, BotError of the bot."""
        self._claim_port()
        saved = self._saved()
        self.clock = WorldClock(timedelta(seconds=saved.get("offset_s", 0.0)))
        self.aws = AwsSandbox(
            self.clock, fleet.accounts(), org_id=fleet.ORGANISATION, region=fleet.REGION, guests=athena.services
        )
        aws_url = self.aws.start()
        self.world = self._world(saved)
        if self._trailed:
            governed.found(self.aws, self.world.started_at)
            self._kept = KeptTrail(self.folder, self.aws.trail.recorder) if self.folder else None
        self.workspace = workspace()
        if "workspace" in saved:
            self.workspace.load(saved["workspace"])
        self.server = SlackServer(create_app(self.workspace, self.world, self.aws), self._port)
        try:
            self.url = self.server.start()
        except OSError as error:
            self.aws.stop()
            raise self._taken() from error
        try:
            self.start_bot(aws_url)
        except Exception:
            self._end()
            raise
        self._ticker.start()
        return self.url

    def _claim_port(self) -> None:
        """Say at once that the port is taken, not after the world was built."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self._port))
            except OSError as error:
                raise self._taken() from error

    def _taken(self) -> BadRequest:
        another = self._port + 1 if self._port < HIGHEST_PORT else PORT
        return BadRequest(f"Port {self._port} is in use.", f"Say another: SAGEWATCH_DEMO_PORT={another} make demo.")

    def start_bot(self, aws_url: str) -> None:
        """The bot, as in production but for what stands outside."""
        keys = self.world.bot_credentials()
        session = boto3.Session(
            aws_access_key_id=keys["access_key_id"],
            aws_secret_access_key=keys["secret_access_key"],
            aws_session_token=keys["session_token"],
            region_name=fleet.REGION,
        )
        at = (f"{self.url}/",)
        outside = Outside(self.clock, session, aws_url, f"{self.url}/api/", hooks=at, uploads=at)
        outside = replace(outside, wrap=self._wrap) if self._wrap else outside
        bot = build(self.settings(), outside)
        bot.start()
        self.bot = bot  # one that did not start has stopped itself
        if bot.listener is not None:
            Driver(self.url).post("/_sandbox/request_url", url=f"{bot.listener.url}{manifest.PATH}")

    def stop(self) -> None:
        """Stop in the order that loses nothing: the bot, then what it talks to."""
        self._stop.set()
        self._stop_bot()
        self._ticker.join()
        self.save()
        if self._kept is not None:
            self._kept.finish()
        self._end()

    def _stop_bot(self) -> None:
        if self.bot is not None:
            self.bot.stop()
        self.bot = None

    def _end(self) -> None:
        self._stop_bot()
        self.server.stop()
        self.aws.stop()
        if self._temporary is not None:
            self._temporary.cleanup()

    def save(self) -> None:
        """What a later start needs: the world's seed, start and verbs, the clock's offset, the workspace."""
        if self.folder is None:
            return
        state = {
            "version": KEPT_VERSION,
            "seed": self.world.seed,
            "started_at": self.world.started_at.isoformat(),
            "journal": self.world.journal,
            "offset_s": self.clock.offset.total_seconds(),
            "workspace": self.workspace.dump(),
        }
        fresh = self.folder / "demo.json.new"
        fresh.write_text(json.dumps(state))
        fresh.replace(self.folder / "demo.json")

    def _saved(self) -> dict[str, Any]:
        if self.folder is None:
            return {}
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "demo.json"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        if found and found.get("version") != KEPT_VERSION:
            raise BadRequest(f"{path} is from another version.", "Name an empty folder in SAGEWATCH_DEMO_KEEP.")
        return found

    def _world(self, saved: Mapping[str, Any]) -> World:
        if not saved:
            world = World(
                self.aws,
                self.clock,
                history=min(RECENT, self._history),
                monitors=self._monitors,
                trail=self._trailed,
            )
            world.build()
            return world
        return World.replay(
            self.aws,
            self.clock,
            seed=saved["seed"],
            started_at=datetime.fromisoformat(saved["started_at"]),
            journal=saved["journal"],
            history=min(RECENT, self._history),
            monitors=self._monitors,
            trail=self._trailed,
        )

    def settings(self) -> Fixed:
        """The bot's; what the demo was told to set stands over the demo's own."""
        if self.folder is None:
            self._temporary = self._temporary or tempfile.TemporaryDirectory(prefix="sagewatch-")
        folder = self.folder or Path(self._temporary.name if self._temporary else ".")
        responders = [g.id for g in people.GROUPS]
        values: dict[str, Any] = {
            "database_url": f"sqlite:///{folder / 'sagewatch.db'}",
            "routes_file": self._routes_file(folder),
            "slack": {
                "transport": self._transport,
                "bot_token": self.workspace.app.bot_token,
                "app_token": self.workspace.app.app_token,
                "signing_secret": self.workspace.app.signing_secret,
            },
            "http": {"host": "127.0.0.1", "port": 0},
            **({"inbox": {"queue_url": alarms.queue_url(self.aws)}} if "Alarms" in self._monitors else {}),
            "aws": {"own_label": fleet.LABELS[fleet.OBSERVABILITY], "count_predictions": True},
            **({"trail": governed.SETTINGS} if self._trailed else {}),
            "reports": [{**_PRODUCTION, **part} for part in _REPORTS],
            **({"hand_off": self._hand_offs()} if self._routes else {}),
            "roles": {
                "responder": {"groups": responders},
                "operator": {"groups": [people.ML_PLATFORM.id, people.ML_GOVERNANCE.id]},
                "auditor": {"groups": [people.ML_GOVERNANCE.id]},
                "admin": {"users": [people.PRIYA.id]},
            },
        }
        return Fixed(**{**values, **self._overrides})

    def _hand_offs(self) -> dict[str, Any]:
        """The sandbox's own pager and webhook, by the names in its routes' file."""
        pager = {"kind": "pagerduty", "url": f"{self.url}{receiver.PAGER}", "secret": receiver.KEY}
        tickets = {"kind": "webhook", "url": f"{self.url}{receiver.WEBHOOK}", "secret": receiver.SECRET}
        return {"pager": pager, "tickets": tickets}

    def _routes_file(self, folder: Path) -> str:
        path = folder / ROUTES
        if self._routes and not path.exists():
            path.write_text(self._routes, encoding="utf-8")
        return str(path) if self._routes else ""

    def _tick(self) -> None:
        told = RECENT
        while told < self._history and not self._stop.is_set():
            told = min(told + timedelta(days=1), self._history)
            self.world.reach_back(told)
        while not self._stop.wait(TICK_S):
            self.world.tick()
            self.save()


def routes() -> str:
    """What the demo's routes' file says at first."""
    return resources.files("sandbox").joinpath(ROUTES).read_text(encoding="utf-8")


def main() -> None:
    """`python -m bot demo`: until Ctrl-C."""
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    wish = said()
    configure(sys.stderr, level=logging.WARNING)  # the address stays in sight
    ended = Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: ended.set())
    demo = Demo(wish.port, wish.keep, settings=wish.settings, transport=wish.transport, routes=routes(), trail=True)
    print(f"Sagewatch is at {demo.start()}   (Ctrl-C ends everything)", flush=True)  # noqa: T201
    ended.wait()
    demo.stop()
