"""Drives a running sandbox from a script: what a person does on the page, by the control API."""

import json
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
Json = dict[str, Any]
PATIENCE_S = 15.0


class Declined(Exception):
    """The control API said no: `status` and its sentence."""

    def __init__(self, status: int, said: Json) -> None:
        super().__init__(f"{status}: {said.get('error', said)}")
        self.status = status
        self.said = said


class Driver:
    """`url` is the page's address. People and channels are named by id or by name."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def get(self, path: str, **query: str) -> Json:
        """A reading call. Raises Declined."""
        return self._call(f"{path}?{urllib.parse.urlencode(query)}" if query else path, None)

    def post(self, path: str, **body: Any) -> Json:
        """An acting call. Raises Declined."""
        return self._call(path, body)

    def state(self) -> Json:
        """`GET /_sandbox/state`."""
        return self.get("/_sandbox/state")

    def user(self, name: str) -> str:
        """A person's id."""
        return str(next(u["id"] for u in self.state()["users"] if name in {u["id"], u["name"]}))

    def channel(self, name: str) -> str:
        """A channel's id."""
        return str(next(c["id"] for c in self.state()["channels"] if name in {c["id"], c["name"]}))

    def say(self, user: str, text: str, *, channel: str = "ml-alerts", thread_ts: str | None = None) -> Json:
        """Type something; answers `ok` and `ack_ms`."""
        thread = {"thread_ts": thread_ts} if thread_ts else {}
        return self.post("/_sandbox/say", user=self.user(user), channel=self.channel(channel), text=text, **thread)

    def messages(self, user: str, *, channel: str = "ml-alerts", thread_ts: str | None = None) -> list[Json]:
        """What that person sees there, oldest first."""
        thread = {"thread_ts": thread_ts} if thread_ts else {}
        found: list[Json] = self.get(
            "/_sandbox/messages", channel=self.channel(channel), user=self.user(user), **thread
        )["messages"]
        return found

    def answer(self, user: str, text: str, *, channel: str = "ml-alerts", within_s: float = PATIENCE_S) -> Json:
        """Type something; the newest message that only this person sees, once it is no interim sentence.

        Raises AssertionError when there is none in time.
        """
        before = {m["ts"] for m in self.messages(user, channel=channel)}
        self.say(user, text, channel=channel)

        def look() -> Json | None:
            seen = self.messages(user, channel=channel)
            new = [m for m in seen if m["is_ephemeral"] and m["ts"] not in before]
            return new[-1] if new and not interim(new[-1]) else None

        return until(look, f"an answer to {text}", within_s=within_s) or {}

    def press(self, user: str, message: Json, label: str, *, channel: str = "ml-alerts") -> Json:
        """Press the button, or choose the menu's item, of that label."""
        block_id, action_id, value = find(message["blocks"], label)
        chosen = {"value": value} if value else {}
        return self.post(
            "/_sandbox/click",
            user=self.user(user),
            channel=self.channel(channel),
            ts=message["ts"],
            block_id=block_id,
            action_id=action_id,
            **chosen,
        )

    def home(self, user: str) -> Json:
        """What the bot published for them last; empty before it did."""
        found: Json = self.get("/_sandbox/views", user=self.user(user))["home"] or {}
        return found

    def open_home(self, user: str) -> Json:
        """Open it; the bot hears of that."""
        return self.post("/_sandbox/home", user=self.user(user))

    def press_home(self, user: str, label: str) -> Json:
        """Press a button on their Home."""
        view = self.home(user)
        block_id, action_id, _ = find(view["blocks"], label)
        return self.post(
            "/_sandbox/click", user=self.user(user), view_id=view["id"], block_id=block_id, action_id=action_id
        )

    def views(self, user: str) -> list[Json]:
        """Their open forms, the topmost last."""
        found: list[Json] = self.get("/_sandbox/views", user=self.user(user))["views"]
        return found

    def submit(self, user: str, view: Json, values: Mapping[str, Any]) -> Json:
        """Send a form."""
        return self.post("/_sandbox/submit", user=self.user(user), view_id=view["id"], values=dict(values))

    def world(self, verb: str, account: str | None = None, person: str | None = None, **counts: int) -> Json:
        """`next_hour`, `drift`, `recover` and the other verbs (docs/sandbox.md); a storm's `count` and `channels`."""
        named = {name: value for name, value in (("account", account), ("person", person)) if value}
        return self.post("/_sandbox/world", do=verb, **named, **counts)

    def exchanges(self, **query: str) -> list[Json]:
        """What went between Slack, the bot and AWS, the newest last; `after`, `kind`, `text`, `limit`, `bodies`."""
        found: list[Json] = self.get("/_sandbox/inspect", **query)["exchanges"]
        return found

    def _call(self, path: str, body: Mapping[str, Any] | None) -> Json:
        data = None if body is None else json.dumps(body).encode()
        # The address is the sandbox's own, given by whoever started it.
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                said: Json = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise Declined(error.code, json.load(error)) from None
        return said


def until(look: Callable[[], T], what: str, *, within_s: float = PATIENCE_S) -> T:
    """The first true answer of `look`; raises AssertionError with `what` when there is none in time."""
    end = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {within_s:g} s: {what}; last: {found!r}")
        time.sleep(0.05)


def interim(message: Json) -> bool:
    """Whether it only says what the bot waits for ("Asking 3 accounts…", "reading 41 reports…")."""
    return str(message.get("text", "")).endswith("…")


def fetched(url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Status and text of an address on this machine; a POST when there is a body."""
    request = urllib.request.Request(url, body, dict(headers or {}))  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def free_port() -> int:
    """One on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find(blocks: Sequence[Json], label: str) -> tuple[str, str, str]:
    """(block id, action id, option's value or empty) of what bears that label. Raises AssertionError."""
    labels: list[str] = []
    for block in blocks:
        for element in (e for e in _elements(block) if "action_id" in e):
            named = element.get("text", {}).get("text", "")
            if named == label:
                return block["block_id"], element["action_id"], ""
            for option in element.get("options", []):
                if option["text"]["text"] == label:
                    return block["block_id"], element["action_id"], option["value"]
                labels.append(option["text"]["text"])
            labels.append(named)
    raise AssertionError(f"no button or item is called {label!r}; there are {labels}")


def _elements(block: Json) -> list[Json]:
    cells = [c for row in block.get("rows", []) for c in row if c.get("type") == "action_cell"]
    return [
        *block.get("elements", []),
        *([block["accessory"]] if "accessory" in block else []),
        *(c["element"] for c in cells),
    ]


def text_of(message: Json) -> str:
    """Everything that a message shows, as one text."""
    found: list[str] = [str(message.get("text", ""))]
    _collect(message.get("blocks", []), found)
    return "\n".join(found)


def _collect(part: Any, found: list[str]) -> None:
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            found.append(part["text"])
        found.extend(f"<@{part['user_id']}>" for _ in [0] if part.get("type") == "user")
        for value in part.values():
            _collect(value, found)
    elif isinstance(part, list):
        for value in part:
            _collect(value, found)
