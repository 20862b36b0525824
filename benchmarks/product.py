"""The product by signed HTTP whose questions to AWS hang: `python -m benchmarks.product SAID`, to its input's end."""

import json
import sys
from threading import Event
from typing import Any

import boto3

from bot.__main__ import settle
from bot.app import World, build
from bot.log import configure
from bot.ports import Monitors
from bot.settings import Fixed
from bot.slack.signed_requests import PATH

HANGS = Event()
"""Set when the questions may end."""
_LONGEST_S = 60


class Hanging:
    """Monitors that the poll can ask, and no person."""

    def __init__(self, monitors: Any) -> None:
        self._monitors = monitors

    def __getattr__(self, name: str) -> Any:
        """As it is, what nobody types."""
        return getattr(self._monitors, name)

    def violations(self, *given: object) -> Any:
        """Hangs."""
        HANGS.wait(_LONGEST_S)
        return self._monitors.violations(*given)


def _hung(port: type, adapter: Any) -> Any:
    return Hanging(adapter) if port is Monitors else adapter


def main(said: dict[str, str]) -> None:
    """Started as in production, but for what stands outside."""
    configure()
    session = boto3.Session(said["key"], said["secret_key"], said["token"], region_name="us-west-2")
    slack = {"transport": "http", "bot_token": said["bot"], "signing_secret": said["signing"]}
    settings = Fixed(database_url=said["db"], slack=slack, http={"host": "127.0.0.1", "port": 0})
    outside = World(session=session, aws_url=said["aws"], slack_url=said["slack"], hooks=(said["hook"],), wrap=_hung)
    app = build(settings, outside)
    app.start()
    settle()
    print(f"{app.listener.url if app.listener else ''}{PATH}", flush=True)
    sys.stdin.read()
    HANGS.set()
    app.stop()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
