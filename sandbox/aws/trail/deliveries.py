"""When an event reaches its log file, and what that file is called.

CloudTrail publishes files about every five minutes and delivers within about five minutes of a call on average, which
"isn't guaranteed" (User Guide, "How CloudTrail works"); a file's name has the time of its delivery ("Finding your
CloudTrail log files"). Here nothing takes longer than fifteen minutes. All of it follows from the events, so that a
story told again has the same files.
"""

import hashlib
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

Place = tuple[str, str]
"""Account id and Region."""

SLOT: Final = timedelta(minutes=5)
LATEST: Final = timedelta(minutes=15)
LATE: Final = timedelta(hours=1)
"""How much longer a file takes that somebody ordered to be late."""
_SOON_S: Final = range(10, 150)
_LATER_S: Final = range(150, 600)
_LATE_ONE_IN: Final = 9
"""Slots whose file takes longer."""
_STRAY_ONE_IN: Final = 40
"""Events that come with the next slot's file: "log files aren't an ordered stack trace" (CloudTrail concepts)."""
_LETTERS: Final = string.ascii_letters + string.digits


def delivered_at(place: Place, at: datetime, event_id: str) -> datetime:
    """The moment at which the file that has the event is there."""
    number = at.timestamp() // SLOT.total_seconds()
    own = _closes(place, number)
    if int(event_id[:8], 16) % _STRAY_ONE_IN:
        return own
    following = _closes(place, number + 1)
    return following if following - at <= LATEST else own


@lru_cache(maxsize=4096)
def _closes(place: Place, number: float) -> datetime:
    """When the file of a slot is there."""
    ends = datetime.fromtimestamp((number + 1) * SLOT.total_seconds(), UTC)
    draw = _digest(f"{place}|{number}")
    wait_s = _LATER_S if draw % _LATE_ONE_IN == 0 else _SOON_S
    return ends + timedelta(seconds=wait_s[draw // _LATE_ONE_IN % len(wait_s)])


def seen_at(at: datetime, event_id: str) -> datetime:
    """The moment from which LookupEvents has it: sooner than files, and not at once."""
    return at + timedelta(seconds=40 + int(event_id[9:13], 16) % 70)


def told_at(at: datetime, event_id: str) -> datetime:
    """The moment at which EventBridge is told."""
    return at + timedelta(seconds=3 + int(event_id[-6:], 16) % 40)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where an organisation's trail puts its files; `prefix` is the trail's own, with Control Tower the id again."""

    organisation: str
    prefix: str = ""

    def key(self, place: Place, at: datetime, name: str) -> str:
        """`AWSLogs/{ORG}/{ACCOUNT}/CloudTrail/{REGION}/YYYY/MM/DD/{ACCOUNT}_CloudTrail_{REGION}_{time}_{name}.json.gz`."""
        account, region = place
        file = f"{account}_CloudTrail_{region}_{at:%Y%m%dT%H%MZ}_{name}.json.gz"
        return f"{self._folder(account, 'CloudTrail')}/{region}/{at:%Y/%m/%d}/{file}"

    def digest_key(self, place: Place, at: datetime, trail: str, home: str) -> str:
        """The hourly digest's (User Guide, "CloudTrail digest file structure")."""
        account, region = place
        file = f"{account}_CloudTrail-Digest_{region}_{trail}_{home}_{at:%Y%m%dT%H%M%SZ}.json.gz"
        return f"{self._folder(account, 'CloudTrail-Digest')}/{region}/{at:%Y/%m/%d}/{file}"

    def insight_key(self, place: Place, at: datetime, name: str) -> str:
        """An Insights file's (User Guide, "Finding your CloudTrail Insights log files")."""
        account, region = place
        file = f"{account}_CloudTrail-Insight_{region}_{at:%Y%m%dT%H%MZ}_{name}.json.gz"
        return f"{self._folder(account, 'CloudTrail-Insight')}/{region}/{at:%Y/%m/%d}/{file}"

    def _folder(self, account: str, kind: str) -> str:
        start = f"{self.prefix}/" if self.prefix else ""
        return f"{start}AWSLogs/{self.organisation}/{account}/{kind}"


def unique(*parts: object) -> str:
    """The sixteen letters and digits of a file's name."""
    number, letters = _digest("|".join(str(part) for part in parts)), []
    for _ in range(16):
        number, rest = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[rest])
    return "".join(letters)


def _digest(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)
