"""Model packages that wait: what SageMaker says of them, what is decided, and how far each is on its way."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

from bot.model.package import Approval, ModelPackage, PackageRef, PackageState, Ticket
from bot.model.reply import Reply
from bot.ports.ask import Found
from bot.ports.fleet import Sweep


class Packages(Protocol):
    """Model packages across accounts. Bound to an `Ask`; all stay within its deadline."""

    def waiting(self) -> Found[Sweep[PackageRef]]:
        """Those whose approval is pending and that are complete, newest first: one listing per account and Region."""
        ...

    def described(self, refs: Collection[PackageRef]) -> Found[ModelPackage]:
        """With who registered each, its quality report, and that of the newest approved version of its group.

        A report that is missing, too large or unreadable is said in its `Scores`, and hides nothing else.
        """
        ...

    def state(self, ref: PackageRef) -> PackageState:
        """What is decided of it now. Raises Missing where it was deleted, SourceError."""
        ...


class PackageOperations(Protocol):
    """What is decided of model packages, in the name of the person who asks."""

    def decide(self, ref: PackageRef, approval: Approval, text: str) -> PackageState | None:
        """Write a decision with its description, of at most 1,024 characters (API reference: ApprovalDescription).

        What SageMaker says of it is read right before: where it does not wait any more, nothing is written and its
        state is returned. Raises NotAllowed where the asker's role does not reach, Missing, SourceError.
        """
        ...


class Approvals(Protocol):
    """How far each package is on its way to a decision. Survives restarts."""

    def of(self, arns: Collection[str]) -> tuple[Ticket, ...]:
        """Of these, those that are known, decided ones too. Raises StoreDown."""
        ...

    def open(self) -> tuple[Ticket, ...]:
        """Those that wait, oldest package first. Raises StoreDown."""
        ...

    def change(
        self,
        arn: str,
        step: Callable[[Ticket | None], Ticket | None],
        draw: Callable[[Ticket], Reply],
        now: datetime,
    ) -> Ticket | None:
        """Run a pure step on what is kept, while nobody else changes it; returns what is kept then.

        What `step` returns is kept, and its card queued as `draw` draws it, in one transaction; None, or what it was
        given, changes nothing. What `step` raises passes through. Raises StoreDown or Unsaved.
        """
        ...
