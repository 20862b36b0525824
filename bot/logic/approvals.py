"""A package's way to a decision: who has confirmed, who writes it, what became of it. Pure steps on what is kept."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.errors import Conflict
from bot.logic.registrant import said
from bot.model.package import Approval, Claim, Decision, ModelPackage, PackageState, Ticket, Vote

HOLDS: Final = timedelta(seconds=60)
"""After which a decision that was begun and not finished is anybody's again: longer than a question may take."""
DONE: Final = {Approval.APPROVED: "approved", Approval.REJECTED: "rejected"}
_LISTS: Final = "/ml approve lists those that wait."


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a press comes to: `confirmed` is the first of two, `again` the same person's second, `claimed` may write."""

    said: Literal["confirmed", "again", "claimed"]
    ticket: Ticket


def waiting(known: Ticket | None, package: ModelPackage, channel: str) -> Ticket:
    """A package that waits, as it is to be kept: what waits again after a decision begins anew."""
    if known is None:
        return Ticket(package, channel)
    return known if known.waits else Ticket(package, channel, known.round + 1)


def pressed(ticket: Ticket | None, vote: Vote, approval: Approval, *, two: bool) -> Pressed:
    """Somebody presses; `two` people are needed for this approval. Raises Conflict where it is decided already."""
    if ticket is None:
        raise Conflict("that package does not wait any more", _LISTS)
    if ticket.decision is not None:
        raise Conflict(f"{ticket.ref.title} {outcome(ticket.decision)} already", _LISTS)
    if ticket.claim is not None and _runs(ticket.claim, vote):
        now = f"{ticket.claim.vote.name} decides on {ticket.ref.title} right now"
        raise Conflict(now, "Look at its card in a moment.")
    if two and (ticket.first is None or ticket.first.person_id == vote.person_id):
        if ticket.first is not None:
            return Pressed("again", ticket)
        return Pressed("confirmed", replace(ticket, first=vote, claim=None))
    return Pressed("claimed", replace(ticket, claim=Claim(vote, approval)))


def _runs(claim: Claim, vote: Vote) -> bool:
    """Whether somebody else's decision may still be under way."""
    return claim.vote.person_id != vote.person_id and vote.at - claim.vote.at < HOLDS


def released(ticket: Ticket | None, vote: Vote) -> Ticket | None:
    """The same without that person's unfinished decision."""
    if ticket is None or ticket.claim is None or ticket.claim.vote != vote:
        return ticket
    return replace(ticket, claim=None)


def written(ticket: Ticket | None, vote: Vote, approval: Approval) -> Ticket | None:
    """Once SageMaker has it."""
    if ticket is None or ticket.decision is not None:
        return ticket
    return replace(ticket, claim=None, decision=Decision(approval, vote.at, vote))


def found(ticket: Ticket | None, state: PackageState | None, now: datetime) -> Ticket | None:
    """As SageMaker says that it is: a decision that was begun here and is found there was this one.

    `state` is None of a package that was deleted.
    """
    if ticket is None or ticket.decision is not None:
        return ticket
    if state is None:
        return replace(ticket, claim=None, decision=Decision(None, now))
    if state.approval is Approval.WAITING:
        return ticket
    claim = ticket.claim
    if claim is not None and claim.approval is state.approval and description(claim) == state.text:
        return replace(ticket, claim=None, decision=Decision(state.approval, claim.vote.at, claim.vote))
    by = said(state.by)
    elsewhere = Decision(state.approval, state.at or now, elsewhere=by, text=state.text)
    return replace(ticket, claim=None, decision=elsewhere)


MOST_DESCRIPTION: Final = 1024
"""Characters of an approval's description (API reference: UpdateModelPackage)."""


def description(claim: Claim) -> str:
    """What SageMaker keeps of a decision: one line, as its pattern `.*` takes no line breaks."""
    vote = claim.vote
    why = f": {vote.reason}" if vote.reason else ""
    text = f"{DONE[claim.approval].capitalize()} in Slack by {vote.name} ({vote.person_id}){why}"
    return " ".join(text.split())[:MOST_DESCRIPTION]


def outcome(decision: Decision) -> str:
    """What became of it, in words, with who did."""
    if decision.approval is None:
        return "was deleted"
    by = decision.vote.name if decision.vote else decision.elsewhere
    return f"was {DONE[decision.approval]} by {by}"
