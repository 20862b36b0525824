"""What people will have been told once a reason's posts are out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.logic.altering import altered
from bot.logic.episode import without
from bot.model.incident import Acknowledgement, Queued, Reason, State
from bot.model.observation import Row

Said = dict[str, Any]
"""What changes in a `Queued`, by field."""


def queue(queued: Queued, state: State, reason: Reason, revision: int) -> Queued:
    """What will have been said once this reason's posts are out."""
    if reason is Reason.NOTHING:
        return queued
    said: Said = {"episode": state.episode, "status": state.status, "revision": revision}
    if reason in _ALL:
        said |= _all_said(queued, state, fresh=queued.episode != state.episode)
    elif reason in _ONE:
        said |= _ONE[reason](queued, state)
    return altered(queued, **said)


def _worse(queued: Queued, state: State) -> Said:
    return {"worse_at": state.worse_at, "acknowledged": without(queued.acknowledged, state.worse_rows)}


def _new_row(queued: Queued, state: State) -> Said:
    return {"rows": _told(queued, state), "new_row_at": state.observed_at}


def _taken(queued: Queued, state: State) -> Said:
    known = {*queued.rows, *(r.row for r in state.bad_rows if r.taken)}
    rows = tuple(r for r in bad_rows(state) if r in known)
    return {"rows": rows, "acknowledged": state.acknowledgements, "snooze": state.snooze}


def _noted(_: Queued, state: State) -> Said:
    return {"noted_id": state.noted.id if state.noted else ""}


def _mutes(_: Queued, state: State) -> Said:
    return {"mutes": state.mutes}


def _blind(_: Queued, state: State) -> Said:
    return {"blind": _running(state), "blind_at": state.observed_at}


def _sees(queued: Queued, state: State) -> Said:
    running = _running(state)
    return {"blind": tuple(arn for arn in queued.blind if arn in running)}


def _running(state: State) -> tuple[str, ...]:
    """Who is blind, by ARN."""
    return tuple(sorted({b.subject.arn for b in state.blind}))


def _all_said(queued: Queued, state: State, *, fresh: bool) -> Said:
    """Everything that the state holds is said; a fresh episode forgets the last one's rows."""
    return {
        "rows": bad_rows(state) if fresh else _told(queued, state),
        "worse_at": state.worse_at,
        "returned_at": max((at for at in (state.returned_at, state.loud_at) if at), default=None),
        "new_row_at": None if fresh else queued.new_row_at,
        "acknowledged": state.acknowledgements,
        "snooze": state.snooze,
        "mutes": state.mutes,
        "woke_at": state.woke.until if state.woke else queued.woke_at,
        "blind": _running(state),
        "flapping": state.flapping,
        "escalations": 0 if fresh else queued.escalations,
        **_with_ends(queued, state),
        **_departures_said(queued, state),
    }


def _departures_said(queued: Queued, state: State) -> Said:
    """Every deletion and every successor is said."""
    gone = [d.at for d in state.departures] + ([queued.departed_at] if queued.departed_at else [])
    went_on = [d.continued_at for d in state.departures if d.continued_at]
    went_on += [queued.continued_at] if queued.continued_at else []
    return {"departed_at": max(gone, default=None), "continued_at": max(went_on, default=None)}


def _with_ends(queued: Queued, state: State) -> Said:
    """The ends of acknowledgements are said."""
    ends = state.unsaid_ends(queued.ran_out_at)
    return {"ran_out_at": ends[-1].until, "ran_out_before": queued.ran_out_at} if ends else {}


def forget_ended(queued: Queued, state: State) -> Queued:
    """Acknowledgements that run no more are not said ones; a row of theirs that was good at the end is new again."""
    if not queued.acknowledged:
        return queued
    running = tuple(a for a in queued.acknowledged if any(_goes_on(a, held) for held in state.acknowledgements))
    ended = {row for a in queued.acknowledged if a not in running for row in a.rows}
    ended.difference_update(state.worse_rows, *(a.rows for a in (*state.ran_out, *state.acknowledgements)))
    return replace(queued, acknowledged=running, rows=tuple(r for r in queued.rows if r not in ended))


def _goes_on(said: Acknowledgement, held: Acknowledgement) -> bool:
    """Whether a running acknowledgement is what was said, as far as its rows go."""
    return said.person_id == held.person_id and (not said.rows or not set(said.rows).isdisjoint(held.rows))


def bad_rows(state: State) -> tuple[Row, ...]:
    """The bad rows, in a fixed order."""
    return tuple(sorted(r.row for r in state.bad_rows))


def _told(queued: Queued, state: State) -> tuple[Row, ...]:
    """The rows told so far and the bad ones."""
    return tuple(sorted({*queued.rows, *bad_rows(state)}))


_ALL = frozenset(
    {
        Reason.FIRST,
        Reason.RETURNED,
        Reason.BACK,
        Reason.REOPENED,
        Reason.RESOLVED,
        Reason.WOKE,
        Reason.SETTLED,
    }
)
"""After these nothing that came before is left to say."""
_ONE: dict[Reason, Callable[[Queued, State], Said]] = {
    Reason.WORSE: _worse,
    Reason.NEW_ROW: _new_row,
    Reason.RUN_OUT: _with_ends,
    Reason.ACKNOWLEDGED: _taken,
    Reason.ASSIGNED: _taken,
    Reason.SNOOZED: lambda _, state: {"snooze": state.snooze},
    Reason.NOTED: _noted,
    Reason.MUTED: _mutes,
    Reason.HEARD: _mutes,
    Reason.FLAPPING: lambda _, __: {"flapping": True},
    Reason.BLIND: _blind,
    Reason.SEES: _sees,
    Reason.GONE: _departures_said,
    Reason.CONTINUES: _departures_said,
}
