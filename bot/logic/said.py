"""What people will have been told once a reason's posts are out."""

from collections.abc import Callable
from dataclasses import replace

from bot.logic.episode import without
from bot.model.incident import Acknowledgement, Queued, Reason, State
from bot.model.observation import Row


def queue(queued: Queued, state: State, reason: Reason, revision: int) -> Queued:
    """What will have been said once this reason's posts are out."""
    if reason is Reason.NOTHING:
        return queued
    said = replace(queued, episode=state.episode, status=state.status, revision=revision)
    if reason in _ALL:
        return _all_said(said, state, fresh=queued.episode != state.episode)
    return _ONE[reason](said, state) if reason in _ONE else said


def _worse(said: Queued, state: State) -> Queued:
    return replace(said, worse_at=state.worse_at, acknowledged=without(said.acknowledged, state.worse_rows))


def _new_row(said: Queued, state: State) -> Queued:
    return replace(said, rows=_told(said, state), new_row_at=state.observed_at)


def _taken(said: Queued, state: State) -> Queued:
    known = {*said.rows, *(r.row for r in state.bad_rows if r.taken)}
    rows = tuple(r for r in bad_rows(state) if r in known)
    return replace(said, rows=rows, acknowledged=state.acknowledgements, snooze=state.snooze)


def _noted(said: Queued, state: State) -> Queued:
    return replace(said, noted_id=state.noted.id if state.noted else "")


def _mutes(said: Queued, state: State) -> Queued:
    return replace(said, mutes=state.mutes)


def _blind(said: Queued, state: State) -> Queued:
    running = {b.subject.arn for b in state.blind}
    return replace(said, blind=tuple(sorted(running)), blind_at=state.observed_at)


def _sees(said: Queued, state: State) -> Queued:
    running = {b.subject.arn for b in state.blind}
    return replace(said, blind=tuple(arn for arn in said.blind if arn in running))


def _all_said(said: Queued, state: State, *, fresh: bool) -> Queued:
    """Everything that the state holds is said; a fresh episode forgets the last one's rows."""
    told = replace(
        said,
        rows=bad_rows(state) if fresh else _told(said, state),
        worse_at=state.worse_at,
        returned_at=max((at for at in (state.returned_at, state.loud_at) if at), default=None),
        new_row_at=None if fresh else said.new_row_at,
        acknowledged=state.acknowledgements,
        snooze=state.snooze,
        mutes=state.mutes,
        woke_at=state.woke.until if state.woke else said.woke_at,
        blind=tuple(sorted({b.subject.arn for b in state.blind})),
        flapping=state.flapping,
        escalations=0 if fresh else said.escalations,
    )
    return _departures_said(_with_ends(told, state), state)


def _departures_said(said: Queued, state: State) -> Queued:
    """Every deletion and every successor is said."""
    gone = [d.at for d in state.departures] + ([said.departed_at] if said.departed_at else [])
    went_on = [d.continued_at for d in state.departures if d.continued_at]
    went_on += [said.continued_at] if said.continued_at else []
    return replace(said, departed_at=max(gone, default=None), continued_at=max(went_on, default=None))


def _with_ends(said: Queued, state: State) -> Queued:
    """The ends of acknowledgements are said."""
    ends = state.unsaid_ends(said.ran_out_at)
    return replace(said, ran_out_at=ends[-1].until, ran_out_before=said.ran_out_at) if ends else said


def forget_ended(queued: Queued, state: State) -> Queued:
    """Acknowledgements that run no more are not said ones; a row of theirs that was good at the end is new again."""
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
_ONE: dict[Reason, Callable[[Queued, State], Queued]] = {
    Reason.WORSE: _worse,
    Reason.NEW_ROW: _new_row,
    Reason.RUN_OUT: _with_ends,
    Reason.ACKNOWLEDGED: _taken,
    Reason.ASSIGNED: _taken,
    Reason.SNOOZED: lambda said, state: replace(said, snooze=state.snooze),
    Reason.NOTED: _noted,
    Reason.MUTED: _mutes,
    Reason.HEARD: _mutes,
    Reason.FLAPPING: lambda said, _: replace(said, flapping=True),
    Reason.BLIND: _blind,
    Reason.SEES: _sees,
    Reason.GONE: _departures_said,
    Reason.CONTINUES: _departures_said,
}
