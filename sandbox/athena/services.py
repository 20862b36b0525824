"""The two services, put together on the sandbox's ground."""

from sandbox.athena.catalog import Catalogs
from sandbox.athena.glue import Glue
from sandbox.aws.ground import Ground


def services(ground: Ground) -> tuple[object, ...]:
    """What declares the operations of Glue and Athena."""
    catalogs = Catalogs(ground.now)
    return (Glue(catalogs, ground.authoriser),)
