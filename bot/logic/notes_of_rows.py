"""What a card's thread is told of rows that are new or became worse, as of the moment that the note is about."""

from bot.logic import phrases
from bot.logic.lifecycle import fold
from bot.logic.words import number
from bot.model.incident import Incident, RowState, State
from bot.model.observation import Row
from bot.model.reply import Text


def as_of(incident: Incident, revision: int | None) -> State:
    """The state when the log had so many entries, at the time of the newest of them; without a number as it is."""
    if not revision or revision >= incident.revision:
        return incident.state
    log = incident.log[:revision]
    return fold(log, max(entry.at for entry in log), incident.state.cool_down)


def new(incident: Incident, revision: int | None) -> tuple[RowState, ...]:
    """Bad rows that nobody took yet; on a card that nobody has those that became bad since, else the last ones."""
    bad = incident.state.bad_rows
    newest = max((r.since for r in bad), default=None)
    last = tuple(r for r in bad if r.since == newest)
    if incident.state.acknowledgement is not None:
        return tuple(r for r in bad if not r.taken) or last
    before = _bad_before(incident, revision)
    return tuple(r for r in bad if before is not None and r.row not in before) or last


def new_row(incident: Incident, revision: int | None) -> Text:
    """As they are now."""
    return ("broken too: ", _readings(new(incident, revision)))


def is_new_still(incident: Incident, revision: int | None) -> bool:
    """Whether any row is bad that became so with this revision or later; True of what was said later than it began."""
    before = _bad_before(incident, revision)
    began = {r.row for r in as_of(incident, revision).bad_rows}.difference(before or ())
    bad = {r.row for r in incident.state.bad_rows}
    return bool(bad) if before is None or not began else not bad <= before


def worse(incident: Incident, revision: int | None) -> Text:
    """The rows that stood out then: what they were, what they had been at first, and what they are if that differs."""
    rows = _worse(incident, revision) or incident.state.bad_rows
    now = {r.row: r for r in incident.state.rows}
    words = [_then_and_now(r, now.get(r.row, r)) for r in rows[:3]]
    more = f" and {len(rows) - 3:,} more" if len(rows) > 3 else ""
    if is_worse_still(incident, revision):
        return (f"worse beyond noise for two runs: {'; '.join(words)}{more}",)
    return (f"was worse beyond noise for two runs, and is good again: {'; '.join(words)}{more}",)


def is_worse_still(incident: Incident, revision: int | None) -> bool:
    """Whether any of them is bad; where a run that came late leaves none of them, whether anything is."""
    rows = {r.row for r in _worse(incident, revision)}
    return any(r.row in rows or not rows for r in incident.state.bad_rows)


def _worse(incident: Incident, revision: int | None) -> tuple[RowState, ...]:
    state = as_of(incident, revision)
    return tuple(r for r in state.rows if r.row in state.worse_rows)


def _then_and_now(then: RowState, now: RowState) -> str:
    """`accuracy 0.3000, limit 0.8700, fired at 0.7000, now 0.6900`."""
    words = phrases.reading(then, fired=True)
    return f"{words}, now {number(now.last.seen)}" if now.last.seen not in {None, then.last.seen} else words


def _bad_before(incident: Incident, revision: int | None) -> frozenset[Row] | None:
    """What was bad before that revision; None where it is not known."""
    if not revision or revision > incident.revision:
        return None
    return frozenset(r.row for r in as_of(incident, revision - 1).bad_rows) if revision > 1 else frozenset()


def _readings(rows: tuple[RowState, ...]) -> str:
    """Up to three readings, and how many more."""
    shown = "; ".join(phrases.reading(r) for r in rows[:3])
    return f"{shown} and {len(rows) - 3:,} more" if len(rows) > 3 else shown
