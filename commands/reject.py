"""`/ml reject`: say no to a model package that waits, with the reason."""

from typing import Annotated

from bot.approvals import Office
from bot.errors import BadRequest
from bot.kit import MOST_REASON, Kind, as_reason, command, form
from bot.model.package import Approval
from bot.model.reply import Form, Paragraph, Reply, TextField
from bot.parse import Reader
from bot.ports import Approvals, Ask, Inventory, PackageOperations, Packages, People, Routes
from commands._packages import Version, label_of, meant, ruled


def _said(text: str, reader: Reader) -> str:
    """Before anything is asked, so that a form shows it on the field. Raises BadRequest."""
    if not any(map(str.isalnum, text)):
        raise BadRequest("a rejection needs a reason", "Say it in words: SageMaker keeps it.")
    return as_reason(text, reader)


Reason = Annotated[str, Kind("text", _said, greedy=True)]
"""All words that are left: signs that nobody sees, as Slack takes them, are none."""


@command("reject", role="operator", example="reject bank-marketing 3 recall fell by two points")
def reject(
    packages: Packages,
    operations: PackageOperations,
    approvals: Approvals,
    people: People,
    inventory: Inventory,
    routes: Routes,
    ask: Ask,
    *,
    name: str,
    version: Version | None = None,
    reason: Reason,
) -> Reply:
    """Reject a model package that waits, with the reason.

    One operator is enough, but not whoever registered it.
    """
    package = meant(name, version, packages, approvals, ask)
    office = Office(approvals, packages, operations, people, inventory, routes)
    return ruled(office, package, Approval.REJECTED, reason, ask)


@form("reject-with", role="operator", submits="reject")
def reject_with(packages: Packages, approvals: Approvals, ask: Ask, *, name: str) -> Form:
    """The reason of a rejection."""
    package = meant(name, None, packages, approvals, ask)
    why = TextField(
        "reason",
        "Why it is rejected",
        placeholder="recall fell by two points",
        hint="SageMaker keeps it as the approval's description.",
        multiline=True,
        max_chars=MOST_REASON,
    )
    where = (Paragraph((f"{package.ref.title} in {label_of(package.ref, ask)}. It is not to be deployed then.",)),)
    return Form("Reject", f"reject {package.ref.arn}", (why,), "Reject", where)
