"""Which reasons apply: what people were told, compared with where the incident stands."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.logic.said import bad_rows
from bot.logic.verdicts import UNKNOWN_CADENCE
from bot.model.incident import Acknowledgement, Queued, Reason, State, Status

_LATE = 2 / 3
"""Of a cadence: a run starts up to 20 minutes after its hour (AWS docs: schedule model monitoring jobs)."""
_SAME_END = timedelta(minutes=1)
"""An end that moves by less is not said again: a button pressed twice asks for two."""


def applying(queued: Queued, state: State) -> Reason | None:
    """The first reason of a running episode that applies and may be said now."""
    order = _RESOLVED if state.status is Status.RESOLVED else _PRIORITY
    muted = _muted(state)
    return next((reason for reason, applies in order if reason not in muted and applies(queued, state)), None)


def _muted(state: State) -> frozenset[Reason]:
    """What is not said now: while snoozed only what people do and its end, while flapping nothing that goes to and fro.

    Most of it is still due when that ends.
    """
    if state.snooze is not None:
        return _TOLD_BY_MONITORS
    if state.flapping and state.resolved_by:
        return _TO_AND_FRO - {Reason.RESOLVED}
    return _TO_AND_FRO if state.flapping else frozenset()


def _woke(queued: Queued, state: State) -> bool:
    """Whether a snooze ended, nobody has what is bad, and that was not said."""
    return state.woke is not None and state.woke.until != queued.woke_at and state.status is Status.OPEN


def _returned(queued: Queued, state: State) -> bool:
    """Whether it came back beyond noise and nobody was told."""
    return _is_after(state.loud_at, queued.returned_at)


def _back(queued: Queued, state: State) -> bool:
    """Whether it came back at all and its thread was not told."""
    return _is_after(state.returned_at, queued.returned_at)


def _reopened(queued: Queued, state: State) -> bool:
    """Whether the card still says resolved, though nothing came back."""
    return queued.status is Status.RESOLVED and not _back(queued, state)


def _resolved(queued: Queued, _: State) -> bool:
    """Whether the card does not say that it is over."""
    return queued.status is not Status.RESOLVED


def _flaps(queued: Queued, state: State) -> bool:
    """Whether nobody was told why it is quiet."""
    return state.flapping and not queued.flapping


def _settled(queued: Queued, state: State) -> bool:
    """Whether it is said to flap and does not any more."""
    return queued.flapping and not state.flapping


def _noted(queued: Queued, state: State) -> bool:
    """Whether somebody wrote a note that the thread was not told."""
    return state.noted is not None and state.noted.id != queued.noted_id


def _silenced(queued: Queued, state: State) -> bool:
    """Whether somebody muted an alarm of it, or for longer or for another reason, and that was not said."""
    return not set(state.mutes) <= set(queued.mutes)


def _heard(queued: Queued, state: State) -> bool:
    """Whether a mute that was said is over."""
    return not {mute.alarm for mute in queued.mutes} <= {mute.alarm for mute in state.mutes}


def _snoozed(queued: Queued, state: State) -> bool:
    """Whether somebody snoozed it, or for longer or for another reason, and that was not said."""
    said, held = queued.snooze, state.snooze
    if held is None or said is None:
        return held is not None
    return (said.person_id, said.reason) != (held.person_id, held.reason) or abs(held.until - said.until) >= _SAME_END


def _blind(queued: Queued, state: State) -> bool:
    """Whether somebody cannot judge and the thread was not told; a card about nothing else says it itself."""
    new = {b.subject.arn for b in state.blind}.difference(queued.blind)
    if not new or state.is_blind_only or state.observed_at is None:
        return False
    return queued.blind_at is None or state.observed_at - queued.blind_at >= state.cool_down


def _sees(queued: Queued, state: State) -> bool:
    """Whether somebody who is said to be blind can judge again."""
    return not {b.subject.arn for b in state.blind}.issuperset(queued.blind)


def _gone(queued: Queued, state: State) -> bool:
    """Whether a deletion was not said."""
    return any(d.deleted and _is_after(d.at, queued.departed_at) for d in state.departures)


def _continues(queued: Queued, state: State) -> bool:
    """Whether a successor was not said."""
    return any(_is_after(d.continued_at, queued.continued_at) for d in state.departures)


def _is_after(moment: datetime | None, said: datetime | None) -> bool:
    return moment is not None and (said is None or moment > said)


def _worse(queued: Queued, state: State) -> bool:
    """Whether a row became worse and nobody was told."""
    return state.worse_at is not None and state.worse_at != queued.worse_at


def _says_new_rows(queued: Queued, state: State) -> bool:
    """Whether bad rows are untold and may be said: on an owned card once a cadence."""
    if set(bad_rows(state)) <= set(queued.rows):
        return False
    if state.acknowledgement is None or queued.new_row_at is None or state.observed_at is None:
        return True
    return state.observed_at - queued.new_row_at >= _LATE * (state.cadence or UNKNOWN_CADENCE)


def _ran_out(queued: Queued, state: State) -> bool:
    """Whether an acknowledgement ended and its owner was not told."""
    return bool(state.unsaid_ends(queued.ran_out_at))


def _acknowledged(queued: Queued, state: State) -> bool:
    """Whether somebody took something, or has it for longer or for another reason, and that was not said."""
    return bool(_unsaid(queued, state))


def _assigned(queued: Queued, state: State) -> bool:
    """Whether something was given to somebody, and that was not said."""
    return any(held.by for held in _unsaid(queued, state))


def _unsaid(queued: Queued, state: State) -> list[Acknowledgement]:
    """The running acknowledgements that people do not know as they are."""
    return [held for held in state.acknowledgements if not any(_covers(said, held) for said in queued.acknowledged)]


def _covers(said: Acknowledgement, held: Acknowledgement) -> bool:
    """Whether what was said of a person's acknowledgement is still right; losing rows is said for other reasons."""
    same = (said.person_id, said.reason, said.by) == (held.person_id, held.reason, held.by)
    return same and abs(held.until - said.until) < _SAME_END and set(held.rows) <= set(said.rows)


_Applies = Callable[[Queued, State], bool]
_ALWAYS: tuple[tuple[Reason, _Applies], ...] = (
    (Reason.NOTED, _noted),
    (Reason.MUTED, _silenced),
    (Reason.HEARD, _heard),
    (Reason.BLIND, _blind),
    (Reason.SEES, _sees),
)
_RESOLVED: tuple[tuple[Reason, _Applies], ...] = (
    (Reason.RESOLVED, _resolved),
    (Reason.FLAPPING, _flaps),
    (Reason.SETTLED, _settled),
    *_ALWAYS,
)
_PRIORITY: tuple[tuple[Reason, _Applies], ...] = (
    (Reason.WOKE, _woke),
    (Reason.RETURNED, _returned),
    (Reason.REOPENED, _reopened),
    (Reason.WORSE, _worse),
    (Reason.NEW_ROW, _says_new_rows),
    (Reason.RUN_OUT, _ran_out),
    (Reason.FLAPPING, _flaps),
    (Reason.SETTLED, _settled),
    (Reason.BACK, _back),
    (Reason.ASSIGNED, _assigned),
    (Reason.ACKNOWLEDGED, _acknowledged),
    (Reason.SNOOZED, _snoozed),
    (Reason.GONE, _gone),
    (Reason.CONTINUES, _continues),
    *_ALWAYS,
)
_TO_AND_FRO = frozenset(
    {
        Reason.RETURNED,
        Reason.BACK,
        Reason.RESOLVED,
        Reason.NEW_ROW,
        Reason.RUN_OUT,
        Reason.BLIND,
        Reason.SEES,
    }
)
_TOLD_BY_MONITORS = (_TO_AND_FRO - {Reason.RESOLVED}) | {
    Reason.WORSE,
    Reason.REOPENED,
    Reason.FLAPPING,
    Reason.SETTLED,
    Reason.GONE,
    Reason.CONTINUES,
}


def is_broadcast(reason: Reason, queued: Queued, state: State) -> bool:
    """Whether the channel's bottom shows it too: where somebody must look again."""
    match reason:
        case Reason.WORSE | Reason.REOPENED | Reason.ESCALATED_AGAIN:
            return True
        case Reason.RETURNED:
            return state.status is Status.OPEN
        case Reason.NEW_ROW:
            # On a card about blindness alone nobody was told yet that anything is bad.
            return state.acknowledgement is not None or not queued.rows
        case _:
            return False
