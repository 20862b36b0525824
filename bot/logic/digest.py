"""The daily digest of a channel: what is open and whose, what was resolved, how fast, what is noisy or blind."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from bot.logic.waiting import is_waiting
from bot.logic.words import duration, listing, plural
from bot.model.account import Account
from bot.model.incident import Act, Click, Incident, State, Status
from bot.model.observation import Observation, Verdict
from bot.model.reply import Bold, Cell, Column, Heading, Note, Paragraph, Part, Reply, Table, Text, Time, User

COLUMNS: Final = (
    Column("#"),
    Column("Service"),
    Column("Account"),
    Column("What"),
    Column("State"),
    Column("For"),
    Column("Who"),
    Column("Until"),
)
MOST_ROWS: Final = 25
MOST_NAMED: Final = 8
MOST_NOISY: Final = 3
NOISY: Final = 2
"""Broken runs within a day from which an incident may be among the noisiest."""
TITLE: Final = "Daily digest"
_RAN_OUT: Final = "run out"
_ORDER: Final = (_RAN_OUT, *Status)


def digest(incidents: Iterable[Incident], since: datetime, now: datetime, accounts: Mapping[str, Account]) -> Reply:
    """Of the incidents that are not resolved and those resolved since then."""
    known = tuple(incidents)
    current = sorted((i for i in known if i.state.status is not Status.RESOLVED), key=_urgency)
    resolved = [i for i in known if i.state.resolved_at is not None and i.state.resolved_at >= since]
    resolved = [i for i in resolved if i.state.status is Status.RESOLVED]
    if not current and not resolved:
        return _said((f"{TITLE}: nothing is open, and nothing was resolved since ", Time(since), "."))
    told = f"{TITLE}: {_counted(current, resolved)}"
    rest = [_ended(resolved), _speed(known, since), _noisy(known, since), _blind(current)]
    table = (_table(current, now, accounts),) if current else ()
    head: tuple[Part, ...] = (Heading(TITLE), Paragraph((f"{_counted(current, resolved)}.",)))
    span = Note(("What came to an end, was acknowledged or noisy: since ", Time(since), "."))
    return Reply((told,), (*head, *table, *(Paragraph(text) for text in rest if text), span), shareable=False)


def _said(text: Text) -> Reply:
    return Reply(text, (Paragraph(text),), shareable=False)


def _state(incident: Incident) -> str:
    """An acknowledgement that ran out is worth more than `open`."""
    state = incident.state
    return _RAN_OUT if state.status is Status.OPEN and state.ran_out else state.status.value


def _urgency(incident: Incident) -> tuple[int, int, float, int]:
    """What ran out, then what is open, by severity, the oldest first."""
    severity = incident.service.about.severity
    started = incident.state.started_at
    rank = severity.rank if severity else -1
    return _ORDER.index(_state(incident)), -rank, started.timestamp() if started else 0, incident.number


def _counted(current: Sequence[Incident], resolved: Sequence[Incident]) -> str:
    """`2 open, 1 run out, 3 acknowledged, 4 resolved`."""
    states = Counter(map(_state, current))
    counts = [(state, states[state]) for state in (Status.OPEN, _RAN_OUT, Status.ACKNOWLEDGED, Status.SNOOZED)]
    said = [f"{count:,} {state}" for state, count in counts if count]
    return ", ".join([*said, f"{len(resolved):,} resolved"] if resolved else said)


def _table(current: Sequence[Incident], now: datetime, accounts: Mapping[str, Account]) -> Table:
    rows = tuple(_row(one, now, accounts) for one in current[:MOST_ROWS])
    return Table("Not resolved, the most urgent first", COLUMNS, rows, page_size=MOST_ROWS, total=len(current))


def _row(incident: Incident, now: datetime, accounts: Mapping[str, Account]) -> tuple[Cell, ...]:
    state, place = incident.state, incident.place
    account = accounts.get(place.account_id)
    return (
        str(incident.number),
        place.service,
        account.label if account else place.account_id,
        place.family.value,
        _state(incident),
        duration(now - state.started_at) if state.started_at else "",
        _who(incident.state),
        _until(incident.state),
    )


def _who(state: State) -> Cell:
    """Whoever has it or lets it rest; who had it, where nobody has it any more."""
    if holder := state.acknowledgement or state.snooze:
        return (User(holder.person_id),)
    return (User(state.ran_out[-1].person_id), " had it") if state.ran_out else "nobody"


def _until(state: State) -> Cell:
    """When that ends by itself; a snooze holds over what somebody has."""
    holder = state.snooze or state.acknowledgement
    return Time(holder.until) if holder else ""


def _ended(resolved: Sequence[Incident]) -> Text:
    """What was resolved, and how long it had been broken."""
    named = [f"#{i.number} {i.place.service} after {_lasted(i)}" for i in sorted(resolved, key=lambda i: i.number)]
    return (Bold("Resolved:"), f" {listing(tuple(named), most=MOST_NAMED)}.") if named else ()


def _lasted(incident: Incident) -> str:
    state = incident.state
    lasted = duration(state.resolved_at - state.started_at) if state.resolved_at and state.started_at else "a while"
    return f"{lasted} (fixed, waiting for the window)" if is_waiting(state) else lasted


def _speed(known: Sequence[Incident], since: datetime) -> Text:
    """How long the first acknowledgement of an episode took, of those that came since."""
    took = [wait for one in known if (wait := _waited(one, since)) is not None]
    if not took:
        return ()
    middle = duration(timedelta(seconds=median(wait.total_seconds() for wait in took)))
    return (Bold("Acknowledged:"), f" {plural(len(took), 'time')}, half of them within {middle}.")


def _waited(incident: Incident, since: datetime) -> timedelta | None:
    started = incident.state.started_at
    if started is None:
        return None
    presses = (e.at for e in incident.log if isinstance(e, Click) and e.act is Act.ACKNOWLEDGE and e.at >= started)
    first = min(presses, default=None)
    return first - started if first is not None and first >= since else None


def _noisy(known: Sequence[Incident], since: datetime) -> Text:
    """Whose monitors called something broken most often."""
    runs = [(sum(1 for e in one.log if _is_bad(e) and e.at >= since), one) for one in known]
    noisy = sorted((pair for pair in runs if pair[0] >= NOISY), key=lambda pair: (-pair[0], pair[1].number))
    named = [f"#{i.number} {i.place.service}, {i.place.family.value}: {n} broken runs" for n, i in noisy[:MOST_NOISY]]
    return (Bold("Noisiest:"), f" {'; '.join(named)}.") if named else ()


def _is_bad(entry: Observation | Click) -> bool:
    return isinstance(entry, Observation) and any(f.verdict is Verdict.BAD for f in entry.findings)


def _blind(current: Sequence[Incident]) -> Text:
    """Monitors that cannot judge, and what that is called."""
    named = [f"#{one.number} {b.subject.name} ({b.row.check})" for one in current for b in one.state.blind]
    return (Bold("Cannot judge:"), f" {listing(tuple(named), most=MOST_NAMED)}.") if named else ()
