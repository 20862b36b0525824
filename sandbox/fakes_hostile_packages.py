"""Model packages of which every word was chosen by somebody who means harm."""

from collections.abc import Collection

from bot.model.account import Account
from bot.model.package import (
    Approval,
    Decision,
    ModelPackage,
    PackageRef,
    PackageState,
    Registrant,
    Score,
    Scores,
    Ticket,
    Vote,
)
from bot.ports import Failure, Found, Sweep
from sandbox.fakes import at
from sandbox.fakes_hostile import Words


def registrant(words: Words) -> Registrant:
    """Somebody, by some of the names."""
    names = [words() if words.any.random() < 0.5 else "" for _ in range(7)]
    return Registrant(*names)


def package(words: Words, account: Account, number: int) -> ModelPackage:
    """One that waits, with and without numbers and a version before it."""
    region, pick = account.regions[0], words.any.choice
    place = f"{region}:{account.id}"[:1_400]  # an ARN has at most 2,048 characters (SageMaker API Reference)
    arn = f"arn:aws:sagemaker:{place}:model-package/x/{number}"
    ref = PackageRef(arn, account.id, region, words() or "x", number, at(9))
    scores = Scores(tuple(Score(words(), pick((0.5, -1e300, 7.0))) for _ in range(pick((0, 3, 12)))), words())
    against = pick((None, PackageRef(f"{arn}0", account.id, region, words() or "x", number + 1, at(1))))
    before = Scores(scores.items[:2], words()) if against else Scores()
    return ModelPackage(ref, registrant(words), scores, against, before, words(), words())


def ticket(words: Words, account: Account) -> Ticket:
    """Anywhere on its way."""
    vote = Vote(words.person(), words(), at(10), words())
    decisions = (
        None,
        Decision(None, at(11)),
        Decision(words.any.choice((Approval.APPROVED, Approval.REJECTED)), at(11), vote),
        Decision(Approval.REJECTED, at(11), elsewhere=words(), text=words()),
    )
    first = words.any.choice((None, Vote(words.person(), words(), at(10), words())))
    return Ticket(package(words, account, 1), words(), 1, first, None, words.any.choice(decisions))


class HostilePackages:
    """`Packages` and `PackageOperations`: what is asked is there, what is decided is written or was decided before."""

    def __init__(self, words: Words, accounts: Collection[Account], failures: tuple[Failure, ...]) -> None:
        self._words = words
        self._failures = failures
        self._packages = [package(words, account, n) for account in accounts for n in range(words.any.randint(1, 3))]

    def arn(self) -> str:
        """One of them, or of none."""
        return self._words.any.choice([p.ref.arn for p in self._packages] or ["arn:x"])

    def waiting(self) -> Found[Sweep[PackageRef]]:
        """All of them."""
        sweeps = (Sweep(p.ref.account_id, p.ref.region, (p.ref,)) for p in self._packages)
        return Found(tuple(sweeps), self._failures, 3, 0.1)

    def described(self, refs: Collection[PackageRef]) -> Found[ModelPackage]:
        """Those."""
        wanted = {ref.arn for ref in refs}
        return Found(tuple(p for p in self._packages if p.ref.arn in wanted), self._failures, 3, 0.1)

    def state(self, ref: PackageRef) -> PackageState:
        """Decided by somebody."""
        del ref
        return PackageState(Approval.REJECTED, registrant(self._words), at(11), self._words())

    def decide(self, ref: PackageRef, approval: Approval, text: str) -> PackageState | None:
        """Written, or too late."""
        del approval, text
        return self._words.any.choice((None, self.state(ref)))
