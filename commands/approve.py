"""`/ml approve`: the model packages that wait for somebody's word, and saying yes to one."""

from bot.approvals import Office
from bot.kit import Reason, command
from bot.model.package import Approval
from bot.model.reply import Reply
from bot.ports import Approvals, Ask, Inventory, PackageOperations, Packages, People, Routes
from commands._operate import Confirmed
from commands._packages import Version, meant, question, ruled, waiting


@command("approve", role="operator", example="approve bank-marketing 3 reviewed with risk")
def approve(
    packages: Packages,
    operations: PackageOperations,
    approvals: Approvals,
    people: People,
    inventory: Inventory,
    routes: Routes,
    ask: Ask,
    *,
    name: str | None = None,
    version: Version | None = None,
    reason: Reason = "",
    confirm: Confirmed = False,
) -> Reply:
    """Approve a model package; alone, list those that wait.

    With a group and its version it shows that one's metrics against the approved version and asks first, unless
    `confirm=yes` is said. Not for whoever registered it; where that was a pipeline or cannot be told, a second
    operator has to confirm.
    """
    if name is None:
        return waiting(packages, approvals, ask)
    package = meant(name, version, packages, approvals, ask)
    if not confirm:
        return question(package, reason, ask)
    office = Office(approvals, packages, operations, people, inventory, routes)
    return ruled(office, package, Approval.APPROVED, reason, ask)
