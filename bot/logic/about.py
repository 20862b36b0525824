"""What an incident is about, in the fewest words that tell it."""

from bot.logic.constraints import row_name
from bot.logic.words import listing
from bot.model.incident import Incident, RowState
from bot.model.observation import ENDPOINT_FAILED, JOB_FAILED, LEFT, ROLLED_BACK, Subject
from bot.model.place import Family

_HAPPENED = (ENDPOINT_FAILED, JOB_FAILED, LEFT, ROLLED_BACK)
_SAY_LITTLE = (Family.OPERATIONS, Family.GOVERNANCE)
"""Families that are of many things: a service has no operations that are good or bad."""


def about(incident: Incident) -> str:
    """`model quality`; of families that say little the things themselves: `endpoint`, `alarm bank-errors and 1 more`.

    What is bad, else what was; of what cannot be judged who cannot.
    """
    named = _names(incident) if incident.place.family in _SAY_LITTLE else ()
    return listing(named, most=1) or incident.place.family.value


def are(incident: Incident) -> str:
    """The verb for it."""
    return "are" if incident.place.family in _SAY_LITTLE and len(_names(incident)) > 1 else "is"


def _names(incident: Incident) -> tuple[str, ...]:
    """Each once."""
    state = incident.state
    rows = state.bad_rows or state.rows
    names = map(_thing, rows) if rows else (_who(b.subject) for b in state.blind or state.blinds)
    return tuple(dict.fromkeys(names))


def _thing(row: RowState) -> str:
    """Of what happened the resource alone: whether it is good or bad is said beside it."""
    return row.row.metric if row.row in _HAPPENED else row_name(row.row)


def _who(subject: Subject) -> str:
    return f"alarm {subject.name}" if ":alarm:" in subject.arn else subject.name
