"""Bias and explainability runs: SageMaker Clarify's analysis of a window, against the baseline's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sandbox.aws import AwsSandbox
from sandbox.world import attribution, bias, emitted, reports
from sandbox.world import job as jobs
from sandbox.world.addresses import Objects
from sandbox.world.emitted import Origin, Point
from sandbox.world.job import NO_DATA, Job, Run, Unusable, Verdict
from sandbox.world.quality import Json
from sandbox.world.traffic import Customer


@dataclass(frozen=True, slots=True)
class _Analysis:
    """What one of the two types computes; `labelled`: it needs ground truth."""

    analyse: Callable[[list[Customer]], Json]
    violations: Callable[[Json, Json], Json | None]
    labelled: bool
    points: Callable[[Origin, Json], Iterator[Point]]


_ANALYSES: Final = {
    "ModelBias": _Analysis(bias.analysis, bias.violations, True, emitted.bias),
    "ModelExplainability": _Analysis(attribution.analysis, attribution.violations, False, emitted.attributions),
}


def judge(aws: AwsSandbox, run: Run, job: Job) -> Verdict:
    """Compute analysis.json, and constraint_violations.json only where there are any. Raises Unusable."""
    analysis, objects = _ANALYSES[job.kind], Objects(aws, run.account_id)
    if run.rows is None:
        raise Unusable(f"the sandbox computes {job.kind} of its own bank-marketing only")
    customers = run.rows(job.start, job.end, labelled=analysis.labelled)
    if not customers:
        raise Unusable(NO_DATA)
    found, broken = analysis.analyse(customers), None
    if job.constraints_uri:
        limits = reports.read(objects, job.constraints_uri)
        broken = reports.compared(lambda: analysis.violations(found, limits))
    reports.keep(aws, run, job, analysis=found, **({"constraint_violations": broken} if broken else {}))
    inputs = {"analysis_config": run.schedule.definition[f"{job.kind}AppSpecification"]["ConfigUri"]}
    held = {"constraints": job.constraints_uri} if job.constraints_uri else {}
    points = tuple(analysis.points(job.origin(run), found))
    count = len(broken["violations"]) if broken else 0
    return Verdict(count, {**inputs, **held}, jobs.variables(job), points=points)
