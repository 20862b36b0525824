"""Alarms as a list shows them: whose they are, what they watch and saw, what holds them back, what is doubtful."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.logic.alarm_scope import ANY_SERIES, Passed, sight
from bot.logic.alarms import as_polled, observed
from bot.logic.lint import Hint, cadence_of, hints
from bot.logic.mutes import muting, to_come
from bot.model.alarm import Alarm, AlarmState, Mute
from bot.model.around import Around
from bot.model.metric import Limit
from bot.model.observation import Reading

_ORDER: Final = (AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA, AlarmState.OK)


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """An alarm and what is to be said of it."""

    alarm: Alarm
    account_id: str
    """Of the metric that it is about."""
    region: str
    service: str
    """Empty of one that is of no model."""
    measured: str
    reading: Reading
    """What it saw and is held to, in the unit that people read."""
    hints: tuple[Hint, ...]
    mutes: tuple[Mute, ...]
    passed: Passed | None = None
    """Why nobody is told of it."""
    planned: tuple[Mute, ...] = ()
    """Rules that will hold it back, the next first: one that was made just now begins with the next minute."""


def alarm_lines(
    alarms: Iterable[Alarm], mutes: Iterable[Mute], around: Around, now: datetime, limits: Iterable[Limit] = ()
) -> tuple[AlarmLine, ...]:
    """What fires first, the newest first; then what cannot be judged; what is fine by service and name."""
    rules, held = tuple(mutes), tuple(limits)
    lines = (_line(alarm, rules, around, now, held) for alarm in alarms)
    return tuple(sorted(lines, key=_rank))


def _rank(line: AlarmLine) -> tuple[object, ...]:
    firing = line.alarm.state is AlarmState.ALARM
    newest = -line.alarm.state_at.timestamp() if firing else 0.0
    return (_ORDER.index(line.alarm.state), newest, line.service, line.alarm.name, line.alarm.arn)


def _line(alarm: Alarm, mutes: tuple[Mute, ...], around: Around, now: datetime, limits: tuple[Limit, ...]) -> AlarmLine:
    found = sight(alarm, None, around)
    if found == "told by its series":
        found = sight(alarm, ANY_SERIES, around)
    held_back, planned = muting(alarm, mutes, now), to_come(alarm, mutes, now)
    if isinstance(found, str):
        return AlarmLine(alarm, alarm.account_id, alarm.region, "", "", Reading(), (), held_back, found, planned)
    said = observed(as_polled(alarm), around)
    finding = said[2].findings[0] if not isinstance(said, str) else None
    return AlarmLine(
        alarm,
        found.place.account_id,
        found.place.region,
        found.service.name,
        finding.measured if finding else "",
        finding.reading if finding else Reading(),
        hints(alarm, cadence_of(found.watched, around.schedules), limits),
        held_back,
        planned=planned,
    )


def passed_over(lines: Iterable[AlarmLine]) -> Mapping[Passed, int]:
    """How many nobody is told of, by why."""
    counts: dict[Passed, int] = {}
    for line in lines:
        if line.passed:
            counts[line.passed] = counts.get(line.passed, 0) + 1
    return counts
