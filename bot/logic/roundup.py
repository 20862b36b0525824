"""What a channel is told when many notes at once would call it: one message for all of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.logic import phrases
from bot.logic.notes import note
from bot.logic.storm_card import MOST_ROWS, Member, worst_first
from bot.logic.storm_notes import TITLES, called, spaced
from bot.logic.words import plural, shortened
from bot.model.account import Account
from bot.model.incident import Reason
from bot.model.reply import Bold, Cell, Column, Note, Paragraph, Part, Reply, Table

MOST_CALLED: Final = 100
"""Each is some 15 characters of a section's 3,000 (docs.slack.dev, Section block)."""
_CALLS: Final = frozenset({Reason.ESCALATED, Reason.RUN_OUT, Reason.WOKE})
"""They call a group or somebody, in the thread alone."""
_COLUMNS: Final = (Column("#", "right"), Column("Service"), Column("Account"), Column("What is wrong"), Column("Why"))
_WHY: Final = {
    Reason.WORSE: "worse",
    Reason.ESCALATED: "nobody's",
    Reason.ESCALATED_AGAIN: "still nobody's",
    Reason.RUN_OUT: "acknowledgement ended",
    Reason.WOKE: "snooze ended",
    Reason.NEW_ROW: "broken in more ways",
    Reason.RETURNED: "back",
    Reason.REOPENED: "open again",
}
_MOST_SENTENCE: Final = 80
Asked = Mapping[int, Sequence[tuple[Reason, int]]]
"""By incident's number: why its notes would call people, and the revision that each was asked at."""


def is_loud(reason: Reason, *, broadcast: bool) -> bool:
    """Whether a note calls people: the whole channel, a group or somebody whose time ended."""
    return broadcast or reason in _CALLS


def roundup(found: Sequence[Member], asked: Asked, now: datetime, accounts: Mapping[str, Account]) -> Reply:
    """How many of which kind, the worst fifty of them, and everybody whom their notes would call, once."""
    title = _title(found, asked)
    rows = tuple(_row(m, asked[m.incident.number], accounts) for m in worst_first(found)[:MOST_ROWS])
    texts = [note(m.incident, why, now, accounts, at).text for m in found for why, at in asked[m.incident.number]]
    calls = spaced(called(texts)[:MOST_CALLED])
    parts: tuple[Part, ...] = (
        Paragraph((Bold(title),)),
        *((Paragraph(calls),) if calls else ()),
        Table("The worst of them", _COLUMNS, rows, total=len(found)),
        Note(("Each is told in its own thread too, which calls nobody again.",)),
    )
    return Reply((title,), parts, shareable=False)


def _title(found: Sequence[Member], asked: Asked) -> str:
    """`60 incidents got worse beyond noise`; of several kinds `70 incidents: 60 got worse beyond noise, 10 …`."""
    of_kind: dict[str, int] = {}
    for m in found:
        for title in dict.fromkeys(TITLES.get(why, "changed") for why, _ in asked[m.incident.number]):
            of_kind[title] = of_kind.get(title, 0) + 1
    ranked = sorted(of_kind.items(), key=lambda one: -one[1])
    if len(ranked) == 1:
        return f"{plural(len(found), 'incident')} {ranked[0][0]}"
    return f"{plural(len(found), 'incident')}: {', '.join(f'{count:,} {title}' for title, count in ranked)}"


def _row(m: Member, asked: Sequence[tuple[Reason, int]], accounts: Mapping[str, Account]) -> tuple[Cell, ...]:
    incident = m.incident
    why = ", ".join(dict.fromkeys(_WHY.get(reason, "changed") for reason, _ in asked))
    wrong = shortened(phrases.broken(incident), _MOST_SENTENCE)
    return (str(incident.number), incident.service.name, phrases.label(incident, accounts), wrong, why)
