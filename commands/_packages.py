"""Model packages in commands: which one is meant, the list of those that wait, and what came of a decision."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from bot import parse
from bot.approvals import Office, Ruled, decide
from bot.errors import BadRequest, Conflict, NotAllowed
from bot.kit import Kind
from bot.logic.approvals import outcome
from bot.logic.package_cards import buttons, comparison, facts, line
from bot.logic.registrant import said
from bot.logic.words import listing
from bot.model.package import Approval, ModelPackage, PackageRef, Ticket
from bot.model.reply import (
    Actions,
    Cell,
    Column,
    Facts,
    Heading,
    Note,
    Paragraph,
    Part,
    Press,
    Reply,
    Table,
    Text,
    Time,
)
from bot.parse import suggestion
from bot.ports import Approvals, Ask, Found, Packages, Sweep
from commands._approvals import count_of
from commands._footer import footer, silent

Version = Annotated[int, Kind("version", lambda word, _: parse.whole(word), attempt=r"v?\d.*")]
"""`7`, of a group."""
MOST: int = 25
"""Rows that are described; each costs a call or two."""
COLUMNS = tuple(map(Column, ("Package", "Account", "Registered by", "Registered", "So far", "")))


def waiting(packages: Packages, approvals: Approvals, ask: Ask) -> Reply:
    """Those that wait in the asker's accounts, newest first."""
    found = packages.waiting()
    refs = sorted(_refs(found), key=lambda ref: ref.created_at, reverse=True)
    point: Text = (f"{count_of(len(refs))}{silent(found)}",)
    if not refs:
        nothing = Note(("A version waits when it is registered with PendingManualApproval.",))
        return Reply(point, (nothing,), footer(found))
    kept = {t.ref.arn: t for t in approvals.open()}
    described = packages.described([ref for ref in refs[:MOST] if ref.arn not in kept])
    known = {package.ref.arn: package for package in (*described.items, *(t.package for t in kept.values()))}
    rows = tuple(_row(ref, known.get(ref.arn), kept.get(ref.arn), label_of(ref, ask)) for ref in refs[:MOST])
    table = Table("Model packages that wait", COLUMNS, rows, total=len(refs))
    return Reply(point, (table,), footer(replace(found, failures=(*found.failures, *described.failures))))


def _row(ref: PackageRef, package: ModelPackage | None, ticket: Ticket | None, label: str) -> tuple[Cell, ...]:
    first = ticket.first if ticket else None
    so_far = f"confirmed by {first.name}, waits for a second operator" if first else "waits"
    by = said(package.registrant) if package else ""
    return (ref.title, label, by, Time(ref.created_at), so_far, Press("Decide…", f"approve {line(ref)}"))


def meant(name: str, version: int | None, packages: Packages, approvals: Approvals, ask: Ask) -> ModelPackage:
    """The only one of that name (or ARN) and version that waits. Raises BadRequest, Conflict where it was decided."""
    if name.startswith("arn:"):
        return _by_arn(name, packages, approvals, ask)
    kept = {t.ref.arn: t.package for t in approvals.open()}
    found = packages.waiting()
    refs = _refs(found)
    mine = [ref for ref in refs if ref.name.casefold() == name.casefold() and version in {None, ref.version}]
    if not mine:
        near = suggestion(name, {ref.name for ref in refs if ref.name.casefold() != name.casefold()})
        which = f"{name} version {version}" if version is not None else name
        said = f"no model package {which} waits{near}{silent(found)}"
        raise BadRequest(said, _among(refs, name) or "/ml approve lists those that wait.", field="name")
    if len({(ref.account_id, ref.region) for ref in mine}) > 1:
        places = listing(tuple(sorted({f"account={r.account_id} region={r.region}" for r in mine})), most=5)
        raise BadRequest(f"{name} waits in several places; say {places}", "/ml approve lists them.", field="name")
    if len(mine) > 1:
        raise BadRequest(f"several versions of {name} wait", _among(mine, name), field="version")
    return kept.get(mine[0].arn) or _described(mine[0], packages)


def _by_arn(arn: str, packages: Packages, approvals: Approvals, ask: Ask) -> ModelPackage:
    """As buttons name it. A card may be older than the decision."""
    ticket = next(iter(approvals.of([arn])), None)
    covered = {account.id for account in ask.scope.accounts}
    if ticket is not None and ticket.ref.account_id not in covered:
        raise NotAllowed(f"Your role does not cover the account {ticket.ref.account_id}.", "Ask an admin.")
    if ticket is not None and ticket.decision is not None:
        raise Conflict(f"{ticket.ref.title} {outcome(ticket.decision)} already", "/ml approve lists those that wait.")
    if ticket is not None:
        return ticket.package
    ref = next((ref for ref in _refs(packages.waiting()) if ref.arn == arn), None)
    if ref is None:
        raise BadRequest("that model package does not wait", "/ml approve lists those that do.", field="name")
    return _described(ref, packages)


def _described(ref: PackageRef, packages: Packages) -> ModelPackage:
    """Raises SourceError where its account does not say."""
    found = packages.described([ref])
    if not found.items:
        raise found.failures[0].error
    return found.items[0]


def question(package: ModelPackage, reason: str, ask: Ask) -> Reply:
    """What is to be decided, with its numbers and the buttons."""
    label = label_of(package.ref, ask)
    title = f"{package.ref.title} in {label}"
    parts: tuple[Part, ...] = (Heading(f"{package.ref.title} waits for approval"), Facts(facts(package, label)))
    because = (Paragraph((f"Your reason: {reason}",)),) if reason else ()
    acts = buttons(package.ref, label, does="run", reason=reason)
    return Reply((f"Approve {title}?",), (*parts, *comparison(package), *because, acts), shareable=False, files="none")


def ruled(office: Office, package: ModelPackage, approval: Approval, reason: str, ask: Ask) -> Reply:
    """Do it, and say what came of it. A card says so itself, so whoever pressed there is told nothing more."""
    if package.ref.account_id not in {account.id for account in ask.scope.accounts}:
        raise NotAllowed(f"Your role does not cover the account {package.ref.account_id}.", "Ask an admin.")
    return _told(decide(office, package, approval, reason, ask), package)


def _told(came: Ruled, package: ModelPackage) -> Reply:
    title = package.ref.title
    match came.said:
        case "done":
            decision = came.ticket.decision
            words = outcome(decision) if decision else "is decided"
            return _said(f"{title} {words}.", quiet=True)
        case "confirmed":
            return _said(f"You confirmed {title}. It waits for a second operator.", quiet=True)
        case "again":
            return _said(f"You confirmed {title} already. Another operator has to.", changed=False)
        case "late":
            decision = came.ticket.decision
            words = outcome(decision) if decision else "was decided elsewhere"
            return _said(f"{title} {words} already; nothing was written.", changed=False)


def _said(text: str, *, quiet: bool = False, changed: bool = True) -> Reply:
    back = Actions((Press("Waiting packages", "approve"),))
    return Reply((text,), (Paragraph((text,)), back), shareable=False, quiet=quiet, changed=changed)


def label_of(ref: PackageRef, ask: Ask) -> str:
    """Of its account."""
    return next((a.label for a in ask.scope.accounts if a.id == ref.account_id), ref.account_id)


def _refs(found: Found[Sweep[PackageRef]]) -> list[PackageRef]:
    return [ref for sweep in found.items for ref in sweep.items]


def _among(refs: Sequence[PackageRef], name: str) -> str:
    """The versions of a group that wait."""
    numbers = sorted({ref.version for ref in refs if ref.name.casefold() == name.casefold()})
    return f"Of {name} there wait: version {listing(tuple(map(str, numbers)), most=10)}." if numbers else ""
