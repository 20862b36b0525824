"""Model packages across accounts: what waits, what helps to decide, and the decision."""

import time
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Any

from bot.aws.actions import needs
from bot.aws.fanout import Fanout, Job, failures_of, gather, once
from bot.aws.hub import Errand, Hub, Target
from bot.aws.objects import Objects
from bot.aws.packages_read import ref_of, registrant_of, report_of, scores_of, state_of
from bot.errors import AccessDenied, NotAllowed, SourceError
from bot.logic.plain import plain
from bot.model.account import Account
from bot.model.package import Approval, ModelPackage, PackageRef, PackageState, Scores
from bot.ports.ask import Ask, Failure, Found
from bot.ports.fleet import Sweep

PAGE = 100
"""The most that ListModelPackages gives at once (API reference)."""
_NEWEST = {"SortBy": "CreationTime", "SortOrder": "Descending"}
Approved = tuple[PackageRef | None, Scores]
_Group = tuple[str, str, str]
"""Account, Region and name."""


class AwsPackages:
    """`bot.ports.packages.Packages` over SageMaker's model registry, bound to one ask."""

    def __init__(self, hub: Hub, fanout: Fanout, objects: Objects, ask: Ask) -> None:
        self._hub = hub
        self._fanout = fanout
        self._objects = objects
        self._ask = ask

    @needs("sagemaker:ListModelPackages")
    def waiting(self) -> Found[Sweep[PackageRef]]:
        """A listing of those that are pending."""
        began = time.monotonic()
        targets = [Target(account, region) for account, region in self._ask.scope.targets()]
        jobs = [Job(t.account, t.region, partial(self._listed, t)) for t in targets]
        answers = self._fanout.answers(self._ask, jobs)
        return gather(jobs, answers, began)

    @needs("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages", "s3:GetObject")
    def described(self, refs: Collection[PackageRef]) -> Found[ModelPackage]:
        """Each, and of each group its newest approved version, once."""
        began = time.monotonic()
        accounts = {account.id: account for account in self._ask.scope.accounts}
        near = [ref for ref in refs if ref.account_id in accounts]
        groups = {(ref.account_id, ref.region, ref.name): Target(accounts[ref.account_id], ref.region) for ref in near}
        asked = [Job(t.account, t.region, partial(self._approved, t, name)) for (*_, name), t in groups.items()]
        told = self._fanout.answers(self._ask, asked, share=0.5)
        approved: dict[_Group, Approved | SourceError] = dict(zip(groups, told, strict=True))
        jobs = [
            Job(accounts[ref.account_id], ref.region, partial(self._described, accounts[ref.account_id], ref, approved))
            for ref in near
        ]
        answers = self._fanout.answers(self._ask, jobs)
        found = gather(jobs, answers, began)
        lacks: Iterable[Failure] = failures_of(asked, told)
        return Found(found.items, once((*lacks, *found.failures)), found.asked, found.took_s)

    @needs("sagemaker:DescribeModelPackage")
    def state(self, ref: PackageRef) -> PackageState:
        """Raises Missing, SourceError."""
        account = next((a for a in self._ask.scope.accounts if a.id == ref.account_id), None)
        if account is None:
            raise AccessDenied(f"account {ref.account_id} is not among those that may be asked", "Ask an admin.")
        target = Target(account, ref.region)
        return self._fanout.one(self._ask, Job(account, ref.region, lambda: state_of(self._say(target, ref.arn))))

    def _listed(self, target: Target) -> Sweep[PackageRef]:
        wanted = {"ModelApprovalStatus": Approval.WAITING.value, "ModelPackageType": "Versioned", **_NEWEST}
        pages = self._hub.pages(self._ask, target, "sagemaker", "ListModelPackages", MaxResults=PAGE, **wanted)
        rows = (row for page in pages for row in page["ModelPackageSummaryList"])
        complete = (ref_of(row, target) for row in rows if row.get("ModelPackageStatus") == "Completed")
        return Sweep(target.account.id, target.region, tuple(filter(None, complete)))

    def _approved(self, target: Target, group: str) -> Approved:
        """The newest approved version of a group, with its report."""
        wanted = {"ModelPackageGroupName": group, "ModelApprovalStatus": Approval.APPROVED.value, **_NEWEST}
        said = self._hub.call(target, "sagemaker", "ListModelPackages", MaxResults=1, **wanted)
        found = next((ref_of(row, target) for row in said["ModelPackageSummaryList"]), None)
        if found is None:
            return None, Scores()
        return found, self._scores(target, self._say(target, found.arn))

    def _described(
        self,
        account: Account,
        ref: PackageRef,
        approved: Mapping[_Group, Approved | SourceError],
    ) -> ModelPackage:
        target = Target(account, ref.region)
        said = self._say(target, ref.arn)
        before = approved.get((ref.account_id, ref.region, ref.name), (None, Scores()))
        unread = before.cause if isinstance(before, SourceError) else ""
        against, scores = (None, Scores()) if isinstance(before, SourceError) else before
        registrant = registrant_of(said.get("CreatedBy"), said.get("MetadataProperties"))
        about = plain(said.get("ModelPackageDescription"), 300)
        return ModelPackage(ref, registrant, self._scores(target, said), against, scores, about, unread)

    def _scores(self, target: Target, said: dict[str, Any]) -> Scores:
        """Of its report; what is wrong with that is said and hides nothing else."""
        try:
            place = report_of(said)
            if place is None:
                return Scores(lacking="none were registered with it")
            return scores_of(self._objects.read(target, place))
        except SourceError as error:
            return Scores(lacking=error.cause)

    def _say(self, target: Target, arn: str) -> dict[str, Any]:
        return self._hub.call(target, "sagemaker", "DescribeModelPackage", ModelPackageName=arn)


class AwsPackageOperations:
    """`bot.ports.packages.PackageOperations` over SageMaker, bound to one ask."""

    def __init__(self, hub: Hub, fanout: Fanout, ask: Ask) -> None:
        self._hub = hub
        self._fanout = fanout
        self._ask = ask

    @needs("sagemaker:UpdateModelPackage", holder="operate")
    def decide(self, ref: PackageRef, approval: Approval, text: str) -> PackageState | None:
        """SageMaker takes a decision over another; the look right before it is what there is against that."""
        account = next((a for a in self._ask.scope.accounts if a.id == ref.account_id), None)
        if account is None:
            raise NotAllowed(f"Your role does not cover the account {ref.account_id}.", "Ask an admin.")
        target = Target(account, ref.region)
        errand = Errand("sagemaker", "UpdateModelPackage", (ref.arn,))

        def act() -> PackageState | None:
            state = self._now(target, ref)
            if state.approval is not Approval.WAITING:
                return state
            decided = {"ModelApprovalStatus": approval.value, "ApprovalDescription": text}
            self._hub.act(target, self._ask.person, errand, ModelPackageArn=ref.arn, **decided)
            return None

        return self._fanout.one(self._ask, Job(account, ref.region, act))

    @needs("sagemaker:DescribeModelPackage")
    def _now(self, target: Target, ref: PackageRef) -> PackageState:
        return state_of(self._hub.call(target, "sagemaker", "DescribeModelPackage", ModelPackageName=ref.arn))
