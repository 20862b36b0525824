"""AWS as `doctor` looks at it: every right is tried on what is there, none is guessed from a policy."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.aws.actions import declared, needs
from bot.aws.directory import AwsDirectory
from bot.aws.errors import where
from bot.aws.fanout import Fanout, Job
from bot.aws.hub import Hub, Target
from bot.aws.identity import UNKNOWN_SELF
from bot.aws.intake_health import IntakeHealth
from bot.aws.settings import AwsSettings
from bot.aws.sinks import Attached, Sink, Sinks
from bot.aws.trail_ground import Trails
from bot.aws.trail_health import TrailHealth
from bot.aws.visit import Visit, Visitor
from bot.errors import AccessDenied, Missing, SourceError, Throttled
from bot.logic.check_clock import header_checks
from bot.logic.check_fleet import LINKS, TELEMETRY, label_checks, left_checks, sink_checks, telemetry_check
from bot.logic.words import plural
from bot.model.account import Account
from bot.model.checkup import Check, LinkFacts
from bot.ports.ask import Ask

RIGHTS = "AWS rights"
SHARE = 0.4
"""Of the time left that one step may wait for a silent account: others come after it."""


class AwsHealth:
    """`bot.ports.health.FleetHealth`, bound to one ask."""

    def __init__(
        self,
        hub: Hub,
        fanout: Fanout,
        settings: AwsSettings,
        wall: Callable[[], datetime],
        ask: Ask,
        trails: Trails | None = None,
    ) -> None:
        self._hub = hub
        self._fanout = fanout
        self._sinks = Sinks(hub)
        self._visitor = Visitor(hub, settings.report_cap_bytes)
        self._intake = IntakeHealth(hub, fanout, settings)
        self._trail = TrailHealth(trails)
        self._named = settings.accounts
        self._operators = settings.operators
        self._wall = wall
        self._ask = ask

    def checks(self, remembered: Iterable[Account]) -> tuple[Check, ...]:
        """The bot itself first: without it nothing else can be asked."""
        try:
            own, date, here_at = self._fanout.one(self._ask, Job(UNKNOWN_SELF, self._hub.regions[0], self._own))
        except SourceError as error:
            rest = "not looked at: the bot cannot speak to AWS"
            others = (Check(area, "all", "unknown", rest, "See the line on AWS rights.") for area in (LINKS, TELEMETRY))
            return (_trouble(RIGHTS, "the bot itself", error), *others)
        return (*header_checks("AWS", date, here_at), *self._fleet(own, remembered))

    @needs("sts:GetCallerIdentity", holder="bot")
    def _own(self) -> tuple[Account, str, datetime]:
        """Who the bot is, what AWS's clock says, and this machine's in the middle of the question."""
        own = self._hub.own_account()
        before = self._wall()
        said = self._hub.call(Target(own, self._hub.regions[0]), "sts", "GetCallerIdentity")
        middle = before + (self._wall() - before) / 2
        return own, str(said["ResponseMetadata"]["HTTPHeaders"].get("date", "")), middle

    def _fleet(self, own: Account, remembered: Iterable[Account]) -> Iterator[Check]:
        sinks, unlisted = self._listed(own)
        yield from unlisted
        yield from (_unseen(check.subject, LINKS) for check in unlisted)
        by_region = {s.region: None if s.links is None else len(s.links) for s in sinks}
        yield from sink_checks(by_region, named=bool(self._named))
        attached = [link for sink in sinks for link in sink.links or ()]
        yield from self._accounts(own, attached, remembered, whole=not unlisted)
        reached, refused = self._reached()
        yield from refused
        yield from self._rights(reached)
        yield from self._operable([account for account in reached if account.id != own.id])
        if not unlisted:
            others = {account.id for account in reached} - {own.id}
            yield _own_rights(own, assumed=bool(others), sink=any(s.links is not None for s in sinks))
        yield from self._telemetry(attached, {account.id for account in reached})
        yield from self._intake.checks(self._ask)
        yield from self._trail.checks(self._ask)

    def _listed(self, own: Account) -> tuple[list[Sink], list[Check]]:
        """The sinks, and the Regions in which they cannot be listed."""
        jobs = [Job(own, r, partial(self._sinks.sink, self._ask, Target(own, r))) for r in self._hub.regions]
        answers = self._fanout.answers(self._ask, jobs, share=SHARE)
        found = [answer for answer in answers if isinstance(answer, Sink)]
        pairs = zip(jobs, answers, strict=True)
        return found, [_trouble(LINKS, job.region, a) for job, a in pairs if isinstance(a, SourceError)]

    def _accounts(
        self, own: Account, attached: Sequence[Attached], remembered: Iterable[Account], *, whole: bool
    ) -> Iterator[Check]:
        """Labels and who left; of others only what the asker's scope covers, and only when all Regions answered."""
        fleet = {a.id: a for a in (*self._named, *(link.account for link in attached), own)}
        scope = {a.id for a in self._ask.scope.accounts}
        yield from label_checks(a for a in fleet.values() if a.id in scope)
        if whole and fleet.keys() <= scope:
            yield from left_checks(remembered, fleet.values())

    def _reached(self) -> tuple[list[Account], list[Check]]:
        """Whose read role can be assumed."""
        ask = replace(self._ask, deadline=time.monotonic() + self._ask.left_s() * SHARE)
        found = AwsDirectory(self._hub, self._fanout, self._named, ask).reachable()
        return list(found.items), [_trouble(RIGHTS, where(f.account), f.error) for f in found.failures]

    def _rights(self, reached: Sequence[Account]) -> Iterator[Check]:
        ids = {a.id for a in reached}
        targets = [Target(a, region) for a, region in self._ask.scope.targets() if a.id in ids]
        jobs = [Job(t.account, t.region, partial(self._visitor.visit, self._ask, t)) for t in targets]
        answers = self._fanout.answers(self._ask, jobs, share=SHARE)
        for job, answer in zip(jobs, answers, strict=True):
            if isinstance(answer, SourceError):
                yield _trouble(RIGHTS, _place(job), answer)
            else:
                yield from _visited(_place(job), answer)

    @needs("sts:AssumeRole", holder="bot")
    def _operable(self, reached: Sequence[Account]) -> Iterator[Check]:
        """Whether the operate role can be assumed where somebody may change something.

        Not in the bot's own account: nothing need be served there, and where something is, an act says it itself.
        """
        if self._operators is None:
            return
        ids = {a.id for a in reached if not self._operators or a.id in self._operators}
        targets = {a.id: Target(a, region) for a, region in self._ask.scope.targets() if a.id in ids}.values()
        jobs = [Job(t.account, t.region, partial(self._hub.become, t, self._ask.person)) for t in targets]
        answers = self._fanout.answers(self._ask, jobs, share=SHARE)
        for job, answer in zip(jobs, answers, strict=True):
            if isinstance(answer, SourceError):
                yield _trouble(RIGHTS, where(job.account), answer)
            else:
                yield Check(RIGHTS, where(job.account), "good", "the role for operators can be assumed")

    def _telemetry(self, attached: Sequence[Attached], reached: Collection[str]) -> Iterator[Check]:
        """What each link of the scope lets through; one that was deleted since it was listed is no trouble."""
        scope = {account.id for account in self._ask.scope.accounts}
        mine = [link for link in attached if link.account.id in scope]
        yield from (_unseen(_place(link), RIGHTS) for link in mine if link.account.id not in reached)
        asked = [link for link in mine if link.account.id in reached]
        jobs = [Job(link.account, link.region, partial(self._sinks.described, link)) for link in asked]
        answers = self._fanout.answers(self._ask, jobs)
        for link, answer in zip(asked, answers, strict=True):
            if isinstance(answer, LinkFacts):
                yield telemetry_check(answer)
            elif not isinstance(answer, Missing):
                yield replace(_trouble(TELEMETRY, _place(link), answer), status="warn")


def _place(of: Attached | Job[Visit]) -> str:
    return f"{where(of.account)} in {of.region}"


def _unseen(subject: str, area: str) -> Check:
    """Links that nothing can be told of, because of what stands in another area."""
    return Check(TELEMETRY, subject, "unknown", "not looked at", f"See the lines on {area}.")


def _own_rights(own: Account, *, assumed: bool, sink: bool) -> Check:
    """Of the bot's own role, which listed the sinks: links where there was a sink, roles where one was assumed."""
    untried = {
        action for action, seen in {"sts:AssumeRole": assumed, "oam:ListAttachedLinks": sink}.items() if not seen
    }
    queue = {action for action in declared("bot") if action.startswith("sqs:")}  # told in a line of its own
    tried = plural(len(declared("bot") - untried - queue), "action")
    if not untried:
        return Check(RIGHTS, where(own), "good", f"the bot's own role has the rights that it needs ({tried} tried)")
    said = f"the bot's own role has the rights that were tried ({tried}); untried: {' and '.join(sorted(untried))}"
    return Check(
        RIGHTS, where(own), "unknown", said, "Ask again once an account is linked and its role can be assumed."
    )


def _visited(subject: str, visit: Visit) -> Iterator[Check]:
    """What lacks, each once; else what worked, and what there was nothing to try on."""
    if visit.refused:
        yield from {e.cause: _trouble(RIGHTS, subject, e) for e in visit.refused}.values()
        return
    if not visit.untried:
        yield Check(RIGHTS, subject, "good", "the bot can read all that it needs, tried on the newest finished run")
        return
    said = f"its runs can be listed; {plural(len(visit.untried), 'more right')} to be tried on a finished run"
    yield Check(RIGHTS, subject, "unknown", said, "Ask again once a monitor has finished a run there.")


def _trouble(area: str, subject: str, error: SourceError) -> Check:
    """AWS's throttling passes; everything else keeps answers away."""
    passes = isinstance(error, Throttled)
    printed = (
        " `python -m bot iam` prints the policies." if isinstance(error, AccessDenied) and not error.retryable else ""
    )
    return Check(area, subject, "warn" if passes else "bad", error.cause, f"{error.next_step}{printed}".strip())
