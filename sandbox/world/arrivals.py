"""Captures and labels arriving hour by hour, and going again when the buckets' lifecycle says so."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from sandbox.aws import AwsSandbox
from sandbox.world import cron, traffic
from sandbox.world.addresses import Objects, hour_path
from sandbox.world.deploy import expiring
from sandbox.world.story import Serving
from sandbox.world.telling import Telling, key

KEPT: Final = timedelta(hours=6)
"""How long captures, labels and merge output stay; a bucket's lifecycle counts days, a laptop starts sooner so.

Reports stay for good.
"""


class Arrivals:
    """What lies in the buckets because somebody called an endpoint. Not for threads: the world holds its lock."""

    def __init__(self, aws: AwsSandbox, telling: Telling, began: datetime) -> None:
        self._aws = aws
        self._telling = telling
        self._next = began
        """Hours before this one have their captures and labels, or are past keeping."""
        self._oldest: datetime | None = None
        """The oldest hour whose captures lie in the buckets."""

    def until(self, hour: datetime, kept_since: datetime) -> None:
        """Let the customers of each full hour before `hour` be captured and labelled, where that is kept."""
        while self._next < hour:
            if self._next >= kept_since:
                self._oldest = self._oldest or self._next
                for serving in self._telling.servings():
                    self._capture(serving, self._next)
            self._next += cron.HOUR

    def expire(self, kept_since: datetime) -> None:
        """Do what the buckets' lifecycle rules do, hour by hour."""
        while self._oldest is not None and self._oldest < min(kept_since, self._next):
            for serving in self._telling.servings():
                objects = Objects(self._aws, serving.names.account_id)
                for folder in expiring(serving.names):
                    objects.remove(f"{folder}/{hour_path(self._oldest)}/")
            self._oldest += cron.HOUR

    def _capture(self, serving: Serving, hour: datetime) -> None:
        """Write what an endpoint captured in one hour, and the service's labels; nothing where there is nothing."""
        customers, part = self._telling.arrivals(serving.deployment, hour), self._telling.captured(serving, hour)
        objects, named, closes = Objects(self._aws, serving.names.account_id), serving.names, hour + cron.HOUR
        folder, prefix = hour_path(hour), key(hour)
        if captured := list(traffic.captured_lines(customers, hour, prefix))[part]:
            file = f"AllTraffic/{folder}/59-58-000-{digest(named.endpoint, hour)}.jsonl"
            objects.put(f"{named.uri('datacapture')}/{named.endpoint}/{file}", "\n".join(captured).encode(), closes)
        serves = serving.since < closes and (serving.until is None or serving.until >= closes)
        if customers and serves and self._telling.state(serving.deployment, hour).labels:
            labels = "\n".join(traffic.truth_lines(customers, prefix))
            objects.put(f"{named.uri('ground-truth')}/{folder}/5959.jsonl", labels.encode(), closes)


def digest(name: str, moment: datetime) -> str:
    """Twelve hex digits of a name and a moment."""
    return hashlib.sha256(f"{name}@{moment.isoformat()}".encode()).hexdigest()[:12]
