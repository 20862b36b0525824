"""What is said of a subject that can be heard again, since its account came back: what is true by then."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.logic.links import UNLINKED
from bot.model.fleet import Earlier, Endpoint
from bot.model.observation import (
    DELETED,
    ENDPOINT_FAILED,
    ROLLED_BACK,
    SILENT,
    Finding,
    Observation,
    Subject,
    Verdict,
)

HEARD: Final = (Finding(SILENT, Verdict.GOOD),)
"""That it is heard again, and no more: what it said before holds."""
_FAILED: Final = frozenset({"Failed", "OutOfService", "UpdateRollbackFailed"})


def unheard(log: Iterable[object], subject: Subject) -> tuple[Observation, Observation | None] | None:
    """That its account left, and what it said before that; None where it said something since."""
    own = [e for e in log if isinstance(e, Observation) and e.subject.arn == subject.arn]
    own.sort(key=lambda o: (o.at, o.id))
    if not own or not own[-1].id.startswith(UNLINKED):
        return None
    before = (o for o in reversed(own) if not o.id.startswith(UNLINKED))
    return own[-1], next(before, None)


def heard(left: Observation, at: datetime, findings: tuple[Finding, ...] = HEARD) -> Observation:
    """It is heard again, with these findings."""
    return replace(left, id=f"linked:{left.id}", at=at, findings=findings)


def as_before(said: Observation | None) -> tuple[Finding, ...]:
    """What a subject that nothing changed of says: what could not be judged before still cannot."""
    blind = said is not None and said.findings and all(f.verdict is Verdict.BLIND for f in said.findings)
    return said.findings if said is not None and blind else HEARD


def of_endpoint(there: Endpoint | None, was: Earlier | None, since: datetime) -> tuple[Finding, ...]:
    """As it was listed after it could not be heard since then; `was` is how it was before it changed last.

    Another configuration is another deployment, which ends what an earlier one was rolled back for.
    """
    if there is None:
        return (Finding(DELETED, Verdict.GONE),)
    if there.status in _FAILED:
        return (Finding(ENDPOINT_FAILED, Verdict.BAD, note=there.failure),)
    if there.status != "InService":
        return HEARD
    anew = was is not None and was.until > since and isinstance(was.resource, Endpoint)
    deployed = (Finding(ROLLED_BACK, Verdict.GOOD),) if anew else ()
    return (Finding(ENDPOINT_FAILED, Verdict.GOOD), *deployed)
