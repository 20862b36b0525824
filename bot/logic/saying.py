"""What an observation says, worked out once for everything that folds it."""

from dataclasses import dataclass

from bot.model.observation import UNREAD, Finding, Observation, Verdict

Findings = tuple[Finding, ...]


@dataclass(slots=True)
class Saying:
    """An observation, and its findings by verdict."""

    observation: Observation
    bad: Findings
    good: Findings
    blind: Findings
    gone: str | None
    """What the source says of its subject's deletion; None where it does not say that it is gone."""
    unjudged: bool
    """Whether it names something and calls nothing of it good or bad."""
    speaks_for_all: bool
    """Whether what is not among the findings is good: never of an unread, a blind or a deletion's observation."""

    @property
    def judges(self) -> bool:
        """Whether it says of anything that it is good or bad."""
        return bool(self.bad or self.good or (self.observation.complete and not self.observation.findings))


def saying(observation: Observation) -> Saying:
    """What it says."""
    findings = observation.findings
    bad = tuple([f for f in findings if f.verdict is Verdict.BAD])
    good = tuple([f for f in findings if f.verdict is Verdict.GOOD])
    unjudged = bool(findings) and not bad and not good
    return Saying(
        observation,
        bad,
        good,
        blind=tuple([f for f in findings if f.verdict is Verdict.BLIND]),
        gone=next((f.note for f in findings if f.verdict is Verdict.GONE), None),
        unjudged=unjudged,
        speaks_for_all=observation.complete and not unjudged and not any(f.row == UNREAD for f in bad),
    )
