"""Glue's tables as the asker of a query may see them."""

from sandbox.athena.catalog import Catalogs, TableRecord
from sandbox.athena.catalog import Partition as Registered
from sandbox.athena.definitions import Definition, definition
from sandbox.athena.failures import QueryFailed
from sandbox.athena.rights import Rights
from sandbox.athena.storage import split
from sandbox.aws.errors import AwsError

_DENIED, _DENIED_S3, _TASK_FAILED = 1500, 1501, 1003


class Tables:
    """The caller's catalog."""

    def __init__(self, catalogs: Catalogs, rights: Rights) -> None:
        self.catalog = catalogs.of(rights.request.account, rights.request.region)
        self._rights = rights

    def find(self, database: str, name: str) -> Definition:
        """Raises QueryFailed where there is no such table, or the caller may not read its definition."""
        self.may("GetTable", database, name)
        try:
            self.catalog.database(database)
        except AwsError:
            raise QueryFailed("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist") from None
        try:
            return definition(self.catalog.table(database, name))
        except AwsError:
            words = f"Table 'awsdatacatalog.{database}.{name}' does not exist"
            raise QueryFailed("TABLE_NOT_FOUND", words) from None

    def registered(self, table: Definition) -> list[Registered]:
        """The partitions that were registered; with projection nobody looks there."""
        if not table.keys or table.parameters.get("projection.enabled", "").strip().lower() == "true":
            return []
        self.may("GetPartitions", table.database, table.name)
        return self.catalog.partitions(table.database, table.name)

    def held(self, database: str) -> list[TableRecord]:
        """A database's tables. Raises QueryFailed, in Hive's words, where there is none."""
        try:
            return self.catalog.tables(database)
        except AwsError:
            words = f"FAILED: SemanticException [Error 10072]: Database does not exist: {database}"
            raise QueryFailed("", words, _TASK_FAILED) from None

    def record(self, database: str, name: str) -> TableRecord:
        """A table as Glue keeps it. Raises QueryFailed, in Hive's words, where there is none."""
        try:
            return self.catalog.table(database, name)
        except AwsError:
            words = f"FAILED: SemanticException [Error 10001]: Table not found {database}.{name}"
            raise QueryFailed("", words, _TASK_FAILED) from None

    def may(self, action: str, database: str, table: str | None = None) -> None:
        """Raises QueryFailed where the caller lacks Glue's right."""
        try:
            self._rights.glue(action, database, table)
        except AwsError as error:
            words = f"{error.message} (Service: AmazonDataCatalog; Status Code: 400; Error Code: AccessDeniedException)"
            raise QueryFailed("", words, _DENIED) from None

    def may_list(self, location: str) -> None:
        """Raises QueryFailed where the caller may not look into a table's place in S3."""
        try:
            bucket, prefix = split(location)
            self._rights.s3("ListObjectsV2", bucket, Prefix=prefix)
        except ValueError as error:
            raise QueryFailed("", f"FAILED: SemanticException {error}", _TASK_FAILED) from None
        except AwsError:
            words = (
                "MetaException(message:Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied))"
            )
            raise QueryFailed("", f"FAILED: Execution Error, return code 1 from DDLTask. {words}", _DENIED_S3) from None
