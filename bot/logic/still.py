"""Whether what a note was to say is still true when it is sent: it may have waited for long."""

from bot.logic.notes_of_rows import is_new_still, is_worse_still
from bot.model.incident import Incident, Reason, Status

_OF_WHAT_IS_BAD = frozenset(
    {
        Reason.WORSE,
        Reason.NEW_ROW,
        Reason.RETURNED,
        Reason.REOPENED,
        Reason.ESCALATED,
        Reason.ESCALATED_AGAIN,
        Reason.RUN_OUT,
        Reason.WOKE,
    }
)
_SEEN_ON_CARD = _OF_WHAT_IS_BAD - {Reason.WORSE, Reason.RETURNED, Reason.REOPENED}
"""Once it is over, the card shows all that these would say: what fired, who had it, how it ended."""


def is_still(incident: Incident, reason: Reason, revision: int | None = None) -> bool:
    """Whether people may be called for it: whatever is bad still is, and whoever was missing still is.

    `revision` is the one that it was asked at.
    """
    state = incident.state
    if reason not in _OF_WHAT_IS_BAD or state.status is Status.RESOLVED:
        return reason not in _OF_WHAT_IS_BAD
    match reason:
        case Reason.WORSE:
            return is_worse_still(incident, revision)
        case Reason.NEW_ROW:
            return is_new_still(incident, revision)
        case Reason.RUN_OUT | Reason.WOKE:
            return state.status is Status.OPEN
        case Reason.ESCALATED | Reason.ESCALATED_AGAIN:
            return state.status is Status.OPEN and state.free_since is not None
        case _:
            return True


def is_said(incident: Incident, reason: Reason, revision: int | None = None) -> bool:
    """Whether its own thread is told of it at all, though nobody be called for it."""
    over = incident.state.status is Status.RESOLVED or reason is Reason.NEW_ROW
    return not (over and reason in _SEEN_ON_CARD) or is_still(incident, reason, revision)
