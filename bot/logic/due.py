"""What has to be said next: what was queued last, compared with where the incident stands."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.logic.episode import without
from bot.logic.verdicts import UNKNOWN_CADENCE
from bot.model.incident import Acknowledgement, Queued, Reason, State, Status
from bot.model.observation import Row
from bot.model.post import CardKey, Outgoing

_LATE = 2 / 3
"""Of a cadence: a run starts up to 20 minutes after its hour (AWS docs: schedule model monitoring jobs)."""
_SAME_END = timedelta(minutes=1)
"""An end that moves by less is not said again: a button pressed twice asks for two."""

_CARD_ONLY = {Reason.FIRST, Reason.COUNT}


def due(queued: Queued, state: State, revision: int) -> Reason:
    """The first reason that applies; ask again after `queue`, until it is NOTHING."""
    if queued.episode != state.episode:
        return _first(queued, state)
    if state.status is Status.RESOLVED and queued.status is not Status.RESOLVED:
        return Reason.RESOLVED
    if state.status is not Status.RESOLVED:
        for reason, applies in _PRIORITY:
            if applies(queued, state):
                return reason
    return Reason.COUNT if revision != queued.revision else Reason.NOTHING


def queue(queued: Queued, state: State, reason: Reason, revision: int) -> Queued:
    """What will have been said once this reason's posts are out."""
    if reason is Reason.NOTHING:
        return queued
    said = replace(queued, episode=state.episode, status=state.status, revision=revision)
    match reason:
        case Reason.WORSE:
            left = without(queued.acknowledged, state.worse_rows)
            said = replace(said, worse_at=state.worse_at, acknowledged=left)
        case Reason.NEW_ROW:
            said = replace(said, rows=_told(queued, state), new_row_at=state.observed_at)
        case Reason.RUN_OUT:
            said = _with_ends(said, state)
        case Reason.ACKNOWLEDGED:
            known = {*queued.rows, *(r.row for r in state.bad_rows if r.taken)}
            rows = tuple(r for r in _rows(state) if r in known)
            said = replace(said, rows=rows, acknowledged=state.acknowledgements)
        case Reason.FIRST | Reason.RETURNED | Reason.REOPENED | Reason.RESOLVED:
            said = _all_said(said, state, fresh=queued.episode != state.episode)
    return said


def outgoing(
    number: int, state: State, reason: Reason, channel: str, revision: int, *, fresh: bool = False
) -> tuple[Outgoing, ...]:
    """The posts of a reason: the card, and for most a note in its thread; a `fresh` episode's card speaks alone."""
    if reason is Reason.NOTHING:
        return ()
    key = CardKey(number, state.episode)
    card = Outgoing("card", key, revision, reason, channel)
    if fresh or reason in _CARD_ONLY:
        return (card,)
    return (card, Outgoing("note", key, revision, reason, channel, broadcast=_is_broadcast(reason, state)))


def plan(number: int, queued: Queued, state: State, channel: str, revision: int) -> tuple[Queued, tuple[Outgoing, ...]]:
    """Every reason that applies, said in order with one edit of the card; and what is then queued.

    When another episode began in the same change, the last one's card still gets its end.
    """
    out: tuple[Outgoing, ...] = ()
    if queued.episode not in {0, state.episode} and queued.status is not Status.RESOLVED:
        out = (Outgoing("card", CardKey(number, queued.episode), revision, Reason.RESOLVED, channel),)
        queued = replace(queued, status=Status.RESOLVED, revision=revision)
    said, queued, drawn = queued.acknowledged, _forget_ended(queued, state), False
    while (reason := due(queued, state, revision)) is not Reason.NOTHING:
        posts = outgoing(number, state, reason, channel, revision, fresh=queued.episode != state.episode)
        out = (*out, *(p for p in posts if p.kind == "note" or not drawn))
        queued, drawn = queue(queued, state, reason, revision), True
    if not drawn and said != queued.acknowledged and state.status is not Status.RESOLVED:
        # An end that leaves nothing open is not said, but the card must not go on naming who held it.
        out = (*out, Outgoing("card", CardKey(number, state.episode), revision, Reason.COUNT, channel))
    return queued, out


def _first(queued: Queued, state: State) -> Reason:
    """No card of this episode yet: an episode that is over before it was shown is never shown."""
    if state.status is Status.RESOLVED:
        return Reason.NOTHING
    if queued.episode == 0:
        return Reason.FIRST
    return Reason.RETURNED


def _returned(queued: Queued, state: State) -> bool:
    """Whether it came back and nobody was told."""
    return state.returned_at is not None and state.returned_at != queued.returned_at


def _reopened(queued: Queued, _: State) -> bool:
    """Whether the card still says resolved, though nothing came back."""
    return queued.status is Status.RESOLVED


def _worse(queued: Queued, state: State) -> bool:
    """Whether a row became worse and nobody was told."""
    return state.worse_at is not None and state.worse_at != queued.worse_at


def _says_new_rows(queued: Queued, state: State) -> bool:
    """Whether bad rows are untold and may be said: on an owned card once a cadence."""
    if set(_rows(state)) <= set(queued.rows):
        return False
    if state.acknowledgement is None or queued.new_row_at is None or state.observed_at is None:
        return True
    return state.observed_at - queued.new_row_at >= _LATE * (state.cadence or UNKNOWN_CADENCE)


def _ran_out(queued: Queued, state: State) -> bool:
    """Whether an acknowledgement ended and its owner was not told."""
    return bool(state.unsaid_ends(queued.ran_out_at))


def _acknowledged(queued: Queued, state: State) -> bool:
    """Whether somebody took something, or has it for longer or for another reason, and that was not said."""
    return not all(any(_covers(said, held) for said in queued.acknowledged) for held in state.acknowledgements)


def _covers(said: Acknowledgement, held: Acknowledgement) -> bool:
    """Whether what was said of a person's acknowledgement is still right; losing rows is said for other reasons."""
    same = (said.person_id, said.reason) == (held.person_id, held.reason)
    return same and abs(held.until - said.until) < _SAME_END and set(held.rows) <= set(said.rows)


_PRIORITY: tuple[tuple[Reason, Callable[[Queued, State], bool]], ...] = (
    (Reason.RETURNED, _returned),
    (Reason.REOPENED, _reopened),
    (Reason.WORSE, _worse),
    (Reason.NEW_ROW, _says_new_rows),
    (Reason.RUN_OUT, _ran_out),
    (Reason.ACKNOWLEDGED, _acknowledged),
)


def _is_broadcast(reason: Reason, state: State) -> bool:
    """Whether the channel's bottom shows it too: where somebody must look again."""
    match reason:
        case Reason.WORSE | Reason.REOPENED:
            return True
        case Reason.RETURNED:
            return state.status is Status.OPEN
        case Reason.NEW_ROW:
            return state.acknowledgement is not None
        case _:
            return False


def _all_said(said: Queued, state: State, *, fresh: bool) -> Queued:
    """Everything that the state holds is said; a fresh episode forgets the last one's rows."""
    told = replace(
        said,
        rows=_rows(state) if fresh else _told(said, state),
        worse_at=state.worse_at,
        returned_at=state.returned_at,
        new_row_at=None if fresh else said.new_row_at,
    )
    return replace(_with_ends(told, state), acknowledged=state.acknowledgements)


def _with_ends(said: Queued, state: State) -> Queued:
    """The ends of acknowledgements are said."""
    ends = state.unsaid_ends(said.ran_out_at)
    return replace(said, ran_out_at=ends[-1].until, ran_out_before=said.ran_out_at) if ends else said


def _forget_ended(queued: Queued, state: State) -> Queued:
    """Acknowledgements that run no more are not said ones; a row of theirs that was good at the end is new again."""
    running = tuple(a for a in queued.acknowledged if any(_continues(a, held) for held in state.acknowledgements))
    ended = {row for a in queued.acknowledged if a not in running for row in a.rows}
    ended.difference_update(state.worse_rows, *(a.rows for a in state.ran_out))
    return replace(queued, acknowledged=running, rows=tuple(r for r in queued.rows if r not in ended))


def _continues(said: Acknowledgement, held: Acknowledgement) -> bool:
    """Whether a running acknowledgement is what was said, as far as its rows go."""
    return said.person_id == held.person_id and (not said.rows or not set(said.rows).isdisjoint(held.rows))


def _rows(state: State) -> tuple[Row, ...]:
    """The bad rows, in a fixed order."""
    return tuple(sorted(r.row for r in state.bad_rows))


def _told(queued: Queued, state: State) -> tuple[Row, ...]:
    """The rows told so far and the bad ones."""
    return tuple(sorted({*queued.rows, *_rows(state)}))
