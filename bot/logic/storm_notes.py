"""What a storm's thread is told: what must be seen of its incidents, many of one kind in one message."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.logic.notes import note
from bot.logic.words import plural
from bot.model.account import Account
from bot.model.incident import Incident, Reason
from bot.model.reply import Bold, Group, Inline, Note, Paragraph, Reply, Text, User

MOST_LINES: Final = 8
MOST_CALLED: Final = 20
_URGENT: Final = frozenset(
    {
        Reason.WORSE,
        Reason.ESCALATED,
        Reason.ESCALATED_AGAIN,
        Reason.RUN_OUT,
        Reason.WOKE,
        Reason.ASSIGNED,
        Reason.NOTED,
    }
)
"""What calls somebody, what got worse, and what people wrote; all else is seen on the card."""
TITLES: Final = {
    Reason.WORSE: "got worse beyond noise",
    Reason.ESCALATED: "are nobody's",
    Reason.ESCALATED_AGAIN: "are still nobody's",
    Reason.RUN_OUT: "are nobody's again: acknowledgements ended",
    Reason.WOKE: "are open again: snoozes ended",
    Reason.ASSIGNED: "were assigned",
    Reason.NOTED: "have a note",
    Reason.NEW_ROW: "are broken in more ways",
    Reason.RETURNED: "are back",
    Reason.REOPENED: "are open again",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A note that somebody's incident asked for."""

    incident: Incident
    reason: Reason
    revision: int


def is_urgent(reason: Reason, *, broadcast: bool) -> bool:
    """Whether it is said though the incident has no card of its own."""
    return broadcast or reason in _URGENT


def storm_note(said: Sequence[Said], now: datetime, accounts: Mapping[str, Account]) -> Reply:
    """Of one kind: one as its card's thread would have it, several as lines; whoever any of them calls is called."""
    notes = [note(one.incident, one.reason, now, accounts, one.revision) for one in said]
    if len(notes) == 1:
        return notes[0]
    how = TITLES.get(said[0].reason, "changed")
    title = f"{plural(len({one.incident.number for one in said}), 'incident')} of the storm {how}"
    lines = [Paragraph(one.text) for one in notes[:MOST_LINES]]
    more = len(notes) - MOST_LINES
    rest = (Note((f"and {more:,} more, on the card.",)),) if more > 0 else ()
    everybody = called(n.text for n in notes)
    left = [one for one in everybody if one not in called(n.text for n in notes[:MOST_LINES])][:MOST_CALLED]
    also = (Paragraph(spaced(left)),) if left else ()
    return Reply((title,), (Paragraph((Bold(title),)), *lines, *rest, *also), shareable=False)


def called(texts: Iterable[Text]) -> list[Inline]:
    """Who is notified, each once."""
    calls = (part for text in texts for part in text if isinstance(part, Group) or _mentions(part))
    return list(dict.fromkeys(calls))


def _mentions(part: Inline) -> bool:
    return isinstance(part, User) and part.mention


def spaced(calls: Iterable[Inline]) -> Text:
    """One after the other."""
    return tuple(piece for one in calls for piece in (one, " "))[:-1]
