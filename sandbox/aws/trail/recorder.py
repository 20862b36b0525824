"""Everything that CloudTrail does without being asked: records, files, digests, event history, EventBridge."""

import heapq
import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock
from typing import Any, Final

from sandbox.aws.bus import Emitted
from sandbox.aws.calls import Call
from sandbox.aws.trail import identities
from sandbox.aws.trail.deliveries import LATE, Place, delivered_at, told_at
from sandbox.aws.trail.events import Event, guid, identifier, record
from sandbox.aws.trail.files import Kept, LogFile, Origin
from sandbox.aws.trail.hearing import as_recorded, heard, is_recorded
from sandbox.aws.trail.history import History
from sandbox.aws.trail.shipping import Shipping
from sandbox.aws.trail.trails import Trails

_TOLD_AS: Final = {
    "AwsApiCall": "AWS API Call via CloudTrail",
    "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
    "AwsServiceEvent": "AWS Service Event via CloudTrail",
}
"""The detail-types on EventBridge (User Guide, "AWS service events delivered via AWS CloudTrail")."""
_LARGEST_EVENT: Final = 256 * 1024
"""Bytes of an event on EventBridge; what is larger is not told."""

_MOST_UNWRITTEN: Final = 10_000
"""Calls that are kept as they were heard; then all are written, so that answers do not pile up."""
_REMEMBERED: Final = 50_000
"""Events among which one is looked for that is alike."""

Emit = Callable[[str, str, Emitted], None]
"""Tells an account's bus, by account id and Region."""

_Key = tuple[datetime, Place, Origin]


@dataclass(order=True)
class _Telling:
    at: datetime
    id: str
    happened_at: datetime
    place: Place
    kind: str
    record: Mapping[str, Any] = field(compare=False)


class Recorder:
    """One for all accounts. Safe for threads; `deliver` is what lets time pass for it.

    Records are written when somebody may see them, not while a caller waits for the front's answer.
    """

    def __init__(self, accounts: Iterable[str], trails: Trails, shipping: Shipping, emit: Emit) -> None:
        self._accounts = frozenset(accounts)
        self._emit = emit
        self._trails = trails
        self._shipping = shipping
        self._lock = RLock()
        self._unwritten: deque[tuple[Call, bool]] = deque()
        """Calls, and whether a trail logged at the time."""
        self._waiting: dict[_Key, list[Kept]] = {}
        self._written: Counter[_Key] = Counter()
        self._alike: Counter[str] = Counter()
        self._telling: list[_Telling] = []
        self.history = History(self.waiting)
        self.on_file: Callable[[LogFile], None] = _nobody
        """Hears of each file when it is made, before it is shipped."""

    def hear(self, call: Call) -> None:
        """Record a call that the front has served."""
        if is_recorded(call):
            self._unwritten.append((as_recorded(call), self._trails.logs(call.at)))
            if len(self._unwritten) >= _MOST_UNWRITTEN:
                self._write()

    def add(self, event: Event, origin: Origin) -> str:
        """Record what happened, for everybody who receives it; returns the event's id for the caller's account."""
        self._write()
        return self._add(event, origin, logged=self._trails.logs(event.at))

    def _write(self) -> None:
        """Make records of the calls that were heard, in that order."""
        with self._lock:
            while self._unwritten:
                call, logged = self._unwritten.popleft()
                self._add(heard(call), Origin.STORY if call.of_the_story else Origin.LIVE, logged=logged)

    def _add(self, event: Event, origin: Origin, *, logged: bool) -> str:
        event_id = self._identified(event)
        copies = tuple(copy for copy in _copies(event) if copy.account != event.account)
        shared = guid(f"shared {event_id}") if copies else ""
        logged = logged or event.operation == "StopLogging"
        self._keep(event, event_id, shared, origin, logged=logged)
        for copy in copies:
            self._keep(copy, guid(f"{copy.account} {event_id}"), shared, origin, logged=logged)
        return event_id

    def _identified(self, event: Event) -> str:
        """A new id; what happens twice alike in one moment has two."""
        first = identifier(event, 0)
        with self._lock:
            if len(self._alike) > _REMEMBERED:
                self._alike.clear()
            number = self._alike[first]
            self._alike[first] += 1
        return identifier(event, number) if number else first

    def restore(self, kept: Iterable[Kept]) -> None:
        """Take up records again that waited when an earlier run ended."""
        for each in kept:
            self._wait(each, Origin.LIVE)

    def waiting(self, place: Place) -> list[Kept]:
        """Records of a place that have not come into a file."""
        self._write()
        with self._lock:
            return [kept for (_, where, _), held in self._waiting.items() if where == place for kept in held]

    def unfinished(self) -> list[Kept]:
        """Live records that have not come into a file, of everywhere."""
        self._write()
        with self._lock:
            return [kept for (_, _, origin), held in self._waiting.items() if origin is Origin.LIVE for kept in held]

    def deliver(self, now: datetime) -> int:
        """Make and ship the files that are due, tell EventBridge what is due; returns how many files were made."""
        self._write()
        with self._lock:
            files = list(self._due(now))
            for file in files:  # at once, so that whoever looks up finds it here or there
                self.history.keep(file)
            telling = []
            while self._telling and self._telling[0].at <= now:
                telling.append(heapq.heappop(self._telling))
        for file in files:
            self.on_file(file)
            self._shipping.ship(file)
        self._shipping.pass_time(now)
        for told in telling:
            source = str(told.record["eventSource"]).removesuffix(".amazonaws.com")
            self._emit(*told.place, Emitted(f"aws.{source}", told.kind, dict(told.record), (), told.happened_at))
        return len(files)

    def _due(self, now: datetime) -> Iterator[LogFile]:
        """The files of what is due, in order; what is to be late waits again, and may be due all the same."""
        while due := sorted(key for key in self._waiting if key[0] <= now):
            for key in due:
                at, place, origin = key
                held = self._waiting.pop(key)
                file = LogFile(place, at, origin, self._written[key], tuple(held))
                if self._shipping.befalls("late", file):
                    self._waiting.setdefault((at + LATE, place, origin), []).extend(held)
                else:
                    self._written[key] += 1
                    yield file

    def _keep(self, event: Event, event_id: str, shared: str, origin: Origin, *, logged: bool) -> None:
        body = record(event, event_id, shared)
        place = (event.account, event.region)
        text = json.dumps(body, default=str, separators=(",", ":"))
        self._wait(Kept(event.at, event_id, place, text, logged), origin)
        told = origin is not Origin.PAST and logged and not event.read_only and len(text) <= _LARGEST_EVENT
        if told and event.account in self._accounts and event.kind in _TOLD_AS:
            with self._lock:
                at = told_at(event.at, event_id)
                heapq.heappush(self._telling, _Telling(at, event_id, event.at, place, _TOLD_AS[event.kind], body))

    def _wait(self, kept: Kept, origin: Origin) -> None:
        with self._lock:
            key = (delivered_at(kept.place, kept.at, kept.id), kept.place, origin)
            self._waiting.setdefault(key, []).append(kept)


def _copies(event: Event) -> Iterable[Event]:
    """What other accounts receive whose role or bucket was used, unless that failed."""
    owners = () if event.error_code else {each.get("accountId", "") for each in event.resources} - {"", event.account}
    seen = identities.another_account(event.who) if "principalId" in event.who else event.who
    return [replace(event, account=owner, who=seen) for owner in sorted(owners)]


def _nobody(_: LogFile) -> None:
    """Nobody keeps files."""
