"""Glue's tables as the asker of a query may see them."""

from sandbox.athena.catalog import Catalogs
from sandbox.athena.catalog import Partition as Registered
from sandbox.athena.definitions import Definition, definition
from sandbox.athena.failures import QueryFailed
from sandbox.athena.rights import Rights
from sandbox.aws.errors import AwsError

_DENIED = 1500


class Tables:
    """The caller's catalog."""

    def __init__(self, catalogs: Catalogs, rights: Rights) -> None:
        self._catalog = catalogs.of(rights.request.account, rights.request.region)
        self._rights = rights

    def find(self, database: str, name: str) -> Definition:
        """Raises QueryFailed where there is no such table, or the caller may not read its definition."""
        self._may("GetTable", database, name)
        try:
            self._catalog.database(database)
        except AwsError:
            raise QueryFailed("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist") from None
        try:
            return definition(self._catalog.table(database, name))
        except AwsError:
            words = f"Table 'awsdatacatalog.{database}.{name}' does not exist"
            raise QueryFailed("TABLE_NOT_FOUND", words) from None

    def registered(self, table: Definition) -> list[Registered]:
        """The partitions that were registered; with projection nobody looks there."""
        if not table.keys or table.parameters.get("projection.enabled", "").strip().lower() == "true":
            return []
        self._may("GetPartitions", table.database, table.name)
        return self._catalog.partitions(table.database, table.name)

    def _may(self, action: str, database: str, table: str) -> None:
        try:
            self._rights.glue(action, database, table)
        except AwsError as error:
            words = f"{error.message} (Service: AmazonDataCatalog; Status Code: 400; Error Code: AccessDeniedException)"
            raise QueryFailed("", words, _DENIED) from None
