"""What came and was not told: whether anybody should look at it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from bot.logic.alarm_scope import Passed
from bot.logic.words import listing, plural, shortened
from bot.model.checkup import Check
from bot.model.passing import Tallied

EVENTS, ALARMS, CHANGES = "inbox", "alarms", "changes"
NONE: Final[Mapping[Passed, int]] = MappingProxyType({})
REFUSED_WITHIN: Final = timedelta(days=1)
MOST_NAMED: Final = 5
MOST_SAMPLE: Final = 200
"""Characters of a sample in a line; the database has more of it."""


def tally_checks(counted: Sequence[Tallied], passed: Mapping[Passed, int] = NONE) -> Iterator[Check]:
    """A line each for unknown events, alarms and changes that nobody is told, changes without an event; if any.

    `passed` are the alarms that are listed now and that nobody is told of, by why: they need not change to be there.
    """
    events = [one for one in counted if one.kind == "event"]
    alarms = [one for one in counted if one.kind == "alarm"]
    changes = [one for one in counted if one.kind == "change"]
    if events:
        newest = max(events, key=lambda one: one.last_at)
        like = f"; the newest like {shortened(newest.samples[-1], MOST_SAMPLE)}" if newest.samples else ""
        said = f"{plural(_all(events), 'event')} that Sagewatch does not know: {_named(events)}{like}"
        step = "Narrow the rule that sends them, or add a source for what should be told (docs/alarms.md)."
        yield Check(EVENTS, "unknown events", "warn", said, step)
    if said := "; ".join((*_listed(passed), *_heard(alarms))):
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


def _listed(passed: Mapping[Passed, int]) -> Iterator[str]:
    if passed:
        each = listing(tuple(f"{count:,} {why}" for why, count in sorted(passed.items())), most=MOST_NAMED)
        yield f"{plural(sum(passed.values()), 'alarm')} listed that nobody is told of: {each}"


def _heard(alarms: Sequence[Tallied]) -> Iterator[str]:
    if alarms:
        yield f"{plural(_all(alarms), 'change')} of such alarms heard and counted: {_named(alarms)}"


def _all(found: Iterable[Tallied]) -> int:
    return sum(one.count for one in found)


def _named(found: Sequence[Tallied]) -> str:
    """Most first."""
    most = sorted(found, key=lambda one: (-one.count, one.name))
    return listing(tuple(f"{one.name} ({one.count:,})" for one in most), most=MOST_NAMED)
