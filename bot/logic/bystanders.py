"""Good findings of rows that were never bad: hundreds in a run of a data-quality monitor, and they change nothing."""

from collections.abc import Iterable
from dataclasses import replace

from bot.model.incident import Entry
from bot.model.observation import Finding, Observation, Row, Verdict


def without_bystanders(log: Iterable[Entry], new: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """The new observations of a log, each with one of its bystanders at most: a log is read whole at every change.

    The one of most records stays, since it tells the sample size, and that the run looked at something.
    """
    if not any(len(one.findings) > 1 for one in new):
        return new
    entries = (*log, *new)
    concerned = {f.row for o in entries if isinstance(o, Observation) for f in o.findings if f.verdict is Verdict.BAD}
    return tuple(_without(one, concerned) for one in new)


def _without(observation: Observation, concerned: set[Row]) -> Observation:
    idle = {f.row for f in observation.findings if f.verdict is Verdict.GOOD} - concerned
    if len(idle) < 2:
        return observation
    witness = max((f for f in observation.findings if f.row in idle), key=_samples)
    kept = tuple(f for f in observation.findings if f.row not in idle or f is witness)
    return replace(observation, findings=kept)


def _samples(finding: Finding) -> int:
    return finding.reading.samples or 0
