"""What came and was not told: whether anybody should look at it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from bot.logic.words import listing, plural, shortened
from bot.model.checkup import Check
from bot.model.passing import Tallied

EVENTS, ALARMS, CHANGES = "inbox", "alarms", "changes"
REFUSED_WITHIN: Final = timedelta(days=1)
MOST_NAMED: Final = 5
MOST_SAMPLE: Final = 200
"""Characters of a sample in a line; the database has more of it."""


def tally_checks(counted: Sequence[Tallied]) -> Iterator[Check]:
    """A line each for unknown events, alarms and changes that nobody is told, changes without an event; if any."""
    events = [one for one in counted if one.kind == "event"]
    alarms = [one for one in counted if one.kind == "alarm"]
    changes = [one for one in counted if one.kind == "change"]
    if events:
        newest = max(events, key=lambda one: one.last_at)
        like = f"; the newest like {shortened(newest.samples[-1], MOST_SAMPLE)}" if newest.samples else ""
        said = f"{plural(_all(events), 'event')} that Sagewatch does not know: {_named(events)}{like}"
        step = "Narrow the rule that sends them, or add a source for what should be told (docs/alarms.md)."
        yield Check(EVENTS, "unknown events", "warn", said, step)
    if alarms:
        said = f"{plural(_all(alarms), 'change')} of alarms counted, not told: {_named(alarms)}"
        yield Check(ALARMS, "not told", "good", said)
    if changes:
        said = f"{plural(_all(changes), 'change')} that people made counted, not told: {_named(changes)}"
        yield Check(CHANGES, "not told", "good", said)
    if missed := [one for one in counted if one.kind == "missed"]:
        said = f"{plural(_all(missed), 'change')} found by the poll alone, no event told it: accounts {_named(missed)}"
        step = "See that the account's rule for AWS API Call via CloudTrail sends to the bus (docs/alarms.md)."
        yield Check(CHANGES, "events", "warn", said, step)


def refusal_checks(reasons: Sequence[str]) -> Iterator[Check]:
    """Messages that were refused within `REFUSED_WITHIN`, if any; the newest reason is the last."""
    if reasons:
        last = shortened(reasons[-1], MOST_SAMPLE)
        said = f"{plural(len(reasons), 'message')} refused within a day, the last because {last}"
        step = "`python -m bot redrive --list` tells each with its reason, where the queue has dead letters."
        yield Check(EVENTS, "refused", "warn", said, step)


def _all(found: Iterable[Tallied]) -> int:
    return sum(one.count for one in found)


def _named(found: Sequence[Tallied]) -> str:
    """Most first."""
    most = sorted(found, key=lambda one: (-one.count, one.name))
    return listing(tuple(f"{one.name} ({one.count:,})" for one in most), most=MOST_NAMED)
