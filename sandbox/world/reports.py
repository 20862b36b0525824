"""The three files of a quality run: statistics, the constraints it was held against, violations."""

import json
from collections.abc import Callable
from typing import TypeVar

from sandbox.aws import AwsSandbox
from sandbox.world.addresses import Objects
from sandbox.world.job import Job, Run, Unusable, write
from sandbox.world.quality import Json

Found = TypeVar("Found")


def constraints(objects: Objects, job: Job, unbounded: Json) -> Json:
    """What the run is held against; `unbounded` where the definition names none. Raises Unusable."""
    return read(objects, job.constraints_uri) if job.constraints_uri else unbounded


def compared(compare: Callable[[], Found]) -> Found:
    """What comes of comparing with constraints. Raises Unusable when these are not of the known shape."""
    try:
        return compare()
    except (KeyError, TypeError, ValueError, AttributeError) as damage:
        raise Unusable(f"AlgorithmError: Error: constraints file cannot be read: {damage!r}") from damage


def keep(aws: AwsSandbox, run: Run, job: Job, **files: Json) -> None:
    """Write the run's reports, each by its name without `.json`. Raises Unusable when the bucket is not there."""
    objects = Objects(aws, run.account_id)
    for name, content in files.items():
        write(objects, f"{job.report_uri(run)}/{name}.json", json.dumps(content), run.ended_at)


def read(objects: Objects, uri: str) -> Json:
    """A baseline file. Raises Unusable."""
    try:
        content: Json = json.loads(objects.get(uri))
    except (KeyError, ValueError) as damage:
        raise Unusable(f"ClientError: Data download failed: {uri} cannot be read") from damage
    return content
