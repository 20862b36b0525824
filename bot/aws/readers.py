"""How the reports of each type are read: which files hold the numbers and the limits, and what both say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.aws.findings import Document, Listed
from bot.aws.findings_bias import bias
from bot.aws.findings_data import data_quality
from bot.aws.findings_explainability import explainability
from bot.aws.findings_model import model_quality
from bot.aws.jobs import JobFacts, Location
from bot.model.observation import Finding
from bot.model.place import Family

Findings = Callable[[tuple[Listed, ...], Document | None, Document | None], tuple[Finding, ...]]
Places = Callable[[JobFacts], tuple[Location | None, ...]]


@dataclass(frozen=True, slots=True)
class Reader:
    """One type's way."""

    file: str
    """What the run measured, beside its list of violations."""
    limits: Places
    """Where what it was held to may lie, best first."""
    read: Findings
    """From the violations, what was measured and the limits; a file that could not be read is None."""


def _used(job: JobFacts) -> tuple[Location | None, ...]:
    """Beside the report, where model quality writes the constraints that it used; else the baseline's."""
    return job.file("constraints.json"), job.constraints


def _given(job: JobFacts) -> tuple[Location | None, ...]:
    """The baseline's. Those that data quality writes describe the run's own data and only stand in where there is none.

    AWS docs, "Container contract outputs": "constraints on the features observed".
    """
    return (job.constraints or job.file("constraints.json"),)


def _baseline(job: JobFacts) -> tuple[Location | None, ...]:
    """The baseline's analysis; the one beside the report is the run's own."""
    return (job.constraints,)


READERS: Mapping[Family, Reader] = {
    Family.MODEL_QUALITY: Reader("statistics.json", _used, model_quality),
    Family.DATA_QUALITY: Reader("statistics.json", _given, data_quality),
    Family.BIAS: Reader("analysis.json", _baseline, bias),
    Family.EXPLAINABILITY: Reader("analysis.json", _baseline, explainability),
}
