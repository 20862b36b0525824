"""A data-quality run: answers and requests as captured, column by column, against the baseline."""

import json
from collections.abc import Sequence

from sandbox.aws import AwsSandbox
from sandbox.world import checks, emitted, features, merge, reports
from sandbox.world import job as jobs
from sandbox.world.addresses import Objects
from sandbox.world.job import NO_DATA, Job, Run, Unusable, Verdict
from sandbox.world.quality import Json
from sandbox.world.traffic import Customer

_FORMAT = {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}


def judge(aws: AwsSandbox, run: Run, job: Job) -> Verdict:
    """Compute and write the reports. Raises Unusable."""
    objects = Objects(aws, run.account_id)
    baseline = reports.read(objects, job.statistics_uri) if job.statistics_uri else None
    columns = features.table(_rows(aws, run, job), _names(baseline))
    limits = reports.constraints(objects, job, features.NO_CONSTRAINTS)
    drifts = reports.compared(lambda: checks.drifts(columns, limits, baseline))
    found = reports.compared(lambda: checks.violations(columns, limits, drifts))
    statistics = features.statistics(columns)
    reports.keep(aws, run, job, statistics=statistics, constraints=limits, constraint_violations=found)
    held = {"constraints": job.constraints_uri, "baseline": job.statistics_uri}
    inputs = {name: uri for name, uri in held.items() if uri}
    source = {"dataset_format": json.dumps(_FORMAT), "analysis_type": "DATA_QUALITY"}
    # The metrics are emitted by what the baseline's file says; without one nothing says so.
    emitting = checks.emitting(columns, limits) if job.constraints_uri else ()
    points = tuple(emitted.features(job.origin(run), statistics, emitting, drifts))
    return Verdict(len(found["violations"]), inputs, {**source, **jobs.variables(job)}, points=points)


def row(customer: Customer) -> list[str]:
    """The answer first, then the request, as the analyzer joins them (amazon-sagemaker-examples: Model Monitor)."""
    return [repr(customer.probability), *customer.features.split(",")]


def _names(baseline: Json | None) -> list[str]:
    """The columns' names, which only the baseline's header tells."""
    return [str(each["name"]) for each in (baseline or {}).get("features", [])]


def _rows(aws: AwsSandbox, run: Run, job: Job) -> Sequence[Sequence[str]]:
    """What was captured in the window, from the buckets while they have it. Raises Unusable when nothing was."""
    if run.rows is not None and job.start < run.kept_since:
        found = [row(customer) for customer in run.rows(job.start, job.end, labelled=False)]
    else:
        found = _captured(aws, run, job)
    if not found:
        raise Unusable(NO_DATA)
    return found


def _captured(aws: AwsSandbox, run: Run, job: Job) -> list[list[str]]:
    objects = Objects(aws, run.account_id)
    _, parts = jobs.captured_parts(aws, run, job)
    try:
        return [merge.columns(record) for record in merge.records(jobs.lines(objects, parts), "captured data")]
    except (ValueError, KeyError, TypeError) as damage:
        raise Unusable(f"AlgorithmError: Error: {damage}") from damage
