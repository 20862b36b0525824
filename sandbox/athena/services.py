"""The two services, put together on the sandbox's ground."""

from sandbox.athena.catalog import Catalogs
from sandbox.athena.executions import SLOTS, Executions
from sandbox.athena.glue import Glue
from sandbox.athena.metadata import Metadata
from sandbox.athena.queries import Queries
from sandbox.athena.running import Runner
from sandbox.athena.workgroups import WorkGroups
from sandbox.aws.ground import Ground


def services(ground: Ground, slots: int = SLOTS) -> tuple[object, ...]:
    """What declares the operations of Glue and Athena; `slots` are an account's queries at a time."""
    catalogs, executions = Catalogs(ground.now), Executions(slots)
    groups, runner = WorkGroups(ground.authoriser, ground.now), Runner(ground, catalogs)

    def close() -> None:
        executions.close()
        runner.close()

    ground.at_stop(close)
    queries = Queries(ground, groups, executions, runner)
    return Glue(catalogs, ground.authoriser), Metadata(catalogs, ground.authoriser), groups, queries
