"""A model registry in memory, the ports on it, and `Approvals` with the real store's semantics."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock

from bot.errors import AccessDenied, Missing, NotAllowed, SourceError, TimedOut
from bot.model.package import (
    Approval,
    ModelPackage,
    PackageRef,
    PackageState,
    Registrant,
    Score,
    Scores,
    Ticket,
)
from bot.model.reply import Reply
from bot.ports import Ask, Failure, Found, Sweep
from sandbox.fakes import at
from sandbox.fakes_notices import FakeNotices

ACCOUNT, REGION = "222222222222", "us-west-2"
DIEGO = Registrant(source_identity="diego.ramirez@example.com", session="diego", role="ml-scientist")
PIPELINE = Registrant(role="ml-pipeline", pipeline=f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/train/execution/a1")


def ref(version: int = 3, name: str = "bank-marketing", account: str = ACCOUNT, hour: float = 9) -> PackageRef:
    """A version of a group, registered that hour."""
    arn = f"arn:aws:sagemaker:{REGION}:{account}:model-package/{name}/{version}"
    return PackageRef(arn, account, REGION, name, version, at(hour))


def package(registrant: Registrant = DIEGO, of: PackageRef | None = None) -> ModelPackage:
    """With its accuracy, better than the approved version's, and a metric that this had not."""
    found = of or ref()
    scores = Scores((Score("accuracy", 0.912), Score("auc", 0.95)))
    return ModelPackage(found, registrant, scores, ref(2, found.name, hour=1), Scores((Score("accuracy", 0.905),)))


@dataclass
class ModelRegistry:
    """What the accounts have; `failures` are those that do not answer."""

    packages: dict[str, ModelPackage] = field(default_factory=dict)
    states: dict[str, PackageState] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    refuses: SourceError | None = None
    """What the next write comes to."""
    loses: bool = False
    """The answer to the next write does not come, though it is done."""
    closed: Collection[str] = ()
    """Accounts that list packages and describe none."""
    written: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(ARN, approval, text, by whom)."""
    reads: int = 0
    between: Callable[[], None] = lambda: None
    """What happens elsewhere right before a write looks."""

    def register(self, *packages: ModelPackage) -> None:
        """They wait."""
        for one in packages:
            self.packages[one.ref.arn] = one
            self.states[one.ref.arn] = PackageState(Approval.WAITING)

    def decide(self, arn: str, approval: Approval, by: str = "erin", text: str = "") -> None:
        """Somebody does in AWS's console."""
        self.states[arn] = PackageState(approval, Registrant(session=by), at(11), text)

    def delete(self, arn: str) -> None:
        """It is gone."""
        del self.packages[arn], self.states[arn]


class FakePackages:
    """`Packages` and `PackageOperations` over a registry, for one ask."""

    def __init__(self, registry: ModelRegistry, ask: Ask) -> None:
        self._registry = registry
        self._ask = ask

    def waiting(self) -> Found[Sweep[PackageRef]]:
        """By account and Region; those that do not answer are failures."""
        silent = {(f.account.id, f.region) for f in self._registry.failures}
        targets = [(a.id, region) for a, region in self._ask.scope.targets()]
        refs = [r for r in self._refs() if self._registry.states[r.arn].approval is Approval.WAITING]
        sweeps = tuple(
            Sweep(*target, tuple(r for r in refs if (r.account_id, r.region) == target))
            for target in targets
            if target not in silent
        )
        return Found(sweeps, self._registry.failures, len(targets))

    def described(self, refs: Collection[PackageRef]) -> Found[ModelPackage]:
        """As they were registered."""
        self._registry.reads += len(refs)
        closed = [a for a in self._ask.scope.accounts if a.id in self._registry.closed]
        denied = AccessDenied("role x lacks sagemaker:DescribeModelPackage")
        mine = (r for r in refs if r.account_id not in self._registry.closed)
        return Found(
            tuple(self._registry.packages[r.arn] for r in mine), tuple(Failure(a, REGION, denied) for a in closed)
        )

    def state(self, ref: PackageRef) -> PackageState:
        """Raises Missing."""
        self._registry.reads += 1
        if ref.arn not in self._registry.states:
            raise Missing("what sagemaker:DescribeModelPackage asked for is not there")
        return self._registry.states[ref.arn]

    def decide(self, ref: PackageRef, approval: Approval, text: str) -> PackageState | None:
        """As SageMaker: whoever comes last wins, so it is looked at before."""
        if ref.account_id not in {account.id for account in self._ask.scope.accounts}:
            raise NotAllowed(f"Your role does not cover the account {ref.account_id}.")
        self._registry.between()
        if (state := self.state(ref)).approval is not Approval.WAITING:
            return state
        if self._registry.refuses is not None:
            raise self._registry.refuses
        by = self._ask.person.id
        self._registry.states[ref.arn] = PackageState(approval, Registrant(source_identity=by), self._ask.now, text)
        self._registry.written.append((ref.arn, approval.value, text, by))
        if self._registry.loses:
            raise TimedOut("the account did not answer")
        return None

    def _refs(self) -> list[PackageRef]:
        return [one.ref for one in self._registry.packages.values()]


class FakeApprovals:
    """`Approvals` in memory; cards go to `notices`."""

    def __init__(self, notices: FakeNotices | None = None) -> None:
        self.notices = notices or FakeNotices()
        self._kept: dict[str, Ticket] = {}
        self._lock = RLock()

    def of(self, arns: Collection[str]) -> tuple[Ticket, ...]:
        """Those that are known."""
        with self._lock:
            return tuple(self._kept[arn] for arn in arns if arn in self._kept)

    def open(self) -> tuple[Ticket, ...]:
        """Those that wait."""
        with self._lock:
            found = [ticket for ticket in self._kept.values() if ticket.waits]
        return tuple(sorted(found, key=lambda ticket: (ticket.ref.created_at, ticket.ref.arn)))

    def change(
        self,
        arn: str,
        step: Callable[[Ticket | None], Ticket | None],
        draw: Callable[[Ticket], Reply],
        now: datetime,
    ) -> Ticket | None:
        """One after the other."""
        with self._lock:
            before = self._kept.get(arn)
            after = step(before)
            if after is None or after == before:
                return before
            self._kept[arn] = replace(after)
            self.notices.show(after.key, after.channel, draw(after), now)
            return after

    def card(self, ticket: Ticket) -> Reply:
        """As it is queued now."""
        return self.notices.said[ticket.key][1]
