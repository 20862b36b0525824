"""Many incidents that began at once, as one card: how many, where, the worst of them, and one press for all."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.logic import phrases
from bot.logic.distance import relative_distance
from bot.logic.lifecycle import fold_episode
from bot.logic.words import duration, plural, shortened
from bot.model.account import Account
from bot.model.incident import Incident, Status
from bot.model.place import Severity
from bot.model.post import CardKey
from bot.model.reply import (
    Actions,
    Bold,
    Cell,
    Code,
    Column,
    Facts,
    Heading,
    Note,
    Paragraph,
    Part,
    Press,
    Reply,
    Table,
    Text,
    Time,
    User,
)
from bot.model.storm import Storm

MOST_ROWS: Final = 50
"""Incidents on the card, the worst first; a file has all."""
MOST_ACCOUNTS: Final = 10
MOST_HOLDERS: Final = 3
FEW: Final = 5
"""With so many left, or fewer, a storm is over: what is left can be looked at one by one."""
_MOST_SENTENCE: Final = 80
COLUMNS: Final = (
    Column("#", "right"),
    Column("Service"),
    Column("Account"),
    Column("What is wrong"),
    Column("State"),
    Column("Act"),
)
_ORDER: Final = {Status.OPEN: 0, Status.ACKNOWLEDGED: 1, Status.SNOOZED: 1, Status.RESOLVED: 2}


@dataclass(frozen=True, slots=True)
class Member:
    """An incident with its state in the episode that the storm stands for."""

    incident: Incident
    came_back: bool = False
    """A later episode runs, which has a card of its own."""

    @property
    def status(self) -> Status:
        """What ended with its episode is resolved, whatever it is now."""
        return Status.RESOLVED if self.came_back else self.incident.state.status


def members(incidents: Iterable[Incident], cards: Iterable[CardKey], now: datetime) -> tuple[Member, ...]:
    """Those of these cards, by number."""
    episodes = {key.incident: key.episode for key in cards}
    return tuple(_member(one, episodes[one.number], now) for one in incidents if one.number in episodes)


def _member(incident: Incident, episode: int, now: datetime) -> Member:
    state = incident.state
    if episode >= state.episode:
        return Member(incident)
    return Member(replace(incident, state=fold_episode(incident.log, episode, now, state.cool_down)), came_back=True)


def offered(found: Iterable[Member]) -> dict[int, int]:
    """What *Acknowledge all* takes: each open incident's number and the revision that is shown."""
    return {m.incident.number: m.incident.revision for m in found if m.status is Status.OPEN}


def storm_card(storm: Storm, found: Sequence[Member], accounts: Mapping[str, Account], revision: int) -> Reply:
    """The card at that drawing."""
    left = [m for m in found if m.status is not Status.RESOLVED]
    table = _table(left or found, accounts)
    parts: tuple[Part, ...] = (
        Heading(_heading(found, left)),
        Paragraph(_status(storm, found)),
        *_places(found, accounts),
        table,
        *_held(found),
        *_how(left),
        _actions(storm, found, revision),
    )
    return Reply((_point(found, left),), parts, shareable=False, files="thread")


def all_rows(found: Sequence[Member], accounts: Mapping[str, Account], most: int | None) -> Table:
    """Every incident of it, the worst first; without a `most` all of them, for a file."""
    rows = tuple(_row(m, accounts)[:-1] for m in worst_first(found)[:most])
    return Table(plural(len(found), "incident"), COLUMNS[:-1], rows, page_size=20, total=len(found))


def _heading(found: Sequence[Member], left: Sequence[Member]) -> str:
    if not left:
        return f"The storm is over: all {len(found):,} are resolved"
    if len(left) <= FEW < len(found):
        return f"The storm is over: {len(left):,} of {plural(len(found), 'incident')} left"
    return f"Storm: {plural(len(found), 'incident')} at once"


def _point(found: Sequence[Member], left: Sequence[Member]) -> str:
    """What the notification says."""
    accounts = {m.incident.place.account_id for m in found}
    where = f"{plural(len(accounts), 'account')}"
    return f"{_heading(found, left)}, in {where}: {_counted(found)}"


def _counted(found: Iterable[Member]) -> str:
    """`320 open, 10 acknowledged, 3 resolved`."""
    count = Counter(m.status for m in found)
    return ", ".join(f"{count[status]:,} {status.value}" for status in Status if count[status])


def _status(storm: Storm, found: Sequence[Member]) -> Text:
    ended = _ended(found)
    lasted: Text = (f" · over after {duration(ended - storm.started_at)}",) if ended else ()
    severe = Counter(m.incident.service.about.severity for m in found)
    named = [f"{severe[s]:,} {s.value}" for s in (Severity.CRITICAL, Severity.HIGH) if severe[s]]
    how: Text = (f" · {', '.join(named)}",) if named else ()
    return (Bold(_counted(found)), *how, " · since ", Time(storm.started_at), *lasted)


def _ended(found: Iterable[Member]) -> datetime | None:
    """When the last of them was resolved; None while one is not."""
    ends = [m.incident.state.resolved_at if m.status is Status.RESOLVED else None for m in found]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _places(found: Iterable[Member], accounts: Mapping[str, Account]) -> Iterator[Part]:
    """How many of which family, for each account, where there are most first."""
    by_account: dict[str, Counter[str]] = {}
    for m in found:
        label = phrases.label(m.incident, accounts)
        by_account.setdefault(label, Counter())[m.incident.place.family.value] += 1
    ranked = sorted(by_account.items(), key=lambda one: (-one[1].total(), one[0]))
    items: list[tuple[str, Text]] = [(label, (_families(count),)) for label, count in ranked[:MOST_ACCOUNTS]]
    yield Facts(tuple(items))
    if rest := ranked[MOST_ACCOUNTS:]:
        more = sum(count.total() for _, count in rest)
        yield Note((f"and {plural(more, 'incident')} in {plural(len(rest), 'more account')}.",))


def _families(count: Counter[str]) -> str:
    return ", ".join(f"{n:,} {family}" for family, n in sorted(count.items(), key=lambda one: (-one[1], one[0])))


def _table(found: Sequence[Member], accounts: Mapping[str, Account]) -> Table:
    rows = tuple(_row(m, accounts) for m in worst_first(found)[:MOST_ROWS])
    if any(isinstance(row[-1], Press) for row in rows):
        return Table("The worst of them", COLUMNS, rows, total=len(found))
    return Table("The worst of them", COLUMNS[:-1], tuple(row[:-1] for row in rows), total=len(found))


def worst_first(found: Iterable[Member]) -> list[Member]:
    """What is open first, then the most severe, then what is farthest beyond its limit."""
    return sorted(found, key=_urgency)


def _urgency(m: Member) -> tuple[int, int, float, int]:
    severity = m.incident.service.about.severity or Severity.MEDIUM
    beyond = max((relative_distance(r.row, r.last if r.bad else r.fired) for r in m.incident.state.rows), default=0.0)
    return _ORDER[m.status], -severity.rank, -beyond, m.incident.number


def _row(m: Member, accounts: Mapping[str, Account]) -> tuple[Cell, ...]:
    incident = m.incident
    act = Press("Acknowledge", f"ack {incident.number} at={incident.revision}", does="act")
    return (
        str(incident.number),
        incident.service.name,
        phrases.label(incident, accounts),
        shortened(_what(m), _MOST_SENTENCE),
        _state(m),
        act if m.status is Status.OPEN else "",
    )


def _what(m: Member) -> str:
    """What is broken; of what is not any more, what fired."""
    state = m.incident.state
    if state.bad_rows or not state.rows:
        return phrases.broken(m.incident)
    return f"{m.incident.place.family.value}: {phrases.metrics(state.rows)} fired"


def _state(m: Member) -> Cell:
    if m.came_back:
        return "came back: see its newer card"
    held = m.incident.state.acknowledgement or m.incident.state.snooze
    if held and m.status in {Status.ACKNOWLEDGED, Status.SNOOZED}:
        return (f"{m.status.value} by ", User(held.person_id))
    return m.status.value


def _held(found: Iterable[Member]) -> tuple[Part, ...]:
    """Who has how many, those with most first."""
    holders = Counter(
        m.incident.state.acknowledgement.person_id
        for m in found
        if m.status is Status.ACKNOWLEDGED and m.incident.state.acknowledgement
    )
    if not holders:
        return ()
    words: list[str | User] = []
    for person_id, count in holders.most_common(MOST_HOLDERS):
        words += ["; " if words else "Acknowledged by ", User(person_id), f" ({count:,})"]
    more = len(holders) - MOST_HOLDERS
    return (Note((*words, *((f" and {plural(more, 'other')}",) if more > 0 else ()))),)


def _how(left: Sequence[Member]) -> tuple[Part, ...]:
    if not left:
        return ()
    number = left[0].incident.number
    one: Text = ("Each keeps its number: ", Code(f"ack {number}"), " takes one. ")
    return (Note((*one, "What gets worse or waits too long is said in the thread; all else changes here.")),)


def _actions(storm: Storm, found: Sequence[Member], revision: int) -> Actions:
    """One press for all that is open."""
    count = len(offered(found))
    file = Press(f"All {len(found):,} (CSV)", f"storm {storm.number}", does="file")
    if not count:
        return Actions((file,))
    line = f"ack-all {storm.number} at={revision}"
    take = Press(f"Acknowledge All {count:,}", line, does="act", style="primary")
    form = Press("With Reason and End…", f"ack-all-with {storm.number} at={revision}", does="form")
    return Actions((take, form, file))
