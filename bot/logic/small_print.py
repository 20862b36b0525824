"""What explains a card's numbers, in small print."""

from collections.abc import Iterator

from bot.logic import phrases
from bot.logic.words import duration, listing
from bot.model.incident import State, Status
from bot.model.observation import UNREAD
from bot.model.reply import Text, Time, User

_MOST_HINTS = 3
"""Alarms that are doubted on the card; of all of them the list of alarms tells."""
_MOST_MUTES = 3
"""Alarms that are told to be muted on the card; the list of alarms tells of all."""
_LONGEST_NOTE = 200
"""Characters of a note on the card; its thread has the whole."""


def small_print(state: State) -> tuple[Text, ...]:
    """One line for each, those first that say what is wrong, the newest note and the source's own detail last."""
    about = (
        *_rows(state),
        *_alarms(state),
        *map(phrases.muted, state.mutes[:_MOST_MUTES]),
        *_life(state),
        *_sight(state),
        *_left(state),
        _noted(state),
        _detail(state),
    )
    return tuple(line for line in about if line)


def _rows(state: State) -> Iterator[Text]:
    """An unread report, rows good again, rows that became worse."""
    quiet = state.status is Status.RESOLVED
    good = tuple(r for r in state.rows if not r.bad and r.row != UNREAD)
    unread = next((r for r in state.rows if r.row == UNREAD and (r.bad or quiet)), None)
    worse = tuple(r for r in state.rows if r.row in state.worse_rows)
    if unread:
        yield (f"A run counted {phrases.violations(unread)}; its report could not be read.",)
    if good and not quiet:
        yield (f"Good again: {phrases.metrics(good)}",)
    if state.worse_at and not quiet:
        yield (f"Worse beyond noise: {phrases.metrics(worse)}, ", Time(state.worse_at))


def _alarms(state: State) -> Iterator[Text]:
    """Of alarms: which fired because nothing was measured, and what makes one doubt them."""
    rows = [r for r in state.rows if r.row.alarm and (r.bad or state.status is Status.RESOLVED)]
    blank = tuple(r.row.alarm for r in rows if r.fired.missing or (r.bad and r.last.missing))
    if blank:
        yield (f"Fired on missing data: {listing(blank)}.",)
    for row in [r for r in rows if r.hint][:_MOST_HINTS]:
        yield (f"{row.row.alarm}: {row.hint}",)


def _life(state: State) -> Iterator[Text]:
    """Back, to and fro, an end of somebody's time, what a resolve by hand waits for."""
    quiet = state.status is Status.RESOLVED
    yield _back(state)
    if state.flapping:
        yield ("Flapping: it goes to and fro between resolved and open, and is quiet until it settles.",)
    if state.snooze and not quiet:
        yield phrases.snoozed(state.snooze)
    if state.ran_out and not quiet:
        yield (User(state.ran_out[-1].person_id), "'s acknowledgement ended ", Time(state.ran_out[-1].until))
    if state.woke and not quiet:
        yield (User(state.woke.person_id), "'s snooze ended ", Time(state.woke.until))
    if quiet and state.resolved_by and state.bad_rows and state.resolved_at:
        yield ("Still broken; a run that judges data from after ", Time(state.resolved_at), " opens it again.")


def _back(state: State) -> Text:
    """That it was resolved before: in this episode, or in the one before it."""
    if state.returned_at is not None and state.status is not Status.RESOLVED:
        return ("It was resolved and came back ", Time(state.returned_at))
    if state.earlier_resolved_at is None or state.started_at is None:
        return ()
    quiet = duration(state.started_at - state.earlier_resolved_at)
    return (f"Came back after {quiet}; the episode before was resolved ", Time(state.earlier_resolved_at))


def _sight(state: State) -> Iterator[Text]:
    """Who cannot judge; on a card about one alone that stands above, and what it was stays when it is over."""
    alone = state.is_blind_only and len(state.blind) == 1
    for spell in () if alone else state.blind:
        yield (f"{spell.subject.name} is blind since ", Time(spell.since), f": {phrases.cause(spell)}")
    for spell in state.blinds if state.is_blind_only and not state.blind else ():
        ended = (" to ", Time(spell.ended_at)) if spell.ended_at else ()
        yield (f"{spell.subject.name} was blind from ", Time(spell.since), *ended, f": {phrases.cause(spell)}")


def _left(state: State) -> Iterator[Text]:
    """Who was deleted or replaced, and who goes on."""
    for left in state.departures:
        by = f" {left.note}" if left.note else ""
        went = (f"{left.subject.name} was deleted{by}, ",) if left.deleted else (f"{left.subject.name} fell silent, ",)
        goes_on = f"; {left.successor.name} goes on" if left.successor else ""
        yield (*went, Time(left.at), *((goes_on,) if goes_on else ()))


def _noted(state: State) -> Text:
    """The newest note, as far as it fits."""
    note = state.noted
    if note is None:
        return ()
    text = " ".join(note.reason.split())
    short = text if len(text) <= _LONGEST_NOTE else f"{text[: _LONGEST_NOTE - 1]}…"
    return ("Note by ", User(note.person_id), ", ", Time(note.at), f": {short}")


def _detail(state: State) -> Text:
    """Where the details are, or why they lack."""
    if not state.detail:
        return ()
    return (f"Report: {state.detail}" if state.detail.startswith("s3://") else state.detail,)
