"""What is doubtful about alarms: the first thing beside each in a list, all with the remedy where one is meant."""

from collections.abc import Iterator, Sequence

from bot.logic.alarm_lines import AlarmLine
from bot.logic.words import plural
from bot.model.reply import Bold, Note, Paragraph, Part
from bot.parse import quoted, tidy
from bot.ports import Ask

MOST_TOLD = 5
"""Alarms whose doubts are told in full: one name may be several accounts'."""

UNCOMPARED = "Refresh compares the limit with the baseline's as well."


def doubt(line: AlarmLine, ask: Ask) -> str:
    """What keeps it from telling the truth first, and how much more; a file has room for all."""
    if not line.hints:
        return ""
    if ask.whole:
        return " ".join(hint.said for hint in line.hints)
    more = f" (and {len(line.hints) - 1} more)" if len(line.hints) > 1 else ""
    return f"{line.hints[0].cause}{more}"


def doubts(wanted: Sequence[AlarmLine], text: str, *, live: bool) -> tuple[Part, ...]:
    """Everything that is doubtful about the one that is left, or that was typed by name; else how that is asked for.

    Whether a limit is the baseline's is known of a `live` answer alone.
    """
    doubtful = [line for line in wanted if line.hints]
    meant = doubtful if len(wanted) == 1 else [line for line in doubtful if _is_named(line, text)]
    told = tuple(part for line in meant[:MOST_TOLD] for part in _told(line))
    first = next((line for line in doubtful if line not in meant[:MOST_TOLD]), None)
    if first is None:
        return told if live or not told else (*told, Note((UNCOMPARED,)))
    example = f"/ml alarms {quoted(first.alarm.name)}{' refresh=yes' if live else ''}"
    return (*told, Note((f"Every doubt about an alarm, and what to do, is told by its name: {example}",)))


def _is_named(line: AlarmLine, text: str) -> bool:
    name = tidy(line.alarm.name).casefold()
    return name in {" ".join(text.split()).casefold(), *text.casefold().split()}


def _told(line: AlarmLine) -> Iterator[Part]:
    yield Paragraph((Bold(line.alarm.name), f": {plural(len(line.hints), 'doubt')}"))
    for hint in line.hints:
        yield Paragraph((f"• {hint.said}",))
