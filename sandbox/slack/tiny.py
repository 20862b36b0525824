"""A small workspace without an AWS world behind it: for tests, and to look at the page alone."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.slack.records import App, Channel, User, UserGroup
from sandbox.slack.workspace import Workspace

TEAM = "T0TINY"
PARTNER_TEAM = "T0PARTNER"


def workspace(*, app: App | None = None, now: Callable[[], float] = time.time) -> Workspace:
    """Maya and Sam are members, Gus is a guest, Pat a partner. The bot is not in #general and not in #secret."""
    app = app or App()
    bot = app.user_id
    return Workspace(
        users=[
            User("U0MAYA", "maya", "Maya Okafor", TEAM, tz="Europe/London", email="maya@example.com", role="on call"),
            User("U0SAM", "sam", "Sam Reyes", TEAM, tz="America/New_York", is_admin=True),
            User("U0GUS", "gus", "Gus Lind", TEAM, is_restricted=True),
            User("U0PAT", "pat", "Pat Moss", PARTNER_TEAM),
        ],
        groups=[UserGroup("S0ONCALL", "ml-oncall", "ML on call", ["U0MAYA"])],
        channels=[
            Channel("C0ALERTS", "ml-alerts", ["U0MAYA", "U0SAM", bot], topic="What is broken"),
            Channel("C0GENERAL", "general", ["U0MAYA", "U0SAM"]),
            Channel("C0OLD", "old", ["U0MAYA", bot], is_archived=True),
            Channel("C0PARTNER", "partner", ["U0MAYA", "U0PAT", bot], is_ext_shared=True),
            Channel("G0TEAM", "ml-team", ["U0MAYA", bot], is_private=True),
            Channel("G0SECRET", "secret", ["U0MAYA"], is_private=True),
        ],
        team_id=TEAM,
        team_name="Tiny",
        app=app,
        now=now,
    )


class StillWorld:
    """A world in which nothing happens but what it is told; keeps the verbs."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str | None]] = []
        self.counts: dict[str, int] = {}
        """Of the last verb."""
        self.person: str | None = None
        """Of the last verb, too."""
        self.sent: list[str] = []
        """What was put on the queue."""

    def do(self, verb: str, account: str | None = None, person: str | None = None, **counts: int) -> Mapping[str, str]:
        """Take note; raises ValueError for a verb that no world has."""
        if verb not in {"next_hour", "drift", "recover"}:
            raise ValueError(f"no verb {verb!r}: next_hour, drift, recover")
        self.done.append((verb, account))
        self.counts, self.person = counts, person
        return {"verb": verb, "said": f"{verb} was done"}

    def send(self, body: str) -> None:
        """Take note."""
        self.sent.append(body)

    def state(self) -> Sequence[Mapping[str, str]]:
        """One account."""
        keys = {"access_key_id": "AKIATINY", "secret_access_key": "tiny"}
        return [{"id": "222222222222", "label": "ml-production", **keys}]

    def now(self) -> datetime:
        """The wall clock's time."""
        return datetime.now(UTC)


class StillAws:
    """An AWS that only takes note of faults and of who listens to its calls."""

    endpoint_url = "http://127.0.0.1:1"
    region = "us-west-2"

    def __init__(self) -> None:
        self.faults: list[tuple[str, str, str, int]] = []
        self.heard: list[Callable[[Any], None]] = []

    def fault(self, kind: str, account_id: str, operation: str, times: int = 1) -> None:
        """Take note; raises ValueError for an unknown kind, KeyError for an unknown account."""
        if kind not in {"deny", "throttle", "timeout"}:
            raise ValueError(f"no fault {kind!r}")
        self.faults.append(({"222222222222": kind}[account_id], account_id, operation, times))

    def on_call(self, callback: Callable[[Any], None]) -> None:
        """Take note of who listens; nothing calls this AWS but a test, through `heard`."""
        self.heard.append(callback)
