"""The storm of `benchmarks/storm.py` for Prometheus Alertmanager: the same thousand, the same Slack at its limits.

`python -m benchmarks.storm_alertmanager`, with Debian's `prometheus-alertmanager` installed. It has no middle way
between a message for each service and one for each channel; the latter with its own pace, and with one as quick as a
channel takes. Each alert is named in its message, which favours it: its own template leaves most out.
"""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from benchmarks.storm import CHANNELS, COUNT, OVER_S, WITHIN_S, workspace
from sandbox.slack.records import App
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack

BINARY = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
SHORTENED = 40_000
"""Characters after which Slack cuts a message's text (docs.slack.dev, "chat.postMessage")."""
TEXT = "{{ range .Alerts }}{{ .Labels.service }} {{ end }}"
Where = tuple[str, int]
"""Host and port."""
Pace = Mapping[str, str]
"""A route's `group_wait` and `group_interval`; without them 30 s and 5 min (prometheus.io/docs/alerting)."""
CASES: tuple[tuple[str, str, Pace], ...] = (
    ("a message for each service", "service", {}),
    ("a message for each channel", "channel", {}),
    ("the same, told anew each 10 s", "channel", {"group_wait": "1s", "group_interval": "10s"}),
)


@contextmanager
def alertmanager(folder: Path, grouped: str, pace: Pace, slack_url: str) -> Iterator[Where]:
    """One on loopback."""
    routes = [{"matchers": [f'channel="{c}"'], "receiver": c} for c in CHANNELS]
    route = {"receiver": CHANNELS[0], "group_by": [grouped], "routes": routes, **pace}
    message = {"api_url": slack_url, "send_resolved": True, "title": "", "text": TEXT, "fallback": TEXT}
    receivers = [{"name": c, "slack_configs": [{**message, "channel": c}]} for c in CHANNELS]
    (folder / "am.yml").write_text(json.dumps({"route": route, "receivers": receivers}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        where = ("127.0.0.1", free.getsockname()[1])
    command = [
        str(BINARY),
        f"--config.file={folder / 'am.yml'}",
        f"--storage.path={folder}",
        f"--web.listen-address={where[0]}:{where[1]}",
        "--cluster.listen-address=",
        "--log.level=error",
    ]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as running:
        try:
            while asked(where, "GET", "/-/ready") != HTTPStatus.OK:
                if running.poll() is not None:
                    raise RuntimeError((folder / "log").read_text())
                time.sleep(0.1)
            yield where
        finally:
            running.terminate()


def asked(where: Where, method: str, path: str, body: str = "") -> int:
    """The status of an answer; 0 of none."""
    to = HTTPConnection(*where, timeout=5)
    try:
        to.request(method, path, body, {"Content-Type": "application/json"})
        return to.getresponse().status
    except OSError:
        return 0
    finally:
        to.close()


def begins(where: Where, n: int) -> None:
    """A service's alarm, as Prometheus tells of it."""
    labels = {"alertname": "accuracy", "service": f"service-{n:04d}", "channel": CHANNELS[n % 3]}
    body = json.dumps([{"labels": labels, "startsAt": datetime.now(UTC).isoformat()}])
    if asked(where, "POST", "/api/v2/alerts", body) != HTTPStatus.OK:
        raise RuntimeError("Alertmanager took no alert")


class Carrier(ThreadingHTTPServer):
    """Carries messages to Slack: attachments, which the sandbox's page does not show, become the text."""

    daemon_threads = True

    def __init__(self, slack: str, token: str) -> None:
        super().__init__(("127.0.0.1", 0), Carried)
        self.where = urlsplit(slack)
        self.token = token
        self.refused = Counter[str]()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Carried(BaseHTTPRequestHandler):
    """One message."""

    server: Carrier

    def do_POST(self) -> None:  # http.server's name
        """Answers as Slack does."""
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, body = self._carried(given)
        if not json.loads(body)["ok"]:
            self.server.refused[json.loads(body)["error"]] += 1
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _carried(self, given: dict[str, Any]) -> tuple[int, bytes]:
        text = " ".join(str(a.get("text", "")) for a in given["attachments"])[:SHORTENED]
        to = HTTPConnection(str(self.server.where.hostname), self.server.where.port, timeout=10)
        headers = {"Authorization": f"Bearer {self.server.token}", "Content-Type": "application/json; charset=utf-8"}
        to.request("POST", "/api/chat.postMessage", json.dumps({"channel": given["channel"], "text": text}), headers)
        answer = to.getresponse()
        return answer.status, answer.read()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def shown(slack: Slack) -> tuple[Counter[str], int]:
    """In how many messages each service stands, and how many messages there are."""
    texts = [str(m.body["text"]) for channel in CHANNELS for m in slack.workspace.history(channel)]
    return Counter(word for text in texts for word in set(text.split()) if word.startswith("service-")), len(texts)


def stormed(grouped: str, pace: Pace) -> tuple[int, int, int, int]:
    """(services shown, in more than one message, messages, refused by Slack)."""
    bot = App()
    served = workspace(bot)
    server = SlackServer(served)
    carrier = Carrier(server.start(), bot.bot_token)
    Thread(target=carrier.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name, alertmanager(Path(name), grouped, pace, carrier.url) as where:
        began = time.monotonic()
        for n in range(COUNT):
            time.sleep(max(0.0, began + n * OVER_S / COUNT - time.monotonic()))
            begins(where, n)
        time.sleep(max(0.0, began + WITHIN_S - time.monotonic()))
        found, messages = shown(served[SLACK])
    carrier.shutdown()
    carrier.server_close()
    server.stop()
    return len(found), sum(times > 1 for times in found.values()), messages, carrier.refused.total()


def main() -> int:
    """0: what a peer does is no failure of ours."""
    if BINARY is None:
        print("Alertmanager is not here: apt-get install prometheus-alertmanager")
        return 0
    print(f"| of {COUNT:,}, {WITHIN_S:.0f} s after the first | shown | more than once | messages | refused by Slack |")
    print("|---|--:|--:|--:|--:|")
    for name, grouped, pace in CASES:
        print(f"| {name} | {' | '.join(f'{n:,}' for n in stormed(grouped, pace))} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
