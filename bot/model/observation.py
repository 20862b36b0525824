"""What a source said of a subject at a moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """What a finding says of its row."""

    BAD = "bad"
    GOOD = "good"
    BLIND = "blind"
    """No data, a failed run: neither resolves nor re-opens."""
    GONE = "gone"
    """The resource was deleted."""


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """A metric or feature and the check that it is held to."""

    metric: str
    check: str
    """The source's own name of the check, such as `LessThanThreshold`."""

    @property
    def alarm(self) -> str:
        """The alarm's name, of an alarm's row; else empty."""
        return self.metric.removeprefix(ALARM) if self.metric.startswith(ALARM) else ""


UNREAD = Row("violations", "report unreadable")
"""The row of a run whose count is known and whose report could not be read."""


NO_DATA = Row("monitor", "no data")
"""The row of a subject that could not judge: no captures, no labels, a failed run. Its findings are blind."""
SILENT = Row("monitor", "silent")
"""The row of a subject that should have spoken and did not. Its findings are blind."""
DELETED = Row("monitor", "deleted")
"""The row of a subject that is no more. Its findings are gone."""
LEFT = Row("account link", "link removed")
"""The row of an account that was linked and is not any more."""
ALARM = "alarm: "
"""How the metric of an alarm's row begins: it shares a card with the monitor of its service, never a row."""
ENDPOINT_FAILED = Row("endpoint", "failed")
ROLLED_BACK = Row("deployment", "rolled back")
JOB_FAILED = Row("processing job", "failed")


@dataclass(frozen=True, slots=True)
class Reading:
    """The numbers behind a finding; each may be unknown."""

    seen: float | None = None
    limit: float | None = None
    error: float | None = None
    """One standard error of `seen`: the report's `standard_deviation`."""
    samples: int | None = None
    """How many records `seen` was computed from."""
    missing: bool = False
    """There was nothing to see, and that counted as bad."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one row's check found. `note` is the source's own sentence, untrusted."""

    row: Row
    verdict: Verdict
    reading: Reading = Reading()
    note: str = ""
    measured: str = ""
    """What the numbers are of, in words, where the row's name does not say it; untrusted."""
    hint: str = ""
    """What is wrong with the check itself, and what to do about it."""


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Something that speaks: a monitoring schedule, an alarm, an endpoint. `arn` is its identity."""

    arn: str
    name: str
    """What people call it: the schedule's name, the alarm's name."""
    resource: str = ""
    """The endpoint (or job) that it watches; an alias of the service."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The data's own span, `start` included, `end` not."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Observation:
    """A subject's verdict. `id` makes doubles visible; `at` is when the verdict was reached, never the data's time.

    `complete`: whatever of this subject is not among the findings is good now.
    """

    id: str
    subject: Subject
    at: datetime
    findings: tuple[Finding, ...]
    complete: bool
    window: Window | None = None
    cadence: timedelta | None = None
    """How often this subject speaks; None when it has no rhythm."""
    detail: str = ""
    """Where the details came from, or why they lack ("report missing: …"); shown on the card."""
    count: int | None = None
    """How many violations the source itself counted, when it said so."""
    turned: bool = False
    """By its own word it was not good before: what it was then may be told later than this."""
