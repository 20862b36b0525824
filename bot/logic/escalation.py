"""When the on-call group is told of what nobody took: in the thread, then once more in the channel."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.logic.quiet import after_quiet
from bot.model.incident import Queued, Reason, State
from bot.model.place import Severity
from bot.model.route import Route

_STEPS = (Reason.ESCALATED, Reason.ESCALATED_AGAIN)


@dataclass(frozen=True, slots=True)
class Urge:
    """What is said next, unless somebody acts before."""

    reason: Reason
    at: datetime


def upcoming(queued: Queued, state: State, route: Route, severity: Severity, now: datetime) -> Urge | None:
    """The next step by this route; what was said by another one, before the routes changed, counts.

    People have their time from when they could know: what was bad before the bot first looked calls nobody at once.
    What is late, since nobody was there to say it, is held back by the quiet hours that it is `now`.
    """
    since, patience = state.free_since, route.escalate_after
    if since is None or patience is None or queued.episode != state.episode:
        return None
    done = _done(queued, state, since)
    if done >= len(_STEPS):
        return None
    begins = queued.escalated_at if done and queued.escalated_at else max(since, queued.shown_at or since)
    return Urge(_STEPS[done], after_quiet(max(begins + patience, now), route.quiet, severity))


def said(queued: Queued, state: State, route: Route, now: datetime) -> Queued:
    """The next step is said."""
    done = _done(queued, state, state.free_since or now)
    return replace(queued, escalations=done + 1, escalated_at=now, escalated_to=route.group)


def wakes_at(queued: Queued, state: State, route: Route, severity: Severity, now: datetime) -> datetime | None:
    """When the clock alone may have something said next."""
    urge = upcoming(queued, state, route, severity, now)
    return min((at for at in (state.changes_at, urge.at if urge else None) if at), default=None)


def _done(queued: Queued, state: State, since: datetime) -> int:
    """Steps taken for what is open now: what became open later is waited for anew, unless it is within noise."""
    if queued.escalated_at is None:
        return 0
    return queued.escalations if since <= queued.escalated_at or state.is_hushed else 0
