"""Resolved by hand while runs still judge older data: fixed, waiting for the window."""

from datetime import datetime, timedelta

from bot.logic.verdicts import UNKNOWN_CADENCE
from bot.model.incident import State, Status


def is_waiting(state: State) -> bool:
    """Whether somebody says that it is fixed, and the last run, over data of before, is still bad."""
    return state.status is Status.RESOLVED and bool(state.resolved_by) and bool(state.bad_rows)


def waits_until(state: State) -> datetime | None:
    """About when a run will have judged data that begins after the fix; None where nothing waits.

    Windows follow each other by the cadence, and a run speaks as long after its window as the last one did. Without a
    window it is the next run.
    """
    if not is_waiting(state) or state.resolved_at is None:
        return None
    cadence, spoke = state.cadence or UNKNOWN_CADENCE, state.observed_at or state.resolved_at
    window = state.window
    if window is None:
        return spoke + _steps(state.resolved_at - spoke, cadence) * cadence
    return spoke + _steps(state.resolved_at - window.start, cadence) * cadence


def _steps(gap: timedelta, cadence: timedelta) -> int:
    """How many cadences, at least one, reach over a gap."""
    return max(1, -(-gap // cadence))
