"""What decides model packages: a press is kept before SageMaker is asked, and its card is drawn with what is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from bot.errors import ChatError, Missing, NotAllowed, SourceError, done_already
from bot.logic.approvals import DONE, description, found, pressed, released, waiting, written
from bot.logic.package_cards import card
from bot.logic.registrant import Standing, standing
from bot.logic.services import service_of
from bot.model.account import Account
from bot.model.package import Approval, Claim, ModelPackage, PackageRef, Ticket, Vote
from bot.model.person import Person
from bot.model.place import Family, Place
from bot.ports import Approvals, Ask, Inventory, PackageOperations, Packages, People, Routes


@dataclass(frozen=True, slots=True)
class Ruled:
    """What became of a press: `done`, the first of two `confirmed`, its person's second (`again`), or `late`."""

    said: Literal["done", "confirmed", "again", "late"]
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Office:
    """What a decision takes."""

    approvals: Approvals
    packages: Packages
    operations: PackageOperations
    people: People
    inventory: Inventory
    routes: Routes


def keep(
    approvals: Approvals, routes: Routes, accounts: Mapping[str, Account], packages: Sequence[ModelPackage], ask: Ask
) -> int:
    """Give each that waits a card, where it has none; returns how many are new. Raises StoreDown or Unsaved."""
    before = {ticket.ref.arn: ticket.round for ticket in approvals.of([package.ref.arn for package in packages])}
    new = 0
    for package in packages:
        channel = _channel(routes, package.ref)
        after = approvals.change(
            package.ref.arn,
            partial(waiting, package=package, channel=channel),
            partial(card, accounts=accounts),
            ask.now,
        )
        new += after is not None and before.get(package.ref.arn) != after.round
    return new


def look(approvals: Approvals, packages: Packages, accounts: Mapping[str, Account], ref: PackageRef, ask: Ask) -> bool:
    """See what SageMaker says of one that waits here; True if it is decided now. Raises SourceError, StoreDown."""
    try:
        state = packages.state(ref)
    except Missing:
        state = None
    after = approvals.change(
        ref.arn, partial(found, state=state, now=ask.now), partial(card, accounts=accounts), ask.now
    )
    return after is not None and not after.waits


def decide(office: Office, package: ModelPackage, approval: Approval, reason: str, ask: Ask) -> Ruled:
    """Do what somebody pressed. Raises NotAllowed to whoever registered it, Conflict, SourceError, StoreDown.

    An approval needs a second operator unless a known colleague registered the package; a rejection, which deploys
    nothing, never does.
    """
    two = _needs_two(office.people, package, ask.person) and approval is Approval.APPROVED
    draw = partial(card, accounts={account.id: account for account in office.inventory.accounts()})
    vote = Vote(ask.person.id, ask.person.name, ask.now, reason)
    ref = package.ref
    said: list[str] = []

    def press(known: Ticket | None) -> Ticket:
        kept = waiting(known, package, _channel(office.routes, ref)) if known is None else known
        outcome = pressed(kept, vote, approval, two=two)
        said.append(outcome.said)
        return outcome.ticket

    ticket = _kept(office.approvals.change(ref.arn, press, draw, ask.now))
    if said[-1] == "confirmed":
        return Ruled("confirmed", ticket)
    if said[-1] == "again":
        return Ruled("again", ticket)
    try:
        other = office.operations.decide(ref, approval, description(Claim(vote, approval)))
    except (SourceError, NotAllowed) as error:
        # Whether a write happened that was not answered, the next look at the package tells: its claim stays.
        if not (isinstance(error, SourceError) and error.retryable):
            office.approvals.change(ref.arn, partial(released, vote=vote), draw, ask.now)
        raise
    if other is not None:
        after = office.approvals.change(ref.arn, partial(found, state=other, now=ask.now), draw, ask.now)
        return Ruled("late", _kept(after))
    with done_already(f"{ref.title} is {DONE[approval]} in SageMaker"):
        after = office.approvals.change(ref.arn, partial(written, vote=vote, approval=approval), draw, ask.now)
    return Ruled("done", _kept(after))


def _needs_two(people: People, package: ModelPackage, person: Person) -> bool:
    """Raises NotAllowed to whoever registered it. Where Slack does not say who has an address, two are needed."""

    def colleague(address: str) -> Person | None:
        try:
            return people.by_email(address)
        except ChatError:
            return None

    stands = standing(package.registrant, person, colleague)
    if stands is Standing.OWN:
        said = f"{package.ref.title} was registered by you, or by somebody of your name"
        raise NotAllowed(said, "Ask another operator to decide.")
    return stands is Standing.UNKNOWN


def _channel(routes: Routes, ref: PackageRef) -> str:
    service = service_of(ref.name, {})
    place = Place(ref.account_id, ref.region, service.name, Family.GOVERNANCE)
    return routes.route(place, service.about).channel


def _kept(ticket: Ticket | None) -> Ticket:
    if ticket is None:
        raise ValueError("a package whose ticket is gone")
    return ticket
