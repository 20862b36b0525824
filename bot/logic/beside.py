"""Why a monitor cannot judge, as another incident of its service tells: its endpoint failed."""

from dataclasses import replace

from bot.model.incident import Incident, Status
from bot.model.observation import ENDPOINT_FAILED
from bot.model.place import Family, Place
from bot.model.reply import Text


def beside(incident: Incident) -> Place | None:
    """Where the incident would be that explains it; None where it needs no such cause."""
    place = incident.place
    explains = place.family is not Family.OPERATIONS and any(spell.subject.resource for spell in incident.state.blind)
    return replace(place, family=Family.OPERATIONS) if explains else None


def probable_cause(incident: Incident, operations: Incident | None) -> Text:
    """`Probable cause: its endpoint loan-2026 failed (#4)`, as a sentence.

    Empty unless that is not resolved, of an endpoint that is watched here, and began before its monitor was blind.
    """
    if operations is None or operations.state.status is Status.RESOLVED:
        return ()
    since = next((r.since for r in operations.state.bad_rows if r.row == ENDPOINT_FAILED), None)
    failed = {s.name for s in operations.state.subjects if s.name == s.resource}
    spell = next((b for b in incident.state.blind if since and b.subject.resource in failed and since <= b.since), None)
    return (f"Probable cause: its endpoint {spell.subject.resource} failed (#{operations.number}).",) if spell else ()
