"""A model-quality run: ground truth is merged with what was captured, then the metrics are judged."""

import json
from typing import Final

from sandbox.aws import AwsSandbox
from sandbox.world import emitted, merge, quality, reports, traffic
from sandbox.world import job as jobs
from sandbox.world.addresses import Objects, hour_path
from sandbox.world.job import NO_DATA, Job, Run, Unusable, Verdict
from sandbox.world.quality import Pair

MEMORY: Final = (
    "ClientError: Please use an instance type with more memory, "
    "or reduce the size of job data processed on an instance."
)
"""Of a job that ran out of memory."""


def judge(aws: AwsSandbox, run: Run, job: Job) -> Verdict:
    """Compute and write the reports. Raises Unusable."""
    problem = run.schedule.definition["ModelQualityAppSpecification"].get("ProblemType", "BinaryClassification")
    if problem != "BinaryClassification" or not job.endpoint:
        raise Unusable(f"the sandbox computes BinaryClassification of endpoints only, not {problem}")
    variant, pairs = _pairs(aws, run, job)
    merge_uri = _merge_uri(job, variant)
    if run.fails:
        raise Unusable(MEMORY, merge_uri)
    statistics = quality.statistics(pairs, job.threshold, job.start, job.end, run.ended_at)
    limits = reports.constraints(Objects(aws, run.account_id), job, quality.NO_CONSTRAINTS)
    found = reports.compared(lambda: quality.compare(statistics, limits))
    reports.keep(aws, run, job, statistics=statistics, constraints=limits, constraint_violations=found)
    constraints = {"constraints": job.constraints_uri} if job.constraints_uri else {}
    own = {
        "analysis_type": "MODEL_QUALITY",
        "probability_attribute": job.attributes.probability,
        "probability_threshold_attribute": f"{job.threshold:g}",
    }
    return Verdict(
        len(found["violations"]),
        {"endpoint_input_1": merge_uri, **constraints},
        {**own, **jobs.variables(job)},
        merge_uri,
        tuple(emitted.quality(job.origin(run), statistics)),
    )


def _pairs(aws: AwsSandbox, run: Run, job: Job) -> tuple[str, list[Pair]]:
    """(variant, pairs), from the buckets while they have the window. Raises Unusable when there is none."""
    if run.rows is None or job.start >= run.kept_since:
        return _merge(aws, run, job)
    customers = run.rows(job.start, job.end, labelled=True)
    if not customers:
        raise Unusable(NO_DATA)
    return "AllTraffic", traffic.pairs(customers)


def _merge(aws: AwsSandbox, run: Run, job: Job) -> tuple[str, list[Pair]]:
    """Join captures and labels of the window, write the merge's output. Returns (variant, pairs)."""
    objects = Objects(aws, run.account_id)
    variant, parts = jobs.captured_parts(aws, run, job)
    labels = [uri for hour in job.hours() for uri in jobs.json_lines(objects, f"{job.truths_uri}/{hour_path(hour)}/")]
    if not labels:
        raise Unusable(NO_DATA)
    try:
        records = merge.merged(jobs.lines(objects, parts), jobs.lines(objects, labels))
        pairs = merge.pairs(records, job.attributes)
    except ValueError as damage:
        raise Unusable(f"AlgorithmError: Error: {damage}") from damage
    if not records:
        raise Unusable(NO_DATA)
    body = "".join(f"{json.dumps(record, separators=(',', ':'))}\n" for record in records)
    part = f"{_merge_uri(job, variant)}/part-00000-{run.scheduled_at:%Y%m%d%H%M}.jsonl"
    jobs.write(objects, part, body, run.ended_at)
    return variant, pairs


def _merge_uri(job: Job, variant: str) -> str:
    """Where the merge's output lies: by endpoint, variant and the window's first hour."""
    return f"{job.output_uri}/merge/{job.endpoint}/{variant}/{hour_path(job.start)}"
