"""The three files of a quality run: statistics, the constraints it was held against, violations."""

import json
from collections.abc import Callable

from sandbox.aws import AwsSandbox
from sandbox.world.addresses import Objects
from sandbox.world.job import Job, Run, Unusable, write
from sandbox.world.quality import Json


def judged(
    aws: AwsSandbox, run: Run, job: Job, statistics: Json, compare: Callable[[Json, Json], Json], unbounded: Json
) -> Json:
    """Compare with the definition's constraints, `unbounded` where it names none; writes all, returns the violations.

    Raises Unusable when the constraints cannot be read.
    """
    objects = Objects(aws, run.account_id)
    constraints = read(objects, job.constraints_uri) if job.constraints_uri else unbounded
    try:
        violations = compare(statistics, constraints)
    except (KeyError, TypeError, ValueError, AttributeError) as damage:
        raise Unusable(f"AlgorithmError: Error: constraints file cannot be read: {damage!r}") from damage
    files = {"statistics": statistics, "constraints": constraints, "constraint_violations": violations}
    for name, content in files.items():
        write(objects, f"{job.report_uri(run)}/{name}.json", json.dumps(content), run.ended_at)
    return violations


def read(objects: Objects, uri: str) -> Json:
    """A baseline file. Raises Unusable."""
    try:
        content: Json = json.loads(objects.get(uri))
    except (KeyError, ValueError) as damage:
        raise Unusable(f"ClientError: Data download failed: {uri} cannot be read") from damage
    return content
