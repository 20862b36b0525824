"""What no log file has yet: CloudTrail's LookupEvents, one account and Region at a time, two calls a second."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.aws.actions import needs
from bot.aws.hub import Hub, Target
from bot.aws.pace import Pace
from bot.errors import SourceError
from bot.logic.changes import change_of
from bot.logic.trail_records import call, fits
from bot.model.news import Change
from bot.model.observation import Window
from bot.model.trail import Call, Record, Wanted
from bot.ports.ask import Ask

PER_S: Final = 2
"""Calls a second of an account in a Region (CloudTrail quotas)."""
PAGES: Final = 6
"""Of fifty events each: beyond 300, the log files will have them soon."""


MOST_PAGES: Final = 30
"""For the net under the events, which nobody waits for: 1,500 calls that change something, in a quarter of a minute."""
_MORE: Final = f"More than {MOST_PAGES * 50:,} calls changed something there: the oldest were not looked at."


@dataclass(frozen=True, slots=True)
class Seen:
    """Calls of a place. `whole` is False where some that no log file may have yet were not looked up."""

    calls: tuple[Call, ...]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Changed:
    """What was changed in a place, newest first, and what kept the rest from being seen."""

    changes: tuple[Change, ...]
    ended_by: SourceError | None = None


class Lookup:
    """Asks with each account's read role."""

    def __init__(self, hub: Hub, bot_role: str) -> None:
        self._hub = hub
        self._bot_role = bot_role
        # None at once: of two a second the third would be refused.
        self._pace = Pace(PER_S, at_once_s=0)

    def seen(self, ask: Ask, target: Target, wanted: Wanted, window: Window, needed: datetime | None = None) -> Seen:
        """Those that are wanted, newest first, whether a log file has them by now or not.

        Log files have what is before `needed` but for stragglers, so that it may be left out. Raises SourceError.
        """
        by = ("EventName", wanted.event) if wanted.event else ("ReadOnly", "false")
        place = (target.account.id, target.region)
        found: list[Call] = []
        whole = True
        for body, is_whole in self._pages(ask, target, by, window):
            one = call(body, place, self._bot_role, provisional=True)
            whole = is_whole or bool(one and needed and one.at < needed)
            if one and window.start <= one.at < window.end and fits(one, body, wanted):
                found.append(one)
        return Seen(tuple(found), whole)

    def changes(self, ask: Ask, target: Target, window: Window, event: str = "") -> Changed:
        """What somebody changed that governance rests on, by that call or any; raises nothing once there is some."""
        found: list[Change] = []
        whole = True
        by = ("EventName", event) if event else ("ReadOnly", "false")
        try:
            for body, is_whole in self._pages(ask, target, by, window, MOST_PAGES):
                whole = is_whole
                if one := change_of(body, target.account.id, target.region, polled=True):
                    found.append(one)
        except SourceError as error:
            return Changed(tuple(found), error)
        return Changed(tuple(found), None if whole else SourceError(_MORE, "Its events still tell all of them."))

    def record(self, ask: Ask, target: Target, event_id: str, window: Window) -> Record | None:
        """One event by its id; None where it is not there (it keeps them for 90 days). Raises SourceError."""
        for body, _ in self._pages(ask, target, ("EventId", event_id), window):
            one = call(body, (target.account.id, target.region), self._bot_role)
            if one and one.id == event_id:
                return Record(one, body)
        return None

    @needs("cloudtrail:LookupEvents", holder="trail-read")
    def _pages(
        self, ask: Ask, target: Target, by: tuple[str, str], window: Window, most: int = PAGES
    ) -> Iterator[tuple[Mapping[str, Any], bool]]:
        """Each record, and whether the listing is whole so far as it was read."""
        wanted: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": by[0], "AttributeValue": by[1]}],
            "StartTime": window.start,
            "EndTime": window.end,
            "MaxResults": 50,
        }
        for number in range(most):
            self._pace.wait(ask, (target.account.id, target.region))
            page = self._hub.call(target, "cloudtrail", "LookupEvents", **wanted)
            token = page.get("NextToken")
            last = not token or number + 1 < most
            for event in page.get("Events", ()):
                body = _body(event.get("CloudTrailEvent"))
                if body is not None:
                    yield body, last
            if not token:
                return
            wanted["NextToken"] = token


def _body(text: object) -> Mapping[str, Any] | None:
    try:
        found = json.loads(str(text))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def until_now(start: datetime, window: Window) -> Window | None:
    """The part of a window from `start` on; None where there is none."""
    begins = max(start, window.start)
    return Window(begins, window.end) if begins < window.end else None
